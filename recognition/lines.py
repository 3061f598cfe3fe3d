"""One line of a book as a person is asked about it: in its surroundings, with the people who may speak it."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Substr

from books.models import Chapter
from recognition import reading, results
from recognition.models import Character, Quotation

AROUND = 300  # code points shown before and after a line
NEIGHBOURS = 60  # lines before and after, among whose speakers the candidates are
KEYS = 9  # candidates, one for each key from 1 to 9


def is_number(said: str) -> bool:
    """Whether what a form sends can be a key or a position: of digits, and no more of them than a table keeps."""
    return said.isdecimal() and len(said) < 19


def about(line: Quotation) -> dict[str, Any]:
    """What a page shows that asks who speaks a line."""
    near = candidates(line)
    others = results.cast_of(line.book).exclude(pk__in=[character.pk for character in near])
    return {
        "line": line,
        "paragraphs": surroundings(line),
        "candidates": near,
        "others": others.order_by("sort_key", "name"),
    }


def candidates(line: Quotation) -> list[Character]:
    """The likely speakers: those of the nearest lines, in the order of their names, which prefers nobody."""
    lines = line.book.quotations.filter(speaker__hidden=False)
    before = lines.filter(start__lte=line.start).order_by("-start")[:NEIGHBOURS]
    after = lines.filter(start__gt=line.start).order_by("start")[:NEIGHBOURS]
    near = [*before.values_list("start", "speaker"), *after.values_list("start", "speaker")]
    near.sort(key=lambda row: abs(row[0] - line.start))
    nearest = list(dict.fromkeys(speaker for _start, speaker in near))[:KEYS]
    return list(line.book.characters.filter(pk__in=nearest).order_by("sort_key", "name"))


def surroundings(line: Quotation) -> list[reading.Paragraph[Quotation]]:
    """The line in its chapter, marked, with the sentences around it."""
    chapter = line.chapter
    text, start = excerpt(chapter, line.start - AROUND, line.end + AROUND)
    first, last = reading.whole_sentences(text, (line.start - start, line.end - start))
    first = 0 if start == chapter.start else first
    last = len(text) if start + len(text) == chapter.start + chapter.length else last
    return reading.render(text[first:last], start + first, list[Quotation](), (line.start, line.end))


def excerpt(chapter: Chapter, start: int, end: int) -> tuple[str, int]:
    """What of a chapter stands between two positions, and where it begins; cut out by the database."""
    start, end = max(start, chapter.start), min(end, chapter.start + chapter.length)
    [text] = Chapter.objects.filter(pk=chapter.pk).values_list(
        Substr("text", start - chapter.start + 1, end - start), flat=True
    )
    return text, start
