"""The real worker command with its real cluster, on a real database file: killed, it goes on; nothing is doubled."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from recognition import tasks
from recognition.models import ProcessingTask, Status, Worker

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
    """Starts `manage.py worker` on the test's database; everything it began is killed at the end."""
    started = []

    def start():
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=ROOT,
            env=os.environ | worker_environment,
            start_new_session=True,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        for pid in (*children(worker.pid), worker.pid):
            kill_group(pid)
        worker.wait()


def children(pid):
    """The processes that a process has started."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


def kill_group(pid):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


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
    for pid in (*children(first.pid), first.pid):
        kill_group(pid)
    first.wait()
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
