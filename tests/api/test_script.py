"""GET /api/books/{id}/script/."""

import pytest

from recognition.results import script

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slash", ["", "/"])
def test_it_is_the_script_of_the_book(api, cast_book, slash):
    answer = api.get(f"/api/books/{cast_book.pk}/script{slash}")
    assert answer.status_code == 200
    assert answer.json() == script(cast_book)
    assert answer.json()["format"] == "txt2voice/script@1"


def test_a_stranger_gets_404(stranger_api, cast_book):
    assert stranger_api.get(f"/api/books/{cast_book.pk}/script/").status_code == 404


def test_without_credentials_it_is_401(anonymous, cast_book):
    assert anonymous.get(f"/api/books/{cast_book.pk}/script/").status_code == 401
