"""The admin: every table is there, its lists stay fast, and tasks are retried and cancelled from it."""

import re
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.models import Book
from recognition import tasks
from recognition.admin import CappedPaginator
from recognition.models import (
    MAX_DELIVERIES,
    Alias,
    Character,
    Correction,
    Delivery,
    Distinct,
    Endpoint,
    ProcessingTask,
    Quotation,
    Relation,
    Status,
    TokenUse,
    Verdict,
    WebhookSecret,
    Window,
    Worker,
)  # fmt: skip

pytestmark = pytest.mark.django_db

MODELS = list(apps.get_app_config("recognition").get_models())


@pytest.fixture
def operator(client, staff):
    client.force_login(staff)
    return client


def address(model, page, *args):
    return reverse(f"admin:recognition_{model._meta.model_name}_{page}", args=args)


def fill(owner, number):
    """One row more in every table, each about a book of its own."""
    book = Book.objects.create(owner=owner, title=f"Book {number}", language="en", sha256=str(number), length=1)
    chapter = book.chapters.create(number=1, title="I", text="x", start=0, length=1)
    task = ProcessingTask.objects.create(
        book=book, engine="offline", status=Status.FAILED, failure="engine", error_message="no answer",
        traceback='File "engine.py", line 1',
    )  # fmt: skip
    one, two = (Character.objects.create(book=book, name=name) for name in ("Ann", "Bob"))
    Window.objects.create(task=task, stage="rules", index=0, start=0, end=1, request_hash="", answer="[]")
    Alias.objects.create(character=one, text="Annie")
    Quotation.objects.create(book=book, chapter=chapter, start=0, end=1, speaker=one, guess=two)
    Relation.objects.create(book=book, source=one, target=two, type="dialogue")
    Distinct.objects.create(book=book, first="Ann", second="Bob")
    Correction.objects.create(book=book, user=owner, task=task, verb="recognition")
    Verdict.objects.create(book=book, user=owner, start=0, kind="speaker", speaker="Ann")
    Delivery.objects.create(task=task, owner=owner, url="https://example.org/done", body='{"secret": 1}')
    Worker.objects.create(name=f"host:{number}", version="1", seen=timezone.now())
    Endpoint.objects.create(base_url=f"http://model/{number}", model="m")
    TokenUse.objects.create(user=owner, day=date(2026, 1, 1) + timedelta(days=number), tokens=1000)
    return task


@pytest.fixture
def failed(user):
    WebhookSecret.objects.create(user=user, secret="whsec_do-not-show-this")
    return fill(user, 1)


def test_every_table_is_there():
    assert [model for model in MODELS if not admin.site.is_registered(model)] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_costs_no_more_queries_for_more_rows(operator, failed, user, model):
    counts = []
    for numbers in (range(2, 3), range(3, 8)):
        for number in numbers:
            fill(user, number)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert operator.get(address(model, "changelist")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_can_be_looked_at(operator, failed, model):
    row = model.objects.first()
    answer = operator.get(address(model, "change", quote(row.pk)))
    assert answer.status_code == 200
    assert b"whsec_" not in answer.content


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_rows_are_made_by_the_product_alone(operator, model):
    assert operator.get(address(model, "add")).status_code == 403


def test_a_list_leaves_what_is_big_in_the_database(operator, failed):
    with CaptureQueriesContext(connection) as queries:
        for model in MODELS:
            operator.get(address(model, "changelist"))
    asked = "\n".join(query["sql"] for query in queries)
    for column in ("traceback", "error_message", "answer", "body", "before"):
        # Behind a bracket it is the argument of a function that takes its beginning.
        assert not re.search(rf'(?<!\()"\w+"\."{column}"', asked), column
    assert '"books_chapter"."text"' not in asked


def test_a_large_table_is_counted_up_to_a_limit(user):
    Worker.objects.bulk_create(Worker(name=f"host:{n}", version="1", seen=timezone.now()) for n in range(9))
    pages = CappedPaginator(Worker.objects.order_by("pk"), 5)
    pages.limit = 7
    assert (pages.count, pages.num_pages) == (7, 2)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status__exact=failed", 1),
        ("status__exact=pending", 0),
        ("failure__exact=engine", 1),
        ("engine=offline", 1),
        ("engine=llm", 0),
        ("age=hour", 1),
        ("age=older", 0),
        ("q=Book+1", 1),
        ("q=reader", 1),
        ("q=nothing", 0),
    ],
)
def test_tasks_are_found(operator, failed, query, found):
    answer = operator.get(f"{address(ProcessingTask, 'changelist')}?{query}")
    assert answer.context["cl"].result_count == found


