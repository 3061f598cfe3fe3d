import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books.chapters import LONGEST, TITLE, split_chapters

CHINESE = "　　他走了进来，说道：“你好。”她笑了，没有说话。\n" * 12
ENGLISH = "He came in and said, “Good morning.” She smiled\nand did not answer.\n\n" * 6


def titles(text: str) -> list[str]:
    return [part.title for part in split_chapters(text)]


LINES = st.sampled_from(
    [
        "第一章 风起",
        "　　第二章",
        "【第三章】",
        "卷一 天",
        "楔子",
        "第一章讲的是张三。",
        "第二回開篇便說道",
        "Chapter I",
        "CHAPTER 2: A Storm",
        "PART ONE",
        "I",
        "II",
        "III",
        "",
        "  ",
        "他说：“你好。”",
        "and so they went on.",
        "字" * 600,
        "句子。" * 9000,
    ]
)
documents = st.lists(LINES, max_size=30).map("\n".join)


@given(documents | st.text())
def test_the_chapters_joined_are_the_text(text):
    parts = split_chapters(text)
    assert "".join(part.text for part in parts) == text
    assert all(part.text for part in parts)
    assert [part.start for part in parts] == [sum(len(p.text) for p in parts[:i]) for i in range(len(parts))]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("第一章", "第一章"),
        ("第1回", "第1回"),
        ("第十二节", "第十二节"),
        ("第三十章 归来", "第三十章 归来"),
        ("第两百〇三章 归来", "第两百〇三章 归来"),
        ("第壹贰叁章", "第壹贰叁章"),
        ("第１２章　全角", "第１２章 全角"),
        ("第廿一回 初見", "第廿一回 初見"),
        ("第 三 章 空格", "第三章 空格"),
        ("第五回墨斗剖明皮熊犯案", "第五回 墨斗剖明皮熊犯案"),
        ("第四章：你是谁？", "第四章 你是谁？"),
        ("卷三", "卷三"),
        ("卷之五 風雲", "卷之五 風雲"),
        ("上卷", "上卷"),
        ("楔子", "楔子"),
        ("序章", "序章"),
        ("番外", "番外"),
        ("番外一 她", "番外一 她"),
        ("番外（一） 她", "番外（一） 她"),
        ("第三章 归来（上）", "第三章 归来（上）"),
        ("【第三章 归来（上）】", "第三章 归来（上）"),
        ("第三卷第五章 归来", "第三卷 第五章 归来"),
        ("尾声", "尾声"),
        ("【第三章】", "第三章"),
        ("正文 第一章 开端", "第一章 开端"),
        ("　　第一章 缩进", "第一章 缩进"),
        ("第一卷 风起 第三章 云涌", "第一卷 风起 第三章 云涌"),
    ],
)
def test_chinese_headings(line, title):
    assert titles(f"第零章\n{CHINESE}{line}\n{CHINESE}") == ["第零章", title]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Chapter I", "Chapter I"),
        ("CHAPTER I.", "CHAPTER I"),
        ("Chapter 1", "Chapter 1"),
        ("Chapter One", "Chapter One"),
        ("Chapter Twenty-One", "Chapter Twenty-One"),
        ("CHAPTER THE FIRST", "CHAPTER THE FIRST"),
        ("Chapter 12: The End", "Chapter 12: The End"),
        ("Chapter 12: The End (Part One)", "Chapter 12: The End (Part One)"),
        ("CHAPTER V.--A DREAM.", "CHAPTER V.--A DREAM"),
        ("  CHAPTER IX", "CHAPTER IX"),
        ("PART II", "PART II"),
        ("Prologue", "Prologue"),
        ("EPILOGUE", "EPILOGUE"),
        ("THE PREFACE", "THE PREFACE"),
    ],
)
def test_english_headings(line, title):
    assert titles(f"Chapter 0\n\n{ENGLISH}{line}\n\n{ENGLISH}") == ["Chapter 0", title]


@pytest.mark.parametrize(
    "line",
    [
        "第一章讲的是张三。",
        "第二回里说过的那个人",
        "第三章，他走了",
        "第三卷第五章的故事他记得",
        "第一回见面他就爱上了她",
        "第三章就这样结束了",
        "第一章节写得很长",
        "第一回来到北京",
        "第一章我写了三遍，还是不满意",
        "第一部电影",
        "第一回合打完了",
        "前言不搭后语",
        "序列",
        "（第一章完）",
        "他说第一章不好",
        "第一章" + "长" * 61,
        "第 一 二 三 四 五 六 七 八 九 十 一 二 三 四 五 六 章",
    ],
)
def test_a_chinese_sentence_that_starts_like_a_heading_is_none(line):
    assert titles(f"第零章\n{CHINESE}{line}\n{CHINESE}") == ["第零章"]


def test_where_all_titles_follow_without_a_space_they_may_read_like_sentences():
    lines = ["第一回武松打虎", "第二回来旺儿递解徐州", "第三回他乡遇故知"]
    assert titles("".join(f"{line}\n{CHINESE}" for line in lines)) == [f"{line[:3]} {line[3:]}" for line in lines]


@pytest.mark.parametrize(
    "line",
    [
        "Chapter 5. He walked away from it.",
        "Chapter one was over",
        "Chapter III, he said,",
        "Part of me wanted it",
        "part one",
        "Book I read yesterday",
        "I",
    ],
)
def test_an_english_sentence_that_starts_like_a_heading_is_none(line):
    assert titles(f"Chapter 0\n\n{ENGLISH}{line}\n\n{ENGLISH}") == ["Chapter 0"]


