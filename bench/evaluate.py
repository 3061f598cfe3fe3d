"""How right the recognition is: every annotated book below a folder, through the command line, against its annotation.

    python -m bench.evaluate DATA [--scorer SCORE.py] [--json FILE]

DATA holds whole books (text.txt, characters.json, quotes.jsonl) and sets of windows (windows.jsonl, characters.json).
A book is read twice: it finds its own characters (roster "own"), or is given those of the annotation ("given"); windows
are too short to find anybody in and are read with the given ones only. The scorer (by default DATA/../tools/score.py)
is the judge: all figures are its own, or computed by its functions. Tables are Markdown, rates between 0 and 1.

Errors are quotations with a known speaker whose answer is wrong, by kind; the first that holds:
* missed: no quotation was found there;
* unknown: a quotation was found, but nobody is said to speak it (or two equally long pieces disagree);
* cast: the answer bears a name of the right person, but the cast joins or splits that person;
* invented: the answer is linked to nobody of the annotation;
* listener: the answer speaks the nearest line before or after that is not the right speaker's, as annotated;
* wrong: the answer is another character.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
AT_ONCE = 2
TYPES = ("explicit", "anaphoric", "implicit", "latent")
KINDS = ("missed", "unknown", "cast", "invented", "listener", "wrong")
DOUBTFUL = 0.2  # the share of lines, least sure first, that should hold most of the errors
Row = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """A quotation with a known speaker: whether the answer is right, if not why, and how sure it was (None: none)."""

    right: bool
    error: str = ""
    confidence: float | None = None


@dataclass(frozen=True)
class Result:
    """One reading of a book or a set of windows; `lines` is empty for windows, whose predictions say no confidence."""

    set: str
    book: str
    roster: str
    seconds: float
    score: Row
    lines: tuple[Judged, ...] = ()
    errors: Mapping[str, int] = field(default_factory=dict)

    def figures(self) -> dict[str, float | None]:
        """What the tables show, by column; None where there is nothing to measure."""
        score, attribution = self.score, self.score["attribution"]
        found = {"accuracy": attribution["accuracy"]}
        found |= {kind: attribution["by_type"][kind]["accuracy"] for kind in TYPES if kind in attribution["by_type"]}
        if self.lines:
            found["spans F1"] = score["detection"]["spans"]["f1"]
        if self.roster == "own":
            found |= {
                "cast F1": score["cast"]["all"]["f1"],
                "cast F1 (10)": score["cast"]["with_10_quotes"]["f1"],
                "gender": score["cast"]["gender"]["accuracy"],
                "aliases F1": score["cast"]["alias_pairs"]["f1"],
            }
        if self.lines:
            found["ECE"] = score["calibration"]["expected_calibration_error"]
            found["doubtful fifth"] = errors_in_the_doubtful_fifth(self.lines)
        return found | {"seconds": self.seconds}


def load_scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path} is no scorer")
    module = sys.modules["scorer"] = importlib.util.module_from_spec(spec)  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


# ------------------------------------------------------------------------------------------------- running


def run(*command: object) -> float:
    """The seconds that a command of manage.py takes, start-up included. Raises CalledProcessError."""
    began = time.perf_counter()
    subprocess.run([sys.executable, MANAGE, *map(str, command)], check=True)
    return round(time.perf_counter() - began, 1)


def read_book(scorer: ModuleType, data: Path, folder: Path, roster: str) -> Result:
    cast = ["--cast", folder / "characters.json"] if roster == "given" else []
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "script.json"
        seconds = run("recognize", folder / "text.txt", "--output", output, *cast)
        script = json.loads(output.read_text(encoding="utf-8"))
    score, lines = scorer.score_book(script, folder), tuple(judge(scorer, script, folder))
    if round(sum(line.right for line in lines) / (len(lines) or 1), 4) != (score["attribution"]["accuracy"] or 0):
        sys.exit(f"{folder}: the scorer counts otherwise than judge() here; they must agree")
    errors = Counter(line.error for line in lines if not line.right)
    return Result(set_of(data, folder), folder.name, roster, seconds, score, lines, errors)


def read_windows(scorer: ModuleType, data: Path, folder: Path) -> Result:
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "predictions.jsonl"
        cast = ["--cast", folder / "characters.json"]
        seconds = run("attribute", folder / "windows.jsonl", *cast, "--output", output)
        predictions = scorer.read_lines(output)
    attribution = (score := scorer.score_windows(predictions, folder))["attribution"]
    answered, right = (round(attribution[key] * attribution["n"]) for key in ("coverage", "accuracy"))
    errors = {"unknown": attribution["n"] - answered, "wrong": answered - right}
    return Result(set_of(data, folder), folder.name, "given", seconds, score, errors=errors)


def set_of(data: Path, folder: Path) -> str:
    """The folder of folders that a book belongs to; one that lies in DATA itself is a set of its own."""
    return (folder if folder.parent == data else folder.parent).relative_to(data).as_posix()


def read_all(scorer: ModuleType, data: Path) -> list[Result]:
    """Every book with both rosters and every set of windows, in the order of their folders."""
    books = [path.parent for path in sorted(data.rglob("quotes.jsonl"))]
    windows = [path.parent for path in sorted(data.rglob("windows.jsonl"))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(read_book, scorer, data, book, roster) for roster in ("own", "given") for book in books]
        jobs += [pool.submit(read_windows, scorer, data, folder) for folder in windows]
        return [job.result() for job in jobs]


# ------------------------------------------------------------------------------------------------- judging


def judge(scorer: ModuleType, script: Row, folder: Path) -> Iterator[Judged]:
    """The quotations with a known speaker, in order, judged as `score_book` does, which tells no single ones."""
    text = (folder / "text.txt").read_bytes().decode()
    gold = scorer.read_lines(folder / "quotes.jsonl")
    gold_cast = scorer.people(json.loads((folder / "characters.json").read_text(encoding="utf-8")))
    trimmed = [(quote, scorer.trim(text, quote["start"], quote["end"])) for quote in script["quotes"]]
    quotes = [quote for quote, (start, end) in trimmed if start < end]
    spans = [(start, end) for _, (start, end) in trimmed if start < end]
    listed = {person.name: person for person in scorer.people(script["characters"])}
    unlisted = {quote["speaker"] for quote in quotes if quote["speaker"]} - listed.keys()
    cast = [*listed.values(), *scorer.people({"name": name} for name in sorted(unlisted))]

    pieces = [
        (scorer.trim(text, start, end), index) for index, quote in enumerate(gold) for start, end in quote["spans"]
    ]
    cover: list[Counter[str | None]] = [Counter() for _ in gold]
    closest: dict[tuple[int, str | None], tuple[int, int]] = {}
    for mine, piece, shared in scorer.overlaps(spans, [span for span, _ in pieces]):
        index, speaker = pieces[piece][1], quotes[mine]["speaker"] or None
        cover[index][speaker] += shared
        closest[index, speaker] = max(closest.get((index, speaker), (0, 0)), (shared, -mine))
    answers = [scorer.answer(speakers) for speakers in cover]
    known = [index for index, quote in enumerate(gold) if quote["speaker"] is not None]
    common = Counter((answers[k], gold[k]["speaker"]) for k in known if answers[k] is not None)
    links = scorer.link(cast, gold_cast, common)

    names = {person.name: person.keys for person in cast}
    gold_names = {person.name: person.keys for person in gold_cast}
    speakers = [gold[k]["speaker"] for k in known]
    for place, k in enumerate(known):
        answer, right = answers[k], speakers[place]
        if answer is None:
            yield Judged(False, "unknown" if cover[k] else "missed")
            continue
        confidence = quotes[-closest[k, answer][1]]["confidence"]
        who = links.get(answer)
        if who == right:
            yield Judged(True, "", confidence)
        elif names[answer] & gold_names[right]:
            yield Judged(False, "cast", confidence)
        elif who is None:
            yield Judged(False, "invented", confidence)
        else:
            yield Judged(False, "listener" if who in partners(speakers, place) else "wrong", confidence)


def partners(speakers: Sequence[str], place: int) -> set[str]:
    """Who has the nearest line before and after `place` that is not by the speaker of `place` itself."""
    before = (other for other in reversed(speakers[:place]) if other != speakers[place])
    after = (other for other in speakers[place + 1 :] if other != speakers[place])
    return {other for other in (next(before, None), next(after, None)) if other is not None}


def errors_in_the_doubtful_fifth(lines: Sequence[Judged]) -> float | None:
    """The share of the wrong answers that are in the least sure fifth of all answers; None without a wrong answer."""
    answers = [(line.confidence, line.right) for line in lines if line.confidence is not None]
    answers.sort(key=lambda answer: answer[0])
    wrong = sum(not right for _, right in answers)
    doubtful = answers[: math.ceil(DOUBTFUL * len(answers))]
    return round(sum(not right for _, right in doubtful) / wrong, 4) if wrong else None


# ------------------------------------------------------------------------------------------------- showing


def tables(results: Sequence[Result]) -> Iterator[str]:
    """For each set and roster: a row a book, their mean and spread, and the errors by kind."""
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        groups[result.set, result.roster].append(result)
    for (name, roster), group in groups.items():
        yield f"\n### {name}, {roster} roster\n"
        yield from figures_table(group)
        yield ""
        yield from errors_table(group)


def figures_table(group: Sequence[Result]) -> Iterator[str]:
    rows = [result.figures() for result in group]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    yield line_of("book", "n", *columns)
    yield line_of("---", *["---:"] * (len(columns) + 1))
    for result, row in zip(group, rows, strict=True):
        yield line_of(result.book, result.score["attribution"]["n"], *(shown(row.get(column)) for column in columns))
    if len(group) > 1:
        values = [[value for row in rows if (value := row.get(column)) is not None] for column in columns]
        total = sum(result.score["attribution"]["n"] for result in group)
        yield line_of("**mean ± s.d.**", total, *(f"{shown(mean(v))} ± {shown(spread(v))}" for v in values))
        yield line_of("min..max", "", *(f"{shown(min(v))}..{shown(max(v))}" if v else "-" for v in values))


def errors_table(group: Sequence[Result]) -> Iterator[str]:
    kinds = [kind for kind in KINDS if any(kind in result.errors for result in group)]
    yield line_of("errors", "n", *kinds)
    yield line_of("---", *["---:"] * (len(kinds) + 1))
    counted = [(result.book, Counter(result.errors)) for result in group]
    if len(group) > 1:
        counted.append(("**all**", sum((errors for _, errors in counted), Counter())))
    for book, errors in counted:
        total = errors.total()
        yield line_of(book, total, *(f"{errors[kind]} ({errors[kind] / (total or 1):.0%})" for kind in kinds))


def line_of(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}" if value > 1 else f"{value:.3f}"


def mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def spread(values: Sequence[float]) -> float | None:
    """The standard deviation of a sample; None for a single value."""
    return statistics.stdev(values) if len(values) > 1 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--scorer", type=Path, help="score.py; DATA/../tools/score.py without it")
    parser.add_argument("--json", type=Path, help="write all figures, with the scorer's whole answers, there")
    options = parser.parse_args()
    data: Path = options.data.resolve()
    results = read_all(load_scorer(options.scorer or data.parent / "tools" / "score.py"), data)
    if not results:
        sys.exit(f"{data} holds no quotes.jsonl and no windows.jsonl")
    print("\n".join(tables(results)).strip())
    if options.json:
        written = [
            {"set": r.set, "book": r.book, "roster": r.roster, "errors": r.errors, **r.figures(), "score": r.score}
            for r in results
        ]
        options.json.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
