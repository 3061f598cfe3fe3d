"""What asking a model would take, before anything is asked: from the same windows that will be asked."""

from __future__ import annotations

from dataclasses import dataclass

from recognition.engines import Draft, Manuscript, Options
from recognition.engines.llm import merge
from recognition.engines.llm.windows import Question, Roster, Source, line_windows, text_windows

# Tokens out for each line, each entry of the cast, and each thousand characters searched, measured with DeepSeek's
# tokenizer on complete answers for 红楼梦 and "Emma" (bench/llm.py).
PER_LINE, PER_ENTRY = 5, 3
PER_THOUSAND = {"zh": 45, "en": 10}


@dataclass(frozen=True, slots=True)
class Estimate:
    """`calls` when none is repeated; tokens within about a fifth."""

    calls: int
    tokens_in: int
    tokens_out: int


def estimate(draft: Draft, manuscript: Manuscript, options: Options = Options(), cast_given: bool = False) -> Estimate:
    """Calls and tokens for a book of which the rules have made a draft; its cast stands in for the one to be found."""
    source = Source(manuscript.language, "".join(section.text for section in manuscript.sections))
    questions: list[Question] = []
    tokens_out = 0
    if not cast_given:
        questions += text_windows(source, draft.cast)
        tokens_out += len(source.text) * PER_THOUSAND[source.language] // 1000
        if options.enable_coreference:
            questions += merge.batches(source, draft.cast, 0, by_likeness=True)
            tokens_out += len(draft.cast) * PER_ENTRY
    if options.enable_dialogue and options.enable_coreference:
        pieces = [q for quotations in draft.quotations for q in quotations]
        windows = line_windows(source, Roster(source, draft.cast, pieces, is_open=not cast_given), pieces)
        questions += windows
        tokens_out += sum(len(window.lines) for window in windows) * PER_LINE
    return Estimate(len(questions), sum(question.request().tokens() for question in questions), tokens_out)
