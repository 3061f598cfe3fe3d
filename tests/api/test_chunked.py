"""A body without Content-Length, sent in chunks, as some HTTP clients do for every body."""

import io
import json

import pytest

from recognition.models import ProcessingTask
from txt2voice.wsgi import application

# The server closes its connections between requests, which a transaction around the test would not survive.
pytestmark = pytest.mark.django_db(transaction=True)


def send(api, body):
    """(status line, JSON) of a POST as the web server hands it over: decoded chunks, and an end."""
    seen = {}
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/recognize/async",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "HTTP_AUTHORIZATION": api._credentials["HTTP_AUTHORIZATION"],
        "CONTENT_TYPE": "application/json",
    }
    answer = application(environ, lambda status, headers: seen.update(status=status))
    return seen["status"], json.loads(b"".join(answer))


def test_it_is_read_whole(api):
    text = "张三和李四是好朋友。" * 200_000
    status, _answer = send(api, json.dumps({"text": text}).encode())
    assert status.startswith("202")
    assert ProcessingTask.objects.get().book.text == text


def test_it_is_read_no_further_than_the_limit(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    status, answer = send(api, json.dumps({"text": "a" * 5000}).encode())
    assert status.startswith("413")
    assert answer["code"] == "too_large"
