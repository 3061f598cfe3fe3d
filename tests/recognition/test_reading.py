from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from recognition.reading import paragraph_ends, render, whole_sentences


@dataclass(frozen=True)
class Line:
    start: int
    end: int
    evidence_start: int | None = None
    evidence_end: int | None = None


def segments(paragraphs):
    return [segment for paragraph in paragraphs for segment in paragraph.segments]


def paragraphs_of(text: str) -> list[str]:
    return [paragraph.text for paragraph in render(text, 0, [])]


spans = st.tuples(st.integers(0, 60), st.integers(0, 60))
lines = st.builds(lambda a, b: Line(min(a), max(a), min(b), max(b)), spans, spans)


@given(st.text("ab。“” 　\n\t", max_size=40), st.integers(0, 20), st.lists(lines), st.none() | spans)
def test_nothing_of_the_text_is_lost(text, start, quotations, sought):
    paragraphs = render(text, start, quotations, sought)
    assert "".join(paragraph.text for paragraph in paragraphs) == text
    for segment in segments(paragraphs):
        assert text[segment.start - start :].startswith(segment.text)


def test_a_quotation_and_its_evidence_are_cut_out_exactly():
    text = "凤姐笑道：“好。”众人去了。"
    line = Line(6, 8, 0, 4)
    found = [(s.text, s.quotation, s.opens, s.evidence) for s in segments(render(text, 0, [line]))]
    assert found == [
        ("凤姐笑道", None, False, True),
        ("：“", None, False, False),
        ("好。", line, True, False),
        ("”众人去了。", None, False, False),
    ]


def test_positions_are_those_of_the_book():
    (segment,) = [s for s in segments(render("他说：“去。”", 1000, [Line(1004, 1006)])) if s.quotation]
    assert (segment.start, segment.text) == (1004, "去。")


def test_a_quotation_over_two_paragraphs_opens_once():
    found = [s for s in segments(render("“一。\n二。”\n三。", 0, [Line(1, 6)])) if s.quotation]
    assert [(s.text, s.opens) for s in found] == [("一。\n", True), ("二。", False)]


def test_evidence_inside_the_line_is_a_segment_of_its_own():
    line = Line(0, 6, 2, 4)
    assert [(s.text, s.evidence) for s in segments(render("来，凤姐！来", 0, [line]))] == [
        ("来，", False),
        ("凤姐", True),
        ("！来", False),
    ]


def test_a_quotation_that_began_on_the_page_before_is_cut_to_this_one():
    (segment,) = segments(render("还没完。", 10, [Line(3, 14)]))
    assert segment.quotation and segment.opens and segment.start == 10


def test_what_is_sought_is_marked():
    assert [s.text for s in segments(render("那日宝玉来了。", 0, [], (2, 4))) if s.sought] == ["宝玉"]


def test_the_indent_is_no_segment():
    (paragraph,) = render("　　话说。\n", 0, [])
    assert (paragraph.indent, paragraph.text) == ("　　", "　　话说。\n")


def test_each_line_is_a_paragraph_and_blank_lines_belong_to_the_one_before():
    assert paragraphs_of("一。\n\n二。\n三。") == ["一。\n\n", "二。\n", "三。"]


WRAPPED = """Emma Woodhouse, handsome, clever, and rich, with a comfortable home
and happy disposition, seemed to unite some of the best blessings of
existence; and had lived nearly twenty-one years in the world.

She was the youngest of the two daughters of a most affectionate,
indulgent father; and had been mistress of his house from a very
early period.

Yours ever,
E.
"""


def test_hard_wrapped_lines_are_joined():
    first, second, *_ = paragraphs_of(WRAPPED)
    assert first.startswith("Emma") and first.endswith("world.\n\n")
    assert second.startswith("She") and second.endswith("period.\n\n")


def test_a_break_made_by_hand_stays_in_hard_wrapped_text():
    assert paragraphs_of(WRAPPED)[2:] == ["Yours ever,\n", "E.\n"]


def test_an_empty_text_has_no_paragraphs():
    assert render("", 5, []) == [] == list(paragraph_ends(""))


@given(st.text("a。.” \n“", max_size=60), st.data())
def test_an_excerpt_holds_what_it_is_about(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    begin, finish = whole_sentences(text, (start, end))
    assert 0 <= begin <= start and end <= finish <= len(text)


def excerpt(text, words):
    begin, finish = whole_sentences(text, (text.index(words), text.index(words) + len(words)))
    return text[begin:finish]


def test_an_excerpt_begins_and_ends_with_a_sentence():
    assert excerpt("了。他笑道：“走罢。”说着去了。雨还在", "走罢") == "他笑道：“走罢。”说着去了。"
    assert excerpt('ould not. She said: "Come." He came. Nobo', "Come") == 'She said: "Come." He came. '


def test_an_excerpt_rather_begins_and_ends_with_a_line():
    assert excerpt("end. Of\na line\nis it.\nAnother. One", "is it") == "a line\nis it.\n"


def test_an_excerpt_without_sentences_is_kept():
    assert excerpt("走罢走罢", "罢走") == "走罢走罢"
