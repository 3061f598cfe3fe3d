"""One window of a task: what was asked and answered there, and what a person can do about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from recognition import tasks, windows
from recognition.configuration import LLM
from recognition.models import Stage, Window
from recognition.views import own_task

SHOWN = 100_000  # code points of an answer; the rules' cast of a long novel is larger


def own_window(request: HttpRequest, pk: object, stage: str, index: int) -> Window:
    if stage not in Stage.values:
        raise Http404
    task = own_task(request, pk)
    found = get_object_or_404(task.windows, stage=stage, index=index)
    found.task = task
    return found


def asked_window(request: HttpRequest, pk: object, stage: str, index: int) -> Window:
    """A window of a model; others cannot be answered otherwise."""
    found = own_window(request, pk, stage, index)
    if not is_by_model(found):
        raise Http404
    return found


def is_by_model(window: Window) -> bool:
    return window.task.engine == LLM and window.stage != Stage.RULES


@login_required
@require_safe
def window(request: HttpRequest, pk: object, stage: str, index: int) -> HttpResponse:
    return render(request, "recognition/window.html", about(request, own_window(request, pk, stage, index)))


def about(request: HttpRequest, window: Window, given: str = "", refusal: str = "") -> dict[str, Any]:
    """What the page of a window shows; `given` is an answer by hand that was refused, with the reason."""
    task = window.task
    question = windows.question(task, window)
    return {
        "unanswered": windows.unanswered(question, window.answer) if question and window.error else (),
        "window": window,
        "task": task,
        "book": task.book,
        "is_own": task.book.owner_id == request.user.pk,
        "by_model": is_by_model(window),
        "request_of_window": question and question.request(),  # `request` is the browser's
        "answer": window.answer[:SHOWN],
        "is_cut": len(window.answer) > SHOWN,
        "given": given,
        "refusal": refusal,
    }


@login_required
@require_POST
def ask_again(request: HttpRequest, pk: object, stage: str, index: int) -> HttpResponse:
    window = asked_window(request, pk, stage, index)
    if tasks.retry(window.task, window):
        return redirect(window.task)
    return refused(request, window)


@login_required
@require_POST
def answer(request: HttpRequest, pk: object, stage: str, index: int) -> HttpResponse:
    window = asked_window(request, pk, stage, index)
    text = request.POST.get("answer", "").replace("\0", "")  # PostgreSQL cannot keep one
    try:
        if tasks.answer_by_hand(window.task, window, text):
            return redirect(window.task)
    except tasks.TaskRefused as refusal:
        return render(request, "recognition/window.html", about(request, window, text, str(refusal)), status=400)
    return refused(request, window, text)


def refused(request: HttpRequest, window: Window, given: str = "") -> HttpResponse:
    messages.error(request, _("Windows can be changed when the task has ended and no other one of the book is active."))
    return render(request, "recognition/window.html", about(request, window, given), status=409)
