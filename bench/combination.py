"""What the combination of rules and model makes of models that err more and less often.

    python -m bench.combination DATA

DATA holds annotated books (see bench/evaluate.py), which the rules read with the roster given. The model is made up: it
knows the annotation and errs with a given probability, HARDER times as often at lines that the rules are not sure of;
an error is a speaker of a line nearby. Its errors do not depend on those of the rules, as those of a real model may. So
this says which way of combining is better for what model, not how good a real one is.

First table: accuracy, mean over the books. Second: for each agreement class the share that is right, and its confidence
in recognition/engines/llm/answers.py.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from books.chapters import split_chapters
from books.language import detect_language
from recognition.engines import Manuscript
from recognition.engines.llm.answers import AGREEMENT, HARDER, Trust, decide, is_sure
from recognition.engines.offline import OfflineEngine
from recognition.pipeline import recognize
from recognition.script import Character, Quotation, Section

ERRS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)  # at lines that the rules are sure of
NEAR = 4  # lines before and after, whose speakers a model confuses
REPEAT = 5

Line = tuple[Quotation, str]  # what the rules say, who speaks


def read(folder: Path) -> list[Line]:
    """The lines of a book that the rules found, with their annotated speakers."""
    text = (folder / "text.txt").read_bytes().decode()
    rows = json.loads((folder / "characters.json").read_text(encoding="utf-8"))
    cast = tuple(Character(row["name"], tuple(row["aliases"]), row["gender"]) for row in rows)
    sections = tuple(Section(n, part.start, part.text) for n, part in enumerate(split_chapters(text), start=1))
    script = recognize(Manuscript(detect_language(text), sections), OfflineEngine(), cast=cast)
    found = {quotation.start: quotation for quotation in script.quotations}
    gold = map(json.loads, (folder / "quotes.jsonl").read_text(encoding="utf-8").splitlines())
    starts = ((quote["spans"][0][0], quote["speaker"]) for quote in gold if quote["speaker"])
    return [(found[start], speaker) for start, speaker in starts if start in found]


def answers(lines: Sequence[Line], errs: float, chance: random.Random) -> Iterator[str]:
    for place, (line, speaker) in enumerate(lines):
        others = [who for _, who in lines[max(0, place - NEAR) : place + NEAR + 1] if who != speaker]
        slips = chance.random() < errs * (1 if is_sure(line) else HARDER)
        yield chance.choice(others) if slips and others else speaker


def share(right: Sequence[bool]) -> float:
    return statistics.fmean(right) if right else 0.0


def cell(right: Sequence[bool]) -> str:
    return f"{share(right):.2f} ({len(right) // REPEAT})" if right else ""


def main() -> None:
    books = {path.parent.name: read(path.parent) for path in sorted(Path(sys.argv[1]).rglob("quotes.jsonl"))}
    classes: dict[str, dict[float, list[bool]]] = defaultdict(lambda: defaultdict(list))
    print("| the model errs | rules | model | combined | contradicts |\n| ---: | ---: | ---: | ---: | ---: |")
    for errs in ERRS:
        figures = []
        for name, lines in books.items():
            for turn in range(REPEAT):
                said = list(answers(lines, errs, random.Random(f"{name} {errs} {turn}")))
                trust = Trust()
                for (line, _), label in zip(lines, said, strict=True):
                    trust.note(line, label)
                settled = [decide(line, label, trust) for (line, _), label in zip(lines, said, strict=True)]
                for line, (_, speaker) in zip(settled, lines, strict=True):
                    classes[line.method][errs].append(line.speaker == speaker)
                figures.append(
                    (
                        share([line.speaker == speaker for line, speaker in lines]),
                        share([label == speaker for label, (_, speaker) in zip(said, lines, strict=True)]),
                        share([line.speaker == speaker for line, (_, speaker) in zip(settled, lines, strict=True)]),
                        trust.doubt,
                    )
                )
        means = (f"{statistics.fmean(column):.3f}" for column in zip(*figures, strict=True))
        print(f"| {errs:.2f} | {' | '.join(means)} |")
    print(f"\n| class | confidence | {' | '.join(f'{errs:.2f}' for errs in ERRS)} |")
    print(f"| --- | ---: | {' | '.join(['---:'] * len(ERRS))} |")
    for method, confidence in AGREEMENT.items():
        print(f"| {method} | {confidence} | {' | '.join(cell(classes[method][errs]) for errs in ERRS)} |")


if __name__ == "__main__":
    main()
