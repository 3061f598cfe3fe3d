"""What a recognition by a language model would take, told before it is started."""

import pytest

from books.importing import import_book
from recognition import estimates, tasks
from recognition.engines import Options
from recognition.models import Window
from recognition.templatetags.said import price
from tests.llm_server import LLMServer
from tests.recognition.engines.conftest import write_novel

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def model(settings):
    settings.LLM_BASE_URL = "http://127.0.0.1:1/v1"  # nobody is asked
    settings.LLM_MODEL = "stand-in"


@pytest.fixture
def book(user):
    return import_book(user, write_novel().text.encode(), filename="novel.txt").book


def url(book):
    return f"{book.get_absolute_url()}estimate/"


def test_it_foretells_the_calls_that_are_made(settings, book, run_queue):
    with LLMServer(write_novel().key()) as server:
        settings.LLM_BASE_URL, settings.LLM_MODEL = server.base_url, "stand-in"
        foretold = estimates.forecast(book, Options())
        task = tasks.start(book)
        run_queue()
        task.refresh_from_db()
        assert foretold.calls == len(server.calls)
        assert foretold.tokens_in == pytest.approx(task.tokens_in, rel=0.2)


def test_the_time_is_that_of_measured_calls_to_this_model(model, book, settings):
    settings.LLM_CONCURRENCY = 1
    assert estimates.forecast(book, Options()).time is None
    task = tasks.start(book)
    Window.objects.create(
        task=task, stage="attribute", index=0, start=0, end=1, request_hash="", attempts=2, seconds=20
    )
    foretold = estimates.forecast(book, Options())
    assert foretold.time.total_seconds() == 10 * foretold.calls
    settings.LLM_MODEL = "another"
    assert estimates.forecast(book, Options()).time is None


def test_money_is_told_only_with_prices_of_a_million_tokens(settings):
    assert estimates.money(1_000_000, 1_000_000) is None
    settings.LLM_PRICE_IN, settings.LLM_PRICE_OUT = 2.0, 3.0
    assert estimates.money(1_000_000, 500_000) == 3.5


@pytest.mark.parametrize(("amount", "said"), [(1234.5, "1,234.50"), (0.00423, "0.0042"), (0, "0.00")])
def test_a_small_amount_is_not_told_as_nothing(amount, said):
    assert price(amount) == said


def test_the_page_offers_it_only_with_a_model(signed_in, book, settings):
    assert "estimate/" not in signed_in.get(book.get_absolute_url()).content.decode()
    settings.LLM_BASE_URL = "http://127.0.0.1:1/v1"
    assert f'href="{url(book)}"' in signed_in.get(book.get_absolute_url()).content.decode()


def test_it_is_a_page_and_a_part_of_one(signed_in, model, book, settings):
    settings.LLM_PRICE_IN = 1.0
    page, part = signed_in.get(url(book)).content.decode(), signed_in.get(url(book), headers=HTMX).content.decode()
    assert "<h1" in page and "<h1" not in part
    for text in (page, part):
        assert "calls of the language model" in text and "time not known yet" in text and "costs about" in text


def test_it_follows_what_is_chosen_in_the_form(signed_in, model, book):
    assert "no tokens, no costs" in signed_in.get(url(book), {"engine": "offline"}).content.decode()
    assert "not right yet" in signed_in.get(url(book), {"engine": "llm", "options.min_mentions": 0}).content.decode()
    everything = signed_in.get(url(book)).context["forecast"]
    cast_alone = signed_in.get(url(book), {"engine": "llm", "options.min_mentions": 1}).context["forecast"]
    assert cast_alone.calls < everything.calls  # boxes that are not ticked


def test_the_windows_of_an_earlier_task_save_the_reading(model, book, run_queue):
    tasks.start(book, engine="offline")
    run_queue()
    rows = {window.index: window.answer for window in book.tasks.get().windows.all()}
    book.tasks.get().windows.filter(index__gt=0).update(answer="[]")
    assert rows[1] != "[]"
    without_lines = estimates.forecast(book, Options())
    book.tasks.all().delete()
    estimates.cache.clear()
    assert without_lines.calls < estimates.forecast(book, Options()).calls


def test_a_stranger_gets_404(client, stranger, model, book):
    client.force_login(stranger)
    assert client.get(url(book)).status_code == 404
