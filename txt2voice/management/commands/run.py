import os
import shlex
import signal
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from honcho import manager

STOPPED = (128 + signal.SIGINT, 128 + signal.SIGTERM)


class Command(BaseCommand):
    help = "Serve the pages and run the worker, both in this terminal, until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        if is_taken(settings.PORT):
            raise CommandError(
                f"Port {settings.PORT} is in use by another program. Choose another: make run PORT={settings.PORT + 1}"
            )
        call_command("link")
        connections.close_all()  # the processes to come would share them
        signal.signal(signal.SIGHUP, stop_silently)
        # The worker waits 5 s for its cluster before it kills it; whoever kills the worker earlier makes orphans.
        manager.KILL_WAIT = 20
        both = manager.Manager()
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        for name, command in (
            ("web", [sys.executable, "-m", "gunicorn"]),
            ("worker", [sys.executable, "manage.py", "worker"]),
        ):
            both.add_process(name, f"exec {shlex.join(command)}", env=environment, cwd=str(settings.BASE_DIR))
        both.loop()
        if both.returncode not in STOPPED:
            sys.exit(both.returncode)


def stop_silently(*_: Any) -> None:
    """The terminal was closed: stop as by Ctrl-C. Nothing can be written any more; trying would leave all running."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.kill(os.getpid(), signal.SIGTERM)


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # As the server does: without it a port that was closed a moment ago counts as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
