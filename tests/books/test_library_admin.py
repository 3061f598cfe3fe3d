import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.importing import import_book
from books.models import Book, Chapter, book_removing

pytestmark = pytest.mark.django_db

BOOKS, CHAPTERS = "admin:books_book_changelist", "admin:books_chapter_changelist"


@pytest.fixture
def operator(client, staff):
    client.force_login(staff)
    return client


def add_books(owner, number: int) -> list[Book]:
    return [import_book(owner, f"书{i}\n第一章\n正文。\n第二章\n正文。".encode()).book for i in range(number)]


@pytest.mark.parametrize("address", [BOOKS, CHAPTERS])
def test_a_list_costs_as_much_for_ten_books_as_for_one(operator, user, address):
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(reverse(address)).status_code == 200
        return [query["sql"] for query in captured]

    add_books(user, 1)
    few = queries()
    add_books(user, 10)
    many = queries()
    assert len(few) == len(many)
    assert not [sql for sql in many if '"books_chapter"."text"' in sql]


def test_deleting_many_goes_through_each_book(operator, user):
    books = add_books(user, 3)
    removed = []

    def receive(book, **_kwargs):
        removed.append(book)

    book_removing.connect(receive)
    try:
        selected = {"action": "delete_selected", "_selected_action": [book.pk for book in books], "post": "yes"}
        operator.post(reverse(BOOKS), selected)
    finally:
        book_removing.disconnect(receive)
    assert sorted(book.title for book in removed) == ["书0", "书1", "书2"]
    assert not Book.objects.exists()


def test_the_confirmation_does_not_list_every_row(operator, user):
    book = import_book(user, "".join(f"第{i}章\n正文。\n" for i in range(200)).encode()).book
    page = reverse("admin:books_book_delete", args=[book.pk])
    with CaptureQueriesContext(connection) as captured:
        assert operator.get(page).status_code == 200
    assert not [query for query in captured if "books_chapter" in query["sql"]]


def test_books_are_described_and_chapters_looked_at_only(operator, user):
    book = add_books(user, 1)[0]
    chapter = book.chapters.first()
    page = reverse("admin:books_book_change", args=[book.pk])
    operator.post(page, {"title": "新名", "author": "", "language": "zh", "length": 1})
    book.refresh_from_db()
    assert book.title == "新名"
    assert book.length > 1
    page = reverse("admin:books_chapter_change", args=[chapter.pk])
    assert operator.get(page).status_code == 200
    assert operator.post(page, {"title": "x"}).status_code == 403
    assert operator.post(reverse("admin:books_chapter_delete", args=[chapter.pk]), {"post": "yes"}).status_code == 403
    for address in ("admin:books_book_add", "admin:books_chapter_add"):
        assert operator.get(reverse(address)).status_code == 403


def test_a_user_can_be_deleted_with_their_books(operator, user):
    add_books(user, 1)
    operator.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"})
    assert not Book.objects.exists()
    assert not Chapter.objects.exists()


@pytest.mark.parametrize("address", [BOOKS, CHAPTERS])
def test_books_and_chapters_can_be_searched(operator, user, address):
    add_books(user, 2)
    assert "书1" in operator.get(reverse(address), {"q": "书1"}).content.decode()


def test_a_book_leads_to_its_chapters(operator, user):
    book = add_books(user, 2)[0]
    address = f"{reverse(CHAPTERS)}?book__id__exact={book.pk}"
    assert address in operator.get(reverse("admin:books_book_change", args=[book.pk])).content.decode()
    assert operator.get(address).context["cl"].result_count == 2
