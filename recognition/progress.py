"""How a task is doing, said in the reader's language."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Avg, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from recognition.configuration import LLM, REMOTE
from recognition.models import Failure, ProcessingTask, Stage, Status

# Per cent of the progress that the rules take before a model is asked, as recognition/engines/llm/engine.py has it.
RULES_SHARE = 10


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
        wait = roughly(max(timedelta(0), task.due_at - timezone.now()))
        if task.engine == REMOTE:
            return _("The other service could not go on. It is asked again in %(time)s.") % {"time": wait}
        return _("The model could not go on. It is asked again in %(time)s.") % {"time": wait}
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
    return _("The other service is finding the characters.") if task.engine == REMOTE else _("Starting.")


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


# What the engines themselves say of a call or a window that failed; everything else is the words of a provider.
OWN_WORDS = (
    gettext_noop("the answer was cut off"),
    gettext_noop("the content filter stopped the answer"),
    gettext_noop("what came is not an answer of a model"),
    gettext_noop("no complete answer within LLM_TIMEOUT"),
    gettext_noop("no answer within LLM_TIMEOUT"),
    gettext_noop("unreadable answer"),
    gettext_noop("no JSON in the answer"),
    gettext_noop("no line was answered"),
    gettext_noop("some lines were never answered"),
    gettext_noop("The other recognition service cannot be reached"),
    gettext_noop("The other recognition service did not answer with a JSON object."),
    gettext_noop("The other recognition service did not finish in time."),
    gettext_noop("The other recognition service gave no reason."),
    gettext_noop("The other recognition service gave no task_id."),
    gettext_noop("The other recognition service sent no cast"),
)


def problem(error: str) -> str:
    """The reason of a failure in the reader's language, as far as it is in our words."""
    for words in OWN_WORDS:
        error = error.replace(words, _(words))
    return error


def remaining(task: ProcessingTask) -> timedelta | None:
    """The time still needed, from the measured pace so far; None when it cannot be said yet."""
    if task.status != Status.PROCESSING or task.started_at is None or not 3 <= task.progress < 100:
        return None
    if task.is_backing_off:
        return None
    if task.engine == LLM:
        return remaining_calls(task)
    elapsed = timezone.now() - task.started_at
    return elapsed * (100 - task.progress) / task.progress


def remaining_calls(task: ProcessingTask) -> timedelta | None:
    """From what the calls so far took, since the clock has stood still between runs; None before the first answer."""
    asked = task.windows.exclude(stage=Stage.RULES).aggregate(sum=Sum("seconds"), average=Avg("seconds"))
    if not asked["sum"] or task.progress <= RULES_SHARE:
        return None
    to_come = asked["sum"] * (100 - task.progress) / (task.progress - RULES_SHARE)
    return timedelta(seconds=max(to_come / settings.LLM_CONCURRENCY, asked["average"]))


def roughly(time: timedelta) -> str:
    """A time no more exact than a reader wants it: "40 seconds", "3 minutes", "1 h 20 min"."""
    seconds = max(1, round(time.total_seconds()))
    if seconds < 90:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
