"""Which stretches of an English text are speech."""

import pytest

from recognition.text.english.quotations import find_paragraphs, find_pieces


def spoken(text):
    return [text[piece.start : piece.end] for piece in find_pieces(text, find_paragraphs(text))]


@pytest.mark.parametrize(
    "text",
    [
        'He stopped. "It is late," he said.',
        "He stopped. “It is late,” he said.",
        "He stopped. ‘It is late,’ he said.",
        "He stopped. 'It is late,' he said.",
    ],
)
def test_every_style_of_marks_holds_speech(text):
    assert spoken(text) == ["It is late,"]


def test_an_apostrophe_is_no_mark():
    assert spoken("‘Don’t you see ’em? The boys’ boat’s gone,’ said Ann.") == [
        "Don’t you see ’em? The boys’ boat’s gone,"
    ]


def test_nested_marks_are_no_speech_of_their_own():
    assert spoken("“He said ‘never’ to me,” said Ann.") == ["He said ‘never’ to me,"]


def test_the_narrator_may_stand_in_brackets_inside_the_marks():
    text = '"It is late, (looking at the clock,) and we (with the exception of Ben) are tired."'
    assert spoken(text) == ["It is late,", "and we (with the exception of Ben) are tired."]


def test_dashes_hold_speech_where_there_are_no_marks():
    text = "—It is late, Mr. Hill, said Ann. Come in.\n\nHe came in.\n\n—So it is, he said.\n\n—Sit down."
    assert spoken(text) == ["It is late, Mr. Hill,", "Come in.", "So it is,", "Sit down."]


def test_a_lost_closing_mark_ends_with_its_paragraph():
    assert spoken("“Come here.\n\nNobody came.\n\n“Well,” said Ann.") == ["Come here.", "Well,"]


def test_narration_between_two_pieces_links_them():
    text = '"Yes," said Ann, "I know."'
    first, second = find_pieces(text, find_paragraphs(text))
    assert (first.continues, second.continues) == (None, first.start)


def test_a_paragraph_that_opens_again_without_a_close_goes_on():
    text = '"First of all.\n\n"And then," said Ann.'
    first, second = find_pieces(text, find_paragraphs(text))
    assert second.continues == first.start


def test_words_set_in_marks_inside_a_sentence_are_no_speech():
    assert spoken('They met at the "Red Lion" on Monday, and she called it "fun" in her way.') == []


def test_a_letter_set_in_is_no_speech():
    text = 'Ann took it and read\nit.\n\n     "Dear Ann,\n     come soon."\n\n"How odd!" she said.\n\nIt rained.'
    assert spoken(text) == ["How odd!"]


def test_hard_wrapped_lines_are_one_paragraph():
    text = "The rain fell all day on the old\nhouse, and nobody came to the\ndoor.\n\nAnn slept."
    assert [text[p.start : p.end] for p in find_paragraphs(text)][1] == "Ann slept."


def test_a_line_is_a_paragraph_where_lines_end_with_sentences():
    text = "“Is it you?”\n“It is.”\n“Come in, then.”\nShe came in."
    assert len(find_paragraphs(text)) == 4
