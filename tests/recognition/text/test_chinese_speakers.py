"""Who says a line in a Chinese text."""

import pytest

from recognition.script import Character, Section
from recognition.text import chinese

CAST = (
    Character("周大海", ("大海",), "male"),
    Character("林小雨", ("小雨",), "female"),
    Character("陈冬生", ("冬生",), "male"),
)


def lines(text, cast=CAST, **options):
    return chinese.attribute(Section(1, 0, text), cast, coreference=options.get("coreference", True))


def speakers(text, **options):
    return [line.speaker for line in lines(text, **options)]


@pytest.mark.parametrize(
    "text",
    [
        "大海说：“走吧。”",
        "大海道：“走吧。”",
        "大海曰：“走吧。”",
        "大海忙笑道：“走吧。”",
        "大海放下碗，抬头看看天，说：“走吧。”",
        "“走吧。”大海说。",
        "“走吧！”周大海低声喊道。",
        "大海站起来。他想了想，说：“走吧。”",
        "只见大海笑道：“走吧。”",
        "小雨的邻居大海说：“走吧。”",
    ],
)
def test_the_words_around_a_line_tell_its_speaker(text):
    assert speakers(text) == ["周大海"]


@pytest.mark.parametrize("preposition", ["向", "对", "朝", "跟", "问", "给"])
def test_a_name_after_a_preposition_is_the_listener(preposition):
    (line,) = lines(f"小雨{preposition}大海说：“走吧。”")
    assert (line.speaker, line.addressee) == ("林小雨", "周大海")


def test_an_owner_is_not_the_speaker():
    assert speakers("小雨看着。大海的手停住了，冬生说：“走吧。”") == ["陈冬生"]


def test_a_subject_left_out_is_the_one_before():
    assert speakers("大海走进屋里。又回头说：“走吧。”") == ["周大海"]


def test_one_utterance_cut_by_narration_is_one_chain():
    first, second = lines("“走吧，”大海说，“天要黑了。”")
    assert second.continues == first.start
    assert first.speaker == second.speaker == "周大海"


def test_lines_without_words_around_them_take_turns():
    assert speakers("大海说：“走吧。”\n小雨说：“去哪儿？”\n“回家。”\n“好。”") == [
        "周大海",
        "林小雨",
        "周大海",
        "林小雨",
    ]


def test_a_pronoun_is_one_of_its_gender():
    assert speakers("大海和小雨坐在门口。她说：“走吧。”") == ["林小雨"]


def test_who_is_called_does_not_speak_and_answers():
    assert speakers("大海和小雨坐在门口。\n“大海，走吧。”\n“好。”") == ["林小雨", "周大海"]


def test_traditional_text_is_read_as_simplified():
    assert speakers("「走吧，」陳冬生說。", cast=(Character("陳冬生", (), "male"),)) == ["陳冬生"]


def test_without_coreference_only_explicit_words_count():
    text = "大海说：“走吧。”\n“去哪儿？”\n她说：“回家。”"
    assert speakers(text, coreference=False) == ["周大海", None, None]


def test_evidence_and_offsets_are_places_of_the_whole_text():
    text = "大海说：“走吧。”"
    (line,) = chinese.attribute(Section(2, 100, text), CAST, coreference=True)
    assert (line.start, line.end) == (105, 108)
    start, end = line.evidence
    assert "大海" in text[start - 100 : end - 100]


def test_an_explicit_line_is_surer_than_a_turn():
    explicit, _, turn = lines("大海说：“走吧。”\n小雨说：“去哪儿？”\n“回家。”")
    assert explicit.confidence > turn.confidence


def test_no_cast_no_speakers():
    assert speakers("大海说：“走吧。”", cast=()) == [None]


def test_the_next_paragraph_tells_of_somebody_else():
    text = (
        "大海在店里等了半天，小雨才来。店里没有人。外面下着雨。\n“路上堵车。”\n“没关系。”\n大海笑了笑，把茶推过去。\n"
    )
    *_, last = lines(text)
    assert last.method != "cue-after"