def test_a_task_is_found_by_its_id(operator, failed):
    answer = operator.get(address(ProcessingTask, "changelist"), {"q": str(failed.pk)})
    assert answer.context["cl"].result_count == 1


def test_the_page_of_a_task_shows_why_it_failed(operator, failed):
    page = operator.get(address(ProcessingTask, "change", failed.pk)).content.decode()
    assert "no answer" in page
    assert "The engine could not finish." in page
    assert f'href="{failed.get_absolute_url()}"' in page
    assert "<pre>File &quot;engine.py&quot;, line 1</pre>" in page
    assert "https://example.org/done" in page
    windows = f"{address(Window, 'changelist')}?task__id__exact={failed.pk}"
    assert windows in page
    assert operator.get(windows).context["cl"].result_count == 1


def test_only_order_and_limit_of_a_task_can_be_changed(operator, failed):
    form = operator.get(address(ProcessingTask, "change", failed.pk)).context["adminform"].form
    assert set(form.fields) == {"priority", "token_limit"}


def shown(operator, model, query=""):
    """The rows of a list, as it is reached by a link."""
    answer = operator.get(f"{address(model, 'changelist')}{query}")
    assert answer.status_code == 200
    return set(answer.context["cl"].result_list)


def links(page, text):
    """The queries of the links that say `text`."""
    return [query.replace("&amp;", "&") for query in re.findall(rf'href="[^"]*(\?[^"]+)">{text}</a>', page)]


def test_an_old_task_is_told_from_a_young_one(operator, failed, user):
    old = fill(user, 2)
    ProcessingTask.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(days=8))
    assert shown(operator, ProcessingTask, "?age=older") == {old}
    assert shown(operator, ProcessingTask, "?age=week") == {failed}


def test_the_tasks_of_one_owner_are_a_click_away(operator, failed, stranger):
    fill(stranger, 2)
    [query] = links(operator.get(address(ProcessingTask, "changelist")).content.decode(), "reader")
    assert shown(operator, ProcessingTask, query) == {failed}


def test_from_the_page_of_a_task_the_others_of_its_book_and_owner_are_a_click_away(operator, failed, user, stranger):
    again = ProcessingTask.objects.create(book=failed.book, engine="offline", status=Status.COMPLETED)
    another = fill(user, 2)
    fill(stranger, 3)
    page = operator.get(address(ProcessingTask, "change", failed.pk)).content.decode()
    [of_book], [of_owner] = links(page, "of this book"), links(page, "of this owner")
    assert shown(operator, ProcessingTask, of_book) == {failed, again}
    assert shown(operator, ProcessingTask, of_owner) == {failed, again, another}


def test_the_windows_that_failed_are_a_click_away_and_say_why(operator, failed):
    bad = failed.windows.create(stage="rules", index=1, start=1, end=2, request_hash="", error="cut off")
    page = operator.get(address(ProcessingTask, "change", failed.pk)).content.decode()
    [query] = links(page, "1 failed")
    assert shown(operator, Window, query) == {bad}
    assert b"cut off" in operator.get(f"{address(Window, 'changelist')}{query}").content


@pytest.mark.parametrize("query", ["book__id__exact=x", "book__owner__id__exact=x"])
def test_a_filter_that_makes_no_sense_is_left_out(operator, failed, query):
    answer = operator.get(f"{address(ProcessingTask, 'changelist')}?{query}")
    assert (answer.status_code, answer.url.rpartition("?")[2]) == (302, "e=1")


