"""GET /health and /health?live."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from recognition.models import Worker


def a_worker_was_seen(seconds_ago):
    Worker.objects.create(name="host:1", version="1", seen=timezone.now() - timedelta(seconds=seconds_ago))


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/health", "/health/"])
def test_all_is_well_when_a_worker_was_seen_lately(client, settings, url):
    a_worker_was_seen(20)
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "service": "txt2voice", "version": settings.VERSION, "problems": {}}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_no_worker_is_503_and_says_so(client):
    a_worker_was_seen(40)
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert list(answer.json()["problems"]) == ["workers"]
    assert "manage.py worker" in answer.json()["problems"]["workers"]


@pytest.mark.django_db
def test_a_missing_migration_is_503_and_says_so(client):
    a_worker_was_seen(1)
    MigrationRecorder(connection).record_unapplied("recognition", "0001_initial")
    answer = client.get("/health")
    assert answer.status_code == 503
    assert list(answer.json()["problems"]) == ["migrations"]
    assert "migrate" in answer.json()["problems"]["migrations"]


@pytest.fixture
def no_database(django_db_blocker, settings, tmp_path):
    """The default database is a file in a directory that is not there."""
    with django_db_blocker.unblock():
        connection.close()
        before = connection.settings_dict.copy()
        connection.settings_dict |= {
            "ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "gone" / "db.sqlite3",
            "HOST": "127.0.0.1", "PORT": "1",
        }  # fmt: skip
        yield
        connection.close()
        connection.settings_dict |= before


@pytest.mark.parametrize("url", ["/health", "/health?live"])
def test_no_database_is_503_and_says_so(client, no_database, url):
    answer = client.get(url)
    assert answer.status_code == 503
    assert list(answer.json()["problems"]) == ["database"]


@pytest.mark.django_db
def test_live_asks_neither_for_workers_nor_for_migrations(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get("/health?live").status_code == 200


@pytest.mark.django_db
def test_it_is_cheap(client, django_assert_max_num_queries):
    a_worker_was_seen(1)
    client.get("/health")
    with django_assert_max_num_queries(4):
        client.get("/health")


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "status"), [("head", 503), ("post", 405)])
def test_it_is_only_read(client, method, status):
    assert getattr(client, method)("/health").status_code == status
