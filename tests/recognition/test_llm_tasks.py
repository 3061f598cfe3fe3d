"""A recognition by a language model through the queue, against a stand-in that knows the right answers."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from books.importing import import_book
from recognition import tasks
from recognition.models import Endpoint, Failure, ProcessingTask, Status, TokenUse
from tests.llm_server import Fault, compact, swapped
from tests.recognition.engines.conftest import write_novel

pytestmark = pytest.mark.django_db


def score(novel, book):
    given = dict(book.quotations.values_list("start", "speaker__name"))
    return sum(given.get(start) == who for start, who in novel.speakers.items()) / len(novel.speakers)


def work(task):
    ProcessingTask.objects.active().update(due_at="2020-01-01T00:00Z")
    tasks.work()
    task.refresh_from_db()


def test_auto_means_the_model_when_one_is_set(server, book):
    assert (tasks.start(book).engine, book.tasks.get().model) == ("llm", "stand-in")


def test_with_a_model_that_knows_every_line_is_right_in_the_saved_script(server, novel, book, run_queue):
    task = tasks.start(book)
    run_queue()
    task.refresh_from_db()
    assert task.status == Status.COMPLETED
    assert score(novel, book) == 1.0


def with_wrong_merge(answer):
    return compact({"same": ["沈青山=赵四海"]} if "same" in answer else answer)


@pytest.mark.parametrize(
    "mistake",
    [
        ("attribute", 10**6, swapped),
        ("attribute", 1, lambda answer: compact({"lines": [f"{n + 1} ?" for n in range(len(answer["lines"]))]})),
        ("merge", 10**6, with_wrong_merge),
    ],
    ids=["numbers swapped", "a window lost", "two people joined"],
)
def test_what_a_model_gets_wrong_shows_in_the_saved_script(server, novel, book, run_queue, mistake):
    """Else the full score would prove nothing."""
    stage, times, content = mistake
    left = iter(range(times))
    server.fault = lambda number, call: (
        Fault(content=content) if call.stage == stage and next(left, None) is not None else None
    )
    tasks.start(book)
    run_queue()
    assert score(novel, book) < 1.0


def test_it_is_noted_when_the_endpoint_answered_last(server, book, run_queue):
    before = timezone.now()
    tasks.start(book)
    run_queue()
    assert Endpoint.objects.get().seen >= before - timedelta(seconds=1)  # SQLite keeps milliseconds


def test_what_a_run_costs_is_counted_by_window_task_and_day(server, book, user, run_queue):
    task = tasks.start(book)
    run_queue()
    task.refresh_from_db()
    spent = sum(w.tokens_in + w.tokens_out for w in task.windows.all())
    assert task.tokens_in + task.tokens_out == spent > 0
    assert TokenUse.objects.get(user=user).tokens == spent
    assert task.calls == len(server.calls)


def test_what_was_found_out_about_the_endpoint_is_kept_for_all_workers(server, book, run_queue):
    tasks.start(book)
    run_queue()
    assert Endpoint.objects.get(base_url=server.base_url, model="stand-in").answer_format


def test_a_run_that_hands_over_waits_for_what_it_asked_and_the_next_asks_the_rest(
    server, novel, book, settings, run_queue
):
    """Calls under way are paid for. Else two books that take turns would cost several times as much."""
    settings.LLM_CONCURRENCY = 2
    server.fault = lambda number, call: time.sleep(0.5 * (number % 2))
    task = tasks.start(book)
    run = tasks.Run(ProcessingTask.objects.claim_next("first"))
    run.is_anothers_turn = lambda: task.windows.filter(stage="attribute").exists()
    run.go()
    saved = task.windows.exclude(stage="rules").count()
    assert len(server.calls) == saved > 0
    run_queue()
    task.refresh_from_db()
    assert task.status == Status.COMPLETED
    assert len(server.calls) == task.windows.exclude(stage="rules").count() > saved
    assert score(novel, book) == 1.0


def test_a_wrong_key_stops_at_once_and_says_where_to_set_it(server, book):
    server.fault = lambda number, call: Fault(401, "no such key")
    task = tasks.start(book)
    with pytest.raises(tasks.RecognitionFailed):
        work(task)
    task.refresh_from_db()
    assert (task.status, task.failure) == (Status.FAILED, Failure.CONFIG)
    assert task.is_resumable


def test_after_a_spent_quota_continue_goes_on_from_what_was_kept(server, novel, book):
    server.fault = lambda number, call: Fault(402, "insufficient balance") if number >= 3 else None
    task = tasks.start(book)
    with pytest.raises(tasks.RecognitionFailed):
        work(task)
    task.refresh_from_db()
    assert task.failure == Failure.QUOTA
    assert book.quotations.exists()  # what the rules found
    server.fault = lambda number, call: None
    assert tasks.retry(task)
    work(task)
    assert task.status == Status.COMPLETED
    assert score(novel, book) == 1.0


def test_the_token_limit_of_a_task_is_never_passed(server, book, settings):
    settings.LLM_MAX_TOKENS_PER_TASK = 9_000
    task = tasks.start(book)
    with pytest.raises(tasks.RecognitionFailed):
        work(task)
    task.refresh_from_db()
    assert task.failure == Failure.BUDGET
    assert task.tokens_in + task.tokens_out <= 9_000


def test_the_limit_of_the_day_holds_over_all_tasks_of_a_user(server, book, user, settings):
    settings.LLM_TOKENS_PER_USER_PER_DAY = 5_000
    TokenUse.objects.create(user=user, day=tasks.budget.today(), tokens=5_000)
    task = tasks.start(book)
    with pytest.raises(tasks.RecognitionFailed):
        work(task)
    task.refresh_from_db()
    assert (task.failure, task.calls) == (Failure.BUDGET, 0)


@pytest.mark.parametrize("limit", ["LLM_MAX_TOKENS_PER_TASK", "LLM_TOKENS_PER_USER_PER_DAY"])
def test_a_limit_holds_with_32_calls_in_flight(server, user, settings, limit):
    """Each takes all that a call can: what is in flight is reserved before it is sent."""
    server.latency, server.bill = 0.2, (3_000, 8_000)
    settings.LLM_CONCURRENCY = 32
    setattr(settings, limit, 60_000)
    long = import_book(user, write_novel(40, 40).text.encode(), filename="long.txt").book
    task = tasks.start(long)
    with pytest.raises(tasks.RecognitionFailed):
        work(task)
    task.refresh_from_db()
    assert task.failure == Failure.BUDGET
    assert 30_000 < task.tokens_in + task.tokens_out == TokenUse.objects.get(user=user).tokens <= 60_000
    assert len(server.calls) * 11_000 == task.tokens_in + task.tokens_out


def test_after_a_429_all_tasks_leave_the_endpoint_alone_for_as_long_as_it_asks(server, book, chinese_book):
    server.fault = lambda number, call: Fault(429, "Slow down", headers=(("Retry-After", "1000"),))
    before = timezone.now()
    task = tasks.start(book)
    work(task)
    assert task.status == Status.PROCESSING
    assert before + timedelta(seconds=999) < Endpoint.objects.get().until < task.due_at + timedelta(seconds=1)
    asked = len(server.calls)
    other = tasks.start(chinese_book)
    ProcessingTask.objects.filter(pk=other.pk).update(due_at="2020-01-01T00:00Z")
    tasks.work()
    other.refresh_from_db()
    assert other.due_at > before + timedelta(seconds=900)
    assert len(server.calls) == asked


def test_a_task_waits_while_another_one_of_its_owner_holds_the_rest_of_the_day(server, book, chinese_book, settings):
    settings.LLM_TOKENS_PER_USER_PER_DAY = 500_000
    first = tasks.start(book)
    holder = ProcessingTask.objects.claim_next("one")
    assert tasks.budget.allowance(holder) == 500_000
    second = tasks.start(chinese_book)
    tasks.work()
    second.refresh_from_db()
    assert (second.status, second.stalls, second.calls) == (Status.PROCESSING, 0, 0)
    assert first.pk == holder.pk


@pytest.mark.parametrize("concurrency", [1, 32])
def test_an_address_where_nobody_answers_is_a_matter_of_configuration(book, settings, concurrency):
    settings.LLM_BASE_URL = "http://127.0.0.1:1/v1"
    settings.LLM_CONCURRENCY = concurrency
    task = tasks.start(book)
    with pytest.raises(tasks.RecognitionFailed):
        work(task)
    task.refresh_from_db()
    assert (task.status, task.failure) == (Status.FAILED, Failure.CONFIG)


def test_an_outage_is_waited_out_and_given_up_in_the_end(server, book, settings):
    settings.LLM_CONCURRENCY = 1
    server.fault = lambda number, call: Fault(503, "overloaded") if number else None
    task = tasks.start(book)
    work(task)
    assert (task.status, task.stalls) == (Status.PROCESSING, 1)
    assert not ProcessingTask.objects.due().exists()
    ProcessingTask.objects.update(stalls=tasks.MAX_STALLS)
    with pytest.raises(tasks.RecognitionFailed):
        work(task)
    task.refresh_from_db()
    assert (task.status, task.failure) == (Status.FAILED, Failure.ENGINE)


def test_a_burst_of_errors_uses_up_no_window_of_a_short_book(server, user, settings):
    """Fewer windows than calls that may be made at once: all of them meet the same bad minute."""
    settings.LLM_CONCURRENCY = 32
    book = import_book(user, write_novel(chapters=10).text.encode(), filename="longer.txt").book
    server.fault = lambda number, call: Fault(503, "overloaded") if call.stage == "attribute" else None
    task = tasks.start(book)
    work(task)
    assert (task.status, task.stalls) == (Status.PROCESSING, 1)
    assert not task.windows.exclude(error="").exists()


def test_a_window_that_failed_can_be_asked_again_alone(server, novel, book, run_queue):
    task = tasks.start(book)
    run_queue()
    window = task.windows.filter(stage="attribute").first()
    asked = len(server.calls)
    assert tasks.retry(task, window)
    run_queue()
    task.refresh_from_db()
    assert task.status == Status.COMPLETED
    assert len(server.calls) == asked + 1


def test_a_limit_is_named_and_once_raised_the_task_goes_on(server, novel, book, settings):
    settings.LLM_MAX_TOKENS_PER_TASK = 9_000
    task = tasks.start(book)
    with pytest.raises(tasks.RecognitionFailed):
        work(task)
    task.refresh_from_db()
    assert task.error_message == "LLM_MAX_TOKENS_PER_TASK=9000"
    settings.LLM_MAX_TOKENS_PER_TASK = 0
    assert tasks.retry(task)
    work(task)
    assert (task.status, score(novel, book)) == (Status.COMPLETED, 1.0)


def test_of_two_limits_the_one_that_is_reached_is_named(server, book, user, settings):
    settings.LLM_MAX_TOKENS_PER_TASK = 50_000
    settings.LLM_TOKENS_PER_USER_PER_DAY = 60_000
    TokenUse.objects.create(user=user, day=tasks.budget.today(), tokens=60_000)
    task = tasks.start(book)
    with pytest.raises(tasks.RecognitionFailed):
        work(task)
    task.refresh_from_db()
    assert task.error_message == "LLM_TOKENS_PER_USER_PER_DAY=60000"


def test_the_windows_that_failed_are_asked_again_together(server, novel, book, run_queue):
    server.fault = lambda number, call: Fault(finish="content_filter") if call.stage == "attribute" else None
    task = tasks.start(book)
    run_queue()
    task.refresh_from_db()
    failed, asked = task.failed_windows, len(server.calls)
    assert task.status == Status.COMPLETED and failed > 1
    server.fault = lambda number, call: None
    assert tasks.retry(task)
    run_queue()
    task.refresh_from_db()
    assert (task.status, task.failed_windows, score(novel, book)) == (Status.COMPLETED, 0, 1.0)
    assert len(server.calls) == asked + failed
    assert not tasks.retry(task)
