"""Another recognition service gives the cast: by polling, by callback, once or twice, late or never."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recognition import progress, remote, tasks
from recognition.models import Failure, ProcessingTask, Status

pytestmark = pytest.mark.django_db

CAST = {"characters": [{"name": "石大山", "aliases": ["大山"], "gender": "male"}]}


class Service(ThreadingHTTPServer):
    """A real HTTP server that speaks the contract; `answers` are given to GETs one after another, the last for ever."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.submitted, self.answers, self.status = [], [], 202
        self.refuses_callbacks = False


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refuses_callbacks and "callback_url" in self.path:
            return self.reply(400, {"success": False, "message": "not there", "code": "callback_refused"})
        self.server.submitted.append((self.path, body))
        self.reply(self.server.status, {"success": True, "task_id": "far-1", "message": ""})

    def do_GET(self):
        answers = self.server.answers
        self.reply(200, {"success": True, "data": answers.pop(0) if len(answers) > 1 else answers[0]})

    def reply(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_args):
        pass


@pytest.fixture
def service(settings):
    server = Service()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.CHARACTER_RECOGNITION_URL = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def make_due():
    ProcessingTask.objects.active().update(due_at="2020-01-01T00:00Z")


def work_once(task):
    make_due()
    tasks.work()
    task.refresh_from_db()


def test_auto_means_the_other_service_when_one_is_set(service, chinese_book):
    assert tasks.start(chinese_book).engine == "remote"


def test_the_whole_text_is_submitted_once_and_then_polled(service, chinese_book):
    service.answers = [{"status": "processing"}, {"status": "completed", "result": CAST}]
    task = tasks.start(chinese_book)
    work_once(task)
    work_once(task)
    assert task.status == Status.PROCESSING
    work_once(task)
    assert task.status == Status.COMPLETED
    ((path, body),) = service.submitted
    assert path.startswith("/api/recognize/async?callback_url=")
    assert body["text"] == chinese_book.text
    assert [c.name for c in chinese_book.characters.all() if c.gender == "male"][:1] in ([], ["石大山"])


def test_a_callback_that_beats_the_poll_ends_the_wait_and_a_second_one_changes_nothing(service, chinese_book):
    service.answers = [{"status": "processing"}]
    task = tasks.start(chinese_book)
    work_once(task)
    for _twice in range(2):
        remote.apply_callback(task, "completed", CAST, None)
    work_once(task)
    assert task.status == Status.COMPLETED
    remote.apply_callback(task, "failed", None, "too late")
    task.refresh_from_db()
    assert task.status == Status.COMPLETED


def test_a_failure_over_there_is_told_in_its_own_words(service, chinese_book):
    service.answers = [{"status": "failed", "error": "out of ink"}]
    task = tasks.start(chinese_book)
    work_once(task)
    with pytest.raises(tasks.RecognitionFailed):
        work_once(task)
    task.refresh_from_db()
    assert (task.status, task.failure, task.error_message) == (Status.FAILED, Failure.ENGINE, "out of ink")


def test_a_refusal_fails_at_once(service, chinese_book):
    service.status = 403
    task = tasks.start(chinese_book)
    with pytest.raises(tasks.RecognitionFailed):
        work_once(task)
    task.refresh_from_db()
    assert (task.status, task.failure, task.error_message) == (Status.FAILED, Failure.CONFIG, "403 Forbidden")
    assert "CHARACTER_RECOGNITION_TOKEN" in progress.sentence(task)


def test_a_service_that_takes_no_callback_of_ours_is_polled(service, chinese_book):
    service.refuses_callbacks = True
    service.answers = [{"status": "completed", "result": CAST}]
    task = tasks.start(chinese_book)
    work_once(task)
    assert (task.status, task.stage) == (Status.PROCESSING, "")
    assert progress.sentence(task) == "The other service is finding the characters."
    work_once(task)
    assert task.status == Status.COMPLETED
    assert [path for path, _body in service.submitted] == ["/api/recognize/async"]


def test_its_window_shows_the_cast_and_cannot_be_answered_by_hand(service, chinese_book, signed_in):
    service.answers = [{"status": "completed", "result": CAST}]
    task = tasks.start(chinese_book)
    work_once(task)
    work_once(task)
    url = f"/tasks/{task.pk}/windows/discover/0/"
    page = signed_in.get(url).content.decode()
    assert "What the other service found" in page and "石大山" in page and "by-hand" not in page
    assert signed_in.post(f"{url}ask/").status_code == 404


def test_a_passing_fault_is_tried_again_later(service, chinese_book):
    service.status = 503
    task = tasks.start(chinese_book)
    work_once(task)
    assert task.status == Status.PROCESSING
    assert not ProcessingTask.objects.due().exists()


def test_a_service_that_never_finishes_is_given_up(service, chinese_book, settings):
    settings.POLL_MAX_ATTEMPTS = 2
    service.answers = [{"status": "processing"}]
    task = tasks.start(chinese_book)
    for _look in range(3):
        work_once(task)
    with pytest.raises(tasks.RecognitionFailed):
        work_once(task)
    task.refresh_from_db()
    assert task.status == Status.FAILED


def test_the_token_of_the_callback_is_stored_hashed(service, chinese_book):
    task = tasks.start(chinese_book)
    work_once(task)
    token = service.submitted[0][0].rpartition("token%3D")[2]
    assert token
    assert task.callback_token_hash == remote.token_hash(token)
