"""The people of a book: labels gathered section by section, then joined where the evidence says they are one person."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from recognition.script import Cast, Character, Gender, Kind, Section
from recognition.text.english.cues import NAME, Cue, head_noun, is_person_noun, piece_cues
from recognition.text.english.names import Name, is_description, key, parse
from recognition.text.english.quotations import Piece, find_paragraphs, find_pieces
from recognition.text.english.words import (
    FEMALE_NAMES,
    GROUP_NOUNS,
    MALE_NAMES,
    NICKNAMES,
    NOT_PERSONS,
    SPEECH_VERBS,
    STARTERS,
    TITLES,
    noun_gender,
    words,
)

_NAME = re.compile(NAME)
_LOWER = re.compile(r"\b[a-z][a-z'’-]+")
_SPACE = re.compile(r"\s+")
_AGENT = re.compile(
    r"\s+(?:(?:\w+ly|then|also|now|never|still|just|only|again)\s+)?(?:\w+ed|looked|felt|knew|thought|saw|took|gave|went|came|sat|stood|ran|rose|shook|made|"
    r"turned|smiled|put|got|held|told|began|spoke|wore|kept|left|could|would|drew|threw|heard|found|read|wrote|let|laughed|"
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
_HE = re.compile(r"\b(?:he|him|his|himself)\b", re.IGNORECASE)
_SHE = re.compile(r"\b(?:she|her|hers|herself)\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:(he|him|his|himself)|(she|her|hers|herself))\b", re.IGNORECASE)
_APPOSITION = re.compile(rf"(?P<name>{NAME}),\s+(?P<what>the\s+(?:\w+\s+)?\w+),")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;][”\"’')\]]*\s+|[“\"‘(\[_]\s*|--|—|\n\s*\n\s*)$")


@dataclass(slots=True)
class Label:
    """How one name is used. Counts of places; `first` is the first place in the text."""

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

    def add(self, other: Label) -> None:
        self.surface.update(other.surface)
        for name in ("narrated", "quoted", "inner", "cues", "agent", "place", "the", "called", "he", "she"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.first = min(self.first, other.first)


@dataclass(slots=True)
class Scan:
    """What one section tells of names. Pairs are of keys of labels."""

    labels: dict[str, Label] = field(default_factory=dict)
    lower: Counter[str] = field(default_factory=Counter)
    spoken_to: Counter[tuple[str, str]] = field(default_factory=Counter)  # (speaker, called): two persons
    replies: Counter[tuple[str, str]] = field(default_factory=Counter)  # (called, who answers): perhaps one person
    called: Counter[str] = field(default_factory=Counter)  # called, and the answer has a cue
    neighbours: Counter[tuple[str, str]] = field(default_factory=Counter)  # cues of turns next to each other
    alternates: Counter[tuple[str, str]] = field(default_factory=Counter)  # cues of turns with one between
    appositions: Counter[tuple[str, str]] = field(default_factory=Counter)
    lists: Counter[tuple[str, str]] = field(default_factory=Counter)
    first_person: int = 0
    narration: int = 0


def scan(section: Section) -> Scan:
    """Read the names of one section."""
    text = section.text
    result = Scan()
    paragraphs = find_paragraphs(text)
    pieces = find_pieces(text, paragraphs)
    cues = piece_cues(text, paragraphs, pieces)
    result.lower.update(_LOWER.findall(text))
    starts = [piece.start for piece in pieces]
    vocatives: list[list[str]] = [[] for _ in pieces]
    previous: tuple[str, int] | None = None
    for match in _NAME.finditer(text):
        label = _clean(match.group(), result.lower)
        if not label:
            continue
        start = match.start() + match.group().find(label.split(" ")[0])
        end = match.end()
        identity = key(label)
        at = bisect_left(starts, start + 1) - 1
        inside = at >= 0 and start < pieces[at].end
        entry = result.labels.setdefault(identity, Label())
        entry.surface[label] += 1
        entry.first = min(entry.first, section.start + start)
        before = text[max(0, match.start() - 14) : match.start()]
        if (
            not _SENTENCE_START.search(before)
            or start > match.start()
            or (" " in label and label[0].isupper() and not label.startswith("The "))
        ):
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
            after = text[end : end + 90]
            stop = after.find('"')
            pronoun = _PRONOUN.search(after if stop < 0 else after[:stop])
            if pronoun and not _NAME_OTHER.search(after[: pronoun.start()]):
                if pronoun.group(1):
                    entry.he += 1
                else:
                    entry.she += 1
        if _PLACE.search(before):
            entry.place += 1
        if previous and 0 < start - previous[1] < 6 and text[previous[1] : start].strip() == "and":
            result.lists[_pair(previous[0], identity)] += 1
        previous = (identity, end)
    for match in _APPOSITION.finditer(text):
        label = _clean(match["name"], result.lower)
        if label and is_person_noun(match["what"].split()[-1].lower()):
            result.appositions[key(label), key(match["what"])] += 1
    _conversations(section, pieces, cues, vocatives, result)
    outside = len(text) - sum(piece.end - piece.start for piece in pieces)
    result.narration = outside
    result.first_person = len(re.findall(r"\bI\b", text)) - sum(
        len(re.findall(r"\bI\b", text[p.start : p.end])) for p in pieces
    )
    return result


_NAME_OTHER = re.compile(r"\b[A-Z][a-z]+\s")


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def _clean(raw: str, lower: Counter[str]) -> str:
    """A run of capitalised parts without the parts that only begin a sentence; "" where nothing is left."""
    parts = _SPACE.sub(" ", raw).split(" ")
    article = ""
    if parts[0] in ("The", "the"):
        article = "the "
        parts = parts[1:]
    while parts and (
        (parts[0].strip(".").lower() in STARTERS and parts[0].strip(".") not in TITLES) or parts[0].strip(".").isdigit()
    ):
        parts = parts[1:]
        article = ""
    while parts and parts[-1] in (
        "I",
        "Oh",
        "And",
        "But",
        "Mr",
        "Mrs",
        "Mr.",
        "Mrs.",
        "Dr.",
        "Miss",
        "of",
        "the",
        "de",
    ):
        parts = parts[:-1]
    if not parts:
        return ""
    if any(len(word.strip(".")) > 1 and word.isupper() for word in parts):
        return ""
    if len(parts) == 1 and ((parts[0].strip(".") in NOT_PERSONS and not article) or len(parts[0]) < 2):
        return ""
    if len(parts) == 1 and parts[0].strip(".") in TITLES:
        article = article or ""
    return (article + " ".join(parts))[:100]


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
                cleaned = _clean(cue.subject, result.lower)
                subject = key(cleaned) if cleaned else ""
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
                result.neighbours[_pair(subject, answer)] += 1
        if index + 2 < len(turns) and turns[index + 2][0] - paragraph <= 2:
            answer = turns[index + 2][1]
            if subject and answer and subject != answer:
                result.alternates[_pair(subject, answer)] += 1


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
    entry.first = min(entry.first, section.start + cue.start)
    return identity


# ------------------------------------------------------------------------------------------------------- joining


@dataclass(slots=True)
class _Group:
    """Labels held to be one person."""

    labels: list[str]
    gender: Gender
    names: list[Name]


def find_cast(scans: Sequence[Scan], *, coreference: bool, threshold: float) -> Cast:
    """The persons of a book, by first place."""
    book = Scan()
    for one in scans:
        for identity, label in one.labels.items():
            book.labels.setdefault(identity, Label()).add(label)
        for name in ("lower", "spoken_to", "replies", "called", "neighbours", "alternates", "appositions", "lists"):
            getattr(book, name).update(getattr(one, name))
        book.first_person += one.first_person
        book.narration += one.narration
    persons = {identity: label for identity, label in book.labels.items() if _is_person(identity, label, book)}
    groups = _join(persons, book, threshold) if coreference else [[identity] for identity in persons]
    cast = [_character(group, persons) for group in groups]
    if book.first_person >= 20 and book.first_person * 400 >= book.narration:
        where = _narrator(book, persons, groups)
        if where is None:
            cast.append(Character("I", kind="narrator"))
        else:
            cast[where] = replace(cast[where], kind="narrator")
    order = sorted(range(len(groups)), key=lambda i: min(persons[label].first for label in groups[i]))
    return tuple([cast[i] for i in order] + cast[len(groups) :])


def _surface(label: Label) -> str:
    return min(label.surface, key=lambda text: (-label.surface[text], text))


_GENERIC = words(
    """
    man woman boy girl gentleman lady child fellow person other voice creature youth lad chap stranger children friend
    companion speaker visitor father mother brother sister son daughter husband wife uncle aunt cousin
    """
)


def _is_person(identity: str, label: Label, book: Scan) -> bool:
    surface = _surface(label)
    if is_description(surface):
        noun = identity.split(" ")[-1]
        proper = surface.split(" ")[1][0].isupper() if " " in surface else False
        if noun in GROUP_NOUNS:
            return False
        if proper:
            return label.cues >= 1 and (label.cues + label.agent >= 2)
        if noun in _GENERIC and len(identity.split(" ")) < 3:
            return False
        return label.cues >= 2
    name = parse(surface)
    parts = identity.split(" ")
    first = surface.split(" ")[0].strip(".")
    if name.title:
        return first not in ("St", "Saint") and (label.count >= 1)
    # A word that the text writes small as well is a name only where it stands in the middle of sentences.
    common = min(book.lower[word] for word in parts)
    if common and label.inner <= common * 0.3 and label.cues < 3:
        return False
    if any(word.capitalize() in NOT_PERSONS for word in parts) and label.cues < 2:
        return False
    score = 0.0
    given = first in MALE_NAMES or first in FEMALE_NAMES
    score += 2.0 if given else 0.0
    score += min(3.0, 1.5 * label.cues)
    score += 1.0 if label.called >= 2 else 0.5 if label.called else 0.0
    if label.narrated:
        score += 1.5 if label.agent / label.narrated >= 0.15 and label.agent >= 2 else 0.0
    if label.count:
        score -= 2.5 if label.place / label.count >= 0.25 else 0.0
        score -= 1.5 if label.the / label.count >= 0.4 and not label.cues else 0.0
    if label.inner == 0 and not given:
        score -= 1.5
    return score >= 2.0


def _gender(labels: Sequence[str], persons: dict[str, Label]) -> Gender:
    """By title, then pronouns nearby where they are clear, then given name, then noun."""
    he = sum(persons[label].he for label in labels)
    she = sum(persons[label].she for label in labels)
    names = [parse(_surface(persons[label])) for label in labels if not is_description(_surface(persons[label]))]
    for name in names:
        if (
            name.title
            and name.title not in ("Lord",)
            and name.gender != "unknown"
            and name._replace(given="").gender != "unknown"
        ):
            return name._replace(given="").gender
    for label in labels:
        if is_description(_surface(persons[label])):
            found = noun_gender(label.split(" ")[-1])
            if found != "unknown":
                return found
    given: Gender = next((name.gender for name in names if name.gender != "unknown"), "unknown")
    if he + she >= 8 and max(he, she) >= 0.75 * (he + she):
        return "male" if he > she else "female"
    if given != "unknown":
        return given
    if he + she >= 2 and max(he, she) >= 0.6 * (he + she):
        return "male" if he > she else "female"
    return "unknown"


def _join(persons: dict[str, Label], book: Scan, threshold: float) -> list[list[str]]:
    """Groups of labels, joined from the surest pair down, where no conflict forbids it."""
    parsed = {
        identity: parse(_surface(label)) for identity, label in persons.items() if not is_description(_surface(label))
    }
    pairs = _scored(persons, parsed, book)
    home = {identity: [identity] for identity in persons}
    for score, a, b in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if score < threshold or home[a] is home[b]:
            continue
        if not _conflict(home[a], home[b], persons, parsed, book):
            merged = home[a] + home[b]
            for identity in merged:
                home[identity] = merged
    unique: list[list[str]] = []
    seen: set[str] = set()
    for identity in persons:
        if identity not in seen:
            seen.update(home[identity])
            unique.append(sorted(home[identity], key=lambda label: (-persons[label].count, label)))
    return unique


_NONE: frozenset[str] = frozenset()


def _same_given(a: str, b: str) -> bool:
    """One given name, or one and its short form."""
    a, b = a.split(" ")[0], b.split(" ")[0]
    return (
        a == b
        or b in NICKNAMES.get(a, _NONE)
        or a in NICKNAMES.get(b, _NONE)
        or bool(NICKNAMES.get(a, _NONE) & NICKNAMES.get(b, _NONE))
    )


def _conflict(a: list[str], b: list[str], persons: dict[str, Label], parsed: dict[str, Name], book: Scan) -> bool:
    genders = {_gender(a, persons), _gender(b, persons)} - {"unknown"}
    if len(genders) > 1:
        return True
    for left in a:
        for right in b:
            if book.spoken_to[left, right] + book.spoken_to[right, left] >= 2 or book.lists[_pair(left, right)] >= 2:
                return True
            if left in parsed and right in parsed:
                one, two = parsed[left], parsed[right]
                titles = {one.title, two.title}
                if "Mrs" in titles and titles & {"Miss", "Mademoiselle"}:
                    return True
                if one.given and two.given and not _same_given(one.given, two.given) and one.surname and two.surname:
                    return True
                if one.surname and two.surname and one.surname != two.surname:
                    return True
    return False


def _scored(persons: dict[str, Label], parsed: dict[str, Name], book: Scan) -> list[tuple[float, str, str]]:
    """Pairs of labels with the evidence, 0 to 1, that they are one person.

    1.0 one name in two spellings; 0.95 a given name and the only full name with it; 0.9 a surname, with or without a
    title, and its only bearer of that gender; 0.85 answers to the name, or takes the same turns; 0.8 a short form.
    """
    pairs: list[tuple[float, str, str]] = []
    by_surname: dict[str, list[str]] = {}
    by_given: dict[str, list[str]] = {}
    for identity, name in parsed.items():
        if name.surname:
            by_surname.setdefault(name.surname, []).append(identity)
        if name.given:
            by_given.setdefault(name.given, []).append(identity)

    def gender(identity: str) -> Gender:
        return _gender([identity], persons)

    def agree(a: str, b: str) -> bool:
        return "unknown" in (gender(a), gender(b)) or gender(a) == gender(b)

    for identity, name in parsed.items():
        if name.given and name.surname:
            for other in by_given.get(name.given, []):
                if other != identity and parsed[other].surname == name.surname and agree(identity, other):
                    pairs.append((1.0, identity, other))
        bare = name.given or name.surname
        if name.given and not name.surname:
            full = [o for o in by_given.get(name.given, []) if parsed[o].surname and agree(identity, o)]
            surnames = {parsed[o].surname for o in full}
            if len(surnames) == 1 or (full and len(surnames) > 1):
                best = max(full, key=lambda o: (persons[o].count, o))
                share = persons[best].count / sum(persons[o].count for o in full)
                if len(surnames) == 1 or share >= 0.75:
                    pairs.append((0.95, identity, best))
            for other in by_given.get(name.given, []):
                if other != identity and not parsed[other].surname and agree(identity, other):
                    pairs.append((0.95, identity, other))
        if not (name.given and name.surname):
            # "Mr. Darcy", or "Darcy" taken for a given name: look for the bearers of the surname.
            bearers = [o for o in by_surname.get(bare, []) if o != identity and agree(identity, o)]
            if name.title in ("Miss", "Mrs") or not name.title:
                bearers = [o for o in bearers if not (name.title and {parsed[o].title, name.title} == {"Miss", "Mrs"})]
            if bearers:
                identities = _persons_of(bearers, parsed)
                if len(identities) == 1:
                    pairs += [(0.9, identity, o) for o in bearers]
                else:
                    best = max(bearers, key=lambda o: (persons[o].count, o))
                    others = [o for o in bearers if parsed[o].given != parsed[best].given and gender(o) != gender(best)]
                    weight = sum(persons[o].count for o in bearers if not _compatible(parsed[o], parsed[best]))
                    if (
                        not name.title
                        and (
                            persons[best].count > 3 * weight
                            or (gender(best) == "male" and len(others) == len(bearers) - 1)
                        )
                    ) or (name.title and persons[best].count > 3 * weight):
                        pairs.append((0.85, identity, best))
    for short, name in parsed.items():
        if name.given and not name.surname and name.given in NICKNAMES:
            full = [
                o
                for o, other in parsed.items()
                if other.given.split(" ")[0] in NICKNAMES[name.given] and agree(short, o)
            ]
            if full:
                best = max(full, key=lambda o: (persons[o].count, o))
                pairs.append((0.8, short, best))
    for (called, answer), count in sorted(book.replies.items()):
        known = called in persons and answer in persons and called != answer and agree(called, answer)
        if known and count >= 3 and count >= 0.5 * book.called[called] and book.spoken_to[answer, called] == 0:
            pairs.append((0.85, called, answer))
    for (a, b), count in sorted(book.alternates.items()):
        known = a in persons and b in persons and agree(a, b) and not (a in parsed and b in parsed)
        if known and count >= max(4, 4 * book.neighbours[a, b]):
            pairs.append((0.8, a, b))
    for a, b in sorted(book.appositions):
        if a in persons and b in persons and agree(a, b):
            pairs.append((0.85, a, b))
    for identity in persons:
        if identity not in parsed:
            longer = [
                o
                for o in persons
                if o not in parsed and o != identity and (o.endswith(" " + identity) or o.startswith(identity + " of "))
            ]
            proper = _surface(persons[identity]).split(" ")[1][0].isupper()
            if proper and longer and " " not in identity and len({o.replace("old ", "") for o in longer}) == 1:
                pairs += [(0.9, identity, o) for o in longer]
            if identity in parsed or not proper:
                continue
    return pairs


def _compatible(a: Name, b: Name) -> bool:
    if a.given and b.given and not _same_given(a.given, b.given):
        return False
    return {a.title, b.title} != {"Miss", "Mrs"}


def _persons_of(bearers: list[str], parsed: dict[str, Name]) -> set[str]:
    """The given names among the bearers of a surname; those without one add nobody."""
    return {parsed[o].given for o in bearers if parsed[o].given} or {""}


def _character(group: list[str], persons: dict[str, Label]) -> Character:
    """The label used most is the name; a bare description only where there is no other."""
    labels = sorted(group, key=lambda label: (is_description(_surface(persons[label])), -persons[label].count, label))
    surfaces = [_surface(persons[label]) for label in labels]
    described = is_description(surfaces[0])
    proper = described and surfaces[0].split(" ")[1][0].isupper()
    kind: Kind = "unnamed" if described and not proper else "person"
    if described:
        surfaces = [surfaces[0][0].upper() + surfaces[0][1:], *surfaces[1:]]
    aliases = tuple(dict.fromkeys(surface for surface in surfaces[1:] if surface != surfaces[0]))
    return Character(surfaces[0][:100], aliases, _gender(group, persons), kind)


def _narrator(book: Scan, persons: dict[str, Label], groups: list[list[str]]) -> int | None:
    """Which group says "I" outside the quotations: whom others call by a name before "I" answers."""
    votes: Counter[int] = Counter()
    for where, group in enumerate(groups):
        for label in group:
            answered = book.replies[label, "i"]
            quoted = persons[label].quoted
            votes[where] += 3 * answered - 3 * book.spoken_to["i", label]
            if (
                quoted >= 5
                and persons[label].cues == 0
                and persons[label].narrated <= 0.2 * quoted
                and persons[label].called >= 2
            ):
                votes[where] += persons[label].called
    if votes:
        where, count = max(votes.items(), key=lambda item: (item[1], -item[0]))
        if count >= 4:
            return where
    return None
