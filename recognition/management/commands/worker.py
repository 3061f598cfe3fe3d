from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections, connection

from recognition import tasks
from recognition.models import Worker

logger = logging.getLogger(__name__)

TICK = 1.0  # seconds
REPORT_EVERY = 10  # ticks
DELIVER_EVERY = 5  # ticks
CLEAN_UP_EVERY = 60  # ticks
# A cluster that leaves work lying this long although it has free workers is stuck (a killed worker can take the
# queue's lock with it); a new one is started. Killing it is safe: the rows hold the truth.
STUCK = timedelta(seconds=60)
# After a polite request to stop, the cluster finishes its current steps; then it is killed, which loses nothing.
GRACE = 5.0  # seconds


class Command(BaseCommand):
    """Owns a queue cluster as its child: starts it, wakes it, watches it, and takes it along when it stops."""

    help = "Run recognitions: a queue cluster, its watchdog, the sweep and the clean-up. Stop it with Ctrl-C."
    requires_migrations_checks = True  # says what to do before a table that is not there is missed

    def handle(self, *args: Any, **options: Any) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        place = (connection.vendor, connection.settings_dict["HOST"], str(connection.settings_dict["NAME"]))
        logger.info("worker %s on %s", self.name, " ".join(filter(None, place)))
        self.take_over_from_the_dead()
        self.start_cluster()
        ticks = 0
        while not self.stopping:
            try:
                self.tick(ticks)
            except OperationalError as error:
                self.stderr.write(f"The database does not answer, trying again: {error}")
                close_old_connections()
            ticks += 1
            time.sleep(TICK)
        self.stop_cluster(GRACE)
        tasks.release_worker(self.name)
        Worker.objects.filter(name=self.name).delete()

    def stop(self, *_signal: Any) -> None:
        self.stopping = True

    def tick(self, ticks: int) -> None:
        if ticks % REPORT_EVERY == 0:
            tasks.report_worker(self.name)
        if ticks % CLEAN_UP_EVERY == 0:
            tasks.clean_up()
        tasks.sweep()
        if ticks % DELIVER_EVERY == 0:
            tasks.wake_for_deliveries()
        if self.cluster.poll() is not None:
            self.stderr.write("The cluster has ended; starting another.")
            self.restart()
        elif time.monotonic() - self.started > STUCK.total_seconds() and self.is_stuck():
            self.stderr.write("Work is waiting and the cluster does not take it; starting another.")
            self.restart()

    def is_stuck(self) -> bool:
        return tasks.has_overdue_work(STUCK) and tasks.live_leases(self.name) < settings.WORKERS

    def start_cluster(self) -> None:
        # A session of its own, so that one signal reaches all its processes and none of ours.
        self.cluster = subprocess.Popen(  # noqa: S603  our own interpreter and script
            [sys.executable, sys.argv[0], "qcluster"],
            start_new_session=True,
            env=os.environ | {"TXT2VOICE_WORKER": self.name},
        )
        self.started = time.monotonic()

    def stop_cluster(self, grace: float) -> None:
        if grace and self.cluster.poll() is None:
            self.cluster.terminate()
            try:
                self.cluster.wait(grace)
            except subprocess.TimeoutExpired:
                self.stderr.write("The cluster is busy; its tasks go on at the next start.")
        with suppress(ProcessLookupError):  # all of it may have ended by itself
            os.killpg(self.cluster.pid, signal.SIGKILL)
        self.cluster.wait()

    def restart(self) -> None:
        self.stop_cluster(grace=0)
        tasks.release_worker(self.name)
        self.start_cluster()

    def take_over_from_the_dead(self) -> None:
        """Release the tasks of workers of this host that were killed; elsewhere their leases run out."""
        host = socket.gethostname()
        for worker in Worker.objects.filter(name__startswith=f"{host}:"):
            try:
                os.kill(int(worker.name.removeprefix(f"{host}:")), 0)
            except ProcessLookupError:
                tasks.release_worker(worker.name)
                worker.delete()
            except PermissionError:
                pass  # it lives, under another user
