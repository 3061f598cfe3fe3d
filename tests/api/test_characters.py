"""GET /api/books/{id}/characters/ and /characters/{id}/."""

import uuid

import pytest

from recognition.models import Alias, Character

pytestmark = pytest.mark.django_db


def url(book):
    return f"/api/books/{book.pk}/characters/"


def names(answer):
    assert answer.status_code == 200
    return [character["name"] for character in answer.json()["results"]]


def test_a_character_has_its_fields(api, cast_book):
    answer = api.get(url(cast_book)).json()
    assert set(answer) == {"count", "next", "previous", "results"}
    for character in answer["results"]:
        assert set(character) == {
            "id", "name", "aliases", "gender", "role", "importance", "kind", "mentions", "quotes", "first_appearance",
        }  # fmt: skip
    lin = answer["results"][1]
    assert (lin["name"], lin["aliases"], lin["gender"], lin["quotes"]) == ("林月娥", ["月娥"], "female", 3)


def test_one_is_found_by_its_id(api, cast_book):
    lin = Character.objects.get(name="林月娥")
    assert api.get(f"{url(cast_book)}{lin.pk}/").json()["name"] == "林月娥"


def test_who_speaks_most_comes_first_and_the_hidden_not_at_all(api, cast_book):
    assert names(api.get(url(cast_book))) == ["沈青山", "林月娥", "赵四海"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("quotes", ["赵四海", "林月娥", "沈青山"]),
        ("-mentions", ["林月娥", "沈青山", "赵四海"]),
        ("sort_key", ["林月娥", "沈青山", "赵四海"]),
    ],
)
def test_the_order_can_be_chosen(api, cast_book, order, expected):
    assert names(api.get(url(cast_book), {"ordering": order})) == expected


def test_rows_equal_in_what_is_asked_for_come_once_over_all_pages(api, cast_book):
    """PostgreSQL gives rows that are equal in another order once they were written to."""
    Character.objects.bulk_create(Character(book=cast_book, name=f"甲{n}", quotes=1) for n in range(60))
    found = []
    for page in range(1, 7):
        found += names(api.get(url(cast_book), {"ordering": "quotes", "page_size": 11, "page": page}))
        Character.objects.filter(name__in=found[-1:]).update(role="seen")
    assert len(found) == len(set(found)) == 63


def test_search_finds_an_alias(api, cast_book):
    assert names(api.get(url(cast_book), {"search": "月娥"})) == ["林月娥"]


def test_a_filter_narrows(api, cast_book):
    assert names(api.get(url(cast_book), {"gender": "male"})) == ["沈青山", "赵四海"]


def test_a_wrong_filter_is_refused_by_name(api, cast_book):
    answer = api.get(url(cast_book), {"gender": "robot"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == "gender"


def test_pages(api, cast_book):
    first = api.get(url(cast_book), {"page_size": 2}).json()
    assert first["count"] == 3
    assert len(first["results"]) == 2
    assert [character["name"] for character in api.get(first["next"]).json()["results"]] == ["赵四海"]
    beyond = api.get(url(cast_book), {"page": 9})
    assert (beyond.status_code, beyond.json()["code"]) == (404, "not_found")


def test_more_rows_cost_no_more_queries(api, cast_book, django_assert_max_num_queries):
    rows = Character.objects.bulk_create(Character(book=cast_book, name=f"某甲{n}") for n in range(50))
    Alias.objects.bulk_create(Alias(character=row, text=f"{row.name}郎") for row in rows)
    with django_assert_max_num_queries(6):  # two for the token; book, count, page, aliases
        assert len(names(api.get(url(cast_book)))) == 53


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_read_only(api, cast_book, method):
    assert getattr(api, method)(url(cast_book)).status_code == 405


def test_another_books_character_gets_404(api, cast_book, english_book):
    lin = Character.objects.get(name="林月娥")
    assert api.get(f"{url(english_book)}{lin.pk}/").status_code == 404


def test_a_stranger_gets_404(stranger_api, cast_book):
    lin = Character.objects.get(name="林月娥")
    assert stranger_api.get(url(cast_book)).status_code == 404
    assert stranger_api.get(f"{url(cast_book)}{lin.pk}/").status_code == 404


@pytest.mark.parametrize("book", [uuid.uuid4(), "no-uuid"])
def test_an_unknown_book_gets_404(api, book):
    assert api.get(f"/api/books/{book}/characters/").status_code == 404


def test_without_credentials_it_is_401(anonymous, cast_book):
    assert anonymous.get(url(cast_book)).status_code == 401
