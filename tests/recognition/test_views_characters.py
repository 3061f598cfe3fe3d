import pytest

from recognition.models import Alias, Character, Quotation, Relation


@pytest.fixture
def url(recognised_book):
    return f"{recognised_book.get_absolute_url()}characters/"


def names(response):
    return [character.name for character in response.context["cast"]]


def test_each_row_has_what_is_known(signed_in, url, recognised_book):
    person = recognised_book.characters.get(name="沈青山")
    Alias.objects.create(character=person, text="青山")
    page = signed_in.get(url).content.decode()
    row = page[page.index(">沈青山</a>") : page.index("</tr>", page.index(">沈青山</a>"))]
    assert "青山</span>" in row and f">{person.quotes}</a>" in row and f">{person.mentions}</td>" in row
    assert f"/at/{person.first_appearance}/" in row and "ch. 1" in row


@pytest.mark.parametrize(
    "sort, key",
    [
        ("quotes", lambda c: -c.quotes),
        ("mentions", lambda c: -c.mentions),
        ("name", lambda c: c.sort_key),
        ("first", lambda c: c.first_appearance),
    ],
)
def test_it_sorts(signed_in, url, sort, key):
    cast = list(signed_in.get(url, {"sort": sort}).context["cast"])
    assert len(cast) == 3 and [key(c) for c in cast] == sorted(key(c) for c in cast)


def test_pinyin_is_the_order_of_names(signed_in, url):
    assert names(signed_in.get(url, {"sort": "name"})) == ["林月娥", "沈青山", "赵四海"]


@pytest.mark.parametrize(
    "sought, found", [("月娥", ["林月娥"]), ("zhao", ["赵四海"]), ("掌柜", ["赵四海"]), ("某", [])]
)
def test_it_searches_names_aliases_and_pinyin(signed_in, url, recognised_book, sought, found):
    Alias.objects.create(character=recognised_book.characters.get(name="赵四海"), text="老掌柜")
    assert names(signed_in.get(url, {"q": sought})) == found


def test_hidden_characters_are_not_shown(signed_in, url, recognised_book):
    recognised_book.characters.filter(name="林月娥").update(hidden=True)
    assert "林月娥" not in names(signed_in.get(url))


def test_htmx_gets_the_table_alone(signed_in, url):
    page = signed_in.get(url, headers={"HX-Request": "true"}).content.decode()
    assert page.lstrip().startswith('<div id="cast"') and "<html" not in page


def test_a_book_without_a_cast_says_so(signed_in, chinese_book):
    page = signed_in.get(f"{chinese_book.get_absolute_url()}characters/").content.decode()
    assert "Nobody is known in this book yet" in page


def test_the_number_of_queries_does_not_grow(signed_in, url, recognised_book, django_assert_max_num_queries):
    for number in range(30):
        person = Character.objects.create(book=recognised_book, name=f"第{number}人", first_appearance=number)
        Alias.objects.create(character=person, text=f"{number}号")
    with django_assert_max_num_queries(8):
        signed_in.get(url)


def test_a_character_has_a_page_with_all_lines_and_company(signed_in, url, recognised_book):
    person, other = recognised_book.characters.filter(name__in=["沈青山", "赵四海"]).order_by("sort_key")
    Relation.objects.get_or_create(book=recognised_book, source=person, target=other, type="dialogue")
    response = signed_in.get(f"{url}{person.pk}/")
    assert [line.text for line in response.context["lines"]][:2] == ["还有空房么？", "那就那一间。"]
    assert other in response.context["company"]


def test_the_page_of_a_character_asks_as_often_for_many_lines(
    signed_in, recognised_book, django_assert_max_num_queries
):
    person = recognised_book.characters.get(name="沈青山")
    chapter = recognised_book.chapters.first()
    Quotation.objects.bulk_create(
        Quotation(book=recognised_book, chapter=chapter, speaker=person, start=start, end=start + 1)
        for start in range(10_000, 10_040)
    )
    others = Character.objects.bulk_create(Character(book=recognised_book, name=f"乙{n}") for n in range(11))
    Relation.objects.bulk_create(
        Relation(book=recognised_book, source=person, target=other, type="dialogue", weight=1) for other in others
    )
    with django_assert_max_num_queries(9):
        assert signed_in.get(f"{recognised_book.get_absolute_url()}characters/{person.pk}/").status_code == 200


def test_a_stranger_and_an_unknown_character_get_404(client, user, stranger, url, recognised_book):
    person = recognised_book.characters.first()
    client.force_login(stranger)
    assert client.get(url).status_code == client.get(f"{url}{person.pk}/").status_code == 404
    client.force_login(user)
    assert client.get(f"{url}999999/").status_code == 404
