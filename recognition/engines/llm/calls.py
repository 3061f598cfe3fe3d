"""Many questions at once: threads make the calls, the caller's thread does everything else.

Each failure has its own answer:
    config              stop the run at once
    quota               send nothing more, and stop when what is under way is answered, for it is paid for
    rate                all wait, half as many calls at once, recovering with every answer
    transient           the same again after a pause, a few times; an outage stops the run for now, like quota
    timeout, length,    the question in halves, since the same one would end the same; then the window fails,
    refused, unreadable and the rules' label stays
    lines missing       these lines alone, a few times
"""

from __future__ import annotations

import heapq
import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from recognition.engines import Answer, EngineError
from recognition.engines.llm.answers import INCOMPLETE, Unreadable
from recognition.engines.llm.client import OUTPUT_MOST, Answerer, CallFailed, Failure, Reply
from recognition.engines.llm.config import EndpointMemory, LLMConfig
from recognition.engines.llm.windows import Question, Request

logger = logging.getLogger(__name__)

SIGN_OF_LIFE = 2.0  # seconds between two yields at most
TRIES = 4  # calls for one question while failures are transient
HALVINGS = 3
ASKED_AGAIN = 2  # times for missing lines
RATE_PAUSE = 5.0  # seconds after a 429 that names none; twice as long after each further one
LONG_PAUSE = 60.0  # seconds; a longer cool-down is waited for outside, where others may work meanwhile
OUTAGE = 3  # failures in a row for each call at once (fewer than TRIES: no window has failed by then), and
OUTAGE_LEAST = 6  # in all, without one answer in between
A_FEW = 6  # windows, over fewer than these a server that answers may stumble time and again


@dataclass(slots=True)
class Job:
    """A window on its way: open counts its questions that are not settled yet."""

    question: Question
    request_hash: str
    open: int = 0
    answers: list[BaseModel] = field(default_factory=list)
    raw: str = ""
    problems: list[str] = field(default_factory=list)
    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def answer(self) -> Answer:
        """What is saved. One call's answer is kept in the model's own words, that of several joined."""
        window = self.question
        text = self.raw if len(self.answers) == 1 else window.join(self.answers) if self.answers else ""
        return Answer(
            window.stage, window.index, window.start, window.end, self.request_hash, text,
            "; ".join(dict.fromkeys(self.problems)), self.attempts, self.tokens_in, self.tokens_out,
            round(self.seconds, 3),
        )  # fmt: skip


@dataclass(slots=True)
class Part:
    """One question to be asked for a job: the window itself, half of it, or what was missing."""

    job: Job
    question: Question
    request: Request
    tries: int = 0
    halved: int = 0
    again: int = 0
    sent: float = 0.0
    cost: int = 0


def whole(window: Question) -> Part:
    """A window as it is asked first."""
    request = window.request()
    return Part(Job(window, request.hash, open=1), window, request)


