"""What the language model of the settings takes: calls, tokens, time and money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache

from books.models import Book
from recognition import results, windows
from recognition.configuration import LLM
from recognition.engines import Options
from recognition.engines.llm.estimate import Estimate, estimate
from recognition.engines.offline import STAGE, OfflineEngine
from recognition.models import Window

STAGES_THAT_ASK = 3  # one after the other, so that even few calls take as long as three
MEASURED = 500  # windows, the latest: an endpoint gets faster or slower with time
REMEMBERED = 24 * 60 * 60  # seconds


@dataclass(frozen=True, slots=True)
class Forecast:
    """time: None until a call to this model has been measured. money: None while no prices are set."""

    calls: int
    tokens_in: int
    tokens_out: int
    time: timedelta | None
    money: float | None


def forecast(book: Book, options: Options) -> Forecast:
    """What a recognition would take. Reads the book by the rules where no task has: seconds for a long novel."""
    needed = estimate_of(book, options)
    each = seconds_a_call()
    rounds = max(needed.calls / settings.LLM_CONCURRENCY, min(needed.calls, STAGES_THAT_ASK))
    return Forecast(
        needed.calls,
        needed.tokens_in,
        needed.tokens_out,
        None if each is None else timedelta(seconds=rounds * each),
        money(needed.tokens_in, needed.tokens_out),
    )


def estimate_of(book: Book, options: Options) -> Estimate:
    """Calls and tokens, remembered for a day: the page asks for them whenever it is looked at."""
    text = (str(book.pk), book.encoding, book.language, book.length, book.chapters.count())
    key = sha256(f"estimate {text} {options}".encode()).hexdigest()
    known: Estimate | None = cache.get(key)
    if known is None:
        known = by_rules(book, options)
        cache.set(key, known, REMEMBERED)
    return known


def by_rules(book: Book, options: Options) -> Estimate:
    """From the rules' draft, of which the latest task may already have saved the most part."""
    manuscript = windows.manuscript(book.language, book.chapters.all())
    task = results.latest_task(book)
    saved = windows.saved(task.windows.filter(stage=STAGE)) if task else {}
    steps = OfflineEngine().read(manuscript, options, None, saved)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return estimate(end.value, manuscript, options)


def seconds_a_call() -> float | None:
    """What a call to this model has lately taken; None before the first."""
    asked = Window.objects.filter(task__engine=LLM, task__model=settings.LLM_MODEL, attempts__gt=0, seconds__gt=0)
    latest = list(asked.exclude(stage=STAGE).order_by("-pk").values_list("seconds", "attempts")[:MEASURED])
    calls = sum(attempts for _seconds, attempts in latest)
    return sum(seconds for seconds, _attempts in latest) / calls if calls else None


def money(tokens_in: int, tokens_out: int) -> float | None:
    """The price of so many tokens, in the currency of the settings; None while they name no prices."""
    if not settings.LLM_PRICE_IN and not settings.LLM_PRICE_OUT:
        return None
    return (tokens_in * settings.LLM_PRICE_IN + tokens_out * settings.LLM_PRICE_OUT) / 1_000_000
