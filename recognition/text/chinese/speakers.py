"""Who says each line: sieves collect the evidence around it, a joint pass over the scene weighs it with the turns.

The method of a line is the sieve that counted most for its speaker. From the surest to the least sure, with the
precision measured where the cast is given, on 760 lines of a modern and 4,600 of a classical novel (- for too few).
The rules were made looking at these two, so that another book will stand somewhat lower. The weights matter little:
fitted on one of the two alone they lose .004 on the modern one or .001 on the classical one, and so do weights set by
hand to whole and half numbers.

| method | what tells | modern | classical |
|---|---|---|---|
| cue | a name right before the verb of saying: 大海笑道：“ | 1.00 | .99 |
| lead | a name elsewhere in the sentence that leads to the line: 大海放下碗，说：“ | 1.00 | .95 |
| cue-after | a name and a verb of saying right after it: ”大海说。 | .97 | - |
| tail | a name in a sentence of saying after it: ”大海看着他说。 | .94 | - |
| after | the subject of the sentence after it: ”大海点起烟。 | .90 | - |
| pronoun | 他 or 她, by gender and by how lately somebody was the subject | .90 | .71 |
| ellipsis | the subject of the sentence before the one that leads to the line | - | .77 |
| turn | nothing but whose turn it is | .76 | .33 |
| before | the subject of the sentence before the line, in its paragraph | - | - |
| noun | a word like 父亲 or 老人, by gender and nearness | .52 | .53 |
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from recognition.script import Cast, Gender, Kind, Quotation, QuotationKind, Section, Span
from recognition.text.chinese import cues
from recognition.text.chinese.cues import Index, Mention, Reading
from recognition.text.chinese.folding import fold
from recognition.text.chinese.quotations import after_mark, find_speech

_COLON = "：:"
_BLANK = " 　\t\n"
# A stretch of narration longer than this (code points) ends a scene: whose turn it was is forgotten.
_SCENE = 500
# How far back (code points) a pronoun may look for a name.
_RECENT = 400
_CANDIDATES = 7
# How many sentences before a line are looked at for a subject that is left out in the last.
_TOLD = 5
# From this score on the words around a line name its speaker, or a few to choose from.
_SURE = 4.5
# How many mentions back the bearer of a title may be named.
_NAMED_BEFORE = 60


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of evidence counts, in log-odds.

    Fitted by coordinate ascent on the likelihood of two annotated novels (a modern and a classical one), then rounded.
    """

    direct: float = 8.0  # 大海笑道：“
    lead: float = 5.5  # 大海放下碗，说：“
    clause: float = -0.5  # for each clause between the subject and the speech
    ellipsis: float = 3.5  # the subject of a sentence before
    further: float = -0.6  # for each sentence back
    direct_after: float = 7.0  # ”大海说。
    speech_after: float = 5.0  # ”大海看着他说。
    speech_apart: float = 2.5  # the same on the next line, where lines are sentences
    speech_next: float = 0.5  # the same in the next paragraph
    after: float = 4.0  # ”大海点起烟。
    after_apart: float = 1.5
    after_next: float = 0.0
    before: float = 1.5  # 大海抬起头。“
    pronoun: float = 3.0  # the likeliest bearer of a pronoun; the next ones half of it each
    noun: float = 1.0  # the same for 父亲, 老人
    named: float = -2.5  # who is named in the line
    addressee: float = -2.0  # who is called in the line, or spoken to
    hearer: float = -1.5  # who is told to listen after it
    gender: float = -1.8  # another gender than the pronoun's
    answer: float = 1.2  # who was called in the line before
    recent: float = 0.6  # named last
    again_none: float = -2.5  # the same speaker twice, with no narration between
    again: float = -0.6
    back_none: float = 1.2  # the speaker before the last, with no narration between
    back: float = 0.5
    same: float = 2.0  # words lead from one line to the next without a subject
    own: float = 3.0  # the same speaker again in one paragraph, where paragraphs have one speaker
    inside: float = 1.0  # the same speaker again in one paragraph, with narration between


