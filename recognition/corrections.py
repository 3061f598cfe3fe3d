"""What a recognition changed in a book, line by line, and how that is taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy

from books.models import Book
from recognition import results
from recognition.models import Character, Correction, Quotation


@dataclass(frozen=True, slots=True)
class Change:
    """A line that a correction changed, with the names of its speakers, or None.

    `stands` while it has the speaker of `after`, or that of `before` when the correction is undone.
    """

    line: Quotation
    before: str | None
    after: str | None
    stands: bool


def changes(correction: Correction, starts: Iterable[str]) -> list[Change]:
    """The changes of the lines that begin at `starts`, with their texts, in the order of the book."""
    people = correction.book.characters.by_any_name()
    lines = correction.book.quotations.filter(start__in=list(starts)).select_related("speaker", "chapter")
    found = []
    for line in results.with_text(lines.defer("chapter__text").order_by("start"), limit=200):
        before, after = correction.before[str(line.start)], correction.after[str(line.start)]
        expected = after if correction.undone_at is None else before
        found.append(Change(line, before, after, is_still(line, expected, people)))
    return found


def is_still(line: Quotation, name: str | None, people: dict[str, Character]) -> bool:
    """Whether nobody has decided about the line, and it has the speaker of this name or has none, as it says."""
    speaker = people.get(name) if name is not None else None
    return not line.decided and line.speaker == speaker and (name is None) == (speaker is None)


class NotUndone(Exception):
    """Undone before, or a recognition is changing the book; REFUSAL says so to people."""


REFUSAL = gettext_lazy("This cannot be undone: it was undone before, or a recognition of this book is running.")


def undo(correction: Correction) -> int:
    """Give the lines back the speakers they had, where they still have those they got; how many keep theirs.

    Steps: mark the correction; put the lines back, all pieces of each, calling in again who has left the cast; count
    anew. A line that was changed since stays as it is. Raises NotUndone.
    """
    book = correction.book
    with transaction.atomic():
        open_still = Correction.objects.filter(pk=correction.pk, undone_at=None)
        if book.tasks.active().exists() or not open_still.update(undone_at=Now()):
            raise NotUndone
        people = book.characters.by_any_name()
        heads: dict[int, int] = {}
        kept, back = set(), []
        for line in book.quotations.order_by("start").select_related("speaker"):
            head = heads[line.start] = heads.get(line.start if line.continues is None else line.continues, line.start)
            if str(head) not in correction.before:
                continue
            if is_still(line, correction.after[str(head)], people):
                line.speaker = called(book, correction.before[str(head)], people)
                back.append(line)
            else:
                kept.add(head)
        Quotation.objects.bulk_update(back, ["speaker"], batch_size=results.ROWS_AT_ONCE // 10)
        count_quotes(book)
    return len(kept)


def called(book: Book, name: str | None, people: dict[str, Character]) -> Character | None:
    """The character of this name; somebody who has left the cast joins it again."""
    if name is not None and name not in people:
        people[name] = Character.objects.create(
            book=book, name=name, sort_key=results.sort_key(name), slot=results.next_slot(book.characters.count())
        )
    return people[name] if name is not None else None


def count_quotes(book: Book) -> None:
    said: Any = Quotation.objects.filter(speaker=OuterRef("pk"), continues=None).order_by().values("speaker")
    count = Subquery(said.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    book.characters.update(quotes=Coalesce(count, 0))
