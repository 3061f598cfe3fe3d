from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from books.chapters import split_chapters
from books.decoding import Undecodable, decode
from books.language import detect_language
from recognition import pipeline
from recognition.configuration import LLM, OFFLINE, has_model, llm_config, make_engine
from recognition.engines import EngineError, Manuscript, Options
from recognition.engines.llm.engine import LLMEngine
from recognition.engines.llm.files import ANSWER, QUESTION, Files
from recognition.pipeline import recognize
from recognition.script import Cast, Character, Script, Section, as_json, text_sha256


def read_cast(path: Path) -> Cast:
    """The characters of a CAST.json: [{"name", "aliases", "gender"}]. Raises CommandError."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return tuple(
            Character(row["name"], tuple(row.get("aliases", ())), row.get("gender") or "unknown") for row in rows
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CommandError(f"{path} is no cast: {error!r}") from error


class Command(BaseCommand):
    help = "Read a novel and write its script as JSON. Needs no database and no worker."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the novel, in any encoding")
        parser.add_argument("--engine", choices=[OFFLINE, LLM], default=OFFLINE)
        parser.add_argument(
            "--dry-run", type=Path, metavar="DIR", help="write the model's next questions to files, and stop there"
        )
        parser.add_argument(
            "--answers", type=Path, metavar="DIR", help="take the model's answers from files; a question keeps its name"
        )
        parser.add_argument("--cast", type=Path, help="characters known beforehand: CAST.json")
        parser.add_argument("--encoding", help="overrules the detection")
        parser.add_argument("--output", type=Path, help="SCRIPT.json; standard output without it")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        cast = read_cast(options["cast"]) if options["cast"] else None
        try:
            text = decode(path.read_bytes(), options["encoding"]).text
        except (OSError, Undecodable, LookupError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        sections = tuple(
            Section(number, part.start, part.text) for number, part in enumerate(split_chapters(text), start=1)
        )
        manuscript = Manuscript(detect_language(text), sections)
        by_hand = options["dry_run"] or options["answers"]
        if by_hand and options["engine"] != LLM:
            raise CommandError("Only --engine llm asks questions: --dry-run and --answers need it.")
        if options["engine"] == LLM and not by_hand and not has_model():
            raise CommandError(
                "No language model is set up: set LLM_BASE_URL, LLM_API_KEY and LLM_MODEL, "
                "or answer its questions yourself with --dry-run DIR and --answers DIR."
            )
        try:
            if by_hand:
                script = self.by_hand(manuscript, cast, options["answers"], options["dry_run"])
            else:
                script = recognize(manuscript, make_engine(options["engine"]), Options(), cast)
        except EngineError as error:
            raise CommandError(str(error)) from error
        if script is None:
            return
        about = {
            "title": path.stem,
            "author": "",
            "language": manuscript.language,
            "length": len(text),
            "text_sha256": text_sha256(text),
        }
        written = json.dumps(as_json(script, about), ensure_ascii=False, indent=1) + "\n"
        if options["output"]:
            options["output"].write_text(written, encoding="utf-8")
        else:
            sys.stdout.write(written)

    def by_hand(
        self, manuscript: Manuscript, cast: Cast | None, answers: Path | None, questions: Path | None
    ) -> Script | None:
        """The script from answers in files; None when the questions of a stage were written instead."""
        if questions is not None:
            questions.mkdir(parents=True, exist_ok=True)
        if answers is not None and not answers.is_dir():
            raise CommandError(f"{answers}, from which the answers are to be taken, is no directory.")
        files = Files(answers, questions)
        engine = LLMEngine(llm_config(), answerer=lambda _config, _format: files)
        unanswered = 0
        for step in pipeline.read(manuscript, engine, Options(), cast, {}):
            unanswered += bool(step.answer and step.answer.error)
            if files.written and step.done == step.total:
                self.tell(files)
                self.stderr.write(
                    f"{len(files.written)} of the {step.total} questions of the stage {step.stage} wait for an answer, "
                    f"the first in {min(files.written)}. Save the answer to NAME.{QUESTION} as NAME.{ANSWER} in "
                    f"{answers or questions}; then run this again with --answers {answers or questions}."
                )
                return None
            if step.script is not None:
                self.tell(files)
                if unanswered:
                    self.stderr.write(f"Windows without a complete answer, left to the rules: {unanswered}.")
                return step.script
        raise AssertionError("the last step carries the script")

    def tell(self, files: Files) -> None:
        for problem in files.unreadable:
            self.stderr.write(f"Not in the form that was asked for: {problem}.")
