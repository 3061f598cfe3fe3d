"""The engine: rules first, then the model finds the cast of the whole book, joins it, and names the speakers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import overload

from pydantic import BaseModel

from recognition.engines import Answer, Draft, Manuscript, Options, Reading, Saved, Step
from recognition.engines.llm import merge
from recognition.engines.llm.answers import DiscoverAnswer, LinesAnswer, MergeAnswer, Said, decide, resolve
from recognition.engines.llm.calls import Asking
from recognition.engines.llm.client import Answerer, Client, EndpointMemory, InProcess
from recognition.engines.llm.config import LLMConfig
from recognition.engines.llm.windows import (
    ATTRIBUTE,
    DISCOVER,
    MERGE,
    LineWindow,
    NameBatch,
    Question,
    Roster,
    Source,
    TextWindow,
    line_windows,
    text_windows,
)
from recognition.engines.offline import RULES, OfflineEngine
from recognition.script import Cast, Character, Quotation

# The share of the progress at which each stage ends, by the tokens it takes.
RULES_END, DISCOVER_END, MERGE_END = 0.1, 0.45, 0.48
LEVELS = 2  # of merging: the alike among themselves, then those that are left by how often they are named

MakeAnswerer = Callable[[LLMConfig, str], Answerer]  # given the answer format that is known, or ""


class LLMEngine:
    """Asks a language model. `memory` keeps what is learnt about the endpoint; `answerer` is who answers."""

    name = "llm"

    def __init__(
        self, config: LLMConfig, memory: EndpointMemory | None = None, answerer: MakeAnswerer = Client
    ) -> None:
        self.config = config
        self.memory = memory or InProcess()
        self.answerer = answerer

    def read(self, manuscript: Manuscript, options: Options, cast: Cast | None, saved: Saved) -> Reading:
        """Steps: rules; discover and merge, unless a cast is given; attribute. Without coreference names are not
        joined and explicit cues alone count, so that only discover asks.
        """
        draft = yield from _rescaled(OfflineEngine().read(manuscript, options, cast, saved), RULES_END)
        source = Source(manuscript.language, "".join(section.text for section in manuscript.sections))
        asking = Asking(self.config, self.answerer(self.config, self.memory.load().answer_format), self.memory)
        try:
            run = _Run(manuscript, options, source, draft, saved, asking, fixed_cast=cast is not None)
            return (yield from run.go())
        finally:
            asking.close()


def _rescaled(reading: Reading, end: float) -> Reading:
    try:
        while True:
            step = next(reading)
            yield replace(step, progress=step.progress * end)
    except StopIteration as stop:
        draft: Draft = stop.value
        return draft
    finally:
        reading.close()


@dataclass(slots=True)
class _Run:
    manuscript: Manuscript
    options: Options
    source: Source
    draft: Draft
    saved: Saved
    asking: Asking
    fixed_cast: bool

    def go(self) -> Reading:
        draft, relations = self.draft, self.draft.relations
        begin = RULES_END
        if not self.fixed_cast:
            found = yield from self.discover()
            if self.options.enable_coreference:
                found = yield from self.merge(found)
            else:
                found = replace(found, entries=tuple(replace(entry, aliases=()) for entry in found.entries))
            relations = merge.relations_of(found, found.entries)
            begin = MERGE_END
            yield Step(MERGE, 1, 1, begin, cast=found.entries)
            draft = yield from self.reread(found.entries)
        if self.options.enable_dialogue and self.options.enable_coreference:
            draft = yield from self.attribute(draft, begin)
        else:
            yield from self.show_all(draft, begin)
        return replace(draft, relations=relations)

    def answers(
        self, stage: str, windows: Sequence[Question], begin: float, end: float
    ) -> Generator[Step | Answer, None, None]:
        """Every window's answer: the saved ones first and at once, then the others as they come."""
        done, fresh = 0, []
        for window in windows:
            answer = self.saved.get((stage, window.index))
            if answer is not None and answer.request_hash == window.request().hash:
                done += 1
                yield answer
            else:
                fresh.append(window)
        if done or not windows:
            yield Step(stage, done, len(windows), begin + (end - begin) * done / max(1, len(windows)))
        for answer in self.asking.ask(fresh):
            done += answer is not None
            progress = begin + (end - begin) * done / len(windows)
            if answer is not None:
                yield answer
            yield Step(stage, done, len(windows), progress, answer=answer)

    def discover(self) -> Generator[Step, None, merge.Found]:
        """Who appears: the whole book, window by window."""
        windows = text_windows(self.source, self.draft.cast)
        texts = yield from self.collect(DISCOVER, windows, RULES_END, DISCOVER_END)
        seen = [(window, _read(window, texts[window.index])) for window in windows]
        return merge.gather(seen, self.source, self.draft, self.options.similarity_threshold)

    def merge(self, found: merge.Found) -> Generator[Step, None, merge.Found]:
        """Who is the same person: the alike first, then, where that took several calls, the rest by frequency."""
        threshold, index = self.options.similarity_threshold, 0
        for level in range(LEVELS):
            batches = merge.batches(self.source, found.entries, index, by_likeness=level == 0)
            texts = yield from self.collect(MERGE, batches, DISCOVER_END, DISCOVER_END)
            answers = [_read(batch, texts[batch.index]) for batch in batches]
            found = merge.join(found, [answer for answer in answers if answer is not None], threshold)
            if None in answers:
                found = merge.join_by_rules(found, self.draft, threshold)
            index += len(batches)
            if len(batches) < 2:
                break
        return found

    def collect(
        self, stage: str, windows: Sequence[TextWindow] | Sequence[NameBatch], begin: float, end: float
    ) -> Generator[Step, None, dict[int, str]]:
        """The windows' answers by index; "" for a window without one."""
        texts: dict[int, str] = {}
        for event in self.answers(stage, windows, begin, end):
            if isinstance(event, Answer):
                texts[event.index] = event.text
            else:
                yield event
        return texts

    def reread(self, cast: Cast) -> Reading:
        """The rules once more, with the cast that the model found: they know more of whom a cue means by then.

        Takes seconds, so it is done anew after a break instead of being saved.
        """
        rules = RULES[self.manuscript.language]
        found: list[tuple[Quotation, ...]] = []
        for section in self.manuscript.sections:
            if self.options.enable_dialogue:
                found.append(rules.attribute(section, cast, coreference=self.options.enable_coreference))
            else:
                found.append(())
            yield Step(MERGE, 1, 1, MERGE_END)
        return Draft(cast, tuple(found))

    def attribute(self, draft: Draft, begin: float) -> Reading:
        """Who speaks: as each window is answered, the sections it touches are shown anew.

        Names that are not in the cast but stand in the text join it at the end, all at once.
        """
        roster = Roster(self.source, draft.cast, is_open=not self.fixed_cast)
        windows = line_windows(self.source, roster, [q for quotations in draft.quotations for q in quotations])
        settled: dict[int, Quotation] = {}  # by start of the piece
        newcomers: dict[int, str] = {}  # by start of the piece
        for event in self.answers(ATTRIBUTE, windows, begin, 1.0):
            if isinstance(event, Answer):
                window = windows[event.index]
                for piece, said in self.labels(window, event.text, roster):
                    settled[piece.start] = decide(piece, None if said.newcomer else said.name)
                    if said.newcomer and said.name:
                        newcomers[piece.start] = said.name
            elif event.answer is None:
                yield event
            else:
                # The step that saves the window comes last: killed before it, the window is asked again, and no
                # section is left with labels that were never written.
                *others, last = self.sections_of(windows[event.answer.index])
                for i in others:
                    yield replace(
                        event, answer=None, section=self.manuscript.sections[i], quotations=put(draft, i, settled)
                    )
                yield replace(event, section=self.manuscript.sections[last], quotations=put(draft, last, settled))

        shown = [put(draft, i, settled) for i in range(len(draft.quotations))]
        cast = (*draft.cast, *(Character(name) for name in sorted(set(newcomers.values()))))
        pieces = {piece.start: piece for quotations in draft.quotations for piece in quotations}
        settled |= {start: decide(pieces[start], name) for start, name in newcomers.items()}
        final = [put(draft, i, settled) for i in range(len(draft.quotations))]
        if newcomers:
            yield Step(ATTRIBUTE, len(windows), len(windows), 1.0, cast=cast)
        for section, before, after in zip(self.manuscript.sections, shown, final, strict=True):
            if before != after:
                yield Step(ATTRIBUTE, len(windows), len(windows), 1.0, section=section, quotations=after)
        return Draft(cast, tuple(final))

    def labels(self, window: LineWindow, text: str, roster: Roster) -> Iterator[tuple[Quotation, Said]]:
        """What the model says of each piece of the lines that it answered."""
        answer = _read(window, text)
        if answer is None:
            return
        start, end = window.span()
        around = self.source.text[start:end]
        for number, label in answer.lines.items():
            line = window.lines[number - 1]
            said = resolve(label, roster.register, line.pieces[0].speaker, around, roster.is_open)
            yield from ((piece, said) for piece in line.pieces)

    def sections_of(self, window: LineWindow) -> list[int]:
        """The places of the sections in which the window's lines stand, in order; at least one."""
        starts = [section.start for section in self.manuscript.sections]
        return sorted({bisect_right(starts, line.start) - 1 for line in window.lines})

    def show_all(self, draft: Draft, begin: float) -> Generator[Step, None, None]:
        """The rules' labels under the names of the new cast."""
        total = len(self.manuscript.sections)
        for done, (section, quotations) in enumerate(zip(self.manuscript.sections, draft.quotations, strict=True), 1):
            progress = begin + (1 - begin) * done / total
            yield Step(ATTRIBUTE, done, total, progress, section=section, quotations=quotations)


def put(draft: Draft, section: int, settled: Mapping[int, Quotation]) -> tuple[Quotation, ...]:
    """A section's quotations as far as they are settled, else as the rules have them."""
    return tuple(settled.get(piece.start, piece) for piece in draft.quotations[section])


@overload
def _read(question: TextWindow, text: str) -> DiscoverAnswer | None: ...
@overload
def _read(question: NameBatch, text: str) -> MergeAnswer | None: ...
@overload
def _read(question: LineWindow, text: str) -> LinesAnswer | None: ...
def _read(question: Question, text: str) -> BaseModel | None:
    """The answer that was found readable when it came; None for a window without one."""
    return question.read(text) if text else None