def test_the_page_of_a_task_costs_no_more_queries_for_more_of_what_it_shows(operator, failed, user):
    counts = []
    for rows in (1, 5):
        for index in range(rows):
            failed.deliveries.create(owner=user, url="https://example.org", body="")
            failed.windows.create(stage="attribute", index=10 * rows + index, start=0, end=1, request_hash="")
        with CaptureQueriesContext(connection) as queries:
            assert operator.get(address(ProcessingTask, "change", failed.pk)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_counts_beside_the_filters_cost_no_more_queries_for_more_rows(operator, failed, user):
    counts = []
    for number in (2, 3):
        fill(user, number)
        with CaptureQueriesContext(connection) as queries:
            page = operator.get(address(ProcessingTask, "changelist")).content.decode()
        counts.append(len(queries))
        assert f"failed ({number})" in page
    assert counts[0] == counts[1]


def act(operator, action, *chosen, model=ProcessingTask):
    url = address(model, "changelist")
    answer = operator.post(url, {"action": action, "_selected_action": [row.pk for row in chosen]}, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_a_failed_task_is_retried(operator, failed):
    assert act(operator, "retry", failed) == ["1 task is tried again."]
    assert ProcessingTask.objects.get().status == Status.PENDING


def test_a_waiting_task_is_cancelled(operator, failed, english_book):
    waiting = tasks.start(english_book)
    said = act(operator, "cancel", waiting, failed)
    assert said == ["1 task was cancelled.", "1 task was left alone: it had already ended."]
    waiting.refresh_from_db()
    assert waiting.status == Status.CANCELLED


def test_a_waiting_task_cannot_be_retried(operator, english_book):
    waiting = tasks.start(english_book)
    said = act(operator, "retry", waiting)
    reason = "only one that failed, was cancelled or has failed windows can be tried again"
    assert said == [f"1 task was left alone: {reason}."]


def test_a_callback_that_was_given_up_is_sent_again(operator, failed):
    Delivery.objects.update(attempts=MAX_DELIVERIES, due_at=timezone.now() + timedelta(hours=1))
    [delivery] = shown(operator, Delivery, "?state=failed")
    assert act(operator, "resend", delivery, model=Delivery) == ["1 callback is sent again."]
    assert list(Delivery.objects.due()) == [delivery]


def test_of_a_task_the_callback_about_its_last_end_is_sent_again(operator, failed, user):
    Delivery.objects.update(delivered_at=timezone.now(), created=timezone.now() - timedelta(hours=1))
    last = failed.deliveries.create(owner=user, url="https://example.org", body="", delivered_at=timezone.now())
    silent = fill(user, 2)
    silent.deliveries.all().delete()
    said = act(operator, "resend", failed, silent)
    assert said == ["1 callback is sent again.", "1 task was left alone: it owes no callback."]
    assert list(Delivery.objects.due()) == [last]


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (Status.PENDING, ["cancel"]),
        (Status.PROCESSING, ["cancel"]),
        (Status.FAILED, ["retry", "resend"]),
        (Status.CANCELLED, ["retry", "resend"]),
        (Status.COMPLETED, ["resend"]),
    ],
)
def test_the_page_of_a_task_offers_what_can_be_done_with_it(operator, failed, status, offered):
    ProcessingTask.objects.update(status=status, callback_url="https://example.org/done")
    page = operator.get(address(ProcessingTask, "change", failed.pk)).content.decode()
    assert re.findall(r'name="action" value="(\w+)"', page) == offered


def test_the_queues_own_list_of_failures_names_the_task_and_the_book(operator, failed):
    said = str(tasks.RecognitionFailed(failed, "no answer"))
    assert said == f"{failed.pk} Book 1: no answer"


def test_who_is_no_operator_is_sent_to_the_login(signed_in, failed):
    answer = signed_in.get(address(ProcessingTask, "change", failed.pk))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/admin/login/")
