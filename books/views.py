"""The pages that add, describe, re-read and delete a book; its own page and its chapters are recognition's."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from books.forms import BookForm, EncodingForm, NewBookForm
from books.importing import ImportProblem, preview, redecode
from books.models import Book

CHAPTERS_AT_ONCE = 200
BEGINNING = 120  # code points of a chapter, enough to see whether it begins where it should

form_page = require_http_methods(["GET", "HEAD", "POST"])


def own_book(request: HttpRequest, pk: object) -> Book:
    return get_object_or_404(Book.objects.of(request.user).kept(), pk=pk)


@login_required
@form_page
def book_new(request: HttpRequest) -> HttpResponse:
    """Add a book from a file or a pasted text; a file that is there already opens its book."""
    if request.method != "POST":
        return render(request, "books/new.html", {"form": NewBookForm()})
    form = NewBookForm(request.POST, request.FILES)
    imported = form.save(request.user) if form.is_valid() else None
    if imported is None:
        return render(request, "books/new.html", {"form": form}, status=form.status)
    if imported.created:
        messages.success(request, _("The book is in your library."))
    else:
        messages.info(request, _("You have this file already. This is its book."))
    return redirect(imported.book)


@login_required
@form_page
def book_edit(request: HttpRequest, pk: object) -> HttpResponse:
    book = own_book(request, pk)
    form = BookForm(request.POST or None, instance=book)
    if request.method == "POST" and form.is_valid():
        book.save(update_fields=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect(book)
    # The form has written what was typed into `book`; the page keeps the saved title in its heading.
    context = {"form": form, "book": book, "title": form.initial["title"]}
    return render(request, "books/edit.html", context, status=400 if form.is_bound else 200)


@login_required
@form_page
def book_delete(request: HttpRequest, pk: object) -> HttpResponse:
    book = own_book(request, pk)
    if request.method != "POST":
        return render(request, "books/delete.html", {"book": book})
    book.delete()
    messages.success(request, _("“%(title)s” is deleted.") % {"title": book.title})
    return redirect("library")


@login_required
@form_page
def book_encoding(request: HttpRequest, pk: object) -> HttpResponse:
    """Look at the stored original in another encoding (GET ?encoding=), then read the book in it (POST)."""
    book = own_book(request, pk)
    asked = request.POST if request.method == "POST" else request.GET
    form = EncodingForm(asked if "encoding" in asked else {"encoding": book.encoding})
    seen = None
    if form.is_valid():
        try:
            if request.method == "POST":
                redecode(book, form.cleaned_data["encoding"])
                messages.success(request, _("The book is read as %(encoding)s.") % {"encoding": book.encoding})
                return redirect(book)
            seen = preview(book, form.cleaned_data["encoding"])
        except ImportProblem as problem:
            form.add_error("encoding", str(problem))
    context = {"book": book, "form": form, "seen": seen}
    return render(request, "books/encoding.html", context, status=400 if form.errors else 200)


@login_required
@require_safe
def book_chapters(request: HttpRequest, pk: object) -> HttpResponse:
    """Where the chapters begin and how long they are, to be checked before anything is recognised."""
    book = own_book(request, pk)
    chapters = book.chapters.defer("text").annotate(beginning=Substr("text", 1, BEGINNING)).order_by("number")
    page = Paginator(chapters, CHAPTERS_AT_ONCE).get_page(request.GET.get("page"))
    return render(request, "books/chapters.html", {"book": book, "chapters": page})