WEIGHTS = Weights()
# Methods that name the speaker in the words right around the line.
_EXPLICIT = ("cue", "lead", "cue-after", "tail")


@dataclass(slots=True)
class Line:
    """One utterance (a chain of pieces), and what is known of its speaker: scores (log-odds) by index into the cast."""

    pieces: list[int]
    gap: int = 0  # code points of narration before it
    # How it hangs together with the line before. none: no narration between; beat: narration; inside: narration, all in
    # one paragraph; lead: words that lead to the line; same: words that lead from one line to the next of the same
    # speaker.
    link: str = "none"
    own: bool = False  # in one paragraph with the line before, where paragraphs have one speaker
    scores: dict[int, float] = field(default_factory=dict)
    methods: dict[int, tuple[float, str, Span | None]] = field(default_factory=dict)
    named: set[int] = field(default_factory=set)
    gender: Gender = "unknown"
    addressees: set[int] = field(default_factory=set)
    hearers: set[int] = field(default_factory=set)
    recent: list[int] = field(default_factory=list)
    kind: QuotationKind = "implicit"

    def add(self, who: int, score: float, method: str, evidence: Span | None) -> None:
        self.scores[who] = self.scores.get(who, 0.0) + score
        if score > self.methods.get(who, (0.0, "", None))[0]:
            self.methods[who] = (score, method, evidence)


@dataclass(frozen=True, slots=True)
class Page:
    """A section as read: folded text, spans of speech, mentions in the narration and in the speech."""

    folded: str
    index: Index
    spans: list[Span]
    narrated: list[Mention]
    spoken: list[list[Mention]]
    she: bool  # the text tells 她 from 他
    broken: bool  # its lines are sentences, not paragraphs
    own: bool  # each speaker has paragraphs of his or her own


def open_page(text: str, cast: Cast) -> Page:
    folded = fold(text)
    index = cues.index_of(cast)
    spans = [(s.start, s.end) for s in find_speech(folded)]
    narrated: list[Mention] = []
    spoken: list[list[Mention]] = [[] for _ in spans]
    k = 0
    for mention in index.find(folded):
        while k < len(spans) and spans[k][1] <= mention.start:
            k += 1
        if k < len(spans) and mention.start >= spans[k][0]:
            spoken[k].append(mention)
        else:
            narrated.append(mention)
    broken = _is_broken(folded)
    return Page(folded, index, spans, narrated, spoken, "她" in folded, broken, not broken and _is_own(folded, spans))


_TWO_SENTENCES = re.compile(r"^[^\n“”「」]{3,}[。！？!?][^\n“”「」]{3}", re.M)
_GOES_ON = re.compile(r"^[ 　]*[“「][^\n”」]*[。！？!?…，,][”」][一-龥]", re.M)


def _is_broken(folded: str) -> bool:
    """Whether a text has a line for each sentence, so that a new line says nothing about a new speaker.

    In paragraphs a line holds several sentences now and then, or speech and words after it. Of 760 windows with a
    sentence a line 32 are taken for paragraphs.
    """
    lines = folded.count("\n") + 1
    several = sum(1 for _ in _TWO_SENTENCES.finditer(folded))
    return 100 * several <= lines and 20 * sum(1 for _ in _GOES_ON.finditer(folded)) <= lines


def _is_own(folded: str, spans: Sequence[Span]) -> bool:
    """Whether most speeches open their paragraphs, as where a paragraph has one speaker."""
    opening = sum(folded[folded.rfind("\n", 0, start) + 1 : start - 1].strip(_BLANK) == "" for start, _ in spans)
    return 2 * opening > len(spans)


