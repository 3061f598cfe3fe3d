"""What is asked, cut into windows: pure functions of the text, the rules' draft and the cast.

Positions are code points of the whole text. A question can be asked (`request`), read (`read`), made smaller
(`halves`), and asked again for what is missing (`rest`); see calls.py for when.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel

from recognition.engines.llm import tokens
from recognition.engines.llm.answers import SCHEMAS, DiscoverAnswer, LinesAnswer, MergeAnswer, Register, parse
from recognition.engines.llm.prompts import CUT, PROMPTS, Prompts, as_data, enclosed, mark
from recognition.engines.offline import fingerprint
from recognition.script import Cast, Character, Quotation
from recognition.text.mentions import MentionFinder

DISCOVER, MERGE, ATTRIBUTE = "discover", "merge", "attribute"

LINES_MOST = 50  # lines a call: one a call costs 10 points of accuracy, more than 50 are answered carelessly
# With more windows than this, their number is a multiple of it, so that the last round of calls is as full as the
# others at any concurrency that divides it: a half-empty round would be a tenth of a million characters' time.
ROUND = 32
LEADS = 5
CANDIDATES = 25  # names of the rules that are shown with a window of the search


@dataclass(frozen=True, slots=True)
class Sizes:
    """In code points. Chinese says the same in about a third of the characters, which cost three times the tokens."""

    discover: int  # a window of the search for characters
    around: int  # the least text around the numbered lines; without the narration accuracy falls by 40 points
    lead: int  # shown before the first line, and after the last
    tail: int
    # The middle of a long speech tells nothing of who speaks, nor does narration far from every line.
    speech: tuple[int, int]  # kept of a long speech: beginning, end
    gap: tuple[int, int]  # kept of a long narration: after a line, before the next
    roster: int  # the cast is shown whole up to this length


SIZES = {
    "zh": Sizes(discover=10_000, around=1500, lead=100, tail=50, speech=(40, 25), gap=(40, 90), roster=400),
    "en": Sizes(discover=40_000, around=3000, lead=600, tail=250, speech=(200, 80), gap=(250, 400), roster=1200),
}


@dataclass(frozen=True, slots=True)
class Request:
    """One question in a model's words: the constant part first, so that a provider's prompt cache applies."""

    stage: str
    index: int
    system: str
    user: str

    @property
    def hash(self) -> str:
        """Changes with every word that is asked, not with the model or the endpoint: what is paid for stays."""
        return fingerprint(self.system, self.user)

    @property
    def schema(self) -> dict[str, Any]:
        return SCHEMAS[self.stage]

    def tokens(self) -> int:
        return tokens.count(self.system) + tokens.count(self.user)

    def tokens_at_most(self) -> int:
        return tokens.at_most(self.system) + tokens.at_most(self.user)


class Question(Protocol):
    """A window, or a part of one, that can be asked. `A` in docstrings is what `read` returns."""

    @property
    def stage(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...

    def request(self) -> Request: ...

    def read(self, text: str) -> BaseModel:
        """The answer, without what was not asked. Raises Unreadable."""

    def rest(self, answer: Any) -> Question | None:
        """A question for what the answer leaves out; None when it is complete."""

    def halves(self) -> Sequence[Question]:
        """The same question in two; empty when it cannot be made smaller."""

    def join(self, answers: Sequence[Any]) -> str:
        """The answers to this question's parts as the text of one answer, for `read`."""


# ------------------------------------------------------------------------------------------------- the book


@dataclass(frozen=True, slots=True)
class Source:
    """The book as windows are cut from it."""

    language: str
    text: str

    @property
    def prompts(self) -> Prompts:
        return PROMPTS[self.language]

    @property
    def sizes(self) -> Sizes:
        return SIZES[self.language]


def number_of_windows(amount: int, most: int) -> int:
    """How many windows hold `amount`, `most` in each at most."""
    least = math.ceil(amount / most)
    return least if least <= ROUND else math.ceil(least / ROUND) * ROUND


# ------------------------------------------------------------------------------------------------- discover


