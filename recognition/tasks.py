"""Running recognitions: the only module that knows the queue.

A message is a bare wake-up; the row of the task is the truth (see docs/queue.md). `work` takes whatever is due.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.models import OrmQ
from django_q.tasks import async_task

from books.models import Book, book_removing, book_rereading
from recognition import budget, callbacks, configuration, pipeline, progress, remote, results, windows
from recognition.configuration import LLM, OFFLINE, REMOTE
from recognition.endpoints import EndpointRow
from recognition.engines import Answer, Engine, EngineError, Options, Step
from recognition.engines.llm.answers import INCOMPLETE, Unreadable
from recognition.logs import logged_as
from recognition.models import (
    ACTIVE,
    ENDED,
    LEASE,
    MAX_TRIES,
    RETRYABLE,
    Delivery,
    Failure,
    ProcessingTask,
    Stage,
    Status,
    Window,
    Worker,
)

logger = logging.getLogger(__name__)

# A wake-up's lease is renewed, and progress without a saved window is shown, about this often.
SIGN_OF_LIFE = 2.0  # seconds
# A book keeps its worker this long although another waits; a shorter turn would go into loading the text again.
TURN = 10.0  # seconds
BACK_OFF = timedelta(seconds=15)  # twice as long after each further stall
LONGEST_BACK_OFF = timedelta(minutes=10)
MAX_STALLS = 10  # about an hour without an answer
AT_ONCE = 100  # tasks that one sweep wakes a worker for
# The groups of our messages.
RECOGNITIONS, DELIVERIES = "recognitions", "deliveries"


class TaskRefused(Exception):
    """A recognition cannot be started; `code` is stable, the message is for the person who asked."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class AlreadyActive(TaskRefused):
    """Another recognition of the same book is waiting or running: `task`."""

    def __init__(self, task: ProcessingTask | None) -> None:
        super().__init__("already_active", _("A recognition of this book is already running."))
        self.task = task


# ------------------------------------------------------------------------------------------ what people ask for


def start(
    book: Book,
    *,
    engine: str = "auto",
    options: Options = Options(),
    callback_url: str = "",
    priority: int = 0,
) -> ProcessingTask:
    """Create a recognition of the book and wake a worker, in one transaction. Raises TaskRefused, AlreadyActive."""
    chosen = choose_engine(engine)
    try:
        with transaction.atomic():
            task = ProcessingTask.objects.create(
                book=book,
                engine=chosen,
                model=settings.LLM_MODEL if chosen == LLM else "",
                options=asdict(options),
                callback_url=callback_url,
                priority=priority,
            )
            wake(task)
    except IntegrityError as error:
        active = book.tasks.active().first()
        if active is None:
            raise
        raise AlreadyActive(active) from error
    return task


def choose_engine(name: str) -> str:
    """The engine that `auto` stands for, or the one named. Raises TaskRefused when it is not to be had."""
    if name == "auto":
        name = settings.RECOGNITION_ENGINE
    if name == "auto":
        if settings.CHARACTER_RECOGNITION_URL:
            return REMOTE
        name = LLM if configuration.has_model() else OFFLINE
    if name == LLM and not configuration.has_model():
        raise TaskRefused("engine_unavailable", _("This installation has no language model; use the offline engine."))
    return name


def cancel(task: ProcessingTask) -> bool:
    """Stop a task that waits or runs. False: it had already ended."""
    active = ProcessingTask.objects.filter(pk=task.pk, status__in=ACTIVE)
    return bool(active.update(status=Status.CANCELLED, completed_at=Now()))


def retry(task: ProcessingTask, window: Window | None = None) -> bool:
    """Take up a task where it stopped, or one that was completed with failed windows, and ask these again.

    With a `window`, ask that one again, whatever it was. False: the task's state does not allow it.
    """
    if window is None:
        return reopen(task, RETRYABLE, task.windows.exclude(error="").delete)
    return reopen(task, ENDED, task.windows.filter(pk=window.pk).delete)


def answer_by_hand(task: ProcessingTask, window: Window, text: str) -> bool:
    """Take a person's answer for the model's, and go on with it. False: the task's state does not allow it.

    Lines that it leaves out keep the answers they have.

    Raises TaskRefused when the answer has not the form that was asked for, or the question has changed since.
    """
    question = windows.question(task, window)
    if question is None:
        raise TaskRefused("outdated", _("This window is not asked like that any more; ask it again instead."))
    try:
        if question.rest(question.read(text)) == question:
            raise TaskRefused("unreadable", _("None of the numbered lines is answered."))
        text = windows.completed(question, window.answer, text)
        error = INCOMPLETE if windows.unanswered(question, text) else ""
    except Unreadable as error:
        sentence = _("The answer has not the form that was asked for: %(problem)s.")
        raise TaskRefused("unreadable", sentence % {"problem": progress.problem(str(error))}) from error
    answer = {"answer": text, "error": error}
    return reopen(task, ENDED, lambda: task.windows.filter(pk=window.pk).update(**answer))


