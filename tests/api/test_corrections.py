"""GET /api/books/{id}/corrections/."""

import pytest

from recognition.models import Correction, ProcessingTask, Status

pytestmark = pytest.mark.django_db


def url(book):
    return f"/api/books/{book.pk}/corrections/"


def test_a_correction_has_its_fields(api, cast_book):
    (correction,) = api.get(url(cast_book)).json()["results"]
    assert set(correction) == {"id", "user", "task", "verb", "before", "after", "created", "undone_at"}
    assert (correction["user"], correction["verb"], correction["before"]) == ("reader", "speaker", {"1": None})


def test_the_latest_comes_first(api, cast_book):
    Correction.objects.create(book=cast_book, verb="recognition")
    assert [c["verb"] for c in api.get(url(cast_book)).json()["results"]] == ["recognition", "speaker"]


def test_more_rows_cost_no_more_queries(api, cast_book, django_assert_max_num_queries):
    Correction.objects.bulk_create(
        Correction(book=cast_book, user=cast_book.owner, verb="speaker") for _number in range(30)
    )
    with django_assert_max_num_queries(5):  # two for the token; book, count, page
        assert len(api.get(url(cast_book)).json()["results"]) == 31


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_read_only(api, cast_book, method):
    assert getattr(api, method)(url(cast_book)).status_code == 405


def test_a_stranger_gets_404(stranger_api, cast_book):
    assert stranger_api.get(url(cast_book)).status_code == 404
    assert stranger_api.get(f"{url(cast_book)}{Correction.objects.first().pk}/").status_code == 404


def test_without_credentials_it_is_401(anonymous, cast_book):
    assert anonymous.get(url(cast_book)).status_code == 401


# ---------------------------------------------------------------------------------- what a recognition changed


@pytest.fixture
def changed(cast_book):
    """A recognition that took a line from 赵四海 and gave it to 沈青山."""
    task = ProcessingTask.objects.create(book=cast_book, engine="offline", status=Status.COMPLETED)
    line = cast_book.quotations.filter(speaker__name="沈青山").get()
    key = str(line.start)
    return Correction.objects.create(
        book=cast_book, task=task, verb="recognition", before={key: "赵四海"}, after={key: "沈青山"}
    )


def test_a_task_says_how_many_lines_it_changed(api, changed):
    found = api.get(f"/api/tasks/{changed.task.pk}/").json()
    assert found["changes"] == {"correction": changed.pk, "lines": 1, "undone_at": None}


def test_a_recognition_is_undone_once(api, cast_book, changed):
    answer = api.post(f"{url(cast_book)}{changed.pk}/undo/")
    assert (answer.status_code, answer.json()) == (200, {"put_back": 1, "kept": 0})
    assert cast_book.quotations.get(start=next(iter(changed.before))).speaker.name == "赵四海"
    again = api.post(f"{url(cast_book)}{changed.pk}/undo/")
    assert (again.status_code, again.json()["code"]) == (409, "not_undoable")


def test_nobody_undoes_what_is_not_theirs(stranger_api, cast_book, changed):
    assert stranger_api.post(f"{url(cast_book)}{changed.pk}/undo/").status_code == 404
    assert cast_book.quotations.get(start=next(iter(changed.before))).speaker.name == "沈青山"
