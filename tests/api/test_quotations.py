"""GET /api/books/{id}/quotations/ and /quotations/{start}/."""

import pytest

from recognition.models import Character, Quotation

pytestmark = pytest.mark.django_db


def url(book):
    return f"/api/books/{book.pk}/quotations/"


def texts(answer):
    assert answer.status_code == 200
    return [quotation["text"] for quotation in answer.json()["results"]]


def test_a_quotation_has_its_fields(api, cast_book):
    first = api.get(url(cast_book)).json()["results"][0]
    start = cast_book.text.index("还有空房么？")
    cue = cast_book.text.index("沈青山道")
    assert first == {
        "chapter": 1,
        "start": start,
        "end": start + 6,
        "text": "还有空房么？",
        "continues": None,
        "speaker": "沈青山",
        "guess": "沈青山",
        "decided": False,
        "kind": "explicit",
        "method": "cue",
        "confidence": 0.97,
        "evidence": [cue, cue + 4],
    }


def test_one_is_found_by_its_start(api, cast_book):
    start = cast_book.text.index("你要到哪里去？")
    found = api.get(f"{url(cast_book)}{start}/").json()
    assert (found["text"], found["chapter"], found["speaker"], found["guess"], found["decided"]) == (
        "你要到哪里去？", 2, "林月娥", "沈青山", True,
    )  # fmt: skip


def test_they_come_in_the_order_of_the_text(api, cast_book):
    assert texts(api.get(url(cast_book))) == ["还有空房么？", "只剩楼上一间了。", "那就那一间。", "你要到哪里去？"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"chapter": 2}, ["你要到哪里去？"]),
        ({"chapter": 99}, []),
        ({"speaker": "赵四海"}, ["只剩楼上一间了。"]),
        ({"speaker": "nobody"}, []),
        ({"kind": "implicit"}, ["那就那一间。"]),
        ({"decided": "true"}, ["你要到哪里去？"]),
        ({"unknown": "true"}, ["那就那一间。"]),
        ({"unknown": "false", "chapter": 1}, ["还有空房么？", "只剩楼上一间了。"]),
        ({"ordering": "-confidence", "page_size": 1}, ["还有空房么？"]),
    ],
)
def test_filters_and_order(api, cast_book, query, expected):
    assert texts(api.get(url(cast_book), query)) == expected


@pytest.mark.parametrize(("field", "value"), [("chapter", "two"), ("kind", "shouted")])
def test_a_wrong_filter_is_refused_by_name(api, cast_book, field, value):
    answer = api.get(url(cast_book), {field: value})
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_more_rows_cost_no_more_queries(api, cast_book, django_assert_max_num_queries):
    chapter = cast_book.chapters.first()
    people = Character.objects.bulk_create(Character(book=cast_book, name=f"某甲{n}") for n in range(30))
    Quotation.objects.bulk_create(
        Quotation(book=cast_book, chapter=chapter, start=n, end=n + 1, speaker=who, guess=who)
        for n, who in enumerate(people)
    )
    with django_assert_max_num_queries(5):  # two for the token; book, count, page
        assert len(texts(api.get(url(cast_book)))) == 34


def test_no_chapter_is_loaded(api, cast_book, django_assert_max_num_queries):
    with django_assert_max_num_queries(5) as queries:
        api.get(url(cast_book))
    page = queries.captured_queries[-1]["sql"]
    columns = page.partition(" FROM ")[0]
    assert columns.count('"books_chapter"."text"') == columns.count('("books_chapter"."text"') == 1


@pytest.mark.parametrize("start", [0, 10**30, "first"])
def test_an_unknown_start_gets_404(api, cast_book, start):
    assert api.get(f"{url(cast_book)}{start}/").status_code == 404


def test_a_stranger_gets_404(stranger_api, cast_book):
    start = cast_book.text.index("你要到哪里去？")
    assert stranger_api.get(url(cast_book)).status_code == 404
    assert stranger_api.get(f"{url(cast_book)}{start}/").status_code == 404


def test_without_credentials_it_is_401(anonymous, cast_book):
    assert anonymous.get(url(cast_book)).status_code == 401


# ------------------------------------------------------------------------------------------------- who speaks


@pytest.fixture
def line(cast_book):
    return cast_book.quotations.filter(continues=None).first()


def speak(api, line, **body):
    return api.patch(f"/api/books/{line.book_id}/quotations/{line.start}/", body, format="json")


def test_a_person_says_who_speaks_by_any_of_the_names(api, cast_book, line):
    other = cast_book.characters.exclude(pk=line.speaker_id).first()
    other.aliases.create(text="老相识")
    found = speak(api, line, speaker="老相识").json()
    assert (found["speaker"], found["decided"]) == (other.name, True)


def test_a_line_may_have_nobody_who_is_known(api, line):
    assert speak(api, line, speaker=None).json()["speaker"] is None


def test_a_slip_in_a_name_brings_nobody_new(api, cast_book, line):
    answer = speak(api, line, speaker="沈青三")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "unknown_character", "speaker")
    assert not cast_book.characters.filter(name="沈青三").exists()
    assert speak(api, line, speaker="沈青三", new=True).json()["speaker"] == "沈青三"


def test_what_a_person_said_is_undone_over_the_api(api, cast_book, line):
    before = line.speaker.name
    speak(api, line, speaker=None)
    made = cast_book.corrections.first()
    api.post(f"/api/books/{cast_book.pk}/corrections/{made.pk}/undo/")
    found = api.get(f"/api/books/{cast_book.pk}/quotations/{line.start}/").json()
    assert (found["speaker"], found["decided"]) == (before, False)


def test_a_stranger_decides_nothing(stranger_api, line):
    assert speak(stranger_api, line, speaker=None).status_code == 404
    line.refresh_from_db()
    assert not line.decided
