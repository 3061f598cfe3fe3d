"""The offline engine: rules of the language over the whole book, without any network."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from operator import attrgetter
from typing import Any

from recognition.engines import Answer, Draft, Manuscript, Options, Reading, Saved, Step
from recognition.script import Cast, Character, Quotation
from recognition.text import chinese, english
from recognition.text.rules import Rules

RULES: dict[str, Rules] = {"zh": chinese, "en": english}
STAGE = "rules"
# Saved windows of another version are not reused. Raise it when the rules of a language change.
VERSION = "9"
# Scanning for names takes about this share of the time, measured on long novels of both languages.
SCAN_SHARE = 0.4


def fingerprint(*parts: object) -> str:
    """SHA-256 over the JSON of the parts, in hexadecimal."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def dump(rows: tuple[Any, ...]) -> str:
    """The fields of each row, in order; `astuple` would copy every string, a tenth of the time of a recognition."""
    values = [attrgetter(*(field.name for field in fields(row))) for row in rows[:1]]
    return json.dumps([values[0](row) for row in rows], ensure_ascii=False, separators=(",", ":"))


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def load_cast(answer: str) -> Cast:
    return tuple(Character(*_tuples(row)) for row in json.loads(answer))


def load_quotations(answer: str) -> tuple[Quotation, ...]:
    return tuple(Quotation(*_tuples(row)) for row in json.loads(answer))


class OfflineEngine:
    """Scans all sections for names, joins them into a cast, then finds the speakers section by section.

    Window 0 is the cast, window n the speakers of the nth section.
    """

    name = "offline"

    def read(self, manuscript: Manuscript, options: Options, cast: Cast | None, saved: Saved) -> Reading:
        rules = RULES[manuscript.language]
        sections = manuscript.sections
        total = len(sections)
        whole = fingerprint(VERSION, manuscript.language, [fingerprint(section.text) for section in sections])
        if cast is None:
            asked = fingerprint(whole, options.enable_coreference, options.similarity_threshold)
            window = saved.get((STAGE, 0))
            if window and window.request_hash == asked:
                cast = load_cast(window.text)
                yield Step(STAGE, 0, total, SCAN_SHARE, cast=cast)
            else:
                scans = []
                for done, section in enumerate(sections, start=1):
                    scans.append(rules.scan(section))
                    yield Step(STAGE, 0, total, SCAN_SHARE * done / total)
                cast = rules.find_cast(
                    scans, coreference=options.enable_coreference, threshold=options.similarity_threshold
                )
                del scans
                answer = Answer(STAGE, 0, 0, manuscript.length, asked, dump(cast))
                yield Step(STAGE, 0, total, SCAN_SHARE, answer=answer, cast=cast)
        else:
            cast = rules.with_narrator(sections, cast)
            yield Step(STAGE, 0, total, SCAN_SHARE, cast=cast)

        known = fingerprint(
            VERSION, manuscript.language, options.enable_coreference, options.enable_dialogue, dump(cast)
        )
        found = []
        for done, section in enumerate(sections, start=1):
            progress = SCAN_SHARE + (1 - SCAN_SHARE) * done / total
            asked = fingerprint(known, section.text)
            window = saved.get((STAGE, done))
            if window and window.request_hash == asked:
                found.append(load_quotations(window.text))
                yield Step(STAGE, done, total, progress)
                continue
            quotations: tuple[Quotation, ...] = ()
            if options.enable_dialogue:
                quotations = rules.attribute(section, cast, coreference=options.enable_coreference)
            found.append(quotations)
            answer = Answer(STAGE, done, section.start, section.end, asked, dump(quotations))
            yield Step(STAGE, done, total, progress, answer=answer, section=section, quotations=quotations)
        return Draft(cast, tuple(found))
