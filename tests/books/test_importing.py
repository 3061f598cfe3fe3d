import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from books.importing import ImportProblem, import_book, preview, redecode, sample_files
from books.models import Book, Chapter, book_rereading

pytestmark = pytest.mark.django_db

CHINESE = "第一章 雨夜\n\n沈青山道：“还有空房么？”\n\n第二章 天明\n\n赵四海笑道：“只剩一间了。”\n"


def problem(*args, **kwargs) -> ImportProblem:
    with pytest.raises(ImportProblem) as caught:
        import_book(*args, **kwargs)
    return caught.value


def originals(settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_it_saves_the_text_its_chapters_and_the_original(user):
    data = CHINESE.encode("gb18030")
    book = import_book(user, data, filename="渡口.txt").book
    book.refresh_from_db()
    assert (book.title, book.author, book.language) == ("渡口", "", "zh")
    assert (book.encoding, book.replaced, book.length) == ("GB18030", 0, len(CHINESE))
    assert book.text == CHINESE
    assert [(c.number, c.title, c.start, c.length) for c in book.chapters.all()] == [
        (1, "第一章 雨夜", 0, CHINESE.index("第二章")),
        (2, "第二章 天明", CHINESE.index("第二章"), len(CHINESE) - CHINESE.index("第二章")),
    ]
    assert book.original.read() == data
    assert (book.original_name, book.sha256) == ("渡口.txt", hashlib.sha256(data).hexdigest())
    book.original.close()


def test_the_same_file_opens_the_book_that_is_there(user, settings):
    first = import_book(user, CHINESE.encode(), filename="a.txt")
    again = import_book(user, CHINESE.encode(), filename="b.txt")
    assert (first.created, again.created) == (True, False)
    assert again.book == first.book
    assert len(originals(settings)) == 1


def test_two_people_may_have_the_same_file(user, stranger):
    first = import_book(user, CHINESE.encode())
    other = import_book(stranger, CHINESE.encode())
    assert other.created
    assert other.book != first.book


def test_a_bare_text_has_no_original_and_is_never_the_same_as_another(user, settings):
    books = [import_book(user, CHINESE.encode(), kept=kept).book for kept in (False, False, True)]
    assert len({book.pk for book in books}) == 3
    assert [bool(book.original) for book in books] == [False, False, True]
    assert len(originals(settings)) == 1


@pytest.mark.parametrize(
    ("first_lines", "filename", "title", "author"),
    [
        ("《红楼梦》曹雪芹\n\n", "hlm.txt", "红楼梦", "曹雪芹"),
        ("《红楼梦》 作者：曹雪芹\n\n", "hlm.txt", "红楼梦", "曹雪芹"),
        ("书名：渡口\n作者：无名\n", "x.txt", "渡口", "无名"),
        ("Title: The Ferry\n\nAuthor: A. Nonymous\n\n", "x.txt", "The Ferry", "A. Nonymous"),
        ("The Ferry\n\nby A. Nonymous\n\n", "x.txt", "The Ferry", "A. Nonymous"),
        ("", "《渡口》无名.txt", "渡口", "无名"),
        ("", "C:\\novels\\渡口.txt", "渡口", ""),
        ("《石头记》是一部小说，写的是石头。\n", "石头.txt", "石头", ""),
        ("渡口\n\n", "", "渡口", ""),
        ("\n" * 5000 + "渡口\n\n", "", "渡口", ""),
        ("长" * 500, "", "长" * 40, ""),
        ("", "长" * 5000 + ".txt", "长" * 200, ""),
    ],
)
def test_title_and_author_are_found(user, first_lines, filename, title, author):
    book = import_book(user, (first_lines + CHINESE).encode(), filename=filename).book
    book.refresh_from_db()
    assert (book.title, book.author) == (title, author)


def test_a_title_and_author_that_are_given_count(user):
    book = import_book(user, f"《红楼梦》曹雪芹\n\n{CHINESE}".encode(), title=" 石头记 ", author="佚名").book
    assert (book.title, book.author) == ("石头记", "佚名")


@pytest.mark.parametrize(
    ("data", "given", "code", "field"),
    [
        (b"", {"filename": "a.txt"}, "empty_file", "file"),
        (b" \r\n\t\xe3\x80\x80", {}, "empty_file", "text"),
        (b"\xff\xfe", {"filename": "a.txt"}, "empty_file", "file"),
        (b"\x89PNG\r\n\x1a\n" + CHINESE.encode(), {"filename": "a.txt"}, "binary_file", "file"),
        (b"text" + b"\0" * 400, {"filename": "a.txt"}, "binary_file", "file"),
        (b"\xff\xff\x80" * 100, {"filename": "a.txt"}, "undecodable", "file"),
        (CHINESE.encode(), {"encoding": "klingon"}, "unknown_encoding", "encoding"),
        (CHINESE.encode(), {"title": "长" * 5000}, "title_too_long", "title"),
        (CHINESE.encode(), {"author": "长" * 5000}, "author_too_long", "author"),
        (b"a" * (1024 * 1024 + 1), {"filename": "a.txt"}, "too_large", "file"),
    ],
)
def test_bad_input_is_told_and_leaves_nothing(user, settings, data, given, code, field):
    settings.MAX_UPLOAD_MB = 1
    refused = problem(user, data, **given)
    assert (refused.code, refused.field) == (code, field)
    assert refused.status == (413 if code == "too_large" else 400)
    assert not Book.objects.exists()
    assert not originals(settings)


def test_a_problem_is_told_in_the_readers_language(user, settings):
    settings.MAX_UPLOAD_MB = 1
    refused = problem(user, b"a" * (1024 * 1024 + 1))
    with translation.override("en"):
        assert str(refused) == "This is larger than the 1 MB that are allowed. Split the book and add its parts."


def test_nuls_and_surrogates_of_a_bare_text_are_replaced_and_counted(user):
    text = "张三说\0\ud800：“好。”"
    book = import_book(user, text.encode("utf-8", "surrogatepass"), kept=False).book
    assert book.text == "张三说\ufffd\ufffd：“好。”"
    assert book.replaced == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_is_half_saved_when_the_database_fails(user, settings):
    """The chapters come last; what fails there takes the book and its original along."""
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE books_chapter RENAME TO books_chapter_away")
    try:
        with pytest.raises(Exception, match="books_chapter"):
            import_book(user, CHINESE.encode(), filename="a.txt")
        assert not Book.objects.exists()
        assert not originals(settings)
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE books_chapter_away RENAME TO books_chapter")


@pytest.mark.django_db(transaction=True)
def test_a_file_sent_twice_at_the_same_moment_is_one_book(user, settings):
    data = CHINESE.encode() * 200

    def send(_):
        try:
            return import_book(user, data, filename="a.txt")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(send, range(4)))
    assert sum(result.created for result in results) == 1
    assert len({result.book.pk for result in results}) == 1
    assert Book.objects.count() == 1
    assert len(originals(settings)) == 1


