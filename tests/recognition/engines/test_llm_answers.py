"""How answers are read, and what a label must pass."""

from dataclasses import replace

import pytest

from recognition.engines.llm.answers import (
    AGREEMENT,
    DiscoverAnswer,
    LinesAnswer,
    MergeAnswer,
    Register,
    Said,
    Trust,
    Unreadable,
    decide,
    parse,
    resolve,
)
from recognition.script import Character, Quotation

CAST = (
    Character("贾宝玉", ("宝玉", "二爷")),
    Character("贾琏", ("琏二爷", "二爷")),
    Character("Mr. Darcy", ("Fitzwilliam Darcy",)),
)
REGISTER = Register.of(CAST)


@pytest.mark.parametrize(
    "text",
    [
        '{"lines":["1 宝玉","2 ?"]}',
        '```json\n{"lines": ["#1 宝玉", "#2 ?"]}\n```',
        '<think>{"lines": []} or so</think>{"lines":["1: 宝玉","2："]}',
        'Here you are: {"lines":["1. 宝玉","2) 未知"],} I hope it helps.',
        '{"lines":["1 宝玉","2 ?"',
        '["1 宝玉","2 ?"]',
        '{"1":"宝玉","2":null}',
        '{"lines":{"1":"宝玉","2":"?"}}',
        '{"lines":[{"n":1,"speaker":"宝玉"},{"n":2,"speaker":null}]}',
    ],
)
def test_the_forms_that_models_give_lines_in_are_read(text):
    lines = parse(LinesAnswer, text).lines
    assert lines[1] == "宝玉"
    assert resolve(lines[2], REGISTER, None, "", open_cast=True) == Said(None)


@pytest.mark.parametrize("text", ["", "I cannot do that.", '{"other": 1}', '{"lines": 3}', "null"])
def test_what_is_no_answer_is_refused(text):
    with pytest.raises(Unreadable):
        parse(LinesAnswer, text)


def test_a_number_with_two_names_is_not_answered():
    assert parse(LinesAnswer, '{"lines":["1 宝玉","1 贾琏","2 宝玉"]}').lines == {2: "宝玉"}


@pytest.mark.parametrize(
    "row",
    [
        '"贾宝玉|宝玉、二爷|男|公子|宝玉笑道"',
        '["贾宝玉", ["宝玉", "二爷"], "男", "公子", "宝玉笑道"]',
        '{"name": "贾宝玉", "aliases": ["宝玉", "二爷"], "gender": "男", "role": "公子", "evidence": "宝玉笑道"}',
    ],
)
def test_the_forms_that_models_give_characters_in_are_read(row):
    (found,) = parse(DiscoverAnswer, f'{{"characters": [{row}], "relations": []}}').characters
    assert (found.name, found.aliases, found.gender, found.evidence) == ("贾宝玉", ["宝玉", "二爷"], "男", "宝玉笑道")


def test_what_a_joined_answer_is_saved_as_is_read_again():
    for form, text in [
        (LinesAnswer, '{"lines":["1 宝玉","2 ?"]}'),
        (MergeAnswer, '{"same":["甲=乙","丙=丁"]}'),
        (DiscoverAnswer, '{"characters":["甲|乙|男|丙|丁"],"relations":["甲|乙|父|丁"]}'),
    ]:
        answer = parse(form, text)
        assert parse(form, answer.model_dump_json()) == answer


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("贾宝玉", Said("贾宝玉")),
        ("宝玉", Said("贾宝玉")),
        (" “宝玉” ", Said("贾宝玉")),
        ("fitzwilliam darcy", Said("Mr. Darcy")),
        ("二爷", Said("贾琏")),  # of two people: whom the rules chose
        ("老船夫", Said("老船夫", newcomer=True)),  # stands in the text
        ("哈利", Said(None)),  # stands nowhere
        ("他", Said(None)),
        ("?", Said(None)),
    ],
)
def test_a_label_means_somebody_of_the_cast_or_of_the_text_or_nobody(label, said):
    assert resolve(label, REGISTER, "贾琏", "他对老船夫说", open_cast=True) == said


