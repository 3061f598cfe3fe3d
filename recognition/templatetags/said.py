"""Numbers, times and engines as a reader calls them."""

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


register.filter(progress.roughly)
