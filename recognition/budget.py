"""How many tokens a run may spend: the limit of its task, and what its owner has left of the day.

A run reserves what is left of the day before it begins, so that several tasks of one owner cannot overrun it together.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from recognition.engines import EngineError
from recognition.models import ProcessingTask, Status, TokenUse


class Reserved(EngineError):
    """Another running task of the owner holds the rest of the day; it may give some back."""


def allowance(task: ProcessingTask) -> int | None:
    """The tokens this run may spend; None for no limit. Raises Reserved for a wait.

    With none left a run still goes as far as the saved answers take it, such as one that a person has just given.
    """
    limits = []
    if limit := limit_of(task):
        limits.append(limit - task.tokens_in - task.tokens_out)
    if settings.LLM_TOKENS_PER_USER_PER_DAY:
        limits.append(reserve_rest_of_day(task))
    return max(0, min(limits)) if limits else None


def limit_of(task: ProcessingTask) -> int:
    """The most tokens the task may spend in all: its own limit, else that of the settings; 0 for none."""
    return task.token_limit or settings.LLM_MAX_TOKENS_PER_TASK


def reached(task: ProcessingTask) -> str:
    """The limit that stops the task, by the name of its setting: what has to be raised before it can go on."""
    task.refresh_from_db(fields=["token_limit", "tokens_in", "tokens_out"])
    limit, day = limit_of(task), settings.LLM_TOKENS_PER_USER_PER_DAY
    left = limit - task.tokens_in - task.tokens_out
    if day and not (limit and left < day - spent_today(task.book.owner_id)):
        return f"LLM_TOKENS_PER_USER_PER_DAY={day}"
    return f"LLM_MAX_TOKENS_PER_TASK={limit}"


def spent_today(owner: int) -> int:
    return TokenUse.objects.filter(user=owner, day=today()).aggregate(sum=Sum("tokens"))["sum"] or 0


def reserve_rest_of_day(task: ProcessingTask) -> int:
    """What the owner may still spend today, reserved for this task."""
    owner = task.book.owner_id
    with transaction.atomic():
        # The owner's row is the lock: two runs that begin together reserve one after the other.
        get_user_model().objects.select_for_update().get(pk=owner)
        rivals = ProcessingTask.objects.filter(book__owner=owner, status=Status.PROCESSING).exclude(pk=task.pk)
        reserved = rivals.aggregate(sum=Sum("tokens_reserved"))["sum"] or 0
        left: int = settings.LLM_TOKENS_PER_USER_PER_DAY - spent_today(owner) - reserved
        if left <= 0 < reserved:
            raise Reserved(f"LLM_TOKENS_PER_USER_PER_DAY={settings.LLM_TOKENS_PER_USER_PER_DAY}")
        task.move(tokens_reserved=max(0, left))
    return left


def spend(task: ProcessingTask, tokens: int) -> None:
    """Note what a window has cost, in the transaction that saves it."""
    if tokens:
        use, _created = TokenUse.objects.get_or_create(user_id=task.book.owner_id, day=today())
        TokenUse.objects.filter(pk=use.pk).update(tokens=F("tokens") + tokens)


def today() -> date:
    return timezone.now().date()
