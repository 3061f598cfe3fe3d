"""The people of a book: the labels that name persons, joined where the evidence says that they are one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from recognition.script import Cast, Character, Gender, Kind, Section
from recognition.text.english.labels import Label, Scan, pair, scan
from recognition.text.english.names import Lexicon, Name, find_narrator, is_description, parse
from recognition.text.english.words import (
    FEMALE_NAMES,
    GENERIC_NOUNS,
    GROUP_NOUNS,
    MALE_NAMES,
    NICKNAMES,
    NOT_PERSONS,
    TITLES,
    noun_gender,
    title_gender,
)

# In a text this long, a name seen once that does nothing is left out.
_LONG = 100_000
# How often the first pronoun behind a name, in its sentence, means its bearer.
_NEAR = 0.6
# Titles that stand before a given name as well.
_POLITE = frozenset(["Mr", "Mister", "Miss", "Mrs", "Master", "Monsieur", "Mademoiselle", "Madame"])
_WIVES = frozenset(["Mrs", "Madame", "Lady"])
_MAIDENS = frozenset(["Miss", "Mademoiselle"])
_NONE: frozenset[str] = frozenset()


def find_cast(scans: Sequence[Scan], *, coreference: bool, threshold: float) -> Cast:
    """The persons of a book, in order of their first place."""
    book = Scan()
    for one in scans:
        book.add(one)
    people = _People(book)
    groups = people.join(threshold) if coreference else [[identity] for identity in people.labels]
    groups = [group for group in groups if people.matters(group)]
    groups.sort(key=lambda group: min(people.labels[identity].first for identity in group))
    cast = [people.character(group) for group in groups]
    if not _is_first_person(book):
        return tuple(cast)
    where = _narrator(book, [[(identity, people.labels[identity]) for identity in group] for group in groups])
    if where is None:
        return (*cast, Character("I", kind="narrator"))
    return _marked(cast, where)


def with_narrator(sections: Sequence[Section], cast: Cast) -> Cast:
    """A cast that was given, with the one marked who says "I" in the narration, where it does not tell that itself."""
    if find_narrator(cast) is not None:
        return cast
    book = Scan()
    for section in sections:
        book.add(scan(section))
    if not _is_first_person(book):
        return cast
    owners = Lexicon(cast).owners
    groups: list[list[tuple[str, Label]]] = [[] for _ in cast]
    for identity, label in book.labels.items():
        who = owners.get(identity)
        if who is not None:
            groups[who].append((identity, label))
    where = _narrator(book, groups)
    return cast if where is None else _marked(cast, where)


def _is_first_person(book: Scan) -> bool:
    count = book.first_person["I"]
    return count >= 5 and count * 400 >= book.first_person["length"]


def _narrator(book: Scan, groups: Sequence[Sequence[tuple[str, Label]]]) -> int | None:
    """Which character says "I" in the narration: whom others call by a name before "I" answers."""
    votes: Counter[int] = Counter()
    for where, group in enumerate(groups):
        for identity, label in group:
            votes[where] += 3 * book.replies[identity, "i"] - 3 * book.spoken_to["i", identity]
            if label.called >= 2 and label.cues == 0 and label.narrated <= 0.2 * label.quoted:
                votes[where] += label.called
    where, count = max(votes.items(), key=lambda vote: (vote[1], -vote[0]), default=(0, 0))
    return where if count >= 4 else None


def _marked(cast: Sequence[Character], where: int) -> Cast:
    return (*cast[:where], replace(cast[where], kind="narrator"), *cast[where + 1 :])


class _People:
    """The labels of persons, by key, and what was read of them."""

    def __init__(self, book: Scan) -> None:
        self.book = book
        self._drop_plurals(book.labels)
        self.labels = {identity: label for identity, label in book.labels.items() if _is_person(identity, label, book)}
        self.text = {identity: label.text for identity, label in book.labels.items()}
        self._add_parts()
        self.parsed: dict[str, Name] = {
            identity: parse(self.text[identity]) for identity in self.labels if not is_description(self.text[identity])
        }
        self._tell_given_names()
        he = sum(label.he for label in self.labels.values())
        she = sum(label.she for label in self.labels.values())
        share = (he + 1) / (he + she + 2)
        self.weights = tuple(
            math.log((_NEAR + (1 - _NEAR) * base) / ((1 - _NEAR) * base)) for base in (share, 1 - share)
        )
        self.genders = {identity: self.gender([identity], sure=True) for identity in self.labels}

    @staticmethod
    def _drop_plurals(labels: dict[str, Label]) -> None:
        """Leave out "Miss Hills" where there is a "Miss Hill": a family, or a lost apostrophe."""
        for identity in list(labels):
            single = labels.get(identity[:-1]) if identity.endswith("s") and " " in identity else None
            if single and single.count >= 2 * labels[identity].count:
                del labels[identity]

    def _add_parts(self) -> None:
        """A single name is a person's where it is a part of the longer name of one."""
        parts: set[str] = set()
        for identity in self.labels:
            if not is_description(self.text[identity]):
                name = parse(self.text[identity])
                if name.title or (name.given and name.surname):
                    parts.update((name.given, name.surname))
        for identity, label in self.book.labels.items():
            usable = label.place * 3 <= label.count and label.inner * 3 >= self.book.lower[identity]
            if identity not in self.labels and usable and label.text in parts:
                self.labels[identity] = label

    def _tell_given_names(self) -> None:
        """ "Mr. Teddy" is no surname where somebody is called Teddy Hill."""
        given = {name.given for name in self.parsed.values() if name.surname}
        surnames = {name.surname for name in self.parsed.values() if name.given}
        for identity, (title, own, surname) in self.parsed.items():
            if title in _POLITE and not own and surname in given - surnames:
                self.parsed[identity] = Name(title, surname, "")

    # ------------------------------------------------------------------------------------------------ gender

    def gender(self, group: Sequence[str], sure: bool = False) -> Gender:
        """By title or noun, then by given name, then by the pronouns that follow, against those of the whole book.

        Pronouns decide against a given name only where they are many and clear; they do not count as `sure`.
        """
        names = [self.parsed[identity] for identity in group if identity in self.parsed]
        for name in names:
            found = title_gender(name.title or name.given)
            if found != "unknown":
                return found
        for identity in group:
            if identity not in self.parsed:
                found = noun_gender(identity.split(" ")[-1])
                if found != "unknown":
                    return found
        he = sum(self.labels[identity].he for identity in group)
        she = sum(self.labels[identity].she for identity in group)
        if he + she >= 8 and max(he, she) >= 0.8 * (he + she):
            return "male" if he > she else "female"
        given: Gender = next((name.gender for name in names if name.gender != "unknown"), "unknown")
        if given != "unknown" or sure:
            return given
        lean = he * self.weights[0] - she * self.weights[1]
        return "unknown" if abs(lean) < 1 else "male" if lean > 0 else "female"

    def agree(self, a: str, b: str) -> bool:
        return "unknown" in (self.genders[a], self.genders[b]) or self.genders[a] == self.genders[b]

    # ------------------------------------------------------------------------------------------------ joining

    def join(self, threshold: float) -> list[list[str]]:
        """Groups of labels, joined from the surest pair down, where no conflict forbids it."""
        home = {identity: [identity] for identity in self.labels}
        for score, a, b in sorted(self._pairs(), key=lambda found: (-found[0], found[1], found[2])):
            if score >= threshold and home[a] is not home[b] and not self._conflict(home[a], home[b]):
                merged = home[a] + home[b]
                for identity in merged:
                    home[identity] = merged
        groups = {id(group): group for group in home.values()}
        return [
            sorted(group, key=lambda identity: (-self.labels[identity].count, identity)) for group in groups.values()
        ]

    def _conflict(self, a: list[str], b: list[str]) -> bool:
        """True where two groups cannot be one person: by gender or title, or because they talk with each other."""
        if {self.gender(a, sure=True), self.gender(b, sure=True)} == {"male", "female"}:
            return True
        book = self.book
        for left in a:
            for right in b:
                both = pair(left, right)
                if book.spoken_to[left, right] + book.spoken_to[right, left] >= 2 or book.lists[both] >= 2:
                    return True
                if book.neighbours[both] >= 3 and book.neighbours[both] > book.alternates[both]:
                    return True
                one, two = self.parsed.get(left), self.parsed.get(right)
                if one and two and not _compatible(one, two):
                    return True
        return False

    def _pairs(self) -> Iterator[tuple[float, str, str]]:
        """Pairs of labels with the evidence, 0 to 1, that they are one person.

        1.0 one full name; 0.95 a given name and the full name with it; 0.9 a surname and its bearer; 0.85 "known as",
        or who answers when the name is called; 0.82 Mrs. and a given name; 0.8 a short form, the same turns in a
        conversation, or a bare title and its only bearer.
        """
        by_surname: dict[str, list[str]] = {}
        by_given: dict[str, list[str]] = {}
        for identity, name in self.parsed.items():
            if name.surname:
                by_surname.setdefault(name.surname, []).append(identity)
            if name.given:
                by_given.setdefault(name.given, []).append(identity)
        for identity, name in self.parsed.items():
            if name.given and name.surname:
                for other in by_given[name.given]:
                    if other != identity and self.parsed[other].surname == name.surname and self.agree(identity, other):
                        yield 1.0, identity, other
                continue
            part = name.given or name.surname
            givens, surnames = by_given.get(name.given, []), by_surname.get(part, [])
            # A bare Craig is rather Captain Craig than the one Craig Hill.
            if name.title or self._weight(givens) - self.labels[identity].count >= self._weight(surnames):
                yield from self._with_given(identity, part, givens)
            yield from self._with_surname(identity, part, surnames)
            if name.title == "" and name.given in NICKNAMES:
                yield from self._short_form(identity, NICKNAMES[name.given])
        yield from self._by_evidence()
        yield from self._by_title()

    def _weight(self, identities: Sequence[str]) -> int:
        return sum(self.labels[identity].count for identity in identities)

    def _with_given(self, identity: str, given: str, others: list[str]) -> Iterator[tuple[float, str, str]]:
        """Emma is Emma Hill where there is no Emma of another surname, or none worth speaking of."""
        title = self.parsed[identity].title
        others = [other for other in others if other != identity and self.agree(identity, other)]
        same = [other for other in others if title and self.parsed[other].title == title]
        full = [other for other in same or others if self.parsed[other].surname]
        if full:
            best = max(full, key=lambda other: (self.labels[other].count, other))
            mine = self._weight([other for other in full if self.parsed[other].surname == self.parsed[best].surname])
            if mine >= 0.75 * self._weight(full):
                yield 0.95, identity, best
        for other in others:
            if not self.parsed[other].surname:
                yield 0.95, identity, other

    def _with_surname(self, identity: str, surname: str, others: list[str]) -> Iterator[tuple[float, str, str]]:
        """Mr. Hill and Hill are Tom Hill where he is the only one, or the others are always called by both names.

        "Miss Hill" is the eldest daughter, so not she who is called "Miss Emma Hill" where there are several. A bare
        surname is a man's where there are both.
        """
        name = self.parsed[identity]
        label = self.labels[identity]
        others = [other for other in others if other != identity and self.agree(identity, other)]
        others = [other for other in others if _compatible(name, self.parsed[other])]
        if not name.title and label.she <= label.he:
            others = [other for other in others if title_gender(self.parsed[other].title) != "female"]
        if not name.title and self.genders[identity] == "unknown":
            others = [other for other in others if self.genders[other] == "male"] or others
        bearers: dict[str, int] = {}
        for other in others:
            given = self.parsed[other].given
            if given:
                same = next((known for known in bearers if _same_given(known, given)), given)
                bearers[same] = bearers.get(same, 0) + self.labels[other].count
        if name.title and len(bearers) > 1:
            called = [self.parsed[other].given for other in others if self.parsed[other].title == name.title]
            rest = [given for given in bearers if not any(_same_given(given, one) for one in called)]
            bearers = {given: bearers[given] for given in rest} or bearers
        best = max(bearers, key=lambda given: (bearers[given], given), default="")
        if bearers and bearers[best] < 0.75 * sum(bearers.values()):
            best = ""
        for other in others:
            given = self.parsed[other].given
            if not given or (best and _same_given(given, best)):
                yield 0.82 if name.title == "Mrs" else 0.9, identity, other

    def _short_form(self, identity: str, full: frozenset[str]) -> Iterator[tuple[float, str, str]]:
        """Lizzy is Elizabeth where only speech says so: a narrator who says both means two."""
        label = self.labels[identity]
        others = [o for o, name in self.parsed.items() if name.given.split(" ")[0] in full and self.agree(identity, o)]
        if others and label.narrated <= 0.25 * label.count:
            yield 0.8, identity, max(others, key=lambda other: (self.labels[other].count, other))

    def _by_evidence(self) -> Iterator[tuple[float, str, str]]:
        """Pairs by what the conversations and the narrator tell."""
        book = self.book
        for (a, b), count in book.replies.items():
            apart = book.spoken_to[b, a] or book.neighbours[pair(a, b)]
            if self._known(a, b) and count >= 2 and not apart:
                share = count / book.called[a]
                if count >= 3 and share >= 0.2:
                    yield 0.85, a, b
                elif share >= 0.6:
                    yield 0.8, a, b
        for (a, b), count in book.alternates.items():
            described = a not in self.parsed or b not in self.parsed
            if self._known(a, b) and described and count >= max(3, 5 * book.neighbours[a, b]):
                yield 0.8, a, b
        for a, b in book.appositions:
            if self._known(a, b):
                yield 0.85, a, b
        for identity in self.labels:
            if identity not in self.parsed and self._is_proper(identity) and " " not in identity:
                # The Rabbit is the White Rabbit, the King the King of Hearts, where there is only one.
                longer = [o for o in self.labels if o.endswith(" " + identity) or o.startswith(identity + " of ")]
                if len(longer) == 1 and longer[0] not in self.parsed:
                    yield 0.9, identity, longer[0]

    def _by_title(self) -> Iterator[tuple[float, str, str]]:
        """The Colonel, or the doctor, is the only one of that title, or nearly so."""
        for identity in self.labels:
            title = identity.capitalize()
            title = "Doctor" if title == "Dr" else title
            if title in TITLES:
                same = {title, "Dr"} if title == "Doctor" else {title}
                bearers = [o for o, name in self.parsed.items() if name.title in same and o != identity]
                if bearers:
                    best = max(bearers, key=lambda other: (self.labels[other].count, other))
                    if self.labels[best].count >= 0.75 * self._weight(bearers):
                        yield 0.8, identity, best

    def _known(self, a: str, b: str) -> bool:
        return a != b and a in self.labels and b in self.labels and self.agree(a, b)

    def _is_proper(self, identity: str) -> bool:
        """True for a description that is used like a name: the White Rabbit."""
        return any(part[0].isupper() for part in self.text[identity].split(" ")[1:])

    # ------------------------------------------------------------------------------------------------ results

    def matters(self, group: Sequence[str]) -> bool:
        """False for a name that a long text has once, doing nothing."""
        found = [self.labels[identity] for identity in group]
        if self.book.first_person["length"] < _LONG or sum(label.count for label in found) > 1:
            return True
        return any(label.cues or label.agent or label.called for label in found)

    def character(self, group: Sequence[str]) -> Character:
        """The name is the label used most, a description only where there is nothing else."""
        order = sorted(
            group, key=lambda identity: (identity not in self.parsed, -self.labels[identity].count, identity)
        )
        texts = [self.text[identity] for identity in order]
        kind: Kind = "person"
        if is_description(texts[0]):
            kind = "person" if self._is_proper(order[0]) else "unnamed"
            texts[0] = "T" + texts[0][1:]
        names = dict.fromkeys(texts)
        for identity in order:
            if identity not in self.parsed and self._is_proper(identity):
                names[self.text[identity][4:]] = None
        return Character(texts[0], tuple(names)[1:], self.gender(group), kind)


