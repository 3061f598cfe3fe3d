import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from recognition import tasks
from recognition.models import Failure, ProcessingTask, Status

FORM = {
    "engine": "offline",
    "options.enable_coreference": "on",
    "options.enable_dialogue": "on",
    "options.enable_relations": "on",
    "options.max_characters": "",
    "options.min_mentions": "1",
    "options.similarity_threshold": "0.8",
}


@pytest.fixture
def url(chinese_book):
    return chinese_book.get_absolute_url()


def page(client, url, **headers):
    return client.get(url, headers=headers).content.decode()


def recognize(client, url, **changes):
    return client.post(f"{url}recognize/", FORM | {f"options.{key}": value for key, value in changes.items()})


def set_task(book, **fields):
    return ProcessingTask.objects.create(book=book, engine="offline", **fields)


def test_it_shows_the_facts_of_the_text(signed_in, url, chinese_book):
    shown = page(signed_in, url)
    assert "UTF-8, 0 replaced characters" in shown
    assert f"{url}encoding/" in shown and "第一章 雨夜" in shown


def test_a_stranger_gets_404(client, stranger, url):
    client.force_login(stranger)
    assert client.get(url).status_code == client.post(f"{url}recognize/").status_code == 404


def test_a_book_outside_the_library_has_no_page(signed_in, url, chinese_book):
    chinese_book.kept = False
    chinese_book.save()
    assert signed_in.get(url).status_code == 404


def test_the_button_starts_a_recognition(signed_in, url, chinese_book):
    response = recognize(signed_in, url)
    assert (response.status_code, response.url) == (302, url)
    task = chinese_book.tasks.get()
    assert (task.status, task.engine, task.options["similarity_threshold"]) == (Status.PENDING, "offline", 0.8)


def test_the_bare_button_takes_the_defaults(signed_in, url, chinese_book):
    signed_in.post(f"{url}recognize/")
    assert chinese_book.tasks.get().options["enable_dialogue"] is True


def test_a_box_that_is_not_ticked_is_off(signed_in, url, chinese_book):
    form = {key: value for key, value in FORM.items() if key != "options.enable_relations"}
    signed_in.post(f"{url}recognize/", form)
    options = chinese_book.tasks.get().options
    assert (options["enable_relations"], options["enable_dialogue"]) == (False, True)


def test_a_wrong_option_is_said_beside_its_field(signed_in, url, chinese_book):
    response = recognize(signed_in, url, min_mentions="0")
    shown = response.content.decode()
    assert response.status_code == 400 and not chinese_book.tasks.exists()
    field = shown[shown.index('name="options.min_mentions"') :]
    assert 'aria-invalid="true"' in field[:300] and 'class="error"' in field[:600]


def test_a_model_that_is_not_there_is_refused_with_a_sentence(signed_in, url):
    response = signed_in.post(f"{url}recognize/", FORM | {"engine": "llm"})
    assert response.status_code == 400 and "no language model" in response.content.decode()


def test_a_second_start_is_refused_and_the_running_one_shown(signed_in, url, chinese_book):
    task = tasks.start(chinese_book)
    response = recognize(signed_in, url)
    assert response.status_code == 409
    assert "already running" in response.content.decode() and f"/tasks/{task.pk}/cancel/" in response.content.decode()


def test_while_it_runs_the_part_asks_again_and_shows_how_far_it_is(signed_in, url, chinese_book):
    begun = timezone.now() - timedelta(seconds=60)
    set_task(
        chinese_book,
        status="processing",
        stage="rules",
        progress=50,
        total_items=2,
        processed_items=1,
        started_at=begun,
    )
    part = page(signed_in, url, HX_Request="true")
    assert part.lstrip().startswith("<section") and 'hx-trigger="every 2s"' in part
    assert 'value="50"' in part and "chapter 1 of 2" in part and "about 60 seconds left" in part


def test_lines_are_seen_as_they_fall(signed_in, url, recognised_book):
    recognised_book.tasks.update(status="processing")
    part = page(signed_in, url, HX_Request="true")
    assert "<b>赵四海：</b>这雨再下两天" in part


def test_the_foremost_so_far_are_seen_before_anything_is_counted(signed_in, url, recognised_book):
    recognised_book.tasks.update(status="processing")
    recognised_book.characters.update(quotes=0)
    part = page(signed_in, url, HX_Request="true")
    assert re.search(r">赵四海</a><span class=\"number\">3</span>", part)


def test_when_it_is_done_nothing_asks_again_and_the_cast_is_there(signed_in, recognised_book):
    shown = page(signed_in, recognised_book.get_absolute_url())
    assert "every 2s" not in shown
    assert "沈青山" in shown and "quotations" in shown and "script.json" in shown


@pytest.mark.parametrize(
    "failure, button", [(Failure.QUOTA, "Continue"), (Failure.BUDGET, "Continue"), (Failure.CRASHED, "Try again")]
)
def test_a_failure_says_why_and_what_to_do(signed_in, url, chinese_book, failure, button):
    task = set_task(chinese_book, status="failed", failure=failure, error_message="402 Insufficient Balance")
    shown = page(signed_in, url)
    assert button in shown and "402 Insufficient Balance" in shown and f"/tasks/{task.pk}/retry/" in shown
    assert "every 2s" not in shown


def test_without_scripts_the_page_reloads_itself_only_while_a_task_runs(signed_in, url, chinese_book):
    task = set_task(chinese_book, status="processing")
    assert '<noscript><meta http-equiv="refresh"' in page(signed_in, url)
    tasks.cancel(task)
    assert "http-equiv" not in page(signed_in, url)


def test_the_script_is_a_download(signed_in, recognised_book):
    response = signed_in.get(f"{recognised_book.get_absolute_url()}script.json")
    assert json.loads(response.content)["format"] == "txt2voice/script@1"
    assert response["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E6%B8%A1%E5%8F%A3.json")


def test_the_number_of_queries_is_small(signed_in, recognised_book, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        signed_in.get(recognised_book.get_absolute_url())
