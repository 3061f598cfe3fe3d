"""What one section tells of names: who is said to speak, to be spoken to, to act.

Part-of-speech tags alone do not find a cast (a bare given name is rarely tagged as a person), so names are mined
from the places where only a person can stand: before a verb of saying, after 向 or 对, at the head of a clause.
All strings are in folded (simplified) characters; `find_cast` writes them as the book does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import rjieba

from recognition.script import Section
from recognition.text.chinese import lexicon
from recognition.text.chinese.folding import fold
from recognition.text.chinese.quotations import find_speech

_HAN = "一-龥〇㐀-䶿·•・"
_EDGE = r"[，。：；！？…．、,.:;!?\n”’」』\"“「『（）()\s—]"
_LEADIN = (
    "(?:"
    + lexicon.either(
        "只见 忽见 却见 又见 便见 早见 但见 就见 只听 忽听 听得 忽听得 却说 且说 话说 单说 再说 原来 谁知 谁料 "
        "不料 不想 这里 那里 那边 这边 此时 这时 那时 当时 当下 于是 然后 忽然 忽 只有 倒是 还是 就是 正是 "
        "那 这 那个 这个 一个 只 却 便 又 于是 接着 随后 后来 可是 但是 但 而 因此 所以 因 果然 幸亏 早有 旁边 "
        "不一会 一会 连 又有 忽有 早 唬得 吓得 急得 慌得 喜得 那知 岂知 便有 有 恰好 恰 正好 结果"
    )
    + ")?"
)
_VERB = lexicon.either(lexicon.SAYING)
_MANNER = f"(?:{lexicon.either(lexicon.MANNER)}|[{_HAN}]{{1,5}}地|[{_HAN}]{{1,4}}着|了)"
_LISTENING = "(?:[向对朝跟与和同问给冲劝]|告诉|吩咐|嘱咐|转向|望着|看着)"
# After a person at the head of a clause. Of single characters: the first of what the person does or is.
_FOLLOWS = (
    "道说曰笑问答叹喊叫骂哭喝唱听见想看望瞧瞅觉知忙便又也就却才都只正已还再方因遂乃即走跑站坐立躺跪拜起来去进出"
    "到回转低抬伸拿把将被对向朝和与跟同给让使"
    "在是不没未心脸眼手嘴头身一两点摇赶连急气怒惊喜高大吃喝睡醒死活着从自此这那说先往上下接拉推抱扶打开放忍终似"
    "像象很非真更最总常每刚早仍虽若既同告劝求命请"
)

Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class Scan:
    """A section, and how often a string was seen: before a verb of saying, spoken to, acting, tagged as a person."""

    section: Section
    folded: str
    speeches: tuple[tuple[int, int], ...]
    says: Mapping[str, int]
    hears: Mapping[str, int]
    acts: Mapping[str, int]
    tagged: Mapping[str, int]


_SAYS_BEFORE = re.compile(f"(?:^|{_EDGE}){_LEADIN}([{_HAN}]{{2,12}})[：:，,]?\\s*$")
_SPLIT = re.compile(f"(?:{_MANNER})*+{_VERB}[了着道]*")
_SPLITS = re.compile(f"(?:{_MANNER})*{_VERB}[了着道]*(?:一[句声]|几句)?")
_LISTENED = re.compile(f"{_LISTENING}([{_HAN}]{{2,4}}?)(?:{_MANNER})*{_VERB}[了着道]*$")
_SAID_AFTER = re.compile(f"\\s*([{_HAN}]{{2,12}})")
_ACTS = [re.compile(f"{_EDGE}{_LEADIN}([{_HAN}]{{{n}}})(?=[{_FOLLOWS}])") for n in (2, 3, 4)]
_FOREIGN = re.compile(f"[{_HAN}]{{1,6}}(?:[·•・][{_HAN}]{{1,6}})+")


def scan(section: Section) -> Scan:
    """Reads a section once; linear in its length."""
    folded = fold(section.text)
    speeches = tuple((s.start, s.end) for s in find_speech(folded))
    says: Counts = Counter()
    hears: Counts = Counter()
    end = 0
    for k, (start, stop) in enumerate(speeches):
        _read_lead(folded[max(end, start - 31) : max(end, start - 1)], says, hears)
        end = min(stop + 1, len(folded))
        following = speeches[k + 1][0] - 1 if k + 1 < len(speeches) else len(folded)
        _read_tail(folded[end : min(following, end + 24)], says)
    acts: Counts = Counter()
    for pattern in _ACTS:
        acts.update(pattern.findall("\n" + folded))
    tagged: Counts = Counter(word for word, tag in rjieba.tag(folded) if tag[:2] == "nr" and len(word) > 1)
    tagged.update(_FOREIGN.findall(folded))
    kept = {word: n for word, n in acts.items() if n > 1 or word in says or word in hears or word in tagged}
    return Scan(section, folded, speeches, says, hears, kept, tagged)


def _read_lead(lead: str, says: Counts, hears: Counts) -> None:
    """Counts every string that may be the speaker in the words before a quotation."""
    if not lead.rstrip().endswith((":", "：", "，", ",")) and not re.search(f"{_VERB}$", lead.rstrip()):
        return
    match = _SAYS_BEFORE.search(lead)
    if match is None:
        return
    words = match[1]
    for cut in range(2, min(len(words), 9)):
        if _SPLITS.fullmatch(words, cut):
            says[words[:cut]] += 1
            break
    else:
        cut = 0
    listened = _LISTENED.search(words)
    if listened:
        hears[listened[1]] += 1


def _read_tail(tail: str, says: Counts) -> None:
    """Counts the strings that may be the speaker in the words after a quotation."""
    match = _SAID_AFTER.match(tail)
    if match is None or match.end() >= len(tail) or tail[match.end()] in "：:":
        return
    words = match[1]
    for cut in range(2, min(len(words), 6)):
        if _SPLITS.fullmatch(words, cut):
            says[words[:cut]] += 1
            break
