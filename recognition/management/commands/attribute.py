from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from books.language import detect_language
from recognition.engines import Options
from recognition.engines.offline import RULES
from recognition.management.commands.recognize import read_cast
from recognition.script import Quotation, Section, Span


def speaker_of(spans: Sequence[Span], quotations: Sequence[Quotation]) -> str | None:
    """The speaker whose quotations cover most of the spans."""
    cover: Counter[str] = Counter()
    for start, end in spans:
        for quotation in quotations:
            shared = min(end, quotation.end) - max(start, quotation.start)
            if shared > 0 and quotation.speaker:
                cover[quotation.speaker] += shared
    return cover.most_common(1)[0][0] if cover else None


class Command(BaseCommand):
    help = "Name the speakers of separate windows: one {id, text, spans} a line in, one {id, speaker} a line out."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("windows", type=Path)
        parser.add_argument("--cast", type=Path, required=True, help="the characters: CAST.json")
        parser.add_argument("--output", type=Path, required=True, help="PREDICTIONS.jsonl")

    def handle(self, *args: Any, **options: Any) -> None:
        cast = read_cast(options["cast"])
        try:
            lines = options["windows"].read_text(encoding="utf-8").split("\n")
            windows = [json.loads(line) for line in lines if line.strip()]
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['windows']} is no file of windows: {error}") from error
        rules = RULES[detect_language("\n".join(window["text"] for window in windows[:100]))]
        with options["output"].open("w", encoding="utf-8") as output:
            for window in windows:
                quotations = rules.attribute(
                    Section(0, 0, window["text"]), cast, coreference=Options().enable_coreference
                )
                row = {"id": window["id"], "speaker": speaker_of(window["spans"], quotations)}
                output.write(json.dumps(row, ensure_ascii=False) + "\n")
