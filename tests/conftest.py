"""What all tests share: people, books, the queue; and that nothing is skipped without being said."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils.module_loading import import_string

from tests import texts

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


# ------------------------------------------------------------------------------------------------- people


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("reader", password="a long reader's password")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger", password="a long stranger's password")


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("operator", password="a long operator's password")


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def api(user: User):
    """A client of the API that presents a token of `user`."""
    from knox.models import AuthToken
    from rest_framework.test import APIClient

    _row, token = AuthToken.objects.create(user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Throttles and cached counts of one test are none of the next one's."""
    yield
    cache.clear()


# ------------------------------------------------------------------------------------------------- books


@pytest.fixture
def chinese_text() -> str:
    return texts.CHINESE


@pytest.fixture
def english_text() -> str:
    return texts.ENGLISH


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> None:
    """Originals of one test's books are none of the next one's."""
    settings.MEDIA_ROOT = tmp_path / "files"


def import_text(owner: User, text: str, filename: str):
    from books.importing import import_book

    return import_book(owner, text.encode(), filename=filename).book


@pytest.fixture
def chinese_book(user: User, chinese_text: str):
    """A book of `user` in two chapters; nothing is recognised yet."""
    return import_text(user, chinese_text, "渡口.txt")


@pytest.fixture
def english_book(user: User, english_text: str):
    return import_text(user, english_text, "The Ferry.txt")


@pytest.fixture
def recognised_book(chinese_book, run_queue: Callable[[], None]):
    """The Chinese book after a recognition by the rules."""
    from recognition import tasks

    tasks.start(chinese_book, engine="offline")
    run_queue()
    return chinese_book


@pytest.fixture
def run_queue(db: None) -> Callable[[], None]:
    """Do what the cluster would: run every waiting message, oldest first. An error of a run is raised here."""
    from django_q.models import OrmQ

    def run() -> None:
        while row := OrmQ.objects.order_by("pk").first():
            message = row.task
            row.delete()
            import_string(message["func"])(*message["args"], **message["kwargs"])

    return run


# ------------------------------------------------------------------------------------------------- what is missing


def needs_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db", "live_server"})


def server_answers() -> bool:
    parameters = connection.get_connection_params() | {"dbname": "postgres", "connect_timeout": 5}
    try:
        connection.get_new_connection(parameters).close()
    except connection.Database.OperationalError:
        return False
    return True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run. On a database server, only tests that use the database are of interest."""
    if connection.vendor != "sqlite":
        others = [item for item in items if not needs_database(item)]
        items[:] = [item for item in items if needs_database(item)]
        config.hook.pytest_deselected(items=others)
        if not server_answers():
            place = "{HOST}:{PORT}".format(**connection.settings_dict)
            for item in items:
                item.add_marker(pytest.mark.skip(reason=f"no PostgreSQL answers at {place}"))
    if not CHROMIUM.exists():
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=f"there is no Chromium at {CHROMIUM}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """With REQUIRE_ALL=1 a test that was skipped has failed."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1, but {item.nodeid} was skipped: {report.longrepr[-1]}"
    return report


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """Say how many tests were skipped and why; `make test` repeats it as its last lines from SKIPPED_FILE."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[-1].removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    lines = [f"Skipped {count}: {reason}" for reason, count in reasons.items()]
    for line in lines:
        terminalreporter.write_line(line, yellow=True)
    if lines and (path := os.environ.get("SKIPPED_FILE")):
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