def reopen(task: ProcessingTask, ended: Q, change_windows: Callable[[], object]) -> bool:
    """Let a task that has `ended` so begin again with changed windows. False: it has not, or the book has another."""
    try:
        with transaction.atomic():
            again = ProcessingTask.objects.filter(ended, pk=task.pk).update(
                status=Status.PENDING,
                failure="",
                error_message="",
                traceback="",
                tries=0,
                stalls=0,
                failed_windows=0,
                tokens_reserved=0,
                progress=0,
                due_at=Now(),
                started_at=None,
                completed_at=None,
                external_task_id="",
            )
            if again:
                change_windows()
                wake(task)
    except IntegrityError:
        return False  # another task of the book has become active
    return bool(again)


@receiver(book_removing)
def stop_tasks(book: Book, **_kwargs: Any) -> None:
    """Cancel a book's task before the book goes; the lock on its row keeps a running worker from writing meanwhile."""
    book.tasks.active().update(status=Status.CANCELLED, completed_at=Now())


@receiver(book_rereading)
def forget(book: Book, **_kwargs: Any) -> None:
    """Delete all that was recognised before a book gets another text. A worker that is at it finds its task gone."""
    stop_tasks(book)
    book.quotations.all().delete()
    for rows in (book.tasks, book.characters, book.corrections, book.distincts, book.verdicts):
        rows.all().delete()


# ------------------------------------------------------------------------------------------ the queue


def wake(task: ProcessingTask) -> None:
    """Put a wake-up into the queue. In a transaction it is sent with the transaction, or not at all."""
    async_task("recognition.tasks.work", group=RECOGNITIONS, task_name=str(task.book)[:80])


def sweep() -> int:
    """Wake a worker for each due task that no waiting message stands for; how many were woken.

    Finds what nothing else would: tasks whose worker died, whose back-off has ended, whose message was deleted.
    """
    due = list(ProcessingTask.objects.due().select_related("book").order_by("-priority", "due_at")[:AT_ONCE])
    unheard = due[waiting(RECOGNITIONS) :] if due else []
    for task in unheard:
        wake(task)
    return len(unheard)


def wake_for_deliveries() -> bool:
    """Have the callbacks that are due sent, unless a message that waits already says so."""
    if not Delivery.objects.due().exists() or waiting(DELIVERIES):
        return False
    async_task("recognition.tasks.deliver", group=DELIVERIES, task_name="deliveries")
    return True


def waiting(group: str) -> int:
    """How many messages of this group no worker has taken. Of a long queue its head: more would change nothing."""
    untaken = OrmQ.objects.filter(Q(lock=None) | Q(lock__lte=timezone.now())).order_by("pk")  # by the queue's own clock
    return sum(message.group() == group for message in untaken[: 2 * AT_ONCE])


def deliver() -> None:
    """Send the callbacks that are due, for as long as a turn lasts."""
    end = time.monotonic() + TURN
    while time.monotonic() < end and callbacks.deliver_next():
        pass


def clean_up() -> int:
    """Delete the bare texts, with all they produced, whose task ended long enough ago; how many."""
    before = Now() - timedelta(hours=settings.TASK_RETENTION_HOURS)
    old = Book.objects.filter(kept=False, created__lte=before).exclude(
        Q(tasks__status__in=ACTIVE) | Q(tasks__completed_at__gt=before)
    )
    books = list(old[:100])
    for book in books:
        book.delete()
    return len(books)


def worker_name() -> str:
    """host:pid of the worker command that this process belongs to, else of this process."""
    return os.environ.get("TXT2VOICE_WORKER") or f"{socket.gethostname()}:{os.getpid()}"


def end_if_orphaned() -> None:
    """End this cluster when the worker command that owned it was killed: nobody watches it or would ever stop it."""
    owner = os.environ.get("TXT2VOICE_WORKER", "").rpartition(":")[2]
    if owner:
        try:
            os.kill(int(owner), 0)
        except ProcessLookupError:
            os.killpg(0, signal.SIGKILL)


def release_worker(name: str) -> int:
    """Let others take the tasks of a worker that is known to be dead, at once instead of when the lease runs out."""
    return ProcessingTask.objects.filter(status=Status.PROCESSING, worker=name).update(due_at=Now())