def attribute(section: Section, cast: Cast, *, coreference: bool) -> tuple[Quotation, ...]:
    """The quotations of a section with their speakers; positions in code points of the whole text."""
    page = open_page(section.text, cast)
    lines = _lines(page)
    for line in lines:
        _read_around(page, line)
    decided = _decide(page, lines)
    found = []
    for line, (who, confidence) in zip(lines, decided, strict=True):
        _, method, evidence = line.methods.get(who, (0.0, "turn" if who >= 0 else "", None))
        if not coreference and method not in _EXPLICIT:
            who, confidence, method, evidence = -1, 0.0, "", None
        for k, piece in enumerate(line.pieces):
            start, end = page.spans[piece]
            found.append(
                Quotation(
                    start=section.start + start,
                    end=section.start + end,
                    continues=section.start + page.spans[line.pieces[k - 1]][0] if k else None,
                    speaker=cast[who].name if who >= 0 else None,
                    kind=line.kind,
                    method=method,
                    confidence=round(confidence * _reliability(line, method, cast[who].kind), 4) if who >= 0 else 0.0,
                    evidence=(section.start + evidence[0], section.start + evidence[1]) if evidence else None,
                    addressee=cast[min(line.addressees)].name if line.addressees else None,
                )
            )
    return tuple(found)


# What a method is worth, measured on two annotated novels: its precision over the mean posterior it comes with.
_RELIABILITY = {
    "cue": 0.994,
    "lead": 0.97,
    "cue-after": 0.98,
    "tail": 0.97,
    "ellipsis": 0.95,
    "pronoun": 0.95,
    "noun": 0.6,
}
# The same after this much narration (code points): the more of it, the more there is to misread.
_AT_LENGTH = {"cue": (12, 0.96), "lead": (24, 0.905)}
# The same for words like 婆子, which may mean somebody with a name.
_UNNAMED = {"cue": 0.93, "lead": 0.68}
# The same for turns: words lead to the line, but nobody known is in them.
_UNREAD = 0.5


def _reliability(line: Line, method: str, kind: Kind) -> float:
    if method == "turn" and line.link in ("lead", "same"):
        return _UNREAD
    if kind == "unnamed" and method in _UNNAMED:
        return _UNNAMED[method]
    if method in _AT_LENGTH and line.gap >= _AT_LENGTH[method][0]:
        return _AT_LENGTH[method][1]
    return _RELIABILITY.get(method, 1.0)


def _gap(page: Page, piece: int) -> Span:
    """The narration before a piece of speech, without marks."""
    start = after_mark(page.folded, page.spans[piece - 1][1]) if piece else 0
    return min(start, page.spans[piece][0]), max(start, page.spans[piece][0] - 1)


def _ends_with(page: Page, start: int, end: int) -> str:
    at = end - 1
    while at >= start and page.folded[at] in _BLANK:
        at -= 1
    return page.folded[at] if at >= start else ""


def _lines(page: Page) -> list[Line]:
    """Joins pieces that one utterance was cut into by words like 他说，."""
    lines: list[Line] = []
    for k in range(len(page.spans)):
        start, end = _gap(page, k)
        between = page.folded[start:end]
        if k and len(between) <= 40 and "\n" not in between and between.strip():
            last = _ends_with(page, start, end)
            cut = page.folded[page.spans[k - 1][1] - 1] in "，,、"
            if (last in "，," and len(cues.sentences(page.folded, start, end)) == 1) or cut:
                lines[-1].pieces.append(k)
                continue
        lines.append(Line([k], gap=len(between.strip())))
    return lines


