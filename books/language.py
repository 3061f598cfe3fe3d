"""In which language a text is written. Pure: no Django, no I/O."""

import re
from typing import Literal

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
SLICES, SLICE = 20, 5_000  # as many places of a long text, so many characters each


def detect_language(text: str) -> Literal["zh", "en"]:
    """The language of most words: a Chinese word has about one and a half characters, an English one five letters.

    A text without either is taken for Chinese.
    """
    step = max(len(text) // SLICES, SLICE)
    sample = "".join(text[start : start + SLICE] for start in range(0, len(text), step))
    return "zh" if 3 * len(HAN.findall(sample)) >= len(LATIN.findall(sample)) else "en"
