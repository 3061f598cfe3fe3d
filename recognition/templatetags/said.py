"""Numbers, times and engines as a reader calls them."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
def roughly(time: timedelta) -> str:
    """A time no more exact than a reader wants it: "40 seconds", "3 minutes", "1 h 20 min"."""
    seconds = max(1, round(time.total_seconds()))
    if seconds < 90:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
