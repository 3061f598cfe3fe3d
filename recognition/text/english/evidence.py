"""What speaks for and against each possible speaker of a turn, as named features (weighed in weights.py)."""

from __future__ import annotations

from typing import NamedTuple

from recognition.script import Gender
from recognition.text.english.cues import head_noun
from recognition.text.english.names import Lexicon
from recognition.text.english.scenes import Place, Scene, Turn, cue_gender
from recognition.text.english.weights import WEIGHTS
from recognition.text.english.words import KIN_NOUNS

# The speaker who is not in the cast.
NOBODY = -1
# More candidates change nothing in the result, but cost time by the cube.
_MOST_CANDIDATES = 6
_MARGIN = 7.0
_REMEMBERED = 12


class Candidates(NamedTuple):
    """The possible speakers of a turn (places in the cast), and the features of each."""

    who: list[int]
    features: list[list[str]]


class _Memory:
    """Who was mentioned where, up to a turn."""

    def __init__(self, scene: Scene) -> None:
        self.seen: dict[int, int] = {}  # last paragraph of narration that mentions somebody
        self.recent: list[int] = []  # whom the narration spoke of last, first; subjects before objects
        self.cued: dict[int, int] = {}  # last turn with a cue of somebody
        self._scene = scene
        self._cursor = 0

    def read_to(self, limit: int) -> None:
        places, recent = self._scene.places, self.recent
        while self._cursor < len(places) and places[self._cursor].start < limit:
            place = places[self._cursor]
            self.seen[place.who] = self._scene.place_paragraphs[self._cursor]
            if place.role == "subject":
                if place.who in recent:
                    recent.remove(place.who)
                recent.insert(0, place.who)
            elif place.who not in recent:
                recent.insert(1, place.who)
            del recent[_REMEMBERED:]
            self._cursor += 1


def gather(scene: Scene, lexicon: Lexicon) -> list[Candidates]:
    """The candidates of each turn of a section, best first."""
    counts: dict[int, int] = {}
    for place in scene.places:
        counts[place.who] = counts.get(place.who, 0) + 1
    ranking = sorted(counts, key=lambda who: (-counts[who], who))
    standing = {who: rank for rank, who in enumerate(ranking)}
    memory = _Memory(scene)
    descriptions = _descriptions(scene)
    table: list[Candidates] = []
    for index, turn in enumerate(scene.turns):
        start = scene.pieces[turn.pieces[0]].start
        memory.read_to(max(start, turn.cue.at) if turn.cue else start)
        pool = [turn.cued] if turn.is_named and turn.cued is not None else _pool(scene, index, memory, lexicon)
        features = _Weighing(scene, index, memory, lexicon, standing, descriptions)
        rows = [features.of(who) for who in pool]
        scores = [sum(WEIGHTS.get(name, 0.0) for name in names) for names in rows]
        best = sorted(range(len(pool)), key=lambda i: (-scores[i], i))[:_MOST_CANDIDATES]
        best = [i for i in best if scores[i] > scores[best[0]] - _MARGIN]
        speakers, found = [pool[i] for i in best], [rows[i] for i in best]
        if not turn.is_named:
            speakers.append(NOBODY)
            found.append(features.of_nobody())
        table.append(Candidates(speakers, found))
        if turn.cued is not None:
            memory.cued[turn.cued] = index
        for who in turn.addressed:
            memory.seen.setdefault(who, turn.paragraph)
    return table


def _pool(scene: Scene, index: int, memory: _Memory, lexicon: Lexicon) -> list[int]:
    """Everybody near a turn: in its paragraph, spoken of last, with a cue or addressed in the turns around."""
    turn = scene.turns[index]
    pool: dict[int, None] = {}
    if turn.cued is not None:
        pool[turn.cued] = None
    pool.update((place.who, None) for place in turn.before + turn.after)
    pool.update((who, None) for who in memory.recent[:8])
    for near in scene.turns[max(0, index - 3) : index + 4]:
        if near is not turn:
            pool.update((who, None) for who in near.addressed)
            if near.cued is not None:
                pool[near.cued] = None
    pool.update((place.who, None) for place in turn.follow)
    pool.update((who, None) for who in sorted(memory.seen, key=lambda who: -memory.seen[who])[:6])
    pool.update((who, None) for who in turn.addressed + turn.named)
    if _calls_kin(turn):
        surnames = {surname for who in memory.recent[:4] + turn.addressed for surname in lexicon.surnames[who]}
        pool.update((who, None) for surname in sorted(surnames) for who in lexicon.families[surname])
    if scene.narrator is not None:
        pool[scene.narrator] = None
    return list(pool)


