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
    SPEECH_NOUNS,
    SPEECH_VERBS,
    STARTERS,
    TITLES,
    noun_gender,
    one_of,
)

SubjectKind = Literal["pronoun", "name", "description"]
SUBJECT_KINDS: tuple[SubjectKind, ...] = ("pronoun", "name", "description")

# The smaller the better: a verb of saying beside the speech; one in a sentence of its own; no verb of saying.
RANK = {"after": 0, "before": 0, "late": 2, "action": 3}


class Cue(NamedTuple):
    """`start` and `end` are the place of the whole cue, `at` is that of its subject. `place`: see RANK."""

    kind: SubjectKind
    subject: str
    at: int
    start: int
    end: int
    place: str


_TITLE = rf"(?:{one_of(ABBREVIATIONS)}\b\.?|{one_of(TITLES - ABBREVIATIONS)}\b)"
_CAPITAL = r"[A-Z][^\W\d_]*(?:['’-](?!s\b)[^\W\d_]+)*"
# White space inside a name: at most one line break, since a blank line ends a paragraph.
_GAP = r"(?:[ \t]+(?:\n[ \t]*)?|\n[ \t]*)"
_RANK = one_of(
    ["King", "Queen", "Duke", "Duchess", "Prince", "Princess", "Earl", "Count", "Countess", "Knave", "Bishop"]
)
_OF = rf"{_RANK}{_GAP}of(?:{_GAP}the)?"
# At most six words: without a bound a text of capitals alone takes the square of its length.
NAME = (
    rf"(?<![^\W_])(?:[Tt]he{_GAP}(?=[A-Z])|(?=[A-Z]))(?:{_TITLE}{_GAP}){{0,3}}(?:{_OF}{_GAP})?{_CAPITAL}"
    rf"(?:{_GAP}(?:(?:d[eui]|d[eé]l?la|von|van|v[oa]n\s+de[rn]|la|le){_GAP})?{_CAPITAL}"
    rf"|{_GAP}[A-Z]\.(?={_GAP}[A-Z])){{0,5}}"
)
_FIRST_WORDS = one_of({word.capitalize() for word in STARTERS} - TITLES)
# Poor Alice, the good Mrs. Hill, the unsentimental Mr. Sikes.
_EPITHET = (
    r"(?:(?:the\s+)?(?:(?:poor|old|young|little|dear|good|honest|great|worthy)\s+){1,2}(?=[A-Z])"
    rf"|the\s+[a-z-]+\s+(?={_TITLE}\s+[A-Z]))?"
)
_SUBJECT_NAME = rf"{_EPITHET}(?P<name>(?!{_FIRST_WORDS}\b(?!\s+[A-Z]))(?>{NAME}))(?!['’]s)"
_PRONOUN = r"(?P<pronoun>\b(?:[Hh]e|[Ss]he|I|[Tt]hey|[Ww]e|[Ii]t)\b)"
_DETERMINER = (
    r"\b(?:[Tt]he\s+other|[Tt]he|[Aa]nother|[Aa]n?|[Hh]is|[Hh]er|[Mm]y|[Oo]ur|[Tt]heir|[Tt]hat|[Tt]his"
    r"|[Oo]ne\s+of\s+the|[Bb]oth|[Ss]ome)"
)
_WORDS = r"(?:\s+(?!(?:and|or|but|was|were|had|to|at|who|which|that|he|she|it)\b)[\w’'-]+){1,5}?"
_DESCRIPTION = rf"(?P<description>{_DETERMINER}{_WORDS})"
# What may follow a description: the end of a clause, or the first word of what says more.
_BREAK = (
    r"(?=\s*[,.;:!?()—–“\"]|\s*--|\s*$|\s+(?:in|of|with|who|whom|as|and|to|at|from|on|by|when|while|after|before|but|for"
    r"|that|which|without|through|over|under|upon|into|again|once|then|than|behind|beside|near|\w+ing"
    r"|(?!(?:ugly|elderly|only|silly|surly|burly|lovely)\b)\w+ly)\b)"
)
_VERB = rf"(?P<verb>\b{one_of(SPEECH_VERBS)}\b)"
_ADVERB = (
    r"(?:(?:\w+ly|then|again|now|also|still|just|never|only|thus|soon|here|once|first"
    r"|at\s+last|at\s+once|had|has|would|could|did|was|were|once\s+more)\s+){0,2}"
)
_LEAD = r"[”\"’'»]?[\s,;—–*_-]*(?:and\s+|so\s+|but\s+|then\s+|as\s+)?"

