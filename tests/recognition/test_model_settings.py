"""The page on which staff see how the language model is set up, and test it."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client

from recognition.budget import today
from recognition.models import Endpoint, TokenUse
from tests.llm_server import Fault, Key, LLMServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    with LLMServer(Key({}, {})) as server:
        settings.LLM_BASE_URL = server.base_url
        settings.LLM_MODEL = "stand-in"
        settings.LLM_API_KEY = "sk-very-secret"
        yield server


@pytest.fixture
def operator(client, staff):
    client.force_login(staff)
    return client


def press(operator):
    return operator.post("/settings/test/", follow=True).content.decode()


def test_it_shows_how_the_model_is_set_up_but_never_the_key(operator, server, settings):
    settings.LLM_CONCURRENCY = 13
    page = operator.get("/settings/").content.decode()
    assert server.base_url in page and "stand-in" in page and "13" in page and "is set" in page
    assert "sk-very-secret" not in page


def test_it_shows_who_spent_what_today(operator, user):
    TokenUse.objects.create(user=user, day=today(), tokens=1_234_567)
    page = operator.get("/settings/").content.decode()
    assert "reader" in page and "1,234,567" in page


def test_without_a_model_it_says_what_to_set(operator):
    assert "LLM_BASE_URL, LLM_API_KEY and LLM_MODEL" in operator.get("/settings/").content.decode()
    assert "No model is set up" in press(operator)


def test_the_test_makes_one_call_and_says_what_was_reached(operator, server):
    page = press(operator)
    assert f"Reached {server.base_url}, model stand-in, answers in json_schema," in page
    assert len(server.calls) == 1
    assert Endpoint.objects.get().answer_format == "json_schema"


def test_the_format_is_found_out_anew(operator, server):
    Endpoint.objects.create(base_url=server.base_url, model="stand-in", answer_format="json_schema")
    server.formats = {"plain"}
    assert "answers in plain" in press(operator)
    assert Endpoint.objects.get().answer_format == "plain"


@pytest.mark.parametrize(
    ("status", "words", "advice"),
    [
        (401, "no such key", "Correct LLM_API_KEY"),
        (404, "no such model", "Correct LLM_API_KEY"),
        (402, "insufficient balance", "Top up"),
        (429, "slow down", "try again in a minute"),
        (503, "overloaded", "does the server run"),
    ],
)
def test_what_failed_is_said_in_the_providers_words_with_what_to_do(operator, server, status, words, advice):
    server.fault = lambda number, call: Fault(status, words)
    page = press(operator)
    assert words in page and advice in page and 'role="alert"' in page


def test_the_key_is_not_repeated_when_the_provider_repeats_it(operator, server):
    server.fault = lambda number, call: Fault(401, "wrong key sk-very-secret")
    assert "sk-very-secret" not in press(operator)


def test_an_address_where_nobody_answers_is_said(operator, settings):
    settings.LLM_BASE_URL = "http://127.0.0.1:1/v1"
    assert "does the server run" in press(operator)


@pytest.mark.parametrize(("status", "words"), [(200, "not an answer of a model"), (404, "404 Not Found")])
def test_a_web_page_under_a_wrong_address_is_not_shown_as_such(operator, settings, status, words):
    class Page(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Welcome</title>")

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        settings.LLM_BASE_URL = f"http://127.0.0.1:{pages.server_port}/v1"
        page = press(operator)
        pages.shutdown()
    assert words in page and "LLM_BASE_URL" in page and "Welcome" not in page


def test_a_model_that_cannot_hold_the_form_is_said(operator, server):
    server.fault = lambda number, call: Fault(content=lambda right: "It was Anna.")
    assert "not in the form" in press(operator)


def test_it_is_for_staff_alone(client, user, server):
    assert client.get("/settings/").url.startswith("/login/")
    client.force_login(user)
    assert client.get("/settings/").status_code == client.post("/settings/test/").status_code == 404
    assert "/settings/" not in client.get("/").content.decode()
    assert not server.calls


def test_the_test_is_a_post_with_its_token(staff, server):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    assert client.get("/settings/test/").status_code == 405
    assert client.post("/settings/test/").status_code == 403
    assert not server.calls
