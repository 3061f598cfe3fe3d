"""Where the speech is: paragraphs, quotation marks, and what of the quoted is spoken.

Positions are code points of the string that is read (a section), end exclusive.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from recognition.text.english.words import SPEECH_VERBS, one_of


class Paragraph(NamedTuple):
    start: int
    end: int


@dataclass(slots=True)
class Piece:
    """A span between two marks. `continues` is the start of the piece that the same utterance began with.

    `open`: the paragraph ended before the mark closed, so the next paragraph may go on with it.
    """

    start: int
    end: int
    paragraph: int
    open: bool = False
    continues: int | None = None


_DOUBLE = '“”„"«»'
_SINGLE = "‘’'"
_SENTENCE_END = re.compile(r"[.!?:;”\"’'*_)\]—–-]\s*$")
# A line that goes on in the next one: only these tell hard-wrapped text from one line a paragraph.
_LINE_JOIN = re.compile(r"(\S)[ \t]*\n(?=[ \t]*\S)")
# Each begins with a newline: with white space first, a long run of it would take the square of its length.
_BLANK = re.compile(r"\n(?:[ \t]*\n)+[ \t]*")
_INDENT = re.compile(r"\n(?:[ \t]*\n)*[ \t\u3000]*(?=[ \t\u3000]{2})|\n(?:[ \t]*\n)+")
_NEWLINE = re.compile(r"\n\s*")
_CLOSING_SINGLE = re.compile(r"[,.!?;—–-][’'](?=\s|$|[—–,.;:)-])")
_OPENING_DOUBLE = re.compile(r"[“„«]|(?:^|(?<=[\s(—–-]))\"(?=\S)")


def is_wrapped(text: str) -> bool:
    """True where lines are cut at a width: most of them end in the middle of a sentence."""
    ends = [match.group(1) for match in _LINE_JOIN.finditer(text[:50_000])]
    return len(ends) >= 2 and sum(end in ".!?:;”\"’'*_)]" for end in ends) < len(ends) * 0.6


def find_paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs without the white space around them: by blank lines (or indents) where lines are hard-wrapped."""
    separator = _NEWLINE
    if is_wrapped(text):
        joins = text.count("\n")
        indented = len(re.findall(r"\n[ \t\u3000]{2,}\S", text))
        blank = len(_BLANK.findall(text))
        separator = _INDENT if indented > 2 * blank and indented < joins * 0.7 else _BLANK
    paragraphs = []
    start = 0
    for match in separator.finditer(text):
        paragraphs.append(Paragraph(*_trimmed(text, start, match.start())))
        start = match.end()
    paragraphs.append(Paragraph(*_trimmed(text, start, len(text))))
    return [paragraph for paragraph in paragraphs if paragraph.start < paragraph.end]


def _blocks(text: str, paragraphs: list[Paragraph]) -> set[int]:
    """Numbers of the paragraphs set in (verse, letters), where the others begin at the margin."""
    inset = {n for n, (start, _) in enumerate(paragraphs) if start >= 4 and text[start - 4 : start].strip(" \t") == ""}
    return inset if len(inset) < len(paragraphs) * 0.3 else set()


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def find_pieces(text: str, paragraphs: list[Paragraph]) -> list[Piece]:
    """All spoken pieces in order, without marks; nested marks are none of their own.

    Marks are counted anew in each paragraph: without this one lost mark turns the rest of a book inside out.
    """
    double = len(_OPENING_DOUBLE.findall(text))
    single = len(_CLOSING_SINGLE.findall(text))
    dashes = sum(bool(_DASH.match(text, start)) for start, _ in paragraphs)
    if dashes > 2 * max(double, single):
        return [piece for number, one in enumerate(paragraphs) for piece in _dash_pieces(text, one, number)]
    marks = _single_marks(text) if single > double else _double_marks(text)
    starts = [paragraph.start for paragraph in paragraphs]
    by_paragraph: dict[int, list[tuple[int, int]]] = {}
    for position, kind in marks:
        by_paragraph.setdefault(bisect_right(starts, position) - 1, []).append((position, kind))
    pieces: list[Piece] = []
    blocks = _blocks(text, paragraphs)
    for number in sorted(by_paragraph):
        if number >= 0 and number not in blocks:
            found = _pair(text, paragraphs[number], number, by_paragraph[number])
            if pieces and found and pieces[-1].open and number - pieces[-1].paragraph == 1:
                opens = text[paragraphs[number].start] in _DOUBLE + _SINGLE
                if opens and found[0].start - paragraphs[number].start <= 2:
                    found[0].continues = pieces[-1].start
            pieces += found
    pieces = [part for piece in pieces for part in _without_directions(text, piece)]
    return [piece for piece in _spoken(text, paragraphs, pieces) if piece.start < piece.end]


