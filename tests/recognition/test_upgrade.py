"""A book recognised by the rules, then by a language model: what improves, what stays, and how it is taken back."""

import pytest
from django.urls import reverse

from books.importing import import_book
from recognition import corrections, results, tasks
from recognition import script as scripts
from recognition.models import Character, Correction, Quotation

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(novel, user, run_queue):
    """By the rules alone; then a person decided two lines without a cue, one of them wrongly."""
    book = import_book(user, novel.text.encode(), filename="novel.txt").book
    tasks.start(book, engine="offline")
    run_queue()
    right, wrong = book.quotations.filter(kind="implicit")[:2]
    decide(right, book.characters.get(name=novel.speakers[right.start]))
    decide(wrong, book.characters.exclude(name=novel.speakers[wrong.start]).first())
    return book


@pytest.fixture
def upgraded(book, server, run_queue):
    """The task of the second recognition, by a model that knows every line."""
    task = tasks.start(book, engine="llm")
    run_queue()
    return task


def decide(line, speaker):
    Quotation.objects.filter(pk=line.pk).update(speaker=speaker, decided=True)


def speakers(book):
    return dict(book.quotations.values_list("start", "speaker__name"))


def test_decided_lines_stay_and_the_rest_improves(novel, book, server, run_queue):
    before = speakers(book)
    decided = {line.start: line.speaker.name for line in book.quotations.filter(decided=True)}
    tasks.start(book, engine="llm")
    run_queue()
    assert any(before[start] != who for start, who in novel.speakers.items() if start not in decided)
    assert speakers(book) == novel.speakers | decided


def test_exactly_the_lines_with_another_speaker_are_noted(novel, book, server, run_queue):
    before = speakers(book)
    task = tasks.start(book, engine="llm")
    run_queue()
    changed = {str(start): name for start, name in speakers(book).items() if name != before[start]}
    assert changed
    assert task.correction.after == changed
    assert task.correction.before == {start: before[int(start)] for start in changed}


def test_a_first_recognition_changes_nothing_although_the_model_overrules_the_rules(novel, user, server, run_queue):
    fresh = import_book(user, novel.text.encode(), filename="novel.txt").book
    task = tasks.start(fresh, engine="llm")
    run_queue()
    assert task.changes is None


def test_the_same_recognition_again_changes_no_line(book, upgraded, signed_in, run_queue):
    task = tasks.start(book, engine="llm")
    run_queue()
    assert task.correction.before == {}
    assert "No line changed." in signed_in.get(book.get_absolute_url()).content.decode()


def test_another_name_for_the_same_person_is_no_change(book, upgraded):
    line = book.quotations.filter(decided=False).exclude(speaker=None).first()
    correction = upgraded.correction
    correction.before = {str(line.start): "旧名"}
    correction.save()
    line.speaker.aliases.create(text="旧名")
    results.settle_changes(upgraded)
    correction.refresh_from_db()
    assert correction.before == {}


@pytest.mark.parametrize("page", ["book", "task"])
def test_the_difference_is_said_and_leads_to_the_lines(book, upgraded, signed_in, page):
    count = len(upgraded.correction.before)
    response = signed_in.get({"book": book, "task": upgraded}[page].get_absolute_url())
    text = response.content.decode()
    assert f"{count} lines changed, 0 of yours." in text
    assert reverse("changes", args=[book.pk, upgraded.correction.pk]) in text


def test_each_changed_line_is_listed_with_both_speakers_and_its_place(book, upgraded, signed_in):
    response = signed_in.get(reverse("changes", args=[book.pk, upgraded.correction.pk]))
    first = response.context["changes"][0]
    assert (first.before, first.after) == (
        upgraded.correction.before[str(first.line.start)],
        first.line.speaker.name,
    )
    page = response.content.decode()
    assert reverse("place", args=[book.pk, first.line.start]) in page
    assert first.line.text in page


def test_undo_gives_every_line_its_former_speaker(novel, book, server, signed_in, run_queue):
    before = speakers(book)
    task = tasks.start(book, engine="llm")
    run_queue()
    response = signed_in.post(reverse("undo_changes", args=[book.pk, task.correction.pk]), follow=True)
    assert speakers(book) == before
    assert response.redirect_chain
    assert "The speakers are as they were before this recognition." in response.content.decode()
    counted = book.quotations.filter(continues=None, speaker__name="林月娥").count()
    assert book.characters.get(name="林月娥").quotes == counted