class Asking:
    """Asks windows, `concurrency` at once. One for all stages of a run; leave it by `close`.

    While `may_ask` says no, nothing is sent; `in_flight` counts the calls whose answers are still to come.
    """

    def __init__(
        self, config: LLMConfig, answerer: Answerer, memory: EndpointMemory, may_ask: Callable[[], bool]
    ) -> None:
        self.config = config
        self.answerer = answerer
        self.memory = memory
        self.may_ask = may_ask
        self.in_flight = 0
        self.ending: EngineError | None = None  # raised as soon as nothing is in flight
        self.endpoint = memory.load()
        self.pool = ThreadPoolExecutor(config.concurrency, thread_name_prefix="llm")
        self.at_once = config.concurrency
        self.slowed = 0.0  # when at_once was last halved
        self.rate_pause = RATE_PAUSE
        self.failures = 0  # in a row
        self.crowd = 0  # the most calls at once while nothing but failures came
        self.left = config.token_limit
        self.reserved = 0

    def close(self) -> None:
        """Leave without waiting for calls that hang."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.answerer.close()

    def ask(self, windows: Iterable[Question]) -> Generator[Answer | None, None, None]:
        """The answer of each window, in the order they come; None as a sign of life. Raises EngineError.

        An answer with an error is of a window that failed, in whole or in part.
        """
        fresh = iter(windows)
        waiting: deque[Part] = deque()
        later: list[tuple[float, int, Part]] = []  # a heap: due, tie-breaker, part
        running: dict[Future[Reply], Part] = {}
        ties = itertools.count()
        alive = time.monotonic()
        self.wait_outside()
        while True:
            now = time.monotonic()
            while later and later[0][0] <= now:
                waiting.append(heapq.heappop(later)[2])
            self.send_some(waiting, running)
            # Built one round ahead, while calls are out: a whole round would else wait for its requests.
            waiting.extend(map(whole, itertools.islice(fresh, max(0, self.at_once - len(waiting)))))
            self.send_some(waiting, running)
            if not running and not waiting and not later:
                return
            if self.ending and not running:
                raise self.ending
            if running:
                finished, _ = wait(running, timeout=self.pause(later), return_when=FIRST_COMPLETED)
            else:
                time.sleep(self.pause(later))
                finished = set()
            self.answerer.expire()
            for future in finished:
                part = running.pop(future)
                self.in_flight = len(running)
                for delay, following in self.settle(part, future):
                    if delay:
                        heapq.heappush(later, (time.monotonic() + delay, next(ties), following))
                    else:
                        waiting.append(following)
                if not part.job.open:
                    alive = time.monotonic()
                    yield part.job.answer()
            if time.monotonic() - alive >= SIGN_OF_LIFE:
                self.remember()
                alive = time.monotonic()
                yield None

    def pause(self, later: list[tuple[float, int, Part]]) -> float:
        """Seconds until something may have to be done."""
        soon = [later[0][0] - time.monotonic()] if later else []
        cool = self.endpoint.until - time.time()
        return max(0.01, min([SIGN_OF_LIFE, *soon, *([cool] if cool > 0 else [])]))

    # -- sending

    def send_some(self, waiting: deque[Part], running: dict[Future[Reply], Part]) -> None:
        """Start as many calls as may be made now."""
        while waiting and len(running) < self.at_once and self.may_send() and self.send(waiting[0], running):
            waiting.popleft()
        self.in_flight = len(running)

    def may_send(self) -> bool:
        return self.ending is None and self.may_ask() and self.endpoint.until <= time.time()

    def send(self, part: Part, running: dict[Future[Reply], Part]) -> bool:
        """Start the call. False while the tokens that may be needed are reserved by others.

        Reserved before sending, at the most a call can cost: 32 calls in flight cannot overrun the limit together.
        """
        part.cost = part.request.tokens_at_most() + OUTPUT_MOST
        if self.left is not None and self.reserved + part.cost > self.left:
            if not running:
                raise EngineError("The token limit is reached.", permanent=True, failure="budget")
            return False
        self.reserved += part.cost
        part.sent = time.monotonic()
        part.job.attempts += 1
        running[self.pool.submit(self.answerer.complete, part.request)] = part
        self.crowd = max(self.crowd, len(running))
        return True

    # -- settling

    def settle(self, part: Part, future: Future[Reply]) -> list[tuple[float, Part]]:
        """Take in what a call brought; what is to be asked next for it, each with a delay in seconds."""
        job = part.job
        self.reserved -= part.cost
        job.seconds += time.monotonic() - part.sent
        try:
            reply = future.result()
        except CallFailed as error:
            self.spend(job, error.tokens_in, error.tokens_out)
            following = self.after_failure(part, error)
        else:
            self.spend(job, reply.tokens_in, reply.tokens_out)
            self.recover()
            following = self.after_reply(part, reply)
        job.open += len(following) - 1
        return following

    def spend(self, job: Job, tokens_in: int, tokens_out: int) -> None:
        job.tokens_in += tokens_in
        job.tokens_out += tokens_out
        if self.left is not None:
            self.left -= tokens_in + tokens_out

    def after_reply(self, part: Part, reply: Reply) -> list[tuple[float, Part]]:
        question, job = part.question, part.job
        try:
            answer = question.read(reply.text)
        except Unreadable as error:
            return self.halve(part, f"unreadable answer: {error}")
        rest = question.rest(answer)
        if rest is not None and rest == question:
            return self.halve(part, "no line was answered")
        job.answers.append(answer)
        job.raw = reply.text
        if rest is None:
            return []
        if part.again == ASKED_AGAIN:
            job.problems.append(INCOMPLETE)
            return []
        return [(0, replace(part, question=rest, request=rest.request(), tries=0, again=part.again + 1))]

    def after_failure(self, part: Part, error: CallFailed) -> list[tuple[float, Part]]:
        failure = error.failure
        match failure.kind:
            case "config":
                raise EngineError(failure.message, permanent=True, failure="config") from error
            case "quota":
                self.ending = self.ending or EngineError(failure.message, permanent=True, failure="quota")
            case "rate":
                self.slow_down(part, failure.retry_after, failure.message)
            case "transient" | "timeout":
                self.count_failure(failure)
        if self.ending or failure.kind == "rate":
            return [(0, part)]  # this window is not to blame
        if failure.kind == "transient":
            part.tries += 1
            if part.tries < TRIES:
                return [(max(self.config.pause * 2 ** (part.tries - 1), failure.retry_after or 0), part)]
        if failure.kind in ("transient", "unasked"):
            part.job.problems.append(failure.message)
            return []
        return self.halve(part, failure.message)

    def halve(self, part: Part, problem: str) -> list[tuple[float, Part]]:
        halves = part.question.halves() if part.halved < HALVINGS else ()
        if not halves:
            part.job.problems.append(problem)
        return [
            (0, replace(part, question=half, request=half.request(), tries=0, halved=part.halved + 1))
            for half in halves
        ]

    # -- the endpoint

    def slow_down(self, part: Part, retry_after: float | None, message: str) -> None:
        """Halve the calls at once, once for all that were sent before the last halving; leave the endpoint alone."""
        if part.sent >= self.slowed:
            self.at_once = max(1, self.at_once // 2)
            self.slowed = time.monotonic()
            if retry_after is None:
                retry_after, self.rate_pause = self.rate_pause, 2 * self.rate_pause
        if retry_after is not None:
            self.endpoint = replace(self.endpoint, until=max(self.endpoint.until, time.time() + retry_after))
            self.memory.save(self.endpoint)
        self.wait_outside(message)

    def wait_outside(self, message: str = "The endpoint asked to be left alone.") -> None:
        """Leave the worker to others while the endpoint wants a long pause."""
        pause = self.endpoint.until - time.time()
        if pause > LONG_PAUSE:
            self.ending = self.ending or EngineError(message, retry_after=pause)

    def recover(self) -> None:
        """An answer came: one call more at once, so that the number doubles with every full round."""
        self.failures, self.crowd = 0, self.in_flight
        self.rate_pause = RATE_PAUSE
        self.at_once = min(self.config.concurrency, self.at_once + 1)
        if self.endpoint.answer_format != self.answerer.answer_format:
            self.endpoint = replace(self.endpoint, answer_format=self.answerer.answer_format)
            self.memory.save(self.endpoint)

    def remember(self) -> None:
        """Take over a cool-down that another worker met."""
        self.endpoint = replace(self.endpoint, until=max(self.endpoint.until, self.memory.load().until))
        self.wait_outside()

    def count_failure(self, failure: Failure) -> None:
        """Stop the run for now when nothing gets through; for good when the endpoint has never answered anybody."""
        self.failures += 1
        # Where nobody listens no window is to blame; elsewhere a few may be, and shall fail by themselves.
        nobody_listens = failure.kind == "transient" and not failure.connected
        at_once = max(self.crowd, 0 if nobody_listens else min(A_FEW, self.config.concurrency))
        if self.failures >= max(OUTAGE_LEAST, OUTAGE * at_once):
            if not failure.connected and not self.endpoint.answer_format:
                raise EngineError(failure.message, permanent=True, failure="config")
            self.ending = self.ending or EngineError(failure.message)
