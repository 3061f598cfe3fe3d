"""The whole road with a real language model, small and foolish: whatever it says, what is saved stands in the text."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from books.importing import SAMPLES, import_book
from recognition import pipeline, tasks, windows
from recognition.engines.llm.answers import AGREEMENT, DiscoverAnswer, LinesAnswer, MergeAnswer, parse
from recognition.engines.llm.client import FORMATS
from recognition.engines.offline import OfflineEngine
from recognition.models import Endpoint, Stage, Status

pytestmark = [pytest.mark.model, pytest.mark.django_db]

ROOT = Path(__file__).resolve().parents[2]
FORMS = {Stage.DISCOVER: DiscoverAnswer, Stage.MERGE: MergeAnswer, Stage.ATTRIBUTE: LinesAnswer}


@pytest.fixture(scope="session")
def base_url():
    command = [sys.executable, "-m", "tests.model.server"]
    # Threads that wait for each other by spinning crawl on a machine that has other work to do.
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield server.stdout.readline().strip()
        server.kill()


@pytest.fixture
def book(user):
    """A chapter with sixty lines of speech."""
    novel = (SAMPLES / "Northanger Abbey.txt").read_text(encoding="utf-8")
    chapter = novel[novel.index("CHAPTER 3\n") : novel.index("CHAPTER 4\n")]
    return import_book(user, chapter.encode(), filename="chapter.txt").book


@pytest.fixture
def task(book, base_url, settings, run_queue):
    """The chapter's recognition when it has ended."""
    settings.LLM_BASE_URL, settings.LLM_MODEL = base_url, "SmolLM2-135M-Instruct"
    settings.LLM_CONCURRENCY = 2
    settings.LLM_TIMEOUT = 1800  # for the busiest of machines
    task = tasks.start(book, engine="llm")
    run_queue()
    task.refresh_from_db()
    return task


def test_the_road_holds(task, book):
    assert task.status == Status.COMPLETED
    text, answered = book.text, task.windows.exclude(stage=Stage.RULES)

    # Negotiated once, and remembered.
    assert Endpoint.objects.get().answer_format in FORMATS

    # Every window has an answer of the form that was asked for, or says why not; every stage was answered somewhere.
    assert {window.stage for window in answered if window.answer} == set(FORMS)
    for window in answered:
        assert window.answer or window.error
        assert not window.answer or parse(FORMS[window.stage], window.answer)
    assert task.failed_windows == answered.exclude(error="").count()
    assert task.tokens_in == sum(window.tokens_in for window in answered) > len(text) / 8
    assert task.tokens_out == sum(window.tokens_out for window in answered) > 0

    # Every quotation is there, with a speaker of the cast and the reason, or without either.
    manuscript = windows.manuscript(book.language, book.chapters.all())
    offline = pipeline.recognize(manuscript, OfflineEngine())
    lines = list(book.quotations.select_related("speaker"))
    assert [(line.start, line.end) for line in lines] == [(line.start, line.end) for line in offline.quotations]
    methods = {line.method for line in offline.quotations}
    for line in lines:
        assert (line.speaker is None) == (line.method == "") == (line.confidence == 0)
        assert line.method in methods | set(AGREEMENT) | {""}
        assert line.speaker is None or line.speaker.book == book

    # Nobody in the cast is invented, and no count.
    cast = list(book.characters.prefetch_related("aliases"))
    assert cast
    for character in cast:
        names = [character.name, *(alias.text for alias in character.aliases.all())]
        assert all(name in text for name in names)
        assert any(text.startswith(name, character.first_appearance) for name in names)
        assert 0 < character.mentions <= sum(map(text.count, names))
        assert character.quotes == sum(line.speaker == character and line.continues is None for line in lines)
