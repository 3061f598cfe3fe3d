"""Fitting the weights of the Chinese rules: what is measured, and that a step is kept only when it helps."""

import pytest

from bench import fit_chinese
from recognition.script import Character, Section
from recognition.text.chinese import speakers

CAST = (Character("周大海", ("大海",), "male"), Character("林小雨", ("小雨",), "female"))


@pytest.fixture(autouse=True)
def weights():
    before = speakers.WEIGHTS
    yield before
    speakers.WEIGHTS = before


def reading(text, *spoken):
    lines = [([(text.index(words), text.index(words) + len(words))], speaker) for words, speaker in spoken]
    return Section(0, 0, text), CAST, lines


def test_the_accuracy_is_the_share_of_right_lines():
    half = [reading("大海说：“走吧。”小雨说：“好的。”", ("走吧。", "周大海"), ("好的。", "周大海"))]
    assert fit_chinese.measure(half)[0] == 0.5


def test_no_weight_changes_where_nothing_gets_better(weights):
    fit_chinese.ascend([reading("大海说：“走吧。”", ("走吧。", "周大海"))], 1, lambda words: None)
    assert weights == speakers.WEIGHTS


def test_books_in_english_are_left_out(tmp_path):
    (tmp_path / "text.txt").write_text("“Come in,” said Emma.", encoding="utf-8")
    (tmp_path / "quotes.jsonl").write_text("", encoding="utf-8")
    assert list(fit_chinese.readings(tmp_path)) == []