def test_a_newcomer_is_called_as_the_text_calls_it():
    assert resolve("The Cook", REGISTER, None, "said the cook.", open_cast=True) == Said("the cook", newcomer=True)


def test_a_shared_alias_means_nobody_when_the_rules_do_not_know():
    assert resolve("二爷", REGISTER, None, "", open_cast=True) == Said(None)


def test_a_closed_cast_takes_no_newcomers():
    assert resolve("老船夫", REGISTER, None, "老船夫", open_cast=False) == Said(None)


@pytest.mark.parametrize("label", ["Mock Turtle", "the Mock Turtle", "A Mock Turtle", "mock turtle"])
def test_an_article_makes_no_other_name(label):
    register = Register.of((Character("The Mock Turtle"),))
    assert resolve(label, register, None, "", open_cast=False) == Said("The Mock Turtle")


CUE = Quotation(10, 20, speaker="甲", kind="explicit", method="cue", confidence=0.97, evidence=(5, 9))
TURN = Quotation(10, 20, speaker="甲", kind="implicit", method="turn", confidence=0.8, evidence=(5, 9))
NOTHING = Quotation(10, 20)
CAREFUL = Trust(sure=100, contradicted=0)
CARELESS = Trust(sure=100, contradicted=10)  # errs in a tenth of the easy lines, so in some third of the others


@pytest.mark.parametrize(
    ("trust", "line", "said", "speaker", "method"),
    [
        (CAREFUL, CUE, "甲", "甲", "cue+model"),
        (CAREFUL, CUE, "乙", "乙", "model>cue"),
        (CARELESS, CUE, "乙", "甲", "cue>model"),
        (CAREFUL, CUE, None, "甲", "cue"),
        (CAREFUL, TURN, "甲", "甲", "rules+model"),
        (CAREFUL, TURN, "乙", "乙", "model>rules"),
        (CARELESS, TURN, "乙", "甲", "rules>model"),
        (CAREFUL, TURN, None, None, ""),
        (CARELESS, TURN, None, "甲", "rules"),
        (CARELESS, replace(TURN, confidence=0.5), "乙", "乙", "model>rules"),
        (CARELESS, NOTHING, "乙", "乙", "model"),
        (CAREFUL, NOTHING, None, None, ""),
    ],
)
def test_where_they_differ_the_one_counts_who_is_more_likely_right(trust, line, said, speaker, method):
    settled = decide(line, said, trust)
    assert (settled.speaker, settled.method) == (speaker, method)
    assert settled.confidence == AGREEMENT.get(method, 0.0)
    assert (settled.evidence is not None) == (speaker == "甲")


def test_a_model_is_measured_by_the_lines_of_which_the_rules_are_sure():
    trust = Trust()
    for line, said in [(CUE, "甲"), (CUE, "乙"), (CUE, None), (TURN, "乙"), (NOTHING, "乙")]:
        trust.note(line, said)
    assert (trust.sure, trust.contradicted) == (3, 2)


def test_a_model_is_taken_for_careful_until_it_is_known_better():
    assert Trust().prefers_model(CUE)
    assert not Trust(sure=5, contradicted=1).prefers_model(CUE)


def test_a_description_is_no_sure_cue():
    line = Quotation(10, 20, speaker="甲", kind="explicit", method="description", confidence=0.5)
    assert decide(line, "乙", CARELESS).speaker == "乙"


def test_agreement_is_surer_than_either_alone_and_conflict_least_sure():
    a = AGREEMENT
    assert a["cue+model"] > a["rules+model"] > a["model"] > a["model>rules"] > a["rules>model"] > a["rules"]
    assert a["cue+model"] > a["cue"] > a["cue>model"]
