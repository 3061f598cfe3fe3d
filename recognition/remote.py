"""Recognition by another service that speaks the same HTTP contract (CHARACTER_RECOGNITION_URL).

The service gives the cast; the speakers are then found here by the rules, as with any cast from outside. The text is
submitted once; the answer comes by callback or by polling, whichever is first, and is kept as the window REMOTE_CAST.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

import httpx2
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from pydantic import BaseModel, ValidationError

from recognition.engines import EngineError, FailureReason
from recognition.models import ProcessingTask, Stage, Status
from recognition.script import Cast, Character

REMOTE_CAST = {"stage": Stage.DISCOVER, "index": 0}
SUBMIT = "/api/recognize/async"
TIMEOUT = 30.0  # seconds for one request; the lease is longer
NAME_LENGTH = 100  # characters, as the tables have it
WORDS_MOST = 500  # characters of a refusal


class RemoteCharacter(BaseModel):
    name: str
    aliases: list[str] = []
    gender: str = "unknown"


class RemoteResult(BaseModel):
    """The part of the contract's `result` that is used."""

    characters: list[RemoteCharacter]

    def cast(self) -> Cast:
        return tuple(
            Character(
                c.name.strip(),
                tuple(alias for alias in dict.fromkeys(c.aliases) if alias != c.name and 0 < len(alias) <= NAME_LENGTH),
                gender="male" if c.gender == "male" else "female" if c.gender == "female" else "unknown",
            )
            for c in {c.name.strip(): c for c in self.characters}.values()
            if 0 < len(c.name.strip()) <= NAME_LENGTH
        )


def token_hash(token: str) -> str:
    """How the token of a callback URL is stored: SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def fetch_cast(task: ProcessingTask) -> Cast | None:
    """The other service's cast; None while it is at work (the task is then released until the next look).

    Raises EngineError: permanent when the service refuses, fails, or is not done after POLL_MAX_ATTEMPTS looks.
    """
    window, _created = task.windows.get_or_create(
        **REMOTE_CAST, defaults={"start": 0, "end": task.book.length, "request_hash": task.book.sha256}
    )
    if not task.external_task_id:
        submit(task)
    elif not window.answer and not window.error:
        if window.attempts >= settings.POLL_MAX_ATTEMPTS:
            raise EngineError("The other recognition service did not finish in time.", permanent=True)
        data = call("GET", f"{SUBMIT}/{task.external_task_id}").get("data") or {}
        apply_callback(task, str(data.get("status")), data.get("result"), data.get("error"))
        task.windows.filter(pk=window.pk).update(attempts=F("attempts") + 1)
    window.refresh_from_db()
    if window.error:
        raise EngineError(window.error, permanent=True)
    if window.answer:
        return parse(window.answer).cast()
    task.release(Now() + timedelta(seconds=settings.POLL_INTERVAL))
    return None


def submit(task: ProcessingTask) -> None:
    """Send the text. The token is stored before the call: the callback may come before the call's answer."""
    token = secrets.token_urlsafe(32)
    if not task.move(callback_token_hash=token_hash(token)):
        return
    callback = f"{settings.APP_URL}{reverse('recognize_callback', args=[task.book_id])}?token={token}"
    text = {"text": task.book.text, "options": task.options}
    try:
        answer = call("POST", SUBMIT, params={"callback_url": callback}, json=text)
    except EngineError as error:
        cause = error.__cause__
        if not isinstance(cause, httpx2.HTTPStatusError) or cause.response.status_code != httpx2.codes.BAD_REQUEST:
            raise
        # It may be the callback's address that is refused, for being private or unknown there: polling does as well.
        answer = call("POST", SUBMIT, json=text)
    task.external_task_id = str(answer.get("task_id", ""))[:100]
    if not task.external_task_id:
        raise EngineError("The other recognition service gave no task_id.", permanent=True)
    task.move(external_task_id=task.external_task_id)


def call(method: str, path: str, **request: Any) -> dict[str, Any]:
    """One request to the other service; its JSON object. Raises EngineError."""
    headers = {"Authorization": f"Token {settings.CHARACTER_RECOGNITION_TOKEN}"}
    try:
        response = httpx2.request(
            method,
            settings.CHARACTER_RECOGNITION_URL + path,
            timeout=TIMEOUT,
            headers=headers if settings.CHARACTER_RECOGNITION_TOKEN else {},
            **request,
        )
        response.raise_for_status()
        answer = response.json()
    except httpx2.HTTPStatusError as error:
        status = error.response.status_code
        refused = status < 500 and status != httpx2.codes.TOO_MANY_REQUESTS
        # A task that is not found there was deleted there; a place to submit to that is not found is a wrong address.
        is_wrong = status in (401, 403) or (status == 404 and method == "POST")
        reason: FailureReason = "config" if is_wrong else "engine"
        raise EngineError(f"{status} {words(error.response)}", permanent=refused, failure=reason) from error
    except (httpx2.HTTPError, ValueError) as error:
        raise EngineError(f"The other recognition service cannot be reached: {error}") from error
    if not isinstance(answer, dict):
        raise EngineError("The other recognition service did not answer with a JSON object.", permanent=True)
    return answer


def words(refusal: httpx2.Response) -> str:
    """What the other service says of a refusal, as the contract has it; else what the status means."""
    try:
        said = str(refusal.json()["message"])
    except (ValueError, TypeError, KeyError):
        said = ""
    return said[:WORDS_MOST] or refusal.reason_phrase


def parse(answer: str) -> RemoteResult:
    try:
        return RemoteResult.model_validate_json(answer)
    except ValidationError as error:
        raise EngineError(f"The other recognition service sent no cast: {error}", permanent=True) from error


def apply_callback(task: ProcessingTask, status: str, result: Any, error: Any) -> None:
    """Take what the other service says of a task, by callback or by polling; only its first final word counts.

    The task becomes due at once; the worker's sweep finds it. Raises pydantic.ValidationError.
    """
    waiting = task.windows.filter(**REMOTE_CAST, answer="", error="")
    if status == Status.COMPLETED:
        news = {"answer": RemoteResult.model_validate(result).model_dump_json()}
    elif status in (Status.FAILED, Status.CANCELLED):
        news = {"error": str(error or "The other recognition service gave no reason.")}
    else:
        return
    with transaction.atomic():
        if waiting.update(**news):
            ProcessingTask.objects.filter(pk=task.pk).active().update(due_at=Now())
