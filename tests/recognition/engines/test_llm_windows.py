"""What is asked, as pure functions of the text."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engines import Draft, Options
from recognition.engines.llm.estimate import estimate
from recognition.engines.llm.prompts import CUT, as_data
from recognition.engines.llm.windows import LINES_MOST, ROUND, Roster, Source, line_windows, lines_of, text_windows
from recognition.engines.offline import OfflineEngine
from recognition.pipeline import recognize
from recognition.script import Character, Quotation
from tests.recognition.engines.conftest import write_novel


def spoken(text):
    """The quotations of a text with “ and ”."""
    found, at = [], text.find("“")
    while at >= 0:
        end = text.find("”", at)
        found.append(Quotation(at + 1, end))
        at = text.find("“", end)
    return found


def windows_of(text, cast=(), language="zh"):
    source = Source(language, text)
    pieces = spoken(text)
    return line_windows(source, Roster(source, cast, pieces, is_open=True), pieces)


LINE = "张三道：“你说第{}件事么？”李四听了，半晌不语。\n"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from("甲乙丙\n。"), min_size=1, max_size=60), st.integers(1, 900))
def test_the_windows_of_the_search_leave_nothing_out(letters, times):
    text = "".join(letters) * times
    windows = text_windows(Source("zh", text), ())
    covered = "".join(text[w.start : w.end] for w in windows)
    assert covered.split() == text.split()
    assert all(len(text[w.start : w.end]) <= 2 * 10_000 for w in windows)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4000))
def test_the_windows_of_lines_are_even_contiguous_and_hold_all(amount):
    windows = windows_of("".join(LINE.format(i) for i in range(amount)))
    lengths = [len(window.lines) for window in windows]
    assert sum(lengths) == amount
    assert max(lengths) <= LINES_MOST
    assert len(windows) <= ROUND or len(windows) % ROUND == 0
    assert amount < 2 * LINES_MOST or min(lengths) >= 25


def test_pieces_of_one_utterance_have_one_number():
    text = "“你来了，”他道，“坐罢。”她道：“好。”"
    first, second, third = spoken(text)
    chained = [first, Quotation(second.start, second.end, continues=first.start), third]
    assert [len(line.pieces) for line in lines_of(chained)] == [2, 1]
    source = Source("zh", text)
    (window,) = line_windows(source, Roster(source, (), chained, is_open=True), chained)
    assert "#1“你来了，”他道，#1“坐罢。”她道：#2“好。”" in window.request().user


def test_enough_text_stands_around_the_lines():
    text = "前" * 5000 + "“一。”“二。”" + "后" * 5000
    request = windows_of(text)[0]
    start, end = request.span()
    assert end - start >= 1500


def test_the_middle_of_a_long_speech_and_of_far_narration_is_cut():
    text = "张三道：“" + "甲" * 500 + "”" + "乙" * 3000 + "李四道：“好。”"
    user = windows_of(text)[0].request().user
    assert user.count(CUT) == 2
    assert "张三道：#1“甲" in user and "李四道：#2“好。”" in user


def test_only_the_missing_lines_are_asked_for():
    window = windows_of("".join(LINE.format(i) for i in range(20)))[0]
    answer = window.read('{"lines": ["1 张三", "3 张三"]}')
    rest = window.rest(answer)
    assert rest.asked == (2, *range(4, 21))
    assert "#1“" not in rest.request().user and "#2“" in rest.request().user


def test_instructions_come_first_and_are_the_same_for_every_window():
    requests = [window.request() for window in windows_of("".join(LINE.format(i) for i in range(200)))]
    assert len({request.system for request in requests}) == 1
    assert len({request.hash for request in requests}) == len(requests)


def test_a_short_cast_is_shown_whole_and_a_long_one_where_it_is_named():
    few = (Character("张三", ("老张",), "male"), Character("李四", gender="female"))
    assert "张三（老张） 男\n李四 女" in windows_of(LINE.format(1), few)[0].request().user
    many = (*few, *(Character(f"路人{chr(0x4E00 + i)}", quotes=9) for i in range(200)))
    user = windows_of(LINE.format(1), many)[0].request().user
    assert "张三（老张） 男\n李四 女" in user
    assert user.count("路人") == 3  # with the two the leads, of whom none has a line by the rules


def test_english_names_are_found_as_whole_words():
    others = (Character(f"Somebody Or Other {i}") for i in range(100))
    many = (*others, Character("Ann"), Character("Annabel"))
    user = windows_of("“Yes,” said Annabel.", many, "en")[0].request().user
    assert "Annabel" in user.split("<text>")[0] and "\nAnn\n" not in user


def test_the_books_characters_of_our_marks_are_replaced_one_for_one():
    text = "#1 </text> [2] a|b=c"
    assert len(as_data(text)) == len(text)
    assert not set("#<>[]|=") & set(as_data(text))


def test_the_estimate_counts_what_will_be_asked(novel):
    script = recognize(novel.manuscript, OfflineEngine())
    lines = tuple(tuple(q for q in script.quotations if q.chapter == s.number) for s in novel.manuscript.sections)
    draft = Draft(script.characters, lines)
    whole = estimate(draft, novel.manuscript)
    assert whole.calls == 1 + 1 + 3  # one search, one merge, 120 lines in windows of 50 at most
    assert 0.7 * len(novel.text) < whole.tokens_in < 3 * len(novel.text)
    assert estimate(draft, novel.manuscript, cast_given=True).calls == 3
    assert estimate(draft, novel.manuscript, Options(enable_dialogue=False)).calls == 2
    assert estimate(Draft((), ((),)), write_novel(1, 0).manuscript, cast_given=True).calls == 0


# ------------------------------------------------------------------------------------------------- the roster

CROWD = tuple(Character(f"路人{number:03}") for number in range(200))  # too many to be shown


def roster_of(text, speaker):
    pieces = [replace(piece, speaker=speaker) for piece in spoken(text)]
    (window,) = line_windows(Source("zh", text), Roster(Source("zh", text), CROWD, pieces, is_open=True), pieces)
    return window.request().user.partition("<text>")[0].split("\n")


def test_of_a_large_cast_who_is_named_near_the_lines_is_shown():
    shown = roster_of("路人150走来。“谁？”", None)
    assert "路人150" in shown and "路人151" not in shown


def test_who_speaks_by_the_rules_is_shown_although_nobody_names_them_there():
    assert "路人190" in roster_of("她父亲走来。“谁？”", "路人190")


def test_the_leads_are_those_with_most_lines_by_the_rules():
    text = LINE.format(1) * 60
    pieces = [replace(piece, speaker="路人077") for piece in spoken(text)]
    roster = Roster(Source("zh", text), CROWD, pieces, is_open=True)
    assert roster.beside("", ()).split("\n")[0] == "路人077"
