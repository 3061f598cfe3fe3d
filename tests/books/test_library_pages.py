import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from books.forms import NewBookForm
from books.importing import import_book
from books.models import Book

pytestmark = pytest.mark.django_db

CHINESE = "第一章 雨夜\n\n沈青山道：“还有空房么？”\n\n第二章 天明\n\n赵四海笑道：“只剩一间了。”\n"
NEW = "/books/new/"


def upload(client, data: bytes, name: str = "渡口.txt", **fields):
    return client.post(NEW, {"file": SimpleUploadedFile(name, data), **fields})


@pytest.fixture
def book(user):
    return import_book(user, CHINESE.encode("gb18030"), filename="渡口.txt").book


def pages(book) -> list[str]:
    return [reverse(name, args=[book.pk]) for name in ("book_edit", "book_delete", "book_encoding", "book_chapters")]


# ------------------------------------------------------------------------------------------- who may


def test_every_page_asks_to_log_in(client, book):
    for page in [NEW, *pages(book)]:
        for method in (client.get, client.post):
            assert method(page).url == f"{reverse('login')}?next={page}"
    assert Book.objects.count() == 1


def test_a_stranger_gets_404(client, stranger, book):
    client.force_login(stranger)
    for page in pages(book):
        assert client.get(page).status_code == 404
        assert client.post(page).status_code in (404, 405)
    assert Book.objects.count() == 1


def test_a_bare_text_has_no_pages(signed_in, user):
    bare = import_book(user, CHINESE.encode(), kept=False).book
    for page in pages(bare):
        assert signed_in.get(page).status_code == 404


# ------------------------------------------------------------------------------------------- a new book


def test_a_file_becomes_a_book_and_opens_it(signed_in, user):
    response = upload(signed_in, CHINESE.encode("gb18030"), title="雨夜", author="无名")
    book = Book.objects.get(owner=user)
    assert response.url == book.get_absolute_url()
    assert (book.title, book.author, book.encoding, book.text) == ("雨夜", "无名", "GB18030", CHINESE)


def test_a_pasted_text_becomes_a_book(signed_in):
    signed_in.post(NEW, {"text": CHINESE.replace("\n", "\r\n")})
    book = Book.objects.get()
    assert (book.title, book.encoding, book.text) == ("第一章 雨夜", "UTF-8", CHINESE)


def test_the_same_file_opens_the_book_that_is_there(signed_in, book):
    response = upload(signed_in, CHINESE.encode("gb18030"))
    assert response.url == book.get_absolute_url()
    assert Book.objects.count() == 1
    assert "already" in str(next(iter(response.wsgi_request._messages)))


def test_the_encoding_may_be_chosen(signed_in):
    upload(signed_in, CHINESE.encode("gb18030"), encoding="Big5")
    assert Book.objects.get().encoding == "Big5"


@pytest.mark.parametrize(
    ("fields", "status", "field", "sentence"),
    [
        ({}, 400, "file", "Choose a file, or paste a text."),
        ({"file": b"text", "text": "text"}, 400, "text", "not both"),
        ({"file": b""}, 400, "file", "There is no text in it."),
        ({"text": "  \n"}, 400, "text", "There is no text in it."),
        ({"file": b"\x89PNG\r\n\x1a\n" + b"\0" * 500}, 400, "file", "Save the book as plain text"),
        ({"file": b"\xff\xff\x80" * 100}, 400, "file", "none of the encodings"),
        ({"file": b"a" * (1024 * 1024 + 1)}, 413, "file", "larger than the 1 MB"),
        ({"text": "a" * (1024 * 1024 + 1)}, 413, "text", "larger than the 1 MB"),
        ({"text": "text", "title": "长" * 5000}, 400, "title", "at most 200 characters"),
        ({"text": "text", "title": "a\0b"}, 400, "title", "Null characters"),
        ({"file": b"text", "encoding": "klingon"}, 400, "encoding", "klingon"),
    ],
)
def test_bad_input_gets_a_sentence_beside_its_field(signed_in, settings, fields, status, field, sentence):
    settings.MAX_UPLOAD_MB = 1
    if "file" in fields:
        fields = fields | {"file": SimpleUploadedFile("渡口.txt", fields["file"])}
    response = signed_in.post(NEW, fields)
    assert response.status_code == status
    assert list(response.context["form"].errors) == [field]
    assert sentence in response.context["form"].errors[field][0]
    assert f'id="id_{field}_error"' in response.content.decode()
    assert not Book.objects.exists()


