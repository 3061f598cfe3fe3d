"""How a book comes into the library: the one way for the upload page, the API, the samples and bare texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from books.chapters import Part, split_chapters
from books.decoding import Decoded, Undecodable, decode
from books.language import detect_language
from books.models import Book, Chapter, book_rereading

SAMPLES = Path(__file__).parent / "samples"
PREVIEW = 2_000  # code points
NAME = 200  # the longest title or author, in code points
FIRST_LINE = 40  # code points of it that serve as a title when there is no other
ROWS_AT_ONCE = 100  # one INSERT holds as many chapters, each of some 10,000 characters

SENTENCES = {
    "empty_file": _("There is no text in it. Choose another file or text."),
    "binary_file": _(
        "This is no text but an image, an archive, a PDF or another binary file. Save the book as plain text (.txt)."
    ),
    "undecodable": _(
        "These bytes make a text in none of the encodings known here. Save the book as UTF-8, or choose its encoding."
    ),
    "unknown_encoding": _("This encoding is not known here. Use UTF-8, GB18030, Big5, UTF-16LE or UTF-16BE."),
    "wrong_encoding": _("Read in this encoding, the file is no text. Choose another."),
    "too_large": _("This is larger than the %(limit)d MB that are allowed. Split the book and add its parts."),
    "title_too_long": _("The title is longer than %(name)d characters. Shorten it."),
    "author_too_long": _("The author's name is longer than %(name)d characters. Shorten it."),
    "no_original": _("The original file of this book was not kept, so it cannot be read again."),
}


class ImportProblem(Exception):
    """Why a text cannot become a book, as a sentence in the reader's language.

    `code` is a key of SENTENCES and stable, `field` is the part of the form it is about (file, text, encoding, title,
    author), `status` the HTTP status that tells it.
    """

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if code == "too_large" else HTTPStatus.BAD_REQUEST

    def __str__(self) -> str:
        return str(SENTENCES[self.code]) % {"limit": settings.MAX_UPLOAD_MB, "name": NAME}


@dataclass(frozen=True, slots=True)
class Imported:
    book: Book
    created: bool  # False: the owner has this very file already, and `book` is that one


@dataclass(frozen=True, slots=True)
class Preview:
    """How a book would begin in an encoding, and how many characters it would lose in all."""

    encoding: str
    replaced: int
    text: str


def import_book(
    owner: Any,
    data: bytes,
    *,
    filename: str = "",
    title: str = "",
    author: str = "",
    encoding: str | None = None,
    kept: bool = True,
) -> Imported:
    """Make a book of the bytes of a file: decode, find the language and the chapters, save all of it or nothing.

    Without `title` and `author` they are taken from the first lines, else from the file's name. `kept=False` is a bare
    text sent to the API: in no library, without original, never the same as another. Raises ImportProblem.
    """
    field = "file" if filename else "text"
    if is_too_large(len(data)):
        raise ImportProblem("too_large", field)
    for name, given in (("title", title), ("author", author)):
        if len(given.strip()) > NAME:
            raise ImportProblem(f"{name}_too_long", name)
    digest = sha256(data).hexdigest()
    same_file = Book.objects.of(owner).kept().filter(sha256=digest)
    if kept and (book := same_file.first()):
        return Imported(book, created=False)

    decoded = _decoded(data, encoding, field)
    found_title, found_author = title_page(decoded.text, filename)
    book = Book(
        owner=owner,
        title=title.strip() or found_title,
        author=author.strip() or found_author,
        original_name=_basename(filename)[:255],
        sha256=digest,
        kept=kept,
    )
    try:
        with transaction.atomic():
            if kept:
                book.original.save(f"{book.pk}.txt", ContentFile(data), save=False)
            _save_text(book, decoded)
    except BaseException as error:
        book.delete_original()
        # Sent twice at the same moment: the constraint has let one of them through.
        if isinstance(error, IntegrityError) and (first := same_file.first()):
            return Imported(first, created=False)
        raise
    return Imported(book, created=True)


def redecode(book: Book, encoding: str) -> None:
    """Read the stored original again in another encoding: text and chapters are replaced, or nothing is.

    What was recognised in the old text goes with it. The encoding that the book has changes nothing. Raises
    ImportProblem.
    """
    decoded = _decoded(_original(book), encoding, "encoding")
    if decoded.encoding == book.encoding:
        return
    with transaction.atomic():
        locked = Book.objects.select_for_update().get(pk=book.pk)
        book_rereading.send(Book, book=locked)
        locked.chapters.all().delete()
        _save_text(locked, decoded)
    book.refresh_from_db()


def preview(book: Book, encoding: str) -> Preview:
    """The beginning of the stored original, read in this encoding; nothing is changed. Raises ImportProblem."""
    decoded = _decoded(_original(book), encoding, "encoding")
    return Preview(decoded.encoding, decoded.replaced, decoded.text[:PREVIEW])


def is_too_large(size: int) -> bool:
    """Whether so many bytes are more than one book may have."""
    return size > settings.MAX_UPLOAD_MB * 1024 * 1024


def sample_files() -> list[Path]:
    """The novels that come with the product."""
    return sorted(SAMPLES.glob("*.txt"))


def _original(book: Book) -> bytes:
    if not book.original:
        raise ImportProblem("no_original", "encoding")
    with book.original.open("rb") as file:
        return bytes(file.read())


def _decoded(data: bytes, encoding: str | None, field: str) -> Decoded:
    try:
        decoded = decode(data, encoding)
    except Undecodable as error:
        if field == "encoding" and error.code != "unknown_encoding":  # it is a text; it was read once
            raise ImportProblem("wrong_encoding", field) from error
        raise ImportProblem(error.code, "encoding" if error.code == "unknown_encoding" else field) from error
    if not decoded.text.strip():
        raise ImportProblem("empty_file", field)
    return decoded


def _save_text(book: Book, decoded: Decoded) -> None:
    """Give the book a text with its language and chapters, inside the caller's transaction."""
    book.language = detect_language(decoded.text)
    book.encoding = decoded.encoding
    book.replaced = decoded.replaced
    book.length = len(decoded.text)
    book.save()
    Chapter.objects.bulk_create(_rows(book, split_chapters(decoded.text)), batch_size=ROWS_AT_ONCE)


