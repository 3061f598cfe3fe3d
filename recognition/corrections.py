"""What people and repeated recognitions change in a book, line by line, and how that is taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from books.models import Book
from recognition import results
from recognition.models import Character, Correction, Quotation

SPEAKER = "speaker"  # the verb of a Correction by which a person says who speaks a line


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


def is_still(line: Quotation, name: str | None, people: dict[str, Character], decided: bool = False) -> bool:
    """Whether the line has the speaker of this name or has none, as it says, by a person's decision or without one."""
    speaker = people.get(name) if name is not None else None
    return line.decided == decided and line.speaker == speaker and (name is None) == (speaker is None)


class NotUndone(Exception):
    """Undone before, or a recognition is changing the book; REFUSAL says so to people."""


REFUSAL = gettext_lazy("This cannot be undone: it was undone before, or a recognition of this book is running.")


def decide(book: Book, user: Any, start: int, name: str | None) -> Correction:
    """Take a person's word for who speaks the line that begins at `start`, with all its pieces; None: it is unknown.

    A name that nobody in the cast has brings somebody new. Raises Quotation.DoesNotExist.
    """
    with transaction.atomic():
        hold(book)
        pieces = pieces_of(book, [start])[start]
        if not pieces:
            raise Quotation.DoesNotExist
        before, speaker = pieces[0].speaker, called(book, name, book.characters.by_any_name())
        save(book, give(pieces, speaker, decided=True))
        return Correction.objects.create(
            book=book,
            user=user,
            verb=SPEAKER,
            before={str(start): before and before.name},
            after={str(start): speaker and speaker.name},
        )


def undo(correction: Correction) -> int:
    """Give the lines back the speakers they had, where they still have those they got; how many keep theirs.

    Steps: mark the correction; put the lines back, all pieces of each, calling in again who has left the cast; count
    anew. A line that was changed since stays as it is. Where the last decision of people about a line goes, it is the
    engine's again. Raises NotUndone.
    """
    book, by_person = correction.book, correction.verb == SPEAKER
    with transaction.atomic():
        busy = hold(book) and not by_person
        if busy or not book.corrections.filter(pk=correction.pk, undone_at=None).update(undone_at=Now()):
            raise NotUndone
        people = book.characters.by_any_name()
        kept = 0
        back: list[Quotation] = []
        for head, pieces in pieces_of(book, [int(start) for start in correction.before]).items():
            if not all(is_still(piece, correction.after[str(head)], people, by_person) for piece in pieces):
                kept += 1
                continue
            decided = by_person and last_decision(book, head) is not None
            before = called(book, correction.before[str(head)], people)
            back += give(pieces, pieces[0].guess if by_person and not decided else before, decided)
        save(book, back)
    return kept


def last_decision(book: Book, start: int) -> Correction | None:
    """What a person said last of who speaks the line that begins at `start`, unless it was undone."""
    return book.corrections.filter(verb=SPEAKER, undone_at=None, after__has_key=str(start)).first()


def hold(book: Book) -> bool:
    """Keep a running recognition from writing until this transaction ends; whether one is active.

    Else a run could write back what it had read before a person decided.
    """
    return bool(book.tasks.active().select_for_update().order_by("pk").values_list("pk", flat=True))


def pieces_of(book: Book, starts: Collection[int]) -> dict[int, list[Quotation]]:
    """The pieces of each line that begins at one of `starts`; none for a position where no line begins.

    Looked for from the first of them to the end of the chapter of the last: no line goes on in another chapter.
    """
    pieces: dict[int, list[Quotation]] = {start: [] for start in starts}
    if not pieces:
        return pieces
    heads: dict[int | None, int] = {}
    there = book.quotations.filter(start__gte=min(starts), chapter__start__lte=max(starts))
    for piece in there.order_by("start").select_related("speaker", "guess"):
        head = heads[piece.start] = heads.get(piece.continues, piece.start)
        if head in pieces:
            pieces[head].append(piece)
    return pieces


def give(pieces: Sequence[Quotation], speaker: Character | None, decided: bool) -> Sequence[Quotation]:
    """The pieces with this speaker, to be saved."""
    for piece in pieces:
        piece.speaker, piece.decided = speaker, decided
    return pieces


def called(book: Book, name: str | None, people: dict[str, Character]) -> Character | None:
    """The character of this name; who is not in the cast, or has left it, joins it."""
    if name is not None and name not in people:
        people[name] = Character.objects.create(
            book=book, name=name, sort_key=results.sort_key(name), slot=results.next_slot(book.characters.count())
        )
    return people[name] if name is not None else None


def save(book: Book, pieces: Sequence[Quotation]) -> None:
    """The speakers of these pieces, and the counts of the cast."""
    Quotation.objects.bulk_update(pieces, ["speaker", "decided"], batch_size=results.ROWS_AT_ONCE // 10)
    results.count_quotes(book)
