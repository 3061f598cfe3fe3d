"""The task and its run at the head of every log line. Imports nothing of Django: settings load it first."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognition.models import ProcessingTask

_current: ContextVar[str] = ContextVar("task", default="")


class TaskFormatter(logging.Formatter):
    """Begins each line that a run writes with its task: `[task 1a2b3c4d run 3]`."""

    def format(self, record: logging.LogRecord) -> str:
        return _current.get() + super().format(record)


@contextmanager
def logged_as(task: ProcessingTask) -> Iterator[None]:
    """All log lines within name the task and its run."""
    token = _current.set(f"[task {task.pk.hex[:8]} run {task.run_no}] ")
    try:
        yield
    finally:
        _current.reset(token)
