"""One cast from many windows: what the model proposes, and what the checks leave of it."""

import pytest

from recognition.engines import Draft
from recognition.engines.llm import merge
from recognition.engines.llm.answers import DiscoverAnswer, MergeAnswer, parse
from recognition.engines.llm.merge import Found
from recognition.engines.llm.windows import Source, text_windows
from recognition.script import Character, Quotation, Relation

EMPTY = Draft((), ((),))


def gather(text, *rows, draft=EMPTY, threshold=0.8, relations=()):
    source = Source("zh", text)
    (window,) = text_windows(source, draft.cast)
    answer = DiscoverAnswer.model_validate({"characters": list(rows), "relations": list(relations)})
    return merge.gather([(window, answer)], source, draft, threshold)


def entries(found):
    return {entry.name: entry.aliases for entry in found.entries}


def join(cast, *groups, claims=(), apart=(), threshold=0.8):
    both = lambda pairs: frozenset(pair for a, b in pairs for pair in ((a, b), (b, a)))  # noqa: E731
    found = Found(tuple(cast), both(claims), both(apart), ())
    return entries(merge.join(found, [MergeAnswer.model_validate({"same": list(groups)})], threshold))


def people(*names, **changes):
    return [Character(name, **changes) for name in names]


# ------------------------------------------------------------------------------------------------- discover


def test_a_name_that_stands_nowhere_is_refused():
    assert entries(gather("凤姐笑了。", "凤姐|||奶奶|", "哈利|波特|男||")) == {"凤姐": ()}


def test_a_full_name_the_model_knows_from_elsewhere_gives_way_to_the_one_in_the_text():
    assert entries(gather("凤姐笑了。", "王熙凤|凤姐|女||凤姐笑了")) == {"凤姐": ()}


def test_an_alias_needs_words_of_the_text_when_the_threshold_asks_for_evidence():
    row, invented = "宝玉|二爷|男||袭人叫宝玉二爷", "宝玉|二爷|男||宝玉就是二爷"
    text = "袭人叫宝玉二爷。"
    assert entries(gather(text, row, threshold=0.9)) == {"宝玉": ("二爷",)}
    assert entries(gather(text, invented, threshold=0.9)) == {"宝玉": ()}
    assert entries(gather(text, invented, threshold=0.8)) == {"宝玉": ("二爷",)}


def test_evidence_and_names_may_stand_on_two_lines():
    source = Source("en", "My eldest is Isabella\nThorpe, the tallest.")
    (window,) = text_windows(source, ())
    row = "Isabella Thorpe|the tallest|female||is Isabella Thorpe, the tallest"
    found = merge.gather([(window, DiscoverAnswer(characters=[row]))], source, EMPTY, 0.9)
    assert entries(found) == {"Isabella Thorpe": ("the tallest",)}


def test_a_slip_takes_no_alias_from_its_owner():
    source = Source("zh", "凤姐和平儿，琏二奶奶。")
    (window,) = text_windows(source, ())
    right = parse(DiscoverAnswer, '{"characters":["凤姐|琏二奶奶|女||琏二奶奶"]}')
    slip = parse(DiscoverAnswer, '{"characters":["平儿|琏二奶奶|女||琏二奶奶"]}')
    found = merge.gather([(window, right)] * 4 + [(window, slip)], source, EMPTY, 0.8)
    assert entries(found) == {"凤姐": ("琏二奶奶",), "平儿": ()}


def test_the_gender_is_what_most_windows_say():
    source = Source("zh", "宝玉。")
    (window,) = text_windows(source, ())
    answers = [parse(DiscoverAnswer, f'{{"characters":["宝玉||{gender}||"]}}') for gender in ("男", "女", "男", "?")]
    assert merge.gather([(window, a) for a in answers], source, EMPTY, 0.8).entries[0].gender == "male"


def test_whom_the_rules_heard_speak_twice_stays_though_the_model_lists_them_not():
    lines = tuple(Quotation(i, i + 1, speaker="婆子", kind="explicit", method="cue") for i in (10, 20))
    once = Quotation(30, 31, speaker="帘子", kind="explicit", method="cue")
    draft = Draft((Character("婆子"), Character("帘子")), ((*lines, once),))
    assert set(entries(gather("凤姐，婆子，帘子。" * 5, "凤姐|||奶奶|", draft=draft))) == {"凤姐", "婆子"}


