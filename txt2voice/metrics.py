"""`/metrics` for Prometheus. Everything is read from the database at the scrape, so any process answers for all.

Gauges where rows can go (books are deleted, bare texts expire): a counter must never fall.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from recognition.models import (
    GIVEN_UP,
    OWED,
    Delivery,
    Failure,
    ProcessingTask,
    Status,
    TokenUse,
    Window,
    Worker,
)
from txt2voice.health import WORKER_SILENCE


class DatabaseCollector(Collector):
    """The state of the service, in the same number of queries however many rows there are."""

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("txt2voice_build", "The version that answers.", {"version": settings.VERSION})
        yield from tasks()
        yield from last_hour()
        yield windows()
        yield callbacks()
        seen = Worker.objects.filter(seen__gte=Now() - WORKER_SILENCE).count()
        yield GaugeMetricFamily("txt2voice_workers", "Workers seen in the last 30 seconds.", seen)
        spent = TokenUse.objects.aggregate(sum=Sum("tokens"))["sum"] or 0
        yield CounterMetricFamily("txt2voice_tokens_spent", "Tokens spent by all people, in and out.", spent)


def tasks() -> Iterable[Metric]:
    rows = ProcessingTask.objects.order_by().values_list("status")
    counted = list(rows.annotate(Count("pk"), Sum("tokens_in"), Sum("tokens_out")))
    states = dict.fromkeys(Status.values, 0) | {status: count for status, count, _in, _out in counted}
    yield gauge("txt2voice_tasks", "Tasks in each state.", "status", states)
    tokens = {"in": sum(row[2] for row in counted), "out": sum(row[3] for row in counted)}
    yield gauge("txt2voice_task_tokens", "Tokens of the tasks that are kept.", "direction", tokens)
    oldest = ProcessingTask.objects.due().aggregate(at=Min("due_at"))["at"]
    waited = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    yield GaugeMetricFamily("txt2voice_oldest_due_task_seconds", "How long a due task has waited for a worker.", waited)


def last_hour() -> Iterable[Metric]:
    lately = ProcessingTask.objects.filter(completed_at__gte=Now() - timedelta(hours=1)).order_by()
    ended = {
        (status, failure): n for status, failure, n in lately.values_list("status", "failure").annotate(Count("pk"))
    }
    failures = {failure: ended.get((Status.FAILED, failure), 0) for failure in Failure.values}
    yield gauge("txt2voice_failures_last_hour", "Tasks that failed in the last hour, by kind.", "failure", failures)
    completed = ended.get((Status.COMPLETED, ""), 0)
    yield GaugeMetricFamily("txt2voice_completed_last_hour", "Tasks that completed in the last hour.", completed)


def windows() -> Metric:
    # Not by one query with two filters: that would read every answer, these read indexes.
    failed = Window.objects.exclude(error="").count()
    states = {"saved": Window.objects.count() - failed, "failed": failed}
    return gauge("txt2voice_windows", "Windows of the tasks that are kept.", "state", states)


def callbacks() -> Metric:
    total = Delivery.objects.aggregate(
        delivered=Count("delivered_at"),
        owed=Count("pk", filter=OWED),
        failed=Count("pk", filter=GIVEN_UP),
    )
    return gauge("txt2voice_callbacks", "Callbacks; those that failed wait for a person.", "state", total)


def gauge(name: str, about: str, label: str, values: Mapping[str, int]) -> Metric:
    """A gauge with one label, from {label value: number}."""
    family = GaugeMetricFamily(name, about, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


REGISTRY = CollectorRegistry(auto_describe=False)  # describing would read the database at the import
REGISTRY.register(DatabaseCollector())


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in the text format; 403 with a sentence for who may not read them."""
    if not may_read(request):
        sentence = _("Send METRICS_TOKEN in the header “Authorization: Bearer …”, or log in as staff.")
        return HttpResponse(sentence, status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def may_read(request: HttpRequest) -> bool:
    """Staff, and who has the token; where none is set, programs of this machine."""
    if request.user.is_staff:
        return True
    if token := settings.METRICS_TOKEN:
        return secrets.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    # A proxy on this machine is no reader: whom it speaks for may be anywhere.
    is_proxied = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto"))
    return not is_proxied and request.META["REMOTE_ADDR"] in ("127.0.0.1", "::1")
