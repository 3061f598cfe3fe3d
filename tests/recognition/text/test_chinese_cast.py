"""Who is in a Chinese book, told from tiny texts."""

import pytest

from books.importing import sample_files
from recognition.script import Character, Section
from recognition.text import chinese


def cast_of(text, coreference=True, threshold=0.8):
    scans = [chinese.scan(Section(1, 0, text))]
    return chinese.find_cast(scans, coreference=coreference, threshold=threshold)


def names(text):
    return {character.name for character in cast_of(text)}


def who(cast, name):
    return next((c for c in cast if name in (c.name, *c.aliases)), None)


TALK = (
    "周大海走进门来。周大海说：“今天真冷。”林小雨道：“炉子上有水。”大海便说：“那我倒一碗。”\n"
    "小雨笑道：“小心烫。”大海又道：“不怕。”周大海坐下。林小雨问：“外面下雪了吗？”大海道：“下了。”\n"
)


def test_names_without_any_speech():
    assert names("张三和李四是好朋友。王五也认识他们。") == {"张三", "李四", "王五"}


@pytest.mark.parametrize("text", ["", "\n", "今天下雨了，路上没有人。天黑得很早。", "花开了，又谢了。明白的人不多。"])
def test_a_text_without_names_has_an_empty_cast(text):
    assert cast_of(text) == ()


def test_a_given_name_is_joined_to_the_full_name():
    assert who(cast_of(TALK), "大海").name == "周大海"
    assert who(cast_of(TALK), "小雨").name == "林小雨"


def test_without_coreference_no_names_are_joined():
    assert all(character.aliases == () for character in cast_of(TALK, coreference=False))


def test_a_high_threshold_keeps_names_apart():
    assert all(character.aliases == () for character in cast_of(TALK, threshold=1.0))


def test_traditional_names_stand_as_in_the_book():
    cast = cast_of("龐統道：「今日天氣甚好。」蔣幹問：「先生何往？」龐統笑道：「出門走走。」蔣幹道：「同去。」")
    assert {c.name for c in cast} >= {"龐統", "蔣幹"}


def test_a_title_tells_the_gender():
    cast = cast_of("王夫人道：“来人。”李公子道：“在。”王夫人道：“坐下。”李公子道：“谢座。”")
    assert who(cast, "王夫人").gender == "female"
    assert who(cast, "李公子").gender == "male"


def test_husband_and_wife_are_two_people():
    cast = cast_of("陈老爷道：“吃饭。”陈太太道：“就来。”陈老爷道：“快些。”陈太太道：“知道了。”")
    assert who(cast, "陈老爷") is not who(cast, "陈太太")


def test_a_listener_is_a_person_too():
    assert "赵明远" in names("刘思文对赵明远说：“走吧。”赵明远看看天。刘思文向赵明远道：“走吧，晚了。”")


def test_people_without_a_name_who_speak_are_of_their_kind():
    cast = cast_of("众人道：“好！”那婆子道：“不好。”众人都笑。")
    assert who(cast, "众人").kind == "group"
    assert who(cast, "婆子").kind == "unnamed"


def test_the_cast_does_not_depend_on_hash_seeds():
    assert cast_of(TALK) == cast_of(TALK)
    assert [c.name for c in cast_of(TALK)] == ["周大海", "林小雨"]


def test_who_tells_the_book_is_found_and_named():
    text = "我叫周大海。我问：“走吗？”林小雨说：“走。”我说：“好。”林小雨笑道：“快点。”我道：“来了。”"
    assert who(cast_of(text), "周大海").kind == "narrator"


def test_who_tells_the_book_without_a_name_is_called_wo():
    text = "我问：“走吗？”林小雨说：“走。”我说：“好。”林小雨笑道：“快点。”我道：“来了。”"
    assert who(cast_of(text), "我").kind == "narrator"


def test_a_foreign_name_is_joined_to_its_first_part():
    text = "安娜·伊万诺娃走进来。安娜说：“你好。”彼得罗夫问：“您是？”安娜·伊万诺娃笑了。安娜说：“我是新来的。”"
    assert who(cast_of(text), "安娜").name == "安娜·伊万诺娃"


def test_two_who_stand_side_by_side_are_never_joined():
    text = "赵爷和赵明远坐着。赵爷说：“喝茶。”赵明远说：“谢谢。”赵爷和赵明远都笑了。赵爷对赵明远道：“请。”"
    cast = cast_of(text)
    assert who(cast, "赵爷") is not who(cast, "赵明远")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("老周笑了笑，点起一根烟。", "老周"),
        ("“走吧。”小玉小声说。小玉低下头。", "小玉"),
        ("「走吧。」志豪回答。志豪把傘遞給她。", "志豪"),
        ("約翰遜太太走進來。「晚上好。」約翰遜太太說。", "約翰遜太太"),
        ("安德烈·洛佩兹走进来，一句话也没说。", "安德烈·洛佩兹"),
    ],
)
def test_one_or_two_places_make_a_name_in_a_tiny_text(text, name):
    assert name in names(text)


