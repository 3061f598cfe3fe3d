"""Which lines of a book a reader is asked about, and what the answers say of all of them.

Pure: numbers in, numbers out. A line is known by its start; confidences and shares are between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, zip_longest
from math import sqrt

# The classes of confidence by their least confidence, surest first.
CLASSES = {"sure": 0.9, "fair": 0.6, "doubtful": 0.0}
Z = 1.959964  # of a normal distribution, 95 % lie within so many standard deviations


def class_of(confidence: float) -> str:
    return next(name for name, least in CLASSES.items() if confidence >= least)


def draw(lines: Iterable[tuple[int, float]], size: int, seed: str) -> list[int]:
    """The starts of at most `size` of the lines (start, confidence), in the order in which they are asked about.

    As many of each class of confidence as of the others, while it lasts, since few lines are doubtful and most errors
    are there; in turns, so that each beginning of the sample is balanced too. The order within a class is that of a
    hash with the seed: the same lines each time, whatever else is in the book, and a longer sample begins with the
    shorter one.
    """
    classes: dict[str, list[int]] = {name: [] for name in CLASSES}
    for start, confidence in lines:
        classes[class_of(confidence)].append(start)
    shuffled = (sorted(starts, key=lambda start: _hash(seed, start)) for starts in classes.values())
    in_turns = chain.from_iterable(zip_longest(*shuffled))
    return [start for start in in_turns if start is not None][:size]


def _hash(seed: str, start: int) -> bytes:
    return sha256(f"{seed}:{start}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many of the lines are right, from `judged` of them: a share, and where it lies at 95 % certainty."""

    share: float
    low: float
    high: float
    judged: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """A class of confidence: how many lines of the book it has, how many of them were judged, how many are right."""

    lines: int
    judged: int
    right: int

    @property
    def estimate(self) -> Estimate | None:
        """None while nothing was judged."""
        if not self.judged:
            return None
        share = self.right / self.judged
        return Estimate(share, *wilson(share, self.judged), self.judged)


def overall(strata: Sequence[Stratum]) -> Estimate | None:
    """The estimate for all lines of the book; None while there is a class with lines of which none was judged.

    Each class weighs as much as it has lines, since doubtful lines are asked about more often than they occur. The
    interval is Wilson's for the effective size of such a sample (Kish 1965): a weighted sample tells less than as many
    lines drawn from all.
    """
    present = [stratum for stratum in strata if stratum.lines]
    if not present or not all(stratum.judged for stratum in present):
        return None
    total = sum(stratum.lines for stratum in present)
    share = sum(stratum.lines / total * stratum.right / stratum.judged for stratum in present)
    effective = 1 / sum((stratum.lines / total) ** 2 / stratum.judged for stratum in present)
    return Estimate(share, *wilson(share, effective), sum(stratum.judged for stratum in present))


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % score interval of a share seen in a sample of n (Wilson 1927), which holds for small n too."""
    centre = share + Z * Z / (2 * n)
    width = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max(0.0, (centre - width) / scale), min(1.0, (centre + width) / scale)
