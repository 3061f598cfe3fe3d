import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from recognition.models import Alias, Character, Correction, Quotation, Relation


@pytest.fixture
def stranger_api(stranger):
    """A client of the API that presents a token of `stranger`."""
    _row, token = AuthToken.objects.create(stranger)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.fixture
def anonymous():
    return APIClient()


@pytest.fixture
def cast_book(chinese_book):
    """The Chinese book with a small result, written by hand so that each test can name every row of it."""
    first, second = chinese_book.chapters.order_by("number")
    shen, lin, zhao = Character.objects.bulk_create(
        Character(book=chinese_book, name=name, sort_key=key, gender=gender, quotes=quotes, mentions=mentions)
        for name, key, gender, quotes, mentions in (
            ("沈青山", "shen qing shan", "male", 4, 6),
            ("林月娥", "lin yue e", "female", 3, 9),
            ("赵四海", "zhao si hai", "male", 2, 5),
        )
    )
    Character.objects.create(book=chinese_book, name="算盘", sort_key="suan pan", hidden=True)
    Alias.objects.create(character=lin, text="月娥", mentions=2)
    text = chinese_book.text

    def line(chapter, said, **more):
        start = text.index(said)
        return Quotation(book=chinese_book, chapter=chapter, start=start, end=start + len(said), **more)

    cue = text.index("沈青山道")
    Quotation.objects.bulk_create(
        [
            line(
                first, "还有空房么？", kind="explicit", speaker=shen, guess=shen, method="cue", confidence=0.97,
                evidence_start=cue, evidence_end=cue + 4,
            ),
            line(first, "只剩楼上一间了。", kind="explicit", speaker=zhao, guess=zhao, confidence=0.9),
            line(first, "那就那一间。", kind="implicit", speaker=None, guess=None),
            line(second, "你要到哪里去？", kind="anaphoric", speaker=lin, guess=shen, decided=True, confidence=0.5),
        ]
    )  # fmt: skip
    Relation.objects.create(book=chinese_book, source=shen, target=lin, type="dialogue", weight=3, evidence=[[1, 2]])
    Relation.objects.create(book=chinese_book, source=zhao, target=lin, type="co_occurrence", weight=1)
    Correction.objects.create(book=chinese_book, user=chinese_book.owner, verb="speaker", before={"1": None}, after={})
    return chinese_book
