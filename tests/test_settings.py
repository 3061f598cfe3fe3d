"""Every variable is documented; a wrong one stops the start with a sentence that names it."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "txt2voice" / "settings.py"
READ = set(re.findall(r'(?:text|number|price|flag|names|address|directory|database|time_zone)\("([A-Z_]+)"',
                      SETTINGS.read_text(encoding="utf-8")))  # fmt: skip
# Read by the client of the language model, as by any program.
PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}


def load(monkeypatch, **environment: str) -> dict:
    """The settings as they are read with these variables."""
    for name in READ - {"DATA_DIR"}:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(SETTINGS))


def test_the_readme_documents_exactly_the_variables_that_are_read():
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.M))
    assert documented == READ | PROXIES


def test_nothing_is_needed_to_start(monkeypatch):
    settings = load(monkeypatch)
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["RECOGNITION_ENGINE"] == "auto"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("MAX_UPLOAD_MB", "-1"),
        ("LLM_PRICE_IN", "cheap"),
        ("DEBUG", "maybe"),
        ("DATABASE_URL", "mysql://root@localhost/x"),
        ("DATABASE_URL", "postgres://u@host:port/x"),
        ("APP_URL", "txt2voice.example"),
        ("LLM_BASE_URL", "api.example"),
        ("TIME_ZONE", "Nowhere/Land"),
        ("DATA_DIR", "/proc/nowhere"),
        ("SECRET_KEY_FILE", "/nowhere/secret"),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(monkeypatch, name, value):
    with pytest.raises(ImproperlyConfigured, match=rf"The environment variable {name} is wrong: .+\."):
        load(monkeypatch, **{name: value})


def test_the_start_says_one_sentence_and_no_traceback():
    environment = os.environ | {"PORT": "eighty", "DJANGO_SETTINGS_MODULE": "txt2voice.settings"}
    start = [sys.executable, "manage.py", "prepare"]
    done = subprocess.run(start, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.splitlines() == [
        "The environment variable PORT is wrong: 'eighty' is no whole number from 1 to 65535."
    ]


def test_the_password_of_a_wrong_database_is_not_shown(monkeypatch):
    with pytest.raises(ImproperlyConfigured) as stopped:
        load(monkeypatch, DATABASE_URL="mysql://root:sesame@localhost/x")
    assert "sesame" not in str(stopped.value)


def test_an_empty_variable_counts_as_not_given(monkeypatch):
    assert load(monkeypatch, PORT="", DATABASE_URL="")["PORT"] == 8000


def test_a_secret_comes_from_a_file_without_its_line_end(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("sk-123\n")
    assert load(monkeypatch, LLM_API_KEY_FILE=str(tmp_path / "key"))["LLM_API_KEY"] == "sk-123"


def test_the_secret_key_is_made_once_and_kept_for_the_owner_alone(monkeypatch, tmp_path):
    first = load(monkeypatch, DATA_DIR=str(tmp_path))["SECRET_KEY"]
    assert load(monkeypatch, DATA_DIR=str(tmp_path))["SECRET_KEY"] == first
    kept = [path for path in tmp_path.iterdir() if path.is_file()]
    assert [path.name for path in kept] == ["secret-key"]
    assert kept[0].stat().st_mode & 0o777 == 0o600


def test_cookies_are_secure_where_the_address_is(monkeypatch):
    assert load(monkeypatch, APP_URL="https://txt2voice.example")["SESSION_COOKIE_SECURE"]
    assert not load(monkeypatch)["SESSION_COOKIE_SECURE"]


def test_the_address_people_use_is_answered_whatever_hosts_are_added(monkeypatch):
    hosts = load(monkeypatch, APP_URL="https://txt2voice.example", ALLOWED_HOSTS="web, ")["ALLOWED_HOSTS"]
    assert hosts == ["txt2voice.example", "web", "127.0.0.1", "localhost", "[::1]"]
