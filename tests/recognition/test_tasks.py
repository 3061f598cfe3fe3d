"""The life of a task: claimed once, fenced, resumed, handed over, cancelled, ended; nothing lost, nothing doubled."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django_q.models import OrmQ

from recognition import tasks
from recognition.engines import Options
from recognition.models import LEASE, MAX_TRIES, Delivery, Failure, ProcessingTask, Quotation, Status, Window

pytestmark = pytest.mark.django_db


def rows(task):
    task.refresh_from_db()
    return task


def let_lease_run_out(task):
    ProcessingTask.objects.filter(pk=task.pk).update(due_at=Now() - timedelta(seconds=1))


def test_start_makes_the_row_and_its_wake_up_together(chinese_book):
    with pytest.raises(RuntimeError), transaction.atomic():
        tasks.start(chinese_book)
        raise RuntimeError
    assert not ProcessingTask.objects.exists()
    assert not OrmQ.objects.exists()


def test_a_second_start_while_one_is_active_names_the_active_one(chinese_book):
    first = tasks.start(chinese_book)
    with pytest.raises(tasks.AlreadyActive) as refused:
        tasks.start(chinese_book)
    assert refused.value.task == first
    assert OrmQ.objects.count() == 1


def test_a_run_ends_completed_with_everything_in_place(chinese_book, run_queue):
    task = tasks.start(chinese_book)
    run_queue()
    assert (rows(task).status, task.progress) == (Status.COMPLETED, 100)
    assert task.statistics["text_length"] == chinese_book.length
    assert chinese_book.characters.exists()
    assert chinese_book.quotations.exists()


def test_only_one_of_two_rivals_claims_a_task(chinese_book):
    tasks.start(chinese_book)
    assert ProcessingTask.objects.claim_next("one") is not None
    assert ProcessingTask.objects.claim_next("two") is None


def test_the_highest_priority_is_claimed_first_then_the_longest_waiting(chinese_book, english_book):
    waiting = tasks.start(chinese_book)
    urgent = tasks.start(english_book, priority=1)
    assert ProcessingTask.objects.claim_next("w") == urgent
    assert ProcessingTask.objects.claim_next("w") == waiting


def test_a_run_that_lost_its_lease_to_another_cannot_write(chinese_book):
    tasks.start(chinese_book)
    lost = ProcessingTask.objects.claim_next("slow")
    let_lease_run_out(lost)
    owner = ProcessingTask.objects.claim_next("quick")
    assert not lost.move(progress=50)
    assert owner.move(progress=60)
    assert rows(owner).progress == 60


def test_a_live_lease_is_not_taken(chinese_book):
    tasks.start(chinese_book)
    task = ProcessingTask.objects.claim_next("one")
    assert rows(task).due_at - task.started_at >= LEASE - timedelta(seconds=1)
    assert not ProcessingTask.objects.due().exists()


def test_a_cancelled_run_stops_at_its_next_step_and_saves_nothing_more(chinese_book):
    task = tasks.start(chinese_book)
    run = tasks.Run(ProcessingTask.objects.claim_next("w"))
    assert tasks.cancel(task)
    run.go()
    assert rows(task).status == Status.CANCELLED
    assert not Window.objects.exists()


def test_cancelling_what_has_ended_is_refused(chinese_book, run_queue):
    task = tasks.start(chinese_book)
    run_queue()
    assert not tasks.cancel(task)
    assert rows(task).status == Status.COMPLETED


def test_a_run_killed_half_way_goes_on_from_its_saved_windows(chinese_book, run_queue):
    task = tasks.start(chinese_book)
    killed = tasks.Run(ProcessingTask.objects.claim_next("killed"))
    killed.is_anothers_turn = lambda: killed.saved_windows == 2  # dies after the cast and the first chapter
    killed.go()
    first = list(Quotation.objects.values_list("pk", "start"))
    assert first
    assert 0 < rows(task).progress < 100
    run_queue()
    assert rows(task).status == Status.COMPLETED
    # The rows of the finished chapter are the very same: it was not done again.
    assert first == list(Quotation.objects.filter(pk__in=[pk for pk, _ in first]).values_list("pk", "start"))
    starts = list(chinese_book.quotations.values_list("start", flat=True))
    assert len(starts) == len(set(starts))


def test_progress_never_falls_when_a_run_begins_again(chinese_book):
    task = tasks.start(chinese_book)
    first = tasks.Run(ProcessingTask.objects.claim_next("first"))
    first.is_anothers_turn = lambda: first.saved_windows == 2
    first.go()
    reached = rows(task).progress
    seen = []
    second = tasks.Run(ProcessingTask.objects.claim_next("second"))
    second.is_anothers_turn = lambda: seen.append(rows(task).progress)
    second.go()
    assert seen
    assert min(seen) >= reached


def test_a_run_that_had_its_turn_hands_over_if_another_waits(chinese_book, english_book):
    tasks.start(chinese_book)
    run = tasks.Run(ProcessingTask.objects.claim_next("w"))
    run.began = run.got_going = run.last_look = run.began - 100
    run.saved_windows = 1
    assert not run.is_anothers_turn()
    tasks.start(english_book)
    run.last_look -= 100
    assert run.is_anothers_turn()


def test_a_turn_is_not_over_before_it_got_anywhere(chinese_book, english_book):
    """A huge book is read for long before it is where the run before had stopped."""
    task = tasks.start(chinese_book)
    run = tasks.Run(ProcessingTask.objects.claim_next("w"))
    tasks.start(english_book)
    run.began -= 200
    run.last_look -= 200
    run.go()
    assert rows(task).status == Status.COMPLETED


def test_a_task_that_kills_every_worker_ends_as_crashed(chinese_book, run_queue):
    task = tasks.start(chinese_book)
    for _death in range(MAX_TRIES):
        assert ProcessingTask.objects.claim_next("dies")
        let_lease_run_out(task)
    with pytest.raises(tasks.RecognitionFailed):
        run_queue()
    assert (rows(task).status, task.failure) == (Status.FAILED, Failure.CRASHED)


def test_an_error_is_recorded_before_the_queue_hears_of_it(chinese_book, run_queue):
    task = tasks.start(chinese_book)
    ProcessingTask.objects.update(options={"no_such_option": 1})
    with pytest.raises(tasks.RecognitionFailed, match=str(task.pk)):
        run_queue()
    assert (rows(task).status, task.failure) == (Status.FAILED, Failure.ENGINE)
    assert "no_such_option" in task.error_message
    assert "Traceback" in task.traceback


def test_retry_takes_up_a_failed_task_and_keeps_its_windows(chinese_book, run_queue):
    task = tasks.start(chinese_book)
    run = tasks.Run(ProcessingTask.objects.claim_next("w"))
    run.is_anothers_turn = lambda: run.saved_windows == 2
    run.go()
    tasks.cancel(task)
    windows = set(Window.objects.values_list("pk", flat=True))
    assert tasks.retry(task)
    assert rows(task).status == Status.PENDING
    assert windows <= set(Window.objects.values_list("pk", flat=True))
    run_queue()
    assert rows(task).status == Status.COMPLETED


def test_retry_is_refused_while_another_task_of_the_book_is_active(chinese_book):
    old = tasks.start(chinese_book)
    tasks.cancel(old)
    tasks.start(chinese_book)
    assert not tasks.retry(old)
    assert rows(old).status == Status.CANCELLED


def test_the_sweep_wakes_a_worker_for_due_work_that_no_message_stands_for(chinese_book, english_book):
    tasks.start(chinese_book)
    tasks.start(english_book)
    assert tasks.sweep() == 0
    OrmQ.objects.all().delete()
    assert tasks.sweep() == 2
    assert tasks.sweep() == 0


def test_callbacks_that_wait_to_be_sent_hold_up_no_book(chinese_book, user):
    task = tasks.start(chinese_book)
    Delivery.objects.create(task=task, owner=user, url="https://example.org/", body="")
    OrmQ.objects.all().delete()
    assert tasks.wake_for_deliveries()
    assert not tasks.wake_for_deliveries()
    assert tasks.sweep() == 1


def test_deleting_a_book_stops_its_run_and_leaves_nothing(chinese_book):
    tasks.start(chinese_book)
    run = tasks.Run(ProcessingTask.objects.claim_next("w"))
    run.is_anothers_turn = lambda: (
        chinese_book.pk is not None and run.saved_windows == 2 and bool(chinese_book.delete())
    )
    run.go()
    assert not ProcessingTask.objects.exists()
    assert not Quotation.objects.exists()


def test_a_wake_up_that_finds_nothing_due_does_nothing(db):
    assert tasks.work() is None


def test_bare_texts_are_cleaned_up_after_their_time_and_kept_books_never(bare_text_task, chinese_book, run_queue):
    tasks.start(chinese_book)
    run_queue()
    assert tasks.clean_up() == 0
    long_ago = Now() - timedelta(hours=25)
    ProcessingTask.objects.update(completed_at=long_ago)
    type(chinese_book).objects.update(created=long_ago)
    assert tasks.clean_up() == 1
    assert list(type(chinese_book).objects.all()) == [chinese_book]
    assert not ProcessingTask.objects.filter(pk=bare_text_task.pk).exists()


def test_a_worker_known_to_be_dead_gives_up_its_tasks_at_once(chinese_book):
    tasks.start(chinese_book)
    ProcessingTask.objects.claim_next("host:1")
    assert not ProcessingTask.objects.due().exists()
    assert tasks.release_worker("host:1") == 1
    assert ProcessingTask.objects.due().exists()


def test_options_travel_to_the_run(chinese_book, run_queue):
    tasks.start(chinese_book, options=Options(enable_dialogue=False))
    run_queue()
    assert chinese_book.characters.exists()
    assert not chinese_book.quotations.exists()
