"""Fit the weights of the Chinese rules on one half of annotated lines, and judge them on the other.

    python -m bench.fit_chinese DATA [--rounds 1]

DATA holds sets of windows and whole books as for bench.evaluate; the English ones are left out. Both are read with the
given cast. Windows and chapters with even numbers are one half, those with odd numbers the other. For each half:
coordinate ascent, each weight up and down by half and by a quarter of itself (at least .5 and .25), keeping what lowers
the loss there. The loss of a line is the squared distance of its confidence from 1 where it is right, from 0 where it
is wrong. What is printed at the end, accuracy and loss on the half that was not fitted, before and after, is what the
fitted weights are worth on lines they have not seen.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

from books.chapters import split_chapters
from books.language import detect_language
from recognition.management.commands.attribute import speaker_of
from recognition.management.commands.recognize import read_cast
from recognition.script import Cast, Section
from recognition.text import chinese
from recognition.text.chinese import speakers

Line = tuple[list[tuple[int, int]], str]
Reading = tuple[Section, Cast, list[Line]]  # a chapter or a window, its cast, and its annotated lines


def rows_of(path: Path) -> list[dict]:
    return [json.loads(row) for row in path.read_text(encoding="utf-8").split("\n") if row.strip()]


def readings(data: Path) -> Iterator[Reading]:
    for path in sorted(data.rglob("windows.jsonl")):
        cast = read_cast(path.parent / "characters.json")
        for window in rows_of(path):
            yield Section(0, 0, window["text"]), cast, [(window["spans"], window["speaker"])]
    for path in sorted(data.rglob("quotes.jsonl")):
        text = (path.parent / "text.txt").read_bytes().decode()
        if detect_language(text) != "zh":
            continue
        cast = read_cast(path.parent / "characters.json")
        lines = [(row["spans"], row["speaker"]) for row in rows_of(path) if row["speaker"]]
        for number, part in enumerate(split_chapters(text), start=1):
            section = Section(number, part.start, part.text)
            inside = [line for line in lines if section.start <= line[0][0][0] < section.end]
            yield section, cast, inside


def measure(half: list[Reading]) -> tuple[float, float]:
    """Accuracy, and the mean loss."""
    right, loss, n = 0, 0.0, 0
    for section, cast, lines in half:
        quotations = chinese.attribute(section, cast, coreference=True)
        sure = {quotation.start: quotation.confidence for quotation in quotations}
        for spans, speaker in lines:
            ok = speaker_of(spans, quotations) == speaker
            right += ok
            loss += (ok - sure.get(spans[0][0], 0.0)) ** 2
            n += 1
    return right / n, loss / n


def ascend(half: list[Reading], rounds: int, say: Callable[[str], None]) -> None:
    """Changes the weights in use for the better on this half."""
    _, least = measure(half)
    for _ in range(rounds):
        for field in fields(speakers.WEIGHTS):
            for share in (0.5, -0.5, 0.25, -0.25):
                before = speakers.WEIGHTS
                value = getattr(before, field.name)
                step = share * max(1.0, abs(value))
                speakers.WEIGHTS = replace(before, **{field.name: round(value + step, 2)})
                accuracy, loss = measure(half)
                if loss < least:
                    least = loss
                    say(f"  {field.name} {value} -> {round(value + step, 2)}: accuracy {accuracy:.4f}, loss {loss:.5f}")
                else:
                    speakers.WEIGHTS = before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    every = list(readings(options.data))
    given = speakers.WEIGHTS
    for fitted, judged, name in ((every[::2], every[1::2], "even"), (every[1::2], every[::2], "odd")):
        speakers.WEIGHTS = given
        print(f"fitted on the {name} half")
        before = measure(judged)
        ascend(fitted, options.rounds, print)
        after = measure(judged)
        print(f"the other half: accuracy {before[0]:.4f} -> {after[0]:.4f}, loss {before[1]:.5f} -> {after[1]:.5f}")


if __name__ == "__main__":
    main()
