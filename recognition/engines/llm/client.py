"""One call to an OpenAI-compatible endpoint: streamed, with a total deadline, and every failure named."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import httpx2
import openai

from recognition.engines.llm import tokens
from recognition.engines.llm.config import Endpoint, LLMConfig
from recognition.engines.llm.windows import Request

FailureKind = Literal["config", "quota", "rate", "transient", "timeout", "refused", "length", "unasked"]

# Answer formats from the strictest down; which one an endpoint takes is found out once and remembered.
FORMATS = ("json_schema", "json_object", "plain")
# Parameters a model may refuse by name; they are left out from then on. Without temperature 0 an answer cannot be
# reproduced, without stream_options nobody tells the tokens, without max_tokens a looping model runs on.
OPTIONAL = ("temperature", "max_tokens", "stream_options")
OUTPUT_MOST = 8192  # tokens a call; DeepSeek takes no more
CONNECT = 10.0  # seconds
WORDS_MOST = 500  # code points kept of a provider's own words
# What the providers' codes and sentences have in common where the status does not tell; in lower case.
TOO_LONG = ("context_length", "context length", "context size", "maximum context", "too long", "exceeds the maximum")
FILTERED = ("content_filter", "content filter", "data_inspection", "content exists risk", "moderation")
UNPAID = ("insufficient_quota", "insufficient balance", "arrears", "exceeded your current quota")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call brought no answer, in the provider's words. retry_after: seconds the provider asks to wait.

    config: key, model or address are wrong. quota: money is used up. rate: too many calls. transient: worth trying
    again. timeout: the deadline passed. refused: by a content filter. length: question or answer is too long.
    unasked: there is no model; somebody has yet to answer.
    """

    kind: FailureKind
    message: str
    retry_after: float | None = None
    connected: bool = True  # whether the endpoint answered at all
    perhaps_format: bool = False  # whether the answer format may be what was refused


class CallFailed(Exception):
    def __init__(self, failure: Failure, tokens_in: int = 0, tokens_out: int = 0) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.tokens_in = tokens_in
        self.tokens_out = tokens_out


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    tokens_in: int = 0
    tokens_out: int = 0


