"""Who the narration says is speaking: "...," said the old man; Emma answered: "..."; and so on.

A cue is found without knowing the cast: its subject is a string (a name, a pronoun, or a description).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from recognition.script import Gender
from recognition.text.english.quotations import Paragraph, Piece
from recognition.text.english.words import (
    ABBREVIATIONS,
    ACT_VERBS,
    ANIMAL_NOUNS,
    FEMALE_NOUNS,
    GROUP_NOUNS,
    MALE_NOUNS,
    PERSON_NOUNS,
    SPEECH_VERBS,
    TITLES,
    noun_gender,
)

SubjectKind = Literal["pronoun", "name", "description"]
SUBJECT_KINDS: tuple[SubjectKind, ...] = ("pronoun", "name", "description")


# The smaller the better: a verb of saying beside the speech; one in a sentence of its own; no verb of saying.
RANK = {"after": 0, "before": 0, "late": 2, "action": 3}


class Cue(NamedTuple):
    """`start` and `end` are the subject's place. `place` is where it stands: see RANK."""

    kind: SubjectKind
    subject: str
    start: int
    end: int
    place: str
    verb: str = ""


_TITLE = (
    r"(?:(?:" + "|".join(sorted(ABBREVIATIONS, key=lambda word: (-len(word), word))) + r")\b\.?"
    r"|(?:" + "|".join(sorted(TITLES - ABBREVIATIONS)) + r")\b)"
)
_CAPITAL = r"[A-Z][^\W\d_]*(?:['’-](?!s\b)[^\W\d_]+)*"
# White space inside a name: at most one line break, since a blank line ends a paragraph.
_GAP = r"(?:[ \t]+(?:\n[ \t]*)?|\n[ \t]*)"
NAME = (
    rf"(?:[Tt]he\s+)?(?:{_TITLE}{_GAP})*{_CAPITAL}"
    rf"(?:{_GAP}(?:(?:d[eui]|d[eé]l?la|of|of\s+the|von|van|v[oa]n\s+de[rn]|la|le){_GAP})?{_CAPITAL}|{_GAP}[A-Z]\.(?={_GAP}[A-Z]))*"
)
_PRONOUN = r"(?:[Hh]e|[Ss]he|I|[Tt]hey|[Ww]e|[Ii]t)\b"
_DETERMINER = (
    r"(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Mm]y|[Oo]ur|[Tt]heir|[Tt]hat|[Tt]his"
    r"|[Oo]ne\s+of\s+the|[Aa]nother|[Tt]he\s+other|[Bb]oth|[Ss]ome)"
)
_WORDS = r"(?:\s+(?!(?:and|or|but|was|were|had|to|at|who|which|that|he|she|it)\b)[\w’'-]+){1,5}?"
_BREAK = (
    r"(?=\s*[,.;:!?()—–“\"]|\s*--|\s*$|\s+(?:in|of|with|who|whom|as|and|to|at|from|on|by|when|while|after|before|but|for|that|which|"
    r"without|through|over|under|upon|into|again|once|then|than|behind|beside|near|looking|turning|rising|\w+ing|\w+ly)\b)"
)
_VERB = r"(?:" + "|".join(sorted(SPEECH_VERBS)) + r")\b"
_ADVERB = (
    r"(?:(?:\w+ly|then|again|now|also|still|just|never|only"
    r"|at\s+last|at\s+once|had|has|would|could|did|was|were|once\s+more)\s+){0,2}"
)
_LEAD = r"[”\"’'»]?[\s,;—–*_-]*(?:and\s+|so\s+|but\s+|then\s+|as\s+)?"

