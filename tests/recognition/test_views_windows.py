"""The windows of a task as a person sees them, asks them again, and answers them by hand."""

import json
import re

import pytest
from django.utils import timezone, translation

from recognition import progress, tasks
from recognition.engines.llm.engine import RULES_END
from recognition.models import ProcessingTask, Stage, Status, Window
from recognition.templatetags.said import ranges
from tests.llm_server import Fault, without

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(server, book, run_queue):
    """Completed, but the first window of lines was refused."""

    def refuse(number, call):
        return Fault(finish="content_filter") if call.stage == "attribute" and "第1章的第0件" in call.user else None

    server.fault = refuse
    task = tasks.start(book)
    run_queue()
    server.fault = lambda number, call: None
    task.refresh_from_db()
    return task


def failed_windows(task):
    return task.windows.exclude(error="")


def failed(task):
    return failed_windows(task).get()


def url(window, verb=""):
    return f"/tasks/{window.task_id}/windows/{window.stage}/{window.index}/{verb}"


def right_answer(server, window):
    """What the hidden key says, to the question that the page shows."""
    from recognition import windows

    text = windows.question(window.task, window).request().user
    return json.dumps(server.key.answer(window.stage, text.split("<text>\n", 1)[1].rsplit("\n</text>", 1)[0]))


def test_the_end_says_how_many_windows_failed(signed_in, api, task, book):
    assert (task.status, task.failed_windows) == (Status.COMPLETED, 1)
    sentence = "Done. 1 window got no complete answer"
    assert sentence in signed_in.get(book.get_absolute_url()).content.decode()
    assert sentence in signed_in.get(task.get_absolute_url()).content.decode()
    assert sentence in api.get(f"/api/tasks/{task.pk}/").content.decode()


@pytest.mark.parametrize("page", ["book", "task"])
def test_the_windows_that_failed_are_asked_again_at_one_button(signed_in, task, book, page):
    shown = {"book": book, "task": task}[page]
    assert "Ask these windows again" in signed_in.get(shown.get_absolute_url()).content.decode()
    assert signed_in.post(f"/tasks/{task.pk}/retry/", {"from": page}).url == shown.get_absolute_url()
    task.refresh_from_db()
    assert (task.status, failed_windows(task).count()) == (Status.PENDING, 0)


def test_windows_are_shown_by_stage_and_failed_ones_alone(signed_in, task):
    shown = signed_in.get(task.get_absolute_url(), {"stage": "attribute"}).context["windows"]
    assert {window.stage for window in shown} == {"attribute"} and len(shown) > 1
    shown = signed_in.get(task.get_absolute_url(), {"failed": "1"}).context["windows"]
    assert list(shown) == [failed(task)]


@pytest.mark.parametrize("stage", ["discover", "merge", "attribute"])
def test_the_question_is_the_one_that_was_sent(signed_in, server, task, stage):
    calls = len(server.calls)
    for window in task.windows.filter(stage=stage):
        shown = signed_in.get(url(window)).context["request_of_window"]
        assert shown.user in [call.user for call in server.of(stage)]
    assert len(server.calls) == calls


def test_a_question_that_has_changed_is_not_shown_and_not_answered(signed_in, task):
    window = failed(task)
    task.windows.filter(pk=window.pk).update(request_hash="of old")
    assert signed_in.get(url(window)).context["request_of_window"] is None
    assert signed_in.post(url(window, "answer/"), {"answer": '{"lines":["1 林月娥"]}'}).status_code == 400


def test_a_window_of_the_rules_has_no_question_and_no_buttons(signed_in, task):
    window = task.windows.filter(stage="rules").first()
    page = signed_in.get(url(window)).content.decode()
    assert "What the rules found" in page and "by-hand" not in page
    assert signed_in.post(url(window, "ask/")).status_code == 404


def test_asking_again_asks_this_window_alone(signed_in, server, task, novel, book, run_queue):
    window, calls = failed(task), len(server.calls)
    assert signed_in.post(url(window, "ask/")).url == task.get_absolute_url()
    run_queue()
    task.refresh_from_db()
    assert (task.status, task.failed_windows, len(server.calls)) == (Status.COMPLETED, 0, calls + 1)


def test_a_pasted_answer_is_taken_like_the_models_and_nobody_is_asked(signed_in, server, task, novel, book, run_queue):
    window, calls = failed(task), len(server.calls)
    answer = f"Of course! ```json\n{right_answer(server, window)}\n```"
    assert signed_in.post(url(window, "answer/"), {"answer": answer}).url == task.get_absolute_url()
    run_queue()
    task.refresh_from_db()
    assert (task.status, task.failed_windows, len(server.calls)) == (Status.COMPLETED, 0, calls)
    given = dict(book.quotations.values_list("start", "speaker__name"))
    assert {start: given.get(start) for start in novel.speakers} == novel.speakers


def test_a_pasted_answer_is_taken_also_when_no_token_may_be_spent_any_more(
    signed_in, server, task, settings, run_queue
):
    ProcessingTask.objects.update(token_limit=1)
    settings.LLM_TOKENS_PER_USER_PER_DAY = 1
    window = failed(task)
    signed_in.post(url(window, "answer/"), {"answer": right_answer(server, window)})
    run_queue()
    task.refresh_from_db()
    assert (task.status, task.failed_windows) == (Status.COMPLETED, 0)


