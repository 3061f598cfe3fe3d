"""GET /metrics: what Prometheus reads, and who else may."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from recognition.models import MAX_DELIVERIES, Delivery, ProcessingTask, Status, TokenUse, Window, Worker

pytestmark = pytest.mark.django_db


def samples(client):
    """{(name, label value or ""): number} as a scraper reads it."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.content.decode())
    return {(s.name, "".join(s.labels.values())): s.value for family in families for s in family.samples}


def ended(book, status, ago=timedelta(minutes=5), **fields):
    return ProcessingTask.objects.create(
        book=book, engine="llm", status=status, completed_at=timezone.now() - ago, **fields
    )


def test_tasks_are_counted_in_each_state(client, chinese_book, english_book):
    ended(chinese_book, Status.FAILED)
    ended(chinese_book, Status.FAILED)
    ProcessingTask.objects.create(book=english_book, engine="llm")
    found = samples(client)
    assert {label: n for (name, label), n in found.items() if name == "txt2voice_tasks"} == {
        "pending": 1, "processing": 0, "completed": 0, "failed": 2, "cancelled": 0,
    }  # fmt: skip


def test_failures_are_those_of_the_last_hour_by_kind(client, chinese_book):
    ended(chinese_book, Status.FAILED, failure="quota")
    ended(chinese_book, Status.FAILED, failure="quota", ago=timedelta(minutes=61))
    ended(chinese_book, Status.COMPLETED)
    found = samples(client)
    assert found["txt2voice_failures_last_hour", "quota"] == 1
    assert found["txt2voice_failures_last_hour", "engine"] == 0
    assert found["txt2voice_completed_last_hour", ""] == 1


def test_the_age_is_that_of_the_task_that_has_been_due_longest(client, chinese_book, english_book):
    assert samples(client)["txt2voice_oldest_due_task_seconds", ""] == 0
    ago = timezone.now() - timedelta(minutes=7)
    ProcessingTask.objects.create(book=chinese_book, engine="llm", due_at=ago)
    held = timezone.now() + timedelta(minutes=1)
    ProcessingTask.objects.create(book=english_book, engine="llm", status=Status.PROCESSING, due_at=held)
    assert samples(client)["txt2voice_oldest_due_task_seconds", ""] == pytest.approx(420, abs=30)


def test_windows_callbacks_workers_and_tokens_are_counted(client, user, chinese_book):
    task = ended(chinese_book, Status.COMPLETED, tokens_in=1000, tokens_out=80)
    for index, error in enumerate(["", "", "cut off"]):
        Window.objects.create(task=task, stage="attribute", index=index, start=0, end=1, request_hash="", error=error)
    now = datetime.now(UTC)
    for attempts, delivered_at in [(1, now), (2, None), (MAX_DELIVERIES, None), (MAX_DELIVERIES, now)]:
        Delivery.objects.create(
            task=task, owner=user, url="https://example.org", body="", attempts=attempts, delivered_at=delivered_at
        )
    Worker.objects.create(name="host:1", version="1", seen=now)
    Worker.objects.create(name="host:2", version="1", seen=now - timedelta(minutes=1))
    TokenUse.objects.create(user=user, day=date(2026, 1, 1), tokens=5000)
    found = samples(client)
    expected = {
        ("txt2voice_windows", "saved"): 2,
        ("txt2voice_windows", "failed"): 1,
        ("txt2voice_callbacks", "delivered"): 2,
        ("txt2voice_callbacks", "owed"): 1,
        ("txt2voice_callbacks", "failed"): 1,
        ("txt2voice_workers", ""): 1,
        ("txt2voice_task_tokens", "in"): 1000,
        ("txt2voice_task_tokens", "out"): 80,
        ("txt2voice_tokens_spent_total", ""): 5000,
    }
    assert expected.items() <= found.items()


def test_the_version_is_told(client, settings):
    assert samples(client)["txt2voice_build_info", settings.VERSION] == 1


def test_it_costs_eight_queries_however_many_rows(client, chinese_book, english_book, django_assert_num_queries):
    for rows in (0, 3):
        for _row in range(rows):
            ended(chinese_book, Status.FAILED, failure="engine")
            ended(english_book, Status.COMPLETED)
        with django_assert_num_queries(8):
            samples(client)


def test_with_a_token_nothing_else_opens_it(client, settings):
    settings.METRICS_TOKEN = "a token"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer a tokén"}).status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer a token"}).status_code == 200


@pytest.mark.parametrize("address", ["192.0.2.7", "", "172.17.0.1"])
def test_without_a_token_other_machines_are_refused_and_told_what_to_do(client, address):
    answer = client.get("/metrics", REMOTE_ADDR=address)
    assert answer.status_code == 403
    assert "METRICS_TOKEN" in answer.content.decode()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"])
def test_a_proxy_on_this_machine_does_not_open_it_to_the_world(client, header):
    assert client.get("/metrics", headers={header: "https"}).status_code == 403


def test_staff_may_look_from_anywhere(client, staff, user):
    client.force_login(user)
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    client.force_login(staff)
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 200