def live_leases(name: str) -> int:
    """How many tasks a worker is at work on."""
    return ProcessingTask.objects.filter(status=Status.PROCESSING, worker=name, due_at__gt=Now()).count()


def has_overdue_work(since: timedelta) -> bool:
    """Whether a task has been due for longer than `since` without being taken."""
    return ProcessingTask.objects.active().filter(due_at__lte=Now() - since).exists()


def report_worker(name: str) -> None:
    """Say that this worker is alive, and forget those not seen for a day."""
    Worker.objects.update_or_create(name=name, defaults={"version": settings.VERSION, "seen": Now()})
    Worker.objects.filter(seen__lt=Now() - timedelta(days=1)).delete()


# ------------------------------------------------------------------------------------------ a run


class RecognitionFailed(Exception):
    """Raised after the failure was recorded, so that the queue's own list of failures names the task and the book.

    The task first: that list shows a hundred characters.
    """

    def __init__(self, task: ProcessingTask, reason: object) -> None:
        super().__init__(f"{task.pk} {task.book}: {reason}")


def work() -> None:
    """One wake-up: take the task that is due and run it until it ends, must wait, or another's turn has come.

    The result is always None: the queue cannot store what it cannot pickle, and would run it for ever.
    """
    end_if_orphaned()
    task = ProcessingTask.objects.claim_next(worker_name())
    if task is None:
        return
    with logged_as(task):
        if task.tries > MAX_TRIES:
            fail(task, Failure.CRASHED, "")
            raise RecognitionFailed(task, f"crashed {MAX_TRIES} times without progress")
        logger.info("run begins at %d %% of %s", task.progress, task.book_id)
        try:
            Run(task).go()
        except EngineError as error:
            if error.permanent:
                reason = budget.reached(task) if error.failure == "budget" else str(error)
                fail(task, Failure(error.failure), reason)
                raise RecognitionFailed(task, reason) from error
            back_off(task, error)
        except Exception as error:
            fail(task, Failure.ENGINE, f"{type(error).__name__}: {error}")
            raise RecognitionFailed(task, error) from error


def back_off(task: ProcessingTask, error: EngineError) -> None:
    """Let go for a while, longer each time. Raises RecognitionFailed after too many without a saved window."""
    if task.stalls >= MAX_STALLS:
        fail(task, Failure(error.failure), str(error))
        raise RecognitionFailed(task, error) from error
    wait = min(BACK_OFF * 2**task.stalls, LONGEST_BACK_OFF)
    if error.retry_after is not None:
        wait = timedelta(seconds=error.retry_after)
    logger.warning("the engine stopped for %s: %s", wait, error)
    if task.release(Now() + wait):
        # A wait for somebody else's budget is no stall.
        stalls = F("stalls") if isinstance(error, budget.Reserved) else F("stalls") + 1
        task.move(stalls=stalls, error_message=str(error))


def fail(task: ProcessingTask, failure: Failure, message: str) -> None:
    """Record why our run ended, unless it no longer owns the task."""
    trace = "" if failure == Failure.CRASHED else traceback.format_exc()
    changes = {"failure": failure, "error_message": message, "traceback": trace, "completed_at": Now()}
    with transaction.atomic():
        if task.move(status=Status.FAILED, **changes):
            callbacks.owe(task)