def _read_around(page: Page, line: Line) -> None:
    """Collects the evidence about a line: words before it, words after it, names in it."""
    first = line.pieces[0]
    start, end = _gap(page, first)
    start = max(start, end - 400)
    sentences = cues.sentences(page.folded, start, end)
    last = _ends_with(page, start, end)
    lead = bool(sentences) and (last in _COLON or last in "，," or cues.ends_in_saying(page.folded, start, end))
    line.own = page.own and first > 0 and "\n" not in page.folded[start:end]
    if lead:
        _read_lead(page, line, sentences, joined=bool(first) and "\n" not in page.folded[start : sentences[0][0]])
    elif sentences:
        line.link = "inside" if first and "\n" not in page.folded[start:end] else "beat"
        reading = cues.read(page.folded, page.narrated, *sentences[-1])
        if "\n" not in page.folded[sentences[-1][1] : end]:
            _weigh(page, line, reading, sentences[-1], WEIGHTS.before, "before")
    for piece in line.pieces:
        if not lead:
            _read_tail(page, line, piece)
        for mention in page.spoken[piece]:
            if mention.what == "name":
                line.named.add(mention.who)
                if _is_vocative(page, piece, mention):
                    line.addressees.add(mention.who)
    if len(line.scores) != 1 or max(line.scores.values()) < _SURE:
        line.recent = _recent(page, end)


def _read_lead(page: Page, line: Line, sentences: list[Span], joined: bool) -> None:
    line.link = "lead"
    for back, sentence in enumerate(reversed(sentences[-_TOLD:])):
        reading = cues.read(page.folded, page.narrated, *sentence)
        if back == 0 and reading.addressee is not None and reading.addressee.what == "name":
            line.addressees.add(reading.addressee.who)
        if reading.subject is not None:
            if back:
                strength = WEIGHTS.ellipsis + WEIGHTS.further * back
            elif reading.direct:
                strength = WEIGHTS.direct
            else:
                strength = WEIGHTS.lead + WEIGHTS.clause * reading.clauses
            method = "ellipsis" if back else "cue" if reading.direct else "lead"
            _weigh(page, line, reading, sentence, strength, method)
            return
    if joined and cues.goes_on(page.folded, *sentences[-1]):
        line.link = "same"


def _read_tail(page: Page, line: Line, piece: int) -> None:
    """Reads the sentence after a piece, when it is not the one that leads to the next."""
    start = after_mark(page.folded, page.spans[piece][1])
    following = page.spans[piece + 1][0] - 1 if piece + 1 < len(page.spans) else len(page.folded)
    end = max(start, following)
    window = min(end, start + 200)
    sentences = cues.sentences(page.folded, start, window)
    if not sentences:
        return
    if len(sentences) == 1 and window == end and _ends_with(page, start, end) in _COLON:
        return  # it leads to the next line
    reading = cues.read(page.folded, page.narrated, *sentences[0], forward=True)
    if reading.subject is None or reading.clauses > 1:
        return
    apart = 0 if "\n" not in page.folded[start : sentences[0][0]] else 1 if page.broken else 2
    if reading.hearing and not reading.direct:
        if reading.subject.what == "name":
            line.hearers.add(reading.subject.who)
        return
    if reading.direct and apart < 2:
        strength, method = WEIGHTS.direct_after, "cue-after"
    elif reading.speech:
        strength, method = (WEIGHTS.speech_after, WEIGHTS.speech_apart, WEIGHTS.speech_next)[apart], "tail"
    else:
        strength, method = (WEIGHTS.after, WEIGHTS.after_apart, WEIGHTS.after_next)[apart], "after"
    _weigh(page, line, reading, sentences[0], strength, method)


def _weigh(page: Page, line: Line, reading: Reading, where: Span, strength: float, method: str) -> None:
    """Turns what was read into scores."""
    subject = reading.subject
    if subject is None:
        return
    if subject.what in ("name", "narrator"):
        line.add(subject.who, strength, method, where)
        if method in _EXPLICIT:
            line.kind = "explicit"
        return
    if method in _EXPLICIT:
        line.kind = "anaphoric"
    if subject.what == "plural":
        return
    named = _by_title(page, subject)
    if named is not None:
        line.add(named, strength - WEIGHTS.noun, "noun", where)
        return
    gender: Gender = "unknown" if subject.what == "pronoun" and not page.she else subject.gender
    share = min(1.0, strength / 4)
    if method in _EXPLICIT or method == "ellipsis":
        line.gender = gender
    name, weight = ("pronoun", WEIGHTS.pronoun) if subject.what == "pronoun" else ("noun", WEIGHTS.noun)
    for who in _recent(page, subject.start):
        if who != page.index.narrator and _fits(page.index, who, gender):
            line.add(who, weight * share, name, where)
            weight /= 2