@pytest.mark.parametrize("answer", ["", "I think it is 林月娥.", '{"lines": 7}', '{"lines": ["999 林月娥"]}'])
def test_an_answer_of_another_form_is_refused_with_a_sentence_and_kept_in_its_field(signed_in, task, answer):
    window = failed(task)
    response = signed_in.post(url(window, "answer/"), {"answer": answer})
    assert response.status_code == 400 and 'role="alert"' in response.content.decode()
    assert response.context["given"] == answer
    assert failed(task).error == window.error


def test_a_pasted_answer_that_leaves_lines_out_counts_as_incomplete_until_they_are_given(
    signed_in, server, task, run_queue
):
    lines = json.loads(right_answer(server, failed(task)))["lines"]
    signed_in.post(url(failed(task), "answer/"), {"answer": json.dumps({"lines": lines[:3]})})
    run_queue()
    task.refresh_from_db()
    assert (task.status, task.failed_windows) == (Status.COMPLETED, 1)
    assert signed_in.get(url(failed(task))).context["unanswered"][:2] == (4, 5)
    signed_in.post(url(failed(task), "answer/"), {"answer": json.dumps({"lines": lines[3:]})})
    run_queue()
    task.refresh_from_db()
    assert (task.status, task.failed_windows) == (Status.COMPLETED, 0)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(finish="content_filter"),
        Fault(finish="length"),
        Fault(content=lambda right: "They all speak."),
        Fault(content=without(*range(1, 50))),
        Fault(content=without(*range(50))),
    ],
)
def test_what_the_program_itself_says_of_a_failure_is_said_in_chinese(server, book, run_queue, fault):
    server.fault = lambda number, call: fault if call.stage == "attribute" else None
    task = tasks.start(book)
    run_queue()
    error = failed_windows(task).first().error
    with translation.override("zh-hans"):
        assert not re.search("[a-z]{2}", progress.problem(error))
    assert progress.problem("503 overloaded") == "503 overloaded"


def test_the_stage_that_is_at_work_comes_first(signed_in, task):
    stages = [window.stage for window in signed_in.get(task.get_absolute_url()).context["windows"]]
    assert list(dict.fromkeys(stages)) == ["attribute", "merge", "discover", "rules"]


@pytest.mark.parametrize("verb", ["ask/", "answer/"])
def test_while_a_task_runs_its_windows_stay(signed_in, server, task, verb):
    window = failed(task)
    answer = right_answer(server, window)
    ProcessingTask.objects.update(status=Status.PROCESSING)
    assert signed_in.post(url(window, verb), {"answer": answer}).status_code == 409
    assert failed(task).answer == window.answer


def test_a_stranger_gets_404_and_staff_may_look(client, stranger, staff, task):
    window = failed(task)
    client.force_login(stranger)
    assert client.get(url(window)).status_code == 404
    assert client.post(url(window, "ask/")).status_code == client.post(url(window, "answer/")).status_code == 404
    client.force_login(staff)
    page = client.get(url(window)).content.decode()
    assert "What was asked" in page and task.book.get_absolute_url() not in page
    assert task.book.get_absolute_url() not in client.get(task.get_absolute_url()).content.decode()


def test_a_task_that_backs_off_says_why_and_until_when(signed_in, server, book, settings):
    settings.LLM_CONCURRENCY = 1
    server.fault = lambda number, call: Fault(429, "come back later", headers=(("Retry-After", "600"),))
    task = tasks.start(book)
    tasks.work()
    page = signed_in.get(task.get_absolute_url()).content.decode()
    assert "is asked again in 10 minutes" in page and "come back later" in page
    ProcessingTask.objects.update(due_at="2020-01-01T00:00Z")
    ProcessingTask.objects.claim_next("one")
    assert "is asked again in" not in signed_in.get(task.get_absolute_url()).content.decode()


def test_tokens_and_money_so_far_are_shown(signed_in, book, settings):
    settings.LLM_PRICE_IN = 2.0
    task = ProcessingTask.objects.create(
        book=book, engine="llm", model="stand-in", status="processing", tokens_in=3_000_000, calls=9, progress=40
    )
    page = signed_in.get(task.get_absolute_url()).content.decode()
    assert "3,000,000 tokens in" in page and "6.00 spent" in page


def test_a_stage_that_is_none_is_404(signed_in, task):
    assert signed_in.get(f"/tasks/{task.pk}/windows/%00/0/").status_code == 404


def test_the_time_left_follows_from_what_the_calls_took(book, settings):
    settings.LLM_CONCURRENCY = 4
    half_way = progress.RULES_SHARE + (100 - progress.RULES_SHARE) // 2
    task = ProcessingTask.objects.create(
        book=book, engine="llm", status="processing", progress=half_way, started_at=timezone.now()
    )
    assert progress.remaining(task) is None
    for index in range(8):
        Window.objects.create(task=task, stage=Stage.DISCOVER, index=index, start=0, end=1, seconds=10)
    assert progress.remaining(task).total_seconds() == 8 * 10 / 4
    settings.LLM_CONCURRENCY = 100
    assert progress.remaining(task).total_seconds() == 10  # no less than a call
    assert progress.RULES_SHARE == 100 * RULES_END


@pytest.mark.parametrize(("numbers", "said"), [((), ""), ((7,), "7"), ((1, 2, 3, 7, 9, 10), "1–3, 7, 9–10")])
def test_numbers_are_said_in_runs(numbers, said):
    assert ranges(numbers) == said
