"""From a manuscript to a script: the engine reads, then code settles what may be counted and kept.

Pure: no database, no queue, no settings.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace

from recognition.engines import Draft, Engine, Manuscript, Options, Saved, Step
from recognition.script import Cast, Character, Importance, Quotation, Relation, Script, Section, Span
from recognition.text.mentions import MentionFinder, owners

SETTLE = "settle"
ENGINE_SHARE = 0.9  # of the progress; settling takes the rest
# A main character has at least this share of the mentions and quotations of the foremost, a supporting one this.
MAIN_SHARE, SUPPORTING_SHARE = 0.2, 0.02
# Two lines answer each other when no more than this many code points of narration stand between them.
ANSWER_GAP = 200
EVIDENCE_KEPT = 3
# What a narrator without a name is called; everybody says it in speech, so it is counted for nobody.
NAMELESS = frozenset({"I", "我"})
# After a full stop: it ends nothing after a title, nor within a word or a number.
_FULL = r"""(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)(?=[\s”’"')]|$)"""
# Closing marks belong to the sentence they close. The set stands first, so that the search leaps to its characters.
SENTENCE_END = re.compile(
    rf"""[。！？!?．…\n.](?:(?<=\n)\n*|(?:(?<!\.)|{_FULL})(?:[。！？!?．…]|\.{_FULL})*[”’」』"')）]*)"""
)
ALPHANUMERIC = re.compile(r"[^\W_]")


def recognize(manuscript: Manuscript, engine: Engine, options: Options = Options(), cast: Cast | None = None) -> Script:
    """The script of a manuscript, in one go. Raises EngineError."""
    for step in read(manuscript, engine, options, cast, {}):
        if step.script is not None:
            return step.script
    raise AssertionError("the last step carries the script")


def read(
    manuscript: Manuscript, engine: Engine, options: Options, cast: Cast | None, saved: Saved
) -> Generator[Step, None, None]:
    """All steps of a recognition; the last one carries the script. Close the generator to stop early."""
    steps = engine.read(manuscript, options, cast, saved)
    try:
        while True:
            step = next(steps)
            yield replace(step, progress=step.progress * ENGINE_SHARE)
    except StopIteration as stop:
        draft: Draft = stop.value
    finally:
        steps.close()
    yield from settle(manuscript, draft, options, fixed_cast=cast is not None)


def settle(manuscript: Manuscript, draft: Draft, options: Options, fixed_cast: bool) -> Generator[Step, None, None]:
    """Count, drop what the options drop, and join it all into a script.

    A line whose speaker leaves the cast becomes unknown; its section is yielded again.
    """
    sections, total = manuscript.sections, len(manuscript.sections)
    meaning = {name: canonical for name, canonical in owners(draft.cast).items() if name not in NAMELESS}
    finder = MentionFinder(meaning, whole_words=manuscript.language == "en")
    names: Counter[str] = Counter()
    first: dict[str, int] = {}
    together: dict[tuple[str, str], list[Span]] = defaultdict(list)
    sentences = 0
    for done, section in enumerate(sections, start=1):
        sentences += count_section(section, finder, meaning, names, first, together)
        yield Step(SETTLE, done, total, ENGINE_SHARE + (1 - ENGINE_SHARE) * done / (total + 1))

    said = Counter(
        quotation.speaker
        for quotations in draft.quotations
        for quotation in quotations
        if quotation.speaker and quotation.continues is None
    )
    cast = rank([counted(character, meaning, names, first, said) for character in draft.cast])
    kept = tuple(
        character
        for character in cast
        if fixed_cast or character.kind == "narrator" or character.mentions >= options.min_mentions
    )[: options.max_characters]
    stays = {character.name for character in kept}

    lines = []
    for section, quotations in zip(sections, draft.quotations, strict=True):
        settled = tuple(quotation if quotation.speaker in stays else unknown(quotation) for quotation in quotations)
        if settled != quotations:
            yield Step(SETTLE, total, total, ENGINE_SHARE, section=section, quotations=settled)
        lines.append(settled)
    relations: tuple[Relation, ...] = ()
    if options.enable_relations:
        stated = (relation for relation in draft.relations if stays.issuperset((relation.source, relation.target)))
        relations = (*stated, *dialogue_relations(lines, stays), *joint_relations(together, stays))
    statistics: dict[str, int | float] = {
        "total_characters": len(kept),
        "total_mentions": sum(character.mentions for character in kept),
        "total_dialogues": sum(quotation.continues is None for section in lines for quotation in section),
        "text_length": manuscript.length,
        "sentence_count": sentences,
    }
    script = Script(
        kept,
        tuple(
            replace(quotation, chapter=section.number)
            for section, quotations in zip(sections, lines, strict=True)
            for quotation in quotations
        ),
        relations,
        statistics,
    )
    yield Step(SETTLE, total, total, 1.0, script=script)


def unknown(quotation: Quotation) -> Quotation:
    """The same line without a speaker."""
    if quotation.speaker is None:
        return quotation
    return replace(quotation, speaker=None, method="", confidence=0.0, evidence=None)


def count_section(
    section: Section,
    finder: MentionFinder,
    meaning: Mapping[str, str],
    names: Counter[str],
    first: dict[str, int],
    together: dict[tuple[str, str], list[Span]],
) -> int:
    """Add the mentions of a section to the counts; its number of sentences."""
    mentions = list(finder.find(section.text))
    for start, _, name in mentions:
        names[name] += 1
        first.setdefault(name, section.start + start)
    sentences = position = start = 0
    for end in (*(match.end() for match in SENTENCE_END.finditer(section.text)), len(section.text)):
        began, start = start, end
        if not ALPHANUMERIC.search(section.text, began, end):
            continue
        sentences += 1
        present: list[str] = []
        while position < len(mentions) and mentions[position][0] < end:
            canonical = meaning[mentions[position][2]]
            if canonical not in present:
                present.append(canonical)
            position += 1
        for index, one in enumerate(present):
            for other in present[index + 1 :]:
                together[min(one, other), max(one, other)].append((section.start + began, section.start + end))
    return sentences


def counted(
    character: Character,
    meaning: Mapping[str, str],
    names: Mapping[str, int],
    first: Mapping[str, int],
    said: Mapping[str, int],
) -> Character:
    """The character with its mentions, quotations and first appearance. A shared alias counts for nobody."""
    own = [name for name in (character.name, *character.aliases) if meaning.get(name) == character.name]
    seen = [first[name] for name in own if name in first]
    return replace(
        character,
        mentions=sum(names.get(name, 0) for name in own),
        quotes=said.get(character.name, 0),
        first_appearance=min(seen, default=None),
        names=tuple((name, names[name], first[name]) for name in own if name in first),
    )


def rank(cast: Sequence[Character]) -> list[Character]:
    """By quotations, then mentions, most first, with their importance; the order is otherwise kept."""
    weight = {character.name: character.mentions + character.quotes for character in cast}
    foremost = max(weight.values(), default=0)

    def importance(character: Character) -> Importance:
        share = weight[character.name] / foremost if foremost else 0
        return "main" if share >= MAIN_SHARE else "supporting" if share >= SUPPORTING_SHARE else "minor"

    ordered = sorted(cast, key=lambda character: (-character.quotes, -character.mentions))
    return [replace(character, importance=importance(character)) for character in ordered]


def dialogue_relations(lines: Sequence[Sequence[Quotation]], stays: set[str]) -> tuple[Relation, ...]:
    """Who speaks to whom: to the named addressee, else to whoever spoke just before. Directed; one for each line."""
    spans: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for section in lines:
        before: Quotation | None = None
        for quotation in section:
            listener = quotation.addressee
            if listener is None and before is not None and quotation.start - before.end <= ANSWER_GAP:
                listener = before.speaker
            if quotation.continues is None and quotation.speaker not in (None, listener) and listener in stays:
                spans[str(quotation.speaker), str(listener)].append((quotation.start, quotation.end))
            before = quotation
    return _relations("dialogue", spans)


def joint_relations(together: Mapping[tuple[str, str], list[Span]], stays: set[str]) -> tuple[Relation, ...]:
    """Who is named with whom in one sentence. Undirected; the pair is in order of the code points."""
    return _relations("co_occurrence", {pair: spans for pair, spans in together.items() if stays.issuperset(pair)})


def _relations(type_: str, spans: Mapping[tuple[str, str], list[Span]]) -> tuple[Relation, ...]:
    return tuple(
        Relation(source, target, type_, float(len(places)), tuple(places[:EVIDENCE_KEPT]))
        for (source, target), places in sorted(spans.items(), key=lambda item: (-len(item[1]), item[0]))
    )
