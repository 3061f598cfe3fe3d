"""The engine: rules first, then the model finds the cast of the whole book, joins it, and names the speakers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, overload

from pydantic import BaseModel

from recognition.engines import Answer, Draft, Manuscript, Options, Reading, Saved, Step
from recognition.engines.llm import merge
from recognition.engines.llm.answers import DiscoverAnswer, LinesAnswer, MergeAnswer, Said, Trust, decide, resolve
from recognition.engines.llm.calls import Asking
from recognition.engines.llm.client import Answerer, Client, InProcess
from recognition.engines.llm.config import EndpointMemory, LLMConfig
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


class Asks(Protocol):
    """Who puts the questions of a run: `calls.Asking`, or `Seeking`, which asks nobody."""

    in_flight: int

    def ask(self, windows: Iterable[Question]) -> Generator[Answer | None, None, None]: ...
    def close(self) -> None: ...


class LLMEngine:
    """Asks a language model.

    `memory` keeps what is learnt about the endpoint; `answerer` is who answers; while `may_ask` says no nothing more is
    asked, and a reader may leave at the first step with nothing in flight.
    """

    name = "llm"

    def __init__(
        self,
        config: LLMConfig,
        memory: EndpointMemory | None = None,
        answerer: MakeAnswerer = Client,
        may_ask: Callable[[], bool] = lambda: True,
    ) -> None:
        self.config = config
        self.memory = memory or InProcess()
        self.answerer = answerer
        self.may_ask = may_ask

    def read(self, manuscript: Manuscript, options: Options, cast: Cast | None, saved: Saved) -> Reading:
        """Steps: rules; discover and merge, unless a cast is given; attribute. Without coreference names are not
        joined and explicit cues alone count, so that only discover asks.
        """

        def asking() -> Asking:
            answerer = self.answerer(self.config, self.memory.load().answer_format)
            return Asking(self.config, answerer, self.memory, self.may_ask)

        return (yield from _read(manuscript, options, cast, saved, asking))


def find_question(
    manuscript: Manuscript, options: Options, cast: Cast | None, saved: Saved, stage: str, index: int
) -> Question | None:
    """A question of a run as it follows from the other windows; None when it is not asked any more. Asks nobody."""
    seeking = Seeking(stage, index)
    # No question follows from who speaks; to read these answers would take most of the time.
    others = {key: answer for key, answer in saved.items() if key[0] != ATTRIBUTE and key != (stage, index)}
    for _step in _read(manuscript, options, cast, others, lambda: seeking):
        if seeking.found is not None:
            break
    return seeking.found


@dataclass(slots=True)
class Seeking:
    """Takes every question as one without an answer, until it comes to the one that is sought, and keeps that."""

    stage: str
    index: int
    found: Question | None = None
    in_flight: int = 0

    def ask(self, windows: Iterable[Question]) -> Generator[Answer | None, None, None]:
        asked = list(windows)
        self.found = next((w for w in asked if (w.stage, w.index) == (self.stage, self.index)), None)
        for window in [self.found] if self.found else asked:
            yield Answer(window.stage, window.index, window.start, window.end, "")

    def close(self) -> None:
        pass


def _read(
    manuscript: Manuscript, options: Options, cast: Cast | None, saved: Saved, make_asking: Callable[[], Asks]
) -> Reading:
    draft = yield from _rescaled(OfflineEngine().read(manuscript, options, cast, saved), RULES_END)
    source = Source(manuscript.language, "".join(section.text for section in manuscript.sections))
    asking = make_asking()
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
    asking: Asks
    fixed_cast: bool

    def go(self) -> Reading:
        cast, relations, begin = self.draft.cast, self.draft.relations, RULES_END
        if not self.fixed_cast:
            found = yield from self.discover()
            if self.options.enable_coreference:
                found = yield from self.merge(found)
            else:
                found = replace(found, entries=tuple(replace(entry, aliases=()) for entry in found.entries))
            cast, relations, begin = found.entries, merge.relations_of(found, found.entries), MERGE_END
            yield Step(MERGE, 1, 1, begin, cast=cast)
        rules_say = RulesSay(self.manuscript, self.options, self.draft, cast)
        if self.options.enable_dialogue and self.options.enable_coreference:
            draft = yield from self.attribute(cast, rules_say, begin)
        else:
            draft = yield from self.by_rules(cast, rules_say, begin)
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
                yield Step(stage, done, len(windows), begin + (end - begin) * done / len(windows))
            else:
                fresh.append(window)
        for answer in self.asking.ask(fresh):
            done += answer is not None
            progress = begin + (end - begin) * done / len(windows)
            if answer is not None:
                yield answer
            yield Step(stage, done, len(windows), progress, answer=answer, in_flight=self.asking.in_flight)

    def discover(self) -> Generator[Step, None, merge.Found]:
        """Who appears: the whole book, window by window."""
        windows = text_windows(self.source, self.draft.cast)
        texts = yield from self.collect(DISCOVER, windows, RULES_END, DISCOVER_END)
        seen = [(window, _answer(window, texts[window.index])) for window in windows]
        return merge.gather(seen, self.source, self.draft, self.options.similarity_threshold)

    def merge(self, found: merge.Found) -> Generator[Step, None, merge.Found]:
        """Who is the same person: the alike first, then, where that took several calls, the rest by frequency."""
        threshold, index = self.options.similarity_threshold, 0
        for level in range(LEVELS):
            batches = merge.batches(self.source, found.entries, index, by_likeness=level == 0)
            texts = yield from self.collect(MERGE, batches, DISCOVER_END, DISCOVER_END)
            answers = [_answer(batch, texts[batch.index]) for batch in batches]
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

    def attribute(self, cast: Cast, rules_say: RulesSay, begin: float) -> Reading:
        """Who speaks: as each window is answered, the sections it touches are shown anew.

        What needs all answers comes at the end: names that are not in the cast but stand in the text join it, and
        lines about which model and rules differ are decided by how far the model proved right.
        """
        pieces = [q for quotations in self.draft.quotations for q in quotations]
        roster = Roster(self.source, cast, pieces, is_open=not self.fixed_cast)
        windows = line_windows(self.source, roster, pieces)
        heard: dict[int, tuple[Quotation, Said]] = {}  # by start of the piece: what the rules and the model say
        settled: dict[int, Quotation] = {}  # by start of the piece, as it is shown on the way
        trust = Trust()
        unseen: set[int] = set()  # sections with saved answers: a person may have given them since the last run
        for event in self.answers(ATTRIBUTE, windows, begin, 1.0):
            if isinstance(event, Answer):
                unseen.update(self.sections_of(windows[event.index]))
                for piece, said in self.labels(windows[event.index], event.text, roster, rules_say):
                    heard[piece.start] = piece, said
                    trust.note(piece, said.name)
                    settled[piece.start] = decide(piece, None if said.newcomer else said.name, trust)
            elif event.answer is None:
                yield event
            else:
                # The step that saves the window comes last: killed before it, the window is asked again, and no
                # section is left with labels that were never written.
                *others, last = self.sections_of(windows[event.answer.index])
                unseen.difference_update(others, [last])
                for i in others:
                    shown = put(rules_say.of(i), settled)
                    unsaved = replace(event, answer=None, in_flight=event.in_flight + 1)
                    yield replace(unsaved, section=self.manuscript.sections[i], quotations=shown)
                shown = put(rules_say.of(last), settled)
                yield replace(event, section=self.manuscript.sections[last], quotations=shown)

        complete = {start: decide(piece, said.name, trust) for start, (piece, said) in heard.items()}
        newcomers = {line.speaker for line in complete.values() if line.speaker} - {member.name for member in cast}
        if newcomers:
            cast = (*cast, *map(Character, sorted(newcomers)))
            yield Step(ATTRIBUTE, len(windows), len(windows), 1.0, cast=cast)
        found = []
        for i, section in enumerate(self.manuscript.sections):
            found.append(put(rules_say.of(i), complete))
            if i in unseen or found[i] != put(rules_say.of(i), settled):
                yield Step(ATTRIBUTE, len(windows), len(windows), 1.0, section=section, quotations=found[i])
        return Draft(cast, tuple(found))

    def labels(
        self, window: LineWindow, text: str, roster: Roster, rules_say: RulesSay
    ) -> Iterator[tuple[Quotation, Said]]:
        """What the rules and the model say of each piece of the lines that the model answered."""
        answer = _answer(window, text)
        if answer is None:
            return
        start, end = window.span()
        around = self.source.text[start:end]
        rules = {piece.start: piece for i in self.sections_of(window) for piece in rules_say.of(i)}
        for number, label in answer.lines.items():
            pieces = [rules[piece.start] for piece in window.lines[number - 1].pieces]
            said = resolve(label, roster.register, pieces[0].speaker, around, roster.is_open)
            yield from ((piece, said) for piece in pieces)

    def sections_of(self, window: LineWindow) -> list[int]:
        """The places of the sections in which the window's lines stand, in order; at least one."""
        starts = [section.start for section in self.manuscript.sections]
        return sorted({bisect_right(starts, line.start) - 1 for line in window.lines})

    def by_rules(self, cast: Cast, rules_say: RulesSay, begin: float) -> Reading:
        """The rules' labels alone, under the names of the cast."""
        found, total = [], len(self.manuscript.sections)
        for i, section in enumerate(self.manuscript.sections):
            found.append(rules_say.of(i))
            progress = begin + (1 - begin) * (i + 1) / total
            yield Step(ATTRIBUTE, i + 1, total, progress, section=section, quotations=found[i])
        return Draft(cast, tuple(found))