def test_the_constraint_knows_kept_books_only(user):
    book = import_book(user, CHINESE.encode()).book
    fields = {"owner": user, "title": "t", "language": "zh", "sha256": book.sha256, "encoding": "UTF-8", "length": 1}
    Book.objects.create(**fields, kept=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Book.objects.create(**fields, kept=True)


# ------------------------------------------------------------------------------------------- another encoding


@pytest.fixture
def misread(user):
    """A GB18030 book that was read as Windows-1252."""
    return import_book(user, CHINESE.encode("gb18030"), filename="渡口.txt", encoding="cp1252").book


def test_a_preview_changes_nothing(misread):
    seen = preview(misread, "gbk")
    assert (seen.encoding, seen.replaced, seen.text) == ("GB18030", 0, CHINESE)
    misread.refresh_from_db()
    assert misread.encoding == "Windows-1252"


def test_a_preview_shows_the_beginning(user):
    book = import_book(user, ("字" * 5000).encode()).book
    assert preview(book, "UTF-8").text == "字" * 2000


def test_reading_again_replaces_text_chapters_and_counts(misread):
    redecode(misread, "GB18030")
    assert (misread.encoding, misread.replaced, misread.length) == ("GB18030", 0, len(CHINESE))
    assert misread.text == CHINESE
    assert [chapter.title for chapter in misread.chapters.all()] == ["第一章 雨夜", "第二章 天明"]


def test_reading_again_in_the_same_encoding_keeps_every_row(misread):
    before = list(Chapter.objects.values_list("pk", flat=True))
    redecode(misread, "cp1252")
    assert list(Chapter.objects.values_list("pk", flat=True)) == before


def test_reading_again_is_all_or_nothing(misread):
    before = misread.text

    def refuse(**_kwargs):
        raise RuntimeError("no")

    book_rereading.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            redecode(misread, "GB18030")
    finally:
        book_rereading.disconnect(refuse)
    misread.refresh_from_db()
    assert (misread.encoding, misread.text) == ("Windows-1252", before)


def test_a_bare_text_cannot_be_read_again(user):
    book = import_book(user, CHINESE.encode(), kept=False).book
    with pytest.raises(ImportProblem, match="not kept"), translation.override("en"):
        redecode(book, "Big5")


# ------------------------------------------------------------------------------------------- the end of a book


@pytest.mark.parametrize("remove", ["book", "queryset", "owner"])
def test_the_original_goes_with_the_book(user, settings, remove, django_capture_on_commit_callbacks):
    book = import_book(user, CHINESE.encode(), filename="a.txt").book
    with django_capture_on_commit_callbacks(execute=True):
        {"book": book, "queryset": Book.objects.all(), "owner": user}[remove].delete()
    assert not Book.objects.exists()
    assert not originals(settings)


# ------------------------------------------------------------------------------------------- samples


def test_the_samples_are_two_novels_with_title_author_and_chapters(user):
    books = [import_book(user, path.read_bytes(), filename=path.name).book for path in sample_files()]
    assert [(book.title, book.author, book.language, book.replaced) for book in books] == [
        ("Northanger Abbey", "Jane Austen", "en", 0),
        ("三国演义", "罗贯中", "zh", 0),
    ]
    assert [book.chapters.exclude(title="").count() for book in books] == [6, 10]