def test_a_name_and_what_is_told_of_it_are_not_a_longer_name():
    text = "国王笑道：“好。”国王滴泪道：“罢了。”方唤道：“来人。”魏平安奏道：“陛下请回。”魏平安道：“请。”国王不语。"
    assert names(text * 200) == {"国王", "魏平安"}


def test_a_place_introduced_by_its_name_is_no_person():
    text = "赵明远说：“走吧。”赵明远上了文光楼。赵明远看看文光楼。\n"
    assert names("城东有一处地方，名唤文光楼，十分热闹。" + text * 180) == {"赵明远"}


def test_whoever_is_called_sister_or_maid_is_a_woman():
    text = "丫鬟珠云道：“来了。”珠云又道：“请坐。”只听文石姐姐笑道：“好。”文石道：“请。”丫鬟珠云笑了。文石姐姐也笑。"
    cast = cast_of(text * 3)
    assert (who(cast, "珠云").gender, who(cast, "文石").gender) == ("female", "female")


def test_only_a_pronoun_at_the_head_of_a_clause_tells_the_gender():
    text = "方远说：“给。”方远把信递给她，笑了。方远看着她。他转过身。方远说：“走。”他走了。方远向她挥手。\n"
    assert who(cast_of(text), "方远").gender == "male"


def test_two_foreign_full_names_with_one_surname_stay_two_people():
    text = "“你好。”玛丽·布朗说。“早。”约翰·布朗说。布朗小姐笑了。“坐吧。”布朗小姐说。“谢谢。”约翰说。\n"
    cast = cast_of(text)
    assert who(cast, "玛丽·布朗") is not who(cast, "约翰·布朗")
    assert who(cast, "布朗小姐") is not who(cast, "约翰")


def test_in_classical_narration_a_given_name_and_a_mood_are_no_name():
    text = "董平大喜，曰：“善。”平大怒，曰：“不可。”董平曰：“来人。”平怒曰：“退下。”"
    assert names(text * 100) == {"董平"}


def test_the_surname_seen_twice_makes_the_name_full():
    text = "思文道：“走吧。”思文笑了。远山道：“好。”\n"
    assert who(cast_of("那人是刘思文。" + text * 200 + "刘思文走了。"), "思文").name == "刘思文"


def test_the_end_of_another_word_is_no_surname():
    text = "思文道：“走吧。”思文笑了。牵着马思文走来。\n"
    assert who(cast_of(text * 200), "思文").name == "思文"


def test_one_character_of_a_name_with_a_title_is_an_alias_and_nobody_by_itself():
    text = "刘思文道：“走吧。”思文笑了。“文哥哥，等等。”雪青道。“山哥哥不来。”雪青又道。\n"
    cast = cast_of(text * 200)
    assert "文哥哥" in who(cast, "刘思文").aliases
    assert who(cast, "山哥哥") is None


def test_in_a_long_text_who_is_only_spoken_of_is_not_tagged_as_a_person():
    text = "赵明远说：“听说严守正来过。”刘思文笑道：“是吗？”赵明远点点头。\n"
    assert names(text * 200) == {"赵明远", "刘思文"}


def test_who_speaks_by_the_last_character_of_a_name_is_somebody():
    text = "众人去请张飞。飞曰：“何故？”" * 4 + "那山上有一座庙，庙前有一条河。" * 400
    scans = [chinese.scan(Section(1, 0, text))]
    assert "张飞" in [character.name for character in chinese.find_cast(scans, coreference=True, threshold=0.8)]


FILLER = "那山上有一座庙，庙前有一条河。" * 400


@pytest.mark.parametrize(
    ("text", "name", "other"),
    [
        ("孙坚，字文台", "孙坚", "文台"),
        ("姓孙，名坚，字文台", "孙坚", "孙文台"),
        ("孙坚，人称“江东虎”", "孙坚", "江东虎"),
        ("江湖上人称“江东虎”的孙坚走来", "孙坚", "江东虎"),
    ],
)
def test_another_name_that_the_text_tells_is_an_alias(text, name, other):
    talk = f"。{name}道：“走。”赵明远道：“是。”{other}笑道：“好。”赵明远又道：“快。”{name}又道：“来了。”"
    assert other in who(cast_of(text + talk), name).aliases


def test_the_name_of_somebodys_child_is_no_other_name_of_the_parent():
    text = "赵明远生了一子，小名栓儿。赵明远道：“走。”栓儿笑道：“好。”赵明远又道：“快。”栓儿道：“来了。”"
    cast = cast_of(text)
    assert who(cast, "栓儿") is not who(cast, "赵明远")


