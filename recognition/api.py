"""Recognition over HTTP: the contract kept from the services this replaces, and the resources of a book.

The views of the contract say `contract = True`, which gives their errors the contract's form (txt2voice.api.problem).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import django_filters
import pydantic
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import Http404
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.html import is_html_input
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from books.api import BOOK_ID, AnyText
from books.importing import import_book
from books.models import Book
from recognition import callbacks, corrections, progress, remote, results, tasks
from recognition.engines import Options
from recognition.models import Character, Correction, ProcessingTask, Quotation, Relation, Status

# For the schema, which cannot tell the type of what stands in an address.
TASK_ID = OpenApiParameter("task", OpenApiTypes.UUID, OpenApiParameter.PATH)

HTTP_URL = pydantic.TypeAdapter(pydantic.HttpUrl)
URL_LENGTH = 2000  # as the tables have it

# ------------------------------------------------------------------------------------------------- what is asked for


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses a key it does not know: a misspelt option would else do nothing, and nobody would learn of it."""

    default_error_messages = {"invalid": gettext_lazy("This is no JSON object. Send one, or leave it out.")}

    def to_internal_value(self, data: Any) -> Any:
        # A browser's form also carries its CSRF token and its buttons.
        if isinstance(data, Mapping) and not is_html_input(data):
            unknown = data.keys() - self.fields.keys()
            sentence = _("This is not known here; known are %(names)s.") % {"names": ", ".join(self.fields)}
            if unknown:
                raise ValidationError({name: [ErrorDetail(sentence, "unknown_field")] for name in sorted(unknown)})
        return super().to_internal_value(data)


class OptionsSerializer(StrictSerializer):
    """What a person may choose. What is left out has the default of `engines.Options`.

    The fields have no default of their own: with one, a box that is not ticked in a browser's form would read as
    ticked.
    """

    enable_coreference = serializers.BooleanField(required=False, label=gettext_lazy("Join names and follow pronouns"))
    enable_dialogue = serializers.BooleanField(required=False, label=gettext_lazy("Find quotations"))
    enable_relations = serializers.BooleanField(required=False, label=gettext_lazy("Find relations"))
    max_characters = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=10_000, label=gettext_lazy("Characters at most")
    )
    min_mentions = serializers.IntegerField(
        required=False, min_value=1, max_value=100_000, label=gettext_lazy("Mentions at least")
    )
    similarity_threshold = serializers.FloatField(
        required=False, min_value=0, max_value=1, label=gettext_lazy("Evidence needed to join two names")
    )

    def validate_similarity_threshold(self, value: float) -> float:
        if math.isnan(value):  # neither below the least nor above the most
            raise ValidationError(_("A valid number is required."), "invalid")
        return value


class StartSerializer(StrictSerializer):
    """How to recognise: `engine` and `options`, both with defaults. The page of a book sends the same as a form."""

    engine = serializers.ChoiceField(["auto", "offline", "llm"], default="auto", label=gettext_lazy("Engine"))
    options = OptionsSerializer(required=False, allow_null=True)

    def chosen(self) -> Options:
        return Options(**self.validated_data.get("options") or {})


class TextSerializer(StartSerializer):
    text = AnyText(label=gettext_lazy("Text"))


class CallbackUrlSerializer(serializers.Serializer[Any]):
    callback_url = serializers.CharField(
        default="", allow_blank=True, help_text=gettext_lazy("Where the result is sent to.")
    )

    def validate_callback_url(self, given: str) -> str:
        """The URL in its normal form. URLField would refuse names without a dot, such as http://backend:8080/."""
        if not given:
            return ""
        try:
            url = str(HTTP_URL.validate_python(given))
            callbacks.checked_address(url)
        except pydantic.ValidationError as error:
            sentence = _("Give an address that begins with http:// or https://.")
            raise ValidationError(sentence, "callback_refused") from error
        except callbacks.CallbackRefused as refused:
            # A host that cannot be found now may be there when the task ends: the delivery is tried again and again.
            if not isinstance(refused.__cause__, OSError):
                raise ValidationError(str(refused), "callback_refused") from refused
        if len(url) > URL_LENGTH:
            raise ValidationError(_("The address is too long."), "callback_refused")
        return url


