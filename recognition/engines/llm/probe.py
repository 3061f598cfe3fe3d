"""One small call that tells whether an endpoint can do what the engine needs."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from recognition.engines.llm.answers import LinesAnswer, parse
from recognition.engines.llm.client import Client
from recognition.engines.llm.config import LLMConfig
from recognition.engines.llm.prompts import ENGLISH, enclosed, mark
from recognition.engines.llm.windows import ATTRIBUTE, Request

PATIENCE = 30.0  # seconds; somebody is waiting in front of a page
CAST = "Anna female\nTom male"
TEXT = f"{mark(1)}“It is late,” said Anna. Tom opened the door."


@dataclass(frozen=True, slots=True)
class Probe:
    """A call that was answered: in which format, in how many seconds."""

    answer_format: str
    seconds: float


def probe(config: LLMConfig) -> Probe:
    """Ask who says one line. The answer format is found out anew. Raises CallFailed, or Unreadable."""
    client = Client(replace(config, timeout=min(PATIENCE, config.timeout), concurrency=1))
    began = time.monotonic()
    try:
        reply = client.complete(Request(ATTRIBUTE, 0, ENGLISH.attribute, f"{ENGLISH.roster}\n{CAST}\n{enclosed(TEXT)}"))
    finally:
        client.close()
    parse(LinesAnswer, reply.text)
    return Probe(client.answer_format, time.monotonic() - began)
