import re

import pytest
from django.urls import reverse

from books.importing import import_book, redecode
from recognition import tasks
from recognition.lines import AROUND
from recognition.models import Character, Quotation, Verdict, VerdictKind


@pytest.fixture
def url(recognised_book):
    return reverse("score_book", args=[recognised_book.pk])


def asked(client, url):
    """The line that the page asks about; None when there is none left."""
    return client.get(url).context.get("line")


def say(client, url, line, verdict):
    return client.post(url, {"start": line.start, "verdict": verdict})


def answer_all(client, url, verdict_of):
    while line := asked(client, url):
        say(client, url, line, verdict_of(line))


def guess_of(line):
    return line.guess_id or "nobody"


def test_one_line_is_shown_marked_in_its_surroundings(signed_in, url):
    response = signed_in.get(url)
    line, page = response.context["line"], response.content.decode()
    text = line.chapter.text[line.start - line.chapter.start : line.end - line.chapter.start]
    assert f'<mark id="mark">{text}</mark>' in page
    assert line.chapter.text.split()[0] in page[page.index("<article") :]


def test_nothing_on_the_page_tells_the_guess(signed_in, url, recognised_book):
    """Whoever the engine takes for the speaker: the page is the same."""

    def page():
        return re.sub(r'name="csrfmiddlewaretoken"[^>]*', "", signed_in.get(url).content.decode())

    line, shown = asked(signed_in, url), page()
    near = signed_in.get(url).context["candidates"]
    for other in near:
        Quotation.objects.filter(pk=line.pk).update(guess=other, speaker=other)
        assert page() == shown


def test_the_candidates_are_the_speakers_nearby_with_a_key_each(signed_in, url):
    response = signed_in.get(url)
    assert {character.name for character in response.context["candidates"]} == {"沈青山", "赵四海", "林月娥"}
    for key in "123":
        assert f'aria-keyshortcuts="{key}"' in response.content.decode()


def test_there_are_no_more_candidates_than_keys_and_they_are_the_nearest(signed_in, url, recognised_book):
    line = asked(signed_in, url)
    far = [Character(book=recognised_book, name=f"远{n}") for n in range(12)]
    Character.objects.bulk_create(far)
    for number, character in enumerate(far):
        place = 10_000 + 10 * number
        Quotation.objects.create(
            book=recognised_book, chapter=line.chapter, start=place, end=place + 5, speaker=character, continues=1
        )
    shown = signed_in.get(url).context
    assert len(shown["candidates"]) == 9
    assert {"沈青山", "赵四海", "林月娥"} <= {character.name for character in shown["candidates"]}
    assert {character.name for character in shown["others"]} == {f"远{n}" for n in range(6, 12)}


def test_an_answer_is_kept_and_leads_to_the_next_line(signed_in, user, url):
    line = asked(signed_in, url)
    who = signed_in.get(url).context["candidates"][0]
    assert say(signed_in, url, line, who.pk).url == url
    verdict = Verdict.objects.get()
    assert (verdict.start, verdict.kind, verdict.speaker, verdict.user) == (line.start, "speaker", who.name, user)
    assert asked(signed_in, url) != line


@pytest.mark.parametrize("kind", [VerdictKind.ABSENT, VerdictKind.NOBODY, VerdictKind.SKIPPED])
def test_other_answers_name_nobody(signed_in, url, kind):
    say(signed_in, url, asked(signed_in, url), kind)
    assert (Verdict.objects.get().kind, Verdict.objects.get().speaker) == (kind, "")


def test_answering_twice_keeps_the_later_answer(signed_in, url):
    line = asked(signed_in, url)
    say(signed_in, url, line, "nobody")
    say(signed_in, url, line, "absent")
    assert Verdict.objects.get().kind == VerdictKind.ABSENT


def test_the_last_answer_can_be_taken_back(signed_in, url):
    first = asked(signed_in, url)
    say(signed_in, url, first, "nobody")
    second = asked(signed_in, url)
    say(signed_in, url, second, "nobody")
    signed_in.post(url, {"verdict": "undo"})
    assert asked(signed_in, url) == second and Verdict.objects.get().start == first.start


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"start": "x", "verdict": "nobody"}, 400),
        ({"start": "999999", "verdict": "nobody"}, 404),
        ({"verdict": "wrong"}, 400),
        ({"verdict": "9" * 5000}, 400),
        ({"start": "9" * 5000, "verdict": "nobody"}, 400),
        ({"verdict": "999999"}, 404),
    ],
)
def test_what_is_not_offered_is_refused(signed_in, url, form, status):
    start = {"start": asked(signed_in, url).start}
    assert signed_in.post(url, start | form).status_code == status
    assert not Verdict.objects.exists()


def test_who_agrees_throughout_reads_a_hundred_per_cent(signed_in, url, recognised_book):
    answer_all(signed_in, url, guess_of)
    response = signed_in.get(url)
    lines = recognised_book.quotations.filter(continues=None).count()
    assert response.context["overall"].share == 1 and response.context["judged"] == lines
    assert (
        f"By your answers to {lines} lines" in response.content.decode() and "about 100%" in response.content.decode()
    )
    assert response.context["wrong"] == []


