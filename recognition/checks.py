"""What no code can repair but a start should refuse: settings under which work would be lost or done twice."""

from __future__ import annotations

import math
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def queue_settings(**_kwargs: Any) -> list[CheckMessage]:
    """The queue shares the database's transactions, never delivers a running message again, and keeps connections."""
    found: list[CheckMessage] = []
    queue: dict[str, Any] = settings.Q_CLUSTER
    if queue.get("orm") != "default":
        found.append(
            Error(
                "The queue must use the default database, in whose transactions tasks are made.", id="recognition.E001"
            )
        )
    prefetched = math.ceil((queue["queue_limit"] + queue["bulk"]) / queue["workers"])
    if queue["retry"] <= queue["timeout"] * (1 + prefetched):
        found.append(
            Error(
                "The queue's retry is so short that a running message would be delivered again.", id="recognition.E002"
            )
        )
    if not queue.get("ack_failures") or queue.get("max_attempts") != 1:
        found.append(
            Error("The queue must not retry what failed; retrying is the task's own business.", id="recognition.E003")
        )
    if not settings.DATABASES["default"].get("CONN_MAX_AGE"):
        found.append(
            Error("CONN_MAX_AGE must be above 0, else every queue operation reconnects.", id="recognition.E004")
        )
    if settings.RECOGNITION_ENGINE not in ("auto", "offline", "llm"):
        found.append(
            Error(
                f"RECOGNITION_ENGINE is {settings.RECOGNITION_ENGINE!r}; it must be auto, offline or llm.",
                id="recognition.E005",
            )
        )
    return found
