"""Who says each turn of a section: the evidence for each candidate is weighed, and the whole section decided at once.

The weights of the evidence add up (evidence.py); between neighbouring turns stand the weights of taking turns. Over all
ways to cast the whole section, the most probable speaker of each turn is chosen: a linear-chain conditional random
field over pairs of speakers (Lafferty, McCallum and Pereira 2001), decoded by its marginals, which are the confidence.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from recognition.script import Cast, Quotation, QuotationKind, Section
from recognition.text.english.evidence import NOBODY, Candidates, gather
from recognition.text.english.names import Lexicon, find_narrator
from recognition.text.english.scenes import Turn, read_scene
from recognition.text.english.weights import RELIABILITY, USUAL_RELIABILITY, WEIGHTS

_NO_TURN = -2
# A wrong name is worse than none. From this probability on nobody of the cast speaks: measured, it costs no right name.
_NOBODY_FROM = 0.8


class Decision(NamedTuple):
    """`who` is a place in the cast, or None; `method` names what told most."""

    who: int | None = None
    confidence: float = 0.0
    method: str = ""


def attribute(section: Section, cast: Cast, *, coreference: bool) -> tuple[Quotation, ...]:
    """The quotations of a section with their speakers, in order."""
    lexicon = lexicon_of(cast)
    scene = read_scene(section.text, lexicon, find_narrator(cast))
    if coreference:
        decisions = decide(scene.turns, gather(scene, lexicon))
    else:
        decisions = [_by_cue_alone(turn) for turn in scene.turns]
    quotations: list[tuple[int, Quotation]] = []
    for turn, (who, confidence, method) in zip(scene.turns, decisions, strict=True):
        addressee = next((name for name in turn.addressed + turn.told if name != who), None)
        evidence = turn.cue and who is not None and (section.start + turn.cue.start, section.start + turn.cue.end)
        for index in turn.pieces:
            piece = scene.pieces[index]
            quotation = Quotation(
                start=section.start + piece.start,
                end=section.start + piece.end,
                continues=None if piece.continues is None else section.start + piece.continues,
                speaker=None if who is None else cast[who].name,
                kind=_kind(turn),
                method=method,
                confidence=round(confidence, 3),
                evidence=evidence or None,
                addressee=None if addressee is None else cast[addressee].name,
            )
            quotations.append((index, quotation))
    return tuple(quotation for _, quotation in sorted(quotations, key=lambda pair: pair[0]))


@lru_cache(maxsize=4)
def lexicon_of(cast: Cast) -> Lexicon:
    """The names of a cast, made once for all sections of a book."""
    return Lexicon(cast)


def _by_cue_alone(turn: Turn) -> Decision:
    return Decision(turn.cued, reliability("cue"), "cue") if turn.is_named else Decision()


def _kind(turn: Turn) -> QuotationKind:
    if not turn.cue or not turn.is_told:
        return "implicit"
    return "explicit" if turn.cue.kind == "name" else "anaphoric"


def decide(turns: list[Turn], table: list[Candidates]) -> list[Decision]:
    """For each turn the most probable speaker."""
    return [_choose(*row) for row in zip(table, marginals(turns, table), turns, strict=True)]


def marginals(turns: list[Turn], table: list[Candidates]) -> list[list[float]]:
    """The probability of each candidate of each turn.

    Sums forward and backward over the pairs (speaker of the turn before, speaker), scaled at each turn so that no
    number of turns can overflow.
    """
    if not turns:
        return []
    rows = [row.who for row in table]
    steps = [_step(turns, table, rows, index) for index in range(len(turns))]
    forward = [_normal([steps[0][0][0]])]
    for step in steps[1:]:
        past = forward[-1]
        now = [
            [sum(past[i][j] * step[i][j][k] for i in range(len(step))) for k in range(len(step[0][0]))]
            for j in range(len(step[0]))
        ]
        forward.append(_normal(now))
    found: list[list[float]] = []
    backward = [[1.0] * len(row) for row in forward[-1]]
    for index in range(len(turns) - 1, -1, -1):
        masses = [
            sum(forward[index][j][k] * backward[j][k] for j in range(len(backward))) for k in range(len(rows[index]))
        ]
        total = sum(masses) or 1.0
        found.append([mass / total for mass in masses])
        step = steps[index]
        backward = _normal(
            [[sum(map(_product, step[i][j], backward[j])) for j in range(len(step[0]))] for i in range(len(step))]
        )
    return found[::-1]


def _choose(candidates: Candidates, shares: list[float], turn: Turn) -> Decision:
    """The most probable speaker, unless it is much more probable that nobody of the cast speaks."""
    best = max(range(len(shares)), key=lambda k: (candidates.who[k] != NOBODY, shares[k], -k))
    nobody = shares[candidates.who.index(NOBODY)] if NOBODY in candidates.who else 0.0
    if candidates.who[best] == NOBODY or nobody > _NOBODY_FROM:
        return Decision()
    method = _method(candidates.features[best], turn)
    return Decision(candidates.who[best], shares[best] * reliability(method), method)


def reliability(method: str) -> float:
    """The confidence of a decision that is certain by all its evidence."""
    return RELIABILITY.get(method, USUAL_RELIABILITY)


def _product(a: float, b: float) -> float:
    return a * b


def _normal(matrix: list[list[float]]) -> list[list[float]]:
    total = sum(map(sum, matrix)) or 1.0
    return [[value / total for value in row] for row in matrix]


def _step(turns: list[Turn], table: list[Candidates], rows: list[list[int]], index: int) -> list[list[list[float]]]:
    """Weights [speaker two turns before][speaker before][speaker] of one turn; a missing turn has one dummy speaker."""
    here = rows[index]
    scores = [sum(WEIGHTS.get(name, 0.0) for name in names) for names in table[index].features]
    weights = [math.exp(score - max(scores)) for score in scores]
    last = rows[index - 1] if index else [_NO_TURN]
    earlier = rows[index - 2] if index > 1 else [_NO_TURN]
    before = turns[index - 1] if index else None
    same, back, third = (math.exp(WEIGHTS.get(name, 0.0)) for name in transitions(turns[index], before))
    return [
        [
            [
                w * (third if c == NOBODY else same if c == b else back if c == a else third)
                for c, w in zip(here, weights, strict=True)
            ]
            for b in last
        ]
        for a in earlier
    ]


def transitions(turn: Turn, before: Turn | None) -> tuple[str, str, str]:
    """Names of what may happen between two turns: the same goes on, the one before comes back, or a third speaks.

    They differ by how much narration stands between (p: the turns share a paragraph), and before that.
    """
    if before is None:
        return "", "", ""
    gap = "p" if turn.gap < 0 else str(min(turn.gap, 2))
    asked = " question" if before.question and turn.gap == 0 else ""
    return f"same {gap}{asked}", f"back {gap} {min(max(before.gap, 0), 2)}", f"third {gap}"


def _method(features: list[str], turn: Turn) -> str:
    """The kind of the evidence that told most for a speaker."""
    if turn.cue and turn.is_told:
        if turn.cue.subject == "I":
            return "narrator"
        if turn.is_named:
            return "cue"
        return "pronoun" if turn.cue.kind == "pronoun" else "description"
    top = max(features, key=lambda name: (WEIGHTS.get(name, 0.0), name), default="")
    if top.startswith(("addressed", "told")):
        return "reply"
    if top.startswith(("cue ", "acts", "before")) or " after " in top:
        return "action"
    return "narration" if top.startswith(("lead", "led", "follow")) else "turns"
