"""What a recognition found, into and out of the database.

Every write here happens inside a transaction of the caller that has just proved that its run owns the task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least, Substr
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pypinyin import lazy_pinyin

from books.models import Book, BookQuerySet, Chapter
from recognition import script as scripts
from recognition.models import (
    SLOTS,
    Alias,
    Character,
    CharacterQuerySet,
    Correction,
    ProcessingTask,
    Quotation,
    QuotationKind,
    Relation,
    Status,
)
from recognition.script import Cast, Script

# Neighbours in the cast get colours far apart: 7 has no divisor in common with SLOTS.
SLOT_STEP = 7
# A longer transaction would hold SQLite's write lock, and with it the queue.
ROWS_AT_ONCE = 5000
NEAR = 30  # code points between the evidence and the line that still read as "just before"
RECOGNITION = "recognition"  # the verb of a Correction that a run made

Rows = Mapping[str, Character]  # name in the engine's cast -> row


# ------------------------------------------------------------------------------------------------- in


def save_cast(book: Book, cast: Cast) -> Rows:
    """Make the engine's cast the book's, keeping rows, colours and what people decided.

    A member is matched by name, then by alias. Rows that match nobody stay until `save_script`. Doing it twice
    changes nothing.
    """
    known = list(book.characters.prefetch_related("aliases"))
    by_name = {row.name: row for row in known}
    by_alias: dict[str, Character] = {}
    for row in known:
        for alias in row.aliases.all():
            by_alias.setdefault(alias.text, row)
    rows = {member.name: by_name[member.name] for member in cast if member.name in by_name}
    taken = {row.pk for row in rows.values()}
    fresh: list[Character] = []
    for member in cast:
        if member.name in rows:
            continue
        match = next((by_alias[name] for name in (member.name, *member.aliases) if name in by_alias), None) or next(
            (by_name[alias] for alias in member.aliases if alias in by_name), None
        )
        if match is not None and ("aliases" in match.decided or match.pk not in taken):
            taken.add(match.pk)
            rows[member.name] = match
        else:
            rows[member.name] = Character(book=book, slot=next_slot(len(known) + len(fresh)))
            fresh.append(rows[member.name])
    for member in cast:
        _describe(rows[member.name], member)
    Character.objects.bulk_update(
        {row.pk: row for row in rows.values() if row.pk}.values(),
        ["name", "sort_key", "gender", "age_group", "role", "kind", "importance"],
        batch_size=ROWS_AT_ONCE // 10,
    )
    Character.objects.bulk_create(fresh, batch_size=ROWS_AT_ONCE)
    return rows


def _describe(row: Character, member: scripts.Character) -> None:
    """Write what the engine says into the row, but for what a person decided."""
    says = {
        "name": member.name,
        "gender": member.gender,
        "age_group": member.age_group,
        "role": member.role,
        "kind": member.kind,
        "importance": member.importance,
    }
    for field, value in says.items():
        if field not in row.decided:
            setattr(row, field, value)
    row.sort_key = sort_key(row.name)


def next_slot(characters: int) -> int:
    """The colour of a newcomer to so many characters."""
    return SLOT_STEP * characters % SLOTS


def sort_key(name: str) -> str:
    """Chinese by pinyin, the rest in lower case; at most 300 characters."""
    return " ".join(lazy_pinyin(name)).casefold()[:300]


def save_section(
    task: ProcessingTask, chapter: Chapter, start: int, end: int, found: Sequence[scripts.Quotation], rows: Rows
) -> None:
    """Make `found` the quotations of a chapter between two positions, but for what people decided.

    What an earlier run said otherwise is kept in the Correction of this task.
    """
    there = {q.start: q for q in chapter.quotations.filter(start__gte=start, start__lt=end).select_related("speaker")}
    new = {}
    for line in found:
        guess = rows[line.speaker] if line.speaker is not None else None
        old = there.get(line.start)
        decided = old is not None and old.decided
        new[line.start] = Quotation(
            book_id=task.book_id,
            chapter=chapter,
            start=line.start,
            end=line.end,
            continues=line.continues,
            kind=line.kind,
            guess=guess,
            speaker=old.speaker if old is not None and decided else guess,
            decided=decided,
            method=line.method,
            confidence=line.confidence,
            evidence_start=line.evidence[0] if line.evidence else None,
            evidence_end=line.evidence[1] if line.evidence else None,
        )
    _note_changes(task, there, new)
    if gone := [q.pk for q in there.values() if not q.decided or q.start in new]:
        chapter.quotations.filter(pk__in=gone).delete()
    Quotation.objects.bulk_create(new.values(), batch_size=ROWS_AT_ONCE // 10)


def _note_changes(task: ProcessingTask, there: Mapping[int, Quotation], new: Mapping[int, Quotation]) -> None:
    before, after = {}, {}
    for start, old in there.items():
        was, now = old.speaker, new[start].speaker if start in new else None
        if was != now and old.continues is None and not old.decided:
            before[str(start)], after[str(start)] = was and was.name, now and now.name
    if before and not task.is_first:
        correction = correction_of(task)
        # A line changed twice in one run goes back to what it was before the run.
        correction.before = before | correction.before
        correction.after = correction.after | after
        correction.save(update_fields=["before", "after"])


def correction_of(task: ProcessingTask) -> Correction:
    return Correction.objects.get_or_create(task=task, defaults={"book_id": task.book_id, "verb": RECOGNITION})[0]


def settle_changes(task: ProcessingTask) -> None:
    """Leave in the Correction of a repeated recognition what is different at its end, under the names of the end.

    On the way a line may have changed twice, a character its name, and a person may have decided.
    """
    if task.is_first:
        return
    correction = correction_of(task)
    people = task.book.characters.by_any_name()
    lines: Any = task.book.quotations.filter(decided=False, continues=None).values_list("start", "speaker__name")
    now = {str(start): name for start, name in lines}
    before = {start: people[name].name if name in people else name for start, name in correction.before.items()}
    correction.before = {start: name for start, name in before.items() if start in now and name != now[start]}
    correction.after = {start: now[start] for start in correction.before}
    correction.undone_at = None
    correction.save(update_fields=["before", "after", "undone_at"])


def save_script(book: Book, found: Script, rows: Rows) -> None:
    """The counts of the whole book, the aliases and the relations; who is no longer in the cast leaves.

    Somebody who has a line by a person's decision, or was described by one, stays.
    """
    aliases = []
    for member in found.characters:
        row = rows[member.name]
        row.mentions, row.first_appearance = member.mentions, member.first_appearance
        row.importance = row.importance if "importance" in row.decided else member.importance
        if "aliases" not in row.decided:
            counts = {name: (mentions, first) for name, mentions, first in member.names}
            for text in member.aliases:
                mentions, first = counts.get(text, (0, None))
                aliases.append(Alias(character=row, text=text, mentions=mentions, first_appearance=first))
    stays = {rows[member.name].pk: rows[member.name] for member in found.characters}
    Character.objects.bulk_update(
        stays.values(), ["mentions", "first_appearance", "importance"], batch_size=ROWS_AT_ONCE // 10
    )
    spoken = book.quotations.filter(decided=True).values("speaker")
    book.characters.filter(decided=[]).exclude(pk__in=stays).exclude(pk__in=spoken).delete()
    count_quotes(book)
    engine_named = book.characters.exclude(pk__in=[row.pk for row in stays.values() if "aliases" in row.decided])
    Alias.objects.filter(character__in=engine_named).delete()
    Alias.objects.bulk_create(aliases, batch_size=ROWS_AT_ONCE // 10, ignore_conflicts=True)
    book.relations.all().delete()
    Relation.objects.bulk_create(
        [
            Relation(
                book=book,
                source=rows[relation.source],
                target=rows[relation.target],
                type=relation.type,
                weight=relation.weight,
                evidence=[list(span) for span in relation.evidence],
            )
            for relation in found.relations
            if rows[relation.source] is not rows[relation.target]
        ],
        batch_size=ROWS_AT_ONCE // 10,
        ignore_conflicts=True,
    )


def count_quotes(book: Book) -> None:
    """Count each character's lines by who counts as their speaker: the engine's guess, or what a person decided."""
    said: Any = Quotation.objects.filter(speaker=OuterRef("pk"), continues=None).order_by().values("speaker")
    count = Subquery(said.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    book.characters.update(quotes=Coalesce(count, 0))


# ------------------------------------------------------------------------------------------------- out


def state(books: BookQuerySet) -> QuerySet[Book]:
    """The books with their latest task's status and progress, and the number of their characters."""
    latest = ProcessingTask.objects.filter(book=OuterRef("pk")).order_by("-created")
    characters = (
        Character.objects.visible()
        .filter(book=OuterRef("pk"))
        .order_by()
        .values("book")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return books.annotate(
        task_status=Subquery(latest.values("status")[:1]),
        task_progress=Subquery(latest.values("progress")[:1]),
        character_count=Coalesce(Subquery(characters, output_field=IntegerField()), 0),
    )


def latest_task(book: Book) -> ProcessingTask | None:
    return book.tasks.order_by("-created").first()


def cast_of(book: Book) -> CharacterQuerySet:
    """The visible characters with their aliases, foremost first; for pages, API and exports alike."""
    return book.characters.visible().prefetch_related("aliases")


def contract_result(task: ProcessingTask) -> dict[str, Any] | None:
    """The `result` of the HTTP contract; None until the task is completed."""
    if task.status != Status.COMPLETED:
        return None
    characters = list(cast_of(task.book))
    meaning = cast_of(task.book).by_any_name()
    names = {c.name for c in characters}
    relations = task.book.relations.select_related("source", "target")
    return {
        "characters": [
            {
                "id": str(c.pk),
                "name": c.name,
                "aliases": [alias.text for alias in c.aliases.all()],
                "mentions": c.mentions,
                "first_appearance_idx": c.first_appearance,
                "gender": c.gender,
                "roles": [c.role] if c.role else [],
                "quotes": c.quotes,
            }
            for c in characters
        ],
        "alias_map": {alias: who.name for alias, who in sorted(meaning.items()) if alias not in names},
        "relations": [
            {"from_char": r.source.name, "to_char": r.target.name, "relation_type": r.type, "weight": r.weight}
            for r in relations
        ],
        "statistics": task.statistics,
    }


def script(book: Book) -> dict[str, Any]:
    """The book's script as people left it, in the exchange format."""
    characters: list[Any] = list(cast_of(book))  # the choices of a column are text to the type checker
    lines: Any = book.quotations.order_by("start").values_list(
        "chapter__number", "start", "end", "continues", "speaker__name", "kind", "method", "confidence",
        "evidence_start", "evidence_end", "decided", "guess__name",
    )  # fmt: skip
    task = book.tasks.filter(status=Status.COMPLETED).order_by("-completed_at").first()
    found = Script(
        characters=tuple(
            scripts.Character(
                name=c.name,
                aliases=tuple(alias.text for alias in c.aliases.all()),
                gender=c.gender,
                kind=c.kind,
                role=c.role,
                importance=c.importance,
                mentions=c.mentions,
                quotes=c.quotes,
                first_appearance=c.first_appearance,
            )
            for c in characters
        ),
        quotations=tuple(
            scripts.Quotation(
                chapter=chapter,
                start=start,
                end=end,
                continues=continues,
                speaker=speaker,
                kind=kind,
                method="person" if decided else method if speaker == guess else "undone",
                confidence=1.0 if decided else confidence if speaker == guess else 0.0,
                evidence=None if evidence_start is None else (evidence_start, evidence_end),
            )
            for (
                chapter, start, end, continues, speaker, kind, method, confidence,
                evidence_start, evidence_end, decided, guess,
            ) in lines.iterator(chunk_size=ROWS_AT_ONCE)
        ),
        relations=tuple(
            scripts.Relation(r.source.name, r.target.name, r.type, r.weight, tuple(map(tuple, r.evidence)))
            for r in book.relations.select_related("source", "target")
        ),
        statistics=task.statistics if task else {},
    )  # fmt: skip
    about = {
        "title": book.title,
        "author": book.author,
        "language": book.language,
        "length": book.length,
        "text_sha256": scripts.text_sha256(book.text),
    }
    return scripts.as_json(found, about, [str(c.pk) for c in characters])


def with_text(quotations: QuerySet[Quotation], limit: int | None = None) -> QuerySet[Quotation]:
    """Each quotation with its `text`, cut by the database, so that no chapter is loaded; at most `limit` characters."""
    length: Any = F("end") - F("start")
    return quotations.annotate(
        text=Substr("chapter__text", F("start") - F("chapter__start") + 1, Least(length, limit) if limit else length)
    )


def last_lines(book: Book, count: int = 3) -> list[tuple[str | None, str]]:
    """(speaker, text) of the lines found last, in the order of the book; at most 100 characters of each."""
    found = book.quotations.filter(continues=None).order_by("-start")
    lines: Any = with_text(found, limit=100)
    return list(reversed(lines.values_list("speaker__name", "text")[:count]))


METHODS: dict[str, Any] = {
    # who decided -> what it means to a reader; a method without a line here is described by the kind of its quotation
    "model": _("the language model names the speaker"),
    "model>rules": _("the language model names the speaker, where the rules would name another"),
    "model>cue": _("the language model names the speaker, where the rules would name another"),
    QuotationKind.EXPLICIT: _("the text names the speaker"),
    QuotationKind.ANAPHORIC: _("a pronoun or a description points to the speaker"),
    QuotationKind.IMPLICIT: _("the order of turns and the people around suggest the speaker"),
}


def explain(quotation: Quotation, text: str, start: int) -> str:
    """One sentence that says why a line has its speaker. `text` begins at `start` and holds the evidence if it can."""
    if quotation.decided:
        return gettext("A person decided this.")
    if quotation.is_put_back:
        return gettext("As it was before a recognition that was undone.")
    if quotation.speaker_id is None:
        return gettext("Nothing in the text tells who speaks.")
    share = min(99, round(100 * quotation.confidence))  # rules are never certain
    from_, to = quotation.evidence_start or 0, quotation.evidence_end or 0
    words = text[max(0, from_ - start) : max(0, to - start)].strip()
    if not words:
        reason = METHODS.get(quotation.method) or METHODS[quotation.kind]
        return gettext("%(share)d%% sure: %(reason)s.") % {"share": share, "reason": reason}
    where = {"words": words, "share": share}
    if to <= quotation.start:
        if quotation.start - to <= NEAR:
            return gettext("%(share)d%% sure, because of “%(words)s” just before.") % where
        return gettext("%(share)d%% sure, because of “%(words)s” earlier.") % where
    if from_ >= quotation.end:
        return gettext("%(share)d%% sure, because of “%(words)s” after it.") % where
    return gettext("%(share)d%% sure, because of “%(words)s” in the line itself.") % where
