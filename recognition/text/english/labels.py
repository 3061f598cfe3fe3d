"""The names that one section uses, how it uses them, and what that tells of who is who."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field, fields

from recognition.script import Section
from recognition.text.english.cues import NAME, Cue, head_noun, is_person_noun, piece_cues
from recognition.text.english.names import key
from recognition.text.english.quotations import Piece, find_paragraphs, find_pieces
from recognition.text.english.words import NOT_PERSONS, SPEECH_VERBS, STARTERS, TITLES

_NAME = re.compile(NAME)
_LOWER = re.compile(r"\b[a-z][a-z'’-]+")
_SPACE = re.compile(r"\s+")
_NARRATOR = re.compile(r"\bI\b")
_OF = re.compile(r"\s+of(?:\s+the)?\s+.*$")
# What persons do, as against places: a verb of saying, or in the past.
_AGENT = re.compile(
    r"\s+(?:(?:\w+ly|then|also|now|never|still|just|only|again)\s+)?(?:\w+ed|looked|felt|knew|thought|saw|took|gave|went"
    r"|came|sat|stood|ran|rose|shook|made|put|got|held|spoke|wore|kept|left|could|would|drew|threw|heard|found|wrote|let|"
    + "|".join(sorted(SPEECH_VERBS))
    + r")\b"
)
_PLACE = re.compile(
    r"\b(?:in|at|from|near|through|round|around|leave|left|reached|into|outside|inside|across|visit|town\s+of|city\s+of)\s+$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:^|[,.!?;:—–-]\s*|\b(?:[Oo]h|O|[Aa]h|[Mm]y|[Dd]ear|[Pp]oor|[Dd]earest|[Oo]ld|[Yy]es|[Nn]o|[Ww]ell)\s+)$"
)
# The first pronoun in the rest of the sentence, if no other name comes before it.
_PRONOUN = re.compile(
    r"(?:[^A-Z.!?;“”\"](?!\b(?:he|him|his|himself|she|her|hers|herself)\b))*.(?:(he|him|his|himself)|(she|her|hers|herself))\b",
    re.DOTALL,
)
_APPOSITION = re.compile(rf"(?P<name>{NAME}),\s+(?P<what>the\s+(?:\w+\s+)?\w+),")
_KNOWN_AS = re.compile(
    rf"(?P<name>{NAME})[^.;!?“”\"]{{0,40}}?\b(?:known\s+(?:\w+\s+){{0,3}}as|nicknamed|alias|surnamed|(?:was|is)\s+called)\s+(?P<what>{NAME})"
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:;][”\"’')\]]*\s+|[“\"‘(\[_]\s*|--|—|\n\s*\n\s*)$")


@dataclass(slots=True)
class Label:
    """How one name is used. All but `surface` and `first` are counts of places; `first` is the first place."""

    surface: Counter[str] = field(default_factory=Counter)
    narrated: int = 0
    quoted: int = 0
    inner: int = 0  # not at the start of a sentence
    cues: int = 0
    agent: int = 0
    place: int = 0
    the: int = 0
    called: int = 0
    he: int = 0
    she: int = 0
    first: int = 1 << 60

    @property
    def count(self) -> int:
        return self.narrated + self.quoted

    @property
    def text(self) -> str:
        """The spelling used most."""
        return min(self.surface, key=lambda text: (-self.surface[text], text))

    def add(self, other: Label) -> None:
        self.surface.update(other.surface)
        for name in ("narrated", "quoted", "inner", "cues", "agent", "place", "the", "called", "he", "she"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.first = min(self.first, other.first)


@dataclass(slots=True)
class Scan:
    """What one section tells of names. Pairs are of keys of labels (names.key); "i" is the narrator."""

    labels: dict[str, Label] = field(default_factory=dict)
    lower: Counter[str] = field(default_factory=Counter)  # words written small
    spoken_to: Counter[tuple[str, str]] = field(default_factory=Counter)  # speaker, called: two persons
    replies: Counter[tuple[str, str]] = field(default_factory=Counter)  # called, who answers: perhaps one person
    called: Counter[str] = field(default_factory=Counter)  # called where the answer has a cue
    neighbours: Counter[tuple[str, str]] = field(default_factory=Counter)  # cues of turns beside each other
    alternates: Counter[tuple[str, str]] = field(default_factory=Counter)  # cues of turns with one between
    appositions: Counter[tuple[str, str]] = field(default_factory=Counter)
    lists: Counter[tuple[str, str]] = field(default_factory=Counter)  # "Ann and Ben"
    first_person: Counter[str] = field(default_factory=Counter)  # "I" in the narration, and its length

    def add(self, other: Scan) -> None:
        for identity, label in other.labels.items():
            self.labels.setdefault(identity, Label()).add(label)
        for one in fields(self)[1:]:
            getattr(self, one.name).update(getattr(other, one.name))


def pair(a: str, b: str) -> tuple[str, str]:
    """Two keys in a fixed order."""
    return (a, b) if a < b else (b, a)


def scan(section: Section) -> Scan:
    """Read the names of one section."""
    text = section.text
    result = Scan()
    paragraphs = find_paragraphs(text)
    pieces = find_pieces(text, paragraphs)
    result.lower.update(_LOWER.findall(text))
    vocatives = _names(section, pieces, result)
    for pattern in (_APPOSITION, _KNOWN_AS):
        for match in pattern.finditer(text):
            label, what = clean(match["name"]), match["what"]
            if label and (pattern is _KNOWN_AS or is_person_noun(what.split()[-1].lower())):
                result.appositions[key(label), key(clean(what) or what)] += 1
    _conversations(section, pieces, piece_cues(text, paragraphs, pieces), vocatives, result)
    result.first_person["length"] = len(text) - sum(piece.end - piece.start for piece in pieces)
    result.first_person["I"] = len(_NARRATOR.findall(text)) - sum(
        len(_NARRATOR.findall(text, piece.start, piece.end)) for piece in pieces
    )
    return result


def _names(section: Section, pieces: list[Piece], result: Scan) -> list[list[str]]:
    """Count all labels; the keys that each piece calls somebody by."""
    text = section.text
    starts = [piece.start for piece in pieces]
    vocatives: list[list[str]] = [[] for _ in pieces]
    previous, previous_end = "", -10
    for match in _NAME.finditer(text):
        raw = match.group()
        label = clean(raw)
        if not label:
            continue
        start = match.start() + raw.find(label.split(" ")[-1] if label.startswith("the ") else label.split(" ")[0])
        end = match.end()
        identity = key(label)
        at = bisect_left(starts, start + 1) - 1
        inside = at >= 0 and start < pieces[at].end
        entry = result.labels.get(identity)
        if entry is None:
            entry = result.labels[identity] = Label()
        entry.surface[label] += 1
        entry.first = min(entry.first, section.start + match.start())
        before = text[max(0, match.start() - 14) : match.start()]
        if " " in label or start > match.start() or not _SENTENCE_START.search(before):
            entry.inner += 1
        if label.startswith("the "):
            entry.the += 1
        if inside:
            entry.quoted += 1
            if text[end : end + 1] in ",.!?;—-" and _ADDRESS.search(text[max(pieces[at].start, start - 10) : start]):
                entry.called += 1
                vocatives[at].append(identity)
        else:
            entry.narrated += 1
            if _AGENT.match(text, end):
                entry.agent += 1
            pronoun = _PRONOUN.match(text, end, end + 90)
            if pronoun and pronoun.group(1):
                entry.he += 1
            elif pronoun:
                entry.she += 1
        if _PLACE.search(before):
            entry.place += 1
        if 0 < match.start() - previous_end < 6 and text[previous_end : match.start()].strip() == "and":
            result.lists[pair(previous, identity)] += 1
        previous, previous_end = identity, end
    return vocatives


def clean(raw: str) -> str:
    """A run of capitalised words as a label, without those that only begin a sentence; "" where nothing is left."""
    parts = _SPACE.sub(" ", raw).split(" ")
    article = ""
    if parts[0] in ("The", "the"):
        article = "the "
        del parts[0]
    while parts and parts[0].lower() in STARTERS and parts[0] not in TITLES:
        del parts[0]
        article = ""
    while parts and (
        parts[-1].strip(".") in _NEVER_LAST or (parts[-1][:-1].isupper() and parts[-1][-1:] == "." and len(parts) < 3)
    ):
        del parts[-1]
    if not parts or any(len(part) > 1 and part.isupper() for part in parts):
        return ""
    if len(parts) == 1 and not article and (parts[0].strip(".") in NOT_PERSONS or len(parts[0]) < 2):
        return ""
    if len(parts) > 1 and len(parts[-1]) == 1:
        return ""  # Mr. B: nobody can tell who that is
    label = " ".join(parts)
    if parts[0].strip(".") in TITLES and len(parts) > 2 and parts[1] not in ("of", "de"):
        label = _OF.sub("", label)
    return (article + label)[:100]


_NEVER_LAST = frozenset(
    ["I", "Oh", "And", "But", "Mr", "Mrs", "Dr", "Miss", "of", "the", "de", "The", "A", "He", "She"]
)


def _conversations(
    section: Section, pieces: list[Piece], cues: list[Cue | None], vocatives: list[list[str]], result: Scan
) -> None:
    """Who is called what, who answers, and whose turns stand beside each other."""
    turns: list[tuple[int, str, list[str]]] = []  # paragraph, key of the cue's subject, names called
    for index, piece in enumerate(pieces):
        cue = cues[index]
        subject = ""
        if cue and cue.place in ("after", "before"):
            if cue.kind == "name":
                subject = key(clean(cue.subject))
                if subject in result.labels:
                    result.labels[subject].cues += 1
            elif cue.kind == "description":
                subject = _describe(cue, section, result)
            elif cue.subject == "I":
                subject = "i"
        if turns and turns[-1][0] == piece.paragraph:
            number, known, names = turns[-1]
            turns[-1] = (number, known or subject, names + vocatives[index])
        else:
            turns.append((piece.paragraph, subject, list(vocatives[index])))
    for index, (paragraph, subject, names) in enumerate(turns):
        if subject:
            for name in names:
                result.spoken_to[subject, name] += 1
        if index + 1 < len(turns) and turns[index + 1][0] - paragraph <= 1:
            answer = turns[index + 1][1]
            if answer:
                for name in dict.fromkeys(names):
                    result.called[name] += 1
                    result.replies[name, answer] += 1
            if subject and answer and subject != answer:
                result.neighbours[pair(subject, answer)] += 1
        if index + 2 < len(turns) and turns[index + 2][0] - paragraph <= 2:
            answer = turns[index + 2][1]
            if subject and answer and subject != answer:
                result.alternates[pair(subject, answer)] += 1


def _describe(cue: Cue, section: Section, result: Scan) -> str:
    """Count a description that a cue names; those of belonging (his wife) mean another each time and get no key."""
    parts = cue.subject.lower().split(" ")
    noun = head_noun(cue.subject.lower())
    if parts[0] not in ("the", "a", "an") or not is_person_noun(noun):
        return ""
    while parts[-1] != noun:
        parts.pop()
    label = "the " + " ".join(parts[1:])
    identity = key(label)
    entry = result.labels.setdefault(identity, Label())
    entry.surface[label] += 1
    entry.narrated += 1
    entry.cues += 1
    entry.inner += 1
    entry.first = min(entry.first, section.start + cue.at)
    return identity
