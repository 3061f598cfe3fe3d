"""The result of a recognition, as frozen dataclasses, and its JSON form `txt2voice/script@1`.

All positions are code points of the whole text, end exclusive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

FORMAT = "txt2voice/script@1"

Gender = Literal["male", "female", "unknown"]
AgeGroup = Literal["child", "young", "adult", "old", "unknown"]
Importance = Literal["main", "supporting", "minor"]
Kind = Literal["person", "group", "unnamed", "narrator"]
QuotationKind = Literal["explicit", "anaphoric", "implicit"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Section:
    """A contiguous part of the text that is read at once: a chapter, or one separate window."""

    number: int
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody in the book. `name` is canonical and unique in the cast; it is not among `aliases`."""

    name: str
    aliases: tuple[str, ...] = ()
    gender: Gender = "unknown"
    kind: Kind = "person"
    age_group: AgeGroup = "unknown"
    role: str = ""
    importance: Importance = "minor"
    mentions: int = 0
    quotes: int = 0
    first_appearance: int | None = None
    # Mentions and first place of each name, the canonical one included.
    names: tuple[tuple[str, int, int], ...] = ()


Cast = tuple[Character, ...]


@dataclass(frozen=True, slots=True)
class Quotation:
    """A contiguous span of speech, without its marks.

    `chapter` is the number of its section, set by the pipeline.
    `continues` is the start of the piece before when narration interrupts one utterance; all its pieces have one
    speaker. `speaker` is a canonical name of the cast or None. `method` names the rule that decided, "" for none.
    `addressee` is who is spoken to, when known; it serves relations and turn-taking, and is not exported.
    """

    start: int
    end: int
    continues: int | None = None
    speaker: str | None = None
    kind: QuotationKind = "implicit"
    method: str = ""
    confidence: float = 0.0
    evidence: Span | None = None
    addressee: str | None = None
    chapter: int = 0


@dataclass(frozen=True, slots=True)
class Relation:
    """Two canonical names and what joins them; `weight` counts places, `evidence` holds the first few of them."""

    source: str
    target: str
    type: str
    weight: float
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """Everything a recognition found."""

    characters: Cast
    quotations: tuple[Quotation, ...]
    relations: tuple[Relation, ...] = ()
    statistics: dict[str, int | float] = field(default_factory=dict)


def as_json(script: Script, book: dict[str, Any], ids: Sequence[str] = ()) -> dict[str, Any]:
    """The script in its exchange format. `book` has title, author, language, length and text_sha256.

    `ids` are the characters' identifiers, one each; without them they are numbered from 1.
    """
    return {
        "format": FORMAT,
        "book": book,
        "characters": [
            {
                "id": id_,
                "name": character.name,
                "aliases": list(character.aliases),
                "gender": character.gender,
                "role": character.role,
                "importance": character.importance,
                "kind": character.kind,
                "mentions": character.mentions,
                "quotes": character.quotes,
                "first_appearance": character.first_appearance,
            }
            for character, id_ in zip(
                script.characters, ids or map(str, range(1, len(script.characters) + 1)), strict=True
            )
        ],
        "quotes": [
            {
                "chapter": line.chapter,
                "start": line.start,
                "end": line.end,
                "continues": line.continues,
                "speaker": line.speaker,
                "kind": line.kind,
                "method": line.method,
                "confidence": round(line.confidence, 3),
                "evidence": list(line.evidence) if line.evidence else None,
            }
            for line in script.quotations
        ],
        "relations": [
            {
                "from": relation.source,
                "to": relation.target,
                "type": relation.type,
                "weight": relation.weight,
                "evidence": [list(span) for span in relation.evidence],
            }
            for relation in script.relations
        ],
        "statistics": script.statistics,
    }


def text_sha256(text: str) -> str:
    """SHA-256 of the text as UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
