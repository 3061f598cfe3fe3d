import re
from html import unescape

import pytest
from django.urls import reverse

from books.importing import import_book
from recognition.models import Chapter, Character, Quotation
from recognition.views import PAGE_LENGTH


def shown_text(page: str) -> str:
    """What a reader sees of the book: the paragraphs, without the names and reasons that were added."""
    article = page[page.index("<article") : page.index("</article>")]
    article = re.sub(r'<span class="voice".*?</a><span class="why".*?</span></span>', "", article, flags=re.S)
    paragraphs = re.findall(r"<p>(.*?)</p>", article, flags=re.S)
    return "".join(unescape(re.sub(r"<[^>]+>", "", paragraph)) for paragraph in paragraphs)


def squeeze(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
def first(recognised_book):
    return recognised_book.chapters.get(number=1)


def get(client, chapter, **asked):
    return client.get(chapter.get_absolute_url(), asked)


def test_the_whole_chapter_is_there_and_its_heading_once(signed_in, first):
    page = get(signed_in, first).content.decode()
    heading = squeeze(first.title)
    assert page[page.index("<article") :].count(first.title) == 1
    assert squeeze(shown_text(page)) == squeeze(first.text).replace(heading, "", 1)


def test_no_space_is_added_between_segments(signed_in, first):
    assert "沈青山道：“还有空房么？”" in shown_text(get(signed_in, first).content.decode())


def test_each_line_has_a_lasting_address_its_speaker_and_a_reason(signed_in, first, recognised_book):
    line = recognised_book.quotations.get(start=first.start + first.text.index("还有空房么"))
    page = get(signed_in, first).content.decode()
    voice = page[page.index(f'id="q{line.start}"') :][:900]
    assert f's{line.speaker.slot}" href="{reverse("line", args=[recognised_book.pk, line.start])}"' in voice
    assert ">沈青山</a>" in voice and "because of “" in voice
    assert f'data-from="{line.evidence_start}" data-to="{line.evidence_end}"' in voice


def test_a_line_without_a_speaker_says_so(signed_in, first, recognised_book):
    recognised_book.quotations.update(speaker=None, guess=None)
    page = get(signed_in, first).content.decode()
    assert "Nothing in the text tells who speaks." in page and 'class="line nobody"' in page


def test_a_doubtful_name_carries_a_question_mark(signed_in, first, recognised_book):
    recognised_book.quotations.update(confidence=0.3)
    assert ">沈青山?</a>" in get(signed_in, first).content.decode()


def test_what_a_book_says_is_data(signed_in, user):
    book = import_book(user, "他说：“<script>alert(1)</script>”".encode(), filename="a.txt").book
    page = signed_in.get(f"{book.get_absolute_url()}chapters/1/").content.decode()
    assert "&lt;script&gt;" in page and "<script>alert" not in page


def test_previous_and_next(signed_in, recognised_book):
    numbers = [chapter.number for chapter in recognised_book.chapters.all()]
    first, last = (get(signed_in, recognised_book.chapters.get(number=n)).context for n in (numbers[0], numbers[-1]))
    assert first["previous"] is None and first["next"].number == 2
    assert last["next"] is None and last["previous"].number == numbers[-1] - 1


def test_who_speaks_here_is_listed_most_first(signed_in, first):
    speakers = get(signed_in, first).context["speakers"]
    assert {character.name for character, _count in speakers} == {"沈青山", "赵四海", "林月娥"}
    assert [count for _character, count in speakers] == sorted((n for _c, n in speakers), reverse=True)


def test_a_stranger_and_an_unknown_chapter_get_404(client, user, stranger, first):
    client.force_login(stranger)
    assert get(client, first).status_code == 404
    client.force_login(user)
    assert client.get(f"{first.book.get_absolute_url()}chapters/99/").status_code == 404


@pytest.fixture
def long_chapter(user, chinese_book):
    text = "夜" * (PAGE_LENGTH - 3) + "“好长的一夜。”\n天亮了。"
    chinese_book.chapters.all().delete()
    chapter = Chapter.objects.create(book=chinese_book, number=1, text=text, start=0, length=len(text))
    who = Character.objects.create(book=chinese_book, name="甲")
    start = PAGE_LENGTH - 2
    Quotation.objects.create(book=chinese_book, chapter=chapter, start=start, end=start + 6, speaker=who)
    return chapter


def test_a_long_chapter_comes_in_pages_that_make_the_whole(signed_in, long_chapter):
    pages = [shown_text(get(signed_in, long_chapter, page=number).content.decode()) for number in (1, 2)]
    assert len(pages[0]) == PAGE_LENGTH
    assert squeeze("".join(pages)) == squeeze(long_chapter.text)


def test_a_line_across_two_pages_is_named_on_both(signed_in, long_chapter):
    for number in (1, 2):
        assert ">甲?</a>" in get(signed_in, long_chapter, page=number).content.decode()


def test_a_place_of_the_book_is_found_and_marked(signed_in, recognised_book, first):
    at = first.start + first.text.index("柜台")
    response = signed_in.get(f"{recognised_book.get_absolute_url()}at/{at}/", {"end": at + 2})
    assert response.url == f"{first.get_absolute_url()}?mark={at}-{at + 2}#mark"
    assert '<mark id="mark">柜台</mark>' in signed_in.get(response.url).content.decode()


def test_a_place_on_a_later_page_leads_to_that_page(signed_in, long_chapter):
    response = signed_in.get(f"{long_chapter.book.get_absolute_url()}at/{PAGE_LENGTH + 8}/")
    assert "page=2" in response.url


@pytest.mark.parametrize("behind", [0, 10**25])
def test_a_place_behind_the_end_is_404(signed_in, recognised_book, behind):
    url = f"{recognised_book.get_absolute_url()}at/{recognised_book.length + behind}/"
    assert signed_in.get(url).status_code == 404


def test_the_number_of_queries_does_not_grow(signed_in, first, django_assert_max_num_queries):
    with django_assert_max_num_queries(7):
        get(signed_in, first)
