"""A stand-in for a language model: a real HTTP server that speaks chat completions and knows the right answers.

It answers from a hidden key (who says which line, which names are one person) by reading the prompt as a model would:
it finds the numbered marks in the running text and looks up what stands at each. So a number that has shifted, a
window that is lost or a wrong roster shows as a wrong label. Latency, rate and every kind of fault can be set.

    python -m tests.llm_server KEY.json [--port 8001] [--latency 2]     prints its base URL
"""

from __future__ import annotations

import argparse
import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from recognition.engines.llm import tokens
from recognition.engines.llm.prompts import as_data
from recognition.engines.offline import fingerprint

BEFORE, AFTER = 15, 30  # code points that tell a line from all others


# ------------------------------------------------------------------------------------------------- the key


def plain(text: str) -> str:
    return re.sub(r"\s", "", as_data(text))


@dataclass
class Key:
    """What is right. lines: (words before, words from its beginning on) -> speaker. names: any name -> canonical."""

    lines: dict[tuple[str, str], str]
    names: dict[str, str]
    genders: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, text: str, quotes: Iterable[tuple[int, str]], names: dict[str, str], genders: dict[str, str] | None = None
    ):
        """From a text, where its quotations begin (code points), and their speakers."""
        lines = {
            (
                plain(text[max(0, start - 4 * BEFORE) : start])[-BEFORE:],
                plain(text[start : start + 4 * AFTER])[:AFTER],
            ): who
            for start, who in quotes
        }
        return cls(lines, names, genders or {})

    @classmethod
    def load(cls, path: Path) -> Key:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return cls({(before, after): who for before, after, who in raw["lines"]}, raw["names"], raw["genders"])

    def save(self, path: Path) -> None:
        lines = [[before, after, who] for (before, after), who in self.lines.items()]
        path.write_text(json.dumps({"lines": lines, "names": self.names, "genders": self.genders}), encoding="utf-8")

    # -- answers, in the form the prompts ask for

    def discover(self, text: str) -> dict[str, list[str]]:
        seen: dict[str, list[str]] = {}
        for name, canonical in self.names.items():
            if name in text:
                seen.setdefault(canonical, []).append(name)
        rows = []
        for canonical, names in seen.items():
            name, *others = sorted(names, key=lambda n: n != canonical)
            place = text.index(others[0]) if others else 0
            evidence = text[place : place + 12].partition("\n")[0] if others else ""
            rows.append(f"{name}|{'、'.join(others)}|{self.genders.get(canonical, '?')}|人物|{evidence}")
        return {"characters": rows, "relations": []}

    def merge(self, text: str) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for line in text.split("\n"):
            entry = max((name for name in self.names if line.startswith(name)), key=len, default=None)
            if entry is not None:
                groups.setdefault(self.names[entry], []).append(entry)
        return {"same": ["=".join(sorted(g, key=lambda n: n != who)) for who, g in groups.items() if len(g) > 1]}

    def attribute(self, text: str) -> dict[str, list[str]]:
        pieces = re.split(r"#(\d+)", text)
        whole = plain("".join(pieces[0::2]))
        found: dict[int, str] = {}
        at = 0
        for words, number in zip(pieces[0::2], pieces[1::2], strict=False):
            at += len(plain(words))
            for start in (at + 1, at):  # the mark stands before the opening mark of the quotation, if it has one
                sign = whole[max(0, start - BEFORE) : start], whole[start : start + AFTER]
                if sign in self.lines:
                    found.setdefault(int(number), self.lines[sign])
                    break
            found.setdefault(int(number), "?")
        return {"lines": [f"{number} {who}" for number, who in found.items()]}

    def answer(self, stage: str, text: str) -> dict[str, list[str]]:
        return {"discover": self.discover, "merge": self.merge, "attribute": self.attribute}[stage](text)


STAGES = {'"lines"': "attribute", '"same"': "merge", '"characters"': "discover"}


def stage_of(body: dict[str, Any]) -> str:
    instructions = body["messages"][0]["content"]
    return next(stage for sign, stage in STAGES.items() if sign in instructions)


def data_of(body: dict[str, Any]) -> str:
    return body["messages"][1]["content"].split("<text>\n", 1)[1].rsplit("\n</text>", 1)[0]