def test_an_office_before_a_name_is_no_part_of_it():
    text = "司徒王允道：“请。”王允笑道：“坐。”王允又道：“来人。”" * 3
    assert who(cast_of(text + FILLER), "王允").name == "王允"


def test_who_acts_beside_speech_is_somebody():
    text = (
        "“林语柔，等等！”林语柔瞪大了眼睛，“你再说一遍？”\n林语柔拿起水杯，泼了他一脸。“够了。”\n"
        "“走吧。”林语柔抓起外套。\n"
    )
    assert "林语柔" in names(text + FILLER)


def test_words_of_circumstance_beside_speech_are_nobody():
    text = "“走吧。”话音刚落，门开了。“谁？”话音里带着怒气。“我。”话音很低。\n" * 3
    assert names(text + FILLER) == set()


def test_brothers_are_not_joined_under_what_their_names_begin_with():
    text = "金俊武说：“走。”金俊山说：“好。”金俊海说：“快。”金俊武抬起头。金俊山笑了。金俊海坐下。"
    assert names(text * 5 + FILLER) == {"金俊武", "金俊山", "金俊海"}


def test_the_beginning_of_a_title_is_no_given_name():
    text = "王大夫道：“张开嘴。”王大夫又道：“不要紧。”王大夫笑道：“吃药。”"
    assert names(text * 3 + FILLER) == {"王大夫"}


def test_who_acts_as_wo_beside_speech_tells_the_book():
    text = "“什么案子？”我放下茶杯。\n“失踪。”老马摇摇头。\n“走吧。”我站起来。\n老马说：“好。”\n"
    assert who(cast_of(text), "我").kind == "narrator"


def test_who_bears_a_title_is_not_also_somebody_without_a_name():
    text = "高知府道：“来人。”知府道：“坐下。”高知府又道：“说。”知府道：“好。”知府笑道：“请。”"
    assert "知府" not in names(text * 3 + FILLER)


def test_a_name_with_a_title_of_its_own_is_a_name():
    text = "铁头陀骂道：“让开！”“好！”铁头陀提起禅杖。铁头陀大喝一声。"
    assert "铁头陀" in names(text * 2 + FILLER)


def test_a_mans_wife_is_not_the_man():
    text = "周瑞道：“来了。”周瑞家的笑道：“请坐。”众人都笑。周瑞家的又道：“喝茶。”婆子道：“好。”周瑞道：“走。”"
    cast = cast_of(text * 3)
    assert who(cast, "周瑞") is not who(cast, "周瑞家的")


def test_the_only_character_of_a_given_name_with_er_is_an_alias():
    text = "贾环道：“来了。”老周道：“坐。”环儿又道：“请坐。”老周笑了。贾环走了。“环儿！”\n"
    assert "环儿" in who(cast_of(text * 2 + FILLER), "贾环").aliases


def test_in_a_classical_book_who_is_listed_among_women_is_one():
    text = (
        "林黛玉道：“好。”薛宝钗道：“是。”林姑娘和薛姑娘都笑。林黛玉、薛宝钗、龄官坐着。龄官道：“来。”他笑了。他又笑。\n"
    )
    assert who(cast_of(text * 6), "龄官").gender == "female"


def test_a_given_cast_gets_its_narrator_marked_where_the_book_names_him():
    text = "我叫周大海。“什么案子？”我放下茶杯。\n“失踪。”老马摇摇头。\n“走吧。”我站起来。\n"
    cast = (Character("周大海", ("大海",)), Character("老马"))
    marked = chinese.with_narrator([Section(1, 0, text)], cast)
    assert [character.kind for character in marked] == ["narrator", "person"]


def test_a_given_cast_of_a_book_that_nobody_tells_stays_as_it_is():
    cast = (Character("周大海", ("大海",)), Character("林小雨"))
    assert chinese.with_narrator([Section(1, 0, "“我叫周大海。”大海说。\n“我走了。”小雨说。\n")], cast) == cast


@pytest.fixture(scope="module")
def classical():
    """The cast of the sample novel: people speak by the last character of their names, and bear offices."""
    sample = next(path for path in sample_files() if path.stem == "三国演义")
    return cast_of(sample.read_text(encoding="utf-8"))


def test_a_style_name_is_joined_without_a_comma_before_it(classical):
    assert who(classical, "孟德").name == "曹操"


def test_an_office_that_is_also_a_surname_is_no_part_of_a_name(classical):
    assert who(classical, "王允").name == "王允"


def test_a_verb_before_a_name_of_one_character_is_no_surname(classical):
    """布谢肃曰"""
    assert who(classical, "谢肃") is None
