"""Fit the weights of English (recognition/text/english/weights.py) to annotated novels, or say what they are worth.

    python -m bench.fit DATA --write             fit to all novels below DATA, and write the weights into the file
    python -m bench.fit DATA --leave-one-out     read each novel with weights that were fitted to the others

DATA and the scorer are those of bench.evaluate. Each novel counts twice: with the cast found, and with that of the
annotation. The weights are those of greatest likelihood of one conditional random field over all chapters, with a
Gaussian prior around zero. A turn that the annotation does not know may be anybody's; a turn whose speaker is not among
its candidates is nobody's; several entries of the cast may be parts of one annotated character.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from bench.evaluate import AT_ONCE, errors_in_the_doubtful_fifth, judge, line_of, load_scorer, mean, shown, spread
from books.chapters import split_chapters
from books.language import detect_language
from recognition.engines import Manuscript, Options
from recognition.engines.offline import OfflineEngine
from recognition.pipeline import recognize
from recognition.script import Cast, Character, Section, as_json
from recognition.text import english
from recognition.text.english import speakers, weights
from recognition.text.english.evidence import NOBODY, gather
from recognition.text.english.names import find_narrator
from recognition.text.english.scenes import read_scene

ROSTERS = ("own", "given")
VARIANCE = 1 / 3  # of the prior; 0.1 and 1 are both worse on novels left out
SMALL = 0.045  # weights nearer to zero are left out
WIDTH = 7  # the most candidates of a turn, nobody included
NO_TURN, NO_CANDIDATE = -2, -3
COLUMNS = ("own", "given", "ECE own", "ECE given", "doubtful fifth own", "doubtful fifth given")


class Turn(NamedTuple):
    """The candidates of a turn, the features of each, the names of the steps to it, and which candidates are right."""

    who: list[int]
    features: list[list[str]]
    steps: tuple[str, str, str]
    right: list[bool]


# ------------------------------------------------------------------------------------------------- examples


def manuscript_of(folder: Path) -> Manuscript:
    text = (folder / "text.txt").read_bytes().decode()
    return Manuscript("en", tuple(Section(n, part.start, part.text) for n, part in enumerate(split_chapters(text), 1)))


def is_english(folder: Path) -> bool:
    return detect_language((folder / "text.txt").read_text(encoding="utf-8")) == "en"


def given_cast(folder: Path) -> Cast:
    rows = json.loads((folder / "characters.json").read_text(encoding="utf-8"))
    return tuple(Character(row["name"], tuple(row["aliases"]), row["gender"]) for row in rows)


def examples(judge_at: Path, folder: Path, roster: str) -> list[list[Turn]]:
    """The chapters of a novel as chains of turns. `judge_at` is the scorer's file."""
    scorer = load_scorer(judge_at)
    sections = manuscript_of(folder).sections
    if roster == "given":
        cast = english.with_narrator(sections, given_cast(folder))
    else:
        cast = english.find_cast([english.scan(section) for section in sections], coreference=True, threshold=0.8)
    lexicon, narrator = speakers.lexicon_of(cast), find_narrator(cast)
    found = scorer.people({"name": one.name, "aliases": one.aliases} for one in cast)
    annotated = scorer.people(json.loads((folder / "characters.json").read_text(encoding="utf-8")))
    keys = {person.name: person.keys for person in annotated}
    gold = [(span, quote["speaker"]) for quote in scorer.read_lines(folder / "quotes.jsonl") for span in quote["spans"]]
    chains = []
    for section in sections:
        scene = read_scene(section.text, lexicon, narrator)
        pieces = [(section.start + piece.start, section.start + piece.end) for piece in scene.pieces]
        said: dict[int, Counter[str]] = {}
        for piece, index, shared in scorer.overlaps(pieces, [span for span, _ in gold]):
            said.setdefault(piece, Counter())[gold[index][1]] += shared
        chain = []
        for index, (turn, candidates) in enumerate(zip(scene.turns, gather(scene, lexicon), strict=True)):
            votes = sum((said.get(piece, Counter()) for piece in turn.pieces), Counter())
            speaker = max(votes, key=votes.__getitem__, default=None)
            right = [who != NOBODY and speaker and bool(found[who].keys & keys[speaker]) for who in candidates.who]
            if speaker and not any(right):
                right = [who == NOBODY for who in candidates.who]
            if not any(right):
                right = [True] * len(right)
            steps = speakers.transitions(turn, scene.turns[index - 1] if index else None)
            chain.append(Turn(candidates.who, candidates.features, steps, right))
        if chain:
            chains.append(chain)
    return chains