# The narrator inside the marks: "Mr. Hill, you know, (recollecting herself,) is out of the question".
_DIRECTION = re.compile(
    r"\((?:(?!(?:no|any|every|some|includ|exclud|consider|dur|be|hav|mean|accord|except|barr|suppos|see|notwithstand"
    r"|concern|regard|allow|count|judg|even|morn|k)(?:th)?ing\b)[a-z]+ing\b[^()“”\"]{0,200}"
    r"|(?:[a-z]+ly,?\s+)?(?:in|with)\s+(?:an?|great|much|some|affected|the)\s[^()“”\"]{0,60}?"
    r"\b(?:tone|voice|accent|air|smile|laugh|sigh|look|manner|whisper|nod|glance|gesture|bow|blush|emphasis)s?\b[^()“”\"]{0,60}"
    r"|aside\b[^()]{0,60}|[a-z]+ly,?)\)"
)


def _without_directions(text: str, piece: Piece) -> list[Piece]:
    """A piece without what the narrator puts into brackets about how it is said."""
    parts, start = [], piece.start
    for match in _DIRECTION.finditer(text, piece.start, piece.end):
        parts.append(_piece(text, start, match.start(), piece.paragraph))
        start = match.end()
    if not parts:
        return [piece]
    parts.append(_piece(text, start, piece.end, piece.paragraph))
    parts = [part for part in parts if part.start < part.end]
    for part in parts[1:]:
        part.continues = parts[0].start
    parts[0].continues, parts[-1].open = piece.continues, piece.open
    return parts


def _double_marks(text: str) -> list[tuple[int, int]]:
    """Position and kind of each mark: 1 opens, -1 closes, 0 is straight and may do either."""
    kinds = {"“": 1, "„": 1, "«": 1, "”": -1, "»": -1, '"': 0}
    return [(match.start(), kinds[match.group()]) for match in re.finditer('[“”„"«»]', text)]


def _single_marks(text: str) -> list[tuple[int, int]]:
    """The same for single marks, told from apostrophes by what stands beside them.

    A mark before a letter opens where white space or a dash stands before it; one after punctuation closes. One
    after a letter is an apostrophe (boys', tellin'), unless the quoted is a word or two.
    """
    marks = []
    for match in re.finditer("[‘’']", text):
        at = match.start()
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        begins = not before or before.isspace() or before in "([—–-"
        if match.group() == "‘" or (match.group() == "'" and begins and after and not after.isspace()):
            if match.group() == "‘" or not re.match(
                r"(?:em|tis|twas|twere|twill|til|cause|bout|im|er)\b", text[at + 1 : at + 7]
            ):
                marks.append((at, 1))
        elif (not before.isalnum() and not begins) or (begins and not after.isalnum()):
            marks.append((at, -1))
    return marks


def _pair(text: str, paragraph: Paragraph, number: int, marks: list[tuple[int, int]]) -> list[Piece]:
    """The pieces of one paragraph; an opening mark without a closing one reaches to the next opening, or the end."""
    pieces: list[Piece] = []
    opened: int | None = None
    depth = 0
    surplus = sum(kind for _, kind in marks)  # of opening marks, from the present one on
    for index, (at, kind) in enumerate(marks):
        rest, surplus = surplus, surplus - kind
        if kind == 0:
            kind = _turned(text, paragraph, at, index, len(marks) - index, opened is not None)
        if kind == 1:
            if opened is None:
                opened, depth = at, 1
            elif rest < 0:
                depth += 1
            else:
                pieces.append(_piece(text, opened + 1, at, number))
                opened, depth = at, 1
        elif opened is not None:
            depth -= 1
            if depth == 0:
                pieces.append(_piece(text, opened + 1, at, number))
                opened = None
    if opened is not None:
        piece = _piece(text, opened + 1, paragraph.end, number)
        piece.open = True
        pieces.append(piece)
    return pieces