_INVERTED = re.compile(
    rf"{_LEAD}(?P<verb>{_VERB})\s+(?:\w+ly\s+)?(?:(?P<pronoun>{_PRONOUN})|(?P<name>(?!I\b){NAME})(?!\s+(?!(?:in|of|with|and)\b)[a-z]+ed\b(?=\s+(?:at|to)))"
    rf"|(?P<description>{_DETERMINER}{_WORDS}){_BREAK})"
)
_DIRECT = re.compile(
    rf"{_LEAD}(?:(?P<pronoun>{_PRONOUN})|(?P<name>{NAME})|(?P<description>{_DETERMINER}{_WORDS}))"
    rf"(?:,[^.!?“\"]{{3,60}},|\s+(?:in|of|with|on|at)\s+(?:the|a|his|her)\s+[\w\s’'-]{{2,30}}?)?\s+{_ADVERB}(?P<verb>{_VERB})"
)
_SUBJECT = re.compile(
    rf"(?:(?P<pronoun>{_PRONOUN})|(?P<name>{NAME})(?!['’]s)|(?P<description>{_DETERMINER}{_WORDS}(?=\s+(?:\w+ed|was|were|had|would|could|who|\w+ly|"
    rf"came|went|took|gave|made|shook|stood|sat|rose|ran|broke|looked|turned|began|put|drew|fell|got|held|threw|spoke|saw)\b)))"
)
_BEFORE = re.compile(
    rf"(?:(?P<pronoun>\b{_PRONOUN})|(?P<name>{NAME})|\b(?P<description>{_DETERMINER}{_WORDS}))\s+{_ADVERB}(?P<verb>{_VERB})"
)
# "..., who turned round and said": the subject stands before "who".
_WHO = re.compile(rf"(?:(?P<name>{NAME})|\b(?P<description>{_DETERMINER}{_WORDS})),?\s+who\s[^.!?;:]*$")
_ANY_VERB = re.compile(rf"\b{_VERB}")
_SENTENCE = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bMs)(?<!\b[A-Z])[.!?][”\"’')]*\s+(?=[A-Z“\"‘(])")
_SPACE = re.compile(r"\s+")


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of a stretch of narration."""
    found = []
    for match in _SENTENCE.finditer(text, start, end):
        found.append((start, match.end()))
        start = match.end()
    if start < end:
        found.append((start, end))
    return found


def _cue(match: re.Match[str], place: str) -> Cue:
    groups = match.groupdict()
    for given in SUBJECT_KINDS:
        if groups.get(given):
            kind: SubjectKind = given
            subject = _SPACE.sub(" ", groups[given])
            if kind == "name" and subject.split(" ")[0] in ("He", "She", "They", "We", "It"):
                kind, subject = "pronoun", subject.split(" ")[0]
            if kind == "name" and subject[:4] in ("The ", "the ") and subject[4:].islower():
                kind = "description"
            return Cue(kind, subject, match.start(given), match.end(), place, groups.get("verb") or "")
    raise AssertionError("one of the three always matches")


def cue_after(text: str, start: int, limit: int, content_end: str) -> Cue | None:
    """The cue that begins right behind a quotation. `content_end` is the last character inside the marks."""
    limit = min(limit, start + 200)
    snippet = text[start:limit]
    match = _INVERTED.match(snippet)
    if match and not (match["verb"] in ACT_VERBS and match["verb"][0].isupper()):
        return _shift(_cue(match, "after"), start)
    match = _DIRECT.match(snippet)
    if match:
        stop = _SENTENCE.search(snippet)
        if stop and stop.start() < match.start("verb"):
            return None
        subject = match["pronoun"] or match["name"] or match["description"]
        ended = content_end not in ",!?—–-" and subject[0].isupper()
        if subject[0].isupper() and not match["name"] and content_end not in ",—–-":
            ended = True
        return _shift(
            _cue(match, "action" if ended and match["verb"] in ACT_VERBS else "late" if ended else "after"), start
        )
    return None


def cue_before(text: str, start: int, end: int) -> Cue | None:
    """The cue in the sentence that ends at a quotation: Emma, rising, answered: "..."; he looked up and said, "..."."""
    parts = sentences(text, max(start, end - 400), end)
    if not parts:
        return None
    begin, stop = parts[-1]
    sentence = text[begin:stop].rstrip()
    if not sentence:
        return None
    open_end = sentence[-1] in ",:—–-"
    verb = _last(_ANY_VERB, sentence)
    if not open_end and not (verb and verb.end() == len(sentence)):
        return None
    if verb and len(sentence) - verb.end() <= 80:
        relative = _last(_WHO, sentence[: verb.start()])
        if relative:
            return _shift(_cue(relative, "before"), begin)._replace(verb=verb.group())
        direct = _last(_BEFORE, sentence)
        if direct and direct.start("verb") == verb.start():
            return _shift(_cue(direct, "before"), begin)
        subject = _SUBJECT.search(sentence)
        if subject and subject.start() < verb.start():
            return _shift(_cue(subject, "before"), begin)._replace(verb=verb.group())
        return None
    subject = _SUBJECT.search(sentence)
    return _shift(_cue(subject, "action"), begin) if subject else None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


def _shift(cue: Cue, by: int) -> Cue:
    return cue._replace(start=cue.start + by, end=cue.end + by)


def piece_cues(text: str, paragraphs: list[Paragraph], pieces: list[Piece]) -> list[Cue | None]:
    """The cue of each piece, where it has one of its own."""
    cues: list[Cue | None] = [None] * len(pieces)
    quoted = {piece.paragraph for piece in pieces}
    for index, piece in enumerate(pieces):
        paragraph = paragraphs[piece.paragraph]
        nearby = index + 1 < len(pieces) and pieces[index + 1].paragraph == piece.paragraph
        limit = pieces[index + 1].start - 1 if nearby else paragraph.end
        content_end = text[piece.end - 1 : piece.end]
        cue = None
        if piece.end + 1 < limit and not piece.open:
            cue = cue_after(text, piece.end, limit, content_end)
        if cue is None or cue.place != "after":
            preceded = index and pieces[index - 1].paragraph == piece.paragraph
            begin = pieces[index - 1].end + 1 if preceded else paragraph.start
            earlier = cue_before(text, begin, piece.start - 1) if piece.start - 1 > begin else None
            if (
                earlier is None
                and not preceded
                and piece.start - 1 <= paragraph.start + 1
                and piece.paragraph
                and piece.paragraph - 1 not in quoted
            ):
                above = paragraphs[piece.paragraph - 1]
                if text[above.end - 1] in ",:":
                    earlier = cue_before(text, above.start, above.end)
            if earlier and (cue is None or RANK[earlier.place] < RANK[cue.place]):
                cue = earlier
        cues[index] = cue
    return cues


def head_noun(description: str) -> str:
    """The noun that says what somebody is: waiter of "the tall waiter"."""
    words = description.split(" ")
    for word in reversed(words):
        if (
            word in MALE_NOUNS
            or word in FEMALE_NOUNS
            or word in PERSON_NOUNS
            or word in ANIMAL_NOUNS
            or word in GROUP_NOUNS
        ):
            return word
    return words[-1]


def is_person_noun(noun: str) -> bool:
    """True for what can speak: people, and the animals of fables."""
    return (
        noun in MALE_NOUNS
        or noun in FEMALE_NOUNS
        or noun in PERSON_NOUNS
        or noun in ANIMAL_NOUNS
        or noun in GROUP_NOUNS
    )


def subject_gender(cue: Cue) -> Gender:
    """What the subject itself tells: he and the waiter are male."""
    if cue.kind == "pronoun":
        word = cue.subject.lower()
        return "male" if word == "he" else "female" if word == "she" else "unknown"
    if cue.kind == "description":
        return noun_gender(head_noun(cue.subject.lower()))
    return "unknown"