def _by_title(page: Page, subject: Mention) -> int | None:
    """Whom a word like 将军 means: the one named last of those whose name ends so."""
    bearers = page.index.titled.get(page.folded[subject.start : subject.end], ())
    if not bearers:
        return None
    end = bisect_left(page.narrated, (subject.start,))
    last = (m.who for m in reversed(page.narrated[max(0, end - _NAMED_BEFORE) : end]) if m.who in bearers)
    return next(last, None)


def _fits(index: Index, who: int, gender: Gender) -> bool:
    return gender == "unknown" or index.genders[who] in (gender, "unknown")


def _recent(page: Page, position: int) -> list[int]:
    """Who was named in the narration before a position: by how lately and how often, subjects before objects."""
    weights: dict[int, float] = {}
    at = bisect_left(page.narrated, (position,)) - 1
    fresh = 1.0
    while at >= 0 and page.narrated[at].start > position - _RECENT and fresh > 0.05:
        mention = page.narrated[at]
        if mention.what in ("name", "narrator"):
            head = mention.start == 0 or not page.folded[mention.start - 1].isalnum()
            weights[mention.who] = weights.get(mention.who, 0.0) + fresh * (1.0 if head else 0.5)
            fresh *= 0.65
        at -= 1
    return sorted(weights, key=lambda who: (-weights[who], who))[:5]


def _is_vocative(page: Page, piece: int, mention: Mention) -> bool:
    """Whether a name in speech calls somebody: it stands alone between punctuation or the ends of the speech."""
    start, end = page.spans[piece]
    before = page.folded[mention.start - 1] if mention.start > start else "，"
    after = page.folded[mention.end] if mention.end < end else "，"
    return before in "，,。！？!?…．、—" and after in "，,。！？!?…．—～"


# ------------------------------------------------------------------ the joint decision


def _candidates(page: Page, lines: Sequence[Line], at: int) -> list[int]:
    line = lines[at]
    best = max(line.scores.values(), default=0.0)
    if best >= _SURE:
        return [who for who, score in line.scores.items() if score >= best - 3]
    order: dict[int, float] = {}
    for who, score in line.scores.items():
        order[who] = 10 + score
    for rank, who in enumerate(line.recent):
        order[who] = order.get(who, 0) + 3 - 0.5 * rank
    for step in range(1, 7):
        for other, weight in ((at - step, 3.0), (at + step, 2.0)):
            if 0 <= other < len(lines):
                for who, score in lines[other].scores.items():
                    if score >= 1.5:
                        order[who] = order.get(who, 0) + weight / step
                for who in lines[other].addressees:
                    order[who] = order.get(who, 0) + weight / step
    ranked = sorted(order, key=lambda who: (-order[who], who))
    return ranked[:_CANDIDATES]


def _emission(page: Page, lines: Sequence[Line], at: int, who: int) -> float:
    line = lines[at]
    score = line.scores.get(who, 0.0)
    if score < 5:
        score += WEIGHTS.named * (who in line.named) + WEIGHTS.addressee * (who in line.addressees)
        score += WEIGHTS.hearer * (who in line.hearers)
    if not _fits(page.index, who, line.gender):
        score += WEIGHTS.gender
    if at and who in lines[at - 1].addressees and line.link != "same":
        score += WEIGHTS.answer
    if who in line.recent[:2]:
        score += WEIGHTS.recent
    return score


