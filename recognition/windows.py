"""The saved windows of a task, read again: for its next run, and for people who look into it."""

from __future__ import annotations

from collections.abc import Iterable

from books.models import Chapter
from recognition.configuration import LLM
from recognition.engines import Answer, Manuscript, Options, Saved
from recognition.engines.llm.windows import Question
from recognition.models import ProcessingTask, Stage, Window
from recognition.script import Section


def manuscript(language: str, chapters: Iterable[Chapter]) -> Manuscript:
    """A book as an engine reads it."""
    return Manuscript(language, tuple(Section(c.number, c.start, c.text) for c in chapters))


def saved(windows: Iterable[Window]) -> Saved:
    """Windows as the pipeline takes them."""
    return {
        (w.stage, w.index): Answer(
            w.stage, w.index, w.start, w.end, w.request_hash, w.answer, w.error, w.attempts, w.tokens_in,
            w.tokens_out, w.seconds,
        )
        for w in windows
    }  # fmt: skip


def question(task: ProcessingTask, window: Window) -> Question | None:
    """What a window asks the model, built again from the book and the other windows.

    None for a window of the rules, and where the question has changed since: by other answers, another text, or
    another version of the program.
    """
    if task.engine != LLM or window.stage == Stage.RULES:
        return None
    from recognition.engines.llm.engine import find_question  # it loads the provider's package, which takes a second

    read = manuscript(task.book.language, task.book.chapters.all())
    options = Options(**task.options)
    found = find_question(read, options, None, saved(task.windows.all()), window.stage, window.index)
    return found if found is not None and found.request().hash == window.request_hash else None


def unanswered(question: Question, answer: str) -> tuple[int, ...]:
    """The numbers of the lines that an answer leaves out. Raises Unreadable."""
    rest = question.rest(question.read(answer)) if answer else question
    return getattr(rest, "asked", ())


def completed(question: Question, before: str, answer: str) -> str:
    """An answer, with what an earlier one says of the lines that it leaves out. Raises Unreadable."""
    if not before or not unanswered(question, answer):
        return answer
    return question.join([question.read(before), question.read(answer)])
