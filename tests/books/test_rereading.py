import pytest

from books.importing import redecode
from recognition import tasks
from recognition.models import Character, Correction, Distinct, Quotation, Relation

pytestmark = pytest.mark.django_db


def test_what_was_recognised_in_the_old_text_goes_with_it(chinese_book):
    tasks.start(chinese_book, engine="offline")
    people = [Character.objects.create(book=chinese_book, name=name) for name in ("沈青山", "林月娥")]
    chapter = chinese_book.chapters.first()
    Quotation.objects.create(
        book=chinese_book, chapter=chapter, start=1, end=2, guess=people[0], speaker=people[0], decided=True
    )
    Relation.objects.create(book=chinese_book, source=people[0], target=people[1], type="speaks")
    Correction.objects.create(book=chinese_book, verb="assign")
    Distinct.objects.create(book=chinese_book, first="a", second="b")
    redecode(chinese_book, "GB18030")
    for rows in ("quotations", "characters", "relations", "tasks", "corrections", "distincts"):
        assert not getattr(chinese_book, rows).exists(), rows


def test_a_task_that_waits_meanwhile_finds_itself_gone(chinese_book, run_queue):
    tasks.start(chinese_book, engine="offline")
    redecode(chinese_book, "GB18030")
    run_queue()
    assert not chinese_book.quotations.exists()
