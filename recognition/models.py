import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from books.models import Book, Chapter
from recognition import script as scripts
from recognition.text.mentions import owners

# How long a run owns its task without a sign of life. Renewed by the clock, much more often than it ends.
LEASE = timedelta(seconds=60)
# Deaths without a saved window in between, after which a task is no longer taken up.
MAX_TRIES = 3
# Tries of a callback, over about 22 hours.
MAX_DELIVERIES = 8
OWED = Q(delivered_at=None, attempts__lt=MAX_DELIVERIES)
GIVEN_UP = Q(delivered_at=None, attempts__gte=MAX_DELIVERIES)  # waits for a person


class Status(models.TextChoices):
    PENDING = "pending", _("waiting")
    PROCESSING = "processing", _("running")
    COMPLETED = "completed", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


ACTIVE = (Status.PENDING, Status.PROCESSING)
ENDED = ~Q(status__in=ACTIVE)
# What a person may let go on: a task that stopped, or one that was completed without the answers of some windows.
RETRYABLE = Q(status__in=(Status.FAILED, Status.CANCELLED)) | Q(status=Status.COMPLETED, failed_windows__gt=0)


class Stage(models.TextChoices):
    RULES = "rules", _("reading by rules")
    DISCOVER = "discover", _("finding characters")
    MERGE = "merge", _("joining names")
    ATTRIBUTE = "attribute", _("finding speakers")
    SETTLE = "settle", _("counting")


class Failure(models.TextChoices):
    ENGINE = "engine", _("the engine failed")
    QUOTA = "quota", _("the provider's quota is used up")
    BUDGET = "budget", _("the token limit is reached")
    CONFIG = "config", _("the configuration is wrong")
    CRASHED = "crashed", _("the process died again and again")
    BAD_TEXT = "bad_text", _("the text cannot be read")


RESUMABLE = (Failure.QUOTA, Failure.BUDGET, Failure.CONFIG)


class TaskType(models.TextChoices):
    RECOGNITION = "recognition", _("characters and speakers")


class ProcessingTaskQuerySet(models.QuerySet["ProcessingTask"]):
    def of(self, user: Any) -> "ProcessingTaskQuerySet":
        """The tasks about this user's books."""
        return self.filter(book__owner=user)

    def open_to(self, user: Any) -> "ProcessingTaskQuerySet":
        """The tasks this user may look into: one's own, and all for who keeps the installation running."""
        return self if user.is_staff else self.of(user)

    def active(self) -> "ProcessingTaskQuerySet":
        return self.filter(status__in=ACTIVE)

    def due(self) -> "ProcessingTaskQuerySet":
        """Tasks that a worker may take now: new, handed over, or their lease has run out."""
        return self.active().filter(due_at__lte=Now())

    def claim_next(self, worker: str) -> "ProcessingTask | None":
        """Take the task that has waited longest at the highest priority; None when nothing is due.

        One UPDATE decides between rivals: its row count is the answer.
        """
        for pk in self.due().order_by("-priority", "due_at").values_list("pk", flat=True)[:5]:
            with transaction.atomic():
                taken = (
                    self.due()
                    .filter(pk=pk)
                    .update(
                        status=Status.PROCESSING,
                        worker=worker,
                        started_at=Coalesce("started_at", Now()),
                        due_at=Now() + LEASE,
                        run_no=F("run_no") + 1,
                        tries=F("tries") + 1,
                    )
                )
                if taken:
                    return self.select_related("book").get(pk=pk)
        return None


