"""The rules of Chinese (simplified, traditional, classical narration): see recognition/text/rules.py."""

from recognition.text.chinese.cast import find_cast, with_narrator
from recognition.text.chinese.names import scan
from recognition.text.chinese.speakers import attribute

__all__ = ["attribute", "find_cast", "scan", "with_narrator"]
