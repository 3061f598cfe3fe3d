"""How fast the offline engine reads, beside jieba's own tagger in the same run, and whether it stays linear.

    python -m bench.offline [NOVEL.txt ...]     the sample novels without a file

Times are of this process's processor, so that other work on the machine hardly shows; the best of three. Memory is the
peak of this process after the book and before anything longer. Targets are for 红楼梦 on one core of a server.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from books.chapters import split_chapters
from books.decoding import decode
from books.language import detect_language
from recognition.engines import Manuscript
from recognition.engines.offline import OfflineEngine
from recognition.pipeline import recognize
from recognition.script import Section

SAMPLES = Path(__file__).parent.parent / "books" / "samples"
SPEED, TIMES_JIEBA, MEMORY = 600_000, 15, 300  # the targets
LONG = 10_000_000  # characters up to which it has to be linear
TAGGED = 50_000  # characters given to the tagger; it is slow, and linear
ROUNDS = 3


def books() -> list[Path]:
    """The files of the command line, else the sample novels."""
    return list(map(Path, sys.argv[1:])) or sorted(SAMPLES.glob("*.txt"))


def text_of(path: Path) -> str:
    return decode(path.read_bytes()).text


def manuscript_of(text: str) -> Manuscript:
    parts = enumerate(split_chapters(text), start=1)
    return Manuscript(detect_language(text), tuple(Section(number, part.start, part.text) for number, part in parts))


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def seconds_to_read(text: str) -> float:
    manuscript = manuscript_of(text)
    return seconds(lambda: recognize(manuscript, OfflineEngine()))


def tagger_speed(text: str) -> float:
    """Characters a second of jieba.posseg, without its start-up."""
    import jieba.posseg

    list(jieba.posseg.cut("热身"))
    sample = text[:TAGGED]
    return len(sample) / min(seconds(lambda: list(jieba.posseg.cut(sample))) for _ in range(ROUNDS))


def peak() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    for path in books():
        text = text_of(path)
        speed = len(text) / min(seconds_to_read(text) for _ in range(ROUNDS))
        memory = peak()
        times = -(-LONG // len(text))
        longer = times * len(text) / seconds_to_read(text * times)
        print(f"{path.name} by the rules: {len(text):,} characters at {speed:,.0f} a second (target {SPEED:,})")
        print(f"  memory: {memory:,.0f} MB at most (target {MEMORY})")
        print(f"  {times} times the text, {times * len(text):,}: {longer / speed:.2f} of that speed (1 is linear)")
        if detect_language(text) == "zh":
            ratio = speed / tagger_speed(text)
            print(f"  {ratio:.1f} times the speed of jieba's own tagger (target {TIMES_JIEBA})")


if __name__ == "__main__":
    main()
