"""What operators look into: the books, and where their chapters begin. Books come in by upload only."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from books.models import Book, Chapter


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Deleting goes through `Book.delete`, one by one: it stops what is running about the book."""

    list_display = ["title", "author", "owner", "language", "length", "encoding", "replaced", "kept", "created"]
    list_filter = ["kept", "language", "created"]
    list_select_related = ["owner"]
    search_fields = ["title", "author", "=owner__username", "=id", "=sha256"]
    show_full_result_count = False
    list_per_page = 50
    readonly_fields = [
        "owner", "kept", "encoding", "replaced", "length", "chapter_count", "original_name", "sha256",
        "created",
    ]  # fmt: skip
    fields = ["title", "author", "language", *readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("chapters"))
    def chapter_count(self, book: Book) -> SafeString:
        address = reverse("admin:books_chapter_changelist")
        return format_html('<a href="{}?book__id__exact={}">{}</a>', address, book.pk, book.chapters.count())

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """The books alone: to list their tens of thousands of rows would take minutes."""
        books = list(objs)
        return [str(book) for book in books], {str(Book._meta.verbose_name_plural): len(books)}, set(), []

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Book]) -> None:
        for book in queryset:
            book.delete()


@admin.register(Chapter)
class ChapterAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only: a chapter that is changed or missing would move every position in its book."""

    list_display = ["book", "number", "title", "start", "length"]
    list_display_links = ["number"]
    list_select_related = ["book"]
    search_fields = ["title", "book__title"]
    ordering = ["-pk"]
    show_full_result_count = False
    list_per_page = 50
    fields = ["book", "number", "title", "start", "length"]  # its text is on its page, "View on site"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chapter]:
        return super().get_queryset(request).defer("text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Also asked where a user is deleted, whose books go along with their chapters; that may be.
        return not request.path.startswith(reverse("admin:books_chapter_changelist"))
