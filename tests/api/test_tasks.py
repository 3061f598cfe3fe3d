"""/api/tasks/, /api/tasks/{id}/, and its verbs cancel and retry."""

import uuid

import pytest

from books.models import Book
from recognition import tasks
from recognition.models import ProcessingTask, Status

pytestmark = pytest.mark.django_db

URL = "/api/tasks/"


@pytest.fixture
def task(chinese_book):
    return tasks.start(chinese_book)


def ids(answer):
    assert answer.status_code == 200
    return [task["id"] for task in answer.json()["results"]]


def test_a_task_has_its_fields(api, task, chinese_book):
    found = api.get(f"{URL}{task.pk}/").json()
    assert set(found) == {
        "id", "book", "book_title", "task_type", "status", "stage", "progress", "total_items", "processed_items",
        "message", "seconds_left", "engine", "model", "options", "failure", "error", "statistics", "tokens_in",
        "tokens_out", "calls", "failed_windows", "created", "started_at", "completed_at", "changes",
    }  # fmt: skip
    assert found["book"] == str(chinese_book.pk)
    assert found["book_title"] == chinese_book.title
    assert (found["status"], found["message"], found["error"]) == ("pending", "Waiting for a free worker.", None)


def test_the_list_can_be_narrowed(api, task, english_book):
    other = ProcessingTask.objects.create(book=english_book, engine="offline", status=Status.FAILED, failure="quota")
    assert ids(api.get(URL)) == [str(other.pk), str(task.pk)]
    assert ids(api.get(URL, {"status": "failed"})) == [str(other.pk)]
    assert ids(api.get(URL, {"failure": "quota"})) == [str(other.pk)]
    assert ids(api.get(URL, {"book": task.book_id})) == [str(task.pk)]
    assert ids(api.get(URL, {"book": uuid.uuid4()})) == []


@pytest.mark.parametrize(("field", "value"), [("status", "lost"), ("book", "no-uuid")])
def test_a_wrong_filter_is_refused_by_name(api, field, value):
    answer = api.get(URL, {field: value})
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_more_rows_cost_no_more_queries(api, user, django_assert_max_num_queries):
    for number in range(20):
        book = Book.objects.create(owner=user, title=f"Book {number}", language="en", sha256=str(number), length=0)
        ProcessingTask.objects.create(book=book, engine="offline", status=Status.PROCESSING, progress=50)
    with django_assert_max_num_queries(4):  # two for the token; count, page
        assert len(ids(api.get(URL))) == 20


@pytest.mark.parametrize("slash", ["", "/"])
def test_cancel_stops_it(api, task, slash):
    answer = api.post(f"{URL}{task.pk}/cancel{slash}")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert ProcessingTask.objects.get().status == Status.CANCELLED


@pytest.mark.parametrize("state", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_what_has_ended_cannot_be_cancelled(api, task, state):
    ProcessingTask.objects.update(status=state)
    answer = api.post(f"{URL}{task.pk}/cancel/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_active")
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "code", "detail"}
    assert ProcessingTask.objects.get().status == state


@pytest.mark.parametrize("state", [Status.FAILED, Status.CANCELLED])
def test_retry_takes_it_up_again(api, task, state):
    ProcessingTask.objects.update(status=state)
    answer = api.post(f"{URL}{task.pk}/retry/")
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")


@pytest.mark.parametrize("state", [Status.PENDING, Status.PROCESSING, Status.COMPLETED])
def test_what_has_not_failed_cannot_be_retried(api, task, state):
    ProcessingTask.objects.update(status=state)
    answer = api.post(f"{URL}{task.pk}/retry/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_retryable")


def test_a_retry_waits_for_the_books_other_task(api, task, chinese_book):
    ProcessingTask.objects.update(status=Status.FAILED)
    tasks.start(chinese_book)
    assert api.post(f"{URL}{task.pk}/retry/").status_code == 409


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_a_verb_refuses_get(api, task, verb):
    answer = api.get(f"{URL}{task.pk}/{verb}/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.json()["detail"]


def test_a_stranger_gets_404(stranger_api, task):
    assert ids(stranger_api.get(URL)) == []
    assert stranger_api.get(f"{URL}{task.pk}/").status_code == 404
    for verb in ("cancel", "retry"):
        assert stranger_api.post(f"{URL}{task.pk}/{verb}/").status_code == 404
    assert ProcessingTask.objects.get().status == Status.PENDING


@pytest.mark.parametrize("task_id", [uuid.uuid4(), "no-uuid"])
def test_an_unknown_id_gets_404(api, task_id):
    assert api.get(f"{URL}{task_id}/").status_code == 404
    assert api.post(f"{URL}{task_id}/cancel/").status_code == 404


def test_without_credentials_it_is_401(anonymous, task):
    assert anonymous.get(URL).status_code == 401
    assert anonymous.post(f"{URL}{task.pk}/cancel/").status_code == 401
