"""The pure road from a manuscript to a script: what is counted, and what each option changes."""

from dataclasses import replace

from recognition.engines import Draft, Manuscript, Options, Step
from recognition.engines.offline import OfflineEngine
from recognition.pipeline import read, recognize
from recognition.script import Character, Quotation, Section

TEXT = "张三道：“你好。”李四道：“是你。”张三和李四笑了。王五看着老李。"


class Told:
    """An engine that answers what it was told, whatever it reads."""

    name = "told"

    def __init__(self, cast, *quotations):
        self.draft = Draft(tuple(cast), (tuple(quotations),))

    def read(self, manuscript, options, cast, saved):
        yield Step("rules", 1, 1, 1.0, cast=self.draft.cast)
        return self.draft


CAST = (Character("张三"), Character("李四", ("老李",)), Character("王五"))
LINES = (
    Quotation(TEXT.index("你好"), TEXT.index("你好") + 3, speaker="张三", method="cue", confidence=0.9),
    Quotation(TEXT.index("是你"), TEXT.index("是你") + 3, speaker="李四", method="cue", confidence=0.9),
)


def run(options=Options(), cast=CAST, lines=LINES):
    return recognize(Manuscript("zh", (Section(1, 0, TEXT),)), Told(cast, *lines), options)


def names(script):
    return [character.name for character in script.characters]


def test_mentions_quotations_and_first_places_are_counted_in_the_text():
    li = next(c for c in run().characters if c.name == "李四")
    assert (li.mentions, li.quotes, li.first_appearance) == (3, 1, TEXT.index("李四"))
    assert li.names == (("李四", 2, TEXT.index("李四")), ("老李", 1, TEXT.index("老李")))


def test_a_longer_name_is_not_counted_for_the_shorter_one_inside_it():
    text = "王五来了。小王五也来了。"
    script = recognize(Manuscript("zh", (Section(1, 0, text),)), Told((Character("王五"), Character("小王五")), *()))
    assert {c.name: c.mentions for c in script.characters} == {"王五": 1, "小王五": 1}


def test_an_alias_of_two_people_counts_for_nobody():
    cast = (Character("张三", ("老李",)), Character("李四", ("老李",)))
    assert {c.name: c.mentions for c in run(cast=cast).characters} == {"张三": 2, "李四": 2}


def test_an_english_name_is_a_whole_word():
    text = "Ann saw Anna. Ann's hat."
    script = recognize(Manuscript("en", (Section(1, 0, text),)), Told((Character("Ann"),)))
    assert script.characters[0].mentions == 2


def test_an_interrupted_utterance_is_one_quotation_of_its_speaker():
    second = replace(LINES[1], speaker="张三", continues=LINES[0].start)
    assert {c.name: c.quotes for c in run(lines=(LINES[0], second)).characters}["张三"] == 1


def test_a_narrator_without_a_name_is_not_counted_where_others_say_i():
    text = "我说：“你好。”李四说：“我很好。”"
    script = recognize(Manuscript("zh", (Section(1, 0, text),)), Told((Character("我", kind="narrator"), CAST[1])))
    assert {c.name: c.mentions for c in script.characters} == {"我": 0, "李四": 1}


def test_min_mentions_drops_the_rarely_named():
    assert names(run(Options(min_mentions=2))) == ["李四", "张三"]


def test_max_characters_keeps_the_foremost_and_the_lines_of_others_become_unknown():
    script = run(Options(max_characters=1))
    assert names(script) == ["李四"]
    assert [line.speaker for line in script.quotations] == [None, "李四"]
    assert script.quotations[0].confidence == 0


def test_a_section_whose_lines_lost_their_speaker_is_yielded_again():
    steps = list(
        read(Manuscript("zh", (Section(1, 0, TEXT),)), Told(CAST, *LINES), Options(max_characters=1), None, {})
    )
    assert [step.quotations[0].speaker for step in steps if step.section] == [None]


def test_relations_say_who_speaks_to_whom_and_who_is_named_together():
    relations = {(r.type, r.source, r.target): r.weight for r in run().relations}
    assert relations == {
        ("dialogue", "李四", "张三"): 1.0,
        ("co_occurrence", "张三", "李四"): 1.0,
        ("co_occurrence", "李四", "王五"): 1.0,
    }


def test_the_evidence_of_a_relation_are_places_in_the_text():
    together = next(r for r in run().relations if (r.source, r.target) == ("张三", "李四"))
    (start, end), *_ = together.evidence
    assert TEXT[start:end] == "张三和李四笑了。"


def test_relations_can_be_switched_off():
    assert run(Options(enable_relations=False)).relations == ()


def test_the_whole_text_was_read():
    assert run().statistics["text_length"] == len(TEXT)


def test_progress_never_falls_and_ends_at_one():
    steps = list(read(Manuscript("zh", (Section(1, 0, TEXT),)), OfflineEngine(), Options(), None, {}))
    shares = [step.progress for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def offline(text, options=Options(), cast=None):
    return recognize(Manuscript("zh", (Section(1, 0, text),)), OfflineEngine(), options, cast)


def test_three_friends():
    script = offline("张三和李四是好朋友。王五也认识他们。")
    assert sorted((c.name, c.mentions) for c in script.characters) == [("张三", 1), ("李四", 1), ("王五", 1)]
    assert script.statistics["text_length"] == 18
    assert script.statistics["sentence_count"] == 2


def test_without_dialogue_there_are_no_quotations():
    assert offline(TEXT).quotations
    script = offline(TEXT, Options(enable_dialogue=False))
    assert script.quotations == ()
    assert all(c.quotes == 0 for c in script.characters)


def test_without_coreference_only_explicit_cues_count():
    text = "张三道：“你来了。”\n李四道：“来了。”\n“坐吧。”\n“好。”\n"
    assert [line.kind for line in offline(text).quotations if line.speaker] != ["explicit"] * 2
    told = offline(text, Options(enable_coreference=False))
    assert [line.kind for line in told.quotations if line.speaker] == ["explicit"] * 2


FERRY = "王小明走进来，说道：“下雨了。”\n李雷没有抬头。\n小明说道：“真的下雨了。”\n"


def test_a_higher_threshold_joins_fewer_names():
    assert ("王小明", ("小明",)) in [(c.name, c.aliases) for c in offline(FERRY).characters]
    assert not any(c.aliases for c in offline(FERRY, Options(similarity_threshold=1.0)).characters)


def test_without_coreference_names_are_not_joined():
    assert not any(c.aliases for c in offline(FERRY, Options(enable_coreference=False)).characters)


def test_a_cast_from_outside_is_kept_and_labels_come_from_it():
    script = offline(TEXT, cast=(Character("张三丰", ("张三",)), Character("李四")))
    assert sorted(names(script)) == ["张三丰", "李四"]
    assert script.quotations[0].speaker == "张三丰"


def test_the_same_text_gives_the_same_script():
    assert offline(TEXT * 5) == offline(TEXT * 5)
