"""What all workers know of a model server, kept in its row: the cool-down after a 429, and the format it takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models.functions import Now

from recognition.engines.llm import config as llm
from recognition.models import Endpoint


class EndpointRow:
    """The memory of one endpoint (`recognition.engines.llm.config.EndpointMemory`), shared by all workers."""

    def __init__(self, config: llm.LLMConfig) -> None:
        self.key: dict[str, Any] = {"base_url": config.base_url, "model": config.model}

    def load(self) -> llm.Endpoint:
        row = Endpoint.objects.filter(**self.key).first()
        if row is None:
            return llm.Endpoint()
        return llm.Endpoint(row.answer_format, row.until.timestamp() if row.until else 0.0)

    def save(self, endpoint: llm.Endpoint) -> None:
        until = datetime.fromtimestamp(endpoint.until, UTC) if endpoint.until else None
        learnt = {"answer_format": endpoint.answer_format, "until": until}
        Endpoint.objects.update_or_create(defaults=learnt, **self.key)

    def answered(self) -> None:
        Endpoint.objects.filter(**self.key).update(seen=Now())
