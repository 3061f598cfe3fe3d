"""Questions to files, answers from files: a language model without an API."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.llm_server import compact, data_of, stage_of


def recognize(path, **options):
    call_command("recognize", path, engine="llm", output=path.with_suffix(".json"), **options)
    return path.with_suffix(".json")


@pytest.fixture
def book(tmp_path, novel):
    path = tmp_path / "novel.txt"
    path.write_text(novel.text, encoding="utf-8")
    return path


def answer_all(directory, novel):
    """Answer every question in the directory by the novel's key; the stages that were asked."""
    stages = set()
    for path in directory.glob("*.question.txt"):
        system, user = path.read_text(encoding="utf-8").split("\n\n", 1)
        body = {"messages": [{"content": system}, {"content": user}]}
        answer = compact(novel.key().answer(stage_of(body), data_of(body).rstrip()))
        path.with_name(path.name.replace("question", "answer")).write_text(answer, encoding="utf-8")
        stages.add(stage_of(body))
    return stages


def test_a_person_answers_stage_by_stage(book, tmp_path, novel):
    desk = tmp_path / "desk"
    for stage in ("discover", "merge", "attribute"):
        script = recognize(book, dry_run=desk, answers=desk)
        assert not script.exists()
        assert stage in answer_all(desk, novel)
    recognize(book, answers=desk)
    speakers = {line["start"]: line["speaker"] for line in json.loads(script.read_text(encoding="utf-8"))["quotes"]}
    assert speakers == novel.speakers


def test_what_is_not_answered_keeps_the_speakers_of_the_rules(book, tmp_path):
    given = json.loads(recognize(book, answers=tmp_path).read_text(encoding="utf-8"))
    call_command("recognize", book, output=tmp_path / "rules.json")
    rules = json.loads((tmp_path / "rules.json").read_text(encoding="utf-8"))
    assert [line["speaker"] for line in given["quotes"]] == [line["speaker"] for line in rules["quotes"]]


def test_an_answer_to_a_question_that_has_changed_is_not_taken(book, tmp_path, novel):
    desk = tmp_path / "desk"
    recognize(book, dry_run=desk)
    answer_all(desk, novel)
    book.write_text(novel.text.replace("窗外的雨声", "窗外的风声"), encoding="utf-8")
    questions = {path.name for path in desk.glob("*.question.txt")}
    recognize(book, dry_run=desk, answers=desk)
    assert {path.name for path in desk.glob("*.question.txt")} > questions


def test_an_answer_of_another_form_is_named_and_its_question_asked_again(book, tmp_path, novel, capsys):
    desk = tmp_path / "desk"
    recognize(book, dry_run=desk)
    answer_all(desk, novel)
    bad = min(desk.glob("*.answer.txt"))
    bad.write_text("I would rather not.", encoding="utf-8")
    questions = set(desk.iterdir())
    capsys.readouterr()
    assert not recognize(book, dry_run=desk, answers=desk).exists()
    said = capsys.readouterr().err
    assert f"{bad}: no JSON in the answer" in said and "1 of the " in said
    assert set(desk.iterdir()) == questions


def test_a_directory_of_answers_that_is_not_there_is_said(book, tmp_path):
    with pytest.raises(CommandError, match="is no directory"):
        recognize(book, answers=tmp_path / "nowhere")


def test_without_a_model_the_way_by_hand_is_offered(book, settings):
    settings.LLM_API_KEY = settings.LLM_BASE_URL = ""
    with pytest.raises(CommandError, match="--dry-run"):
        recognize(book)


def test_the_rules_ask_no_questions(book, tmp_path):
    with pytest.raises(CommandError, match="--engine llm"):
        call_command("recognize", book, engine="offline", dry_run=tmp_path)