def test_a_wrapped_line_may_begin_with_the_word_chapter():
    assert titles(f"Chapter 1\n\n{ENGLISH}It was said in\nChapter 2\nof this book.\n\n{ENGLISH}") == ["Chapter 1"]


def test_the_title_may_stand_on_the_lines_below():
    text = f"CHAPTER I.\nOF THE PLACE WHERE HE WAS BORN,\nAND HOW\n\n\n{ENGLISH}第二章\n云涌\n{CHINESE}"
    assert titles(text) == ["CHAPTER I. OF THE PLACE WHERE HE WAS BORN, AND HOW", "第二章 云涌"]


def test_a_heading_written_twice_is_one_chapter():
    assert titles(f"第一章\n　　第一章 风起\n{CHINESE}第二章 云涌\n\n第二章\n{CHINESE}") == [
        "第一章 风起",
        "第二章 云涌",
    ]


def test_a_heading_repeated_after_a_page_header_is_one_chapter():
    assert titles(f"第一章 风起\n首页 | 排行 | 论坛\n第一章 风起\n{CHINESE}") == ["第一章 风起"]


def test_a_volume_directly_above_a_chapter_is_part_of_its_heading():
    assert titles(f"卷一 天\n\n第一章 风起\n{CHINESE}第二章\n{CHINESE}") == ["卷一 天 · 第一章 风起", "第二章"]


def test_a_table_of_contents_makes_no_empty_chapters():
    contents = "目录\n第一章 风起\n第二章 云涌\n第三章 雷动\n\n"
    text = f"{contents}第一章 风起\n{CHINESE}第二章 云涌\n{CHINESE}第三章 雷动\n{CHINESE}"
    assert titles(text) == ["第一章 风起", "第二章 云涌", "第三章 雷动"]


def test_a_preface_after_the_table_of_contents_is_not_its_last_chapter():
    text = f"第一章 风起\n第二章 云涌\n\n{CHINESE}\n第一章 风起\n{CHINESE}第二章 云涌\n{CHINESE}"
    assert titles(text) == ["", "第一章 风起", "第二章 云涌"]


def test_title_and_author_stay_with_the_first_chapter_and_a_long_preface_does_not():
    assert titles(f"书名\n作者\n\n第一章\n{CHINESE}") == ["第一章"]
    assert titles(f"{CHINESE}第一章\n{CHINESE}") == ["", "第一章"]


def test_the_licence_at_the_end_is_not_of_the_last_chapter():
    text = f"CHAPTER I\n\n{ENGLISH}*** END OF THE PROJECT GUTENBERG EBOOK X ***\n\n{ENGLISH}"
    assert titles(text) == ["CHAPTER I", "END OF THE PROJECT GUTENBERG EBOOK X"]


def test_bare_numbers_that_count_are_headings_and_begin_again_in_each_part():
    chapter = ENGLISH * 3
    text = f"PART ONE\n\nI\n\n{chapter}II\n\n{chapter}PART TWO\n\nI\n\n{chapter}"
    assert titles(text) == ["PART ONE · I", "II", "PART TWO · I"]
    chapter = CHINESE * 3 + "\n"
    assert titles(f"一\n\n{chapter}二\n\n{chapter}三\n\n{chapter}") == ["一", "二", "三"]


def test_a_list_of_numbers_is_no_row_of_chapters():
    assert titles(f"1\n\n2\n\n3\n\n{ENGLISH}") == [""]


def test_headings_that_run_into_their_paragraph():
    body = "他走了進來，說道：「你好。」" * 100
    text = f"三俠\n第一回設陰謀臨產換太子詩曰：{body}\n第二回奎星兆夢忠良降生且說{body}\n第三回{body}"
    assert titles(text) == ["第一回 設陰謀臨產換太子", "第二回 奎星兆夢忠良降生", "第三回"]


@pytest.mark.parametrize("sentence", [CHINESE, ENGLISH, CHINESE.replace("\n", "")])
def test_without_headings_the_parts_are_sensible(sentence):
    text = sentence * (300_000 // len(sentence))
    parts = split_chapters(text)
    assert all(5_000 <= len(part.text) <= LONGEST for part in parts)
    assert all(part.title == "" and part.text.rstrip()[-1] in "。.”" for part in parts)


def test_titles_are_cut():
    title = split_chapters("卷一 " + "天" * 55 + "\n第一部 " + "地" * 55 + "\n" + CHINESE)[0].title
    assert len(title) <= TITLE
    long = "".join(f"第{number}{unit} {'天' * 55}\n" for unit, number in zip("部卷集章节", "一二三四五", strict=True))
    assert len(split_chapters(long + CHINESE)[0].title) == TITLE


@pytest.mark.parametrize(
    "text",
    [
        "字" * 5_000_000,
        "".join(f"第{number}章 题\n　　正文。\n" for number in range(100_000)),
        "第1章\n" * 100_000,
        "CHAPTER I\n\n" * 100_000,
        "第一 二 三 四 五\n" * 300_000,
        (" " * 200 + "\n") * 30_000,
        "CHAPTER " + "i" * 3_000_000,
        "PART I\n\n1\n\n" * 50_000,
    ],
    ids=["one line", "headings", "no text", "English", "nearly", "spaces", "one word", "bare numbers"],
)
def test_it_takes_time_in_proportion_to_the_text(text):
    start = time.process_time()
    assert "".join(part.text for part in split_chapters(text)) == text
    assert time.process_time() - start < 5
