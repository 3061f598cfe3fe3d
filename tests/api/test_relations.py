"""GET /api/books/{id}/relations/."""

import pytest

from recognition.models import Character, Relation

pytestmark = pytest.mark.django_db


def url(book):
    return f"/api/books/{book.pk}/relations/"


def test_a_relation_has_its_fields_and_the_closest_comes_first(api, cast_book):
    first, second = api.get(url(cast_book)).json()["results"]
    assert first == {
        "id": Relation.objects.get(type="dialogue").pk,
        "from": "沈青山",
        "to": "林月娥",
        "type": "dialogue",
        "weight": 3.0,
        "evidence": [[1, 2]],
    }
    assert second["type"] == "co_occurrence"


def test_one_is_found_by_its_id(api, cast_book):
    pk = Relation.objects.get(type="dialogue").pk
    assert api.get(f"{url(cast_book)}{pk}/").json()["to"] == "林月娥"


@pytest.mark.parametrize(
    ("query", "count"),
    [({"type": "dialogue"}, 1), ({"character": "赵四海"}, 1), ({"character": "林月娥"}, 2), ({"character": "x"}, 0)],
)
def test_filters(api, cast_book, query, count):
    assert api.get(url(cast_book), query).json()["count"] == count


def test_more_rows_cost_no_more_queries(api, cast_book, django_assert_max_num_queries):
    lin = Character.objects.get(name="林月娥")
    people = Character.objects.bulk_create(Character(book=cast_book, name=f"某甲{n}") for n in range(30))
    Relation.objects.bulk_create(Relation(book=cast_book, source=lin, target=who, type="dialogue") for who in people)
    with django_assert_max_num_queries(5):  # two for the token; book, count, page
        assert len(api.get(url(cast_book)).json()["results"]) == 32


def test_a_stranger_gets_404(stranger_api, cast_book):
    assert stranger_api.get(url(cast_book)).status_code == 404
    assert stranger_api.get(f"{url(cast_book)}{Relation.objects.first().pk}/").status_code == 404


def test_without_credentials_it_is_401(anonymous, cast_book):
    assert anonymous.get(url(cast_book)).status_code == 401
