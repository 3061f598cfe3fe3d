"""GET /api/stats."""

import pytest

from recognition.models import ProcessingTask, Status

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("url", ["/api/stats", "/api/stats/"])
def test_it_counts_the_tasks_in_each_state(anonymous, settings, chinese_book, english_book, url):
    for status in (Status.PENDING, Status.FAILED, Status.FAILED):
        ProcessingTask.objects.create(book=chinese_book, engine="offline", status=status)
    ProcessingTask.objects.create(book=english_book, engine="offline", status=Status.COMPLETED)
    answer = anonymous.get(url)
    assert answer.status_code == 200
    assert answer.json() == {
        "service": "txt2voice",
        "version": settings.VERSION,
        "tasks": {"total": 4, "pending": 1, "processing": 0, "completed": 1, "failed": 2, "cancelled": 0},
    }


def test_it_costs_one_query(anonymous, django_assert_num_queries):
    with django_assert_num_queries(1):
        anonymous.get("/api/stats")


def test_an_operator_can_close_it(anonymous, api, settings):
    settings.PUBLIC_STATS = False
    assert anonymous.get("/api/stats").status_code == 401
    assert api.get("/api/stats").status_code == 200
