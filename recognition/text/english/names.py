"""Names: how they are taken apart, and where those of a cast stand in a text."""

from __future__ import annotations

import re
from typing import NamedTuple

from recognition.script import Cast, Gender
from recognition.text.english.cues import head_noun
from recognition.text.english.words import (
    GENERIC_NOUNS,
    GIVEN_NAME_TITLES,
    NEUTRAL_TITLES,
    NICKNAMES,
    RANKS,
    TITLES,
    given_name_gender,
    noun_gender,
    title_gender,
    words,
)

_PARTICLES = words("of de du di del della la le von van der den the and")
_ARTICLE = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)
_CAPITAL = re.compile(r"(?<![^\W_])[A-Z][^\W\d_]*")
_FOLLOWING = re.compile(r"\.?\s+[A-Z][^\W\d_]*")
_SPACE = re.compile(r"\s+")

_NARRATORS = frozenset(["i", "narr", "narrator", "the narrator"])


class Name(NamedTuple):
    """`title` is without its dot. "Lady Catherine" has no surname, "Mr. Darcy" no given name: they are empty."""

    title: str
    given: str
    surname: str

    @property
    def gender(self) -> Gender:
        """By the title, then by the given name."""
        # Grandmother, alone, is a title as well.
        title = self.title or self.given
        gender = title_gender(title) if title not in NEUTRAL_TITLES else "unknown"
        if gender == "unknown" and self.given:
            gender = given_name_gender(self.given.split(" ")[0])
        return gender if gender != "unknown" else title_gender(self.title)


def key(name: str) -> str:
    """A name for comparison: small letters, no dots, no article, straight apostrophes, single spaces."""
    return _ARTICLE.sub("", _SPACE.sub(" ", name.replace(".", "").replace("’", "'").strip()).casefold())


def is_description(name: str) -> bool:
    """True for "the old man", "A Maid": a noun with an article or without any capital."""
    return bool(_ARTICLE.match(name)) or name[:1].islower()


def parse(name: str) -> Name:
    """A name taken apart: Mr. Frank Churchill is (Mr, Frank, Churchill); Emma is ("", Emma, "")."""
    parts = [word.strip(".,") for word in name.split()]
    titles = []
    while len(parts) > 1 and parts[0].capitalize() in TITLES:
        titles.append(parts.pop(0).capitalize())
    title = titles[-1] if titles else ""
    if len(parts) == 1:
        known = given_name_gender(parts[0]) != "unknown"
        if title and not (
            title in GIVEN_NAME_TITLES
            and (known or title not in ("Miss", "Master", "Lord", "Lady", "Mademoiselle", "Nurse"))
        ):
            return Name(title, "", parts[0])
        return Name(title, parts[0], "")
    cut = len(parts) - 1
    while cut > 0 and parts[cut - 1].lower() in _PARTICLES:
        cut -= 1
    return Name(title, " ".join(parts[:cut]), " ".join(parts[cut:]))


class Mention(NamedTuple):
    """A name of the cast in the text. `who` is the index in the cast."""

    start: int
    end: int
    who: int


