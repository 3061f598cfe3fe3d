"""The whole road from questions in files to the script, with answers that were given by a careful reader.

tests/answers/ has, for the shipped samples, who says each line, as somebody said who read the questions: by the place
of the line, so that they hold for every wording of the questions. What is tested is the road: each answer has to
reach its line.
"""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from recognition.engines.llm.files import ANSWER, QUESTION
from tests.llm_server import STAGES, Key

ANSWERS = Path(__file__).parent.parent / "answers"


class Sample:
    def __init__(self, name: str, directory: Path) -> None:
        given = json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))
        text = (settings.BASE_DIR / "books" / "samples" / given["sample"]).read_text(encoding="utf-8")
        self.text = text[: given["length"]]
        self.speakers = {start: who for start, who in given["lines"] if who != "?"}
        self.key = Key.of(self.text, given["lines"], given["names"])
        self.directory = directory
        self.book = directory / "book.txt"
        self.book.write_text(self.text, encoding="utf-8")

    def recognise(self, *options):
        call_command("recognize", self.book, "--engine", "llm", "--answers", self.directory, *options)

    def ask(self):
        """The questions that the next stage writes."""
        before = set(self.directory.glob(f"*.{QUESTION}"))
        self.recognise("--dry-run", self.directory)
        return sorted(set(self.directory.glob(f"*.{QUESTION}")) - before)

    def answer(self, question, shift=0):
        """Write the answer to a question; `shift` moves its labels to other numbers."""
        asked = question.read_text(encoding="utf-8")
        stage = next(stage for sign, stage in STAGES.items() if sign in asked)
        answer = self.key.answer(stage, asked.rsplit("<text>\n", 1)[1].rsplit("\n</text>", 1)[0])
        if shift and stage == "attribute":
            names = [line.partition(" ")[2] for line in answer["lines"]]
            names = names[-shift:] + names[:-shift]
            answer["lines"] = [f"{n} {name}" for n, name in enumerate(names, start=1)]
        path = question.with_name(question.name.replace(QUESTION, ANSWER))
        path.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")

    def script(self, shift=0):
        """The script when every question of every stage is answered."""
        for _stage in ("discover", "merge", "attribute"):
            for question in self.ask():
                self.answer(question, shift)
        self.recognise("--output", self.directory / "script.json")
        return json.loads((self.directory / "script.json").read_text(encoding="utf-8"))

    def lines(self, script):
        """(what the script says, what was answered) for each answered line that is a quotation there."""
        quotes = {quote["start"]: quote for quote in script["quotes"]}
        return [(quotes[start], who) for start, who in self.speakers.items() if start in quotes]


@pytest.fixture(params=["sanguo", "northanger_abbey"])
def sample(request, tmp_path):
    return Sample(request.param, tmp_path)


def test_every_answer_reaches_its_line(sample):
    lines = sample.lines(sample.script())
    assert len(lines) >= 0.95 * len(sample.speakers)
    overruled = [quote for quote, who in lines if quote["speaker"] != who]
    assert all(quote["method"] == "cue>model" for quote in overruled)
    assert len(overruled) <= 0.05 * len(lines)


def test_the_same_answers_at_other_numbers_are_found_out(sample):
    lines = sample.lines(sample.script(shift=1))
    assert sum(quote["method"].endswith("+model") for quote, _who in lines) < len(lines) / 2
