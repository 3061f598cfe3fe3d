"""How a task is doing, said in the reader's language."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognition.configuration import REMOTE
from recognition.models import Failure, ProcessingTask, Stage, Status


def sentence(task: ProcessingTask) -> str:
    """What is happening now, or how it ended."""
    counts = {"done": task.processed_items, "total": task.total_items}
    match task.status:
        case Status.PENDING:
            return _("Waiting for a free worker.")
        case Status.COMPLETED:
            return done(task.failed_windows)
        case Status.CANCELLED:
            return _("Cancelled.")
        case Status.FAILED:
            return failure_advice(task)
    if task.is_backing_off:
        wait = max(timedelta(0), task.due_at - timezone.now())
        return _("The model could not go on. It is asked again in %(time)s.") % {"time": roughly(wait)}
    match task.stage:
        case Stage.RULES if not task.processed_items:
            return _("Reading the book for names.")
        case Stage.RULES:
            return _("Finding speakers: chapter %(done)d of %(total)d.") % counts
        case Stage.DISCOVER:
            return _("Finding characters: window %(done)d of %(total)d.") % counts
        case Stage.MERGE:
            return _("Working out which names are the same person.")
        case Stage.ATTRIBUTE:
            return _("Finding speakers: window %(done)d of %(total)d.") % counts
        case Stage.SETTLE:
            return _("Counting and checking: chapter %(done)d of %(total)d.") % counts
    return _("Starting.")


def done(failed: int) -> str:
    """How a task was completed: not without saying where the model had no complete answer."""
    if not failed:
        return _("Done.")
    sentence = ngettext(
        "Done. %(count)d window got no complete answer; what is missing there stands as the rules have it.",
        "Done. %(count)d windows got no complete answer; what is missing there stands as the rules have it.",
        failed,
    )
    return sentence % {"count": failed}


def failure_advice(task: ProcessingTask) -> str:
    """Why a task failed and what to do; empty for one that did not fail."""
    match task.failure:
        case Failure.ENGINE:
            return _(
                "The engine could not finish. Everything done so far is kept. Try again; if it fails again, show the "
                "error below to whoever runs this service."
            )
        case Failure.QUOTA:
            return _(
                "Stopped: the provider's quota is used up. Everything done so far is kept. Top it up, then continue."
            )
        case Failure.BUDGET:
            return _(
                "Stopped: the token limit below is reached. Everything done so far is kept. Continue when it has been "
                "raised where this service is set up; a limit of the day also ends with the day (UTC)."
            )
        case Failure.CONFIG if task.engine == REMOTE:
            return _(
                "Stopped: the other service takes no text as it is set up here. Whoever runs this service corrects "
                "CHARACTER_RECOGNITION_URL or CHARACTER_RECOGNITION_TOKEN and restarts it; then continue."
            )
        case Failure.CONFIG:
            return _(
                "Stopped: the model does not answer as it is set up here. Everything done so far is kept. Whoever runs "
                "this service corrects LLM_BASE_URL, LLM_API_KEY or LLM_MODEL and restarts it; then continue."
            )
        case Failure.CRASHED:
            return _(
                "The worker died several times at the same place. Its log says why; often the memory was too small."
            )
        case Failure.BAD_TEXT:
            return _("The text cannot be read. Look at the encoding on the book's page.")
    return ""


def remaining(task: ProcessingTask) -> timedelta | None:
    """The time still needed, from the measured pace so far; None when it cannot be said yet."""
    if task.status != Status.PROCESSING or task.started_at is None or not 3 <= task.progress < 100:
        return None
    if task.is_backing_off:
        return None
    elapsed = timezone.now() - task.started_at
    return elapsed * (100 - task.progress) / task.progress


def roughly(time: timedelta) -> str:
    """A time no more exact than a reader wants it: "40 seconds", "3 minutes", "1 h 20 min"."""
    seconds = max(1, round(time.total_seconds()))
    if seconds < 90:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
