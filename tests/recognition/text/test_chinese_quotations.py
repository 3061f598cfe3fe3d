"""Speech in Chinese texts: all marks, files that lost some, and quoted words that nobody says."""

import pytest

from recognition.text.chinese.folding import fold
from recognition.text.chinese.quotations import find_speech


def speech(text):
    return [text[span.start : span.end] for span in find_speech(text)]


@pytest.mark.parametrize("marks", ["“”", "「」", "『』", '""', "‘’"])
def test_every_pair_of_marks_holds_speech(marks):
    assert speech(f"老周说：{marks[0]}下雨了。{marks[1]}大家都看窗外。") == ["下雨了。"]


def test_nested_marks_are_no_rows_of_their_own():
    assert speech("老周说：“他昨天说‘不来’，今天又来了。”") == ["他昨天说‘不来’，今天又来了。"]


def test_a_mark_closed_by_another_kind_still_closes():
    assert speech('老周道："下雨了。”小林道：“是啊。"老周便走。') == ["下雨了。", "是啊。"]


def test_a_lost_closing_mark_does_not_swallow_the_next_paragraph():
    assert speech("老周说：“下雨了。\n\n小林没有带伞。\n小林说：“糟了。”") == ["下雨了。", "糟了。"]


def test_a_lost_closing_mark_ends_before_the_words_that_lead_to_the_next_speech():
    assert speech("老周说：“下雨了。小林说：“糟了。”") == ["下雨了。", "糟了。"]


def test_speech_broken_over_lines_goes_on_to_its_closing_mark():
    assert speech("老周说：\n“下雨了。\n带上伞吧。\n别忘了！”\n小林点头。") == ["下雨了。\n带上伞吧。\n别忘了！"]


@pytest.mark.parametrize(
    "text", ["他那“面子”要紧得很。", "门上写着“小心”两个字。", "大家叫它“老地方”，常来喝茶。", "门上写着：“闲人免进。”"]
)
def test_quoted_words_in_a_sentence_are_no_speech(text):
    assert speech(text) == []


def test_folding_keeps_every_offset():
    traditional = "這裡說話的是後面那個婦人，著急得很。"
    assert fold(traditional) == "这里说话的是后面那个妇人，着急得很。"
    assert len(fold(traditional)) == len(traditional)


def test_paragraphs_that_open_with_a_dash_are_speech_where_a_text_has_no_marks():
    text = "老耿走进来。\n——饭好了没有？老耿问。\n——快了。\n——我饿了！他说。\n老耿坐下。\n"
    assert speech(text) == ["饭好了没有？", "快了。", "我饿了！"]


def test_a_dash_opens_no_speech_where_there_are_marks():
    assert speech("“饭好了没有？”\n——那是去年的事。\n——后来呢？\n——不知道。\n“快了。”") == ["饭好了没有？", "快了。"]
