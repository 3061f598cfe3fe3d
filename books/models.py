import uuid
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import Signal, receiver
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Sent inside the transaction that deletes a book, before its rows are collected, with `book`.
# Whoever writes rows about the book stops here; without it a row written meanwhile would break the deletion.
book_removing = Signal()
# Sent inside the transaction that gives a book another text, with `book`, which is locked. Whoever keeps rows about
# the book deletes them here: every position in them is void.
book_rereading = Signal()


class Language(models.TextChoices):
    CHINESE = "zh", _("Chinese")
    ENGLISH = "en", _("English")


class BookQuerySet(models.QuerySet["Book"]):
    def of(self, user: Any) -> "BookQuerySet":
        """The books this user owns; the only way pages and API reach a book."""
        return self.filter(owner=user)

    def kept(self) -> "BookQuerySet":
        return self.filter(kept=True)


class Book(models.Model):
    """A text and where it came from. Positions in it are code points of `text`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="books", verbose_name=_("owner"))
    title = models.CharField(pgettext_lazy("of a book", "title"), max_length=200)
    author = models.CharField(_("author"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    original = models.FileField(_("original file"), upload_to="originals/%Y/%m/", blank=True)
    original_name = models.CharField(_("name of the original file"), max_length=255, blank=True)
    sha256 = models.CharField(_("SHA-256 of the original"), max_length=64)
    encoding = models.CharField(_("encoding"), max_length=20)
    replaced = models.PositiveIntegerField(_("replaced characters"), default=0)
    length = models.PositiveIntegerField(_("length in characters"))
    created = models.DateTimeField(_("added"), auto_now_add=True)
    # False: a bare text sent to the API. Not in the library, never deduplicated, deleted with its task.
    kept = models.BooleanField(_("kept in the library"), default=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        verbose_name = _("book")
        verbose_name_plural = _("books")
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "sha256"], condition=Q(kept=True), name="one_kept_book_a_file"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("book", args=[self.pk])

    @property
    def text(self) -> str:
        """The whole text, exactly as decoded: the chapters joined."""
        return "".join(self.chapters.order_by("number").values_list("text", flat=True))

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Remove the book with all that is known about it, and its original file."""
        with transaction.atomic():
            book_removing.send(Book, book=self)
            return super().delete(*args, **kwargs)

    def delete_original(self) -> None:
        if self.original:
            self.original.delete(save=False)


@receiver(post_delete, sender=Book)
def delete_original_with_book(instance: Book, **_kwargs: Any) -> None:
    """Also where no `delete` is called: a user's books go with the user."""
    transaction.on_commit(instance.delete_original)


class Chapter(models.Model):
    """A contiguous part of a book's text; all chapters joined are the text."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="chapters", verbose_name=_("book"))
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200, blank=True)  # empty: a part without a heading
    text = models.TextField(_("text"))
    start = models.PositiveIntegerField(_("start"))
    length = models.PositiveIntegerField(_("length in characters"))  # so that lists need not load the text

    class Meta:
        verbose_name = _("chapter")
        verbose_name_plural = _("chapters")
        ordering = ["book", "number"]
        constraints = [models.UniqueConstraint(fields=["book", "number"], name="one_chapter_a_number")]

    def __str__(self) -> str:
        return self.title or _("Part %(number)d") % {"number": self.number}

    def get_absolute_url(self) -> str:
        return reverse("chapter", args=[self.book_id, self.number])
