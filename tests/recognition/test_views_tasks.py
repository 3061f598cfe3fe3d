import pytest

from recognition import tasks
from recognition.models import MAX_DELIVERIES, Delivery, ProcessingTask, Status, Window


@pytest.fixture
def task(chinese_book):
    return tasks.start(chinese_book, engine="offline")


def failed(book, **fields):
    return ProcessingTask.objects.create(book=book, engine="offline", status="failed", failure="engine", **fields)


def test_the_list_shows_ones_own_tasks_newest_first(client, user, stranger, chinese_book):
    first, second = failed(chinese_book), failed(chinese_book)
    client.force_login(user)
    assert list(client.get("/tasks/").context["tasks"]) == [second, first]
    client.force_login(stranger)
    assert not client.get("/tasks/").context["tasks"]


def test_the_list_is_filtered_by_status_and_says_how_many_there_are(signed_in, chinese_book, task):
    other = failed(chinese_book)
    response = signed_in.get("/tasks/", {"status": "failed"})
    assert list(response.context["tasks"]) == [other]
    assert {value: count for value, _label, count in response.context["counts"]}["pending"] == 1
    assert len(signed_in.get("/tasks/", {"status": "bogus"}).context["tasks"]) == 2


def test_the_list_asks_again_only_while_something_runs(signed_in, task):
    assert "every 3s" in signed_in.get("/tasks/").content.decode()
    tasks.cancel(task)
    assert "every 3s" not in signed_in.get("/tasks/").content.decode()


def test_the_number_of_queries_does_not_grow(signed_in, chinese_book, django_assert_max_num_queries):
    for _ in range(30):
        failed(chinese_book)
    with django_assert_max_num_queries(6):
        signed_in.get("/tasks/")


def test_the_page_has_the_windows_of_the_task(signed_in, task):
    Window.objects.create(task=task, stage="attribute", index=0, start=0, end=1500, request_hash="", error="cut off")
    page = signed_in.get(task.get_absolute_url()).content.decode()
    assert "0–1,500" in page and "cut off" in page


def test_only_staff_see_the_traceback(client, user, chinese_book):
    task = failed(chinese_book, traceback="Traceback (most recent call last)")
    client.force_login(user)
    assert "Traceback" not in client.get(task.get_absolute_url()).content.decode()
    user.is_staff = True
    user.save()
    assert "Traceback" in client.get(task.get_absolute_url()).content.decode()


def test_a_text_outside_the_library_has_a_task_page_without_links_to_its_book(signed_in, task):
    task.book.kept = False
    task.book.save()
    page = signed_in.get(task.get_absolute_url()).content.decode()
    assert task.book.get_absolute_url() not in page


def test_cancel_stops_it_and_leads_back_to_where_it_was_pressed(signed_in, task):
    response = signed_in.post(f"/tasks/{task.pk}/cancel/", {"from": "book"})
    task.refresh_from_db()
    assert task.status == Status.CANCELLED and response.url == task.book.get_absolute_url()


def test_retry_takes_it_up_again(signed_in, chinese_book):
    task = failed(chinese_book)
    response = signed_in.post(f"/tasks/{task.pk}/retry/")
    task.refresh_from_db()
    assert task.status == Status.PENDING and response.url == task.get_absolute_url()


@pytest.mark.parametrize("verb, status", [("cancel", "completed"), ("retry", "completed"), ("retry", "processing")])
def test_what_its_state_does_not_allow_is_refused_with_a_sentence(signed_in, task, verb, status):
    ProcessingTask.objects.update(status=status)
    response = signed_in.post(f"/tasks/{task.pk}/{verb}/")
    assert response.status_code == 409 and 'role="alert"' in response.content.decode()
    task.refresh_from_db()
    assert task.status == status


@pytest.mark.parametrize("verb", ["cancel", "retry", "resend"])
def test_verbs_are_posts(signed_in, task, verb):
    assert signed_in.get(f"/tasks/{task.pk}/{verb}/").status_code == 405


def callback(task, **fields):
    return task.deliveries.create(owner=task.book.owner, url="https://example.org/done", body="", **fields)


@pytest.mark.parametrize(
    "state, said",
    [
        ({"attempts": 1, "last_status": 200, "delivered_at": "2026-01-02T03:04:05Z"}, "arrived 2026-01-02 03:04:05"),
        ({"attempts": 2, "last_status": 503, "due_at": "2026-01-02T03:04:05Z"}, "next try 2026-01-02 03:04:05"),
        ({"attempts": 2, "last_status": 503}, "The receiver answered with status 503."),
        ({"attempts": MAX_DELIVERIES, "last_error": "ConnectError: refused"}, "ConnectError: refused"),
        ({"attempts": MAX_DELIVERIES}, "given up"),
    ],
)
def test_the_page_says_what_became_of_the_callback(signed_in, chinese_book, state, said):
    task = failed(chinese_book)
    callback(task, **state)
    page = signed_in.get(task.get_absolute_url()).content.decode()
    assert "https://example.org/done" in page and said in page


def test_its_owner_has_the_last_callback_sent_again(signed_in, chinese_book):
    task = failed(chinese_book)
    _first, last = (callback(task, attempts=MAX_DELIVERIES, due_at="2026-01-02T03:04:05Z") for _ in range(2))
    response = signed_in.post(f"/tasks/{task.pk}/resend/")
    assert response.url == task.get_absolute_url()
    assert list(Delivery.objects.due()) == [last]


def test_a_task_that_owes_no_callback_says_so(signed_in, chinese_book):
    task = failed(chinese_book)
    response = signed_in.post(f"/tasks/{task.pk}/resend/")
    assert response.status_code == 409 and "owes no callback" in response.content.decode()


def test_a_stranger_gets_404(client, stranger, task):
    client.force_login(stranger)
    assert client.get(task.get_absolute_url()).status_code == 404
    assert client.post(f"/tasks/{task.pk}/cancel/").status_code == 404
    assert client.post(f"/tasks/{task.pk}/retry/").status_code == 404
    assert client.post(f"/tasks/{task.pk}/resend/").status_code == 404