@dataclass(frozen=True, slots=True)
class TextWindow:
    """A part of the book that is searched for characters. `candidates` finds the names that the rules found."""

    source: Source = field(repr=False, compare=False)
    candidates: MentionFinder = field(repr=False, compare=False)
    index: int
    start: int
    end: int

    stage = DISCOVER
    SMALLEST = 500  # code points

    def request(self) -> Request:
        prompts, text = self.source.prompts, self.source.text[self.start : self.end]
        named = Counter(name for _, _, name in self.candidates.find(text))
        known = prompts.candidates + prompts.separator.join(as_data(name) for name, _ in named.most_common(CANDIDATES))
        return Request(DISCOVER, self.index, prompts.discover, f"{known}\n{enclosed(squeezed(as_data(text)))}")

    def read(self, text: str) -> DiscoverAnswer:
        return parse(DiscoverAnswer, text)

    def rest(self, answer: DiscoverAnswer) -> None:
        return None  # whom a model did not see it will not see at a second look at the same text

    def halves(self) -> Sequence[TextWindow]:
        middle = paragraph_near(self.source.text, (self.start + self.end) // 2, self.start, self.end)
        if self.end - self.start < 2 * self.SMALLEST or middle in (self.start, self.end):
            return ()
        ends = ((self.start, middle), (middle, self.end))
        return [TextWindow(self.source, self.candidates, self.index, start, end) for start, end in ends]

    def join(self, answers: Sequence[DiscoverAnswer]) -> str:
        whole = DiscoverAnswer(
            characters=[row for answer in answers for row in answer.characters],
            relations=[row for answer in answers for row in answer.relations],
        )
        return whole.model_dump_json()


def paragraph_near(text: str, position: int, start: int, end: int) -> int:
    """The beginning of a paragraph nearest before the position, else after it, else the position itself."""
    before = text.rfind("\n", start, position)
    if before > start:
        return before + 1
    after = text.find("\n", position, end - 1)
    return after + 1 if after >= 0 else position


def text_windows(source: Source, cast: Cast) -> list[TextWindow]:
    """The whole book in even windows that end with a paragraph."""
    length = len(source.text)
    wanted = number_of_windows(length, source.sizes.discover)
    names = MentionFinder((c.name for c in cast if c.kind == "person"), whole_words=source.language == "en")
    cuts = [0]
    for i in range(1, wanted):
        cuts.append(paragraph_near(source.text, i * length // wanted, cuts[-1], length))
    pairs = [(a, b) for a, b in zip(cuts, [*cuts[1:], length], strict=True) if source.text[a:b].strip()]
    return [TextWindow(source, names, index, start, end) for index, (start, end) in enumerate(pairs)]


def squeezed(text: str) -> str:
    """Without blank lines and indentation, which cost tokens and say nothing."""
    return re.sub(r"\s*\n\s*", "\n", text.strip())


# ------------------------------------------------------------------------------------------------- merge


@dataclass(frozen=True, slots=True)
class NameBatch:
    """Entries of the cast, one line each, among which the same people are looked for."""

    source: Source = field(repr=False, compare=False)
    index: int
    entries: tuple[Character, ...]

    stage = MERGE
    start = 0

    @property
    def end(self) -> int:
        return len(self.source.text)

    def request(self) -> Request:
        lines = (roster_line(entry, self.source.prompts) for entry in self.entries)
        return Request(MERGE, self.index, self.source.prompts.merge, enclosed("\n".join(lines)))

    def read(self, text: str) -> MergeAnswer:
        return parse(MergeAnswer, text)

    def rest(self, answer: MergeAnswer) -> None:
        return None

    def halves(self) -> Sequence[NameBatch]:
        if len(self.entries) < 4:
            return ()
        middle = len(self.entries) // 2
        return [NameBatch(self.source, self.index, part) for part in (self.entries[:middle], self.entries[middle:])]

    def join(self, answers: Sequence[MergeAnswer]) -> str:
        return MergeAnswer(same=[group for answer in answers for group in answer.same]).model_dump_json()


# ------------------------------------------------------------------------------------------------- attribute


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance: its pieces in order, between which narration may stand."""

    pieces: tuple[Quotation, ...]

    @property
    def start(self) -> int:
        return self.pieces[0].start

    @property
    def end(self) -> int:
        return self.pieces[-1].end


def lines_of(quotations: Sequence[Quotation]) -> list[Line]:
    """The quotations of the book as utterances, in order of their beginnings."""
    chains: dict[int, list[Quotation]] = {}
    head: dict[int, int] = {}
    for quotation in quotations:
        before = quotation.start if quotation.continues is None else quotation.continues
        first = head[quotation.start] = head.get(before, quotation.start)
        chains.setdefault(first, []).append(quotation)
    return [Line(tuple(chain)) for chain in chains.values()]


class Roster:
    """The cast as it is shown with each window of lines, and looked up in answers.

    `pieces` are the rules' quotations, whose speakers may bear other names of the characters.
    """

    def __init__(self, source: Source, cast: Cast, pieces: Sequence[Quotation], is_open: bool) -> None:
        self.source = source
        self.is_open = is_open  # whether a name that is not in the cast may join it
        self.register = Register.of(cast)
        prompts = source.prompts
        self.whole = "\n".join(roster_line(character, prompts) for character in cast)
        self.order = {character.name: place for place, character in enumerate(cast)}
        self.cast = cast
        self.bearers: dict[str, list[Character]] = {}
        for character in cast:
            for name in (character.name, *character.aliases):
                self.bearers.setdefault(name, []).append(character)
        self.finder = MentionFinder(self.bearers, whole_words=source.language == "en")
        said = Counter(character.name for piece in pieces for character in self.bearers.get(piece.speaker or "", ()))
        leads = sorted(cast, key=lambda c: (c.kind != "narrator", -said[c.name], -c.mentions))[:LEADS]
        self.leads = {character.name: character for character in leads}
        self.lead_lines = [roster_line(character, prompts) for character in leads]

    def beside(self, text: str, speakers: Iterable[str]) -> str:
        """The roster for a window: the whole cast when that is short; else the leads, always in the same words, then
        whoever is named in it or speaks there by the rules.

        The latter are called "her father" there, say. Without them a fifth of Alice's speakers would be missing.
        """
        if len(self.whole) <= self.source.sizes.roster:
            return self.whole
        here: dict[str, set[str]] = {c.name: set() for name in speakers for c in self.bearers.get(name, ())}
        for _, _, name in self.finder.find(text):
            for character in self.bearers[name]:
                here.setdefault(character.name, set()).add(name)
        present = sorted(here.keys() - self.leads.keys(), key=self.order.__getitem__)
        return "\n".join(
            [
                *self.lead_lines,
                *(roster_line(self.cast[self.order[name]], self.source.prompts, here[name]) for name in present),
            ]
        )


def roster_line(character: Character, prompts: Prompts, only: set[str] | None = None) -> str:
    """Name (aliases) gender role; with `only`, of the aliases just these, and no role."""
    aliases = [alias for alias in character.aliases if only is None or alias in only]
    shown = f"（{prompts.separator.join(aliases)}）" if prompts is PROMPTS["zh"] else f" ({'; '.join(aliases)})"
    line = character.name + (shown if aliases else "")
    gender = prompts.gender_word("group" if character.kind == "group" else character.gender)
    return as_data(" ".join(filter(None, [line, gender, character.role if only is None else ""])))


@dataclass(frozen=True, slots=True)
class LineWindow:
    """Contiguous lines of the book, numbered from `first`, in running text. `asked` are the numbers still wanted."""

    source: Source = field(repr=False, compare=False)
    roster: Roster = field(repr=False, compare=False)
    pieces: Sequence[Quotation] = field(repr=False, compare=False)  # all of the book, in order
    index: int
    lines: tuple[Line, ...] = field(repr=False, compare=False)
    asked: tuple[int, ...]

    stage = ATTRIBUTE

    @property
    def start(self) -> int:
        return self.lines[0].start

    @property
    def end(self) -> int:
        return max(line.end for line in self.lines)

    def wanted(self) -> list[Line]:
        return [self.lines[number - 1] for number in self.asked]

    def span(self) -> tuple[int, int]:
        """What is shown: the lines asked about, what leads to them, and enough text around."""
        wanted, sizes = self.wanted(), self.source.sizes
        start, end = wanted[0].start - sizes.lead, max(line.end for line in wanted) + sizes.tail
        speech = sum(piece.end - piece.start for line in wanted for piece in line.pieces)
        lacking = max(0, sizes.around - (end - start - speech))
        return max(0, start - (2 * lacking + 2) // 3), min(len(self.source.text), end + lacking // 3)

    def request(self) -> Request:
        start, end = self.span()
        numbers = {piece.start: number for number in self.asked for piece in self.lines[number - 1].pieces}
        shown = render(self.source, self.pieces, numbers, start, end)
        prompts = self.source.prompts
        speakers = {piece.speaker for line in self.wanted() for piece in line.pieces if piece.speaker}
        roster = self.roster.beside(self.source.text[start:end], speakers)
        return Request(ATTRIBUTE, self.index, prompts.attribute, f"{prompts.roster}\n{roster}\n{enclosed(shown)}")

    def read(self, text: str) -> LinesAnswer:
        """A number that was not asked is dropped: it would be a label for another line."""
        asked = set(self.asked)
        given = parse(LinesAnswer, text).lines
        return LinesAnswer(lines={number: name for number, name in given.items() if number in asked})

    def rest(self, answer: LinesAnswer) -> LineWindow | None:
        missing = tuple(number for number in self.asked if number not in answer.lines)
        return self.about(missing) if missing else None

    def halves(self) -> Sequence[LineWindow]:
        if len(self.asked) < 2:
            return ()
        middle = len(self.asked) // 2
        return [self.about(self.asked[:middle]), self.about(self.asked[middle:])]

    def about(self, numbers: tuple[int, ...]) -> LineWindow:
        return LineWindow(self.source, self.roster, self.pieces, self.index, self.lines, numbers)

    def join(self, answers: Sequence[LinesAnswer]) -> str:
        lines = {number: name for answer in answers for number, name in answer.lines.items()}
        return LinesAnswer(lines=dict(sorted(lines.items()))).model_dump_json()


def line_windows(source: Source, roster: Roster, pieces: Sequence[Quotation]) -> list[LineWindow]:
    """All lines in contiguous, even windows of at most LINES_MOST, cut where most narration stands between lines."""
    lines = lines_of(pieces)
    if not lines:
        return []
    wanted = number_of_windows(len(lines), LINES_MOST)
    play = int(LINES_MOST - len(lines) / wanted) // 2  # so far a cut may move without making a window too large
    cuts = [0]
    for i in range(1, wanted):
        middle = i * len(lines) // wanted
        near = range(max(cuts[-1] + 1, middle - play), min(len(lines) - 1, middle + play) + 1)
        cuts.append(max(near, key=lambda k: (lines[k].start - lines[k - 1].end, -abs(k - middle))))
    return [
        LineWindow(source, roster, pieces, index, tuple(lines[a:b]), tuple(range(1, b - a + 1)))
        for index, (a, b) in enumerate(zip(cuts, [*cuts[1:], len(lines)], strict=True))
    ]


OPENING = "“\"‘'「『«„‹〝＂"


def render(source: Source, pieces: Sequence[Quotation], numbers: dict[int, int], start: int, end: int) -> str:
    """Running text with a mark before each numbered piece; long speeches and far narration cut in the middle."""
    text, sizes = source.text, source.sizes
    parts = []
    at = start
    for piece in pieces[bisect_left(pieces, start, key=lambda p: p.start) :]:
        if piece.start >= end:
            break
        opening = piece.start - (piece.start > at and text[piece.start - 1] in OPENING)
        parts.append(shortened(as_data(text[at:opening]), *sizes.gap))
        if piece.start in numbers:
            parts.append(mark(numbers[piece.start]))
        at = min(piece.end, end)
        parts.append(as_data(text[opening : piece.start]) + shortened(as_data(text[piece.start : at]), *sizes.speech))
    parts.append(shortened(as_data(text[at:end]), *sizes.gap))
    return squeezed("".join(parts))


def shortened(text: str, head: int, tail: int) -> str:
    return text if len(text) <= head + tail + len(CUT) else text[:head] + CUT + text[-tail:]
