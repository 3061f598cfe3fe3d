"""Traditional characters read as simplified ones, one for one, so that every offset stays."""

from __future__ import annotations

from functools import cache

import opencc

# Han blocks in use: extension A, the unified block, compatibility forms, extension B.
_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2A6E0))
# Variants that OpenCC keeps apart, but that mean the same for the rules.
_VARIANTS = {"著": "着", "妳": "你", "祂": "他", "牠": "它", "彵": "他", "説": "说", "喫": "吃", "衆": "众", "羣": "群"}

_FEW = 30


@cache
def _table() -> dict[int, str]:
    characters = [chr(code) for start, end in _BLOCKS for code in range(start, end)]
    # One call with a line a character: OpenCC's phrases (乾隆, 甚麼) cannot reach across lines.
    simplified = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    changed = {ord(a): b for a, b in zip(characters, simplified, strict=True) if a != b and len(b) == 1}
    return changed | {ord(a): b for a, b in _VARIANTS.items()}


@cache
def _traditional() -> frozenset[str]:
    return frozenset(map(chr, _table()))


def fold(text: str) -> str:
    """The text in simplified characters; as long as before, code point for code point."""
    table = _table()
    # Few characters of a simplified text differ; replacing these is many times faster than translating every one.
    different = sorted(_traditional().intersection(text))
    if len(different) > _FEW:
        return text.translate(table)
    for character in different:
        text = text.replace(character, table[ord(character)])
    return text
