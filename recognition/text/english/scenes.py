"""A section as a row of turns, each with what the text tells of its speaker: cues, names beside it, address, gaps."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import NamedTuple

from recognition.script import Gender
from recognition.text.english.cues import RANK, Cue, is_person_noun, piece_cues, sentences, subject_gender
from recognition.text.english.names import Lexicon, Mention
from recognition.text.english.quotations import Paragraph, Piece, find_paragraphs, find_pieces

_OBJECT = re.compile(
    r"\b(?:to|at|with|of|for|from|by|upon|on|in|into|after|beside|behind|before|near|about|towards?|against|between|like|than|over|"
    r"told|asked|saw|heard|him|her|them|and\s+to|see|let|made|gave|left|met|found|thanked|kissed|watched|seized|called|named)"
    r"\s+(?:(?:poor|dear|old|little|young|the|my|his|her)\s+){0,2}$",
    re.IGNORECASE,
)
_SUBJECT_PRONOUN = re.compile(
    r"(?:^|[.!?;,]\s+|\b(?:and|but|then|as|when|that|for|so)\s+)[\"”’]?(?P<word>[Hh]e|[Ss]he|I)\b(?!['’])"
)
_ADDRESS_BEFORE = re.compile(
    r"(?:^|[,.!?;:—–-]\s*|[,.!?;:—–-]\s*\"?|"
    r"\b(?:oh|O|ah|well|yes|no|and|but|you|thank you|my|now|come|please|dear|then)\s+)"
    r"(?:(?:my|dear|dearest|poor|old|good|sweet|little|young|own|darling|friend|brother|sister|the)\s+){0,4}$",
    re.IGNORECASE,
)
# Sir and ma'am, set off by commas, tell the gender of the one spoken to.
_SIR = re.compile(
    r"(?:^|[,.!?;:—–-]\s*)(?:my\s+dear\s+|my\s+|dear\s+|old\s+|good\s+|young\s+)*"
    r"(?:(?P<male>sir|fellow|boy|lad|chap|man|papa|father|your\s+honou?r|my\s+lord|brother|uncle|monsieur|sire)"
    r"|(?P<female>ma['’]?am|madam|miss|girl|mamma|mama|mother|my\s+lady|sister|aunt|madame|mademoiselle))"
    r"(?=\s*[,.!?;:—–-]|$)",
    re.IGNORECASE,
)
_TOLD = re.compile(r"\b(?:to|at)\s+$")


class Place(NamedTuple):
    """A mention in the narration. `role`: subject, object, or owner ("Emma's father")."""

    who: int
    start: int
    role: str


@dataclass(slots=True)
class Turn:
    """What one person says at a stretch: normally the speech of one paragraph.

    before, after: mentions in the narration of its own paragraph(s), before its first piece and after that.
    gap: number of paragraphs of narration since the turn before (-1: it is in the same paragraph).
    lead: mentions in the paragraph of narration just before; `led`: it ends with a colon. follow: the first after it.
    addressed, named: characters the speech speaks to, and about. told: whom the cue says it was said to.
    """

    pieces: list[int]
    paragraph: int
    last_paragraph: int
    cue: Cue | None = None
    cued: int | None = None
    before: list[Place] = field(default_factory=list)
    after: list[Place] = field(default_factory=list)
    gap: int = 0
    lead: list[Place] = field(default_factory=list)
    led: bool = False
    follow: list[Place] = field(default_factory=list)
    addressed: list[int] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    acts: str = ""
    question: bool = False
    spoken_to: Gender = "unknown"
    lead_gender: Gender = "unknown"

    @property
    def description(self) -> str:
        """What the cue calls a speaker without naming him, "" where it has a name or a pronoun."""
        return self.cue.subject.lower() if self.cue and self.cue.kind == "description" else ""

    @property
    def is_named(self) -> bool:
        """True where a verb of saying stands beside the speech with the name of a character."""
        return self.is_told and self.cued is not None and not self.description

    @property
    def is_told(self) -> bool:
        """True where a verb of saying stands beside the speech."""
        return self.cue is not None and self.cue.place in ("after", "before")


_PRONOUN_GENDERS: dict[str, Gender] = {"he": "male", "she": "female"}


@dataclass(slots=True)
class Scene:
    """A section that was read: its paragraphs and pieces, and its turns in order."""

    text: str
    paragraphs: list[Paragraph]
    pieces: list[Piece]
    turns: list[Turn]
    places: list[Place]  # of the whole narration
    place_paragraphs: list[int]
    narrator: int | None  # who says "I" in its narration


def read_scene(text: str, lexicon: Lexicon, narrator: int | None = None) -> Scene:
    """Find everything in a section that tells of its speakers. `narrator` is who says "I" where the narration does."""
    paragraphs = find_paragraphs(text)
    pieces = find_pieces(text, paragraphs)
    cues = piece_cues(text, paragraphs, pieces)
    mentions = lexicon.find(text)
    starts = [piece.start for piece in pieces]
    narrated: list[Place] = []
    spoken: list[list[Mention]] = [[] for _ in pieces]
    for mention in mentions:
        at = bisect_left(starts, mention.start + 1) - 1
        if at >= 0 and mention.start < pieces[at].end:
            spoken[at].append(mention)
        else:
            narrated.append(Place(mention.who, mention.start, _role(text, mention)))
    own = _first_person(text, pieces)
    if len(own) <= 2 or len(own) * 400 <= len(text) - sum(piece.end - piece.start for piece in pieces):
        narrator = None
    if narrator is not None:
        narrated = sorted([*narrated, *(Place(narrator, *place) for place in own)], key=_start)
    begins = [paragraph.start for paragraph in paragraphs]
    place_paragraphs = [bisect_left(begins, place.start + 1) - 1 for place in narrated]
    by_paragraph: dict[int, list[Place]] = {}
    for place, number in zip(narrated, place_paragraphs, strict=True):
        by_paragraph.setdefault(number, []).append(place)
    named = [_named(cue, narrated, narrator, lexicon) for cue in cues]
    for index, cue in enumerate(cues):
        # The Policeman, who is not in the cast, is a policeman.
        if cue and cue.kind == "name" and named[index] is None and is_person_noun(cue.subject.split(" ")[-1].lower()):
            cues[index] = cue._replace(kind="description")
    turns = _turns(pieces, cues, named, lexicon)
    previous = -1
    for turn in turns:
        first, last = pieces[turn.pieces[0]], pieces[turn.pieces[-1]]
        turn.gap = -1 if turn.paragraph == previous else turn.paragraph - previous - 1
        previous = turn.last_paragraph
        for number in range(turn.paragraph, turn.last_paragraph + 1):
            for place in by_paragraph.get(number, ()):
                (turn.before if place.start < first.start else turn.after).append(place)
        if turn.gap > 0:
            turn.lead = by_paragraph.get(turn.paragraph - 1, [])
            above = paragraphs[turn.paragraph - 1]
            turn.led = text[above.end - 1] == ":"
            if not turn.lead:
                pronouns = [match["word"] for match in _SUBJECT_PRONOUN.finditer(text, above.start, above.end)]
                turn.lead_gender = _PRONOUN_GENDERS.get(pronouns[-1].lower(), "unknown") if pronouns else "unknown"
        for index in turn.pieces:
            address = _SIR.search(text[pieces[index].start : pieces[index].end])
            if address:
                turn.spoken_to = "male" if address["male"] else "female"
            for mention in spoken[index]:
                here = turn.addressed if is_address(text, pieces[index], mention) else turn.named
                if mention.who not in here:
                    here.append(mention.who)
        if turn.cue and turn.cue.place in ("after", "before"):
            turn.told = [
                p.who
                for p in turn.after + turn.before
                if 0 <= p.start - turn.cue.end < 40 and _TOLD.search(text[p.start - 4 : p.start])
            ]
        if turn.cue is None:
            turn.acts = _acts(text, paragraphs[turn.paragraph], first, last)
        turn.question = text[last.end - 1 : last.end] == "?"
    for turn, following in zip(turns, [*turns[1:], None], strict=False):
        if following is None or following.gap > 0:
            turn.follow = by_paragraph.get(turn.last_paragraph + 1, [])
    return Scene(text, paragraphs, pieces, turns, narrated, place_paragraphs, narrator)


_OWN = re.compile(r"\b(?:(?P<subject>I)|(?P<object>me|myself)|(?P<owner>my))\b(?!\.)")


def _first_person(text: str, pieces: list[Piece]) -> list[tuple[int, str]]:
    """Where the narration says I, me and my, and in which role."""
    found, start = [], 0
    for begin, end in [*((piece.start, piece.end) for piece in pieces), (len(text), len(text))]:
        found += [(match.start(), match.lastgroup or "") for match in _OWN.finditer(text, start, begin)]
        start = end
    return found


def _role(text: str, mention: Mention) -> str:
    if text[mention.end : mention.end + 2] in ("'s", "’s"):
        return "owner"
    return "object" if _OBJECT.search(text[max(0, mention.start - 30) : mention.start]) else "subject"


def is_address(text: str, piece: Piece, mention: Mention) -> bool:
    """True for a name that the speech calls somebody by: set off by commas or the like on both sides."""
    after = text[mention.end : min(piece.end + 1, mention.end + 3)]
    if after[:1] == "." and after[1:2] in ",!?;":
        after = after[1:]
    if mention.end < piece.end and after[:1] not in ",.!?;:—–-":
        return False
    return bool(_ADDRESS_BEFORE.search(text[max(piece.start, mention.start - 40) : mention.start]))


def _acts(text: str, paragraph: Paragraph, first: Piece, last: Piece) -> str:
    """The pronoun that is the subject of the sentence beside the speech, if it is one: "..." He shook his head."""
    for begin, stop in ((last.end + 1, paragraph.end), (paragraph.start, first.start - 1)):
        if stop > begin:
            parts = sentences(text, begin, stop)
            begin, stop = parts[0] if begin > first.start else parts[-1]
            match = _SUBJECT_PRONOUN.search(text[begin:stop].strip())
            if match:
                return match["word"].lower()
    return ""


def _named(cue: Cue | None, places: list[Place], narrator: int | None, lexicon: Lexicon) -> int | None:
    """Whom a cue names: whose name begins in its subject; that of "the voice of Ann" is in what follows."""
    if cue is None or cue.kind == "pronoun":
        return narrator if cue and cue.subject == "I" else None
    limit = cue.at + len(cue.subject) + (10 if cue.subject.endswith(" voice") else 0)
    index = bisect_left(places, cue.at, key=_start)
    if index < len(places) and places[index].start < limit:
        return places[index].who
    return lexicon.described(cue.subject.lower()) if cue.kind == "description" else None


def _start(place: Place) -> int:
    return place.start


def _turns(pieces: list[Piece], cues: list[Cue | None], named: list[int | None], lexicon: Lexicon) -> list[Turn]:
    turns: list[Turn] = []
    for index, piece in enumerate(pieces):
        cue, who = cues[index], named[index]
        turn = turns[-1] if turns else None
        goes_on = turn is not None and (
            (piece.paragraph == turn.last_paragraph and not _other(turn, cue, who, lexicon))
            or (piece.continues is not None and pieces[index - 1].open)
        )
        if turn is None or not goes_on:
            turn = Turn([], piece.paragraph, piece.paragraph)
            piece.continues = None
            turns.append(turn)
        turn.pieces.append(index)
        turn.last_paragraph = piece.paragraph
        if cue and (
            turn.cue is None or (RANK[cue.place], cue.kind != "name") < (RANK[turn.cue.place], turn.cue.kind != "name")
        ):
            turn.cue, turn.cued = cue, who
    return turns


def _other(turn: Turn, cue: Cue | None, who: int | None, lexicon: Lexicon) -> bool:
    """True where a cue names another speaker than the turn's own in the same paragraph."""
    if cue is None or turn.cue is None or RANK[cue.place] > 0 or RANK[turn.cue.place] > 0:
        return False
    if who is not None and turn.cued is not None:
        return who != turn.cued
    mine = cue_gender(cue, None if who is None else lexicon.genders[who])
    theirs = cue_gender(turn.cue, None if turn.cued is None else lexicon.genders[turn.cued])
    if (cue.subject == "I") != (turn.cue.subject == "I"):
        return True
    return "unknown" not in (mine, theirs) and mine != theirs


def cue_gender(cue: Cue, known: Gender | None) -> Gender:
    """The gender of the one a cue names, who may be known."""
    return known or subject_gender(cue)
