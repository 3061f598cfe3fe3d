"""One call to a model: what is sent, and how each failure is named. A real server answers on loopback."""

import threading
import traceback
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from recognition.engines.llm.client import CallFailed, Client, Reply
from recognition.engines.llm.config import LLMConfig
from recognition.engines.llm.windows import Request
from tests.llm_server import Fault

KEY = "sk-a-very-secret-key"
REQUEST = Request("attribute", 0, 'Answer with {"lines":["1 name"]}', "<text>\n#1“Hello.”\n</text>")


@pytest.fixture
def client_of():
    """Makes clients, and closes them."""
    made = []

    def make(base_url, **changes):
        made.append(Client(replace(LLMConfig("m", base_url, KEY, timeout=60.0), **changes)))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(server, client_of):
    return client_of(server.base_url)


def failure(client):
    with pytest.raises(CallFailed) as caught:
        client.complete(REQUEST)
    return caught.value.failure


def test_an_answer_comes_with_the_tokens_that_the_provider_counted(server, client):
    server.bill = (1234, 56)
    assert client.complete(REQUEST) == Reply('{"lines":["1 ?"]}', 1234, 56)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(401, f"Incorrect API key provided: {KEY}"), "config"),
        (Fault(403, "Your country is not served"), "config"),
        (Fault(404, "The model `m` does not exist"), "config"),
        (Fault(402, "Insufficient Balance"), "quota"),
        (Fault(429, "You exceeded your current quota", "insufficient_quota"), "quota"),
        (Fault(429, "Slow down", headers=(("Retry-After", "7"),)), "rate"),
        (Fault(500, "Internal error"), "transient"),
        (Fault(503, "Overloaded"), "transient"),
        (Fault(400, "Content Exists Risk"), "refused"),
        (Fault(400, "maximum context length is 4096 tokens", "context_length_exceeded"), "length"),
        (Fault(400, "request (2654 tokens) exceeds the available context size (2048 tokens)"), "length"),
        (Fault(400, "The input token count (99) exceeds the maximum number of tokens allowed (9)"), "length"),
        (Fault(finish="content_filter"), "refused"),
        (Fault(finish="length"), "length"),
        (Fault(broken=True), "transient"),
    ],
    ids=lambda value: f"{value.status} {value.message or value.finish}" if isinstance(value, Fault) else value,
)
def test_each_failure_has_its_kind_and_never_tells_the_key(server, client, fault, kind):
    server.fault = lambda number, call: fault
    found = failure(client)
    assert found.kind == kind
    assert KEY not in found.message


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_provider_that_repeats_the_key_does_not_bring_it_into_the_traceback(server, client, status):
    server.fault = lambda number, call: Fault(status, f"Incorrect API key provided: {KEY}")
    with pytest.raises(CallFailed) as caught:
        client.complete(REQUEST)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_failure_keeps_the_words_of_the_provider(server, client):
    server.fault = lambda number, call: Fault(404, "The model `m` does not exist")
    assert failure(client).message == "404 The model `m` does not exist"


def test_retry_after_is_read(server, client):
    server.fault = lambda number, call: Fault(429, "Slow down", headers=(("Retry-After", "7"),))
    assert failure(client).retry_after == 7


def test_the_package_does_not_retry_by_itself(server, client):
    client.answer_format = "plain"
    server.fault = lambda number, call: Fault(500, "Internal error")
    failure(client)
    assert len(server.calls) == 1


def test_nobody_listens_at_the_address(client_of):
    found = failure(client_of("http://127.0.0.1:9/v1"))
    assert found.kind == "transient" and not found.connected


@pytest.mark.parametrize("fault", [Fault(drip=1.0), Fault(hang=True)], ids=["drip", "hang"])
def test_the_deadline_is_for_the_whole_answer(server, client_of, fault):
    """A drip is never late for a single read; it would take 17 s."""
    server.fault = lambda number, call: fault
    client = client_of(server.base_url, timeout=1.5)
    assert failure(client).kind == "timeout"


def test_an_answer_that_never_comes_is_cut_from_outside_at_its_deadline(server, client_of):
    """Providers keep a connection alive with comments: no read is late, and no chunk comes at which to look."""
    server.fault = lambda number, call: Fault(alive=0.1)
    client = client_of(server.base_url, timeout=1.0)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(failure, client)
        while not call.done():
            client.expire()
            wait([call], 0.05)
    assert call.result().kind == "timeout"


# ------------------------------------------------------------------------------------------------- negotiation


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize(
    ("formats", "taken"), [({"json_object", "plain"}, "json_object"), ({"plain"}, "plain")], ids=["object", "plain"]
)
def test_the_strictest_format_that_is_taken_is_found_once(server, client, status, formats, taken):
    server.formats, server.format_status = formats, status
    client.complete(REQUEST)
    asked = len(server.calls)
    client.complete(REQUEST)
    assert client.answer_format == taken
    assert len(server.calls) == asked + 1


def test_a_schema_is_sent_where_it_is_taken(server, client):
    client.complete(REQUEST)
    sent = server.calls[0].body["response_format"]["json_schema"]
    assert sent["strict"] is True and sent["schema"]["required"] == ["lines"]


@pytest.mark.parametrize("ends_first", [0, 1], ids=["busy", "well"])
def test_a_busy_moment_does_not_loosen_the_format(server, client, ends_first):
    """Two first calls at once: one meets a 500 and succeeds without a schema, the other succeeds with it."""
    both, ended = threading.Barrier(2), threading.Event()

    def fault(number, call):
        if number < 2:
            both.wait(30)
            if number != ends_first:
                ended.wait(30)
        return Fault(500, "busy") if number == 0 else None

    server.fault = fault
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(client.complete, REQUEST) for _ in range(2)]
        wait(calls, 30, FIRST_COMPLETED)
        ended.set()
    assert [call.result().text for call in calls] == 2 * ['{"lines":["1 ?"]}']
    assert client.answer_format == "json_schema"


@pytest.mark.parametrize("name", ["temperature", "max_tokens", "stream_options"])
def test_a_parameter_that_the_model_refuses_is_left_out_from_then_on(server, client, name):
    server.refused = {name}
    client.complete(REQUEST)
    client.complete(REQUEST)
    assert [name in call.body for call in server.calls] == [True, False, False]


def test_without_usage_the_tokens_are_estimated(server, client):
    server.refused = {"stream_options"}
    assert client.complete(REQUEST).tokens_in == REQUEST.tokens()
