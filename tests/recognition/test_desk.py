"""The correction desk: a person says who speaks a line; that stays, and can be taken back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recognition import corrections, tasks
from recognition.models import Correction, Quotation

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(recognised_book):
    """“过江。”沈青山答道，“我的兄弟在对岸等我。”"""
    return quotation(recognised_book, "过江。")


def quotation(book, words):
    chapter = book.chapters.get(text__contains=words)
    return book.quotations.get(start=chapter.start + chapter.text.index(words))


def url(line):
    return reverse("line", args=[line.book_id, line.start])


def say(client, line, **said):
    return client.post(url(line), said)


def character(book, name):
    return book.characters.get(name=name)


def test_the_name_above_a_line_leads_to_the_desk(signed_in, line):
    assert f'href="{url(line)}"' in signed_in.get(line.chapter.get_absolute_url()).content.decode()


def test_the_desk_shows_the_line_marked_its_speaker_and_the_reason(signed_in, line):
    page = signed_in.get(url(line)).content.decode()
    assert '<mark id="mark">过江。</mark>' in page
    assert "沈青山</b>" in page and "sure, because of “" in page


def test_a_decision_holds_for_all_pieces_and_leads_back_to_the_line(signed_in, line, recognised_book):
    answer = say(signed_in, line, speaker=character(recognised_book, "赵四海").pk)
    assert answer.url == f"{line.chapter.get_absolute_url()}#q{line.start}"
    both = recognised_book.quotations.filter(chapter=line.chapter, decided=True)
    assert [(piece.continues, piece.speaker.name) for piece in both] == [(None, "赵四海"), (line.start, "赵四海")]
    assert (
        character(recognised_book, "赵四海").quotes
        == recognised_book.quotations.filter(speaker__name="赵四海", continues=None).count()
    )


def test_a_later_piece_leads_to_the_first(signed_in, line, recognised_book):
    later = recognised_book.quotations.get(continues=line.start)
    assert signed_in.get(url(later)).url == url(line)


def test_the_decision_outlives_another_recognition(signed_in, line, recognised_book, run_queue):
    say(signed_in, line, speaker="unknown")
    tasks.start(recognised_book, engine="offline")
    run_queue()
    again = recognised_book.quotations.get(start=line.start)
    assert (again.speaker, again.guess.name, again.decided) == (None, "沈青山", True)


def test_another_recognition_counts_what_people_decided(signed_in, line, recognised_book, run_queue):
    before = character(recognised_book, "赵四海").quotes
    say(signed_in, line, speaker=character(recognised_book, "赵四海").pk)
    tasks.start(recognised_book, engine="offline")
    run_queue()
    assert character(recognised_book, "赵四海").quotes == before + 1


def test_somebody_new_joins_the_cast_and_stays(signed_in, line, recognised_book, run_queue):
    say(signed_in, line, name=" 老船夫 ")
    tasks.start(recognised_book, engine="offline")
    run_queue()
    assert character(recognised_book, "老船夫").quotes == 1


@pytest.mark.parametrize(
    ("name", "sentence"), [("", "This field is required."), ("名" * 101, "at most 100 characters")]
)
def test_a_name_that_is_none_is_refused_with_a_sentence(signed_in, line, recognised_book, name, sentence):
    answer = say(signed_in, line, name=name)
    assert answer.status_code == 400 and sentence in answer.content.decode()
    assert not recognised_book.corrections.exists()


def test_taken_back_the_line_is_the_engines_again(signed_in, line, recognised_book):
    say(signed_in, line, speaker=character(recognised_book, "赵四海").pk)
    say(signed_in, line, speaker="undo")
    again = recognised_book.quotations.get(start=line.start)
    assert (again.speaker.name, again.decided) == ("沈青山", False)
    assert not signed_in.get(url(line)).context["decision"]


def test_taken_back_the_decision_before_it_counts_again(signed_in, line, recognised_book):
    for name in ("赵四海", "林月娥"):
        say(signed_in, line, speaker=character(recognised_book, name).pk)
    say(signed_in, line, speaker="undo")
    again = recognised_book.quotations.get(start=line.start)
    assert (again.speaker.name, again.decided) == ("赵四海", True)


def test_an_older_decision_cannot_undo_a_newer_one(signed_in, line, recognised_book):
    for name in ("赵四海", "林月娥"):
        say(signed_in, line, speaker=character(recognised_book, name).pk)
    older = recognised_book.corrections.last()
    assert corrections.undo(older) == 1
    assert recognised_book.quotations.get(start=line.start).speaker.name == "林月娥"


def test_every_decision_is_kept_with_who_made_it(signed_in, user, line, recognised_book):
    say(signed_in, line, speaker=character(recognised_book, "赵四海").pk)
    made = Correction.objects.get(book=recognised_book)
    assert (made.user, made.before, made.after) == (user, {str(line.start): "沈青山"}, {str(line.start): "赵四海"})


@pytest.mark.parametrize("said", [{}, {"speaker": "nonsense"}, {"speaker": "9" * 5000}])
def test_what_was_not_offered_is_refused(signed_in, line, said):
    assert say(signed_in, line, **said).status_code == 400
    assert not Quotation.objects.filter(decided=True).exists()


def test_somebody_of_another_book_is_not_found(signed_in, line, english_book, recognised_book):
    stranger = english_book.characters.create(name="Nobody Here")
    assert say(signed_in, line, speaker=stranger.pk).status_code == 404


def test_a_stranger_gets_404(client, stranger, line):
    client.force_login(stranger)
    assert client.get(url(line)).status_code == 404
    assert say(client, line, speaker="unknown").status_code == 404
    assert not Quotation.objects.filter(decided=True).exists()


# ------------------------------------------------------------------------------------------------- the list


def history(client, book):
    return client.get(reverse("history", args=[book.pk]))


def test_the_list_has_each_decision_with_its_line_and_leads_to_it(signed_in, line, recognised_book):
    say(signed_in, line, speaker=character(recognised_book, "赵四海").pk)
    [entry] = history(signed_in, recognised_book).context["entries"]
    assert (entry.line.text, entry.before, entry.after) == ("过江。", "沈青山", "赵四海")
    page = history(signed_in, recognised_book).content.decode()
    assert url(line) in page and "taken back" not in page
    say(signed_in, line, speaker="undo")
    assert "taken back" in history(signed_in, recognised_book).content.decode()


def test_the_list_asks_the_database_as_often_for_many(signed_in, line, recognised_book, django_assert_num_queries):
    say(signed_in, line, speaker="unknown")
    with CaptureQueriesContext(connection) as asked:
        history(signed_in, recognised_book)
    few = len(asked)
    for other in recognised_book.quotations.filter(continues=None):
        say(signed_in, other, speaker="unknown")
    with django_assert_num_queries(few):
        history(signed_in, recognised_book)


def test_a_strangers_list_is_not_there(client, stranger, recognised_book):
    client.force_login(stranger)
    assert history(client, recognised_book).status_code == 404
