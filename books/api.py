"""The library over HTTP: books and their chapters."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import DestroyModelMixin, ListModelMixin, RetrieveModelMixin, UpdateModelMixin
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from books.importing import ImportProblem, import_book, is_too_large
from books.models import Book, Chapter

BOOK_ID = OpenApiParameter("book", OpenApiTypes.UUID, OpenApiParameter.PATH)


class BookSerializer(serializers.ModelSerializer[Book]):
    chapters = serializers.IntegerField(source="chapter_count", read_only=True, label=gettext_lazy("Chapters"))

    class Meta:
        model = Book
        fields = [
            "id", "title", "author", "language", "length", "chapters", "encoding", "replaced", "original_name",
            "sha256", "created",
        ]  # fmt: skip
        read_only_fields = ["length", "encoding", "replaced", "original_name", "sha256"]


@extend_schema_field(OpenApiTypes.STR)
class AnyText(serializers.Field[str, str, str, Any]):
    """A string with whatever it holds: NULs and lone surrogates are replaced and counted by the import."""

    default_error_messages = {"invalid": gettext_lazy("Not a valid string.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data

    def to_representation(self, value: str) -> str:
        return value


class NewBookSerializer(serializers.Serializer[Any]):
    """Either a file (multipart/form-data) or a text (JSON)."""

    file = serializers.FileField(required=False, allow_empty_file=True, label=gettext_lazy("Text file"))
    text = AnyText(required=False, label=gettext_lazy("Text"))
    title = serializers.CharField(default="", allow_blank=True, label=gettext_lazy("Title"))
    author = serializers.CharField(default="", allow_blank=True, label=gettext_lazy("Author"))
    encoding = serializers.CharField(
        default="", allow_blank=True, label=gettext_lazy("Encoding of the file; found out when left out")
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("file" in given) == ("text" in given):
            sentence = _("Send either a file (multipart/form-data) or a text (JSON).")
            raise ValidationError({"file": ErrorDetail(sentence, "file_or_text")})
        return given


class BookViewSet(ListModelMixin, RetrieveModelMixin, UpdateModelMixin, DestroyModelMixin, GenericViewSet[Book]):
    """The books of the caller's library."""

    queryset = Book.objects.kept()
    serializer_class = BookSerializer
    parser_classes = (*GenericViewSet.parser_classes, MultiPartParser)
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    search_fields = ["title", "author"]
    filterset_fields = ["language", "sha256"]
    ordering_fields = ["created", "title", "author", "length"]
    ordering = ["-created"]

    def get_queryset(self) -> QuerySet[Book]:
        return super().get_queryset().filter(owner=self.request.user.pk).annotate(chapter_count=Count("chapters"))

    @extend_schema(
        request={"multipart/form-data": NewBookSerializer, "application/json": NewBookSerializer},
        responses={201: BookSerializer, 200: OpenApiResponse(BookSerializer, "The caller has this very file already.")},
    )
    def create(self, request: Request) -> Response:
        """Add a book. The same file again answers 200 with the book that is there."""
        asked = NewBookSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        file = given.get("file")
        if file and is_too_large(file.size):  # seen before it is read into memory
            raise ImportProblem("too_large", "file")
        imported = import_book(
            request.user,
            file.read() if file else given["text"].encode("utf-8", "surrogatepass"),
            filename=file.name if file else "",
            title=given["title"],
            author=given["author"],
            encoding=given["encoding"] if file else "UTF-8",
        )
        book = self.get_queryset().get(pk=imported.book.pk)
        code = status.HTTP_201_CREATED if imported.created else status.HTTP_200_OK
        return Response(self.get_serializer(book).data, code)


class ChapterSerializer(serializers.ModelSerializer[Chapter]):
    class Meta:
        model = Chapter
        fields = ["number", "title", "start", "length"]


class ChapterTextSerializer(ChapterSerializer):
    class Meta(ChapterSerializer.Meta):
        fields = [*ChapterSerializer.Meta.fields, "text"]


@extend_schema(parameters=[BOOK_ID])
class ChapterViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Chapter]):
    """The chapters of a book in order, without their texts; one of them with its text."""

    queryset = Chapter.objects.all()
    serializer_class = ChapterSerializer
    lookup_field = "number"
    search_fields = ["title"]
    ordering_fields = ["number", "length"]
    ordering = ["number"]

    def get_queryset(self) -> QuerySet[Chapter]:
        book = get_object_or_404(Book.objects.of(self.request.user), pk=self.kwargs["book"])
        chapters = super().get_queryset().filter(book=book)
        return chapters.defer("text") if self.action == "list" else chapters

    def get_serializer_class(self) -> type[ChapterSerializer]:
        return ChapterSerializer if self.action == "list" else ChapterTextSerializer
