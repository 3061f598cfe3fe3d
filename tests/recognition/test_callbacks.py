"""Callbacks: owed with the end of the task, signed, to public addresses only, tried until they arrive."""

import json
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from recognition import callbacks, tasks
from recognition.models import MAX_DELIVERIES, Delivery, ProcessingTask, Status

pytestmark = pytest.mark.django_db


class Receiver(ThreadingHTTPServer):
    """A real server that keeps what it is sent and answers with `statuses`, the last one for ever."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.received, self.statuses = [], [200]
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_args):
        pass


@pytest.fixture
def receiver(settings):
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.CALLBACK_ALLOWED_HOSTS = ["127.0.0.1"]
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ended_task(chinese_book, receiver, run_queue):
    task = tasks.start(chinese_book, callback_url=receiver.url)
    run_queue()
    return task


def make_due():
    Delivery.objects.update(due_at="2020-01-01T00:00Z")


def test_the_receiver_gets_the_result_and_can_verify_it(ended_task, receiver, user):
    tasks.deliver()
    ((headers, body),) = receiver.received
    told = Webhook(callbacks.secret_of(user.pk)).verify(body, headers)
    assert (told["task_id"], told["status"], told["error"]) == (str(ended_task.pk), "completed", None)
    assert {"characters", "alias_map", "relations", "statistics"} == set(told["result"])
    assert Delivery.objects.get().delivered_at is not None


def test_the_secret_of_another_user_does_not_verify(ended_task, receiver, stranger):
    tasks.deliver()
    ((headers, body),) = receiver.received
    with pytest.raises(WebhookVerificationError):
        Webhook(callbacks.secret_of(stranger.pk)).verify(body, headers)


def test_every_try_of_one_event_has_the_same_id(ended_task, receiver):
    receiver.statuses = [503, 200]
    tasks.deliver()
    assert Delivery.objects.get().last_status == 503
    make_due()
    tasks.deliver()
    first, second = (headers["webhook-id"] for headers, _body in receiver.received)
    assert first == second
    make_due()
    tasks.deliver()
    assert len(receiver.received) == 2


def test_a_failed_try_waits_longer_each_time_and_gives_up_in_the_end(ended_task, receiver):
    receiver.statuses = [500]
    for _try in range(MAX_DELIVERIES + 2):
        make_due()
        tasks.deliver()
    assert len(receiver.received) == MAX_DELIVERIES
    assert Delivery.objects.get().delivered_at is None


def test_a_redirect_is_not_followed(ended_task, receiver):
    receiver.statuses = [302]
    tasks.deliver()
    assert (Delivery.objects.get().last_status, Delivery.objects.get().delivered_at) == (302, None)


def test_a_failure_is_told_too(chinese_book, receiver, run_queue):
    tasks.start(chinese_book, callback_url=receiver.url)
    ProcessingTask.objects.update(options={"no_such_option": 1})
    with pytest.raises(tasks.RecognitionFailed):
        run_queue()
    tasks.deliver()
    told = json.loads(receiver.received[0][1])
    assert (told["status"], told["result"]) == ("failed", None)
    assert "no_such_option" in told["error"]


def drip(listener):
    """Answer one caller with a header that never ends, a byte at a time, until it hangs up."""
    caller, _address = listener.accept()
    with caller, suppress(OSError):
        caller.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
        while True:
            caller.sendall(b"a")
            time.sleep(0.02)


def test_a_receiver_that_drips_its_answer_is_given_up_at_the_deadline(ended_task, monkeypatch):
    monkeypatch.setattr(callbacks, "TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=[listener])
        thread.start()
        Delivery.objects.update(url=f"http://127.0.0.1:{listener.getsockname()[1]}/hook")
        tasks.deliver()
        thread.join()
    delivery = Delivery.objects.get()
    assert "no answer within 0.5 seconds" in delivery.last_error
    assert (delivery.attempts, delivery.last_status, delivery.delivered_at) == (1, None, None)


def test_nothing_is_owed_without_a_url(recognised_book):
    assert recognised_book.tasks.get().status == Status.COMPLETED
    assert not Delivery.objects.exists()


def test_a_receiver_that_is_gone_leaves_its_error_in_the_row(ended_task, settings):
    Delivery.objects.update(url="http://127.0.0.1:1/hook")
    tasks.deliver()
    assert "ConnectError" in Delivery.objects.get().last_error


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "169.254.169.254", "172.16.5.4", "192.168.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::10.0.0.1", "::", "64:ff9b::a00:1",
        "64:ff9b:1::a00:1", "2002:a00:1::", "2001:0:a00:1::",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address):
    assert not callbacks.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_a_public_address_is_taken(address):
    assert callbacks.is_public(address)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "http://", "http://user:secret@127.0.0.1/", "http://127.0.0.1/", "http://[::1", "nonsense",
     "http://localhost:8000/", "http://2130706433/"],
)  # fmt: skip
def test_a_url_that_cannot_or_must_not_be_called_is_refused(url, settings):
    settings.CALLBACK_ALLOWED_HOSTS = []
    with pytest.raises(callbacks.CallbackRefused):
        callbacks.checked_address(url)


def test_rotating_the_secret_makes_the_old_one_worthless(user):
    old = callbacks.secret_of(user.pk)
    assert callbacks.rotate_secret(user.pk) == callbacks.secret_of(user.pk) != old