# ------------------------------------------------------------------------------------------------- the contract


class AcceptedSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField(default=True)
    task_id = serializers.UUIDField()
    message = serializers.CharField()


class TextTaskSerializer(serializers.Serializer[ProcessingTask]):
    task_id = serializers.UUIDField(source="pk")
    status = serializers.ChoiceField(Status.choices)
    progress = serializers.IntegerField()
    message = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="created")
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)

    def get_message(self, task: ProcessingTask) -> str:
        return progress.sentence(task)

    def get_result(self, task: ProcessingTask) -> dict[str, Any] | None:
        return results.contract_result(task)

    def get_error(self, task: ProcessingTask) -> str | None:
        return error_of(task)


class StartedSerializer(serializers.Serializer[Any]):
    taskId = serializers.UUIDField()
    message = serializers.CharField()


class BookStateSerializer(serializers.Serializer[Any]):
    taskId = serializers.UUIDField(allow_null=True)
    status = serializers.CharField(help_text=gettext_lazy("That of the latest task, or not_started."))
    progress = serializers.IntegerField()
    message = serializers.CharField()
    error = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField(allow_null=True)
    completedAt = serializers.DateTimeField(allow_null=True)


class CallbackSerializer(serializers.Serializer[Any]):
    """What another recognition service says of a task it was given; it may say more than is read here."""

    task_id = serializers.CharField(max_length=100)
    status = serializers.ChoiceField(Status.choices)
    result = serializers.JSONField(required=False, allow_null=True, default=None)
    error = serializers.CharField(required=False, allow_null=True, allow_blank=True, default=None)


class CallbackAnswer(serializers.Serializer[Any]):
    success = serializers.BooleanField(default=True)
    message = serializers.CharField()