def test_undo_leaves_and_shows_what_was_changed_since(book, upgraded, signed_in):
    start = int(next(iter(upgraded.correction.before)))
    line = book.quotations.get(start=start)
    other = book.characters.exclude(name__in=[line.speaker.name, upgraded.correction.before[str(start)]]).first()
    decide(line, other)
    response = signed_in.post(reverse("undo_changes", args=[book.pk, upgraded.correction.pk]), follow=True)
    assert "1 line was changed since then and stays as it is." in response.content.decode()
    assert book.quotations.get(start=start).speaker == other
    assert [change.line.start for change in response.context["changes"] if not change.stands] == [start]


def test_undo_reaches_all_pieces_of_an_interrupted_line(chinese_book, run_queue):
    first, second = (Character.objects.create(book=chinese_book, name=name) for name in ("甲", "乙"))
    chapter = chinese_book.chapters.first()
    for start, continues in ((1, None), (5, 1), (9, 5), (13, None)):
        Quotation.objects.create(
            book=chinese_book, chapter=chapter, start=start, end=start + 2, continues=continues, speaker=second
        )
    correction = Correction.objects.create(
        book=chinese_book, verb=results.RECOGNITION, before={"1": "甲"}, after={"1": "乙"}
    )
    corrections.undo(correction)
    assert list(chinese_book.quotations.values_list("speaker__name", flat=True)) == ["甲", "甲", "甲", "乙"]
    first.refresh_from_db()
    assert first.quotes == 1


def test_undo_calls_in_again_who_has_left_the_cast(book, upgraded):
    start, name = next(iter(upgraded.correction.before.items()))
    book.characters.filter(name=name).delete()
    corrections.undo(upgraded.correction)
    assert book.quotations.get(start=int(start)).speaker.name == name


def test_a_line_put_back_says_so_and_counts_as_doubtful(book, upgraded, signed_in):
    corrections.undo(upgraded.correction)
    start = int(next(iter(upgraded.correction.before)))
    line = next(line for line in results.script(book)["quotes"] if line["start"] == start)
    assert (line["method"], line["confidence"]) == ("undone", 0.0)
    chapter = book.quotations.get(start=start).chapter
    assert (
        "As it was before a recognition that was undone." in signed_in.get(chapter.get_absolute_url()).content.decode()
    )


def test_a_line_says_that_the_model_decided_against_the_rules(book, upgraded, signed_in):
    line = book.quotations.filter(method="model>rules").first()
    page = signed_in.get(line.chapter.get_absolute_url()).content.decode()
    assert "80% sure: the language model names the speaker, where the rules would name another." in page


def test_a_second_undo_and_one_during_a_recognition_are_refused(book, upgraded, signed_in, run_queue):
    url = reverse("undo_changes", args=[book.pk, upgraded.correction.pk])
    running = tasks.start(book, engine="offline")
    assert signed_in.post(url).status_code == 409
    tasks.cancel(running)
    assert signed_in.post(url).status_code == 302
    assert signed_in.post(url).status_code == 409


def test_changes_of_others_and_of_people_are_not_there(book, upgraded, client, stranger):
    client.force_login(stranger)
    assert client.get(reverse("changes", args=[book.pk, upgraded.correction.pk])).status_code == 404
    assert client.post(reverse("undo_changes", args=[book.pk, upgraded.correction.pk])).status_code == 404


def test_a_recognition_after_an_undo_sets_out_from_what_was_put_back(book, upgraded, run_queue):
    corrections.undo(upgraded.correction)
    again = tasks.start(book, engine="llm")
    run_queue()
    assert again.correction.before == upgraded.correction.before


def test_lines_decided_while_it_runs_are_not_among_the_changes(chinese_book):
    rows = results.save_cast(chinese_book, (scripts.Character("甲"), scripts.Character("乙")))
    chapter = chinese_book.chapters.first()
    tasks.start(chinese_book, engine="offline")
    chinese_book.tasks.update(status="completed")
    task = tasks.start(chinese_book, engine="offline")
    Quotation.objects.create(book=chinese_book, chapter=chapter, start=5, end=7, speaker=rows["甲"])
    found = [scripts.Quotation(5, 7, speaker="乙")]
    results.save_section(task, chapter, chapter.start, chapter.start + chapter.length, found, rows)
    decide(chinese_book.quotations.get(), rows["乙"])
    assert Correction.objects.get(task=task).before == {"5": "甲"}
    results.settle_changes(task)
    assert Correction.objects.get(task=task).before == {}
