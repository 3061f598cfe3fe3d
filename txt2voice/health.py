"""Whether the service can do its work, for load balancers and monitors; cheap enough to be asked every second."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognition.models import ProcessingTask, Status, Worker

logger = logging.getLogger(__name__)

SERVICE = "txt2voice"
# A worker reports every 10 s; one that missed three reports is not there.
WORKER_SILENCE = timedelta(seconds=30)


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when all is there, else 503 with a sentence for each part that is not. `?live` asks for the database only."""
    try:
        problems = {} if is_live() and "live" in request.GET else problems_of_service()
    except Error:
        logger.exception("the database does not answer")
        problems = {"database": _("The database does not answer. The log of the web server says why.")}
    body = {
        "status": "unavailable" if problems else "ok",
        "service": SERVICE,
        "version": settings.VERSION,
        "problems": problems,
    }
    return JsonResponse(body, status=503 if problems else 200)


def is_live() -> bool:
    """True when the database answers; raises django.db.Error when it does not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def problems_of_service() -> dict[str, str]:
    """A sentence for each part that is not there. Without the tables nothing can be said of the workers."""
    missing = migrations_of_this_code() - MigrationRecorder(connection).applied_migrations().keys()
    if missing:
        return {"migrations": _("The database is older than the program. Run `python manage.py migrate`.")}
    if not Worker.objects.filter(seen__gte=Now() - WORKER_SILENCE).exists():
        return {"workers": _("No worker has been seen for 30 seconds. Start one with `python manage.py worker`.")}
    return {}


@cache
def migrations_of_this_code() -> frozenset[tuple[str, str]]:
    """(app, name) of every migration. Read from the disk once: they do not change while a process lives."""
    return frozenset(MigrationLoader(connection, ignore_no_migrations=True).graph.nodes)


class TaskCountsSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    pending = serializers.IntegerField()
    processing = serializers.IntegerField()
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()


class StatsSerializer(serializers.Serializer[Any]):
    service = serializers.CharField()
    version = serializers.CharField()
    tasks = TaskCountsSerializer()


class Stats(APIView):
    """How many tasks there are in each state, all users together."""

    contract = True

    def get_permissions(self) -> Sequence[Any]:
        return [] if settings.PUBLIC_STATS else super().get_permissions()

    @extend_schema(responses=StatsSerializer)
    def get(self, request: Request) -> Response:
        counts = dict(ProcessingTask.objects.order_by().values_list("status").annotate(Count("pk")))
        tasks = {"total": sum(counts.values()), **{status: counts.get(status, 0) for status in Status.values}}
        return Response(StatsSerializer({"service": SERVICE, "version": settings.VERSION, "tasks": tasks}).data)
