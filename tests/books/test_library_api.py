import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from books.importing import import_book
from books.models import Book

pytestmark = pytest.mark.django_db

CHINESE = "第一章 雨夜\n\n沈青山道：“还有空房么？”\n\n第二章 天明\n\n赵四海笑道：“只剩一间了。”\n"
BOOKS = "/api/books/"


def upload(api, data: bytes, name: str = "渡口.txt", **fields):
    return api.post(BOOKS, {"file": SimpleUploadedFile(name, data), **fields}, format="multipart")


@pytest.fixture
def book(user):
    return import_book(user, CHINESE.encode("gb18030"), filename="渡口.txt").book


def test_a_file_is_added_with_201_and_is_the_same_with_200(api, user):
    first = upload(api, CHINESE.encode("gb18030"), author="无名")
    again = upload(api, CHINESE.encode("gb18030"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    book = Book.objects.get(owner=user)
    assert first.json() == {
        "id": str(book.pk),
        "title": "渡口",
        "author": "无名",
        "language": "zh",
        "length": len(CHINESE),
        "chapters": 2,
        "encoding": "GB18030",
        "replaced": 0,
        "original_name": "渡口.txt",
        "sha256": book.sha256,
        "created": first.json()["created"],
    }


def test_a_text_is_added_as_json(api):
    response = api.post(BOOKS, {"title": "渡口", "text": CHINESE, "author": "无名"}, format="json")
    assert response.status_code == 201
    assert Book.objects.get().text == CHINESE


def test_what_no_database_can_hold_is_replaced_and_counted(api):
    body = b'{"text": "\\u5f20\\u4e09\\u0000\\u8bf4\\ud800"}'
    response = api.generic("POST", BOOKS, body, content_type="application/json")
    assert response.status_code == 201
    assert response.json()["replaced"] == 2
    assert Book.objects.get().text == "张三\ufffd说\ufffd"


def test_the_encoding_of_a_file_may_be_given(api):
    assert upload(api, CHINESE.encode("gb18030"), encoding="big5").json()["encoding"] == "Big5"


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({}, 400, "file_or_text", "file"),
        ({"file": b"a", "text": "a"}, 400, "file_or_text", "file"),
        ({"file": b""}, 400, "empty_file", "file"),
        ({"text": ""}, 400, "empty_file", "text"),
        ({"text": 7}, 400, "invalid", "text"),
        ({"file": b"%PDF-1.7\n" + b"text" * 50}, 400, "binary_file", "file"),
        ({"file": b"\xff\xff\x80" * 100}, 400, "undecodable", "file"),
        ({"file": b"text", "encoding": "klingon"}, 400, "unknown_encoding", "encoding"),
        ({"text": "text", "title": "长" * 5000}, 400, "title_too_long", "title"),
        ({"text": "text", "author": "长" * 5000}, 400, "author_too_long", "author"),
        ({"file": b"a" * (1024 * 1024 + 1)}, 413, "too_large", "file"),
        ({"text": "a" * (1024 * 1024 + 1)}, 413, "too_large", "text"),
    ],
)
def test_bad_input_gets_a_problem(api, settings, fields, status, code, field):
    settings.MAX_UPLOAD_MB = 1
    is_file = "file" in fields
    if is_file:
        fields = fields | {"file": SimpleUploadedFile("渡口.txt", fields["file"])}
    response = api.post(BOOKS, fields, format="multipart" if is_file else "json")
    problem = response.json()
    assert (response.status_code, problem["status"], problem["code"], problem["field"]) == (status, status, code, field)
    assert problem["detail"]
    assert not Book.objects.exists()


def test_books_are_listed_in_pages_searched_and_ordered(api, user, stranger):
    for owner, title in ((user, "渡口"), (user, "雨夜"), (stranger, "渡口二")):
        import_book(owner, (title + CHINESE).encode(), title=title)
    import_book(user, CHINESE.encode(), kept=False)
    assert [row["title"] for row in api.get(BOOKS).json()["results"]] == ["雨夜", "渡口"]
    assert [row["title"] for row in api.get(BOOKS, {"search": "渡"}).json()["results"]] == ["渡口"]
    page = api.get(BOOKS, {"ordering": "title", "page_size": 1}).json()
    assert page["count"] == 2
    assert len(page["results"]) == 1
    assert api.get(BOOKS, {"language": "en"}).json()["count"] == 0


def test_a_list_asks_as_many_queries_for_ten_books_as_for_one(api, user):
    def queries(books: int) -> int:
        for number in range(books):
            import_book(user, f"{books}.{number}\n{CHINESE}".encode())
        with CaptureQueriesContext(connection) as captured:
            assert api.get(BOOKS).status_code == 200
        return len(captured)

    assert queries(1) == queries(10)


def test_a_book_is_described_changed_and_deleted(api, book):
    address = f"{BOOKS}{book.pk}/"
    assert api.get(address).json()["chapters"] == 2
    changed = api.patch(address, {"title": "雨夜", "language": "en", "length": 1}, format="json")
    assert (changed.status_code, changed.json()["title"], changed.json()["length"]) == (200, "雨夜", len(CHINESE))
    refused = api.patch(address, {"title": "长" * 5000}, format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "title")
    assert api.put(address, {}, format="json").status_code == 405
    assert api.delete(address).status_code == 204
    assert not Book.objects.exists()


def test_chapters_are_listed_without_and_shown_with_their_text(api, book):
    address = f"{BOOKS}{book.pk}/chapters/"
    start = CHINESE.index("第二章")
    assert api.get(address).json()["results"] == [
        {"number": 1, "title": "第一章 雨夜", "start": 0, "length": start},
        {"number": 2, "title": "第二章 天明", "start": start, "length": len(CHINESE) - start},
    ]
    assert api.get(f"{address}2/").json()["text"] == CHINESE[start:]


@pytest.mark.parametrize("number", ["3", "0", "x", "9" * 30])
def test_an_unknown_chapter_is_404(api, book, number):
    assert api.get(f"{BOOKS}{book.pk}/chapters/{number}/").status_code == 404


@pytest.mark.parametrize("pk", [uuid.uuid4(), "no-uuid"])
def test_an_unknown_book_is_404(api, pk):
    for address in (f"{BOOKS}{pk}/", f"{BOOKS}{pk}/chapters/", f"{BOOKS}{pk}/chapters/1/"):
        assert api.get(address).status_code == 404


def test_a_strangers_book_is_404(api, stranger):
    book = import_book(stranger, CHINESE.encode()).book
    for address in (f"{BOOKS}{book.pk}/", f"{BOOKS}{book.pk}/chapters/", f"{BOOKS}{book.pk}/chapters/1/"):
        assert api.get(address).status_code == 404
    assert api.patch(f"{BOOKS}{book.pk}/", {"title": "x"}, format="json").status_code == 404
    assert api.delete(f"{BOOKS}{book.pk}/").status_code == 404
    assert Book.objects.exists()


def test_without_a_token_there_is_nothing(client, book):
    for address in (BOOKS, f"{BOOKS}{book.pk}/", f"{BOOKS}{book.pk}/chapters/"):
        assert client.get(address).status_code == 401
