"""`make run`: what is there after the first start, and what a second start leaves alone."""

import os
import re
import socket
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from books.models import Book
from recognition.models import ProcessingTask, Status
from txt2voice.management.commands.prepare import api_token, collect_static_files, local_account

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    return tmp_path


def test_the_local_account_comes_with_two_books_that_wait_for_the_worker():
    user = local_account()
    assert user.is_superuser
    assert not user.has_usable_password()
    assert sorted(user.books.values_list("language", flat=True)) == ["en", "zh"]
    assert set(ProcessingTask.objects.values_list("status", "engine")) == {(Status.PENDING, "offline")}


def test_the_samples_are_recognised_by_the_queue(run_queue):
    user = local_account()
    run_queue()
    for book in user.books.all():
        assert book.tasks.get().status == Status.COMPLETED
        assert book.characters.count() > 5


def test_samples_that_were_deleted_do_not_come_back():
    for book in local_account().books.all():
        book.delete()
    local_account()
    assert not Book.objects.exists()


def test_the_token_is_kept_for_the_owner_alone_and_stays_the_same(data_dir):
    user = local_account()
    token = api_token(user)
    assert api_token(user) == token == (data_dir / "api-token").read_text().strip()
    assert (data_dir / "api-token").stat().st_mode & 0o777 == 0o600
    client = APIClient()
    assert client.get("/api/tasks/", HTTP_AUTHORIZATION=f"Token {token}").status_code == 200


def test_a_token_that_another_database_does_not_know_is_replaced():
    user = local_account()
    lost = api_token(user)
    AuthToken.objects.all().delete()
    assert api_token(user) != lost


def test_the_link_logs_in_once(client: Client):
    local_account()
    said = StringIO()
    call_command("link", stdout=said)
    link = re.search(r"http://127\.0\.0\.1:8000(/\S+)", said.getvalue())[1]
    assert client.get(link, follow=True).context["user"].username == "local"
    assert not Client().get(link, follow=True).context["user"].is_authenticated


def test_a_link_for_nobody_is_refused():
    with pytest.raises(CommandError, match="no active account named 'nobody'"):
        call_command("link", "nobody")
    assert not User.objects.exists()


def test_static_files_are_collected_again_only_when_they_change(settings, tmp_path):
    collect_static_files()
    done = tmp_path / "static" / ".done"
    made = done.stat().st_mtime_ns
    collect_static_files()
    assert done.stat().st_mtime_ns == made


def test_a_port_in_use_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        environment = os.environ | {"PORT": str(port), "DJANGO_SETTINGS_MODULE": "txt2voice.settings"}
        start = [sys.executable, "manage.py", "run"]
        done = subprocess.run(start, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr == (
        f"CommandError: Port {port} is in use by another program. Choose another: make run PORT={port + 1}\n"
    )


def test_a_database_that_does_not_answer_is_said_in_a_sentence(data_dir):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": f"postgres://nobody:secret@127.0.0.1:{port}/none",
        "DATA_DIR": str(data_dir),
        "DJANGO_SETTINGS_MODULE": "txt2voice.settings",
    }
    prepare = [sys.executable, "manage.py", "prepare"]
    done = subprocess.run(prepare, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("CommandError: The database cannot be used. Is DATABASE_URL right?")
    assert "secret" not in done.stderr and "Traceback" not in done.stderr


def test_no_process_loads_the_providers_package_at_its_start():
    """It takes half a second of each process, and a start has several one after another."""
    code = "import django, sys; django.setup(); import txt2voice.urls; print('openai' in sys.modules)"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