def _rows(book: Book, parts: Iterable[Part]) -> Iterable[Chapter]:
    for number, part in enumerate(parts, start=1):
        yield Chapter(
            book=book, number=number, title=part.title, text=part.text, start=part.start, length=len(part.text)
        )


# ------------------------------------------------------------------------------------------- title and author

BOOK_MARKS = re.compile(r"《([^》\n]{1,100})》[ \t\u3000]*(?:作者)?[ \t\u3000:：]*([^\n，。！？；：]{0,30})")
LABELLED_TITLE = re.compile(r"^(?:Title|书名|書名)[ \t]*[:：][ \t]*(\S[^\n]{0,150})", re.MULTILINE)
LABELLED_AUTHOR = re.compile(r"^(?:Author|作者)[ \t]*[:：][ \t]*(\S[^\n]{0,150})", re.MULTILINE)
BY_LINE = re.compile(r"[Bb][Yy][ \t]+([A-Z][\w.'’ \-]{2,60})")


def title_page(text: str, filename: str) -> tuple[str, str]:
    """(title, author) as the first lines tell them, else the file's name, else the first line; the author may be ""."""
    beginning = text.lstrip()[:2_000]
    lines = [line.strip() for line in beginning.splitlines() if line.strip()]
    stem = Path(_basename(filename)).stem.strip()
    for line in (lines[0], stem):
        if marked := BOOK_MARKS.fullmatch(line):
            return marked[1].strip(), marked[2].strip()
    if labelled := LABELLED_TITLE.search(beginning):
        author = LABELLED_AUTHOR.search(beginning)
        return labelled[1].strip(), author[1].strip() if author else ""
    for line in lines[1:5]:
        if (by := BY_LINE.fullmatch(line)) and len(lines[0]) <= 100:
            return lines[0], by[1].strip()
    return stem[:NAME] or lines[0][:FIRST_LINE], ""


def _basename(filename: str) -> str:
    """The last part of a path as any system writes it."""
    return filename.replace("\\", "/").rpartition("/")[2]
