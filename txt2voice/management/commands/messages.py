"""The sentences of the product in other languages: collected from the sources, compiled for Django.

Babel does what `makemessages` and `compilemessages` do, so that no machine needs the programs of GNU gettext.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation.template import templatize

SOURCES = ("books", "recognition", "txt2voice", "templates")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_noop": DEFAULT_KEYWORDS["gettext"],
    **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext")},
}
PO = settings.LOCALE_PATHS[0] / "zh_Hans" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")


class Command(BaseCommand):
    help = "Collect the sentences to translate into locale/, and compile the translations."

    def handle(self, *args: Any, **options: Any) -> None:
        catalog = catalog_of(PO)
        catalog.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        PO.parent.mkdir(parents=True, exist_ok=True)
        with PO.open("wb") as file:
            write_po(file, catalog, width=120, sort_output=True, include_lineno=False)
        catalog = catalog_of(PO)  # as a test will read it
        MO.write_bytes(compiled(catalog))
        self.stdout.write(f"{len(catalog)} sentences, {len(untranslated(catalog))} of them without a translation.")


def catalog_of(path: Path) -> Catalog:
    """The translations in a .po file; an empty catalogue when there is none."""
    if not path.exists():
        return Catalog(
            locale="zh_Hans",
            project="txt2voice",
            version=settings.VERSION,
            header_comment="# txt2voice in Chinese. `make messages` collects new sentences and compiles this file.",
            last_translator="txt2voice",
            language_team="txt2voice",
            msgid_bugs_address="txt2voice",
            fuzzy=False,
        )
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans", abort_invalid=True)


def untranslated(catalog: Catalog) -> list[str]:
    """The sentences without a translation, or with one that a machine only guessed."""
    return [str(message.id) for message in catalog if message.id and (message.fuzzy or not any(message.string or ""))]


def compiled(catalog: Catalog) -> bytes:
    """What Django reads: the .mo file of a catalogue."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def collected() -> Catalog:
    """Every sentence in the sources that goes through gettext."""
    catalog = Catalog(locale="zh_Hans")
    for path, sentence, comments, context in sentences():
        catalog.add(sentence, locations=[(path, 1)], auto_comments=comments, context=context)
    return catalog


def sentences() -> Iterator[tuple[str, str | tuple[str, ...], list[str], str | None]]:
    """(file, sentence or (singular, plural), comments for translators, context)."""
    for folder in SOURCES:
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.suffix not in (".py", ".html", ".txt") or {"migrations", "samples"} & set(path.parts):
                continue
            source = path.read_text(encoding="utf-8")
            if path.suffix != ".py":
                # Django turns a template into calls of gettext amid blanked-out text, whose indentation means nothing.
                source = re.sub(r"(?m)^[ \t]+", "", templatize(source))
            name = str(path.relative_to(settings.BASE_DIR))
            file = io.BytesIO(source.encode())
            for _line, sentence, comments, context in extract("python", file, KEYWORDS, comment_tags=["Translators:"]):
                yield name, sentence, comments, context
