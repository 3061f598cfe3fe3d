"""What docs/deployment.md promises of going back to an older version."""

import pytest
from django.core.management import call_command

from books.models import Book
from recognition.models import Character, ProcessingTask, Quotation, Window

FIRST = {"books": "0001", "recognition": "0001"}


def count_rows():
    return [model.objects.count() for model in (Book, ProcessingTask, Window, Character, Quotation)]


@pytest.mark.django_db(transaction=True)
def test_every_migration_can_be_taken_back_with_books_in_place(recognised_book):
    before = count_rows()
    try:
        for app, migration in FIRST.items():
            call_command("migrate", app, migration, verbosity=0)
    finally:
        call_command("migrate", verbosity=0)
    assert all(before)
    assert count_rows() == before
