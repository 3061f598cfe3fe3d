"""The pages: the library, a book and its recognition, its cast, its chapters, and the tasks.

A page that changes while it is looked at is one view: a plain request gets the page, htmx its moving part.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from books.models import Book, Chapter
from recognition import callbacks, configuration, estimates, lines, progress, reading, results
from recognition import tasks as running
from recognition.api import StartSerializer
from recognition.engines import Options
from recognition.models import ACTIVE, Character, ProcessingTask, Quotation, Stage, Status

PAGE_LENGTH = 200_000  # code points of a chapter on one page
# Around a page, so that the evidence of its first and last lines can still be read out.
MARGIN = 500  # code points
# Below it a name carries a question mark.
DOUBTFUL = 0.5
LINES_AT_ONCE = 50
CHAPTERS_AT_ONCE = 200
CHAPTERS_AROUND = 100
CAST_PREVIEW = 12
CALLBACKS_SHOWN = 10


class Request(HttpRequest):
    htmx: HtmxDetails


def show(request: Request, page: str, part: str, context: Mapping[str, Any], status: int | None = None) -> HttpResponse:
    """The page, or the part of it that htmx asks for."""
    wants_part = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    response = render(request, part if wants_part else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])  # else the browser's Back may show a part alone
    return response


def own_book(request: HttpRequest, pk: object) -> Book:
    return get_object_or_404(Book.objects.of(request.user).kept(), pk=pk)


def own_task(request: HttpRequest, pk: object) -> ProcessingTask:
    """A task of the user's, or any for who keeps the installation running; else 404."""
    return get_object_or_404(ProcessingTask.objects.open_to(request.user).select_related("book"), pk=pk)


def page_of(request: HttpRequest, rows: Any, size: int) -> Page[Any]:
    return Paginator(rows, size).get_page(request.GET.get("page"))


def sought_words(request: HttpRequest) -> str:
    """What is searched for; without NULs, which PostgreSQL refuses even in a question."""
    return request.GET.get("q", "").replace("\0", "").strip()


def chosen_order(request: HttpRequest, orders: Mapping[str, Any]) -> str:
    """What `?sort=` asks for; the first of the orders when it asks for nothing there is."""
    asked = request.GET.get("sort", "")
    return asked if asked in orders else next(iter(orders))


# ------------------------------------------------------------------------------------------------- library

BOOK_ORDERS = {
    "added": (gettext_lazy("newest first"), ["-created"]),
    "title": (gettext_lazy("by title"), ["title"]),
    "author": (gettext_lazy("by author"), ["author", "title"]),
    "length": (gettext_lazy("longest first"), ["-length"]),
}


@login_required
@require_safe
def library(request: Request) -> HttpResponse:
    owned = Book.objects.of(request.user).kept()
    sought = sought_words(request)
    sort = chosen_order(request, BOOK_ORDERS)
    found = owned.filter(Q(title__icontains=sought) | Q(author__icontains=sought)) if sought else owned
    books = page_of(request, results.state(found).order_by(*BOOK_ORDERS[sort][1], "pk"), 25)
    context = {
        "books": books,
        "sought": sought,
        "sort": sort,
        "orders": {key: name for key, (name, _fields) in BOOK_ORDERS.items()},
        "is_active": any(book.task_status in ACTIVE for book in books),
        "is_empty": not books and not sought,
    }
    return show(request, "recognition/library.html", "recognition/_library.html", context)


# ------------------------------------------------------------------------------------------------- a book


@login_required
@require_safe
def book(request: Request, pk: object) -> HttpResponse:
    book = own_book(request, pk)
    return show(request, "recognition/book.html", "recognition/_recognition.html", about_book(request, book))


def about_book(request: HttpRequest, book: Book, form: StartSerializer | None = None) -> dict[str, Any]:
    """What the page of a book shows; `form` is one that was sent and refused."""
    task = results.latest_task(book)
    counts = book.quotations.filter(continues=None).aggregate(
        all=Count("pk"), named=Count("pk", filter=Q(speaker__isnull=False))
    )
    options = task.options if task else asdict(Options())
    return {
        "book": book,
        "chapters": page_of(request, book.chapters.defer("text"), CHAPTERS_AT_ONCE),
        "cast": foremost(book, task),
        "cast_size": book.characters.visible().count(),
        "lines": counts["all"],
        "named_lines": counts["named"],
        "named_share": 100 * counts["named"] // counts["all"] if counts["all"] else 0,
        "form": form or StartSerializer({"engine": "auto", "options": options}),
        "refused": form is not None,
        "has_model": configuration.has_model(),
        **about_task(task),
    }


