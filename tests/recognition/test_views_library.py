import pytest
from django.urls import reverse

from books.models import Book
from recognition.models import Character, ProcessingTask


def add(owner, title, **fields):
    defaults = {"language": "zh", "sha256": title, "encoding": "UTF-8", "length": 10}
    return Book.objects.create(owner=owner, title=title, **defaults | fields)


def titles(response):
    return [book.title for book in response.context["books"]]


@pytest.fixture
def shelf(user, stranger):
    add(user, "红楼梦", author="曹雪芹", length=900)
    add(user, "Emma", author="Jane Austen", length=500)
    add(stranger, "西游记")
    add(user, "bare text", kept=False)


def test_it_needs_a_login(client, db):
    assert client.get("/").url == "/login/?next=/"


def test_it_shows_ones_own_kept_books_newest_first(signed_in, shelf):
    assert titles(signed_in.get("/")) == ["Emma", "红楼梦"]


@pytest.mark.parametrize(
    "sort, first", [("title", "Emma"), ("length", "红楼梦"), ("author", "Emma"), ("bogus", "Emma")]
)
def test_it_sorts(signed_in, shelf, sort, first):
    assert titles(signed_in.get("/", {"sort": sort}))[0] == first


@pytest.mark.parametrize(
    "sought, found", [("红楼", ["红楼梦"]), ("austen", ["Emma"]), ("nobody", []), ("aus\0ten", ["Emma"])]
)
def test_it_searches_titles_and_authors(signed_in, shelf, sought, found):
    assert titles(signed_in.get("/", {"q": sought})) == found


def test_it_says_when_nothing_matches(signed_in, shelf):
    assert "No book with “nobody”" in signed_in.get("/", {"q": "nobody"}).content.decode()


def test_empty_shelves_say_what_to_do(signed_in):
    page = signed_in.get("/").content.decode()
    assert "The shelves are empty" in page and reverse("book_new") in page


def test_it_is_paged(signed_in, user):
    for number in range(26):
        add(user, f"book {number}")
    assert len(titles(signed_in.get("/", {"page": 2}))) == 1


def test_a_running_book_shows_its_progress_and_the_list_asks_again(signed_in, shelf, user):
    book = Book.objects.get(title="Emma")
    ProcessingTask.objects.create(book=book, engine="offline", status="processing", progress=40)
    page = signed_in.get("/").content.decode()
    assert 'value="40"' in page and 'hx-trigger="every 3s"' in page


def test_nothing_is_asked_again_when_nothing_runs(signed_in, shelf):
    assert "every 3s" not in signed_in.get("/").content.decode()


def test_htmx_gets_the_list_alone(signed_in, shelf):
    response = signed_in.get("/", headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="books"')
    assert "HX-Request" in response["Vary"]


def test_the_number_of_queries_does_not_grow(signed_in, user, django_assert_max_num_queries):
    for number in range(20):
        book = add(user, f"book {number}")
        ProcessingTask.objects.create(book=book, engine="offline", status="completed")
        Character.objects.create(book=book, name="甲")
    with django_assert_max_num_queries(5):
        assert "1 person" in signed_in.get("/").content.decode()
