"""A stretch of text cut into paragraphs and segments for a page, with its quotations and their evidence.

Pure: a string and spans in, dataclasses out. All positions are code points of the book's text, end exclusive.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

from recognition.script import Span

# A line that ends so may end a paragraph; any other goes on in the next one.
SENTENCE_ENDS = frozenset(".!?:;\"'”’»…—-_*)]．。！？：；，、」』）】")
# Behind a sentence: its closing marks, and in a language that has it the blank.
_BREAK = re.compile(r"[。！？][”’」』]*|[.!?][\"'”’]*\s|\n")
NEAR = 100  # code points from the end of an excerpt in which the end of a line is as good as that of a sentence
RAGGED = 10  # code points by which the lines of a hard-wrapped text may fall short of its width


class Spoken(Protocol):
    """What is needed of a quotation; a row of recognition.models.Quotation is one."""

    # Integers, the evidence's may be None; the type checker does not see a model's fields as such.
    start: Any
    end: Any
    evidence_start: Any
    evidence_end: Any


Q = TypeVar("Q", bound=Spoken)


@dataclass(frozen=True, slots=True)
class Segment(Generic[Q]):
    """A run of text in which nothing changes: one quotation or none, evidence or not, sought or not."""

    text: str
    start: int
    quotation: Q | None
    opens: bool  # the first segment of its quotation
    evidence: bool
    sought: bool


@dataclass(frozen=True, slots=True)
class Paragraph(Generic[Q]):
    """`indent` is the white space before the first word; the newlines behind the last one belong to its segment."""

    start: int
    indent: str
    segments: tuple[Segment[Q], ...]

    @property
    def text(self) -> str:
        return self.indent + "".join(segment.text for segment in self.segments)


def render(text: str, start: int, quotations: Sequence[Q], sought: Span | None = None) -> list[Paragraph[Q]]:
    """The paragraphs of a text that begins at `start`; joined they are the text. Linear but for sorting the spans.

    Spans that reach beyond the text are cut to it. Of two quotations that overlap the later one goes on.
    """
    end = start + len(text)
    opening = {max(q.start, start): q for q in quotations if q.end > start and q.start < end and q.start < q.end}
    depth: Counter[int] = Counter()  # how many spans of evidence open, less those that close, at a position
    for q in quotations:
        if q.evidence_start is not None and q.evidence_end is not None and q.evidence_end > start:
            depth[max(q.evidence_start, start)] += 1
            depth[q.evidence_end] -= 1
    places = {*opening, *(q.end for q in quotations), *depth, *(sought or ())}
    ends = [start + position for position in paragraph_ends(text)]
    words = [start + position for position in _words(text, ends, start)]
    cuts = sorted({place for place in places if start < place < end}.union([start], ends, words))

    paragraphs: list[Paragraph[Q]] = []
    segments: list[Segment[Q]] = []
    quotation: Q | None = None
    paragraph_start, indent, evidence, number = start, "", 0, 0
    for here, there in pairwise(cuts):
        if here in opening:
            quotation = opening[here]
        elif quotation is not None and here >= quotation.end:
            quotation = None
        evidence += depth[here]
        piece = text[here - start : there - start]
        if here < words[number]:
            indent += piece
        else:
            segments.append(
                Segment(
                    text=piece,
                    start=here,
                    quotation=quotation,
                    opens=here in opening,
                    evidence=evidence > 0,
                    sought=sought is not None and sought[0] <= here < sought[1],
                )
            )
        if there == ends[number]:
            paragraphs.append(Paragraph(paragraph_start, indent, tuple(segments)))
            paragraph_start, indent, segments, number = there, "", [], number + 1
    return paragraphs


def _words(text: str, ends: Sequence[int], start: int) -> Iterator[int]:
    """Where each paragraph's first word begins; its end when it is all white space."""
    here = 0
    for end in ends:
        paragraph = text[here : end - start]
        yield here + len(paragraph) - len(paragraph.lstrip())
        here = end - start


def paragraph_ends(text: str) -> Iterator[int]:
    """Where paragraphs end: behind each newline and the blank lines after it.

    Where the lines are hard-wrapped, a newline alone ends nothing, unless the next word would have fitted before it:
    that break was made by hand (verse, a signature).
    """
    lines = text.split("\n")
    wrapped = is_wrapped(lines)
    width = max(map(len, lines)) if wrapped else 0
    position = 0
    for line, following in pairwise(lines):
        position += len(line) + 1
        if not following or following.isspace():
            continue  # it still belongs to the paragraph before
        fitted = len(line) + 1 + len(following.split(maxsplit=1)[0]) <= width - RAGGED
        if not wrapped or not line or line.isspace() or fitted:
            yield position
    if text:
        yield len(text)


def whole_sentences(text: str, keep: Span) -> Span:
    """Where to cut a text so that it begins and ends with a line or a sentence, and still holds `keep`.

    A line counts within NEAR code points of an end only, else the first or last sentence; without either all is kept.
    """
    start, end = keep
    begin = text.find("\n", 0, min(NEAR, start)) + 1 or next((m.end() for m in _BREAK.finditer(text, 0, start)), 0)
    finish = text.rfind("\n", max(end, len(text) - NEAR)) + 1 or max(
        (m.end() for m in _BREAK.finditer(text, end)), default=len(text)
    )
    return begin, finish


def is_wrapped(lines: Sequence[str]) -> bool:
    """True where lines are cut at a width: many of those that another follows at once end amid a sentence."""
    last = [line.rstrip()[-1] for line, following in pairwise(lines) if line.strip() and following.strip()]
    return sum(character not in SENTENCE_ENDS for character in last) > max(2, 0.4 * len(last))