class ProcessingTask(models.Model):
    """One recognition of one book. The row is the truth; a message in the queue is only a wake-up.

    pending -> processing -> completed | failed;  pending | processing -> cancelled;  failed | cancelled -> pending
    by retry, completed -> pending by asking windows of it again. A hand-over or a back-off keeps `processing`
    and moves `due_at`, so a poller never sees progress fall.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    book = models.ForeignKey(Book, models.CASCADE, related_name="tasks", verbose_name=_("book"))
    task_type = models.CharField(_("type"), max_length=20, choices=TaskType.choices, default=TaskType.RECOGNITION)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, blank=True)
    progress = models.PositiveSmallIntegerField(_("progress in per cent"), default=0)
    total_items = models.PositiveIntegerField(_("windows in this stage"), default=0)
    processed_items = models.PositiveIntegerField(_("windows done"), default=0)
    engine = models.CharField(_("engine"), max_length=10)
    model = models.CharField(_("model"), max_length=100, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)

    failure = models.CharField(_("failure"), max_length=10, choices=Failure.choices, blank=True)
    error_message = models.TextField(_("error in the provider's words"), blank=True)
    traceback = models.TextField(_("traceback"), blank=True)

    worker = models.CharField(_("worker"), max_length=100, blank=True)
    priority = models.SmallIntegerField(_("priority"), default=0)
    run_no = models.PositiveIntegerField(_("run"), default=0)
    tries = models.PositiveSmallIntegerField(_("tries without progress"), default=0)
    due_at = models.DateTimeField(_("due at"), db_default=Now())

    statistics = models.JSONField(_("statistics"), default=dict, blank=True)

    token_limit = models.PositiveBigIntegerField(_("token limit"), default=0)
    tokens_in = models.PositiveBigIntegerField(_("tokens in"), default=0)
    tokens_out = models.PositiveBigIntegerField(_("tokens out"), default=0)
    tokens_reserved = models.PositiveBigIntegerField(_("tokens reserved"), default=0)  # of the owner's daily limit
    calls = models.PositiveIntegerField(_("calls"), default=0)
    failed_windows = models.PositiveIntegerField(_("windows without a complete answer"), default=0)  # at its end
    # Back-offs since the last saved window; bounded, so that a dead endpoint ends the task.
    stalls = models.PositiveSmallIntegerField(_("stalls"), default=0)

    external_task_id = models.CharField(_("id at another service"), max_length=100, blank=True, db_index=True)
    callback_token_hash = models.CharField(_("hash of the callback token"), max_length=64, blank=True)
    callback_url = models.URLField(_("callback URL"), max_length=2000, blank=True)

    created = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    completed_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ProcessingTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("processing task")
        verbose_name_plural = _("processing tasks")
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["book"], condition=Q(status__in=["pending", "processing"]), name="one_active_task_a_book"
            ),
        ]
        indexes = [
            # claim_next() and the sweep ask for due tasks every second.
            models.Index(
                F("priority").desc(),
                "due_at",
                condition=Q(status__in=["pending", "processing"]),
                name="active_tasks_by_due",
            ),
            models.Index(fields=["status", "-created"], name="tasks_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.book} · {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        return reverse("task", args=[self.pk])

    @property
    def is_first(self) -> bool:
        """Whether it is the first recognition of its book: there was no result before it to be changed."""
        return not self.book.tasks.filter(created__lt=self.created).exists()

    @property
    def changes(self) -> "Correction | None":
        """What a repeated recognition changed."""
        return getattr(self, "correction", None)

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_resumable(self) -> bool:
        """Stopped for a reason outside the text: what was done is kept, and Continue goes on from there."""
        return self.status == Status.FAILED and self.failure in RESUMABLE

    @property
    def is_backing_off(self) -> bool:
        """Let go by its run after an error, until `due_at`; a run that has taken it up again counts as a try."""
        return self.status == Status.PROCESSING and not self.tries and bool(self.error_message)

    def move(self, **changes: Any) -> bool:
        """Change our own run's row. False: cancelled, or another run owns it; stop quietly."""
        mine = ProcessingTask.objects.filter(pk=self.pk, status=Status.PROCESSING, run_no=self.run_no)
        return bool(mine.update(**changes))

    def renew(self) -> bool:
        """Keep the lease; False as `move`."""
        return self.move(due_at=Now() + LEASE)

    def release(self, due_at: Any) -> bool:
        """Let go until `due_at`, still processing: hand-over, back-off, waiting for another service."""
        return self.move(due_at=due_at, tries=0, tokens_reserved=0)


