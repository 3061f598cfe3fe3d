"""Numbers, times and engines as a reader calls them."""

from collections.abc import Sequence
from itertools import groupby

from django import template
from django.utils.translation import gettext_lazy

from recognition import progress

register = template.Library()

ENGINES = {
    "offline": gettext_lazy("rules"),
    "llm": gettext_lazy("language model"),
    "remote": gettext_lazy("another service"),
}


@register.filter
def engine_name(engine: str) -> str:
    return str(ENGINES.get(engine, engine))


@register.filter
def grouped(number: int) -> str:
    """1234567 -> 1,234,567 in every language; Django's own filter groups nothing in Chinese."""
    return f"{number:,}"


@register.filter
def price(money: float) -> str:
    """An amount of money without a currency: 12.30, and 0.0042 rather than 0.00."""
    return f"{money:,.2f}" if money >= 0.1 or not money else f"{money:.2g}"


@register.filter
def percent(share: float) -> str:
    """0.834 -> 83%."""
    return f"{share:.0%}"


@register.filter
def ranges(numbers: Sequence[int]) -> str:
    """1, 2, 3, 7 -> "1–3, 7"."""
    runs = [[n for _place, n in run] for _key, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


register.filter(progress.problem)
register.filter(progress.roughly)
