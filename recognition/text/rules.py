"""What the offline engine asks of a language; the modules `chinese` and `english` answer it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from recognition.script import Cast, Quotation, Section


class Rules(Protocol):
    """Three steps, all pure and deterministic (no order of a set may show in a result).

    1. `scan` reads one section: its quotations, and what it tells of names. Its result is language-specific.
    2. `find_cast` joins what all sections told into a cast.
       A cast that is given instead goes through `with_narrator`, which marks who tells the story.
    3. `attribute` finds the speakers of one section. It depends on the section and the cast alone, so that a section
       can be done again, or skipped, by itself.

    `threshold` is the least evidence score, 0 to 1, at which two names are joined. `coreference` off: no names are
    joined, and only explicit cues count (no pronouns, no turns).
    """

    def scan(self, section: Section) -> Any: ...

    def find_cast(self, scans: Sequence[Any], *, coreference: bool, threshold: float) -> Cast: ...

    def with_narrator(self, sections: Sequence[Section], cast: Cast) -> Cast: ...

    def attribute(self, section: Section, cast: Cast, *, coreference: bool) -> tuple[Quotation, ...]: ...