def _turn(line: Line) -> tuple[float, float]:
    """What counts for the same speaker again, and for the speaker before the last."""
    link = line.link
    if line.own:
        return WEIGHTS.own, 0.0
    if link == "same":
        return WEIGHTS.same, 0.0
    if link == "inside":
        return WEIGHTS.inside, 0.0
    return (WEIGHTS.again_none, WEIGHTS.back_none) if link == "none" else (WEIGHTS.again, WEIGHTS.back)


def _decide(page: Page, lines: Sequence[Line]) -> list[tuple[int, float]]:
    """For each line its most probable speaker and that probability, scene by scene."""
    sets = [_candidates(page, lines, at) or [-1] for at in range(len(lines))]
    decided = [(candidates[0], 1.0) for candidates in sets]
    for start, end in _scenes(lines):
        for first, last in _open_runs(sets, start, end):
            decided[first:last] = _forward_backward(page, lines, sets, first, last)
    return decided


def _open_runs(sets: Sequence[Sequence[int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches of a scene with a choice to make, with two decided lines on either side.

    Two decided lines in a row part what is before them from what is after: the state of the chain is two speakers.
    """
    first = last = -1
    for k in range(start, end):
        if len(sets[k]) > 1:
            if first >= 0 and k - last > 2:
                yield max(start, first - 2), min(end, last + 3)
                first = -1
            first, last = k if first < 0 else first, k
    if first >= 0:
        yield max(start, first - 2), min(end, last + 3)


def _scenes(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    start = 0
    for k, line in enumerate(lines):
        if k > start and line.gap > _SCENE:
            yield start, k
            start = k
    if lines:
        yield start, len(lines)


def _logsum(values: Sequence[float]) -> float:
    if len(values) == 1:
        return values[0]
    top = max(values)
    return top + math.log(sum(math.exp(v - top) for v in values))


def _forward_backward(
    page: Page, lines: Sequence[Line], every: Sequence[Sequence[int]], start: int, end: int
) -> list[tuple[int, float]]:
    """Posterior of each line's speaker, in a chain whose state is the last two speakers; `every`: the candidates."""
    sets = every[start:end]
    emissions = [
        {who: _emission(page, lines, start + i, who) if who >= 0 else 0.0 for who in sets[i]} for i in range(len(sets))
    ]

    turns = [_turn(lines[at]) for at in range(start, end)]

    def step(i: int, a: int, b: int, c: int) -> float:
        same, back = turns[i]
        if c == -1:
            return 0.0
        if c == b:
            return same
        return back if c == a else 0.0

    before: Sequence[int] = [-2]
    forward: list[dict[tuple[int, int], float]] = [{(-2, c): emissions[0][c] for c in sets[0]}]
    for i in range(1, len(sets)):
        row: dict[tuple[int, int], float] = {}
        for b in sets[i - 1]:
            for c in sets[i]:
                row[b, c] = emissions[i][c] + _logsum([forward[-1][a, b] + step(i, a, b, c) for a in before])
        before = sets[i - 1]
        forward.append(row)
    backward: list[dict[tuple[int, int], float]] = [dict.fromkeys(forward[-1], 0.0)]
    for i in range(len(sets) - 1, 0, -1):
        previous: dict[tuple[int, int], float] = {}
        for a, b in forward[i - 1]:
            previous[a, b] = _logsum([step(i, a, b, c) + emissions[i][c] + backward[-1][b, c] for c in sets[i]])
        backward.append(previous)
    backward.reverse()
    decided = []
    for i, candidates in enumerate(sets):
        if len(candidates) == 1:
            decided.append((candidates[0], 1.0))
            continue
        totals = {c: _logsum([v + backward[i][p] for p, v in forward[i].items() if p[1] == c]) for c in candidates}
        whole = _logsum(list(totals.values()))
        best = max(candidates, key=lambda c: (totals[c], -c))
        decided.append((best, math.exp(totals[best] - whole)))
    return decided
