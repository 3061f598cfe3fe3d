"""Answers by hand: every question goes to a file, every answer comes from one.

For a person with a chat window and no API, and for scoring any model. A question and its answer have one name, made
of stage, number and the hash of the question: an answer to a question that has changed since is not taken.
"""

from __future__ import annotations

from pathlib import Path

from recognition.engines.llm.answers import FORMS, Unreadable, parse
from recognition.engines.llm.client import CallFailed, Failure, Reply
from recognition.engines.llm.windows import Request

QUESTION, ANSWER = "question.txt", "answer.txt"


class Files:
    """Reads answers from a directory; writes unanswered questions to another, if there is one.

    unreadable: what is wrong with answers that have not the form that was asked for; they count as none.
    """

    answer_format = ""

    def __init__(self, answers: Path | None, questions: Path | None) -> None:
        self.answers = answers
        self.questions = questions
        self.written: list[Path] = []
        self.unreadable: list[str] = []

    def complete(self, request: Request) -> Reply:
        name = f"{request.stage}-{request.index:04}-{request.hash[:8]}"
        if self.answers is not None:
            answer = self.answers / f"{name}.{ANSWER}"
            if answer.exists():
                text = answer.read_text(encoding="utf-8", errors="replace")
                try:
                    parse(FORMS[request.stage], text)
                except Unreadable as error:
                    self.unreadable.append(f"{answer}: {error}")
                else:
                    return Reply(text)
        if self.questions is not None:
            question = self.questions / f"{name}.{QUESTION}"
            question.write_text(f"{request.system}\n\n{request.user}\n", encoding="utf-8")
            self.written.append(question)
        raise CallFailed(Failure("unasked", "nobody has answered"))

    def expire(self) -> None:
        pass  # files do not hang

    def close(self) -> None:
        pass