# ------------------------------------------------------------------------------------------------- fitting


class Field:
    """Chains as arrays: rows for the first turns of all chains, the longest chain first, then for the second turns."""

    def __init__(self, chains: Sequence[Sequence[Turn]]) -> None:
        chains = sorted(chains, key=len, reverse=True)
        sizes = [sum(at < len(chain) for chain in chains) for at in range(len(chains[0]))]
        self.blocks = [slice(end - size, end) for size, end in zip(sizes, np.cumsum(sizes), strict=True)]
        places = [(chain, at) for at, size in enumerate(sizes) for chain in chains[:size]]
        turns = [chain[at] for chain, at in places]
        self.names: dict[str, int] = {}
        cells = [
            (row * WIDTH + place, self.names.setdefault(name, len(self.names)))
            for row, turn in enumerate(turns)
            for place, features in enumerate(turn.features)
            for name in features
        ]
        self.steps = np.array([[self.names.setdefault(name, len(self.names)) for name in turn.steps] for turn in turns])
        shape = (len(turns) * WIDTH, len(self.names))
        self.features = csr_matrix((np.ones(len(cells)), np.array(cells).T), shape=shape)
        self.right = np.array([turn.right + [False] * (WIDTH - len(turn.who)) for turn in turns])
        now = _padded([turn.who for turn in turns])
        self.open = now != NO_CANDIDATE
        # Which candidates are the same person: [one turn before, now], [two turns before, now].
        self.same, self.back = (
            (
                (_padded([chain[at - by].who if at >= by else [NO_TURN] for chain, at in places])[:, :, None])
                == np.where(self.open & (now != NOBODY), now, NO_CANDIDATE - 1)[:, None, :]
            ).astype(np.float32)
            for by in (1, 2)
        )

    def fit(self) -> dict[str, float]:
        start = np.zeros(len(self.names))
        found = minimize(self.loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200, "ftol": 1e-6})
        return dict(zip(self.names, found.x.tolist(), strict=True))

    def loss(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the logarithm of likelihood and prior, and its gradient."""
        wanted, expected = self.sums(values, self.right)
        total, feared = self.sums(values, self.open)
        return total - wanted + (values**2).sum() / (2 * VARIANCE), feared - expected + values / VARIANCE

    def sums(self, values: np.ndarray, allowed: np.ndarray) -> tuple[float, np.ndarray]:
        """The logarithm of the sum over all ways with allowed candidates, and the expected count of each feature.

        Forward and backward over the pairs of speakers, as in speakers.py, all chains at once.
        """
        scores = np.where(allowed, (self.features @ values).reshape(-1, WIDTH), -np.inf)
        top = scores.max(1, keepdims=True)
        unary = np.exp(scores - top).astype(np.float32)
        same, back, third = np.exp(values[self.steps]).astype(np.float32).T[:, :, None, None]
        ways = (same * self.same + third * (1 - self.same))[:, None]  # [turn, two before, one before, now]
        ways = ways + ((back - third) * self.back)[:, :, None] * (1 - self.same)[:, None]
        ways *= unary[:, None, None, :]
        total = top.sum()
        state = np.zeros((self.blocks[0].stop, WIDTH, WIDTH), np.float32)
        state[:, 0, 0] = 1
        before = np.empty((len(scores), WIDTH, WIDTH), np.float32)
        for block in self.blocks:
            before[block] = state[: block.stop - block.start]
            state = np.einsum("sij,sijk->sjk", before[block], ways[block])
            scale = state.sum((1, 2), keepdims=True)
            total += np.log(scale).sum()
            state /= scale
        shares, taken = np.empty_like(scores), np.empty((len(scores), 3))
        after = np.ones((0, WIDTH, WIDTH), np.float32)
        for block in reversed(self.blocks):
            new = block.stop - block.start - len(after)
            joint = ways[block] * np.concatenate([after, np.ones((new, WIDTH, WIDTH), np.float32)])[:, None]
            after = joint.sum(3)
            after /= after.sum((1, 2), keepdims=True)
            joint *= before[block][:, :, :, None]
            joint /= joint.sum((1, 2, 3), keepdims=True)
            last = joint.sum(1)
            shares[block] = last.sum(1)
            taken[block, 0] = (last * self.same[block]).sum((1, 2))
            taken[block, 1] = np.einsum("sijk,sik,sjk->s", joint, self.back[block], 1 - self.same[block])
        taken[:, 2] = 1 - taken[:, 0] - taken[:, 1]
        counts = self.features.T @ shares.ravel()
        np.add.at(counts, self.steps.ravel(), taken.ravel())
        return total, counts


def _padded(rows: Sequence[list[int]]) -> np.ndarray:
    return np.array([row + [NO_CANDIDATE] * (WIDTH - len(row)) for row in rows])


# ------------------------------------------------------------------------------------------------- results


def write(fitted: dict[str, float]) -> None:
    """Put the weights into weights.py, in lines of 120 characters."""
    lines, line = [], "   "
    for name, value in sorted(fitted.items()):
        if name and abs(value) >= SMALL:
            entry = f' "{name}": {round(value, 2)},'
            if len(line + entry) > 120:
                lines, line = [*lines, line], "   "
            line += entry
    path = Path(weights.__file__)
    head, _, rest = path.read_text(encoding="utf-8").partition("WEIGHTS: dict[str, float] = {\n")
    tail = rest[rest.index("}\n") :]
    table = "\n".join([*lines, line])
    path.write_text(f"{head}WEIGHTS: dict[str, float] = {{\n{table}\n{tail}", encoding="utf-8")


def left_out(judge_at: Path, folder: Path, chains: Sequence[Sequence[Turn]]) -> list[float | None]:
    """The figures of a novel, read with weights that are fitted to `chains`; the process keeps those weights."""
    scorer = load_scorer(judge_at)
    weights.WEIGHTS.clear()
    weights.WEIGHTS.update(Field(chains).fit())
    figures = []
    for cast in (None, given_cast(folder)):
        script = as_json(recognize(manuscript_of(folder), OfflineEngine(), Options(), cast), {})
        score, lines = scorer.score_book(script, folder), tuple(judge(scorer, script, folder))
        ece = score["calibration"]["expected_calibration_error"]
        figures.append((score["attribution"]["accuracy"], ece, errors_in_the_doubtful_fifth(lines)))
    return [figure for pair in zip(*figures, strict=True) for figure in pair]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--scorer", type=Path, help="score.py; DATA/../tools/score.py without it")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write the weights into weights.py")
    what.add_argument("--leave-one-out", action="store_true", help="print a table of novels that were left out")
    options = parser.parse_args()
    data: Path = options.data.resolve()
    judge_at: Path = options.scorer or data.parent / "tools" / "score.py"
    folders = [path.parent for path in sorted(data.rglob("quotes.jsonl")) if is_english(path.parent)]
    if len(folders) < 2:
        sys.exit(f"{data} holds fewer than two annotated English novels")
    with ProcessPoolExecutor(AT_ONCE) as pool:
        jobs = [(folder, roster) for folder in folders for roster in ROSTERS]
        chains = dict(zip(jobs, pool.map(partial(examples, judge_at), *zip(*jobs, strict=True)), strict=True))
        if options.write:
            write(Field([chain for found in chains.values() for chain in found]).fit())
            return
        others = [[chain for job, found in chains.items() if job[0] != left for chain in found] for left in folders]
        rows = list(pool.map(partial(left_out, judge_at), folders, others))
    print(line_of("book left out", *COLUMNS))
    print(line_of("---", *["---:"] * len(COLUMNS)))
    for folder, row in zip(folders, rows, strict=True):
        print(line_of(folder.name, *map(shown, row)))
    known = [[value for value in column if value is not None] for column in zip(*rows, strict=True)]
    print(line_of("**mean ± s.d.**", *(f"{shown(mean(values))} ± {shown(spread(values))}" for values in known)))


if __name__ == "__main__":
    main()