def test_where_every_sentence_has_a_line_the_next_line_may_tell_the_speaker():
    assert speakers("小雨看着窗外。\n大海坐下。\n“走吧。”\n大海低声说。") == ["周大海"]


def test_lines_of_one_paragraph_have_one_speaker():
    text = "小雨推开门。屋里很冷。\n“你好。”大海低下头。他搓着手。“坐吧。”\n小雨没有坐。她看着他。\n"
    assert speakers(text) == ["周大海", "周大海"]


def test_who_tells_the_book_is_never_called_he():
    cast = (*CAST, Character("我", (), "unknown", "narrator"))
    assert speakers("我是在车站认识大海的。我走过去。“借个火。”他说。", cast=cast) == ["周大海"]


@pytest.mark.parametrize("words", ["小雨看着大海道", "小雨謂大海曰"])
def test_who_is_looked_at_or_told_does_not_speak(words):
    assert speakers(f"{words}：“走吧。”") == ["林小雨"]


def test_in_classical_narration_a_given_name_of_one_character_speaks():
    text = "张飞与赵云饮酒。飞曰：“再饮一杯。”云大笑曰：“不可。”"
    said = chinese.attribute(Section(1, 0, text), (Character("张飞"), Character("赵云")), coreference=True)
    assert [quotation.speaker for quotation in said] == ["张飞", "赵云"]


def test_a_given_name_of_one_character_inside_a_word_is_nobody():
    text = "张飞在马上。众人飞奔而来，曰：“快走。”"
    said = chinese.attribute(Section(1, 0, text), (Character("张飞"),), coreference=False)
    assert [quotation.speaker for quotation in said] == [None]


def test_a_pronoun_means_the_one_named_last_rather_than_the_one_named_most():
    text = "大海看看表。邻居叫大海。冬生推门进来，看看这个，又看看那个。\n“谁要喝茶？”他问。\n"
    assert speakers(text) == ["陈冬生"]


@pytest.mark.parametrize("words", ["小雨赶忙对他二爸说", "小雨看着她这个调皮的儿子，说", "小雨扶起大海，说"])
def test_who_is_told_or_handled_does_not_speak(words):
    assert speakers(f"大海和小雨坐着。{words}：“走吧。”") == ["林小雨"]


def test_a_face_or_a_voice_tells_whose_it_is():
    assert speakers("大海看着小雨。“不去！”小雨的脸红了。") == ["林小雨"]


def test_a_title_means_whoever_bears_it_here():
    cast = (Character("高知府", (), "male"), Character("潘金莲", (), "female"))
    assert speakers("高知府喝退左右。潘金莲低了头。知府道：“上前来。”", cast=cast) == ["高知府"]


def test_a_cast_from_outside_need_not_list_given_names():
    assert speakers("冬生说：“走吧。”", cast=(Character("陈冬生"),)) == ["陈冬生"]


def test_where_a_paragraph_has_one_speaker_words_that_lead_on_tell_of_the_line_before():
    text = "大海转过身来，看看小雨。\n“住手！”小雨站起来，冷冷地说：“放下。”\n“为什么？”\n“因为是我的。”\n"
    assert speakers(text)[:2] == ["林小雨", "林小雨"]


def test_the_more_narration_leads_to_a_line_the_less_sure_it_is():
    short, long = lines(
        "大海放下碗，说：“走吧。”小雨站起来，望着窗外的雨看了好一会儿，什么也没有看见，才慢慢地说：“好。”"
    )
    assert (short.method, long.method) == ("lead", "lead")
    assert short.confidence > long.confidence


@pytest.mark.parametrize("words", ["复又向小雨道", "又自忖道"])
def test_words_that_lead_on_leave_the_speaker_as_he_is(words):
    assert speakers(f"小雨看着大海。大海冷笑道：“原来如此。”{words}：“利息太轻了。”") == ["周大海", "周大海"]


def test_a_subject_may_stand_several_sentences_back():
    text = "小雨走了。大海走进屋里。看了看墙上的钟。倒了一杯水。坐下来。又说：“走吧。”"
    assert speakers(text) == ["周大海"]
