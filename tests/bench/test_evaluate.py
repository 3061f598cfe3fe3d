import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import evaluate
from tests import texts

ROOT = Path(__file__).resolve().parent.parent.parent
SCORER = Path(__file__).parent / "scorer.py"

SPEAKERS = {"还有空房么？": "沈青山", "那就那一间。": "沈青山", "都漏。": "林月娥", "这雨再下两天": "赵四海"}


def write_lines(path: Path, rows) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def data(tmp_path):
    """A set of one book, and a set of two windows."""
    book, windows = tmp_path / "data" / "ferry" / "one", tmp_path / "data" / "windows"
    cast = json.dumps([{"name": name, "aliases": [], "gender": "unknown"} for name in ("沈青山", "赵四海", "林月娥")])
    for folder in (book, windows):
        folder.mkdir(parents=True)
        (folder / "characters.json").write_text(cast)
    (book / "text.txt").write_text(texts.CHINESE, encoding="utf-8")
    places = [(texts.CHINESE.index(words), words, who) for words, who in SPEAKERS.items()]
    write_lines(
        book / "quotes.jsonl",
        [{"id": at, "spans": [[at, at + len(words)]], "speaker": who, "type": "explicit"} for at, words, who in places],
    )
    text = "雨停了。\n沈青山道：“走罢。”"
    spans = [[text.index("走"), text.index("”")]]
    rows = [
        {"id": n, "text": text, "spans": spans, "speaker": who, "type": "explicit"}
        for n, who in enumerate(("沈青山", "赵四海"))
    ]
    write_lines(windows / "windows.jsonl", rows)
    return tmp_path / "data"


def test_every_set_is_read_through_the_command_line_with_both_rosters(data, tmp_path):
    command = [sys.executable, "-m", "bench.evaluate", data, "--scorer", SCORER, "--json", tmp_path / "all.json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert [(row["set"], row["book"], row["roster"], row["accuracy"]) for row in rows] == [
        ("ferry", "one", "own", 1.0),
        ("ferry", "one", "given", 1.0),
        ("windows", "windows", "given", 0.5),
    ]
    assert "### ferry, own roster" in done.stdout and "| one | 4 | 1.000 |" in done.stdout


def test_models_that_err_are_made_up_to_see_what_the_combination_makes_of_them(data):
    command = [sys.executable, "-m", "bench.combination", data]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    cells = done.stdout.splitlines()[2].split("|")
    assert [cell.strip() for cell in cells[1:5]] == ["0.00", "1.000", "1.000", "1.000"]
    assert "| cue+model | 0.99 | 1.00 (" in done.stdout


def test_a_folder_without_annotated_books_is_an_error(tmp_path):
    command = [sys.executable, "-m", "bench.evaluate", tmp_path, "--scorer", SCORER]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0 and "holds no quotes.jsonl" in done.stderr


@pytest.fixture
def judged(tmp_path):
    """Judges quotations of one character each: `judged([(right, said), ...])`; said "" is nobody, None not found."""
    cast = [{"name": name, "aliases": [name.lower()]} for name in "ABCDE"]
    (tmp_path / "characters.json").write_text(json.dumps(cast))

    def judge(lines):
        (tmp_path / "text.txt").write_text("." * len(lines))
        gold = [{"spans": [[at, at + 1]], "speaker": right} for at, (right, _) in enumerate(lines)]
        write_lines(tmp_path / "quotes.jsonl", gold)
        said = [
            {"start": at, "end": at + 1, "speaker": speaker or None, "confidence": 0.5}
            for at, (_, speaker) in enumerate(lines)
            if speaker is not None
        ]
        script = {"quotes": said, "characters": []}
        return list(evaluate.judge(evaluate.load_scorer(SCORER), script, tmp_path))

    return judge


def test_errors_are_told_apart(judged):
    lines = [("A", "A"), ("B", None), ("B", ""), ("A", "Z"), ("B", "C")]
    assert [line.error for line in judged(lines)] == ["", "missed", "unknown", "invented", "wrong"]


def test_who_speaks_just_before_or_after_is_a_listener(judged):
    lines = [("A", "A"), ("B", "A"), ("B", "C"), ("C", "C"), ("D", "B")]
    assert [line.error for line in judged(lines)] == ["", "listener", "listener", "", "wrong"]


def test_the_right_name_in_a_cast_that_splits_the_person_is_an_error_of_the_cast(judged):
    assert judged([("A", "a")])[0].error == "cast"


def test_a_line_without_a_known_speaker_is_not_judged(judged):
    assert len(judged([("A", "A"), (None, "B")])) == 1


def answers(*rows):
    return [evaluate.Judged(right, "" if right else "wrong", confidence) for confidence, right in rows]


def test_the_doubtful_fifth_are_the_least_sure_answers():
    lines = answers((0.9, True), (0.2, False), (0.8, True), (0.7, False), (0.95, True))
    assert evaluate.errors_in_the_doubtful_fifth(lines) == 0.5


def test_without_an_error_there_is_no_doubtful_fifth():
    assert evaluate.errors_in_the_doubtful_fifth(answers((0.9, True))) is None


def test_lines_without_an_answer_are_no_part_of_the_doubtful_fifth():
    lines = [
        *answers((0.3, False), (0.9, True), (0.9, True), (0.9, True), (0.9, True)),
        evaluate.Judged(False, "missed"),
    ]
    assert evaluate.errors_in_the_doubtful_fifth(lines) == 1
