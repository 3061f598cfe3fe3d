"""Score this book: a reader says who speaks some lines, and learns how often the recognition is right.

The engine's own guess is measured, and shown only when a line is answered, so that nobody is led by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from books.models import Book
from recognition import lines, results
from recognition.models import Quotation, Verdict, VerdictKind
from recognition.sampling import CLASSES, Stratum, class_of, draw, overall
from recognition.views import own_book

SAMPLE = 40  # lines; half an hour for a reader, and an interval of some 12 per cent to each side

CLASS_NAMES = {
    "sure": _("sure (90% and more)"),
    "fair": _("fairly sure (60 to 90%)"),
    "doubtful": _("doubtful (less than 60%)"),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """A line with what the reader said; `right` says whether the engine said the same."""

    line: Quotation
    verdict: Verdict
    right: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def score_book(request: HttpRequest, pk: object) -> HttpResponse:
    """The next line of the sample with the people who may speak it; behind the last one, or on demand, the result."""
    book = own_book(request, pk)
    if request.method == "POST":
        answer(request, book)
        return redirect("score_book", pk=book.pk)
    confidences = dict(utterances(book).values_list("start", "confidence"))
    given = book.verdicts.order_by("created", "pk")
    verdicts = {verdict.start: verdict for verdict in given if verdict.start in confidences}
    skipped = sum(verdict.kind == VerdictKind.SKIPPED for verdict in verdicts.values())
    sample = draw(confidences.items(), SAMPLE + skipped, str(book.pk))
    waiting = [start for start in sample if start not in verdicts]
    context: dict[str, Any] = {
        "book": book,
        "judged": len(verdicts) - skipped,
        "left": len(waiting),
        "total": len(verdicts) - skipped + len(waiting),
        "last": next(reversed(verdicts.values()), None),
    }
    if waiting and "result" not in request.GET:
        line = utterances(book).select_related("chapter").defer("chapter__text").get(start=waiting[0])
        context |= lines.about(line)
    else:
        context |= report(book, confidences, verdicts)
    return render(request, "recognition/score.html", context)


def utterances(book: Book) -> QuerySet[Quotation]:
    """The quotations, those that narration interrupts once."""
    return book.quotations.filter(continues=None)


def answer(request: HttpRequest, book: Book) -> None:
    """Keep what the reader said about a line, or forget what was said last. Raises BadRequest and Http404."""
    said = request.POST.get("verdict", "")
    if said == "undo":
        last = book.verdicts.order_by("-created", "-pk").first()
        if last is not None:
            last.delete()
        return
    start = request.POST.get("start", "")
    if not lines.is_number(start):
        raise BadRequest("start is no position")
    line = get_object_or_404(utterances(book), start=start)
    speaker = ""
    if lines.is_number(said):
        speaker, said = get_object_or_404(book.characters, pk=said).name, VerdictKind.SPEAKER
    elif said not in (VerdictKind.ABSENT, VerdictKind.NOBODY, VerdictKind.SKIPPED):
        raise BadRequest("verdict is none of those offered")
    Verdict.objects.update_or_create(
        book=book, start=line.start, defaults={"user": book.owner, "kind": said, "speaker": speaker}
    )


# ------------------------------------------------------------------------------------------------- the result


def report(book: Book, confidences: Mapping[int, float], verdicts: Mapping[int, Verdict]) -> dict[str, Any]:
    """How often the engine and the reader agree: of all lines, of each class of confidence, and where they do not."""
    judged = [start for start, verdict in verdicts.items() if verdict.kind != VerdictKind.SKIPPED]
    asked = utterances(book).filter(start__in=judged).select_related("guess", "chapter").defer("chapter__text")
    meaning = {name: character.name for name, character in results.cast_of(book).by_any_name().items()}
    answered = [
        Answered(line, verdicts[line.start], agree(line, verdicts[line.start], meaning))
        for line in results.with_text(asked, limit=200).order_by("start")
    ]
    strata = by_class(confidences.values(), answered)
    return {
        "classes": [(CLASS_NAMES[name], stratum, stratum.estimate) for name, stratum in strata.items()],
        "overall": overall(list(strata.values())),
        "wrong": [row for row in answered if not row.right],
    }


def agree(line: Quotation, verdict: Verdict, meaning: Mapping[str, str]) -> bool:
    """Whether the engine's guess is what the reader said; the person may have got another name since then."""
    guess = None if line.guess is None else line.guess.name
    match verdict.kind:
        case VerdictKind.SPEAKER:
            return guess == meaning.get(verdict.speaker, verdict.speaker)
        case VerdictKind.NOBODY:
            return guess is None
    return False


def by_class(confidences: Iterable[float], answered: Sequence[Answered]) -> dict[str, Stratum]:
    there = Counter(map(class_of, confidences))
    judged = Counter(class_of(row.line.confidence) for row in answered)
    right = Counter(class_of(row.line.confidence) for row in answered if row.right)
    return {name: Stratum(there[name], judged[name], right[name]) for name in CLASSES}
