"""From the text of a book to its chapters. Pure: no Django, no I/O.

A heading is a line; what is one is decided in three steps. A pattern finds the lines that begin like a heading (第三章,
Chapter III); the rest of the line must then be a title and not a sentence; and a heading must have something under
it, or it is a line of a table of contents, or half of a heading written on several lines. Where no line qualifies,
headings that run into their paragraph are looked for, then bare numbers (I, II, III); last, the text is cut by length.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

TITLE = 200  # characters kept of a title
FRONT = 200  # a shorter beginning before the first heading (title, author) stays with the first chapter
PART, SEARCH, LONGEST = 10_000, 5_000, 20_000  # cut texts without headings after PART, within SEARCH, when over LONGEST

# Possessive (the last +): given up at once where no heading follows, or a line of spaces would be tried in every way.
INDENT = r"^[ \t\u00a0\u3000]{0,80}+"
NUMERAL = "[零〇○ＯO一二三四五六七八九十百千万萬两兩壹贰貳叁參肆伍陆陸柒捌玖拾佰仟廿卅0-9０-９]"
# Space inside the mark (第 三 章) is allowed, and bounded: without the bound a line of spaces would be slow.
NUMBER = rf"{NUMERAL}(?:[ \t\u3000]{{0,2}}{NUMERAL}){{0,12}}"

CHINESE = re.compile(
    INDENT
    + rf"""
    (?:[#*=＝\-—【〖［\[「『《（(<]{{1,6}}+ [ \t\u3000]{{0,4}}+)? (?:正文[卷]?[ \t\u3000:：]{{0,4}}+)?
    (?P<mark>
        第[ \t\u3000]{{0,2}}{NUMBER}[ \t\u3000]{{0,2}}(?P<unit>[章回节節卷篇集幕话話折出]|部分?)
      | (?P<volume>卷[之第]?[ \t\u3000]?(?:{NUMBER}|[上中下])|[上中下][卷部篇])
      | (?P<special>楔子|序章|序幕|序言|序曲|自序|代序|序|前言|引子|引言|引首|开篇|開篇|尾声|尾聲|终章|終章|结局|結局
          |大结局|大結局|番外|外传|外傳|后记|後記|跋)
        (?:[篇之]?[ \t]?(?:{NUMBER}|[（(]{NUMBER}[）)])|篇)?
    )
    (?P<rest>[^\n]{{0,120}})$""",
    re.MULTILINE | re.VERBOSE,
)
WORD_NUMBER = r"""(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)
    (?:[-\ ](?:one|two|three|four|five|six|seven|eight|nine))?
    |one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen
    |first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w{3,6}teenth|\w{3,5}tieth|last)"""
ENGLISH = re.compile(
    INDENT
    + rf"""
    (?:[#*_=]{{1,6}}+[ ]?)?
    (?P<mark>
        (?:(?:The|THE)[ ])? (?P<unit>(?i:chapter|part|book|volume|vol\.|canto|stave|section|letter|act))
        [ \t]{{1,4}} (?i:the[ ])? (?P<number>[ivxlcIVXLC]{{1,9}}|[0-9]{{1,4}}|(?i:{WORD_NUMBER}))
      | (?:(?:The|THE)[ ])?(?P<special>(?i:prologue|epilogue|preface|foreword|introduction|afterword|interlude))
      | (?P<licence>END[ ]OF[ ](?:THE|THIS)[ ]PROJECT[ ]GUTENBERG[^\n*]{{0,100}})
    )
    (?![\w'’])(?P<rest>[^\n]{{0,160}})$""",
    re.MULTILINE | re.VERBOSE,
)
RUN_IN = re.compile(rf"{INDENT}(?P<mark>第{NUMBER}[章回])(?P<rest>[^\n]{{0,60}})", re.MULTILINE)
BARE = re.compile(rf"{INDENT}[（(\[]?(?P<mark>[IVXLC]{{1,9}}|[0-9]{{1,4}}|{NUMBER})[）)\].、．]?[ \t]*$", re.MULTILINE)

# Higher units contain lower ones: 卷一 directly above 第一章 is the first half of that chapter's heading.
LEVELS = {
    **dict.fromkeys(["volume", "vol.", "部"], 4),
    **dict.fromkeys(["part", "部分", "卷"], 3),
    **dict.fromkeys(["book", "集", "篇"], 2),
    **dict.fromkeys(["节", "節", "section"], 0),
}
RUN_ON_UNITS = {
    "章",
    "回",
}  # units after which a title may follow without a space; 第一部电影, 第一节课 are no headings
SEPARATORS = " \t\u00a0\u3000:：、.．·—–-－_|】〗］]」』》）)>*=＝#"
OPENERS = dict(zip("）)】〗］]」』》", "（(【〖［[「『《", strict=True))
NO_TITLE = re.compile(r"[的里裡，。；,;！？!?]")  # what follows a mark in a sentence: 第一章的……, 第一章，……
ENDED = re.compile(r"[（(]?(?:完|终|終|结束|完结|未完|end)[）)]?$", re.IGNORECASE)  # 第一章完
NO_RUN_ON = re.compile("[，；：、！？“”「」]|^[合程]")  # 第一回合, 第三章程
SENTENCE = re.compile("[我你他她咱]|[了着過过的]$|时候$|時候$|^[来來去见見节節]")  # 第一回见面他就…, 第三章就这样结束了
BLANK_LINE = re.compile(r"\n[ \t]*\n$")
OPENER = re.compile("[诗詩词詞]曰|[话話且却卻][说說]")  # how a chapter of a classical novel begins
WORD = re.compile(r"\w")
# Where a text without headings is cut: after a blank line, else a line, else a sentence.
CUTS = (
    re.compile(r"\n[ \t\u3000]*\n"),
    re.compile(r"\n"),
    re.compile(r"[。！？…!?]+[”’」』\"')）]*|\.[”’\"')]*(?=\s)"),
)
# The title may stand on the line below its mark: one Chinese line without punctuation, or up to three English ones
# that a blank line separates from the text.
SUBTITLE = re.compile(
    r"""\n[ \t\u3000]*(?P<title>[^\n，。；：、！？…“”「」.!?,;]{1,40}(?=[ \t]*\n)
    |(?:[A-Z][^\n]{0,80}\n[ \t]*){0,2}[A-Z][^\n]{0,80}[^\n.,;:”"](?=[ \t]*\n[ \t]*\n))""",
    re.VERBOSE,
)


def _spellings() -> dict[str, int]:
    """What bare numbers look like, up to 399."""
    ones = ["", *"一二三四五六七八九"]
    found = {}
    for number in range(1, 400):
        hundreds, tens, one = number // 100, number // 10 % 10, number % 10
        roman = "C" * hundreds + ["", *["X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"]][tens]
        found[roman + ["", *["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]][one]] = number
        ten = f"{ones[tens]}十" if tens else "零" * (hundreds > 0 and one > 0)
        chinese = (f"{ones[hundreds]}百" if hundreds else "") + ten + ones[one]
        found[chinese.removeprefix("一") if number < 20 and tens else chinese] = number
        found[str(number)] = number
    return found


SPELLINGS = _spellings()


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter. `start` is where `text` begins in the whole text, in code points; `title` is empty without heading."""

    title: str
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that is a heading, or several: from the start of its first to the end of its title.

    `unit` is what it counts (章, chapter), and empty for what is not counted (楔子, Prologue).
    """

    start: int
    end: int
    mark: str
    title: str
    unit: str = ""

    @property
    def level(self) -> int:
        return LEVELS.get(self.unit, 1)


def split_chapters(text: str) -> tuple[Part, ...]:
    """The chapters in order. `"".join(part.text for part in parts) == text`, always; no part is empty.

    An empty text has no chapters. Takes time proportional to the text.
    """
    lines = _heading_lines(text)
    headings = _with_text(text, lines) or _with_text(text, _run_in_headings(text))
    if not any(heading.unit and heading.level <= 1 for heading in headings):
        headings = _with_text(text, _bare_numbers(text, lines)) or headings
    if not headings:
        return tuple(_by_length(text, 0, len(text)))
    front = headings[0].start if len(text[: headings[0].start].strip()) >= FRONT else 0
    starts = [front, *(heading.start for heading in headings[1:]), len(text)]
    chapters = zip(headings, pairwise(starts), strict=True)
    return (
        *_by_length(text, 0, front),
        *(Part(heading.title[:TITLE], start, text[start:end]) for heading, (start, end) in chapters),
    )


def _by_length(text: str, start: int, end: int) -> Iterator[Part]:
    """Parts of about PART characters, at most LONGEST."""
    while end - start > LONGEST:
        low, high = start + PART, start + PART + SEARCH
        cut = next((found.end() for end_of in CUTS if (found := end_of.search(text, low, high))), high)
        yield Part("", start, text[start:cut])
        start = cut
    if start < end:
        yield Part("", start, text[start:end])


def _with_text(text: str, headings: list[Heading]) -> list[Heading]:
    """The headings that have text under them; those directly above one become part of it, or are left out.

    Left out are the lines of a table of contents: several of one level without text between. The last of them, which
    a preface may follow, is known by its return further down.
    """
    last = {heading.title: index for index, heading in enumerate(headings)}
    found: list[Heading] = []
    above: list[Heading] = []  # without text since the last that had one
    contents = False
    for index, heading in enumerate(headings):
        following = headings[index + 1] if index + 1 < len(headings) else None
        if above and above[-1].level <= heading.level and above[-1].mark != heading.mark:
            contents = True
        if _is_bare(text, heading, following) or (contents and last[heading.title] > index):
            above.append(heading)
        else:
            found.append(_joined(above, heading))
            above, contents = [], False
    return found


def _is_bare(text: str, heading: Heading, following: Heading | None) -> bool:
    """Whether there is no text under a heading; a title page or a motto above the first chapter of a volume is none."""
    end = following.start if following else len(text)
    if following and (following.level < heading.level or (following.mark == heading.mark and heading.unit)):
        return len(text[heading.end : min(end, heading.end + 2 * FRONT)].strip()) < FRONT
    return not WORD.search(text, heading.end, end)


def _joined(above: list[Heading], heading: Heading) -> Heading:
    """The heading with the lines above that belong to it: itself once more, or the units that contain it."""
    for upper in reversed(above):
        if upper.mark == heading.mark:
            title = max(upper.title, heading.title, key=len)
        elif upper.level > heading.level:
            title = f"{upper.title} · {heading.title}"
        else:
            break
        heading = Heading(upper.start, heading.end, upper.mark, title, upper.unit)
    return heading


# ------------------------------------------------------------------------------------------- lines that are headings


def _heading_lines(text: str) -> list[Heading]:
    """Every line with the form of a heading, in order."""
    found = [*_chinese_headings(text), *_english_headings(text)]
    return sorted(found, key=lambda heading: heading.start)


def _chinese_headings(text: str) -> Iterator[Heading]:
    """A title may follow its mark without a space; but where most headings do otherwise, no words of a sentence may."""
    found = []
    for match in CHINESE.finditer(text):
        unit = match["unit"] or ("卷" if match["volume"] else "")
        if _is_chinese_title(match["rest"], match["special"], unit):
            found.append((match, unit))
    chapters = [match["rest"] for match, unit in found if unit in RUN_ON_UNITS]
    most_run_on = 2 * sum(map(_runs_on, chapters)) > len(chapters)
    for match, unit in found:
        if most_run_on or unit not in RUN_ON_UNITS or not (_runs_on(match["rest"]) and SENTENCE.search(match["rest"])):
            yield _heading(text, match, unit)


def _runs_on(rest: str) -> bool:
    return bool(rest) and rest[0] not in SEPARATORS


def _is_chinese_title(rest: str, special: str | None, unit: str) -> bool:
    """Whether the rest of a line that begins with 第三章 is a title, and not the rest of a sentence."""
    nested = CHINESE.match(rest)
    if nested and nested["unit"]:  # 第三卷第五章 归来
        return _is_chinese_title(nested["rest"], nested["special"], nested["unit"])
    title = rest.strip(SEPARATORS)
    if NO_TITLE.match(rest) or "。" in title or title.endswith((",", "，", "；", "：", "、")) or len(title) > 60:
        return False
    if ENDED.match(title) or (special == "序" and title):  # 第一章完；序列
        return False
    if not _runs_on(rest):
        return True
    return unit in RUN_ON_UNITS and not NO_RUN_ON.search(title)


def _english_headings(text: str) -> Iterator[Heading]:
    end_of_last = 0
    for match in ENGLISH.finditer(text):
        stands_alone = _stands_alone(text, match.start(), end_of_last)
        if match["licence"] or (stands_alone and match["mark"][0].isupper() and _is_english_title(match["rest"])):
            heading = _heading(text, match, (match["unit"] or "").lower())
            end_of_last = heading.end
            yield heading


def _is_english_title(rest: str) -> bool:
    """Whether the rest of a line that begins with Chapter III is a title, and not the rest of a sentence."""
    title = rest.strip(SEPARATORS)
    if not title:
        return True
    if rest[0] not in SEPARATORS or title[0].islower() or title.endswith((",", ";")):
        return False
    words = [word for word in re.findall(r"[^\W\d_]+", title) if len(word) > 3]
    return not rest.rstrip().endswith(".") or sum(word[0].isupper() for word in words) * 2 >= len(words)


def _stands_alone(text: str, start: int, end_of_last: int) -> bool:
    """Whether the line that begins at `start` follows a blank line, another heading, or nothing at all.

    English texts are often wrapped at 75 characters, and any word may come to stand at the beginning of a line.
    """
    above = text[max(start - 80, end_of_last) : start]
    return not above.strip() or BLANK_LINE.search(above) is not None


def _heading(text: str, match: re.Match[str], unit: str) -> Heading:
    """The heading of a matched line; if there is no title on it, the line or lines directly below may be the title."""
    mark, rest, end = "".join(match["mark"].split()), match["rest"], match.end()
    title = _title(rest)
    below = SUBTITLE.match(text, end) if unit and not title else None
    if below and not (CHINESE.search(below[0]) or ENGLISH.search(below[0])):
        title, end = below["title"], below.end()
    if match.re is CHINESE:
        whole = f"{mark} {title}"
    else:
        whole = match["mark"] + (". " if below else rest[: rest.find(title)]) + title
    return Heading(match.start(), end, mark, " ".join(whole.split()), unit)


def _title(rest: str) -> str:
    """What stands behind a mark, without what separates or surrounds it; brackets within are kept whole: 归来（上）."""
    title = rest.strip(SEPARATORS)
    for closer in rest[rest.rfind(title) + len(title) :]:
        opener = OPENERS.get(closer)
        if opener is None or title.count(opener) <= title.count(closer):
            break
        title += closer
    return title


def _run_in_headings(text: str) -> list[Heading]:
    """第一回 with its title and the chapter in one line, as in texts that have lost their line breaks.

    Sentences about chapters begin like this, too; so there must be three at least, with a chapter's length between.
    """
    found = []
    for match in RUN_IN.finditer(text):
        opener = OPENER.search(match["rest"])
        title = match["rest"][: opener.start()].strip(SEPARATORS) if opener else ""
        found.append(Heading(match.start(), match.end("mark"), match["mark"], f"{match['mark']} {title}".strip(), "回"))
    return found if len(found) >= 3 and len(text) >= 1_000 * len(found) else []


def _bare_numbers(text: str, others: list[Heading]) -> list[Heading]:
    """The other headings, and the lines that are nothing but a number where they count 1, 2, 3 (in each volume).

    A number may stand alone for many reasons; so there must be three at least, with some length between.
    """
    found = [*others]
    restarts = [heading.start for heading in reversed(others) if heading.level > 1]
    expected, end_of_last = 1, 0
    for match in BARE.finditer(text):
        while restarts and restarts[-1] < match.start():
            restarts.pop()
            expected = 1
        if SPELLINGS.get(match["mark"]) == expected and _stands_alone(text, match.start(), end_of_last):
            found.append(Heading(match.start(), match.end(), match["mark"], match["mark"], "chapter"))
            expected, end_of_last = expected + 1, match.end()
    numbers = len(found) - len(others)
    if numbers < 3 or len(text) < 500 * numbers:
        return []
    return sorted(found, key=lambda heading: heading.start)
