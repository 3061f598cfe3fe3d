"""Where names stand in a text: leftmost-longest, so that 宝玉 inside 贾宝玉 is not counted twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ahocorasick_rs import AhoCorasick, MatchKind

from recognition.script import Cast


def owners(cast: Cast) -> dict[str, str]:
    """Each name or alias to the one canonical name it stands for; a name of two characters is left out.

    A canonical name beats an alias of the same letters.
    """
    claims: dict[str, set[str]] = {}
    for character in cast:
        for alias in character.aliases:
            claims.setdefault(alias, set()).add(character.name)
    meaning = {alias: next(iter(names)) for alias, names in claims.items() if len(names) == 1}
    return meaning | {character.name: character.name for character in cast}


class MentionFinder:
    """Finds all given names at once in time linear in the text."""

    def __init__(self, names: Iterable[str], whole_words: bool) -> None:
        self.names = sorted({name for name in names if name})
        self.whole_words = whole_words
        self.automaton = AhoCorasick(self.names, matchkind=MatchKind.LeftmostLongest) if self.names else None

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(start, end, name) of every mention, in order, not overlapping; code points."""
        if self.automaton is None:
            return
        for index, start, end in self.automaton.find_matches_as_indexes(text):
            if not self.whole_words or not (
                (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum())
            ):
                yield start, end, self.names[index]


def find_mentions(text: str, meaning: Mapping[str, str], whole_words: bool) -> Iterator[tuple[int, int, str]]:
    """(start, end, name as it stands) for the names of `meaning`."""
    return MentionFinder(meaning, whole_words).find(text)