def test_a_name_with_another_article_is_no_other_entry():
    draft = Draft((Character("The Queen", ("Queen",)),), ((),))
    found = gather("The Queen spoke. Off went the Queen.", "the Queen||female||", "Queen||female||", draft=draft)
    assert entries(found) == {"The Queen": ("Queen",)}


def test_a_narrator_stays():
    draft = Draft((Character("我", kind="narrator"),), ((),))
    found = gather("我看见凤姐。", "凤姐||||", draft=draft)
    assert {entry.name: entry.kind for entry in found.entries} == {"我": "narrator", "凤姐": "person"}


# ------------------------------------------------------------------------------------------------- merge


def test_a_group_is_joined_under_its_first_name():
    assert join(people("凤姐", "王熙凤", "平儿"), "王熙凤=凤姐") == {"王熙凤": ("凤姐",), "平儿": ()}


def test_no_name_is_lost_and_none_is_invented():
    cast = [Character("凤姐", ("凤丫头",)), Character("王熙凤", ("凤辣子",)), Character("平儿")]
    joined = join(cast, "王熙凤=凤姐=哈利", "波特=伏地魔")
    assert joined == {"王熙凤": ("凤辣子", "凤姐", "凤丫头"), "平儿": ()}


def test_no_chain_joins():
    """Two groups that share a name do not make one person of all."""
    assert join(people("宝玉", "贾宝玉", "宝二爷"), "贾宝玉=宝玉", "宝玉=宝二爷") == {"贾宝玉": ("宝玉",), "宝二爷": ()}


def test_a_shared_alias_alone_joins_nobody():
    cast = [Character("贾琏", ("二爷",)), Character("宝玉", ("二爷",))]
    assert set(join(cast)) == {"贾琏", "宝玉"}


@pytest.mark.parametrize(
    "cast",
    [
        [Character("贾宝玉", gender="male"), Character("宝姑娘", gender="female")],
        people("王老爷", "王夫人"),
        people("大奶奶", "二奶奶"),
        people("Mr. Bennet", "Mrs. Bennet"),
        people("Mrs. Bennet", "Miss Bennet"),
        people("Tom Green Senior", "Tom Green Junior"),
        [Character("众人", kind="group"), Character("凤姐")],
    ],
    ids=lambda cast: " and ".join(c.name for c in cast),
)
def test_nobody_is_joined_across_gender_title_or_rank(cast):
    names = [character.name for character in cast]
    assert set(join(cast, "=".join(names))) == set(names)


def test_two_who_speak_to_each_other_are_two():
    assert set(join(people("宝玉", "贾宝玉"), "宝玉=贾宝玉", apart=[("宝玉", "贾宝玉")])) == {"宝玉", "贾宝玉"}


def test_a_higher_threshold_asks_for_evidence_of_a_join():
    cast = people("凤姐", "王熙凤")
    assert set(join(cast, "王熙凤=凤姐", threshold=0.9)) == {"凤姐", "王熙凤"}
    assert join(cast, "王熙凤=凤姐", threshold=0.9, claims=[("凤姐", "王熙凤")]) == {"王熙凤": ("凤姐",)}


def test_thousands_of_names_are_asked_in_batches_in_which_the_alike_stand_together():
    names = [f"{chr(0x4E00 + i)}{chr(0x5E00 + i)}" for i in range(1500)]
    cast = tuple(Character(name, mentions=9) for name in names) + tuple(Character(f"老{name}") for name in names)
    batches = merge.batches(Source("zh", ""), cast, 0, by_likeness=True)
    assert len(batches) == 6
    assert sum(len(batch.entries) for batch in batches) == 3000
    place = {entry.name: batch.index for batch in batches for entry in batch.entries}
    assert sum(place[name] == place[f"老{name}"] for name in names) >= 1495


# ------------------------------------------------------------------------------------------------- relations


def test_a_relation_stands_on_words_of_the_text_between_two_of_the_cast():
    text = "贾琏的妻子凤姐来了。"
    found = gather(
        text,
        "贾琏|||爷|",
        "凤姐|||奶奶|",
        relations=["贾琏|凤姐|妻子|贾琏的妻子凤姐", "凤姐|贾琏|兄妹|凤姐是他妹妹", "凤姐|哈利|朋友|凤姐来了"],
    )
    assert merge.relations_of(found, found.entries) == (Relation("贾琏", "凤姐", "妻子", 1.0, ((0, 7),)),)
