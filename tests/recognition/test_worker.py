"""The real worker command with its real cluster, on a real database file: killed, it goes on; nothing is doubled."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from books.importing import import_book
from recognition import tasks
from recognition.models import ProcessingTask, Status, Worker
from tests.llm_server import Fault, LLMServer
from tests.recognition.engines.conftest import write_novel

pytestmark = [pytest.mark.cluster, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds


@pytest.fixture
def worker_environment(transactional_db):
    """What a process needs to find the test's database and the signing key of its queue."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    return {"DATABASE_URL": url, "DATA_DIR": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "txt2voice.settings"}


@pytest.fixture
def start_worker(worker_environment):
    """Starts `manage.py worker` on the test's database, with settings; all it began is killed at the end."""
    started = []

    def start(**settings):
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=ROOT,
            env=os.environ | worker_environment | settings,
            start_new_session=True,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        kill(worker)


def children(pid):
    """The processes that a process has started."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


def kill_group(pid):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def kill(worker):
    for pid in (*children(worker.pid), worker.pid):
        kill_group(pid)
    worker.wait()


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"not within {PATIENCE} s")


def status(task):
    return ProcessingTask.objects.values_list("status", flat=True).get(pk=task.pk)


def test_a_worker_killed_in_the_middle_of_a_book_is_followed_by_one_that_finishes_it(long_book, start_worker):
    task = tasks.start(long_book)
    first = start_worker()
    wait_until(lambda: task.windows.count() >= 3)
    kill(first)
    assert status(task) == Status.PROCESSING
    done_before = set(long_book.quotations.values_list("pk", flat=True))

    start_worker()
    wait_until(lambda: status(task) == Status.COMPLETED)
    task.refresh_from_db()
    assert task.run_no >= 2
    starts = list(long_book.quotations.values_list("start", flat=True))
    assert len(starts) == len(set(starts)) == task.statistics["total_dialogues"]
    assert done_before <= set(long_book.quotations.values_list("pk", flat=True))


def test_a_worker_that_is_asked_to_stop_leaves_nothing_behind(db, start_worker):
    worker = start_worker()
    wait_until(lambda: Worker.objects.exists() and children(worker.pid))
    cluster = children(worker.pid)
    worker.terminate()
    assert worker.wait(timeout=30) == 0
    assert not Worker.objects.exists()
    assert not any(Path(f"/proc/{pid}").exists() for pid in cluster)


def test_a_cluster_that_dies_is_started_again(chinese_book, start_worker):
    worker = start_worker()
    wait_until(lambda: children(worker.pid))
    (cluster,) = children(worker.pid)
    kill_group(cluster)
    task = tasks.start(chinese_book)
    wait_until(lambda: status(task) == Status.COMPLETED)


# ------------------------------------------------------------------------------------------------- with a model

CALLS_AT_ONCE = 4


@pytest.fixture(scope="module")
def novel():
    return write_novel(chapters=40, lines=40)


@pytest.fixture
def novel_book(user, novel):
    return import_book(user, novel.text.encode(), filename="novel.txt").book


@pytest.fixture
def server(novel, settings):
    with LLMServer(novel.key()) as server:
        settings.LLM_BASE_URL = server.base_url
        yield server


def model(server, **settings):
    """The worker's settings for a model."""
    return {"LLM_BASE_URL": server.base_url, "LLM_CONCURRENCY": str(CALLS_AT_ONCE), "WORKERS": "1"} | settings


def test_after_a_worker_was_killed_only_the_windows_in_flight_are_asked_again(
    novel, novel_book, server, settings, start_worker
):
    server.latency = 0.5
    task = tasks.start(novel_book, engine="llm")
    first = start_worker(**model(server))
    wait_until(lambda: task.windows.filter(stage="attribute").count() >= CALLS_AT_ONCE)
    kill(first)
    saved = set(task.windows.values_list("request_hash", flat=True))
    asked = Counter(call.hash for call in server.calls)
    assert len(asked.keys() - saved) <= CALLS_AT_ONCE

    start_worker(**model(server))
    wait_until(lambda: status(task) == Status.COMPLETED)
    again = Counter(call.hash for call in server.calls) - asked
    assert not again.keys() & saved
    windows = task.windows.exclude(stage="rules")
    assert asked.keys() | again.keys() == set(windows.values_list("request_hash", flat=True))
    assert len(server.calls) <= windows.count() + CALLS_AT_ONCE
    given = dict(novel_book.quotations.values_list("start", "speaker__name"))
    assert novel.speakers.items() <= given.items()


def test_a_cancel_frees_the_worker_although_32_calls_hang(novel_book, chinese_book, server, start_worker):
    """Long before the calls' own deadline: the next book is read meanwhile."""
    server.fault = lambda number, call: Fault(hang=True) if call.stage == "attribute" else None
    task = tasks.start(novel_book, engine="llm")
    start_worker(**model(server, LLM_CONCURRENCY="32", LLM_TIMEOUT="600"))
    wait_until(lambda: server.at_once == 32)
    assert tasks.cancel(task)
    other = tasks.start(chinese_book, engine="offline")
    wait_until(lambda: status(other) == Status.COMPLETED)
    assert status(task) == Status.CANCELLED
