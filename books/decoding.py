"""From the bytes of a file to its text. Pure: no Django, no I/O."""

import codecs
import re
from dataclasses import dataclass
from typing import Literal

import chardet

# What we call an encoding, and the codec that reads it. Big5 is read as Big5-HKSCS: the same characters as Big5 plus
# those that Windows and Hong Kong added (恒, 裏, 粵語字), which plain Big5 would replace.
ENCODINGS = {
    "UTF-8": "utf-8",
    "GB18030": "gb18030",
    "Big5": "big5hkscs",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
    "Windows-1252": "cp1252",
}
# Other names people and programs give them, as Python's codec registry spells them.
SYNONYMS = {
    "gbk": "GB18030",
    "gb2312": "GB18030",
    "cp936": "GB18030",
    "big5": "Big5",
    "cp950": "Big5",
    "utf-8-sig": "UTF-8",
    "ascii": "UTF-8",
    "iso8859-1": "Windows-1252",
} | {codecs.lookup(codec).name: name for name, codec in ENCODINGS.items()}

BOMS = {codecs.BOM_UTF8: "UTF-8", codecs.BOM_UTF16_LE: "UTF-16LE", codecs.BOM_UTF16_BE: "UTF-16BE"}

# The first bytes of what is often sent in place of a text: images, archives (with EPUB and DOCX), PDF, old Word,
# programs. Most would be caught by their control characters, but not a PDF, nor a small image in a chosen encoding.
SIGNATURES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"PK\x03\x04",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"\xfd7zXZ",
    b"%PDF-",
    b"\xd0\xcf\x11\xe0",
    b"\x7fELF",
    b"SQLite format 3\0",
)

CHINESE = ("gb18030", "big5hkscs")
SAMPLE = 20_000  # bytes, for questions that a part of the text answers
CONTROL = re.compile(r"[\0-\x08\x0e-\x19\x1b-\x1f\x7f]")  # a DOS file may end in \x1a
SURROGATE = re.compile("[\ud800-\udfff]")
COMMON = re.compile("[\t\n\r -~\u00a0-\u024f\u2010-\u2027\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]")
HIGH_RUN = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text with `\\n` newlines and without BOM; `encoding` is a key of ENCODINGS.

    `replaced` counts the characters U+FFFD that stand for what was no character: wrong bytes, U+0000, lone surrogates.
    """

    text: str
    encoding: str
    replaced: int


class Undecodable(ValueError):
    """The bytes are no text. `code`: binary_file, undecodable, unknown_encoding."""

    def __init__(self, code: Literal["binary_file", "undecodable", "unknown_encoding"]) -> None:
        super().__init__(code)
        self.code = code


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """The text of a file: by the encoding a person chose, or by the one that is found.

    A chosen encoding is obeyed even where it fits badly: the person sees the count. Raises Undecodable.
    """
    if data.startswith(SIGNATURES):
        raise Undecodable("binary_file")
    name = encoding_name(encoding) if encoding else detect(data)
    codec = ENCODINGS[name]
    # Surrogates that UTF-8 and UTF-16 files carry alone are one character each, not three wrong bytes.
    try:
        text, replaced = data.decode(codec, "surrogatepass" if name.startswith("UTF") else "strict"), 0
    except UnicodeDecodeError:
        text = data.decode(codec, "replace")
        replaced = text.count("\ufffd") - data.decode(codec, "ignore").count("\ufffd")
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Half a dozen are damage; one in a hundred is a program or an image.
    if len(CONTROL.findall(text)) > 3 + len(text) // 100:
        raise Undecodable("binary_file")
    if not encoding and replaced * 4 > len(text):
        raise Undecodable("undecodable")
    nuls = text.count("\0")
    text, surrogates = SURROGATE.subn("\ufffd", text.replace("\0", "\ufffd"))
    return Decoded(text, name, replaced + nuls + surrogates)


def encoding_name(encoding: str) -> str:
    """The key of ENCODINGS for any usual spelling: gbk, GB2312, cp950, utf8. Raises Undecodable."""
    try:
        return SYNONYMS[codecs.lookup(encoding).name]
    except (LookupError, ValueError) as error:  # ValueError: a NUL or a surrogate in the name
        raise Undecodable("unknown_encoding") from error


def detect(data: bytes) -> str:
    """The encoding, a key of ENCODINGS. Surest evidence first. Raises Undecodable."""
    for bom, name in BOMS.items():
        if data.startswith(bom):
            return name
    if data.count(0) * 3 <= len(data):  # more: UTF-16, though English in it is valid UTF-8, too
        if _is_utf8(data):
            return "UTF-8"
        if _is_western(data):
            return "Windows-1252"
    # Without a BOM, UTF-16 shows by what else it would be: every other reading has characters that no text has.
    best = max(filter(None, (_chinese(data), "UTF-16LE", "UTF-16BE")), key=lambda name: _usual(data, name))
    if _usual(data, best) < 0.75:
        raise Undecodable("binary_file" if _has_control(data) else "undecodable")
    return best


def _is_utf8(data: bytes) -> bool:
    """Valid, or valid but for little: most characters beyond ASCII are right, or only the last one is cut off.

    Without this tolerance one wrong byte would turn a UTF-8 book into GB18030, whose codec takes nearly anything.
    """
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and not data[: error.start].isascii():
            return True
        text = data.decode("utf-8", "replace")
        wrong = text.count("\ufffd")
        right = len(text) - len(text.encode("ascii", "ignore")) - wrong
        return right > 4 * wrong
    return True


def _is_western(data: bytes) -> bool:
    """A Latin script: mostly ASCII, and the bytes beyond it stand alone (é, “), where Chinese ones come in rows."""
    sample = data[: 10 * SAMPLE]
    runs = [len(run) for run in HIGH_RUN.findall(sample)]
    return sum(runs) * 4 < len(sample) and runs.count(1) * 10 > len(runs) * 9 and not _has_control(data)


def _has_control(data: bytes) -> bool:
    return CONTROL.search(data[:SAMPLE].decode("latin-1")) is not None


def _usual(data: bytes, name: str) -> float:
    """The share of characters, 0 to 1, that are usual in Chinese or English, when read in this encoding."""
    text = data[:SAMPLE].decode(ENCODINGS[name], "replace")
    return len(COMMON.findall(text)) / len(text)


def _chinese(data: bytes) -> str | None:
    """GB18030 or Big5, by chardet's statistics of what each codec can read; None when neither is likely.

    Asking about the bytes as they are would not do: GB18030 is valid for nearly anything, so that one wrong byte would
    decide against Big5. Measured on novels with 1 to 20 bytes spoilt: the confidence is above 0.3 from 200 bytes on,
    that of random bytes below 0.15.
    """
    readable = [data[: 10 * SAMPLE].decode(codec, "ignore").encode(codec) for codec in CHINESE]
    answers = [
        chardet.detect(each, include_encodings=CHINESE, no_match_encoding=codec, empty_input_encoding=codec)
        for each, codec in zip(readable, CHINESE, strict=True)
    ]
    best = max(answers, key=lambda answer: answer["confidence"] if answer["encoding"] else 0)
    if not best["encoding"] or (best["confidence"] < 0.2 and len(data) > 200):
        return None
    return SYNONYMS[best["encoding"].lower()]
