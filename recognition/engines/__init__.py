"""Engines: who reads the text. An engine gets a frozen config and never reads settings or the database."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from recognition.script import Cast, Quotation, Relation, Script, Section

FailureReason = Literal["engine", "quota", "budget", "config"]


class EngineError(Exception):
    """An engine could not do its work. `permanent`: trying the same again cannot help.

    failure: why, as in models.Failure. retry_after: seconds to wait before trying again, when the engine knows.
    """

    def __init__(
        self, message: str, permanent: bool = False, failure: FailureReason = "engine", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.failure = failure
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose; the effect of each is in docs/options.md."""

    enable_coreference: bool = True
    enable_dialogue: bool = True
    enable_relations: bool = True
    max_characters: int | None = None
    min_mentions: int = 1
    similarity_threshold: float = 0.8


@dataclass(frozen=True, slots=True)
class Manuscript:
    """What an engine reads: the language, and all sections in order."""

    language: str  # "zh" or "en"
    sections: tuple[Section, ...]

    @property
    def length(self) -> int:
        return self.sections[-1].end if self.sections else 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished window. `text` is the raw answer; it is reused only where `request_hash` matches."""

    stage: str
    index: int
    start: int
    end: int
    request_hash: str
    text: str = ""
    error: str = ""
    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One sign of life of a recognition. A bare Step only says that it goes on.

    stage, done, total: windows of this stage finished, of those known. progress: the share of the whole, 0 to 1,
    never falling. answer: the window that was just finished, to be saved with `quotations`, which replace what was
    known of `section`. cast: the cast as known from now on, to be saved before any quotation names it. in_flight: calls
    under way, whose answers would be paid for and lost if the reading stopped here.
    """

    stage: str
    done: int
    total: int
    progress: float
    answer: Answer | None = None
    cast: Cast | None = None
    section: Section | None = None
    quotations: tuple[Quotation, ...] = ()
    in_flight: int = 0
    script: Script | None = None  # the last step of all carries it


@dataclass(frozen=True, slots=True)
class Draft:
    """What an engine knows when it has read everything; `quotations` has one tuple a section.

    `relations` are those the text states; who speaks to whom is counted from the quotations later.
    """

    cast: Cast
    quotations: tuple[tuple[Quotation, ...], ...]
    relations: tuple[Relation, ...] = ()


Saved = Mapping[tuple[str, int], Answer]
Reading = Generator[Step, None, Draft]


class Engine(Protocol):
    """Reads a manuscript step by step.

    `read` yields a Step at least every few seconds, so that its caller can keep a lease, save, or stop by closing the
    generator. `cast`, when given, replaces the search for characters. `saved` are the windows of an earlier run.
    Raises EngineError.
    """

    name: str

    def read(self, manuscript: Manuscript, options: Options, cast: Cast | None, saved: Saved) -> Reading: ...
