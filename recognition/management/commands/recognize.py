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
from recognition.engines import EngineError, Manuscript, Options
from recognition.engines.registry import ENGINES
from recognition.pipeline import recognize
from recognition.script import Cast, Character, Section, as_json, text_sha256


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
        parser.add_argument("--engine", choices=sorted(ENGINES), default="offline")
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
        try:
            script = recognize(manuscript, ENGINES[options["engine"]](), Options(), cast)
        except EngineError as error:
            raise CommandError(str(error)) from error
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
