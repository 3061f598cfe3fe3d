"""English stays linear in the length of a text, whatever it holds."""

import time

import pytest

from recognition.script import Character, Section
from recognition.text.english import attribute, find_cast, scan

CAST = (Character("Ann Hill", ("Ann",), "female"),)


@pytest.mark.parametrize(
    "unit", ["Ab ", '"', "“", "“a” ", "‘", " ", "\n", "Tom, the man ", '"Yes," said Ann. ', "I ", "."]
)
def test_a_text_of_one_thing_alone(unit):
    section = Section(1, 0, unit * (40_000 // len(unit)))
    start = time.process_time()
    find_cast([scan(section)], coreference=True, threshold=0.8)
    attribute(section, CAST, coreference=True)
    assert time.process_time() - start < 3  # the square of the length would take minutes
