"""What operators look into. Results are read here and corrected on the pages, where every change can be undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Left, Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from recognition import callbacks, progress, tasks
from recognition.models import (
    GIVEN_UP,
    OWED,
    Alias,
    Character,
    Correction,
    Delivery,
    Distinct,
    Endpoint,
    ProcessingTask,
    Quotation,
    Relation,
    TokenUse,
    Verdict,
    WebhookSecret,
    Window,
    Worker,
)


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than `limit`: counting millions of rows takes longer than showing a page of them."""

    limit = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[: self.limit].count())


class LightList(ChangeList):
    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows = super().get_queryset(request, exclude_parameters)
        return rows.defer(*self.model_admin.not_in_list)  # type: ignore[attr-defined]


class FastAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists whose cost does not grow with the table: `related` is joined, and what is big is left in the database."""

    related: tuple[str, ...] = ()
    big: tuple[str, ...] = ()  # loaded when it is looked at
    not_in_list: tuple[str, ...] = ()  # loaded for the row's own page only
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-pk"]
    list_per_page = 50
    view_on_site = False  # the pages show a book to its owner alone

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related).defer(*self.big)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LightList

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(FastAdmin):
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or [field.name for field in self.model._meta.fields]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ChosenFilter(admin.RelatedFieldListFilter):
    """By the one row that a link has chosen: to offer all books or people would take longer than the page."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        try:
            choices = field.get_choices(include_blank=False, limit_choices_to={"pk__in": self.lookup_val or []})
        except (ValueError, ValidationError) as error:
            raise IncorrectLookupParameters(error) from error
        return list(choices)

    def has_output(self) -> bool:
        return bool(self.lookup_val)


