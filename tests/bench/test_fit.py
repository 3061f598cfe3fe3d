import itertools
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.fit import Field, Turn, examples
from recognition.text.english.evidence import NOBODY
from recognition.text.english.speakers import transitions

ROOT = Path(__file__).resolve().parent.parent.parent
SCORER = Path(__file__).parent / "scorer.py"
STEPS = ("same", "back", "third")
CHAIN = [
    Turn([0, 1, NOBODY], [["a"], ["b"], ["c"]], STEPS, [True, False, False]),
    Turn([1, 0], [["a", "b"], ["c"]], STEPS, [True, True]),
    Turn([0, 1, NOBODY], [["b"], ["a"], ["c"]], STEPS, [False, True, False]),
]
TEXT = '"It is late, Ben," said Ann.\n\n"So it is, Ann."\n\n"Good night," said Ben.\n\n"Good night."\n'


@pytest.fixture
def data(tmp_path):
    """Two novels of one page, by their annotation."""
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "text.txt").write_text(TEXT, encoding="utf-8")
        cast = [{"name": who, "aliases": [], "gender": gender} for who, gender in (("Ann", "female"), ("Ben", "male"))]
        (folder / "characters.json").write_text(json.dumps(cast), encoding="utf-8")
        lines = [("It is late", "Ann"), ("So it is", "Ben"), ("Good night,", "Ben"), ("Good night.", "Ann")]
        starts = [(TEXT.index(words), who) for words, who in lines]
        rows = [{"spans": [[start, start + 8]], "speaker": who, "type": "implicit"} for start, who in starts]
        (folder / "quotes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


def test_the_sum_over_all_ways_is_that_of_trying_each():
    field = Field([CHAIN, CHAIN[:2]])
    values = np.linspace(-1, 1, len(field.names))
    weight = dict(zip(field.names, values, strict=True))

    def score(chain, way):
        total = 0.0
        for at, choice in enumerate(way):
            who = chain[at].who[choice]
            before = [chain[at - by].who[way[at - by]] if at >= by else None for by in (1, 2)]
            step = "third" if who == NOBODY else "same" if who == before[0] else "back" if who == before[1] else "third"
            total += sum(weight[name] for name in chain[at].features[choice]) + weight[step]
        return total

    expected = sum(
        math.log(sum(math.exp(score(chain, way)) for way in itertools.product(*(range(len(t.who)) for t in chain))))
        for chain in (CHAIN, CHAIN[:2])
    )
    assert field.sums(values, field.open)[0] == pytest.approx(expected, rel=1e-5)


def test_the_gradient_is_the_slope():
    field = Field([CHAIN])
    values = np.linspace(-1, 1, len(field.names))
    for at in range(len(values)):
        step = np.zeros(len(values))
        step[at] = 0.01
        slope = (field.loss(values + step)[0] - field.loss(values - step)[0]) / 0.02
        assert field.loss(values)[1][at] == pytest.approx(slope, abs=1e-3)


def test_what_speaks_for_the_right_one_gets_weight():
    turn = Turn([0, 1], [["good"], ["bad"]], transitions(CHAIN[0], None), [True, False])
    fitted = Field([[turn]] * 20).fit()
    assert fitted["good"] > 0.5 and fitted["bad"] < -0.5


def test_the_annotation_says_which_candidate_is_right(data):
    (chain,) = examples(SCORER, data / "one", "given")
    assert [[who for who, right in zip(turn.who, turn.right, strict=True) if right] for turn in chain] == [
        [0],
        [1],
        [1],
        [0],
    ]


def test_each_novel_is_read_with_weights_of_the_others(data):
    command = [sys.executable, "-m", "bench.fit", data, "--scorer", SCORER, "--leave-one-out"]
    shown = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [row.split(" | ")[0] for row in shown.splitlines()[2:]] == ["| one", "| two", "| **mean ± s.d.**"]
