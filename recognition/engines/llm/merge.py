"""One cast from what all windows saw. The model proposes who is the same person; what counts is decided here.

No name is lost: entries that no group names stay as they are. None is invented: names that are no entry are ignored.
No chain joins: a group must name its members itself, and a name that two groups claim belongs to the first. Nobody is
joined across gender, title or rank, nor with whom they speak. When unsure, two entries stay apart.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from recognition.engines import Draft
from recognition.engines.llm.answers import DiscoverAnswer, MergeAnswer, RelationRow, fold, in_words_of, words_of
from recognition.engines.llm.prompts import as_data
from recognition.engines.llm.windows import NameBatch, Source, TextWindow
from recognition.script import Cast, Character, Gender, Relation, Span
from recognition.text.mentions import MentionFinder, owners

# The evidence score of a join, which `similarity_threshold` is compared with: a model's word alone, and what verbatim
# words of the text, or the rules' agreement, add to it.
MODEL_SAYS, EVIDENCE_ADDS = 0.8, 0.2
# An alias belongs to whoever has at least this share of its claims; a slip in one window takes it from nobody.
LEAST_SHARE = 0.25
# The rules must have read somebody as the speaker in so many cues before they add to the cast of the model.
SPOKE, SPOKE_TO = 2, 2
BATCH = 500  # entries a call
RELATION_TYPE_MOST = 20  # code points
EVIDENCE_KEPT = 3

# ------------------------------------------------------------------------------------------------- discover


@dataclass(slots=True)
class Sighting:
    """What the windows say of one name."""

    windows: int = 0
    aliases: Counter[str] = field(default_factory=Counter)
    genders: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Found:
    """Entries of a cast in which one person may still stand several times, and what may join them."""

    entries: Cast
    claims: frozenset[tuple[str, str]]  # (name, alias) with evidence, in both orders
    apart: frozenset[tuple[str, str]]  # two who speak to each other, in both orders
    relations: tuple[tuple[RelationRow, Span], ...]


def gather(
    windows: Sequence[tuple[TextWindow, DiscoverAnswer | None]], source: Source, draft: Draft, threshold: float
) -> Found:
    """All sightings as entries; None for a window that failed, where the rules' characters stand in.

    A name that is nowhere in the text is refused. An alias counts when its evidence is verbatim in the window, or
    when the threshold asks for no evidence; it stays with those who have a fair share of its claims.
    """
    genders = dict(source.prompts.genders)
    sightings: defaultdict[str, Sighting] = defaultdict(Sighting)
    claims: set[tuple[str, str]] = set()
    relations = []
    spellings = {fold(character.name): character.name for character in draft.cast}  # "The Queen", not also "the Queen"

    @cache
    def spelt(name: str) -> str | None:
        words = in_words_of(source.text, name)
        return spellings.setdefault(fold(words), words) if words else None

    for window, answer in windows:
        shown = as_data(source.text[window.start : window.end])
        if answer is None:
            for character in _named_in(shown, draft.cast, source.language):
                _see(sightings[character.name], character)
            continue
        for row in answer.characters:
            names = [name for name in dict.fromkeys(map(spelt, [row.name, *row.aliases])) if name]
            if not names:
                continue
            sighting = sightings[names[0]]
            sighting.windows += 1
            sighting.genders[genders.get(row.gender, "unknown")] += 1
            sighting.roles[row.role] += bool(row.role)
            verbatim = place_of(row.evidence, shown) is not None
            if MODEL_SAYS + EVIDENCE_ADDS * verbatim >= threshold:
                sighting.aliases.update(names[1:])
            if verbatim:
                claims |= {pair for alias in names[1:] for pair in ((names[0], alias), (alias, names[0]))}
        for relation in answer.relations:
            place = place_of(relation.evidence, shown)
            if place and relation.type:
                relations.append((relation, (window.start + place[0], window.start + place[1])))

    _adopt(sightings, draft)
    _share_out(sightings)
    claims |= {pair for c in draft.cast for alias in c.aliases for pair in ((c.name, alias), (alias, c.name))}
    entries = _entries(sightings, source, draft)
    return Found(entries, frozenset(claims), _speakers_apart(draft, entries), tuple(relations))


def place_of(evidence: str, text: str) -> Span | None:
    """Where the words stand verbatim; None for what is no evidence."""
    found = words_of(as_data(evidence)).search(text) if len(evidence.strip()) > 1 else None
    return found and found.span()


def _named_in(text: str, cast: Cast, language: str) -> list[Character]:
    meaning = owners(cast)
    seen = {meaning[name] for _, _, name in MentionFinder(meaning, whole_words=language == "en").find(text)}
    return [character for character in cast if character.name in seen]


def _see(sighting: Sighting, character: Character) -> None:
    sighting.windows += 1
    sighting.aliases.update(character.aliases)
    sighting.genders["group" if character.kind == "group" else character.gender] += 1


def _adopt(sightings: defaultdict[str, Sighting], draft: Draft) -> None:
    """Add the narrator, and whom the rules read as a speaker again and again although no window lists them.

    A roster polluted with what is no character costs 10 points; one in which a speaker is missing loses their lines.
    The rules' other spellings of a name, "Queen" beside "The Queen", are kept: by them it is found in the text.
    """
    known = set(sightings).union(*(sighting.aliases for sighting in sightings.values()))
    spoke = Counter(q.speaker for quotations in draft.quotations for q in quotations if q.kind == "explicit")
    for character in draft.cast:
        names = {character.name, *character.aliases}
        if not names & known and (character.kind == "narrator" or spoke[character.name] >= SPOKE):
            _see(sightings[character.name], character)
        elif character.name in sightings:
            same = [alias for alias in character.aliases if fold(alias) == fold(character.name)]
            sightings[character.name].aliases.update(same)


def _share_out(sightings: Mapping[str, Sighting]) -> None:
    claimed = sum((sighting.aliases for sighting in sightings.values()), Counter[str]())
    for sighting in sightings.values():
        for alias, count in list(sighting.aliases.items()):
            if count < LEAST_SHARE * claimed[alias]:
                del sighting.aliases[alias]


def _entries(sightings: Mapping[str, Sighting], source: Source, draft: Draft) -> Cast:
    """The sightings as characters, the most often named first."""
    names = {name for seen, sighting in sightings.items() for name in (seen, *sighting.aliases)}
    finder = MentionFinder(names, whole_words=source.language == "en")
    mentions = Counter(name for _, _, name in finder.find(source.text))
    by_rules = {character.name: character for character in draft.cast}
    quotes = Counter(q.speaker for quotations in draft.quotations for q in quotations)
    entries = []
    for name, sighting in sightings.items():
        rules = by_rules.get(name)
        word = sighting.genders.most_common(1)[0][0]
        votes = {gender: count for gender, count in sighting.genders.items() if gender in ("male", "female")}
        best: Gender = "male" if votes.get("male", 0) > votes.get("female", 0) else "female"
        clear = bool(votes) and votes.get("male", 0) != votes.get("female", 0)
        gender: Gender = best if clear else rules.gender if rules else "unknown"
        kind = rules.kind if rules else "group" if word == "group" else "person"
        role = next((role for role, count in sighting.roles.most_common(1) if count), "")
        aliases = tuple(alias for alias, _ in sighting.aliases.most_common() if alias != name)
        entries.append(Character(name, aliases, gender, kind, role=role, mentions=mentions[name], quotes=quotes[name]))
    return tuple(sorted(entries, key=lambda entry: (-entry.mentions, entry.name)))


def _speakers_apart(draft: Draft, entries: Cast) -> frozenset[tuple[str, str]]:
    """Pairs of whom one speaks to the other, in cues; once may be a slip of the rules."""
    talks = Counter(
        (q.speaker, q.addressee)
        for quotations in draft.quotations
        for q in quotations
        if q.kind == "explicit" and q.speaker and q.addressee and q.speaker != q.addressee
    )
    meaning = owners(entries)
    pairs = {
        (meaning.get(one, one), meaning.get(other, other))
        for (one, other), count in talks.items()
        if one and other and count >= SPOKE_TO
    }
    return frozenset(pairs | {(other, one) for one, other in pairs})


# ------------------------------------------------------------------------------------------------- merge


def batches(source: Source, entries: Cast, first_index: int, by_likeness: bool) -> list[NameBatch]:
    """Entries that may be one person in one batch: those alike in letters or aliases, or the most often named."""
    ordered = _by_likeness(entries) if by_likeness and len(entries) > BATCH else entries
    parts = [ordered[i : i + BATCH] for i in range(0, len(ordered), BATCH)] if len(entries) > 1 else []
    return [NameBatch(source, first_index + k, tuple(part)) for k, part in enumerate(parts)]


def _by_likeness(entries: Cast) -> Cast:
    """Entries that share a name, or of which one's name holds the other's, stand together; clusters by mentions."""
    leader = list(range(len(entries)))

    def lead(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    bearers: defaultdict[str, list[int]] = defaultdict(list)
    for i, entry in enumerate(entries):
        for name in {entry.name, *entry.aliases}:
            bearers[name].append(i)
    for i, entry in enumerate(entries):
        name = entry.name
        parts = {name[a:b] for a in range(len(name)) for b in range(a + 2, len(name) + 1)}
        for other in (k for part in parts if part in bearers for k in bearers[part]):
            one, two = sorted((lead(i), lead(other)))
            leader[two] = one
    return tuple(entry for _, entry in sorted(enumerate(entries), key=lambda item: (lead(item[0]), item[0])))


def join(found: Found, answers: Iterable[MergeAnswer], threshold: float) -> Found:
    """The entries with the groups of the answers joined, as far as the checks allow."""
    by_name = {fold(entry.name): entry for entry in found.entries}
    taken: set[str] = set()
    heads: dict[str, list[Character]] = {}
    for group in (group for answer in answers for group in answer.same):
        members: list[Character] = []
        for entry in (by_name.get(fold(name)) for name in group):
            if (
                entry is not None
                and entry.name not in taken
                and entry not in members
                and all(may_join(member, entry, found, threshold) for member in members)
            ):
                members.append(entry)
        if len(members) > 1:
            heads[members[0].name] = members
            taken |= {member.name for member in members}
    joined = tuple(
        _as_one(heads[entry.name]) if entry.name in heads else entry
        for entry in found.entries
        if entry.name in heads or entry.name not in taken
    )
    return replace(found, entries=joined)


def join_by_rules(found: Found, draft: Draft, threshold: float) -> Found:
    """What stands in for a merge that failed: the rules' own joins, under the same checks."""
    return join(found, [MergeAnswer(same=[[c.name, *c.aliases] for c in draft.cast if c.aliases])], threshold)