def answer_with(data: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """For the schema: `{"success": true, "data": ...}`."""
    name = data.__name__.replace("Serializer", "Answer")
    return inline_serializer(name, {"success": serializers.BooleanField(), "data": data()})


def error_of(task: ProcessingTask) -> str | None:
    """Why the task failed, in the words of the one who failed when there are any; None for one that did not."""
    return progress.problem(task.error_message) or progress.failure_advice(task) or None


def own_book(request: Request, pk: str) -> Book:
    return get_object_or_404(Book.objects.of(request.user), pk=pk)


class RecognizeText(APIView):
    """Recognise a bare text: it is in no library, and is deleted with its result some time after it ends."""

    contract = True

    @extend_schema(
        request=TextSerializer,
        parameters=[CallbackUrlSerializer],
        responses={202: AcceptedSerializer},
        operation_id="recognize_text",
    )
    def post(self, request: Request) -> Response:
        asked, back = TextSerializer(data=request.data), CallbackUrlSerializer(data=request.query_params)
        back.is_valid(raise_exception=True)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            text = asked.validated_data["text"].encode("utf-8", "surrogatepass")
            task = tasks.start(
                import_book(request.user, text, encoding="UTF-8", kept=False).book,
                engine=asked.validated_data["engine"],
                options=asked.chosen(),
                callback_url=back.validated_data["callback_url"],
            )
        answer = {"success": True, "task_id": task.pk, "message": _("The text is accepted and waits for a worker.")}
        return Response(AcceptedSerializer(answer).data, status.HTTP_202_ACCEPTED)


class RecognizeTextTask(APIView):
    """The state of a task; `result` is null until it is completed."""

    contract = True

    @extend_schema(parameters=[TASK_ID], responses=answer_with(TextTaskSerializer), operation_id="recognize_text_task")
    def get(self, request: Request, task: str) -> Response:
        found = get_object_or_404(ProcessingTask.objects.of(request.user).select_related("book"), pk=task)
        return Response({"success": True, "data": TextTaskSerializer(found).data})


class RecognizeBook(APIView):
    """Start the recognition of a book, or ask how its latest one is doing."""

    contract = True

    @extend_schema(
        request=StartSerializer,
        parameters=[BOOK_ID],
        responses={202: answer_with(StartedSerializer)},
        operation_id="recognize_book",
    )
    def post(self, request: Request, book: str) -> Response:
        found = own_book(request, book)
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        task = tasks.start(found, engine=asked.validated_data["engine"], options=asked.chosen())
        data = {"taskId": task.pk, "message": _("The recognition waits for a worker.")}
        return Response({"success": True, "data": StartedSerializer(data).data}, status.HTTP_202_ACCEPTED)

    @extend_schema(
        parameters=[BOOK_ID], responses=answer_with(BookStateSerializer), operation_id="recognize_book_state"
    )
    def get(self, request: Request, book: str) -> Response:
        task = results.latest_task(own_book(request, book))
        if task is None:
            message = _("No recognition of this book has been started.")
            data = {"status": "not_started", "progress": 0, "message": message}
            data |= dict.fromkeys(("taskId", "error", "createdAt", "completedAt"))
        else:
            data = {
                "taskId": task.pk,
                "status": task.status,
                "progress": task.progress,
                "message": progress.sentence(task),
                "error": error_of(task),
                "createdAt": task.created,
                "completedAt": task.completed_at,
            }
        return Response({"success": True, "data": BookStateSerializer(data).data})


class RecognizeCallback(APIView):
    """Where another recognition service sends its result. The token in the address says which task it is about."""

    contract = True
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        request=CallbackSerializer,
        parameters=[BOOK_ID, OpenApiParameter("token", description="As in the address that was given.", required=True)],
        responses=CallbackAnswer,
        operation_id="recognize_callback",
    )
    def post(self, request: Request, book: str) -> Response:
        task = self.task_of_token(book, request.query_params.get("token", ""))
        told = CallbackSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        # Empty: the callback came before the answer to the submission, which would have named the task.
        if task.external_task_id not in ("", told.validated_data["task_id"]):
            raise Http404
        say = told.validated_data
        try:
            remote.apply_callback(task, say["status"], say["result"], say["error"])
        except pydantic.ValidationError as error:
            sentence = _("This is not the result of a recognition.")
            raise ValidationError({"result": [ErrorDetail(sentence, "invalid")]}) from error
        return Response(CallbackAnswer({"success": True, "message": _("Received.")}).data)

    def task_of_token(self, book: str, token: str) -> ProcessingTask:
        digest = remote.token_hash(token)
        for task in get_object_or_404(Book, pk=book).tasks.all():
            if constant_time_compare(digest, task.callback_token_hash):
                return task
        raise Http404


# ------------------------------------------------------------------------------------------------- resources


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT


class OfBook(GenericViewSet[Any]):
    """Rows of one book, below /api/books/{book}/; a book that is not the caller's is not there."""

    book: Book

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.book = own_book(request, kwargs["book"])

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(book=self.book)


class CharacterSerializer(serializers.ModelSerializer[Character]):
    aliases: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(
        many=True, read_only=True, slug_field="text"
    )

    class Meta:
        model = Character
        fields = [
            "id", "name", "aliases", "gender", "role", "importance", "kind", "mentions", "quotes", "first_appearance",
        ]  # fmt: skip


class CharacterViewSet(ListModelMixin, RetrieveModelMixin, OfBook):
    """The cast of a book, foremost first."""

    queryset = Character.objects.visible()
    serializer_class = CharacterSerializer
    filterset_fields = ["gender", "importance", "kind"]
    search_fields = ["name", "aliases__text"]
    ordering_fields = ["name", "sort_key", "mentions", "quotes", "first_appearance"]

    def get_queryset(self) -> QuerySet[Character]:
        return results.cast_of(self.book)


class QuotationSerializer(serializers.ModelSerializer[Quotation]):
    chapter = serializers.IntegerField(source="chapter_number")
    text = serializers.CharField()
    speaker = serializers.CharField(source="speaker.name", default=None, allow_null=True)
    guess = serializers.CharField(source="guess.name", default=None, allow_null=True)
    evidence = serializers.SerializerMethodField()

    class Meta:
        model = Quotation
        fields = [
            "chapter", "start", "end", "text", "continues", "speaker", "guess", "decided", "kind", "method",
            "confidence", "evidence",
        ]  # fmt: skip

    def get_evidence(self, quotation: Quotation) -> list[int] | None:
        if quotation.evidence_start is None or quotation.evidence_end is None:
            return None
        return [quotation.evidence_start, quotation.evidence_end]