class ConditionFilter(admin.SimpleListFilter):
    """By one of `conditions`: {value: (words, condition)}."""

    conditions: dict[str, tuple[Any, Q]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(value, words) for value, (words, _condition) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.conditions.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


def link(page: str, text: object, **query: object) -> SafeString:
    """A link to the list of a model of this app, with a filter chosen."""
    address = reverse(f"admin:recognition_{page}_changelist", query=query)
    return format_html('<a href="{}">{}</a>', address, text)


# ------------------------------------------------------------------------------------------------- tasks

TASK_TEXTS = ("task__traceback", "task__error_message", "task__options", "task__statistics")


class EngineFilter(ConditionFilter):
    """By the known names; asking the table for its distinct values would read all of it."""

    title = _("engine")
    parameter_name = "engine"
    conditions = {name: (name, Q(engine=name)) for name in ("offline", "llm", "remote")}


class AgeFilter(ConditionFilter):
    title = _("age")
    parameter_name = "age"
    conditions = {
        "hour": (_("up to an hour"), Q(created__gte=Now() - timedelta(hours=1))),
        "day": (_("up to a day"), Q(created__gte=Now() - timedelta(days=1))),
        "week": (_("up to a week"), Q(created__gte=Now() - timedelta(weeks=1))),
        "older": (_("more than a week"), Q(created__lt=Now() - timedelta(weeks=1))),
    }


class DeliveryInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Delivery
    fields = readonly_fields = ("url", "attempts", "last_status", "last_error", "due_at", "delivered_at")
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer("body")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ProcessingTask)
class ProcessingTaskAdmin(FastAdmin):
    """Only what an operator may decide can be changed: who comes first, and how much may be spent."""

    related = ("book__owner",)
    not_in_list = ("traceback", "error_message", "options", "statistics")
    ordering = ["-created"]
    show_facets = admin.ShowFacets.ALWAYS  # how many failed is what an operator comes for
    list_display = ["book", "owner", "status", "failure", "why", "engine", "stage", "progress", "created", "worker"]
    list_filter = [
        ("book", ChosenFilter), ("book__owner", ChosenFilter), "status", "failure", EngineFilter, AgeFilter, "stage",
    ]  # fmt: skip
    search_fields = ["=id", "=external_task_id", "book__title", "=book__owner__username"]
    search_help_text = _("The id of a task, the title of a book, or the name of its owner")
    actions = ["retry", "cancel", "resend"]
    change_form_template = "admin/recognition/processingtask/change_form.html"
    inlines = [DeliveryInline]
    fieldsets = [
        (
            None,
            {"fields": ["book", "owner", "status", "advice", "stage", "progress", "total_items", "processed_items"]},
        ),
        (_("Look further"), {"fields": ["workbench", "window_links", "other_tasks"]}),
        (_("Failure"), {"fields": ["failure", "error_message", "trace"]}),
        (_("Order"), {"fields": ["priority", "due_at", "worker", "run_no", "tries"]}),
        (
            _("Engine"),
            {
                "fields": [
                    "engine",
                    "model",
                    "options",
                    "token_limit",
                    "tokens_in",
                    "tokens_out",
                    "calls",
                    "stalls",
                    "statistics",
                ]
            },
        ),
        (_("Other services"), {"fields": ["external_task_id", "callback_url"]}),
        (_("Times"), {"fields": ["created", "started_at", "completed_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcessingTask]:
        rows: QuerySet[ProcessingTask] = super().get_queryset(request)
        return rows.annotate(why=Left("error_message", 100))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        explained = {
            "priority": _("Higher comes first."),
            "token_limit": _(
                "In and out together; 0 leaves it to LLM_MAX_TOKENS_PER_TASK. Save before you let the task continue."
            ),
        }
        return super().get_form(request, obj, change, help_texts=explained, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        shown = [field for _title, fieldset in self.fieldsets for field in fieldset["fields"]]
        return [field for field in shown if field not in ("priority", "token_limit")]

    @admin.display(description=_("owner"), ordering="book__owner")
    def owner(self, task: ProcessingTask) -> SafeString:
        return link("processingtask", task.book.owner, book__owner__id__exact=task.book.owner_id)

    @admin.display(description=_("error"))
    def why(self, task: Any) -> str:
        return str(task.why)

    @admin.display(description=_("what it means"))
    def advice(self, task: ProcessingTask) -> str:
        return progress.sentence(task)

    @admin.display(description=_("workbench"))
    def workbench(self, task: ProcessingTask) -> SafeString:
        words = _("each window with its question and answer, to ask again or answer by hand")
        return format_html('<a href="{}">{}</a>', task.get_absolute_url(), words)

    @admin.display(description=_("traceback"))
    def trace(self, task: ProcessingTask) -> SafeString | str:
        return format_html("<pre>{}</pre>", task.traceback) if task.traceback else "-"

    @admin.display(description=_("windows"))
    def window_links(self, task: ProcessingTask) -> SafeString:
        total, failed = task.windows.count(), task.windows.exclude(error="").count()
        every = link("window", _("%d in all") % total, task__id__exact=task.pk)
        bad = link("window", _("%d failed") % failed, task__id__exact=task.pk, error__isempty=0)
        return format_html("{} · {}", every, bad) if failed else every

    @admin.display(description=_("other tasks"))
    def other_tasks(self, task: ProcessingTask) -> SafeString:
        of_book = link("processingtask", _("of this book"), book__id__exact=task.book_id)
        of_owner = link("processingtask", _("of this owner"), book__owner__id__exact=task.book.owner_id)
        return format_html("{} · {}", of_book, of_owner)

    @admin.action(description=_("Try the selected tasks again, or continue them"), permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[ProcessingTask]) -> None:
        self.act(
            request,
            queryset,
            tasks.retry,
            lambda n: ngettext("%d task is tried again.", "%d tasks are tried again.", n),
            lambda n: ngettext(
                "%d task was left alone: only one that failed, was cancelled or has failed windows can be tried again.",
                "%d tasks were left alone: only those that failed, were cancelled or have failed windows can be tried "
                "again.",
                n,
            ),
        )

    @admin.action(description=_("Cancel the selected tasks"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[ProcessingTask]) -> None:
        self.act(
            request,
            queryset,
            tasks.cancel,
            lambda n: ngettext("%d task was cancelled.", "%d tasks were cancelled.", n),
            lambda n: ngettext(
                "%d task was left alone: it had already ended.", "%d tasks were left alone: they had already ended.", n
            ),
        )

    @admin.action(description=_("Send the last callback of the selected tasks again"), permissions=["change"])
    def resend(self, request: HttpRequest, queryset: QuerySet[ProcessingTask]) -> None:
        self.act(
            request,
            queryset,
            callbacks.resend_last,
            lambda n: ngettext("%d callback is sent again.", "%d callbacks are sent again.", n),
            lambda n: ngettext(
                "%d task was left alone: it owes no callback.", "%d tasks were left alone: they owe no callback.", n
            ),
        )

    def act(
        self,
        request: HttpRequest,
        queryset: QuerySet[ProcessingTask],
        verb: Callable[[ProcessingTask], bool],
        done: Callable[[int], str],
        refused: Callable[[int], str],
    ) -> None:
        """Do `verb` to each task; say how many it was done to, and how many refused it."""
        answers = [verb(task) for task in queryset]
        for answer, say, level in ((True, done, messages.SUCCESS), (False, refused, messages.WARNING)):
            if count := answers.count(answer):
                self.message_user(request, say(count) % count, level)


@admin.register(Window)
class WindowAdmin(ReadOnlyAdmin):
    related = ("task__book",)
    big = TASK_TEXTS
    not_in_list = ("answer", "error")
    list_display = ["task", "stage", "index", "start", "end", "attempts", "tokens_in", "tokens_out", "seconds", "why"]
    list_filter = [("task", ChosenFilter), "stage", ("error", admin.EmptyFieldListFilter)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Window]:
        rows: QuerySet[Window] = super().get_queryset(request)
        return rows.annotate(why=Left("error", 100))

    @admin.display(description=_("error"))
    def why(self, window: Any) -> str:
        return str(window.why)


class DeliveryFilter(ConditionFilter):
    title = _("state")
    parameter_name = "state"
    conditions = {
        "delivered": (_("delivered"), Q(delivered_at__isnull=False)),
        "owed": (_("is being tried"), OWED),
        "failed": (_("given up"), GIVEN_UP),
    }


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    related = ("task__book", "owner")
    big = TASK_TEXTS
    not_in_list = ("body",)
    ordering = ["-created"]
    list_display = ["id", "task", "owner", "url", "attempts", "last_status", "last_error", "due_at", "delivered_at"]
    list_filter = [("task", ChosenFilter), ("owner", ChosenFilter), DeliveryFilter]
    actions = ["resend"]

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Read-only rows, but whoever may change tasks may do what the task's own action does."""
        return request.user.has_perm("recognition.change_processingtask")

    @admin.action(description=_("Send the selected callbacks again"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        for delivery in queryset:
            callbacks.resend(delivery)
        count = len(queryset)
        said = ngettext("%d callback is sent again.", "%d callbacks are sent again.", count) % count
        self.message_user(request, said, messages.SUCCESS)


@admin.register(WebhookSecret)
class WebhookSecretAdmin(ReadOnlyAdmin):
    """Whether there is one; its owner alone sees it. Deleted, a new one is made at the next need."""

    related = ("user",)
    fields = ["user"]


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ["name", "version", "seen"]
    ordering = ["-seen"]


@admin.register(Endpoint)
class EndpointAdmin(FastAdmin):
    """Clear the cool-down, or the answer format to have it found out again."""

    list_display = ["base_url", "model", "seen", "until", "answer_format"]
    readonly_fields = ["base_url", "model", "seen"]


@admin.register(TokenUse)
class TokenUseAdmin(ReadOnlyAdmin):
    related = ("user",)
    ordering = ["-day", "-tokens"]
    list_display = ["user", "day", "tokens"]
    search_fields = ["=user__username"]


# ------------------------------------------------------------------------------------------------- results


class AliasInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Alias
    fields = ["text", "mentions", "first_appearance"]
    extra = 0
    can_delete = False


@admin.register(Character)
class CharacterAdmin(ReadOnlyAdmin):
    related = ("book",)
    list_display = ["name", "book", "gender", "importance", "kind", "hidden", "mentions", "quotes"]
    list_filter = ["importance", "kind", "gender", "hidden"]
    search_fields = ["name", "book__title"]
    inlines = [AliasInline]


@admin.register(Alias)
class AliasAdmin(ReadOnlyAdmin):
    related = ("character__book",)
    list_display = ["text", "character", "book", "mentions"]
    search_fields = ["text", "character__name"]

    @admin.display(description=_("book"))
    def book(self, alias: Alias) -> str:
        return str(alias.character.book)


@admin.register(Quotation)
class QuotationAdmin(ReadOnlyAdmin):
    related = ("book", "chapter", "speaker", "guess")
    big = ("chapter__text",)
    list_display = ["book", "chapter", "start", "end", "speaker", "kind", "method", "confidence", "decided"]
    list_filter = ["kind", "decided", ("speaker", admin.EmptyFieldListFilter)]
    search_fields = ["=speaker__name", "book__title"]


@admin.register(Relation)
class RelationAdmin(ReadOnlyAdmin):
    related = ("book", "source", "target")
    list_display = ["book", "source", "type", "target", "weight"]
    search_fields = ["=source__name", "=target__name", "book__title"]


@admin.register(Distinct)
class DistinctAdmin(ReadOnlyAdmin):
    related = ("book",)
    list_display = ["book", "first", "second"]
    search_fields = ["first", "second", "book__title"]


@admin.register(Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    related = ("book", "user")
    list_display = ["book", "start", "kind", "speaker", "user", "created"]
    list_filter = ["kind"]
    search_fields = ["book__title", "=user__username"]


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    related = ("book", "user", "task__book")
    big = TASK_TEXTS
    not_in_list = ("before", "after")
    list_display = ["book", "verb", "user", "created", "undone_at"]
    list_filter = ["verb"]
    search_fields = ["book__title", "=user__username"]