def foremost(book: Book, task: ProcessingTask | None) -> Sequence[Character]:
    """Who has the most quotations; while a task runs, of those it has found so far, since it counts at its end."""
    cast = results.cast_of(book)
    if task is None or not task.is_active:
        return list(cast[:CAST_PREVIEW])
    so_far = Count("quotations", filter=Q(quotations__continues=None))
    found: list[Any] = list(cast.annotate(so_far=so_far).order_by("-so_far", "sort_key")[:CAST_PREVIEW])
    for character in found:
        character.quotes = character.so_far
    return found


def about_task(task: ProcessingTask | None) -> dict[str, Any]:
    """What the progress of a task shows."""
    if task is None:
        return {"task": None}
    running_now = task.status == Status.PROCESSING
    return {
        "task": task,
        "sentence": progress.sentence(task),
        "remaining": progress.remaining(task),
        "last_lines": results.last_lines(task.book) if running_now else [],
        "cast_size": task.book.characters.visible().count(),
        "spent": estimates.money(task.tokens_in, task.tokens_out) if task.calls else None,
    }


@login_required
@require_POST
def recognize(request: Request, pk: object) -> HttpResponse:
    """Start a recognition; what is wrong is said on the page of the book, beside its field."""
    book = own_book(request, pk)
    form = StartSerializer({"engine": "auto", "options": asdict(Options())}, data=request.POST)
    if not form.is_valid():
        return render(request, "recognition/book.html", about_book(request, book, form), status=400)
    try:
        running.start(book, engine=form.validated_data["engine"], options=form.chosen())
    except running.AlreadyActive as refusal:
        messages.error(request, str(refusal))
        return render(request, "recognition/book.html", about_book(request, book), status=409)
    except running.TaskRefused as refusal:
        messages.error(request, str(refusal))
        return render(request, "recognition/book.html", about_book(request, book), status=400)
    return redirect(book)


@login_required
@require_safe
def estimate(request: Request, pk: object) -> HttpResponse:
    """What the recognition that is being chosen would take, before it is started."""
    book = own_book(request, pk)
    form = StartSerializer({"engine": "auto", "options": asdict(Options())}, data=request.GET or {"engine": "auto"})
    context: dict[str, Any] = {"book": book, "is_valid": form.is_valid()}
    if context["is_valid"]:
        try:
            context["engine"] = running.choose_engine(form.validated_data["engine"])
        except running.TaskRefused as refusal:
            context["refusal"] = str(refusal)
        if context.get("engine") == configuration.LLM:
            context["forecast"] = forecast = estimates.forecast(book, form.chosen())
            if 0 < settings.LLM_MAX_TOKENS_PER_TASK < forecast.tokens_in + forecast.tokens_out:
                context["limit"] = settings.LLM_MAX_TOKENS_PER_TASK
    return show(request, "recognition/estimate.html", "recognition/_estimate.html", context)


@login_required
@require_safe
def script(request: HttpRequest, pk: object) -> HttpResponse:
    book = own_book(request, pk)
    response = JsonResponse(results.script(book), json_dumps_params={"ensure_ascii": False, "indent": 1})
    filename = urlencode({"": f"{book.title}.json"})[1:].replace("+", "%20")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{filename}"
    return response


# ------------------------------------------------------------------------------------------------- reading


