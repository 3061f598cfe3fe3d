"""Saving results: what people decided stays, rows and colours stay, and every change can be traced."""

import itertools

import pytest

from recognition import results, tasks
from recognition import script as scripts
from recognition.models import Character, Correction, Quotation

pytestmark = pytest.mark.django_db


def member(name, *aliases, **more):
    return scripts.Character(name, aliases, **more)


def test_a_second_run_keeps_rows_and_colours(recognised_book, run_queue):
    before = dict(recognised_book.characters.values_list("name", "pk"))
    slots = dict(recognised_book.characters.values_list("name", "slot"))
    tasks.start(recognised_book)
    run_queue()
    assert dict(recognised_book.characters.values_list("name", "pk")) == before
    assert dict(recognised_book.characters.values_list("name", "slot")) == slots


def test_a_line_decided_by_a_person_stays_and_the_guess_is_kept_beside_it(recognised_book, run_queue):
    line = recognised_book.quotations.exclude(speaker=None).first()
    other = recognised_book.characters.exclude(pk=line.speaker_id).first()
    Quotation.objects.filter(pk=line.pk).update(speaker=other, decided=True)
    tasks.start(recognised_book)
    run_queue()
    again = recognised_book.quotations.get(start=line.start)
    assert (again.speaker, again.guess, again.decided) == (other, line.speaker, True)


def test_a_second_run_notes_what_it_changed_as_one_correction(recognised_book, run_queue):
    line = recognised_book.quotations.exclude(speaker=None).first()
    Quotation.objects.filter(pk=line.pk).update(speaker=None)
    task = tasks.start(recognised_book)
    run_queue()
    correction = Correction.objects.get()
    assert correction.task == task
    assert correction.before == {str(line.start): None}
    assert correction.after == {str(line.start): line.speaker.name}


def test_a_first_run_is_no_correction(recognised_book):
    assert not Correction.objects.exists()


def test_a_member_is_matched_by_an_alias_and_takes_the_new_name(chinese_book):
    results.save_cast(chinese_book, (member("石头"),))
    row = chinese_book.characters.get()
    rows = results.save_cast(chinese_book, (member("石大山", "石头"),))
    assert rows["石大山"].pk == row.pk
    assert chinese_book.characters.get().name == "石大山"


def test_a_name_decided_by_a_person_is_not_renamed(chinese_book):
    results.save_cast(chinese_book, (member("石头", gender="male"),))
    chinese_book.characters.update(gender="female", decided=["gender"])
    results.save_cast(chinese_book, (member("石头", gender="male"),))
    assert chinese_book.characters.get().gender == "female"


def test_saving_a_cast_twice_changes_nothing(chinese_book):
    cast = (member("石头"), member("小河", "河妹"))
    results.save_cast(chinese_book, cast)
    before = list(chinese_book.characters.values())
    results.save_cast(chinese_book, cast)
    assert list(chinese_book.characters.values()) == before


def test_neighbours_in_the_cast_have_colours_far_apart(chinese_book):
    results.save_cast(chinese_book, tuple(member(f"人{i}") for i in range(24)))
    slots = list(Character.objects.order_by("pk").values_list("slot", flat=True))
    assert sorted(slots) == list(range(24))
    assert all(min((a - b) % 24, (b - a) % 24) >= 6 for a, b in itertools.pairwise(slots))


def test_the_sort_key_of_a_chinese_name_is_its_pinyin():
    assert results.sort_key("李四") == "li si"
    assert results.sort_key("Mr. Bennet") == "mr. bennet"


def test_the_script_names_the_person_who_decided(recognised_book):
    line = recognised_book.quotations.exclude(speaker=None).first()
    Quotation.objects.filter(pk=line.pk).update(decided=True)
    written = {quote["start"]: quote for quote in results.script(recognised_book)["quotes"]}
    assert (written[line.start]["method"], written[line.start]["confidence"]) == ("person", 1.0)


def test_the_script_of_a_book_is_read_in_a_constant_number_of_queries(recognised_book, django_assert_max_num_queries):
    with django_assert_max_num_queries(7):
        results.script(recognised_book)


def test_the_last_lines_are_those_furthest_in_the_book(recognised_book):
    text = recognised_book.text
    last = list(recognised_book.quotations.filter(continues=None).order_by("start"))[-3:]
    assert results.last_lines(recognised_book) == [
        (q.speaker.name if q.speaker else None, text[q.start : q.end][:100]) for q in last
    ]