class _Weighing:
    """The features of the candidates of one turn."""

    def __init__(
        self,
        scene: Scene,
        index: int,
        memory: _Memory,
        lexicon: Lexicon,
        standing: dict[int, int],
        descriptions: dict[tuple[str, int], int],
    ) -> None:
        turns = scene.turns
        self.turn = turns[index]
        self.index = index
        self.previous = turns[index - 1] if index and self.turn.gap <= 1 else None
        self.following = turns[index + 1] if index + 1 < len(turns) and turns[index + 1].gap <= 1 else None
        self.memory = memory
        self.lexicon = lexicon
        self.narrator = scene.narrator
        self.standing = standing
        self.descriptions = descriptions
        self.ahead: dict[int, int] = {}
        for distance, near in enumerate(turns[index + 1 : index + 7], 1):
            if near.cued is not None:
                self.ahead.setdefault(near.cued, distance)
        self.mode, self.gender = _mode(self.turn)
        agreeing = memory.recent
        if self.gender != "unknown":
            agreeing = [who for who in memory.recent if self._fit(who, self.gender) != "disagrees"]
        self.focus = agreeing[:3]
        self.kin = _calls_kin(self.turn)
        self.near = {*memory.recent[:4], *self.turn.addressed}
        if self.previous:
            self.near.update(self.previous.addressed)
            if self.previous.cued is not None:
                self.near.add(self.previous.cued)

    def of(self, who: int) -> list[str]:
        """The names of all that speaks for or against a candidate."""
        turn = self.turn
        names = self._cue(who)
        if not turn.is_named:
            if who in self.focus:
                names.append(f"{self.mode} focus {self.focus.index(who)}")
            names += self._beside(who)
        names += self._talk(who)
        seen = self.memory.seen.get(who)
        names.append("unseen" if seen is None else f"seen {_distance(turn.paragraph - seen)}")
        names.append(f"standing {_rank(self.standing.get(who))}")
        if who == self.narrator:
            names.append("narrator")
        if who in self.memory.cued:
            back = self.index - self.memory.cued[who]
            names.append(f"cued {back if back <= 4 else '5-8' if back <= 8 else 'long'} ago")
        if who in self.ahead:
            names.append(f"cued in {self.ahead[who] if self.ahead[who] <= 4 else '5-6'}")
        return names

    def of_nobody(self) -> list[str]:
        """What speaks for somebody who is not in the cast."""
        names = [f"nobody {self.mode}"]
        if self.mode == "described":
            names.append(f"nobody {self.turn.description.split(' ')[0]}")
        if self.gender != "unknown" and not any(self.lexicon.genders[who] == self.gender for who in self.focus):
            names.append("nobody agrees")
        return names

    def _cue(self, who: int) -> list[str]:
        turn, names = self.turn, []
        if turn.cue and turn.cued is not None and self.mode == "described":
            names.append("described by alias" if turn.cued == who else "described by alias of another")
        elif turn.cue and turn.cued is not None:
            names.append(f"cue {turn.cue.place}" if turn.cued == who else f"cue {turn.cue.place} other")
        if self.gender != "unknown":
            names.append(f"{self.mode} {self._fit(who, self.gender)}")
        if self.mode == "described":
            votes = self.descriptions.get((turn.description, who), 0)
            if votes:
                names.append(f"described {'as' if votes > 0 else 'unlike'} {min(abs(votes), 3)}")
            if self.kin:
                names.append("kin" if self._is_kin(who) else "no kin")
        return names

    def _fit(self, who: int, wanted: Gender) -> str:
        """Whether somebody may be called he or she by the narration, which never calls the narrator so."""
        return "disagrees" if who == self.narrator else _fit(self.lexicon.genders[who], wanted)

    def _is_kin(self, who: int) -> bool:
        """True where somebody near, whose relative the description may mean, has the same surname."""
        surnames = self.lexicon.surnames[who]
        return any(other != who and surnames & self.lexicon.surnames[other] for other in self.near)

    def _beside(self, who: int) -> list[str]:
        """What the narration next to the turn tells."""
        turn, names = self.turn, []
        names += _part(who, turn.before, "before", -1)
        names += _part(who, turn.after, f"{self.mode} after", 0)
        if not turn.before:
            names += _part(who, turn.lead, "led" if turn.led else "lead", -1)
        names += _part(who, turn.follow, "follow", 0)
        return names

    def _talk(self, who: int) -> list[str]:
        """What the speech itself tells: whom it calls, and whom its neighbours call."""
        names = []
        if who in self.turn.told:
            names.append("told")
        for turn, when in ((self.turn, ""), (self.previous, " before"), (self.following, " next")):
            if turn and who in turn.addressed:
                names.append(f"addressed{when}")
            elif turn and who in turn.named:
                names.append(f"named{when}")
        if self.previous and who in self.previous.told:
            names.append("told before")
        own = self.lexicon.genders[who]
        for turn, when in ((self.previous, "before"), (self.following, "next")):
            if turn and turn.spoken_to != "unknown":
                names.append(f"sir {when} {_fit(own, turn.spoken_to)}")
        if self.turn.lead_gender != "unknown" and self.mode == "bare":
            names.append(f"lead {_fit(own, self.turn.lead_gender)}")
        return names