class RulesSay:
    """The rules' labels with the cast that the model found: they know more of whom a cue means by then.

    A section is read when it is first asked for, which is while calls are out. The pieces are those of the draft,
    from which the windows were cut.
    """

    def __init__(self, manuscript: Manuscript, options: Options, draft: Draft, cast: Cast) -> None:
        self.rules = RULES[manuscript.language]
        self.manuscript = manuscript
        self.coreference = options.enable_coreference
        self.draft = draft
        self.cast = cast
        self.known = dict(enumerate(draft.quotations)) if cast == draft.cast else {}

    def of(self, section: int) -> tuple[Quotation, ...]:
        """The quotations of a section, by its place in the manuscript."""
        if section not in self.known:
            anew: dict[tuple[int, int], Quotation] = {}
            if self.draft.quotations[section]:
                found = self.rules.attribute(self.manuscript.sections[section], self.cast, coreference=self.coreference)
                anew = {(line.start, line.end): line for line in found}
            self.known[section] = tuple(
                replace(anew.get((line.start, line.end), unlabelled(line)), continues=line.continues)
                for line in self.draft.quotations[section]
            )
        return self.known[section]


def unlabelled(line: Quotation) -> Quotation:
    return Quotation(line.start, line.end, line.continues)


def put(quotations: Sequence[Quotation], settled: Mapping[int, Quotation]) -> tuple[Quotation, ...]:
    """The quotations as far as they are settled, else as they are."""
    return tuple(settled.get(piece.start, piece) for piece in quotations)


@overload
def _answer(question: TextWindow, text: str) -> DiscoverAnswer | None: ...
@overload
def _answer(question: NameBatch, text: str) -> MergeAnswer | None: ...
@overload
def _answer(question: LineWindow, text: str) -> LinesAnswer | None: ...
def _answer(question: Question, text: str) -> BaseModel | None:
    """The answer that was found readable when it came; None for a window without one."""
    return question.read(text) if text else None
