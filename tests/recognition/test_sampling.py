from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.sampling import Stratum, class_of, draw, overall, wilson

SURE = [(start, 0.95) for start in range(900)]
FAIR = [(start, 0.7) for start in range(900, 980)]
DOUBTFUL = [(start, 0.2) for start in range(980, 1000)]
LINES = SURE + FAIR + DOUBTFUL
CLASS = {start: class_of(confidence) for start, confidence in LINES}


def test_classes_begin_at_their_least_confidence():
    assert [class_of(c) for c in (1.0, 0.9, 0.899, 0.6, 0.599, 0.0)] == [
        "sure", "sure", "fair", "fair", "doubtful", "doubtful",
    ]  # fmt: skip


def test_each_class_is_asked_about_as_often_as_the_others():
    assert Counter(CLASS[start] for start in draw(LINES, 30, "book")) == {"sure": 10, "fair": 10, "doubtful": 10}


def test_a_small_class_leaves_its_share_to_the_others():
    drawn = draw(SURE + FAIR + DOUBTFUL[:2], 30, "book")
    assert Counter(CLASS[start] for start in drawn) == {"sure": 14, "fair": 14, "doubtful": 2}


def test_a_short_book_is_asked_about_line_by_line():
    assert sorted(draw(FAIR, 1000, "book")) == [start for start, _ in FAIR]


def test_the_same_lines_come_whatever_their_order():
    assert draw(LINES, 40, "book") == draw(reversed(LINES), 40, "book")


def test_another_book_gives_other_lines():
    assert draw(LINES, 40, "one") != draw(LINES, 40, "two")


def test_a_longer_sample_begins_with_the_shorter_one():
    assert draw(LINES, 45, "book")[:40] == draw(LINES, 40, "book")


# Wilson 1927 as tabulated by Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_that_of_the_tables(right, n, low, high):
    assert wilson(right / n, n) == pytest.approx((low, high), abs=0.00006)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_between_0_and_1(seen):
    right, n = seen
    low, high = wilson(right / n, n)
    assert 0 <= low <= right / n + 1e-9 and right / n - 1e-9 <= high <= 1


def test_a_class_weighs_as_much_as_it_has_lines():
    found = overall([Stratum(lines=90, judged=10, right=10), Stratum(lines=10, judged=10, right=0)])
    assert found.share == pytest.approx(0.9) and found.judged == 20


def test_a_balanced_sample_has_the_plain_interval():
    found = overall([Stratum(50, 10, 8), Stratum(50, 10, 6)])
    assert (found.low, found.high) == pytest.approx(wilson(0.7, 20))


def test_a_class_that_weighs_more_than_it_was_asked_about_widens_the_interval():
    found = overall([Stratum(95, 10, 7), Stratum(5, 10, 7)])
    low, high = wilson(0.7, 20)
    assert found.low < low and found.high > high


def test_there_is_no_figure_while_a_class_was_not_asked_about():
    assert overall([Stratum(90, 10, 10), Stratum(10, 0, 0)]) is None
    assert overall([Stratum(90, 10, 10), Stratum(0, 0, 0)]) is not None
