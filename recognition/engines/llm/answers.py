"""What a model answered, checked at the edge: parsing, then the gates a label must pass."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

import json_repair
from pydantic import BaseModel, BeforeValidator, ValidationError

from recognition.engines.llm.prompts import UNKNOWN, as_data
from recognition.script import Cast, Quotation
from recognition.text.mentions import owners

# ------------------------------------------------------------------------------------------------- shapes

_FIELD = re.compile(r"[|｜]")
_LIST = re.compile(r"[、,，;；/]")
_NUMBERED = re.compile(r"\s*[#＃]?(\d+)[\s.:：、)\]|-]*(.*)", re.DOTALL)
_THINKING = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
INCOMPLETE = "some lines were never answered"  # the error of a window whose other lines were
NAME_MOST = 40  # code points; a longer "name" is a sentence

_STRINGS = {"type": "array", "items": {"type": "string"}}


def _schema(*keys: str) -> dict[str, Any]:
    """A JSON schema of lists of strings. It never varies: providers compile and cache schemas."""
    return {
        "type": "object",
        "properties": dict.fromkeys(keys, _STRINGS),
        "required": list(keys),
        "additionalProperties": False,
    }


SCHEMAS: dict[str, dict[str, Any]] = {
    "discover": _schema("characters", "relations"),
    "merge": _schema("same"),
    "attribute": _schema("lines"),
}


def _fields(value: Any, *keys: str) -> Any:
    """A line "a|b|c", or the list or object that some models write instead, as an object with these keys."""
    if isinstance(value, str):
        value = [part.strip() for part in _FIELD.split(value)]
    if isinstance(value, list):
        return dict(zip(keys, value, strict=False))
    return value


def _as_list(value: Any) -> Any:
    """Several names in one string, or a list of them; nulls left out."""
    if value is None:
        return []
    if isinstance(value, str):
        value = _LIST.split(value)
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else value


def _as_text(value: Any) -> Any:
    return "" if value is None else str(value).strip()


Text = Annotated[str, BeforeValidator(_as_text)]


class Row(BaseModel):
    """A character as one window shows it."""

    name: Text
    aliases: Annotated[list[Text], BeforeValidator(_as_list)] = []
    gender: Text = ""
    role: Text = ""
    evidence: Text = ""


class RelationRow(BaseModel):
    """`target` is the `type` of `source`."""

    source: Text
    target: Text
    type: Text
    evidence: Text = ""


def _rows(*keys: str) -> BeforeValidator:
    return BeforeValidator(lambda rows: [_fields(row, *keys) for row in rows] if isinstance(rows, list) else rows)


def _numbered(value: Any) -> Any:
    """Lines "7 name", or the objects and mappings that some models write instead, as {number: name}.

    A number named twice with different names is contradictory, and left out: it is asked again.
    """
    if isinstance(value, dict):
        value = [f"{number} {name or UNKNOWN}" for number, name in value.items()]
    if not isinstance(value, list):
        return value
    found: dict[int, str] = {}
    twice = set()
    for item in value:
        if isinstance(item, dict):
            item = f"{item.get('n', item.get('number', ''))} {item.get('speaker', item.get('name')) or UNKNOWN}"
        if match := _NUMBERED.fullmatch(str(item)):
            number, name = int(match[1]), match[2].strip() or UNKNOWN
            if found.setdefault(number, name) != name:
                twice.add(number)
    return {number: name for number, name in found.items() if number not in twice}


class DiscoverAnswer(BaseModel):
    characters: Annotated[list[Row], _rows("name", "aliases", "gender", "role", "evidence")]
    relations: Annotated[list[RelationRow], _rows("source", "target", "type", "evidence")] = []


class MergeAnswer(BaseModel):
    """Groups of names of one person each, the fullest name first."""

    same: Annotated[
        list[list[Text]],
        BeforeValidator(
            lambda groups: (
                [re.split("[=＝]", group) if isinstance(group, str) else group for group in groups]
                if isinstance(groups, list)
                else groups
            )
        ),
    ]


class LinesAnswer(BaseModel):
    """Speaker by number. Labels alone: a model that re-emits text pays ten times the tokens, and can lose some."""

    lines: Annotated[dict[int, Text], BeforeValidator(_numbered)]


FORMS: dict[str, type[BaseModel]] = {"discover": DiscoverAnswer, "merge": MergeAnswer, "attribute": LinesAnswer}


class Unreadable(ValueError):
    """An answer that has not the form that was asked for."""


A = TypeVar("A", bound=BaseModel)


def parse(form: type[A], text: str) -> A:
    """The answer in a model's words: JSON, JSON in a fence or after thoughts, or broken JSON. Raises Unreadable."""
    text = _THINKING.sub("", text)
    start = re.search(r"[{\[]", text)
    if start is None:
        raise Unreadable("no JSON in the answer")
    body = text[start.start() : max(text.rfind("}"), text.rfind("]")) + 1] or text[start.start() :]
    try:
        value = json.loads(body)
    except ValueError:
        value = json_repair.loads(text[start.start() :])
    key = next(iter(form.model_fields))
    if isinstance(value, list) or (isinstance(value, dict) and key not in value and all(k.isdigit() for k in value)):
        value = {key: value}  # the list, or {"1": "name"}, without the object around it
    try:
        return form.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise Unreadable(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


# ------------------------------------------------------------------------------------------------- names

NOBODY = {"", UNKNOWN, "？", "未知", "不明", "无", "null", "none", "unknown", "n/a"}
# Words that point at somebody and are nobody's name.
_POINTING = """
我 你 您 他 她 它 咱 俺 吾 汝 余 谁 自己 某 我们 你们 他们 她们 咱们 它们 有人 某人 那人 这人 旁人
i you he she it we they me him her us them himself herself themselves someone somebody anyone who
"""
PRONOUNS = frozenset(_POINTING.split())


@dataclass(frozen=True, slots=True)
class Register:
    """The cast by every name, in the letters a prompt shows and in lower case.

    meaning: name -> canonical name. shared: a name of several characters -> their canonical names.
    """

    meaning: Mapping[str, str]
    shared: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, cast: Cast) -> Register:
        claims: dict[str, set[str]] = {}
        for character in cast:
            for alias in character.aliases:
                claims.setdefault(fold(alias), set()).add(character.name)
        meaning = {fold(name): canonical for name, canonical in owners(cast).items()}
        return cls(
            meaning,
            {name: frozenset(whose) for name, whose in claims.items() if len(whose) > 1 and name not in meaning},
        )