# ------------------------------------------------------------------------------------------------- faults


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call. An error status is answered with the message; 200 changes the answer."""

    status: int = 200
    message: str = ""
    code: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    finish: str = "stop"
    content: Callable[[dict[str, list[str]]], str] | None = None  # from the right answer to the one given
    drip: float = 0.0  # seconds between two characters
    alive: float = 0.0  # seconds between two signs of life; the answer never comes
    hang: bool = False  # no answer at all until the server stops
    broken: bool = False  # the connection ends in the middle


def compact(answer: dict[str, list[str]]) -> str:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def swapped(answer: dict[str, list[str]]) -> str:
    """Every label one number too far."""
    if "lines" not in answer:
        return compact(answer)
    numbers, names = zip(*(line.split(" ", 1) for line in answer["lines"]), strict=True)
    return compact({"lines": [f"{n} {name}" for n, name in zip(numbers, names[1:] + names[:1], strict=True)]})


def without(*dropped: int) -> Callable[[dict[str, list[str]]], str]:
    """Lines at these places left out."""
    return lambda answer: compact(
        {key: [row for i, row in enumerate(rows) if i not in dropped] for key, rows in answer.items()}
    )


# ------------------------------------------------------------------------------------------------- the server


@dataclass
class Call:
    """One request as it came, and the status it got."""

    at: float
    stage: str
    body: dict[str, Any]
    status: int = 0

    @property
    def user(self) -> str:
        return str(self.body["messages"][1]["content"])

    @property
    def hash(self) -> str:
        """As its window keeps it."""
        return fingerprint(*(message["content"] for message in self.body["messages"]))


class LLMServer(ThreadingHTTPServer):
    """Use it as a context. `fault` decides for each call, given its number from 0, and may be changed at any time."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, key: Key, port: int = 0, latency: float = 0.0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.key = key
        self.latency = latency
        self.formats = {"json_schema", "json_object", "plain"}
        self.format_status = 400  # what the others are answered with
        self.refused: set[str] = set()  # parameters the model does not take
        self.bill: tuple[int, int] | None = None  # tokens in and out that each call is said to take
        self.most_at_once = 0  # more calls at once get 429; 0 for no limit
        self.retry_after = "1"
        self.fault: Callable[[int, Call], Fault | None] = lambda number, call: None
        self.calls: list[Call] = []
        self.at_once = self.peak = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def __enter__(self) -> LLMServer:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()

    def of(self, stage: str) -> list[Call]:
        return [call for call in self.calls if call.stage == stage]

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # callers that hang up are part of the game


class Handler(BaseHTTPRequestHandler):
    server: LLMServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server, call = self.server, Call(time.time(), stage_of(body), body)
        with server.lock:
            number = len(server.calls)
            server.calls.append(call)
            server.at_once += 1
            server.peak = max(server.peak, server.at_once)
            crowded = 0 < server.most_at_once < server.at_once
        try:
            fault = server.fault(number, call) or Fault()
            if crowded:
                fault = Fault(429, "too many requests", headers=(("Retry-After", server.retry_after),))
            self.answer(call, fault)
        finally:
            with server.lock:
                server.at_once -= 1

    def answer(self, call: Call, fault: Fault) -> None:
        server, body = self.server, call.body
        format_ = body.get("response_format", {"type": "plain"})["type"]
        if fault.hang:
            server.stopping.wait()
            self.close_connection = True
        elif fault.status != 200:
            self.fail(call, fault)
        elif format_ not in server.formats:
            self.fail(call, Fault(server.format_status, f"response_format {format_} is not supported"))
        elif refused := next((name for name in server.refused if name in body), None):
            self.fail(call, Fault(400, f"Unsupported parameter: {refused}"))
        else:
            server.stopping.wait(server.latency)
            right = server.key.answer(call.stage, data_of(body))
            content = (
                fault.content(right) if fault.content else json.dumps(right, ensure_ascii=False, separators=(",", ":"))
            )
            self.stream(call, content, fault)

    def fail(self, call: Call, fault: Fault) -> None:
        call.status = fault.status
        body = json.dumps({"error": {"message": fault.message, "code": fault.code or None, "type": "error"}}).encode()
        self.send_response(fault.status)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(body))), *fault.headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self, call: Call, content: str, fault: Fault) -> None:
        call.status = 200
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while fault.alive:
            self.chunk(b": keep-alive\n\n")
            if self.server.stopping.wait(fault.alive):
                return
        size = 1 if fault.drip else max(1, len(content) // 4)
        for i in range(0, len(content), size):
            self.event({"choices": [{"index": 0, "delta": {"content": content[i : i + size]}, "finish_reason": None}]})
            if fault.drip and self.server.stopping.wait(fault.drip):
                return
            if fault.broken:
                self.close_connection = True
                return
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": fault.finish}]})
        if "stream_options" in call.body:
            prompt = sum(tokens.count(message["content"]) for message in call.body["messages"])
            spent = self.server.bill or (prompt, tokens.count(content))
            names = ("prompt_tokens", "completion_tokens", "total_tokens")
            self.event({"choices": [], "usage": dict(zip(names, (*spent, sum(spent)), strict=True))})
        self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")

    def event(self, data: dict[str, Any]) -> None:
        data = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "stand-in", **data}
        self.chunk(f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode())

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("key", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0)
    arguments = parser.parse_args()
    server = LLMServer(Key.load(arguments.key), arguments.port, arguments.latency)
    print(server.base_url, flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main()
