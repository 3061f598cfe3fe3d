"""POST /api/books/{id}/characters/recognize/callback: another recognition service tells its result."""

import uuid

import pytest

from recognition.configuration import REMOTE
from recognition.models import ProcessingTask, Status, Window
from recognition.remote import REMOTE_CAST, token_hash

pytestmark = pytest.mark.django_db

TOKEN = "a-token-that-was-in-the-callback-url"
RESULT = {"characters": [{"id": "1", "name": "沈青山", "aliases": [], "gender": "male", "quotes": 3}]}


@pytest.fixture
def task(chinese_book):
    """A task given to another service, which knows it as `r-1`."""
    task = ProcessingTask.objects.create(
        book=chinese_book, engine=REMOTE, status=Status.PROCESSING, external_task_id="r-1",
        callback_token_hash=token_hash(TOKEN),
    )  # fmt: skip
    Window.objects.create(task=task, **REMOTE_CAST, start=0, end=1, request_hash="")
    return task


def tell(client, task, token=TOKEN, slash="", **changes):
    url = f"/api/books/{task.book_id}/characters/recognize/callback{slash}?token={token}"
    body = {"task_id": "r-1", "status": "completed", "result": RESULT, "error": None} | changes
    return client.post(url, body, format="json")


def cast_is_there(task):
    return task.windows.exclude(answer="").exists()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_result_is_taken_without_a_login(anonymous, task, slash):
    answer = tell(anonymous, task, slash=slash)
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    assert cast_is_there(task)


def test_it_may_come_before_the_answer_to_the_submission(anonymous, task):
    ProcessingTask.objects.update(external_task_id="")
    assert tell(anonymous, task).status_code == 200
    assert cast_is_there(task)


def test_told_twice_is_as_told_once(anonymous, task):
    tell(anonymous, task)
    before = Window.objects.get().answer
    other = {"characters": [{"name": "赵四海"}]}
    assert tell(anonymous, task, result=other).status_code == 200
    assert Window.objects.get().answer == before


def test_a_failure_is_taken(anonymous, task):
    assert tell(anonymous, task, status="failed", result=None, error="out of memory").status_code == 200
    assert Window.objects.get().error == "out of memory"


def test_a_sign_of_life_changes_nothing(anonymous, task):
    assert tell(anonymous, task, status="processing", result=None).status_code == 200
    assert not cast_is_there(task)


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", token_hash(TOKEN)])
def test_a_wrong_token_gets_404(anonymous, task, token):
    answer = tell(anonymous, task, token=token)
    assert answer.status_code == 404
    assert set(answer.json()) == {"success", "message", "code", "detail"}
    assert not cast_is_there(task)


def test_a_task_that_was_given_to_nobody_has_no_token(anonymous, chinese_book):
    task = ProcessingTask.objects.create(book=chinese_book, engine="offline")
    assert tell(anonymous, task, token="").status_code == 404


def test_another_tasks_id_gets_404(anonymous, task):
    assert tell(anonymous, task, task_id="r-2").status_code == 404
    assert not cast_is_there(task)


def test_the_token_is_good_for_its_own_book_only(anonymous, task, english_book):
    task.book = english_book
    assert tell(anonymous, task).status_code == 404


@pytest.mark.parametrize("book", [uuid.uuid4(), "no-uuid"])
def test_an_unknown_book_gets_404(anonymous, book):
    answer = anonymous.post(f"/api/books/{book}/characters/recognize/callback?token={TOKEN}", {}, format="json")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "finished"}, "status"),
        ({"status": None}, "status"),
        ({"result": None}, "result"),
        ({"result": []}, "result"),
        ({"result": {"characters": [{"aliases": []}]}}, "result"),
        ({"task_id": None}, "task_id"),
        ({"error": {"a": 1}}, "error"),
    ],
)
def test_a_bad_body_is_refused_by_name(anonymous, task, changes, field):
    answer = tell(anonymous, task, **changes)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"{field}: ")
    assert not cast_is_there(task)


def test_only_post_is_answered(anonymous, task):
    assert anonymous.get(f"/api/books/{task.book_id}/characters/recognize/callback").status_code == 405
