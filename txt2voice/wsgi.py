import os
from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

IN_MEMORY = 1024 * 1024  # bytes of a body; more of it goes to a temporary file

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txt2voice.settings")
django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The product as a WSGI application.

    A body that comes in chunks is first read as far as the limit allows, and one byte more: Django reads as much as
    Content-Length says, and such a body has none. Without this every client that streams would seem to send nothing.
    """
    if environ.get("wsgi.input_terminated") and environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        left = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
        with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            while left and (chunk := environ["wsgi.input"].read(min(left, IN_MEMORY))):
                left -= len(chunk)
                body.write(chunk)
            environ["CONTENT_LENGTH"] = str(body.tell())
            body.seek(0)
            return django(environ | {"wsgi.input": body}, start_response)
    return django(environ, start_response)