def _is_person(identity: str, label: Label, book: Scan) -> bool:
    """True for a label that is used like a person's, not like a place's, a month's or a sentence's first word."""
    text = label.text
    parts = identity.split(" ")
    if is_description(text):
        if parts[-1] in GROUP_NOUNS or parts[-1] == "voice":
            return False
        if text.split(" ")[-1][0].isupper():
            return label.cues >= 1 and label.cues + label.agent >= 2
        return label.cues >= 2 and (parts[-1] not in GENERIC_NOUNS or len(parts) > 2)
    name = parse(text)
    first = text.split(" ")[0].strip(".")
    if name.title:
        return first not in ("St", "Saint")
    common = min(book.lower[part] for part in parts)
    if common and label.inner <= common * 0.3 and label.cues < 3:
        return False
    if any(part.capitalize() in NOT_PERSONS for part in parts) and label.cues < 2:
        return False
    if len(parts) > 1 and book.lower[parts[-1]] > 2 and not label.cues:
        return False
    given = first in MALE_NAMES or first in FEMALE_NAMES
    score = (2.0 if given else 0.0) + min(3.0, 2.0 * label.cues) + min(2.0, 0.5 * label.called)
    if label.agent >= 2 and label.agent >= 0.15 * label.narrated:
        score += 1.5
    if label.place >= (0.6 if given else 0.25) * label.count:
        score -= 2.5
    if label.the >= 0.4 * label.count and not label.cues:
        score -= 1.5
    if label.inner == 0 and not given and not label.cues:
        score -= 1.5
    return score >= 2.0


def _same_given(a: str, b: str) -> bool:
    """One given name, or one and its short form."""
    a, b = a.split(" ")[0], b.split(" ")[0]
    shorts = NICKNAMES.get(a, _NONE), NICKNAMES.get(b, _NONE)
    return a == b or b in shorts[0] or a in shorts[1] or bool(shorts[0] & shorts[1])


def _compatible(a: Name, b: Name) -> bool:
    """False for two names that one person cannot have: Miss and Mrs. Hill, Tom and Ben Hill, Tom Hill and Tom Wood."""
    if {a.title, b.title} & _WIVES and {a.title, b.title} & _MAIDENS:
        return False
    if a.surname and b.surname and a.surname != b.surname:
        return a.surname == b.given or b.surname == a.given
    if not (a.given and b.given) or a.given == b.surname or b.given == a.surname or _same_given(a.given, b.given):
        return True
    # A single unknown word may be a surname as well.
    return not (_is_given(a) and _is_given(b))


def _is_given(name: Name) -> bool:
    return bool(name.surname) or name.given in MALE_NAMES or name.given in FEMALE_NAMES