def test_each_class_of_confidence_has_its_own_figure(signed_in, url, recognised_book):
    lines = list(recognised_book.quotations.filter(continues=None).order_by("start"))
    for line, confidence in zip(lines, [0.95, 0.95, 0.7], strict=False):
        Quotation.objects.filter(pk=line.pk).update(confidence=confidence)
    recognised_book.quotations.filter(start__gt=lines[2].start).update(confidence=0.1)
    answer_all(signed_in, url, lambda line: guess_of(line) if line.confidence > 0.9 else "absent")
    figures = [(stratum.lines, stratum.right) for _name, stratum, _estimate in signed_in.get(url).context["classes"]]
    assert figures == [(2, 2), (1, 0), (len(lines) - 3, 0)]


def test_a_disagreement_is_shown_with_both_names(signed_in, url, recognised_book):
    answer_all(signed_in, url, lambda line: "absent" if "都漏" in text_of(line) else guess_of(line))
    response = signed_in.get(url)
    assert [text_of(row.line) for row in response.context["wrong"]] == ["都漏。"]
    assert "somebody who is not in the cast" in response.content.decode() and "林月娥" in response.content.decode()


def text_of(line):
    return line.chapter.text[line.start - line.chapter.start : line.end - line.chapter.start]


def test_a_line_without_a_guess_is_wrong_where_the_reader_names_somebody(signed_in, url, recognised_book):
    recognised_book.quotations.update(guess=None, speaker=None, confidence=0)
    who = recognised_book.characters.first()
    answer_all(signed_in, url, lambda line: "nobody" if "都漏" in text_of(line) else who.pk)
    [_sure, _fair, (_name, doubtful, _estimate)] = signed_in.get(url).context["classes"]
    assert (doubtful.judged, doubtful.right) == (recognised_book.quotations.filter(continues=None).count(), 1)


def test_a_skipped_line_is_not_judged(signed_in, url):
    answer_all(signed_in, url, lambda line: "skipped")
    shown = signed_in.get(url).context
    assert (shown["judged"], shown["overall"]) == (0, None)


def test_a_person_who_got_another_name_is_the_same_person(signed_in, url, recognised_book):
    answer_all(signed_in, url, guess_of)
    who = recognised_book.characters.get(name="沈青山")
    recognised_book.characters.filter(pk=who.pk).update(name="沈大侠")
    who.aliases.create(text="沈青山")
    assert signed_in.get(url).context["wrong"] == []


def test_the_answers_measure_the_next_recognition(signed_in, url, recognised_book, run_queue):
    answer_all(signed_in, url, lambda line: "absent")
    tasks.start(recognised_book, engine="offline")
    run_queue()
    assert signed_in.get(url).context["overall"].share == 0


def test_another_text_voids_the_answers(signed_in, url, recognised_book):
    say(signed_in, url, asked(signed_in, url), "nobody")
    redecode(recognised_book, "gb18030")
    assert not Verdict.objects.exists()


def test_a_verdict_changes_no_speaker(signed_in, url, recognised_book):
    before = list(recognised_book.quotations.values_list("start", "speaker", "guess", "decided"))
    answer_all(signed_in, url, lambda line: "nobody")
    assert list(recognised_book.quotations.values_list("start", "speaker", "guess", "decided")) == before


def test_an_interrupted_line_is_asked_about_once(signed_in, url, recognised_book):
    pieces = set(recognised_book.quotations.exclude(continues=None).values_list("start", flat=True))
    answer_all(signed_in, url, guess_of)
    assert not pieces & set(Verdict.objects.values_list("start", flat=True))


def test_a_book_that_was_not_recognised_says_so(signed_in, chinese_book):
    page = signed_in.get(reverse("score_book", args=[chinese_book.pk])).content.decode()
    assert "Recognise it first" in page


def test_the_page_of_a_recognised_book_leads_there(signed_in, url, recognised_book):
    assert f'href="{url}"' in signed_in.get(recognised_book.get_absolute_url()).content.decode()


def test_a_stranger_gets_404_and_nobody_the_door(client, stranger, url):
    assert client.get(url).status_code == 302
    client.force_login(stranger)
    assert client.get(url).status_code == client.post(url, {"verdict": "undo"}).status_code == 404


def test_a_long_chapter_is_shown_around_the_line_only(signed_in, user, run_queue):
    filler = "雨一直下。" * 100
    book = import_book(user, f"{filler}\n沈青山道：“走罢。”{filler}".encode(), filename="雨.txt").book
    tasks.start(book, engine="offline")
    run_queue()
    [before, around] = signed_in.get(reverse("score_book", args=[book.pk])).context["paragraphs"]
    assert before.text.startswith("雨一直下。") and around.text.endswith("雨一直下。")
    assert AROUND * 2 - 20 < len(before.text + around.text) < AROUND * 2 + 20


def test_the_number_of_queries_does_not_grow(signed_in, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        signed_in.get(url)
    answer_all(signed_in, url, lambda line: "absent")
    with django_assert_max_num_queries(9):
        signed_in.get(url)