def _as_one(members: Sequence[Character]) -> Character:
    head = members[0]
    names = dict.fromkeys(name for member in members for name in (member.name, *member.aliases))
    del names[head.name]
    return replace(
        head,
        aliases=tuple(names),
        gender=next((m.gender for m in members if m.gender != "unknown"), "unknown"),
        role=next((m.role for m in members if m.role), ""),
        kind="narrator" if any(m.kind == "narrator" for m in members) else head.kind,
        mentions=sum(m.mentions for m in members),
        quotes=sum(m.quotes for m in members),
    )


def may_join(one: Character, other: Character, found: Found, threshold: float) -> bool:
    """Whether two entries that the model calls one person may be one."""
    score = MODEL_SAYS + EVIDENCE_ADDS * ((one.name, other.name) in found.claims)
    return (
        score >= threshold
        and (one.name, other.name) not in found.apart
        and not {gender_of(one), gender_of(other)} >= {"male", "female"}
        and not _clash(titles_of(one), titles_of(other))
        and not _clash(ranks_of(one), ranks_of(other))
        and (one.kind == "group") == (other.kind == "group")
    )


def _clash(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(other[key] != value for key, value in one.items() if key in other)


# Terms that end a Chinese name and tell the gender, and English titles that begin one. Two of one person agree.
_MALE = re.compile(r"(老爷|大爷|爷|公子|少爷|先生|哥哥?|哥儿|叔叔?|伯伯?|父亲|爹|弟弟?|公公|和尚)$")
_FEMALE = re.compile(
    r"(太太|奶奶|夫人|姑娘|小姐|妈妈|嬷嬷|嫂子?|婶子?|姐姐?|姐儿|妹妹?|母亲?|娘娘?|媳妇|丫头|氏|姑子)$"
)
_TITLES = {
    "mr": "mr", "sir": "mr", "lord": "mr", "master": "mr", "monsieur": "mr", "uncle": "mr", "father": "mr",
    "mrs": "mrs", "lady": "mrs", "madame": "mrs", "aunt": "mrs", "mother": "mrs",
    "miss": "miss", "mademoiselle": "miss",
}  # fmt: skip
_AGES = {"junior": "young", "jr": "young", "younger": "young", "senior": "old", "sr": "old", "elder": "old"}
_RANK = re.compile(
    r"([大二三四五六七八九十小老])(爷|老爷|奶奶|太太|姑娘|小姐|姐|妹|哥|弟|叔|伯|嫂|婶|娘|丫头|公子|少爷)$"
)


def gender_of(entry: Character) -> Gender:
    """The gender as seen, else as the terms in its name say."""
    if entry.gender != "unknown":
        return entry.gender
    return "male" if _MALE.search(entry.name) else "female" if _FEMALE.search(entry.name) else "unknown"


def titles_of(entry: Character) -> dict[str, str]:
    """The English title a name begins with, and the age it tells: Mr. is never Mrs., nor Mrs. Miss, nor Sr. Jr."""
    words = [word.strip(".,").lower() for word in entry.name.split()]
    titles = [("title", _TITLES[word]) for word in words[:1] if word in _TITLES]
    return dict(titles + [("age", _AGES[word]) for word in words if word in _AGES])


def ranks_of(entry: Character) -> dict[str, str]:
    """The place among brothers and sisters: 二奶奶 is never 大奶奶."""
    return {match[2]: match[1] for name in (entry.name, *entry.aliases) if (match := _RANK.search(name))}


# ------------------------------------------------------------------------------------------------- relations


def relations_of(found: Found, cast: Cast) -> tuple[Relation, ...]:
    """What the text states between two of the cast, heaviest first; the weight counts the places."""
    meaning = {fold(name): canonical for name, canonical in owners(cast).items()}
    places: defaultdict[tuple[str, str, str], list[Span]] = defaultdict(list)
    for row, span in found.relations:
        # None for whom the text does not know.
        source, target = meaning.get(fold(row.source)), meaning.get(fold(row.target))
        if source and target and source != target and len(row.type) <= RELATION_TYPE_MOST:
            places[source, target, row.type].append(span)
    return tuple(
        Relation(source, target, type_, float(len(spans)), tuple(spans[:EVIDENCE_KEPT]))
        for (source, target, type_), spans in sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))
    )
