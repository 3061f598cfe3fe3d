"""Telling somebody else's server how a task ended: owed in the transaction that ends it, tried until it arrives.

The URL is hostile until checked: only public addresses, and the connection goes to the very address that was checked
(a second look-up could answer differently). No redirects, no proxy. The receiver can verify the signature, and must
treat a repeated `webhook-id` as one event.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import secrets
import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from standardwebhooks.webhooks import Webhook

from recognition.models import Delivery, ProcessingTask, WebhookSecret
from recognition.results import contract_result

TIMEOUT = 20.0  # seconds for one try as a whole: a receiver that drips its answer must not hold a worker
LEASE = timedelta(seconds=120)  # a try that died is taken up after it
BACK_OFF = [timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600, 43200)]
# The public part of IPv6. Outside it lie site-local, mapped, compatible and NAT64 addresses.
UNICAST = ipaddress.ip_network("2000::/3")
# 6to4 and Teredo carry an IPv4 address inside, which may be a private one.
WRAPPERS = [ipaddress.ip_network(net) for net in ("2002::/16", "2001::/32")]


class CallbackRefused(Exception):
    """The URL may not be called; the message is for the person who gave it."""


def secret_of(user_id: int) -> str:
    """The user's signing secret, made at first need: `whsec_` and 32 random bytes in base64."""
    row, _created = WebhookSecret.objects.get_or_create(user_id=user_id, defaults={"secret": new_secret()})
    return row.secret


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def rotate_secret(user_id: int) -> str:
    """A new secret; what is signed from now on verifies with this one only."""
    secret = new_secret()
    WebhookSecret.objects.update_or_create(user_id=user_id, defaults={"secret": secret})
    return secret


def checked_address(url: str) -> str:
    """The address to connect to for this URL. Raises CallbackRefused.

    Hosts of CALLBACK_ALLOWED_HOSTS may have any address; of all others every address must be public.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise CallbackRefused(_("This callback URL cannot be read.")) from error
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise CallbackRefused(_("A callback URL begins with http:// or https:// and names a host, without a password."))
    try:
        found = socket.getaddrinfo(host, port or parts.scheme, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallbackRefused(_("The host %(host)s of the callback URL cannot be found.") % {"host": host}) from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if host not in settings.CALLBACK_ALLOWED_HOSTS and not all(map(is_public, addresses)):
        raise CallbackRefused(
            _("The host %(host)s is not a public address. An operator can allow it in CALLBACK_ALLOWED_HOSTS.")
            % {"host": host}
        )
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is on the public internet: not private, loopback, link-local, multicast, nor one wrapped."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and (ip not in UNICAST or any(ip in net for net in WRAPPERS)):
        return False
    return ip.is_global and not ip.is_multicast


def owe(task: ProcessingTask) -> None:
    """Note that the end of this task is to be told. Call it in the transaction that ended the task."""
    if not task.callback_url:
        return
    task.refresh_from_db()
    told = {
        "task_id": str(task.pk),
        "status": task.status,
        "result": contract_result(task),
        "error": task.error_message or task.failure or None,
    }
    body = json.dumps(told, ensure_ascii=False)
    Delivery.objects.create(task=task, owner_id=task.book.owner_id, url=task.callback_url, body=body)


def resend(delivery: Delivery) -> None:
    """Have a callback sent once more, with all its tries, even one that arrived: by its id it stays one event."""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=Now(), attempts=0, delivered_at=None)


def resend_last(task: ProcessingTask) -> bool:
    """Tell once more how the task ended last; False when it owed nobody that."""
    last = task.deliveries.first()
    if last:
        resend(last)
    return last is not None


def deliver_next() -> bool:
    """Try the delivery that is due first; False when none is. What happened is in its row."""
    for delivery in Delivery.objects.due().order_by("due_at")[:5]:
        if Delivery.objects.due().filter(pk=delivery.pk).update(due_at=Now() + LEASE, attempts=delivery.attempts + 1):
            delivery.attempts += 1
            attempt(delivery)
            return True
    return False


def attempt(delivery: Delivery) -> None:
    status, error = None, ""
    try:
        status = post(delivery)
    except (CallbackRefused, httpx2.HTTPError, httpx2.InvalidURL) as problem:
        error = f"{type(problem).__name__}: {problem}"
    outcome: dict[str, Any]
    if status is not None and 200 <= status < 300:
        outcome = {"delivered_at": Now()}
    else:
        outcome = {"due_at": Now() + BACK_OFF[min(delivery.attempts, len(BACK_OFF)) - 1]}
    Delivery.objects.filter(pk=delivery.pk).update(last_status=status, last_error=error, **outcome)


def post(delivery: Delivery) -> int:
    """Send one signed try; the status of the answer. Raises CallbackRefused, httpx2.HTTPError, httpx2.InvalidURL."""
    url = httpx2.URL(delivery.url)
    address = checked_address(delivery.url)
    now = datetime.now(UTC)
    headers = {
        "host": url.netloc.decode(),
        "content-type": "application/json",
        "user-agent": f"txt2voice/{settings.VERSION}",
        "webhook-id": str(delivery.pk),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret_of(delivery.owner_id)).sign(str(delivery.pk), now, delivery.body),
    }
    request = httpx2.Request(
        "POST",
        url.copy_with(host=address),
        content=delivery.body.encode(),
        headers=headers,
        extensions={"sni_hostname": url.host},
    )
    return asyncio.run(status_of(request))


async def status_of(request: httpx2.Request) -> int:
    """The status of the answer, whose body may be endless and is of no interest. Raises httpx2.HTTPError."""
    try:
        async with (
            asyncio.timeout(TIMEOUT),
            httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=None) as client,
        ):
            response = await client.send(request, stream=True)
            await response.aclose()
            return response.status_code
    except TimeoutError as late:
        raise httpx2.TimeoutException(f"no answer within {TIMEOUT:g} seconds") from late