# "...," put in Ann; "...," called out Ben.
_PARTICLE = (
    r"(?:(?:(?<=put)|(?<=cut)|(?<=struck)|(?<=joined)|(?<=chimed)|(?<=broke))\s+in|(?<=went)\s+on"
    r"|(?:(?<=called)|(?<=cried)|(?<=burst)|(?<=shouted)|(?<=blurted)|(?<=broke)|(?<=spoke))\s+(?:out|up))?"
)
_INVERTED = re.compile(
    rf"{_LEAD}{_VERB}{_PARTICLE}\s+(?:\w+ly\s+)?(?:{_PRONOUN}|{_SUBJECT_NAME}|{_DESCRIPTION}{_BREAK})"
)
_DIRECT = re.compile(
    rf"{_LEAD}(?:{_PRONOUN}|{_SUBJECT_NAME}|{_DESCRIPTION})"
    rf"(?:,[^.!?“\"]{{3,60}},|\s+(?:in|of|with|on|at)\s+(?:the|a|his|her)\s+[\w\s’'-]{{2,30}}?)?\s+{_ADVERB}{_VERB}"
)
# "...," was the firm reply of Emma; "...," was Emma's reply.
_REPLY = re.compile(
    rf"{_LEAD}was\s+(?:(?:the|his|her|a)\s+)?(?:[a-z-]+\s+){{0,3}}?{one_of(SPEECH_NOUNS)}\s+(?:of|from)\s+{_SUBJECT_NAME}"
)
_OWN_REPLY = re.compile(
    rf"{_LEAD}was\s+(?:(?P<name>{NAME})['’]s?|(?P<pronoun>his|her))\s+(?:[a-z-]+\s+){{0,3}}?{one_of(SPEECH_NOUNS)}\b"
)
_PAST = (
    r"(?=\s+(?:\w+ed|was|were|had|would|could|who|\w+ly|came|went|took|gave|made|shook|stood|sat|rose|ran|broke|began"
    r"|put|drew|fell|got|held|threw|spoke|saw)\b)"
)
_SUBJECT = re.compile(rf"{_PRONOUN}|{_SUBJECT_NAME}|{_DESCRIPTION}{_PAST}")
# What stands before the subject of a main clause, and of any clause.
_MAIN = re.compile(r"(?:^|[;:—–-]|(?:^|[\s,])(?:and|but|then|so)|\bthen,)\s*$", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?:^|\s|[,—–-])(?:while|when|as|which|that|till|until|for|whereupon|how|where)\s*$", re.IGNORECASE
)
_BEFORE = re.compile(rf"(?:{_PRONOUN}|{_SUBJECT_NAME}|{_DESCRIPTION})\s+{_ADVERB}{_VERB}")
# "..., who turned round and said": the subject stands before "who".
_WHO = re.compile(rf"(?:(?P<name>{NAME})|{_DESCRIPTION}),?\s+who\b[^.!?;:]*$")
_INSERTION = re.compile(r",[^,;:]*,\s*$")
_HEARD = re.compile(r"\b(?:heard|hear|hearing)\b")
_ANY_VERB = re.compile(_VERB)
_SENTENCE = re.compile(
    r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bMs)(?<!\b[A-Z])[.!?][”\"’')]*(?:\s+|--|—)(?=[A-Z“\"‘(])"
)
# Mr. Weston went on. "..."
_TOLD_LAST = re.compile(
    rf"\b(?:{one_of(SPEECH_VERBS - ACT_VERBS - {'swore'})}|began|went\s+on|continued)"
    r"(?:\s+(?:again|thus|aloud|once\s+more))?\.$"
)
_SPACE = re.compile(r"\s+")
_FAR = 80


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of a stretch of narration."""
    found = []
    for match in _SENTENCE.finditer(text, start, end):
        found.append((start, match.end()))
        start = match.end()
    if start < end:
        found.append((start, end))
    return found


def _cue(match: re.Match[str], place: str, shift: int) -> Cue:
    groups = match.groupdict()
    kind = next(kind for kind in SUBJECT_KINDS if groups.get(kind))
    subject = _SPACE.sub(" ", groups[kind])
    at = match.start(kind)
    start = min(at, match.start("verb")) if groups.get("verb") else at
    if kind == "name" and subject[:4] in ("The ", "the ") and subject[4:].islower():
        kind = "description"
    return Cue(kind, subject, at + shift, start + shift, match.end() + shift, place)


def cue_after(text: str, start: int, limit: int, content_end: str) -> Cue | None:
    """The cue that begins right behind a quotation. `content_end` is the last character inside the marks."""
    snippet = text[start : min(limit, start + 200)]
    match = _INVERTED.match(snippet)
    if match and not (match["verb"] in ACT_VERBS and match["verb"][0].isupper()):
        return _cue(match, "after", start)
    match = _REPLY.match(snippet) or _OWN_REPLY.match(snippet)
    if match:
        return _cue(match, "after", start)
    match = _DIRECT.match(snippet)
    if match is None:
        return None
    stop = _SENTENCE.search(snippet)
    if stop and stop.start() < match.start("verb"):
        return None
    # "He said" with a capital begins a sentence of its own, and may be another person's.
    subject = match["pronoun"] or match["name"] or match["description"]
    going_on = ",—–-" if not match["name"] else ",!?—–-"
    if content_end in going_on or content_end.isalnum() or not subject[0].isupper():
        return _cue(match, "after", start)
    return _cue(match, "action" if match["verb"] in ACT_VERBS else "late", start)


def cue_before(text: str, start: int, end: int) -> Cue | None:
    """The cue in the sentence that ends at a quotation: Emma, rising, answered: "..."; he looked up and said, "..."."""
    parts = sentences(text, max(start, end - 400), end)
    if not parts:
        return None
    begin, stop = parts[-1]
    sentence = text[begin:stop].rstrip().rstrip(".")
    verb = _last(_ANY_VERB, sentence)
    if sentence[-1:] not in (",", ":", "—", "–", "-") and not (verb and verb.end() == len(sentence)):
        return None
    if verb is None or len(sentence) - verb.end() > _FAR:
        subject = _SUBJECT.search(sentence)
        return _cue(subject, "action", begin) if subject else None
    found = _last(_BEFORE, sentence)
    if found is None or found.start("verb") != verb.start():
        found = _subject(sentence[: verb.start()])
    return _cue(found, "before", begin)._replace(end=begin + verb.end()) if found else None


def _subject(clause: str) -> re.Match[str] | None:
    """The subject of the verb behind `clause`: of the last main clause, then of any; nobody whom another hears."""
    who = _last(_WHO, clause)
    subjects = list(_SUBJECT.finditer(clause))
    main = [match for match in subjects if _MAIN.search(clause, 0, match.start()) or _resumes(clause, match)]
    if who and (not main or main[-1].start() <= who.start()):
        return who
    any_clause = [match for match in subjects if _CLAUSE.search(clause, 0, match.start())]
    found = (main or any_clause or subjects[:1])[-1:]
    return found[0] if found and not _HEARD.search(clause, found[0].end()) else None


def _resumes(clause: str, match: re.Match[str]) -> bool:
    """True for a subject that still waits for its verb: when Ann had ended, he said; when Ann, after a while, said."""
    if match["pronoun"] and match["pronoun"].lower() in ("he", "she", "i"):
        return clause[: match.start()].rstrip().endswith(",")
    return bool(_INSERTION.match(clause, match.end()))


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


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
                leads = text[above.end - 1] in ",:-—–"
                if leads or _TOLD_LAST.search(text, max(above.start, above.end - 60), above.end):
                    earlier = cue_before(text, above.start, above.end)
            if earlier and preceded and _goes_on(text, pieces[index - 1], cues[index - 1], earlier):
                earlier = None
            if earlier and (cue is None or RANK[earlier.place] < RANK[cue.place]):
                cue = earlier
        cues[index] = cue
    return cues


def _goes_on(text: str, before: Piece, cue: Cue | None, earlier: Cue) -> bool:
    """True where a cue interrupts a line, and a clause hangs on it: "...," said Ann, when Ben had gone, "..."."""
    told = cue is not None and cue.place == "after" and cue.start >= before.end
    return told and bool(_CLAUSE.search(text, before.end, earlier.at))


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
        return "male" if word in ("he", "his") else "female" if word in ("she", "her") else "unknown"
    if cue.kind == "description":
        return noun_gender(head_noun(cue.subject.lower()))
    return "unknown"