class Window(models.Model):
    """A finished piece of a task: what was asked about which part of the text, and the answer.

    It counts only while its request hash matches, and is then never computed or paid for twice.
    """

    task = models.ForeignKey(ProcessingTask, models.CASCADE, related_name="windows", verbose_name=_("task"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices)
    index = models.PositiveIntegerField(_("index"))
    start = models.PositiveIntegerField(_("start"))
    end = models.PositiveIntegerField(_("end"))
    request_hash = models.CharField(_("hash of the request"), max_length=64)
    answer = models.TextField(_("raw answer"), blank=True)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    tokens_in = models.PositiveIntegerField(_("tokens in"), default=0)
    tokens_out = models.PositiveIntegerField(_("tokens out"), default=0)
    seconds = models.FloatField(_("seconds"), default=0)

    class Meta:
        verbose_name = _("window")
        verbose_name_plural = _("windows")
        ordering = ["task", "stage", "index"]
        constraints = [models.UniqueConstraint(fields=["task", "stage", "index"], name="one_window_an_index")]
        indexes = [
            # The admin lists them, and each scrape of /metrics counts them.
            models.Index(fields=["task"], condition=~Q(error=""), name="failed_windows"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.index}"


class Gender(models.TextChoices):
    MALE = "male", _("male")
    FEMALE = "female", _("female")
    UNKNOWN = "unknown", _("unknown")


class AgeGroup(models.TextChoices):
    CHILD = "child", _("child")
    YOUNG = "young", _("young")
    ADULT = "adult", _("adult")
    OLD = "old", _("old")
    UNKNOWN = "unknown", _("unknown")


class Importance(models.TextChoices):
    MAIN = "main", _("main")
    SUPPORTING = "supporting", _("supporting")
    MINOR = "minor", _("minor")


class CharacterKind(models.TextChoices):
    PERSON = "person", _("person")
    GROUP = "group", pgettext_lazy("of a character", "group")
    UNNAMED = "unnamed", _("unnamed")
    NARRATOR = "narrator", _("narrator")


SLOTS = 24  # speaker colours in static/app.css


class CharacterQuerySet(models.QuerySet["Character"]):
    def visible(self) -> Self:
        return self.filter(hidden=False)

    def by_any_name(self) -> "dict[str, Character]":
        """Each name, and each alias of one of them alone, to its character."""
        rows = {row.name: row for row in self.prefetch_related("aliases")}
        cast = tuple(scripts.Character(row.name, tuple(a.text for a in row.aliases.all())) for row in rows.values())
        return {name: rows[canonical] for name, canonical in owners(cast).items()}


class Character(models.Model):
    """Somebody in a book. `name` is canonical and unique in the book."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="characters", verbose_name=_("book"))
    name = models.CharField(_("name"), max_length=100)
    sort_key = models.CharField(_("sort key"), max_length=300, blank=True)  # pinyin, or the name in lower case
    gender = models.CharField(_("gender"), max_length=10, choices=Gender.choices, default=Gender.UNKNOWN)
    age_group = models.CharField(_("age group"), max_length=10, choices=AgeGroup.choices, default=AgeGroup.UNKNOWN)
    role = models.CharField(_("role"), max_length=200, blank=True)
    importance = models.CharField(_("importance"), max_length=10, choices=Importance.choices, default=Importance.MINOR)
    kind = models.CharField(_("kind"), max_length=10, choices=CharacterKind.choices, default=CharacterKind.PERSON)
    hidden = models.BooleanField(_("hidden"), default=False)
    slot = models.PositiveSmallIntegerField(_("colour"), default=0)
    mentions = models.PositiveIntegerField(_("mentions"), default=0)
    quotes = models.PositiveIntegerField(_("quotations"), default=0)
    first_appearance = models.PositiveIntegerField(_("first appearance"), null=True, blank=True)
    decided = models.JSONField(_("fields decided by a person"), default=list, blank=True)

    objects = CharacterQuerySet.as_manager()

    class Meta:
        verbose_name = _("character")
        verbose_name_plural = _("characters")
        ordering = ["-quotes", "-mentions", F("first_appearance").asc(nulls_last=True), "name"]
        constraints = [models.UniqueConstraint(fields=["book", "name"], name="one_character_a_name")]

    def __str__(self) -> str:
        return self.name


class Alias(models.Model):
    """Another name of a character; shared by two characters it identifies nobody and is counted for nobody."""

    character = models.ForeignKey(Character, models.CASCADE, related_name="aliases", verbose_name=_("character"))
    text = models.CharField(_("text"), max_length=100)
    mentions = models.PositiveIntegerField(_("mentions"), default=0)
    first_appearance = models.PositiveIntegerField(_("first appearance"), null=True, blank=True)

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        ordering = ["character", "-mentions", "text"]
        constraints = [models.UniqueConstraint(fields=["character", "text"], name="one_alias_a_text")]

    def __str__(self) -> str:
        return self.text


class QuotationKind(models.TextChoices):
    EXPLICIT = "explicit", _("named")
    ANAPHORIC = "anaphoric", _("by pronoun or description")
    IMPLICIT = "implicit", _("without a cue")


class Quotation(models.Model):
    """A contiguous span of speech, without its marks. Nothing has a foreign key to it."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="quotations", verbose_name=_("book"))
    chapter = models.ForeignKey(Chapter, models.CASCADE, related_name="quotations", verbose_name=_("chapter"))
    start = models.PositiveIntegerField(_("start"))
    end = models.PositiveIntegerField(_("end"))
    continues = models.PositiveIntegerField(_("start of the piece before"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=QuotationKind.choices, default=QuotationKind.IMPLICIT)
    guess = models.ForeignKey(
        Character, models.SET_NULL, null=True, blank=True, related_name="guessed", verbose_name=_("engine's speaker")
    )
    speaker = models.ForeignKey(
        Character, models.SET_NULL, null=True, blank=True, related_name="quotations", verbose_name=_("speaker")
    )
    decided = models.BooleanField(_("decided by a person"), default=False)
    method = models.CharField(_("method"), max_length=30, blank=True)
    confidence = models.FloatField(_("confidence"), default=0)
    evidence_start = models.PositiveIntegerField(_("start of the evidence"), null=True, blank=True)
    evidence_end = models.PositiveIntegerField(_("end of the evidence"), null=True, blank=True)

    class Meta:
        verbose_name = _("quotation")
        verbose_name_plural = _("quotations")
        ordering = ["book", "start"]
        constraints = [models.UniqueConstraint(fields=["book", "start"], name="one_quotation_a_start")]

    def __str__(self) -> str:
        return f"{self.start}-{self.end}"

    @property
    def is_put_back(self) -> bool:
        """It has again the speaker it had before a run that was undone; method and confidence are of that run."""
        return not self.decided and self.speaker_id != self.guess_id


class Relation(models.Model):
    """Two characters and what joins them. `weight` counts the places; `evidence` are some of them."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="relations", verbose_name=_("book"))
    source = models.ForeignKey(Character, models.CASCADE, related_name="relations_from", verbose_name=_("from"))
    target = models.ForeignKey(Character, models.CASCADE, related_name="relations_to", verbose_name=_("to"))
    type = models.CharField(_("type"), max_length=50)
    weight = models.FloatField(_("weight"), default=1)
    evidence = models.JSONField(_("evidence"), default=list, blank=True)  # [[start, end], ...]

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        ordering = ["-weight", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "type"], name="one_relation_a_type"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.type} {self.target}"


class Distinct(models.Model):
    """Two names that a person said are not the same character; no run joins them again."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="distincts", verbose_name=_("book"))
    first = models.CharField(pgettext_lazy("of a pair", "first name"), max_length=100)
    second = models.CharField(pgettext_lazy("of a pair", "second name"), max_length=100)

    class Meta:
        verbose_name = _("distinct pair")
        verbose_name_plural = _("distinct pairs")
        constraints = [
            models.UniqueConstraint(fields=["book", "first", "second"], name="one_distinct_a_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="distinct_names_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} ≠ {self.second}"


class Correction(models.Model):
    """What changed in a book's result, by whom. Keyed by quotation start and character name, never by a row's key.

    Of a line that narration interrupts the first piece stands for all.
    """

    book = models.ForeignKey(Book, models.CASCADE, related_name="corrections", verbose_name=_("book"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("user"))
    # The run that made it, when it was a run and not a person.
    task = models.OneToOneField(
        ProcessingTask, models.SET_NULL, null=True, blank=True, related_name="correction", verbose_name=_("task")
    )
    verb = models.CharField(_("verb"), max_length=20)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    created = models.DateTimeField(_("when"), auto_now_add=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.verb} {self.created:%Y-%m-%d %H:%M}"


class VerdictKind(models.TextChoices):
    SPEAKER = "speaker", _("somebody of the cast")
    ABSENT = "absent", _("somebody who is not in the cast")
    NOBODY = "nobody", _("nobody: not a quotation")
    SKIPPED = "skipped", _("skipped")


class Verdict(models.Model):
    """Who speaks a line in a reader's eyes: it measures the recognition, and changes nothing.

    Keyed by the start of the line, so that it also measures the next recognition of the same text.
    """

    book = models.ForeignKey(Book, models.CASCADE, related_name="verdicts", verbose_name=_("book"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"))
    start = models.PositiveIntegerField(_("start"))
    kind = models.CharField(_("verdict"), max_length=10, choices=VerdictKind.choices)
    speaker = models.CharField(_("speaker"), max_length=100, blank=True)  # of the kind SPEAKER alone
    created = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        ordering = ["book", "start"]
        constraints = [models.UniqueConstraint(fields=["book", "start"], name="one_verdict_a_start")]

    def __str__(self) -> str:
        return f"{self.start}: {self.speaker or self.get_kind_display()}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self) -> Self:
        """Deliveries to be tried now; after MAX_DELIVERIES tries only a person sends one again."""
        return self.filter(OWED, due_at__lte=Now())


class Delivery(models.Model):
    """A callback that is owed to somebody; made in the transaction that ends the task, then tried until it arrives."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # the webhook-id of every try
    task = models.ForeignKey(
        ProcessingTask, models.SET_NULL, null=True, related_name="deliveries", verbose_name=_("task")
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"))
    url = models.URLField(_("URL"), max_length=2000)
    body = models.TextField(_("body"))
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_status = models.PositiveSmallIntegerField(_("last status"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-created"]
        indexes = [
            # The sweep asks for due deliveries every second.
            models.Index(fields=["due_at"], condition=Q(delivered_at=None), name="open_deliveries_by_due"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_given_up(self) -> bool:
        """Tried as often as it is tried by itself."""
        return self.delivered_at is None and self.attempts >= MAX_DELIVERIES


class WebhookSecret(models.Model):
    """What signs the callbacks of one user's tasks; a receiver of one user cannot forge for another."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"))
    secret = models.CharField(_("secret"), max_length=100)

    class Meta:
        verbose_name = _("webhook secret")
        verbose_name_plural = _("webhook secrets")

    def __str__(self) -> str:
        return str(self.user)


class TokenUse(models.Model):
    """What one user's tasks have spent on a day (UTC), tokens in and out together."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"))
    day = models.DateField(_("day"))
    tokens = models.PositiveBigIntegerField(_("tokens"), default=0)

    class Meta:
        verbose_name = _("use of tokens")
        verbose_name_plural = _("use of tokens")
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_use_a_day")]

    def __str__(self) -> str:
        return f"{self.user} {self.day}: {self.tokens}"


class Worker(models.Model):
    """A worker process that was seen lately."""

    name = models.CharField(_("host:pid"), max_length=100, primary_key=True)
    version = models.CharField(_("version"), max_length=20)
    seen = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Endpoint(models.Model):
    """What all workers know of one model server: its cool-down, which answer format it takes, when it answered."""

    base_url = models.CharField(_("base URL"), max_length=500)
    model = models.CharField(_("model"), max_length=100)
    until = models.DateTimeField(_("cooling down until"), null=True, blank=True)
    answer_format = models.CharField(_("answer format"), max_length=20, blank=True)
    seen = models.DateTimeField(_("last answer"), null=True, blank=True)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        constraints = [models.UniqueConstraint(fields=["base_url", "model"], name="one_endpoint_a_model")]

    def __str__(self) -> str:
        return f"{self.base_url} {self.model}"
