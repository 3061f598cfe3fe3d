from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from sesame.utils import get_query_string

from txt2voice.management.commands.prepare import LOCAL, api_token


class Command(BaseCommand):
    help = "Print a link that logs in once, within ten minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", default=LOCAL)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["username"], is_active=True)
        except User.DoesNotExist:
            raise CommandError(f"There is no active account named {options['username']!r}.") from None
        self.stdout.write("\nLog in here (the link works once, within ten minutes; `make link` prints another):\n")
        self.stdout.write(f"  {settings.APP_URL}{reverse('login_link')}{get_query_string(user)}\n")
        if user.username == LOCAL:
            self.stdout.write(f"\nToken for the API (kept in {settings.DATA_DIR / 'api-token'}):\n")
            self.stdout.write(f"  {api_token(user)}\n")
        self.stdout.write("\n")
