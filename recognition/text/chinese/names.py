"""What one section tells of names: who is said to speak, to be spoken to, to act.

Part-of-speech tags alone do not find a cast (a bare given name is rarely tagged as a person), so names are mined
from the places where only a person can stand: before a verb of saying, after 向 or 对, at the head of a clause.
All strings are in folded (simplified) characters; `find_cast` writes them as the book does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import rjieba

from recognition.script import Gender, Section
from recognition.text.chinese import lexicon
from recognition.text.chinese.folding import fold
from recognition.text.chinese.quotations import after_mark, find_speech

_HAN = "一-龥〇㐀-䶿·•・"
_EDGE = r"[，。：；！？…．、,.:;!?\n”’」』\"“「『（）()\s—]"
_LEADIN = (
    "(?:"
    + lexicon.either(
        "只见 忽见 却见 又见 便见 早见 但见 就见 只听 忽听 听得 忽听得 却说 且说 话说 单说 再说 原来 谁知 谁料 不料 "
        "不想 这里 那里 那边 这边 此时 这时 那时 当时 当下 于是 然后 忽然 忽 只有 倒是 还是 就是 正是 那 这 那个 "
        "这个 一个 只 却 便 又 于是 接着 随后 后来 可是 但是 但 而 因此 所以 因 果然 幸亏 早有 旁边 不一会 一会 连 "
        "又有 忽有 早 唬得 吓得 急得 慌得 喜得 那知 岂知 便有 有 恰好 恰 正好 结果"
    )
    + ")?"
)
_VERB = lexicon.either(lexicon.SAYING)
_MANNER = f"(?:{lexicon.either(lexicon.MANNER)}|[{_HAN}]{{1,5}}地|[{_HAN}]{{1,4}}着|了)"
_LISTENING = "(?:[向对朝跟与和同问给冲劝]|告诉|吩咐|嘱咐|转向|望着|看着)"
# After a person at the head of a clause. Of single characters: the first of what the person does or is.
_FOLLOWS = frozenset(
    "道说曰笑问答叹喊叫骂哭喝唱听见想看望瞧瞅觉知忙便又也就却才都只正已还再方因遂乃即走跑站坐立躺跪拜起来去进出"
    "到回转低抬伸拿把将被对向朝和与跟同给让使咬皱瞪眯挥摆耸扫擦掏端靠盯愣怔沉冷淡微轻缓顿停翻捂挽攥捏抓牵摸递扔掷"
    "在是不没未心脸眼手嘴头身一两点摇赶连急气怒惊喜高大吃喝睡醒死活着从自此这那说先往上下接拉推抱扶打开放忍终似"
    "像象很非真更最总常每刚早仍虽若既同告劝求命请"
)

Counts = Counter[str]
NARRATOR = "我"
_OURS = "们的国家这那"  # after 我: not the one who tells the book
# A book shorter than this (code points) gives each name too few places to be judged by numbers.
TINY = 5_000


@dataclass(frozen=True, slots=True)
class Introduction:
    """Where the text says what else somebody is called: the words before, the other name, the words after it.

    `full` is the name made of 姓 and 名, where the text spells it out; its bearer is then the one introduced. `kind`:
    a 字, which may follow the surname as well, or a 绰号, which has no surname.
    """

    before: str
    other: str
    after: str = ""
    full: str = ""
    kind: Literal["", "style", "nick"] = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """A section, and how often a string was seen: spoken to or introduced by name, acting, at the head of a sentence
    right beside a speech, called in a speech, tagged as a person. `introduced`: what somebody is said to be called.
    `told`: beside how many speeches a sentence begins with 我.

    `turns` has for each speech the string named as its speaker right before or after it, or ""; `calls` the gender by
    which it calls the one spoken to, `selves` the gender by which its speaker calls himself or herself.
    """

    section: Section
    folded: str
    speeches: tuple[tuple[int, int], ...]
    turns: tuple[str, ...]
    calls: tuple[Gender, ...]
    selves: tuple[Gender, ...]
    hears: Mapping[str, int]
    acts: Mapping[str, int]
    beats: Mapping[str, int]
    called: Mapping[str, int]
    introduced: tuple[Introduction, ...]
    told: int
    tagged: Mapping[str, int]


_WORDS = re.compile(f"{_LEADIN}([{_HAN}]{{2,12}})$")
_SAYS = re.compile(f"(?:{_MANNER})*{_VERB}[了着道]*(?:一[句声]|几句)?")
_LISTENED = re.compile(f"{_LISTENING}([{_HAN}]{{2,4}}?)(?:{_MANNER})*{_VERB}[了着道]*$")
_SAID_AFTER = re.compile(f"\\s*([{_HAN}]{{2,12}})")
_LONGEST = 4  # code points of a Han name at the head of a clause
_HEAD = re.compile(f"{_EDGE}{_LEADIN}([{_HAN}]{{2,{_LONGEST + 1}}})")
# Characters that foreign names are written with.
_SOUNDS = (
    "阿埃艾爱安奥巴贝比彼伯波勃博布查达大戴丹道得德登蒂迪顿多俄厄恩尔法菲费芬弗夫福富盖甘冈戈格葛根古哈海汉赫亨"
    "侯胡华怀惠霍基吉加贾杰金"
    "卡凯坎康柯科可克肯孔库夸奎拉莱赖兰朗劳雷蕾黎里丽利莉力立连列林琳龙卢鲁路露伦罗洛马玛迈麦曼梅蒙米密明摩莫默"
    "姆木纳娜南尼妮涅宁纽农诺"
    "欧帕潘佩彭皮珀朴普奇契齐乔切琼丘日茹萨塞赛桑森沙莎珊尚舍什生施史士思斯苏索塔泰坦汤唐特提汀图屠托陀瓦万王威"
    "韦维魏温文翁沃乌伍武西希锡"
    "夏肖谢辛修休雪雅亚扬耶叶伊因英尤约泽扎詹珍芝朱兹佐茨娃夏娅辽留季缅玖翰逊丝缇黛瑞昆妲琪芮蔓烈"
)
_FOREIGN = re.compile(f"[{_SOUNDS}]{{1,7}}(?:[·•・][{_SOUNDS}]{{1,7}}){{1,4}}")
_FOREIGN_TITLED = re.compile(
    f"[{_SOUNDS}]{{2,7}}(?:先生|太太|小姐|夫人|女士|爵士|博士|医生|教授|上校|上尉|少校|中尉|将军|警官|探长|神父|牧师|伯爵|公爵|男爵|子爵|勋爵)"
)
_FOREIGN_PART = re.compile(f"[{_SOUNDS}]{{2,8}}")
_INTRODUCED = re.compile(f"(?:我叫|名叫做?|名唤|唤作|唤名|名字叫|我的名字是)([{_HAN}]{{2,4}})(?=[，。,.！])")
# Alone at the beginning or the end of a speech: “林晓，…, …，林晓！”
_CALLED = [
    re.compile(f'[“「『"]([{_HAN}]{{2,4}})[，！？…,!?]'),
    re.compile(f'[，。！？…,!?]([{_HAN}]{{2,4}})[。！？….!?]+[”」』"]'),
]
_QUOTED = "[“‘「『]?"
# 姓刘，名备，字玄德: surname and given name, with what follows in 姓曹名操字孟德; the rest is found by the next one.
_SURNAME_AND_NAME = re.compile(
    f"姓([{_HAN}]{{1,2}}?)[，、]?(?:双|单|讳)?(?:名|讳)(?:唤作?|唤做|叫做?|是|一个)?([{_HAN}]{{1,2}}?)"
    f"(?:字([{_HAN}]{{2}})?)?(?=[，。、；！])"
)
_STYLE = re.compile(f"字(?<=[，、表]字)([{_HAN}]{{2}})(?=[，。；！]|者?也|人也)")
# 绰号“铁头陀”, 人称毒手观音的柳三娘
_NICKS = lexicon.words(
    "绰号 外号 诨名 诨号 浑名 浑号 匪号 人称 江湖人称 江湖上人称 江湖上称 人送外号 人送绰号 道号 法号 别号 自号"
)
_OTHER_NAMES = lexicon.words("小名 乳名 小字 学名 本名 原名 真名 法名")
_CALLED_ALSO = re.compile(
    f"({lexicon.either(_NICKS, _OTHER_NAMES)})(?:人称)?儿?(?:叫做|叫作|唤做|唤作|名唤|叫|唤|是|为|曰)?个?"
    f"{_QUOTED}([{_HAN}]{{2,5}}?)(?=[”’」』，。；！、）]|的[{_HAN}]{{2}}|者?也|人也)"
)
_INTRODUCED_IN = 30  # code points before that are looked at for who is introduced
_LAST_CLAUSE = re.compile(f"[{_HAN}]+$")
_LEAD = 31  # code points before a speech that are looked at
_OPENING = 60  # code points of a speech that are looked at for how it calls somebody
_MALE_CALLS = lexicon.either(
    "哥哥 大哥 二哥 三哥 四哥 五哥 老哥 兄弟 兄台 仁兄 贤弟 老弟 师兄 师弟 师父 大爷 二爷 三爷 老爷 太爷 爷爷 爷 "
    "相公 公子 少爷 官人 大王 大人 将军 父亲 爹爹 爹 爸爸 爸 叔叔 大叔 二叔 三叔 伯伯 大伯 伯父 舅舅 姐夫 员外 先生 "
    "道长 大师 陛下 皇上 主公 丞相 大侠 少侠 老丈 老汉 老头子 小子 儿子 长老"
)
_FEMALE_CALLS = lexicon.either(
    "姐姐 大姐 二姐 三姐 好姐姐 妹妹 妹子 师姐 师妹 师娘 嫂子 嫂嫂 大嫂 二嫂 婶子 婶婶 婶娘 大婶 姑娘 姑姑 姑妈 "
    "姑奶奶 奶奶 太太 老太太 老祖宗 妈妈 妈 母亲 娘 大娘 大妈 姨妈 姨娘 阿姨 外婆 婆婆 姥姥 嬷嬷 夫人 娘子 小姐 "
    "大嫂子 丫头 闺女 女儿 娘娘 公主 仙姑 女菩萨"
)
_CALLS = re.compile(
    f'(?:[“「『，。！？…．])(?:好|我的|亲|[{_HAN}])?(?:(?P<male>{_MALE_CALLS})|(?P<female>{_FEMALE_CALLS}))(?=[，。！？…．,!?”」』"])'
)
_SELVES = re.compile(
    "(?P<male>"
    + lexicon.either(
        "老夫 小生 贫僧 洒家 老衲 贫道 小可 本王 本帅 本官 下官 卑职 末将 晚生 朕 寡人 孤家 在下 愚兄 小弟 劣兄 "
        "老汉 老朽 为父"
    )
    + ")|(?P<female>"
    + lexicon.either("奴家 奴婢 妾身 贱妾 老身 小女子 奴奴 本宫 哀家 为娘 老娘 妾")
    + ")"
)


def scan(section: Section) -> Scan:
    """Reads a section once; linear in its length."""
    folded = fold(section.text)
    speeches = tuple((s.start, s.end) for s in find_speech(folded))
    turns: list[str] = []
    hears: Counts = Counter()
    beside: Counts = Counter()
    told = 0
    after = ""
    end = 0
    for k, (start, stop) in enumerate(speeches):
        lead = folded[max(end, start - _LEAD) : max(end, start - 1)].rstrip()
        before = _head_before(folded, end, max(end, start - 1))
        if k and before == after and "\n" not in folded[end:start]:
            before = ""  # the sentence between two speeches was seen after the first of them
        end = after_mark(folded, stop)
        following = speeches[k + 1][0] - 1 if k + 1 < len(speeches) else len(folded)
        tail = folded[end : min(following, end + 24)]
        turns.append(_before(lead, hears) or _after(tail))
        after = _head_after(tail)
        beside.update((before, after))
        told += _is_told(before) or _is_told(after)
    hears.update(2 * _INTRODUCED.findall(folded))
    heads = Counter(_HEAD.findall("\n" + folded))
    acts: dict[str, int] = {}
    for head, n in heads.items():
        for cut in range(2, len(head)):
            if head[cut] in _FOLLOWS:
                word = head[:cut]
                acts[word] = acts.get(word, 0) + n
    beats: dict[str, int] = {}
    for head, n in beside.items():
        for cut in range(2, len(head)):
            word = head[:cut]
            beats[word] = beats.get(word, 0) + n
    called: Counts = Counter()
    for pattern in _CALLED:
        called.update(pattern.findall(folded))
    introduced = tuple(_introductions(folded))
    # Tagging takes most of the time, and what it finds in speech is less often a person of the book.
    narration = folded if len(folded) < TINY else _narration(folded, speeches)
    tagged: Counts = Counter(word for word, tag in rjieba.tag(narration) if tag[:2] == "nr" and len(word) > 1)
    tagged.update(_FOREIGN.findall(folded))
    tagged.update(_FOREIGN_TITLED.findall(folded))
    seen = {*turns, *hears, *beats}
    kept = {word: n for word, n in acts.items() if n > 1 or word in seen or word in tagged or len(folded) < TINY}
    calls = tuple(_gender(_CALLS, folded, start, end) for start, end in speeches)
    selves = tuple(_gender(_SELVES, folded, start, end) for start, end in speeches)
    return Scan(
        section, folded, speeches, tuple(turns), calls, selves, hears, kept, beats, called, introduced, told, tagged
    )


# The share of the speeches beside which 我 acts, from which on somebody tells the book. In four classical novels and
# the windows of a modern one, none of them told so, it is below .001.
_NARRATED = 0.02


def is_narrated(scans: Sequence[Scan]) -> bool:
    """Whether somebody tells the book: 我 acts beside its speeches."""
    return sum(scan.told for scan in scans) >= max(2, _NARRATED * sum(len(scan.turns) for scan in scans))


def _introductions(folded: str) -> Iterator[Introduction]:
    """Other names that somebody is said to have."""
    fulls: dict[int, str] = {}
    for match in _SURNAME_AND_NAME.finditer(folded):
        fulls[match.end()] = full = match[1] + match[2]
        yield Introduction("", match[2], full=full)
        if match[3]:
            yield Introduction("", match[3], full=full, kind="style")
    for pattern in (_STYLE, _CALLED_ALSO):
        for match in pattern.finditer(folded):
            before = _SENTENCE_ENDS.split(folded[max(0, match.start() - _INTRODUCED_IN) : match.start()])[-1]
            spelled = [full for end, full in fulls.items() if match.start() - len(before) < end <= match.start()]
            kind: Literal["", "style", "nick"] = "style" if pattern is _STYLE else "nick" if match[1] in _NICKS else ""
            other, after = match[match.lastindex or 0], folded[match.end() : match.end() + 6]
            yield Introduction(before, other, after, spelled[-1] if spelled else "", kind)


def _narration(folded: str, speeches: Sequence[tuple[int, int]]) -> str:
    """The text without its speeches."""
    ends = [0, *(end for _, end in speeches)]
    starts = [*(start for start, _ in speeches), len(folded)]
    return "\n".join(folded[end:start] for end, start in zip(ends, starts, strict=True))


def _gender(pattern: re.Pattern[str], folded: str, start: int, end: int) -> Gender:
    match = pattern.search(folded, max(0, start - 1), min(end + 1, start + _OPENING))
    return "unknown" if match is None else "male" if match["male"] else "female"


def _before(lead: str, hears: Counts) -> str:
    """The string that may be the speaker in the words before a speech; counts whom it is spoken to."""
    bare = lead.rstrip("：:，,")
    clause = _LAST_CLAUSE.search(bare)
    if clause is None or (bare == lead and not _ENDS_IN_VERB.search(bare)):
        return ""
    match = _WORDS.fullmatch(clause[0][-16:])
    if match is None:
        return ""
    listened = _LISTENED.search(match[1])
    if listened:
        hears[listened[1]] += 1
    return _subject(match[1], 9)


# Where a sentence tells who acts: at its head, or after words of place and time like 高台上，.
_FIRST = re.compile(
    f"[ 　]*(?:[{_HAN}]{{1,6}}[上下里内外中前后边旁时间刻日晚天]，)?{_LEADIN}([{_HAN}]{{2,{_LONGEST + 1}}})"
)
_SENTENCE_ENDS = re.compile("[。！？!?…；;\n]")
_SENTENCE = 80  # code points before a speech in which the sentence beside it is looked for


def _head_before(folded: str, start: int, end: int) -> str:
    """The head of the last sentence before a speech, in its paragraph."""
    words = folded[max(start, end - _SENTENCE) : end].rstrip(" 　：:，,。！？!?…；;")
    first = _FIRST.match(_SENTENCE_ENDS.split(words)[-1])
    return first[1] if first else ""


def _is_told(head: str) -> bool:
    """Whether the one who tells the book stands at the head of a sentence."""
    return head[:1] == NARRATOR and head[1] not in _OURS


def _head_after(tail: str) -> str:
    """The head of the words right after a speech, in its paragraph."""
    first = _FIRST.match(tail)
    return first[1] if first else ""


_ENDS_IN_VERB = re.compile(f"{_VERB}$")


def _after(tail: str) -> str:
    """The string that may be the speaker in the words after a speech."""
    match = _SAID_AFTER.match(tail)
    if match is None or match.end() >= len(tail) or tail[match.end()] in "：:":
        return ""
    return _subject(match[1], 6)


def is_foreign(word: str) -> bool:
    """Whether a string can be a foreign name: a dot between its parts, or three and more characters of sound."""
    return bool(_FOREIGN.fullmatch(word)) or (len(word) > 2 and bool(_FOREIGN_PART.fullmatch(word)))


def _subject(words: str, most: int) -> str:
    """The shortest head of a clause after which only manner and a verb of saying follow; 我 where somebody tells."""
    if words.startswith(NARRATOR) and _SAYS.fullmatch(words, 1):
        return NARRATOR
    for cut in range(2, min(len(words), most)):
        if _SAYS.fullmatch(words, cut):
            return words[:cut]
    return ""