class Lexicon:
    """All names of a cast, and the other forms that follow from them where they are of one person alone."""

    def __init__(self, cast: Cast) -> None:
        self.owners: dict[str, int | None] = {}
        self.genders: list[Gender] = [
            self._gender(character.gender, (character.name, *character.aliases)) for character in cast
        ]
        self.surnames = [
            {surname for label in (character.name, *character.aliases) if (surname := parse(label).surname)}
            for character in cast
        ]
        self.families: dict[str, list[int]] = {}
        for who, surnames in enumerate(self.surnames):
            for surname in sorted(surnames):
                self.families.setdefault(surname, []).append(who)
        derived: dict[str, set[int]] = {}
        forms: dict[str, str] = {}
        for who, character in enumerate(cast):
            for label in (character.name, *character.aliases):
                identity = key(label)
                if identity:
                    self.owners[identity] = who if self.owners.get(identity, who) == who else None
                    forms[identity] = label
        for who, character in enumerate(cast):
            for label in (character.name, *character.aliases):
                for form in self._derive(label, self.genders[who]):
                    derived.setdefault(key(form), set()).add(who)
                    forms.setdefault(key(form), form)
        for identity, owners in derived.items():
            if identity not in self.owners:
                # A bare surname is a man's where there are a Mr. and a Mrs. of that name.
                men = [who for who in owners if self.genders[who] == "male"]
                own = men if len(men) == 1 and forms[identity] in self.families else list(owners)
                self.owners[identity] = own[0] if len(own) == 1 else None
        self.nouns = {
            identity: owner
            for identity, label in forms.items()
            if " " not in identity and label[:4].lower() == "the " and (owner := self.owners[identity]) is not None
        }
        self._patterns, self._descriptions = self._compile(forms)

    def described(self, description: str) -> int | None:
        """The only one who is called so, whatever is added: the stout beadle, where there is one beadle."""
        noun = head_noun(description)
        return self.nouns.get(noun) if description.startswith("the ") and noun not in GENERIC_NOUNS else None

    @staticmethod
    def _gender(given: Gender, labels: tuple[str, ...]) -> Gender:
        if given != "unknown":
            return given
        for label in labels:
            found = noun_gender(key(label).split(" ")[-1]) if is_description(label) else parse(label).gender
            if found != "unknown":
                return found
        return "unknown"

    def _derive(self, label: str, gender: Gender) -> list[str]:
        """Other forms of a label: "Dr. Hill" is also Hill; "Tom Hill" also Tom, Hill and Mr. Hill."""
        if is_description(label):
            return []
        title, given, surname = parse(label)
        if title in RANKS:
            return [f"the {RANKS[title]}", *self._plain(title, given, surname, label, gender)]
        return self._plain(title, given, surname, label, gender)

    def _plain(self, title: str, given: str, surname: str, label: str, gender: Gender) -> list[str]:
        if any(word in _PARTICLES for word in given.lower().split(" ")) or " of " in label.lower():
            return []
        forms = [given, surname, f"{given} {surname}"] if given and surname else [given or surname]
        titles: tuple[str, ...] = {"male": ("Mr.", "Master"), "female": ("Miss", "Mrs.")}.get(gender, ())
        if title:
            titles = (title, "Mr.") if title in ("Mr", "Dr", "Doctor") else (title,)
        if title in ("Dr", "Doctor"):
            titles += ("Doctor", "Dr.")
        full = [f"{one} {surname}" for one in (given, *sorted(NICKNAMES.get(given, ()))) if given and surname]
        forms += full
        forms += [f"{prefix} {part}" for prefix in titles for part in (surname, given, *full) if part]
        return [form for form in forms if len(form) > 1]

    def _compile(self, forms: dict[str, str]) -> tuple[dict[str, re.Pattern[str]], re.Pattern[str] | None]:
        """One pattern for each first word, longest first; and one for all descriptions, which begin with an article."""
        by_first: dict[str, list[str]] = {}
        described: dict[str, list[str]] = {"the": [], "a": []}
        for identity, label in forms.items():
            pattern = r"\s+".join(re.escape(word).replace("'", "['’]") + r"\.?" for word in identity.split(" "))
            article = _ARTICLE.match(label)
            if article:
                definite = label[:1] in "tT"
                described["the" if definite else "a"].append(pattern)
                if identity not in GENERIC_NOUNS and (not definite or " " in identity):
                    described["a" if definite else "the"].append(pattern)
            first = re.match(r"\w+", label[article.end() if article else 0 :])
            if first and first.group()[0].isupper():
                by_first.setdefault(first.group(), []).append(pattern)
        patterns = {
            first: re.compile(rf"(?:{_longest_first(found)})(?!-?[^\W_])", re.IGNORECASE)
            for first, found in by_first.items()
        }
        articles = [
            rf"{article}\s+(?P<{name}>{_longest_first(described[name])})"
            for name, article in (("the", "the"), ("a", "an?"))
            if described[name]
        ]
        if not articles:
            return patterns, None
        return patterns, re.compile(rf"\b(?:{'|'.join(articles)})(?!-?[^\W_])", re.IGNORECASE)

    def find(self, text: str) -> list[Mention]:
        """All mentions in order, the longest where they overlap.

        A name behind another title than its bearer's is nobody's: Miss Hill, where only Mr. Hill is known.
        """
        found: list[Mention] = []
        end = 0
        for match in _CAPITAL.finditer(text):
            if match.start() < end:
                continue
            word = match.group()
            pattern = self._patterns.get(word)
            hit = pattern and pattern.match(text, match.start())
            if hit:
                who = self.owners.get(key(hit.group()))
                end = hit.end() - hit.group().endswith(".")
                if who is not None:
                    found.append(Mention(match.start(), end, who))
            elif word in TITLES and word not in NEUTRAL_TITLES:
                following = _FOLLOWING.match(text, match.end())
                end = following.end() if following else end
        if self._descriptions:
            taken = {mention.start for mention in found}
            for match in self._descriptions.finditer(text):
                what = match.lastgroup or ""
                who = self.owners.get(key(match[what]))
                if who is not None and match.start(what) not in taken:
                    found.append(Mention(match.start(what), match.end(), who))
            found.sort()
        return found


def _longest_first(patterns: list[str]) -> str:
    return "|".join(sorted(patterns, key=lambda pattern: (-len(pattern), pattern)))


def find_narrator(cast: Cast) -> int | None:
    """Who tells the story, where the cast says so by kind or by a name such as "I" or "Narrator"."""
    for who, character in enumerate(cast):
        labels = {label.casefold() for label in (character.name, *character.aliases)}
        if character.kind == "narrator" or labels & _NARRATORS:
            return who
    return None
