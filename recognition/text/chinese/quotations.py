"""Where somebody speaks: spans between quotation marks, found paragraph by paragraph.

Real files are unbalanced (in one edition of 红楼梦 more than a quarter of the opening marks are closed by an ASCII mark
or not at all), so nothing a paragraph opens may swallow the next one without good reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PAIRS = {"“": "”", "「": "」", "『": "』", "‘": "’", "〝": "〞", "﹁": "﹂", "﹃": "﹄", "„": "”", "‟": "”"}
_CLOSING = {**{close: opening for opening, close in _PAIRS.items()}, "”": "“", "〟": "〝"}
_STRAIGHT = '"＂'
_ENDS = frozenset((*_CLOSING, *_STRAIGHT))
_MARK = re.compile("[" + "".join(_PAIRS) + "".join(_CLOSING) + _STRAIGHT + "]")
# Marks that hold speech in a text, by preference: the first that is common is the outer one.
_OUTER = ("“", "「", "『", "〝", "﹁", "‘")
_STOPS = "。！？!?…．.—～~；;"
# What may stand before a mark that opens speech in the middle of a paragraph.
_LEADS = '：:，,。！？!?…．.；;—”」』’"）)】'
_VERB_BEFORE = re.compile(r"[道说曰云言问答叫喊喝骂叹笑哭唱念读]$")
# Words that lead to an inscription or a letter, which nobody says.
_WRITTEN = re.compile(r"(?:写着|写的是|写道是|大书|上书|小字|题着|刻着|印着|落款)[^。，]{0,3}[：:]\s*$")
# A closing mark at most this many lines on may still belong to a mark opened before (a speech of several paragraphs,
# or a text that was broken into a sentence a line).
_LINES = 12


@dataclass(frozen=True, slots=True)
class Span:
    """What stands between two marks; `start` and `end` are code points of the text given, without the marks."""

    start: int
    end: int


def _outer_mark(text: str) -> str:
    counts = {mark: text.count(mark) for mark in _OUTER}
    most = max(counts.values())
    return next(mark for mark in _OUTER if counts[mark] * 5 >= most)


def _marked(text: str) -> Iterator[Span]:
    """Spans between outer marks, nested ones left out, in order."""
    outer = _outer_mark(text)
    openers = {outer, "“", "「"} if outer in "“「" else {outer}
    opened = -1  # the offset after the mark that is open, or -1
    opener = ""
    for match in re.finditer(r"\n|" + _MARK.pattern, text):
        mark, at = match[0], match.start()
        if mark == "\n":
            if opened >= 0 and not _goes_on(text, at, opener):
                yield Span(opened, at)
                opened = -1
        elif mark in _STRAIGHT:
            if opened < 0:
                opened, opener = at + 1, mark
            elif opener == mark or opener in openers:
                yield Span(opened, at)
                opened = -1
        elif mark in openers:
            if opened < 0:
                opened, opener = at + 1, mark
            elif mark == opener or opener in _STRAIGHT:
                # The one before was never closed: it ended with the sentence before the words that lead to this one.
                yield Span(opened, _sentence_end(text, opened, at))
                opened, opener = at + 1, mark
        elif opened >= 0 and (_CLOSING.get(mark) == opener or (opener in _STRAIGHT and _CLOSING.get(mark) in openers)):
            yield Span(opened, at)
            opened = -1
    if opened >= 0:
        yield Span(opened, len(text))


def _goes_on(text: str, newline: int, opener: str) -> bool:
    """Whether an open quotation continues after this line: its closing mark comes before any other mark."""
    if opener in _STRAIGHT:
        return False
    end = newline
    for _ in range(_LINES):
        end = text.find("\n", end + 1)
        if end < 0:
            end = len(text)
            break
    ahead = re.compile(f"[{opener}{_PAIRS[opener]}{_STRAIGHT}]").search(text, newline, end)
    if ahead is None:
        return False
    # A paragraph that opens with the same mark goes on with the speech of the paragraph before; it is a row of its own.
    return ahead[0] == _PAIRS[opener]


def _sentence_end(text: str, start: int, end: int) -> int:
    """Where a speech that lost its closing mark ends: before the last sentence, which leads to the next speech."""
    cut = end
    while cut > start and text[cut - 1] in "：:，, 　":
        cut -= 1
    while cut > start and text[cut - 1] not in "。！？!?…．":
        cut -= 1
    return cut if cut > start else end


def _is_speech(text: str, span: Span) -> bool:
    """Told from scare quotes, titles and quoted words, which stand inside a sentence of the narration."""
    content = text[span.start : span.end].strip()
    if not content or not any(c.isalnum() for c in content):
        return bool(re.fullmatch(r"[…—？！?!。.．]+", content))
    at = span.start - 2
    while at >= 0 and text[at] in " 　\t":
        at -= 1
    before = text[at] if at >= 0 else "\n"
    after = text[span.end + 1] if span.end + 1 < len(text) else "\n"
    if before in "：:":
        return not _WRITTEN.search(text, max(0, at - 10), at + 1)
    if before == "\n":
        return content[-1] in _STOPS + "，," or after in "\n" or len(content) > 12
    if _VERB_BEFORE.search(text[max(0, at) : at + 1]) and (content[-1] in _STOPS or after in "，。"):
        return len(content) > 4 or content[-1] in _STOPS
    if before in _LEADS:
        return content[-1] in _STOPS or (content[-1] in "，," and len(content) > 1)
    return content[-1] in "。！？!?…" and len(content) > 8


# A paragraph that opens with a dash, in a text without marks, and the words at its end that say who speaks.
_DASH = re.compile(r"^[ 　]*(?:——?|–|―)[ 　]*(?=[^\s—])", re.M)
_TOLD = re.compile(r"(?<=[。！？!?…，,])[^。！？!?…，,]{1,10}(?:说|问|道|答|喊|叫|嚷|骂)[。]?$")
_DASHES = 3


def _dashed(text: str) -> Iterator[Span]:
    """Speeches of a text that opens them with a dash and closes them with nothing."""
    for match in _DASH.finditer(text):
        line_end = text.find("\n", match.end())
        line_end = len(text) if line_end < 0 else line_end
        told = _TOLD.search(text, match.end(), line_end)
        yield Span(match.end(), told.start() if told else line_end)


def after_mark(text: str, end: int) -> int:
    """The offset behind a speech that ends at `end`: behind its closing mark, where it has one."""
    return end + 1 if text[end : end + 1] in _ENDS else end


def find_speech(text: str) -> list[Span]:
    """All spans of speech of a text, in order, never overlapping, trimmed of white space."""
    spans = []
    dashes = text.count("\n—") + text.count("\n–") + text.count("\n―") + text.count("\n　　—")
    if dashes >= _DASHES and dashes > 2 * sum(map(text.count, _OUTER)) + text.count('"'):
        return list(_dashed(text))
    for span in _marked(text):
        if _is_speech(text, span):
            start, end = span.start, span.end
            while start < end and text[start].isspace():
                start += 1
            while end > start and text[end - 1].isspace():
                end -= 1
            spans.append(Span(start, end))
    return spans
