"""Who says an English line."""

import pytest

from recognition.script import Character, Section
from recognition.text.english import attribute, with_narrator

ANN = Character("Ann Hill", ("Ann",), "female")
BEN = Character("Ben Wood", ("Mr. Wood",), "male")
CARL = Character("Carl", (), "male")


def speakers(text, cast=(ANN, BEN), coreference=True):
    return [quotation.speaker for quotation in attribute(Section(1, 0, text), cast, coreference=coreference)]


@pytest.mark.parametrize(
    "text",
    [
        '"It is late," said Ann.',
        '"It is late," Ann answered coldly.',
        'Ann said: "It is late."',
        'Ann, turning to Ben, cried, "It is late!"',
        'Ben looked up at Ann, who whispered, "It is late."',
        '"It is late," put in poor Ann.',
        '"It is late," remonstrated the unsmiling Miss Hill.',
        'Ann went on.\n\n"It is late."',
        'When Ben, who was tired, had sat down, Ann, after a pause, said, "It is late."',
        'Ann rose, and when Ben had gone, she said, "It is late."',
    ],
)
def test_a_cue_names_the_speaker(text):
    assert speakers(text) == ["Ann Hill"]


def test_the_one_spoken_to_is_not_the_speaker():
    assert speakers('"It is late," said Ben to Ann.') == ["Ben Wood"]


def test_a_name_called_inside_the_line_is_the_listener():
    text = 'Ann and Ben sat down.\n\n"It is late, Ann."\n\n"So it is, Ben."'
    assert speakers(text) == ["Ben Wood", "Ann Hill"]


def test_a_pronoun_means_the_one_of_its_gender():
    assert speakers('Ann met Ben.\n\n"It is late," he said.\n\n"It is," she said.') == ["Ben Wood", "Ann Hill"]


def test_an_answer_may_be_a_noun():
    assert speakers('"Is it late?" said Ben.\n\n"It is," was Ann\'s reply.') == ["Ben Wood", "Ann Hill"]
    assert speakers('"Is it late?" said Ben.\n\n"It is," was the short answer of Ann.') == ["Ben Wood", "Ann Hill"]


def test_sir_is_not_said_to_a_woman():
    text = 'Ann met Ben and Carl.\n\n"It is late, sir."\n\n"It is," said Ben.'
    assert speakers(text, cast=(ANN, BEN))[0] == "Ann Hill"


def test_another_name_in_the_same_paragraph_begins_another_turn():
    text = '"It is late," said Ann, and Ben, who had not listened, muttered, "Not for me."'
    assert speakers(text) == ["Ann Hill", "Ben Wood"]


def test_his_wife_has_his_name():
    cast = (Character("Mr. Marsh", (), "male"), Character("Mrs. Marsh", (), "female"), ANN)
    text = 'Ann listened to them.\n\n"It is late," said Mr. Marsh.\n\n"It is not," replied his wife.'
    assert speakers(text, cast) == ["Mr. Marsh", "Mrs. Marsh"]


def test_the_narrator_says_i():
    narrator = Character("John Brook", ("Brook",), "male", kind="narrator")
    text = 'I met Ann on the road, and I was glad. I asked her in.\n\n"It is late," said I.\n\n"It is," said Ann.'
    assert speakers(text, (ANN, narrator)) == ["John Brook", "Ann Hill"]


def test_i_beside_the_line_is_the_narrator_and_never_he():
    narrator = Character("John Brook", ("Brook",), "male", kind="narrator")
    text = 'I met Ben on the road. I asked him in. "It is late," he said.\n\n"It is." I shut the door behind me.'
    assert speakers(text, (BEN, narrator)) == ["Ben Wood", "John Brook"]


def test_a_given_cast_is_told_who_tells_the_story():
    text = '"Is it late, Brook?" said Ann to me.\n\n"It is," said I. I smiled, and I went on.\n\n' * 5
    cast = with_narrator([Section(1, 0, text)], (ANN, Character("John Brook", ("Brook",), "male")))
    assert [character.kind for character in cast] == ["person", "narrator"]


def test_what_happens_while_a_line_is_interrupted_is_not_its_cue():
    assert speakers('"It is late," said Ann, when Ben had shut the door, "and I am tired."') == ["Ann Hill"] * 2


def test_a_rank_or_a_noun_with_anything_added_means_its_only_bearer():
    cast = (Character("Colonel Marsh", (), "male"), Character("The beadle", (), "male"))
    text = '"It is late," said the colonel.\n\n"It is," replied the stout beadle.'
    assert speakers(text, cast) == ["Colonel Marsh", "The beadle"]


def test_a_bare_surname_is_the_mans():
    cast = (Character("Mr. Marsh", (), "male"), Character("Mrs. Marsh", (), "female"))
    assert speakers('"It is late," said Marsh.', cast) == ["Mr. Marsh"]


def test_a_surer_rule_gives_more_confidence():
    text = '"It is late," said Ann.\n\nBen and Carl sat there.\n\n"Not so very."'
    by_cue, by_guess = attribute(Section(1, 0, text), (ANN, BEN, CARL), coreference=True)
    assert by_cue.confidence > by_guess.confidence > 0
    assert (by_cue.method, by_cue.kind, by_guess.kind) == ("cue", "explicit", "implicit")


def test_evidence_is_the_cue():
    text = '"It is late," said Ann, and left.'
    (quotation,) = attribute(Section(1, 0, text), (ANN,), coreference=True)
    start, end = quotation.evidence
    assert text[start:end] == "said Ann"


def test_turns_alternate_without_cues():
    text = '"Is it late?" said Ann to Ben.\n\n"It is," said Ben.\n\n"Very?"\n\n"Very."'
    assert speakers(text) == ["Ann Hill", "Ben Wood", "Ann Hill", "Ben Wood"]


def test_both_pieces_of_an_interrupted_line_have_one_speaker():
    assert speakers('"Yes," said Ann, "it is late."') == ["Ann Hill", "Ann Hill"]


def test_a_surname_alone_means_its_only_bearer():
    assert speakers('"It is late," said Wood.') == ["Ben Wood"]


def test_another_title_with_the_surname_is_another_person():
    assert speakers('"It is late," said Mrs. Wood.') != ["Ben Wood"]


def test_positions_count_from_the_start_of_the_book():
    text = 'Ann said: "It is late."'
    (quotation,) = attribute(Section(3, 1000, text), (ANN,), coreference=True)
    assert (quotation.start, quotation.end) == (1000 + text.index("It"), 1000 + text.rindex('"'))


def test_without_coreference_only_cues_with_names_count():
    text = '"It is late," said Ann.\n\n"It is," he said.\n\n"Very."'
    assert speakers(text, coreference=False) == ["Ann Hill", None, None]


def test_somebody_else_is_not_given_the_only_name_at_hand():
    assert speakers('Ann sat down.\n\n"What will it be, Ann?" asked the old waiter.', (ANN,)) == [None]


def test_no_cast_no_speaker():
    assert speakers('"It is late," said Ann.', cast=()) == [None]


def test_an_empty_section_has_no_quotations():
    assert attribute(Section(1, 0, ""), (ANN,), coreference=True) == ()
