"""The rules of Chinese (simplified, traditional, classical narration): see recognition/text/rules.py."""

from collections.abc import Sequence

from recognition.script import Cast, Section
from recognition.text.chinese.cast import find_cast
from recognition.text.chinese.names import scan
from recognition.text.chinese.speakers import attribute

__all__ = ["attribute", "find_cast", "scan", "with_narrator"]


def with_narrator(sections: Sequence[Section], cast: Cast) -> Cast:
    """The cast as it was given: whoever says 我 in the narration has to be marked in it."""
    return cast