class SpeakerSerializer(serializers.Serializer[Any]):
    """Who speaks a line, by name or alias; null: it cannot be told. `new` lets a name that nobody has join the cast."""

    speaker = serializers.CharField(allow_null=True, max_length=Character._meta.get_field("name").max_length)
    new = serializers.BooleanField(default=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        name = given["speaker"]
        if name is not None and not given["new"] and name not in self.context["people"]:
            sentence = _('Nobody in the cast has this name. To add somebody new, send "new": true as well.')
            raise serializers.ValidationError({"speaker": sentence}, code="unknown_character")
        return given


class QuotationFilter(django_filters.FilterSet):  # type: ignore[misc]
    chapter = django_filters.NumberFilter("chapter__number", label=gettext_lazy("Number of the chapter"))
    speaker = django_filters.CharFilter("speaker__name", label=gettext_lazy("Name of the speaker"))
    unknown = django_filters.BooleanFilter("speaker", "isnull", label=gettext_lazy("Whether it has no speaker"))

    class Meta:
        model = Quotation
        fields = ["kind", "decided"]


class QuotationViewSet(ListModelMixin, RetrieveModelMixin, OfBook):
    """The quotations of a book in the order of its text; one is found by its start."""

    queryset = Quotation.objects.all()
    serializer_class = QuotationSerializer
    filterset_class = QuotationFilter
    lookup_field = "start"
    ordering_fields = ["start", "confidence"]
    ordering = ["start"]

    def get_queryset(self) -> QuerySet[Quotation]:
        rows = super().get_queryset().select_related("speaker", "guess").annotate(chapter_number=F("chapter__number"))
        return results.with_text(rows)

    @extend_schema(request=SpeakerSerializer, responses=QuotationSerializer)
    def partial_update(self, request: Request, book: str, start: str) -> Response:
        """Say who speaks a line; of one that narration interrupts, by its first piece. What a person says stays."""
        line = get_object_or_404(self.get_queryset(), start=start, continues=None)
        given = SpeakerSerializer(data=request.data, context={"people": self.book.characters.by_any_name()})
        given.is_valid(raise_exception=True)
        corrections.decide(self.book, request.user, line.start, given.validated_data["speaker"])
        return Response(self.get_serializer(self.get_queryset().get(start=line.start)).data)


class RelationSerializer(serializers.Serializer[Relation]):
    id = serializers.IntegerField()
    to = serializers.CharField(source="target.name")
    type = serializers.CharField()
    weight = serializers.FloatField()
    evidence = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of the language, so that the class cannot have it as an attribute.
        return {"from": serializers.CharField(source="source.name"), **super().get_fields()}


class RelationFilter(django_filters.FilterSet):  # type: ignore[misc]
    character = django_filters.CharFilter(method="of_character", label=gettext_lazy("Name of either character"))

    class Meta:
        model = Relation
        fields = ["type"]

    def of_character(self, relations: QuerySet[Relation], _field: str, name: str) -> QuerySet[Relation]:
        return relations.filter(Q(source__name=name) | Q(target__name=name))


class RelationViewSet(ListModelMixin, RetrieveModelMixin, OfBook):
    """Who is joined with whom in a book, the closest first."""

    queryset = Relation.objects.select_related("source", "target")
    serializer_class = RelationSerializer
    filterset_class = RelationFilter
    ordering_fields = ["weight", "type"]


class CorrectionSerializer(serializers.ModelSerializer[Correction]):
    user = serializers.CharField(source="user.username", default=None, allow_null=True)

    class Meta:
        model = Correction
        fields = ["id", "user", "task", "verb", "before", "after", "created", "undone_at"]


class UndoneSerializer(serializers.Serializer[Any]):
    """Numbers of lines."""

    put_back = serializers.IntegerField()
    kept = serializers.IntegerField()


class CorrectionViewSet(ListModelMixin, RetrieveModelMixin, OfBook):
    """What people and repeated runs changed in a book's result, the latest first."""

    queryset = Correction.objects.select_related("user")
    serializer_class = CorrectionSerializer
    filterset_fields = ["verb"]
    ordering_fields = ["created"]

    @extend_schema(request=None, responses=UndoneSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, book: str, pk: str) -> Response:
        """Give the lines their former speakers; 409 when that is done, or when a recognition is running.

        Lines that were changed since stay as they are: `kept` of them.
        """
        correction = get_object_or_404(self.get_queryset(), pk=pk)
        try:
            kept = corrections.undo(correction)
        except corrections.NotUndone as refusal:
            raise Conflict(corrections.REFUSAL, "not_undoable") from refusal
        lines = len(correction.before)
        return Response(UndoneSerializer({"put_back": lines - kept, "kept": kept}).data)


class ScriptView(APIView):
    """The book's script in the exchange format `txt2voice/script@1`."""

    @extend_schema(parameters=[BOOK_ID], responses=OpenApiTypes.OBJECT, operation_id="book_script")
    def get(self, request: Request, book: str) -> Response:
        return Response(results.script(own_book(request, book)))


class ChangesSerializer(serializers.Serializer[Correction]):
    """How many lines a repeated recognition gave other speakers; none of those that a person decided."""

    correction = serializers.IntegerField(source="pk")
    lines = serializers.SerializerMethodField()
    undone_at = serializers.DateTimeField(allow_null=True)

    def get_lines(self, correction: Correction) -> int:
        return len(correction.before)


class TaskSerializer(serializers.ModelSerializer[ProcessingTask]):
    changes = ChangesSerializer(allow_null=True)
    book_title = serializers.CharField(source="book.title")
    message = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    seconds_left = serializers.SerializerMethodField()

    class Meta:
        model = ProcessingTask
        fields = [
            "id", "book", "book_title", "task_type", "status", "stage", "progress", "total_items", "processed_items",
            "message", "seconds_left", "engine", "model", "options", "failure", "error", "statistics", "tokens_in",
            "tokens_out", "calls", "failed_windows", "created", "started_at", "completed_at", "changes",
        ]  # fmt: skip

    def get_message(self, task: ProcessingTask) -> str:
        return progress.sentence(task)

    def get_error(self, task: ProcessingTask) -> str | None:
        return error_of(task)

    def get_seconds_left(self, task: ProcessingTask) -> int | None:
        left = progress.remaining(task)
        return None if left is None else round(left.total_seconds())


class TaskFilter(django_filters.FilterSet):  # type: ignore[misc]
    # Not a choice among all books, which would tell whether somebody else's is there.
    book = django_filters.UUIDFilter("book_id", label=gettext_lazy("Id of the book"))

    class Meta:
        model = ProcessingTask
        fields = ["status", "failure", "engine"]


class TaskViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[ProcessingTask]):
    """The caller's recognitions, the latest first."""

    queryset = ProcessingTask.objects.select_related("book", "correction").defer("traceback")
    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    ordering_fields = ["created", "completed_at", "progress"]

    def get_queryset(self) -> QuerySet[ProcessingTask]:
        return super().get_queryset().filter(book__owner=self.request.user.pk)

    @extend_schema(request=None, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop a task that waits or runs; 409 when it has ended already."""
        if not tasks.cancel(self.get_object()):
            raise Conflict(_("This task has already ended."), "not_active")
        return self.retrieve(request)

    @extend_schema(request=None, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Take up a task where it failed or was cancelled; of a completed one, ask again the windows that failed.

        409 when it is none of these, or another one of the book runs.
        """
        if not tasks.retry(self.get_object()):
            raise Conflict(
                _(
                    "Only a task that failed, was cancelled or has failed windows can be tried again, and only while "
                    "no other one of the book runs."
                ),
                "not_retryable",
            )
        return self.retrieve(request)
