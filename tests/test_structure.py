"""The house rules of docs/development.md: who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From the outside in. A module imports from its own row and from the rows below it, never from above.
LAYERS = [
    ["txt2voice.urls", "txt2voice.wsgi", "txt2voice.metrics", "txt2voice.health"],
    [
        *("*.views", "*.api", "*.admin", "*.urls", "*.apps", "*.management", "*.templatetags"),
        *(
            "recognition.scoring",
            "recognition.desk",
            "recognition.model_settings",
            "recognition.workbench",
            "txt2voice.account",
        ),
    ],
    ["*.forms", "*.checks", "recognition.tasks", "books.importing"],
    [
        *("recognition.remote", "recognition.callbacks", "recognition.budget", "recognition.endpoints"),
        *("recognition.windows", "recognition.estimates"),
    ],
    ["recognition.results", "recognition.corrections", "recognition.lines", "recognition.progress"],
    ["*.models", "*.migrations", "recognition.logs"],
    ["recognition.configuration"],
    ["recognition.pipeline", "recognition.reading", "recognition.sampling"],
    ["recognition.engines"],
    ["recognition.text"],
    ["recognition.script", "books.decoding", "books.chapters", "books.language"],
    ["txt2voice.settings"],
]
PURE = LAYERS[7:11]


def modules() -> Iterator[tuple[str, set[str]]]:
    """(name, names imported) of each module of the product, whatever the place of the import in the file."""
    for package in ("books", "recognition", "txt2voice"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            imported = set()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    # `from package import module` and `from module import name` look alike: take both readings.
                    imported |= {f"{node.module}.{alias.name}" for alias in node.names}
            yield name, imported


MODULES = dict(modules())


def belongs(name: str, pattern: str) -> bool:
    package, _dot, part = pattern.partition(".")
    head, _dot, rest = name.partition(".")
    return package in ("*", head) and f"{rest}.".startswith(f"{part}.")


def layer(name: str) -> int | None:
    """The row of a module; None for a bare package, which holds no code, and for what is not ours."""
    return next((row for row, patterns in enumerate(LAYERS) if any(belongs(name, p) for p in patterns)), None)


def is_ours(name: str) -> bool:
    return name.partition(".")[0] in ("books", "recognition", "txt2voice")


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_inwards_only(name):
    if "." not in name:
        return
    own = layer(name)
    assert own is not None, f"{name} has no row in LAYERS: decide where it belongs"
    for other in filter(is_ours, MODULES[name]):
        row = layer(other)
        assert row is None or row >= own, f"{name} must not import {other}"


def test_books_knows_nothing_of_recognition():
    for name, imported in MODULES.items():
        if name.startswith("books"):
            assert not [other for other in imported if other.startswith("recognition")], name


def test_one_module_talks_to_the_queue():
    importers = {name for name, imported in MODULES.items() if any(i.startswith("django_q") for i in imported)}
    assert importers == {"recognition.tasks"}


def test_pure_modules_know_no_django():
    for name, imported in MODULES.items():
        if any(belongs(name, pattern) for patterns in PURE for pattern in patterns):
            django = [other for other in imported if other.split(".")[0] in ("django", "rest_framework", "django_q")]
            assert not django, f"{name} must stay free of Django, but imports {django}"


def test_engines_read_no_settings():
    for name, imported in MODULES.items():
        if name.startswith(("recognition.engines", "recognition.text")):
            assert not [other for other in imported if "settings" in other or other.startswith("os.environ")], name
