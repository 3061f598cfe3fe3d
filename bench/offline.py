"""How fast the offline engine reads, beside jieba's own tagger in the same run, and whether it stays linear.

    python bench/offline.py [NOVEL.txt ...]     the sample novels without a file

Absolute times mean little on a shared machine; the ratios are the result. Memory is the peak of this process.
"""

import resource
import sys
import time
from pathlib import Path

from books.chapters import split_chapters
from books.decoding import decode
from books.language import detect_language
from recognition.engines import Manuscript
from recognition.engines.offline import OfflineEngine
from recognition.pipeline import recognize
from recognition.script import Section

SAMPLES = Path(__file__).parent.parent / "books" / "samples"
TAGGED = 20_000  # characters given to the tagger; it is slow, and linear
TIMES_LONGER = 8


def manuscript_of(text: str) -> Manuscript:
    parts = enumerate(split_chapters(text), start=1)
    return Manuscript(detect_language(text), tuple(Section(number, part.start, part.text) for number, part in parts))


def seconds_to_read(text: str) -> float:
    manuscript = manuscript_of(text)
    began = time.perf_counter()
    recognize(manuscript, OfflineEngine())
    return time.perf_counter() - began


def tagger_speed(text: str) -> float:
    """Characters a second of jieba.posseg, without its start-up."""
    import jieba.posseg

    list(jieba.posseg.cut("热身"))
    began = time.perf_counter()
    list(jieba.posseg.cut(text[:TAGGED]))
    return min(len(text), TAGGED) / (time.perf_counter() - began)


def main() -> None:
    for path in map(Path, sys.argv[1:] or sorted(map(str, SAMPLES.glob("*.txt")))):
        text = decode(path.read_bytes()).text
        speed = len(text) / min(seconds_to_read(text) for _ in range(3))
        longer = TIMES_LONGER * len(text) / seconds_to_read(text * TIMES_LONGER)
        print(f"{path.name}: {len(text):,} characters at {speed:,.0f} a second")
        print(f"  {TIMES_LONGER} times the text: {longer / speed:.2f} of that speed (1 is linear)")
        if detect_language(text) == "zh":
            print(f"  {speed / tagger_speed(text):.1f} times the speed of jieba's own tagger")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