class InProcess:
    """A memory that lasts as long as its object."""

    def __init__(self) -> None:
        self.endpoint = Endpoint()

    def load(self) -> Endpoint:
        return self.endpoint

    def save(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint


class Answerer(Protocol):
    """Who answers: a client, or a person by files. `complete` runs in threads; it raises CallFailed."""

    answer_format: str

    def complete(self, request: Request) -> Reply: ...
    def expire(self) -> None:
        """End the calls whose deadline has passed, wherever they hang."""

    def close(self) -> None:
        """End all calls."""


class Client:
    """Calls for threads. Make it after a fork, and `expire` now and then."""

    def __init__(self, config: LLMConfig, answer_format: str = "") -> None:
        self.config = config
        self.answer_format = answer_format
        self.left_out: frozenset[str] = frozenset()
        self._open: dict[int, tuple[float, socket.socket]] = {}  # thread -> deadline, connection
        self._lock = threading.Lock()
        self._calls = 0
        self.closed = False
        self._of_thread = threading.local()  # deadline: of the call this thread makes
        most = config.concurrency + 1
        http = openai.DefaultHttpx2Client(
            event_hooks={"response": [self._watch]},
            limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most),
        )
        self._openai = openai.OpenAI(
            base_url=config.base_url or "https://api.openai.com/v1",
            api_key=config.api_key or "none",  # local servers want none, the package wants some
            timeout=openai.Timeout(config.timeout, connect=min(CONNECT, config.timeout)),
            max_retries=0,  # we retry: only we know what a second try must change
            http_client=http,
        )

    def complete(self, request: Request) -> Reply:
        """The answer. Raises CallFailed."""
        with self._lock:
            self._calls += 1
        try:
            return self._negotiated(request)
        finally:
            with self._lock:
                self._calls -= 1
                last = self.closed and not self._calls
            if last:
                self._openai.close()

    def _negotiated(self, request: Request) -> Reply:
        """The answer; while the format is unknown, of the first format that is not refused. Raises CallFailed."""
        formats = (self.answer_format,) if self.answer_format else FORMATS
        for format_ in formats:
            try:
                reply = self._without_refused(request, format_)
            except CallFailed as error:
                if format_ == formats[-1] or not error.failure.perhaps_format:
                    raise
            else:
                # Several first calls run at once: one that only met a busy moment must not loosen the others' format.
                with self._lock:
                    known = self.answer_format or FORMATS[-1]
                    self.answer_format = min(known, format_, key=FORMATS.index)
                return reply
        raise AssertionError("the last format has returned or raised")

    def _without_refused(self, request: Request, format_: str) -> Reply:
        """One answer in one format, leaving out optional parameters that the model refuses by name."""
        while True:
            sent = [name for name in OPTIONAL if name not in self.left_out]
            try:
                return self._stream(request, format_, sent)
            except openai.BadRequestError as error:
                words = f"{error.param} {error.message}"
                refused = next((name for name in sent if name in words), None)
                if refused is None:
                    raise CallFailed(self._classify(error)) from None
                self.left_out |= {refused}
            except openai.APIError as error:
                # From None, because a traceback would tell the provider's words as they came.
                raise CallFailed(self._classify(error)) from None

    def _stream(self, request: Request, format_: str, sent: Sequence[str]) -> Reply:
        deadline = self._of_thread.deadline = time.monotonic() + self.config.timeout
        optional = {
            "temperature": 0,
            "max_tokens": OUTPUT_MOST,
            "stream_options": {"include_usage": True},
        }
        extra: dict[str, Any] = {name: optional[name] for name in sent}
        if format_ == "json_schema":
            schema = {"name": request.stage, "schema": request.schema, "strict": True}
            extra["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif format_ == "json_object":
            extra["response_format"] = {"type": "json_object"}
        parts: list[str] = []
        finish, usage = "", None
        try:
            with self._openai.chat.completions.create(
                model=self.config.model,
                messages=[{"role": "system", "content": request.system}, {"role": "user", "content": request.user}],
                stream=True,
                **extra,
            ) as stream:
                for chunk in stream:
                    usage = chunk.usage or usage
                    for choice in chunk.choices:
                        parts.append(choice.delta.content or "")
                        finish = choice.finish_reason or finish
                        if choice.delta.refusal:
                            finish = "content_filter"
                    self._check(deadline, request, parts)
        except openai.APIStatusError:
            raise
        except (openai.APIError, ValueError, OSError) as error:
            # Cut by `expire` or `close`, broken off, or no event stream at all: a web page under a wrong address.
            self._check(deadline, request, parts)
            if isinstance(error, openai.APIConnectionError) or not isinstance(error, openai.APIError):
                raise self._broken(error, request, parts) from error
            raise
        finally:
            with self._lock:
                self._open.pop(threading.get_ident(), None)
        text = "".join(parts)
        spent = (usage.prompt_tokens, usage.completion_tokens) if usage else (request.tokens(), tokens.count(text))
        if finish == "length":
            raise CallFailed(Failure("length", "the answer was cut off"), *spent)
        if finish == "content_filter":
            raise CallFailed(Failure("refused", "the content filter stopped the answer"), *spent)
        if not finish and not text:
            words = f"{self._host()}: what came is not an answer of a model"  # a web page, under a wrong address
            raise CallFailed(Failure("transient", words, connected=False), *spent)
        return Reply(text, *spent)

    # -- the clock

    def _watch(self, response: Any) -> None:
        """Remember the connection of an answer that begins, so that it can be cut from outside.

        A read timeout alone would let a server drip a word a minute for ever.
        """
        connection = response.extensions["network_stream"].get_extra_info("socket")
        with self._lock:
            self._open[threading.get_ident()] = (self._of_thread.deadline, connection)

    def _check(self, deadline: float, request: Request, parts: Sequence[str]) -> None:
        if self.closed or time.monotonic() >= deadline:
            failure = Failure("timeout", "no complete answer within LLM_TIMEOUT")
            raise CallFailed(failure, request.tokens(), tokens.count("".join(parts)))

    def expire(self) -> None:
        now = time.monotonic()
        self._cut([thread for thread, (deadline, _) in self._open.copy().items() if now >= deadline])

    def close(self) -> None:
        """End the calls whose answer has begun; the last call to end, here or later, gives up the connections.

        A connection that is closed while a thread waits for its answer would leave that thread to a stranger's data.
        """
        with self._lock:
            self.closed = True
            idle = not self._calls
        self._cut(list(self._open.copy()))
        if idle:
            self._openai.close()

    def _cut(self, threads: Sequence[int]) -> None:
        for thread in threads:
            with self._lock:
                _, connection = self._open.pop(thread, (0, None))
            if connection is not None:
                with contextlib.suppress(OSError):  # it has ended meanwhile
                    connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it

    # -- what went wrong

    def _broken(self, error: Exception, request: Request, parts: Sequence[str]) -> CallFailed:
        """Nothing came, or it broke off. What was sent and received so far counts as spent."""
        host = self._host()
        if isinstance(error, openai.APITimeoutError):
            failure = Failure("timeout", f"{host}: no answer within LLM_TIMEOUT", connected=bool(parts))
            return CallFailed(failure, request.tokens(), 0)
        reason = self._words(str(error.__cause__ or error))
        failure = Failure("transient", f"{host}: {reason}", connected=bool(parts))
        return CallFailed(failure, request.tokens() if parts else 0, tokens.count("".join(parts)))

    def _host(self) -> str:
        return urlsplit(str(self._openai.base_url)).netloc

    def _classify(self, error: openai.APIError) -> Failure:
        body = error.body if isinstance(error.body, dict) else {}
        said = str(body.get("message") or error.message)
        status = error.status_code if isinstance(error, openai.APIStatusError) else 0
        if isinstance(error, openai.APIStatusError) and not body and said.startswith(("<", "Error code")):
            said = error.response.reason_phrase  # a web page, or nothing
        words = self._words(said)
        code = f"{error.code} {error.type} {words}".lower()
        said = f"{status} {words}" if status else words
        perhaps_format = status in (400, 422, 500, 501)  # 500: llama.cpp's Python server of a JSON schema
        if status == 413 or any(sign in code for sign in TOO_LONG):
            return Failure("length", said)
        if any(sign in code for sign in FILTERED):
            return Failure("refused", said)
        if status == 402 or any(sign in code for sign in UNPAID):
            return Failure("quota", said)
        if status == 429:
            return Failure("rate", said, retry_after=_retry_after(error))
        if status in (0, 408, 409, 425) or status >= 500:
            return Failure("transient", said, retry_after=_retry_after(error), perhaps_format=perhaps_format)
        return Failure("config", said, perhaps_format=perhaps_format)

    def _words(self, message: str) -> str:
        """A provider's words, short, and without the key, which some repeat."""
        if self.config.api_key:
            message = message.replace(self.config.api_key, "***")
        return message[:WORDS_MOST]


def _retry_after(error: openai.APIError) -> float | None:
    """Seconds from the Retry-After header; its form with a date is left to our own waiting."""
    if not isinstance(error, openai.APIStatusError):
        return None
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None
