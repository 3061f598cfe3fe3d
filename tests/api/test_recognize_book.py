"""POST and GET /api/books/{id}/characters/recognize: the contract, field for field."""

import uuid

import pytest

from recognition.models import ProcessingTask, Status

pytestmark = pytest.mark.django_db

STATE = {"taskId", "status", "progress", "message", "error", "createdAt", "completedAt"}


def url(book):
    return f"/api/books/{book.pk}/characters/recognize"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_start_is_accepted_with_and_without_the_slash(api, chinese_book, slash):
    answer = api.post(url(chinese_book) + slash)
    assert answer.status_code == 202
    body = answer.json()
    assert set(body) == {"success", "data"}
    assert set(body["data"]) == {"taskId", "message"}
    assert body["success"] is True
    assert str(ProcessingTask.objects.get().pk) == body["data"]["taskId"]


def test_engine_and_options_reach_the_task(api, chinese_book):
    api.post(url(chinese_book), {"engine": "offline", "options": {"enable_relations": False}}, format="json")
    task = ProcessingTask.objects.get()
    assert task.engine == "offline"
    assert task.options["enable_relations"] is False
    assert task.options["enable_dialogue"] is True


def test_a_second_start_while_one_is_active_is_409(api, chinese_book):
    api.post(url(chinese_book))
    answer = api.post(url(chinese_book))
    assert answer.status_code == 409
    assert set(answer.json()) == {"success", "message", "code", "detail"}
    assert (answer.json()["success"], answer.json()["code"]) == (False, "already_active")
    assert ProcessingTask.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"engine": "magic"}, "engine"),
        ({"options": {"min_mentions": 0}}, "options.min_mentions"),
        ({"options": {"speed": 1}}, "options.speed"),
        ({"options": [1]}, "options"),
        ({"speed": 1}, "speed"),
    ],
)
def test_a_wrong_value_is_refused_by_name(api, chinese_book, body, field):
    answer = api.post(url(chinese_book), body, format="json")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"{field}: ")
    assert not ProcessingTask.objects.exists()


def test_a_book_nobody_started_is_not_started(api, chinese_book):
    for address in (url(chinese_book), url(chinese_book) + "/"):
        body = api.get(address).json()
        assert set(body) == {"success", "data"}
        assert set(body["data"]) == STATE
        assert (body["data"]["status"], body["data"]["progress"]) == ("not_started", 0)
        assert body["data"]["taskId"] is None


def test_the_state_is_that_of_the_latest_task(api, chinese_book):
    ProcessingTask.objects.create(book=chinese_book, engine="offline", status=Status.FAILED, failure="quota")
    task = ProcessingTask.objects.create(
        book=chinese_book, engine="offline", status=Status.PROCESSING, stage="rules", progress=40,
        processed_items=3, total_items=9,
    )  # fmt: skip
    data = api.get(url(chinese_book)).json()["data"]
    assert set(data) == STATE
    assert data["taskId"] == str(task.pk)
    assert (data["status"], data["progress"], data["error"], data["completedAt"]) == ("processing", 40, None, None)
    assert "chapter 3 of 9" in data["message"]
    assert data["createdAt"]


def test_a_completed_recognition_says_when(api, chinese_book, run_queue):
    api.post(url(chinese_book))
    run_queue()
    data = api.get(url(chinese_book)).json()["data"]
    assert (data["status"], data["progress"]) == ("completed", 100)
    assert data["completedAt"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_gets_404(stranger_api, chinese_book, method):
    answer = getattr(stranger_api, method)(url(chinese_book))
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert not ProcessingTask.objects.exists()


@pytest.mark.parametrize("book", [uuid.uuid4(), "no-uuid"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_book_gets_404(api, method, book):
    assert getattr(api, method)(f"/api/books/{book}/characters/recognize").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_credentials_it_is_401(anonymous, chinese_book, method):
    assert getattr(anonymous, method)(url(chinese_book)).status_code == 401
    assert not ProcessingTask.objects.exists()