class Unreadable(SimpleUploadedFile):
    def read(self, *_args):
        raise AssertionError("it was read")


def test_a_large_file_is_refused_before_it_is_read_into_memory(user, settings):
    settings.MAX_UPLOAD_MB = 1
    form = NewBookForm({}, {"file": Unreadable("big.txt", b"a" * (1024 * 1024 + 1))})
    assert form.is_valid()
    assert form.save(user) is None
    assert form.status == 413


def test_a_pasted_text_that_is_not_even_read_has_a_page_that_says_so(signed_in, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024
    response = signed_in.post(NEW, {"text": "a" * 2048})
    assert response.status_code == 413
    assert "413.html" in [template.name for template in response.templates]


# ------------------------------------------------------------------------------------------- its pages


def test_title_author_and_language_can_be_changed(signed_in, book):
    page = reverse("book_edit", args=[book.pk])
    assert signed_in.get(page).status_code == 200
    response = signed_in.post(page, {"title": "雨夜", "author": "无名", "language": "en"})
    book.refresh_from_db()
    assert response.url == book.get_absolute_url()
    assert (book.title, book.author, book.language) == ("雨夜", "无名", "en")


@pytest.mark.parametrize(
    ("field", "value"), [("title", ""), ("title", "长" * 5000), ("author", "长" * 201), ("language", "fr")]
)
def test_a_wrong_description_is_refused(signed_in, book, field, value):
    fields = {"title": "雨夜", "author": "", "language": "zh"} | {field: value}
    response = signed_in.post(reverse("book_edit", args=[book.pk]), fields)
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    book.refresh_from_db()
    assert book.title == "渡口"


def test_deleting_asks_first(signed_in, book):
    page = reverse("book_delete", args=[book.pk])
    assert "渡口" in signed_in.get(page).content.decode()
    assert Book.objects.exists()
    assert signed_in.post(page).url == reverse("library")
    assert not Book.objects.exists()


def test_a_book_can_be_deleted_while_its_task_waits(signed_in, book, run_queue):
    from recognition import tasks

    tasks.start(book, engine="offline")
    signed_in.post(reverse("book_delete", args=[book.pk]))
    assert not Book.objects.exists()
    run_queue()


def test_the_chapter_table_is_paged_and_asks_few_queries(signed_in, user, django_assert_max_num_queries):
    text = "".join(f"第{number}章 题\n　　正文。\n" for number in range(1, 452))
    book = import_book(user, text.encode()).book
    page = reverse("book_chapters", args=[book.pk])
    with django_assert_max_num_queries(6):
        first = signed_in.get(page)
    assert len(first.context["chapters"]) == 200
    assert "第1章 题" in first.content.decode()
    last = signed_in.get(page, {"page": 3})
    assert [chapter.number for chapter in last.context["chapters"]] == list(range(401, 452))
    assert reverse("chapter", args=[book.pk, 451]) in last.content.decode()


def test_the_preview_shows_another_encoding_and_changes_nothing(signed_in, book):
    page = reverse("book_encoding", args=[book.pk])
    assert signed_in.get(page).context["seen"].encoding == "GB18030"
    response = signed_in.get(page, {"encoding": "UTF-8"})
    assert response.context["seen"].replaced > 20
    assert "Read the book as UTF-8" in response.content.decode()
    book.refresh_from_db()
    assert book.encoding == "GB18030"


def test_the_encoding_can_be_overruled(signed_in, user):
    book = import_book(user, CHINESE.encode("gb18030"), filename="渡口.txt", encoding="Big5").book
    response = signed_in.post(reverse("book_encoding", args=[book.pk]), {"encoding": "GB18030"})
    assert response.url == book.get_absolute_url()
    book.refresh_from_db()
    assert (book.encoding, book.text) == ("GB18030", CHINESE)


@pytest.mark.parametrize("encoding", ["klingon", ""])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_encoding_is_told(signed_in, book, method, encoding):
    response = getattr(signed_in, method)(reverse("book_encoding", args=[book.pk]), {"encoding": encoding})
    assert response.status_code == 400
    assert response.context["form"].errors["encoding"]


def test_a_file_that_is_no_text_in_the_chosen_encoding(signed_in, user):
    book = import_book(user, ("第一章。" * 200).encode("utf-16-be"), filename="a.txt").book
    response = signed_in.get(reverse("book_encoding", args=[book.pk]), {"encoding": "Windows-1252"})
    assert response.status_code == 400
    assert response.context["form"].errors["encoding"] == [
        "Read in this encoding, the file is no text. Choose another."
    ]
