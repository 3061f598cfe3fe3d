"""A real Chromium in front of a live server; any complaint of the browser fails the test."""

import os

import pytest
from django.test import Client

from tests.conftest import CHROMIUM

# Playwright keeps an event loop in this thread, in which Django would else refuse to touch the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium, live_server, transactional_db):
    """Make a page of a new browser: `open_browser(user, **context)`; without a user nobody is logged in."""
    complaints = []
    contexts = []

    def listen(message):
        # A form that is refused answers 400, which the browser calls an error.
        if message.type in ("error", "warning") and "status of 400" not in message.text:
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def make(user=None, **options):
        context = chromium.new_context(**{"base_url": live_server.url, "locale": "en-GB"} | options)
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies["sessionid"]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def page(open_browser, user):
    """A page of a reader who is logged in."""
    return open_browser(user)
