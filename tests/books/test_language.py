import pytest

from books.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("张三和李四是好朋友。", "zh"),
        ("張三道：「OK，我們去 Starbucks。」", "zh"),
        ("It is a truth universally acknowledged.", "en"),
        ("The character 道 may be read as “said” or as “way”.", "en"),
        ("", "zh"),
        ("1234 …", "zh"),
    ],
)
def test_the_language_of_most_words(text, language):
    assert detect_language(text) == language


def test_a_preface_in_another_language_does_not_decide():
    assert detect_language("This edition was prepared by volunteers. " * 300 + "张三走了进来。" * 10_000) == "zh"