_ARTICLE = re.compile(r"(?:the|an?)\s+")


def fold(name: str) -> str:
    """A name as it is compared: "The Mock Turtle" and "mock turtle", "Mr. Darcy" and "Mr Darcy" are the same."""
    return _ARTICLE.sub("", as_data(name).strip(" \t\n　“”\"'「」『』").casefold().replace(".", ""), count=1)


@dataclass(frozen=True, slots=True)
class Said:
    """What a model's label comes to. `newcomer`: the name is not in the cast, but stands in the text."""

    name: str | None
    newcomer: bool = False


def resolve(label: str, register: Register, rules_say: str | None, text: str, open_cast: bool) -> Said:
    """The character a label means: by canonical name, by alias, or as a newcomer whose name stands in `text`.

    An alias of several characters means the one that the rules chose, else nobody. Everything else is refused: a
    third of a model's errors are invented names. A closed cast takes no newcomers.
    """
    name = fold(label)
    if name in NOBODY or name in PRONOUNS:
        return Said(None)
    if name in register.meaning:
        return Said(register.meaning[name])
    if name in register.shared:
        return Said(rules_say if rules_say in register.shared[name] else None)
    as_written = in_words_of(text, label.strip())
    return Said(as_written, newcomer=True) if open_cast and as_written else Said(None)


def in_words_of(text: str, name: str) -> str | None:
    """The name as it stands in the text, "the cook" for "The Cook"; None for what stands nowhere or is no name."""
    if not is_name(name):
        return None
    if name in text:
        return name
    found = words_of(name, re.IGNORECASE).search(text)
    return " ".join(found[0].split()) if found else None


def words_of(text: str, flags: int = 0) -> re.Pattern[str]:
    """Finds these words, though lines may break between them: the model sees and writes them otherwise."""
    return re.compile(r"\s+".join(map(re.escape, text.split())), flags)


def is_name(text: str) -> bool:
    return (
        0 < len(text) <= NAME_MOST
        and "\n" not in text
        and any(map(str.isalpha, text))
        and fold(text) not in PRONOUNS | NOBODY
    )


# ------------------------------------------------------------------------------------------------- labels

# How sure a line is, by who agrees, since a model's own confidence is useless (it says 0.8 or more of every line).
# "cue" stands for rules that are sure of the line, "rules" for any others; a > b: a overrules b. Each value lies
# between what was measured with careful answers and what a model leaves of it that errs in a few of a hundred easy
# lines (docs/accuracy.md, bench/combination.py).
AGREEMENT = {
    "cue+model": 0.99,
    "rules+model": 0.97,
    "model": 0.9,  # the rules know nothing
    "cue": 0.85,  # the model does not know
    "model>rules": 0.8,
    "model>cue": 0.7,
    "rules>model": 0.6,
    "cue>model": 0.6,
    "rules": 0.5,
}
SURE = 0.9  # with at least this confidence and a name beside the line, the rules are right for 98 of 100 such lines
CAREFUL = 0.03  # a model that contradicts no more of those lines is at least as good as the rules on them
# A model errs this much more often where the text names no speaker than where it does.
HARDER = 3


def is_sure(line: Quotation) -> bool:
    return line.speaker is not None and line.kind == "explicit" and line.confidence >= SURE


@dataclass(slots=True)
class Trust:
    """How far this model is trusted in this book, which shows at the lines that the rules are sure of."""

    sure: int = 0
    contradicted: int = 0

    def note(self, line: Quotation, said: str | None) -> None:
        if is_sure(line):
            self.sure += 1
            self.contradicted += said != line.speaker

    @property
    def doubt(self) -> float:
        """The share of sure lines at which it says something else; a careful one is supposed until some are known."""
        return (self.contradicted + 1) / (self.sure + 40)

    def prefers_model(self, line: Quotation) -> bool:
        """Whether the model is more likely right than the rules where they differ about the line."""
        return self.doubt <= CAREFUL or (not is_sure(line) and line.confidence < 1 - HARDER * self.doubt)


def decide(line: Quotation, said: str | None, trust: Trust) -> Quotation:
    """One line from what the rules found (`line`) and what the model said.

    A guess of the rules also yields to a model that says it cannot be told: unknown is better than wrong.
    """
    rules = "cue" if is_sure(line) else "rules"
    if said == line.speaker is not None:
        method = f"{rules}+model"
    elif line.speaker is None:
        method = "model"
    elif said is None:
        method = rules
    else:
        method = f"model>{rules}" if trust.prefers_model(line) else f"{rules}>model"
    by_model = method.startswith("model")
    speaker = said if by_model else line.speaker
    if speaker is None or (method == "rules" and trust.prefers_model(line)):
        return replace(line, speaker=None, method="", confidence=0.0, evidence=None)
    evidence = None if by_model else line.evidence
    return replace(line, speaker=speaker, method=method, confidence=AGREEMENT[method], evidence=evidence)
