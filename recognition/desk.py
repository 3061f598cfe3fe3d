"""The correction desk: a person says who speaks a line, and takes that back; what was changed in a book, by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from books.models import Book
from recognition import corrections, lines, results
from recognition.models import Character, Correction, Quotation
from recognition.views import LINES_AT_ONCE, MARGIN, address, own_book, page_of


class NewcomerForm(forms.Form):
    """Somebody who is not in the cast yet."""

    name = forms.CharField(label=gettext_lazy("Somebody new"), max_length=Character._meta.get_field("name").max_length)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, pk: object, start: int) -> HttpResponse:
    """One line with its speaker, why it has it, and who else may speak it."""
    book = own_book(request, pk)
    line = get_object_or_404(book.quotations.select_related("speaker", "chapter").defer("chapter__text"), start=start)
    if line.continues is not None:
        return redirect("line", pk=book.pk, start=line.continues)
    place = address(line.chapter, line.start, f"q{line.start}")
    form = NewcomerForm(request.POST if "name" in request.POST else None)
    if request.method == "POST" and answer(request, book, line, form):
        return redirect(place)
    context = {
        "book": book,
        "place": place,
        "form": form,
        "why": results.explain(line, *lines.excerpt(line.chapter, line.start - MARGIN, line.end + MARGIN)),
        "decision": corrections.last_decision(book, line.start),
        **lines.about(line),
    }
    return render(request, "recognition/line.html", context, status=400 if form.errors else 200)


def answer(request: HttpRequest, book: Book, line: Quotation, form: NewcomerForm) -> bool:
    """Do what the person said; False when the name of somebody new is none. Raises BadRequest and Http404."""
    said = request.POST.get("speaker", "")
    name: str | None = None
    if form.is_bound:
        if not form.is_valid():
            return False
        name = form.cleaned_data["name"]
    elif said == "undo":
        decision = corrections.last_decision(book, line.start)
        if decision is not None:
            corrections.undo(decision)
        return True
    elif lines.is_number(said):
        name = get_object_or_404(book.characters, pk=said).name
    elif said != "unknown":
        raise BadRequest("speaker is none of those offered")
    corrections.decide(book, request.user, line.start, name)
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """A correction as the list of them shows it; of one that a person made, the line with its speakers' names."""

    correction: Correction
    line: Quotation | None = None
    before: str | None = None
    after: str | None = None


@login_required
@require_safe
def history(request: HttpRequest, pk: object) -> HttpResponse:
    """What people and repeated recognitions changed in a book, the latest first."""
    book = own_book(request, pk)
    page = page_of(request, book.corrections.exclude(after={}).select_related("user"), LINES_AT_ONCE)
    starts = {start for correction in page if correction.verb == corrections.SPEAKER for start in correction.after}
    quotations = book.quotations.filter(start__in=starts).select_related("chapter").defer("chapter__text")
    spoken = {str(line.start): line for line in results.with_text(quotations, limit=200)}
    context = {"book": book, "page": page, "entries": [entry(correction, spoken) for correction in page]}
    return render(request, "recognition/history.html", context)


def entry(correction: Correction, spoken: Mapping[str, Quotation]) -> Entry:
    if correction.verb != corrections.SPEAKER:
        return Entry(correction)
    [(start, after)] = correction.after.items()
    return Entry(correction, spoken.get(start), correction.before[start], after)


# ------------------------------------------------------------------------------------------------- what a run changed


def own_changes(request: HttpRequest, pk: object, correction: int) -> Correction:
    found: Correction = get_object_or_404(own_book(request, pk).corrections, pk=correction, verb=results.RECOGNITION)
    return found


@login_required
@require_safe
def changes(request: HttpRequest, pk: object, correction: int) -> HttpResponse:
    """The lines that a recognition gave other speakers, before and after."""
    return show_changes(request, own_changes(request, pk, correction))


def show_changes(request: HttpRequest, correction: Correction, status: int | None = None) -> HttpResponse:
    page = page_of(request, sorted(map(int, correction.before)), LINES_AT_ONCE)
    context = {
        "book": correction.book,
        "correction": correction,
        "page": page,
        "changes": corrections.changes(correction, map(str, page.object_list)),
    }
    return render(request, "recognition/changes.html", context, status=status)


@login_required
@require_POST
def undo_changes(request: HttpRequest, pk: object, correction: int) -> HttpResponse:
    found = own_changes(request, pk, correction)
    try:
        kept = corrections.undo(found)
    except corrections.NotUndone:
        messages.error(request, corrections.REFUSAL)
        return show_changes(request, found, status=409)
    done = _("The speakers are as they were before this recognition.")
    rest = ngettext(
        "%(count)d line was changed since then and stays as it is.",
        "%(count)d lines were changed since then and stay as they are.",
        kept,
    )
    messages.success(request, f"{done} {rest % {'count': kept}}" if kept else done)
    return redirect("changes", pk=found.book_id, correction=found.pk)
