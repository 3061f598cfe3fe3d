"""The rules of English: see recognition/text/rules.py."""

from recognition.text.english.cast import find_cast, with_narrator
from recognition.text.english.labels import scan
from recognition.text.english.speakers import attribute

__all__ = ["attribute", "find_cast", "scan", "with_narrator"]