@login_required
@require_safe
def chapter(request: HttpRequest, pk: object, number: int) -> HttpResponse:
    book = own_book(request, pk)
    chapter = get_object_or_404(book.chapters.defer("text"), number=number)
    pages = Paginator(range(max(1, -(-chapter.length // PAGE_LENGTH))), 1)
    page = pages.get_page(request.GET.get("page"))
    start = chapter.start + (page.number - 1) * PAGE_LENGTH
    end = min(start + PAGE_LENGTH, chapter.start + chapter.length)
    known, known_from = lines.excerpt(chapter, start - MARGIN, end + MARGIN)
    text = known[start - known_from : end - known_from]

    quotations = list(chapter.quotations.filter(start__lt=end, end__gt=start).select_related("speaker"))
    speakers: Counter[Character] = Counter()
    for quotation in quotations:
        quotation.why = results.explain(quotation, known, known_from)  # type: ignore[attr-defined]
        quotation.is_doubtful = (  # type: ignore[attr-defined]
            not quotation.decided and (quotation.confidence < DOUBTFUL or quotation.is_put_back)
        )
        if quotation.speaker is not None and quotation.continues is None:
            speakers[quotation.speaker] += 1
    sought = sought_span(request)
    paragraphs = reading.render(text, start, quotations, sought)
    around = book.chapters.filter(number__range=(number - CHAPTERS_AROUND, number + CHAPTERS_AROUND))
    neighbours = {other.number: other for other in around.defer("text")}
    return render(
        request,
        "recognition/chapter.html",
        {
            "book": book,
            "chapter": chapter,
            "page": page,
            "sought": sought and max(sought[0], start),
            "paragraphs": without_heading(paragraphs, str(chapter)),
            "quotations": quotations,
            "speakers": speakers.most_common(),
            "unknown": sum(q.speaker_id is None and q.continues is None for q in quotations),
            "previous": neighbours.get(number - 1),
            "next": neighbours.get(number + 1),
            "around": list(neighbours.values()),
        },
    )


def without_heading(paragraphs: list[reading.Paragraph[Quotation]], title: str) -> list[reading.Paragraph[Quotation]]:
    """The paragraphs to be shown: no blank ones, and not the one near the top that is the title above the text."""
    shown = [paragraph for paragraph in paragraphs if paragraph.segments]
    for index, paragraph in enumerate(shown[:4]):
        if paragraph.text.split() == title.split():
            return shown[:index] + shown[index + 1 :]
    return shown


def sought_span(request: HttpRequest) -> tuple[int, int] | None:
    """The span that `?mark=START-END` points at; None when it points at nothing."""
    start, _dash, end = request.GET.get("mark", "").partition("-")
    if lines.is_number(start) and lines.is_number(end):
        return int(start), int(end)
    return None


@login_required
@require_safe
def place(request: HttpRequest, pk: object, start: int) -> HttpResponse:
    """To the page that shows a position of the book, marked up to `?end=`; a lasting link from anywhere."""
    book = own_book(request, pk)
    chapter = book.chapters.defer("text").filter(start__lte=start).last()
    if chapter is None or start >= chapter.start + chapter.length:
        raise Http404
    end = request.GET.get("end", "")
    return redirect(address(chapter, start, "mark", mark=f"{start}-{end if end.isdecimal() else start + 1}"))


def address(chapter: Chapter, position: int, anchor: str, **asked: str) -> str:
    """Where a position of the book can be read."""
    if number := (position - chapter.start) // PAGE_LENGTH:
        asked["page"] = str(number + 1)
    return f"{chapter.get_absolute_url()}{'?' if asked else ''}{urlencode(asked)}#{anchor}"


# ------------------------------------------------------------------------------------------------- cast

FIRST = F("first_appearance").asc(nulls_last=True)
CAST_ORDERS: dict[str, tuple[Any, list[Any]]] = {
    "quotes": (gettext_lazy("by quotations"), ["-quotes", "-mentions", FIRST]),
    "mentions": (gettext_lazy("by mentions"), ["-mentions", FIRST]),
    "name": (pgettext_lazy("order", "by name"), ["sort_key", "name"]),
    "first": (gettext_lazy("by first appearance"), [FIRST]),
}


@login_required
@require_safe
def characters(request: Request, pk: object) -> HttpResponse:
    book = own_book(request, pk)
    sought = sought_words(request)
    sort = chosen_order(request, CAST_ORDERS)
    everybody = results.cast_of(book)
    found = everybody
    if sought:
        named = Q(name__icontains=sought) | Q(sort_key__icontains=sought) | Q(aliases__text__icontains=sought)
        found = everybody.filter(pk__in=book.characters.filter(named).values("pk"))
    cast = page_of(request, found.order_by(*CAST_ORDERS[sort][1], "pk"), 100)
    add_first_chapters(book, cast.object_list)
    context = {
        "book": book,
        "cast": cast,
        "sought": sought,
        "sort": sort,
        "orders": {key: name for key, (name, _fields) in CAST_ORDERS.items()},
        "is_empty": not cast and not sought,
        "task": results.latest_task(book),
    }
    return show(request, "recognition/characters.html", "recognition/_cast.html", context)


def add_first_chapters(book: Book, cast: Any) -> None:
    """Tell each character, as `first_chapter`, the number of the chapter in which it first appears."""
    starts = list(book.chapters.order_by("number").values_list("start", flat=True))
    for member in cast:
        first = member.first_appearance
        member.first_chapter = None if first is None else bisect_right(starts, first)


@login_required
@require_safe
def character(request: HttpRequest, pk: object, character: int) -> HttpResponse:
    """One character: names, company, and all lines."""
    book = own_book(request, pk)
    member = get_object_or_404(results.cast_of(book), pk=character)
    spoken: QuerySet[Quotation] = results.with_text(member.quotations.select_related("chapter").defer("chapter__text"))
    relations = book.relations.filter(Q(source=member) | Q(target=member)).select_related("source", "target")
    company: Counter[Character] = Counter()
    for relation in relations:
        company[relation.target if relation.source_id == member.pk else relation.source] += int(relation.weight)
    add_first_chapters(book, [member])
    return render(
        request,
        "recognition/character.html",
        {
            "book": book,
            "character": member,
            "lines": page_of(request, spoken.order_by("start"), LINES_AT_ONCE),
            "company": [other for other, _weight in company.most_common(12)],
        },
    )


# ------------------------------------------------------------------------------------------------- tasks


@login_required
@require_safe
def tasks(request: Request) -> HttpResponse:
    owned = ProcessingTask.objects.of(request.user)
    counts = dict(owned.order_by().values_list("status").annotate(Count("pk")))
    status = request.GET.get("status", "")
    found = owned.filter(status=status) if status in Status.values else owned
    rows = page_of(request, found.select_related("book").defer("traceback", "statistics"), 50)
    context = {
        "tasks": rows,
        "status": status,
        "counts": [(value, label, counts.get(value, 0)) for value, label in Status.choices],
        "total": sum(counts.values()),
        "is_active": any(task.is_active for task in rows),
    }
    return show(request, "recognition/tasks.html", "recognition/_tasks.html", context)


LATEST_STAGE_FIRST = Case(*(When(stage=stage, then=place) for place, stage in enumerate(Stage.values))).desc()


@login_required
@require_safe
def task(request: Request, pk: object) -> HttpResponse:
    task = own_task(request, pk)
    return show(request, "recognition/task.html", "recognition/_task.html", workbench(request, task))


def workbench(request: HttpRequest, task: ProcessingTask) -> dict[str, Any]:
    """What the page of a task shows: how it goes, and its windows, of one stage or failed ones alone if asked for."""
    stages = dict(task.windows.order_by().values_list("stage").annotate(Count("pk")))
    failures = task.windows.exclude(error="")
    found = failures if request.GET.get("failed") else task.windows.all()
    stage = request.GET.get("stage", "")
    if stage in stages:
        found = found.filter(stage=stage)
    return {
        **about_task(task),
        "book": task.book,
        "is_own": task.book.owner_id == request.user.pk,
        "callbacks": task.deliveries.defer("body")[:CALLBACKS_SHOWN],
        "windows": page_of(request, found.defer("answer").order_by(LATEST_STAGE_FIRST, "index"), 50),
        "stages": [(value, label, stages[value]) for value, label in Stage.choices if value in stages],
        "window_count": sum(stages.values()),
        "failed_count": failures.count(),
        "stage": stage,
        "failed_only": bool(request.GET.get("failed")),
    }


@login_required
@require_POST
def task_cancel(request: HttpRequest, pk: object) -> HttpResponse:
    return changed(request, own_task(request, pk), running.cancel, _("This task has already ended."))


@login_required
@require_POST
def task_retry(request: HttpRequest, pk: object) -> HttpResponse:
    refusal = _("This task cannot be taken up again: it or another one of the book is running, or nothing is missing.")
    return changed(request, own_task(request, pk), running.retry, refusal)


@login_required
@require_POST
def task_resend(request: HttpRequest, pk: object) -> HttpResponse:
    return changed(request, own_task(request, pk), callbacks.resend_last, _("This task owes no callback."))


def changed(request: HttpRequest, task: ProcessingTask, change: Any, refusal: str) -> HttpResponse:
    """Change a task and go where that can be seen: its book, or its own page for a text outside the library."""
    if change(task):
        return redirect(task.book if task.book.kept and request.POST.get("from") == "book" else task)
    task.refresh_from_db()
    messages.error(request, refusal)
    return render(request, "recognition/task.html", workbench(request, task), status=409)
