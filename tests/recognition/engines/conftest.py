"""A novel of known speakers, its manuscript, and a server that knows them too."""

from dataclasses import dataclass

import pytest

from recognition.engines import Manuscript
from recognition.script import Section
from tests.llm_server import Key, LLMServer

PEOPLE = {"沈青山": "男", "林月娥": "女", "赵四海": "男"}
ALIASES = {"老赵": "赵四海", "月娥": "林月娥"}


@dataclass(frozen=True)
class Novel:
    manuscript: Manuscript
    text: str
    speakers: dict[int, str]  # start of a line's content -> who says it

    def key(self) -> Key:
        names = {name: name for name in PEOPLE} | ALIASES
        return Key.of(self.text, self.speakers.items(), names, PEOPLE)

    def score(self, script) -> float:
        """The share of the lines that have their speaker."""
        given = {quotation.start: quotation.speaker for quotation in script.quotations}
        return sum(given.get(start) == who for start, who in self.speakers.items()) / len(self.speakers)


def write_novel(chapters: int = 3, lines: int = 40, before: str = "") -> Novel:
    """Chapters of lines of which a third has its speaker before it, a third after it, and a third nowhere."""
    people = list(PEOPLE)
    sections, speakers, text = [], {}, ""
    for number in range(1, chapters + 1):
        begin = len(text)
        text += f"第{number}章 渡口\n\n{before}雨下了一夜。老赵便是掌柜赵四海，月娥便是林月娥，沈青山站在门口。\n"
        for k in range(lines):
            who = people[(number + k * k + k // 2) % 3]
            said = f"这是第{number}章的第{k}件事，你可曾听说？"
            lead = f"{who}道：“" if k % 3 == 0 else "“"
            speakers[len(text) + len(lead)] = who
            text += f"{lead}{said}”{f'{who}说。' if k % 3 == 1 else ''}\n窗外的雨声又紧了一阵。\n"
        sections.append(Section(number, begin, text[begin:]))
    return Novel(Manuscript("zh", tuple(sections)), text, speakers)


@pytest.fixture(scope="session")
def novel() -> Novel:
    return write_novel()


@pytest.fixture
def server(novel):
    with LLMServer(novel.key()) as server:
        yield server