def _turned(text: str, paragraph: Paragraph, at: int, index: int, left: int, opened: bool) -> int:
    """Which way a straight mark is turned: by turns, unless what stands beside it leaves only one way."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    begins = at == paragraph.start or before.isspace() or before in "([—–-"
    ends = at + 1 >= paragraph.end or after.isspace() or after in ",.;:!?)]"
    if opened:
        # In "Well " she said the second mark closes: where the number left is odd, the turns are right.
        return 1 if begins and not ends and left % 2 == 0 else -1
    return -1 if index and ends and not begins and at + 1 < paragraph.end else 1


def _piece(text: str, start: int, end: int, number: int) -> Piece:
    return Piece(*_trimmed(text, start, end), number)


_VERB = one_of(SPEECH_VERBS)
_DASH = re.compile(r"[—–-]{1,2}[ \t]*(?=[^\s—–-])")
# Where a line without marks gives way to the narrator: ", said Ann" or "? he asked"; and where he ends.
_DASH_CUE = re.compile(
    rf"[,.?!;:—–](?=\s+(?:{_VERB}\s+(?:[A-Z]|(?:he|she|they|the|his|her)\b)|(?:[A-Z]\w+\.?\s+){{1,3}}{_VERB}\b"
    rf"|(?:he|she|they|the\s+\w+)\s+{_VERB}\b))"
)
_DASH_END = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)[.,:;]\s+")


def _dash_pieces(text: str, paragraph: Paragraph, number: int) -> list[Piece]:
    """The pieces of a paragraph that a dash marks as speech: —Good evening, said Mr. Hill. Sit down."""
    opening = _DASH.match(text, paragraph.start)
    if opening is None:
        return []
    pieces: list[Piece] = []
    start: int | None = opening.end()
    while start is not None and start < paragraph.end:
        cue = _DASH_CUE.search(text, start, paragraph.end)
        pieces.append(_piece(text, start, cue.end() if cue else paragraph.end, number))
        pieces[-1].continues = pieces[0].start if len(pieces) > 1 else None
        end = _DASH_END.search(text, cue.end() + 1, paragraph.end) if cue else None
        start = end.end() if end else None
    return pieces


_CUE_AFTER = re.compile(rf"\s*[—–-]*\s*,?\s*(?:[\w.’'-]+\s+){{0,4}}?{_VERB}\b", re.IGNORECASE)
_CUE_BEFORE = re.compile(
    rf"\b{_VERB}(?:\s+(?!(?:the|an?|of|to|it|him|his|her|my|about|in|as|with)\b)[\w.’'-]+){{0,2}}$", re.IGNORECASE
)
_WORD = re.compile(r"\w+")


def _spoken(text: str, paragraphs: list[Paragraph], pieces: list[Piece]) -> list[Piece]:
    """The pieces without titles, words set in marks and other quoted things; and interrupted utterances linked.

    Not speech: a few words in the middle of a sentence of the narrator, without a comma or colon before, or a verb of
    saying beside them (the “Coach and Horses”, a so-called “friend”).
    """
    kept: list[Piece] = []
    for index, piece in enumerate(pieces):
        paragraph = paragraphs[piece.paragraph]
        left = max(paragraph.start, pieces[index - 1].end + 1 if index else 0)
        right = pieces[index + 1].start - 1 if index + 1 < len(pieces) else paragraph.end
        right = min(right, paragraph.end)
        before = text[left : piece.start - 1].rstrip()
        after = text[piece.end + 1 : min(right, piece.end + 120)]
        content = text[piece.start : piece.end]
        inside = bool(before) and (before[-1].isalnum() or before[-1] in ",_*")
        if inside and not piece.open:
            words = len(_WORD.findall(content))
            loose = before[-1] not in ","
            cue = _CUE_BEFORE.search(before[-90:]) or (content[-1:] in ",!?—-" and _CUE_AFTER.match(after))
            short = words <= 3 or (words <= 7 and content[-1:] not in ",.!?—-")
            lower = content[:1].islower()
            resumed = kept and kept[-1].paragraph == piece.paragraph and kept[-1].end + 1 == left
            if (
                not cue
                and loose
                and (short or (lower and words <= 7))
                and not (resumed and lower and content[-1:] in ".!?")
            ):
                continue
        if kept and kept[-1].paragraph == piece.paragraph and piece.continues is None:
            gap = text[kept[-1].end + 1 : piece.start - 1]
            if is_interruption(text[kept[-1].start : kept[-1].end], gap, content):
                piece.continues = kept[-1].start
        kept.append(piece)
    return kept


_STOP = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bMs)[.!?](?=\s+[A-Z“\"])")


def is_interruption(first: str, gap: str, second: str) -> bool:
    """True where narration of at most one sentence stands between two pieces of one utterance."""
    gap = gap.strip()
    if not gap or first[-1:] in ",—–-" or second[:1].islower():
        return len(gap) <= 400
    return len(gap) <= 160 and not _STOP.search(gap) and bool(gap[0].islower() or _CUE_AFTER.match(gap))
