"""What the engine must be told, since it reads no settings: where the model is, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LLMConfig:
    """An endpoint and the limits of its use.

    timeout: the most seconds one call may take, from sending to the last word. token_limit: what may still be spent,
    tokens in and out together; None for no limit. pause: seconds before a failed call is tried again, twice as long
    before each further try. An empty base_url is OpenAI's own.
    """

    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)  # must not appear in a traceback or a log
    concurrency: int = 8
    timeout: float = 180.0
    token_limit: int | None = None
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is known of an endpoint. until: the moment (seconds since the epoch) before which it is left alone."""

    answer_format: str = ""
    until: float = 0.0


class EndpointMemory(Protocol):
    """Where what was found out about an endpoint is kept. Used by the thread that reads the generator only."""

    def load(self) -> Endpoint: ...
    def save(self, endpoint: Endpoint) -> None: ...
