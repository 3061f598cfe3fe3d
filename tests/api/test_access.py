"""Every address of the product refuses somebody who has not logged in, but for those named here."""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

OPEN = {
    "login",
    "login_link",
    "logout",
    "set_language",
    "favicon",
    "health",
    "stats",
    "recognize_callback",  # its token is in the address
    "admin:login",
    "admin:logout",  # sends whoever is not logged in back to the login
}
VALUES = {"uuid": str(uuid.uuid4()), "int": "1"}


def patterns(resolver: URLResolver, prefix="", space="") -> Iterator[tuple[str, str]]:
    """(name, an address that fits) of every pattern."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", address(route)


def address(route: str) -> str:
    """An address for a route of either syntax: `<uuid:pk>/` or `(?P<book>[^/.]+)/?$`."""
    route = re.sub(r"\(\?P<\w+>[^()]*(?:\([^()]*\)[^()]*)*\)", VALUES["uuid"], route)
    route = re.sub(r"<(?:(\w+):)?\w+>", lambda match: VALUES.get(match[1], "x"), route)
    return "/" + re.sub(r"[\^$]|\\Z|/\?", "", route)


ADDRESSES = {(name, url) for name, url in patterns(get_resolver()) if name not in OPEN}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("name", "url"), sorted(ADDRESSES))
def test_it_refuses_the_anonymous(name, url, method):
    # From elsewhere: who asks from this very machine may read the metrics.
    answer = getattr(Client(REMOTE_ADDR="203.0.113.7"), method)(url)
    if answer.status_code == 302:
        assert answer.url.startswith(("/login/?next=", "/admin/login/?next=")), name
    else:
        assert answer.status_code in (401, 403, 405), (name, url)


def test_the_walk_finds_what_it_should():
    names = {name for name, _url in ADDRESSES}
    assert {"library", "account", "schema", "docs", "recognize_text", "admin:index", "book-list"} <= names
    assert len(ADDRESSES) > 60