def _mode(turn: Turn) -> tuple[str, Gender]:
    """What kind of cue a turn has, and the gender that it tells."""
    cue = turn.cue
    if cue is None:
        if turn.acts in ("he", "she"):
            return "acts", "male" if turn.acts == "he" else "female"
        return "bare", "unknown"
    if turn.cued is not None and not turn.description:
        return "named", "unknown"
    if cue.kind == "name":
        return "foreign", "unknown"
    if cue.subject == "I":
        return "I", "unknown"
    gender = cue_gender(cue, None)
    if cue.kind == "description":
        return "described", gender
    return ("said" if turn.is_told else "acts"), gender


def _calls_kin(turn: Turn) -> bool:
    """True where the cue calls the speaker somebody's relative: his wife."""
    return bool(turn.description) and head_noun(turn.description) in KIN_NOUNS


def _part(who: int, places: list[Place], where: str, index: int) -> list[str]:
    """How a stretch of narration mentions somebody: as the subject next to the speech, or otherwise."""
    subjects = [place.who for place in places if place.role == "subject"]
    if subjects and subjects[index] == who:
        return [f"{where} subject"]
    return [f"{where} mention"] if any(place.who == who for place in places) else []


def _fit(own: Gender, wanted: Gender) -> str:
    return "agrees" if own == wanted else "gender unknown" if own == "unknown" else "disagrees"


def _descriptions(scene: Scene) -> dict[tuple[str, int], int]:
    """Votes on whom a description (the painter) means in this section, for pairs of it and a character.

    For: he was called before it answered, or has the turn after next. Against: they speak with each other.
    """
    votes: dict[tuple[str, int], int] = {}

    def vote(turn: Turn, who: int | None, count: int) -> None:
        if who is not None:
            votes[turn.description, who] = votes.get((turn.description, who), 0) + count

    turns = scene.turns
    for index, turn in enumerate(turns):
        if turn.description:
            for who in turn.addressed + turn.told:
                vote(turn, who, -2)
            if index and turn.gap == 0:
                for who in turns[index - 1].addressed:
                    vote(turn, who, 1)
                vote(turn, turns[index - 1].cued, -1)
                if index > 1 and turns[index - 1].gap == 0:
                    vote(turn, turns[index - 2].cued, 1)
            if index + 1 < len(turns) and turns[index + 1].gap == 0:
                vote(turn, turns[index + 1].cued, -1)
                if index + 2 < len(turns) and turns[index + 2].gap == 0:
                    vote(turn, turns[index + 2].cued, 1)
    return votes


def _distance(paragraphs: int) -> str:
    for most in (0, 1, 2, 5, 12):
        if paragraphs <= most:
            return str(most)
    return "far"


def _rank(rank: int | None) -> str:
    if rank is None:
        return "none"
    return str(rank) if rank < 3 else "3-5" if rank < 6 else "6-"