class Run:
    """One run of one task: feeds the pipeline what was saved, saves what it yields, and stops when it must."""

    def __init__(self, task: ProcessingTask) -> None:
        self.task = task
        self.book = task.book
        self.chapters = {chapter.number: chapter for chapter in self.book.chapters.all()}
        self.rows: results.Rows = {}
        self.began = self.got_going = self.last_sign = self.last_look = time.monotonic()
        self.saved_windows = 0
        self.leaving = False

    def go(self) -> None:
        """Steps: read on from the saved windows; after each step save it, or keep the lease; stop when it is lost.

        To hand over, nothing more is asked, and what was asked is waited for: those answers are paid for.
        """
        cast = None
        if self.task.engine == REMOTE:
            cast = remote.fetch_cast(self.task)
            if cast is None:
                return
        manuscript = windows.manuscript(self.book.language, self.chapters.values())
        saved = windows.saved(self.task.windows.all())
        options = Options(**self.task.options)
        with closing(pipeline.read(manuscript, self.engine(), options, cast, saved)) as steps:
            for step in steps:
                if not self.save(step):
                    logger.info("stopped: cancelled, or taken over by another run")
                    return
                self.leaving = self.leaving or self.is_anothers_turn()
                if self.leaving and not step.in_flight:
                    logger.info("handed over at %d %%", self.task.progress)
                    with transaction.atomic():
                        if self.task.release(Now()):
                            wake(self.task)
                    return

    def engine(self) -> Engine:
        if self.task.engine != LLM:
            return configuration.make_engine(OFFLINE)
        return configuration.make_engine(
            LLM,
            EndpointRow(configuration.llm_config()),
            token_limit=budget.allowance(self.task),
            may_ask=lambda: not self.leaving,
        )

    def save(self, step: Step) -> bool:
        """Save what a step brought, with the progress, in one transaction; False when the task is no longer ours."""
        news = step.answer or step.cast is not None or step.section or step.script
        if not news and time.monotonic() - self.last_sign < SIGN_OF_LIFE:
            return True
        self.last_sign = time.monotonic()
        *early, last = pieces(step)
        for start, end, quotations in early:
            with transaction.atomic():
                if not self.task.renew():
                    return False
                assert step.section
                results.save_section(self.task, self.chapters[step.section.number], start, end, quotations, self.rows)
        with transaction.atomic():
            if not self.task.move(**self.progress(step)):
                return False
            if step.cast is not None:
                self.rows = results.save_cast(self.book, step.cast)
            if step.section:
                start, end, quotations = last
                results.save_section(self.task, self.chapters[step.section.number], start, end, quotations, self.rows)
            if step.answer:
                self.save_window(step.answer)
            if step.script:
                results.save_script(self.book, step.script, self.rows)
                results.settle_changes(self.task)
                callbacks.owe(self.task)
        return True

    def progress(self, step: Step) -> dict[str, Any]:
        """The changes to the task's row. A resumed run passes what was done before without showing it again."""
        changes: dict[str, Any] = {"due_at": Now() + LEASE}
        percent = min(99, int(100 * step.progress))
        if percent >= self.task.progress:
            self.task.progress = percent
            changes |= {
                "progress": percent,
                "stage": Stage(step.stage),
                "total_items": step.total,
                "processed_items": step.done,
            }
        if answer := step.answer:
            changes |= {
                "tries": 0,
                "stalls": 0,
                "error_message": "",
                "tokens_in": F("tokens_in") + answer.tokens_in,
                "tokens_out": F("tokens_out") + answer.tokens_out,
                "tokens_reserved": Greatest(F("tokens_reserved") - answer.tokens_in - answer.tokens_out, 0),
                "calls": F("calls") + answer.attempts,
            }
        if step.script:
            elapsed = timezone.now() - (self.task.started_at or self.task.created)
            statistics = step.script.statistics | {"processing_time": round(elapsed.total_seconds(), 3)}
            failed = self.task.windows.exclude(error="").count()
            changes |= {"status": Status.COMPLETED, "progress": 100, "completed_at": Now(), "statistics": statistics}
            changes |= {"failed_windows": failed}
        return changes

    def save_window(self, answer: Answer) -> None:
        row = asdict(answer)
        row["answer"] = row.pop("text")
        # One statement: a book may have a hundred thousand chapters, and each is a window.
        Window.objects.bulk_create(
            [Window(task=self.task, **row)],
            update_conflicts=True,
            unique_fields=["task", "stage", "index"],
            update_fields=[field for field in row if field not in ("stage", "index")],
        )
        budget.spend(self.task, answer.tokens_in + answer.tokens_out)
        if answer.tokens_out:
            EndpointRow(configuration.llm_config()).answered()
        if not self.saved_windows:
            self.got_going = time.monotonic()
        self.saved_windows += 1

    def is_anothers_turn(self) -> bool:
        """Whether to hand over: another task waits and this one has had its turn, or the run has lasted long enough.

        Never before a window was saved: two books that only hand over would never end. A turn is at least as long as
        it took to get to where the run before had stopped: a huge book would else do little but get there.
        """
        now = time.monotonic()
        if not self.saved_windows:
            return False
        if now - self.began > settings.RUN_SECONDS:
            return True
        turn = max(TURN, self.got_going - self.began)
        if now - self.got_going < turn or now - self.last_look < SIGN_OF_LIFE:
            return False
        self.last_look = now
        return ProcessingTask.objects.due().exists()


def pieces(step: Step) -> list[tuple[int, int, tuple[Any, ...]]]:
    """The quotations of a step in parts small enough for one transaction: (start, end, quotations), end exclusive."""
    if step.section is None:
        return [(0, 0, ())]
    size = results.ROWS_AT_ONCE
    parts = [step.quotations[i : i + size] for i in range(0, len(step.quotations), size)] or [()]
    starts = [step.section.start, *(part[0].start for part in parts[1:])]
    ends = [*starts[1:], step.section.end]
    return list(zip(starts, ends, parts, strict=True))
