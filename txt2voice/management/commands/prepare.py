import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, transaction
from knox.crypto import hash_token
from knox.models import AuthToken

from books.importing import import_book, sample_files
from recognition import tasks

LOCAL = "local"  # the name of the account of a `make run`


class Command(BaseCommand):
    help = "Make everything ready to run on this machine: database, static files, the local account, sample books."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used. Is DATABASE_URL right? {error}") from error
        collect_static_files()
        api_token(local_account())


def collect_static_files() -> None:
    """Collect, hash and compress the static files, unless that was done for these very files: it takes seconds."""
    digest = sha256((settings.BASE_DIR / "requirements.txt").read_bytes())  # the libraries bring files of their own
    for path in sorted(path for path in (settings.BASE_DIR / "static").rglob("*") if path.is_file()):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    done = Path(settings.STATIC_ROOT) / ".done"
    if not done.exists() or done.read_text() != digest.hexdigest():
        call_command("collectstatic", interactive=False, verbosity=0)
        done.write_text(digest.hexdigest())


@transaction.atomic
def local_account() -> User:
    """The account of who runs this on their own machine; it has no password, only login links.

    It is made with two sample books, waiting to be recognised. They come with the account and never again, so that
    whoever deletes them is rid of them. The offline engine reads them, so that a first start costs nothing.
    """
    user, is_new = User.objects.get_or_create(username=LOCAL, defaults={"is_staff": True, "is_superuser": True})
    if is_new:
        user.set_unusable_password()
        user.save()
        for path in sample_files():
            tasks.start(import_book(user, path.read_bytes(), filename=path.name).book, engine="offline")
    return user


def api_token(user: User) -> str:
    """A token of the user for the API, kept in DATA_DIR because the database holds hashes only."""
    path: Path = settings.DATA_DIR / "api-token"
    if path.exists():
        token = path.read_text().strip()
        if AuthToken.objects.filter(user=user, digest=hash_token(token)).exists():
            return token
    fresh: str = AuthToken.objects.create(user)[1]
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, mode=0o600)) as file:
        file.write(f"{fresh}\n")
    return fresh
