"""From names to a cast: which names are one person, and of what gender each person is."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ahocorasick_rs import AhoCorasick, MatchKind

from recognition.script import Cast, Character, Gender, Section
from recognition.text.chinese import lexicon
from recognition.text.chinese.candidates import (
    Form,
    find_names,
    given_of,
    is_common_noun,
    is_full,
    spellings,
    surname_of,
    title_gender,
    title_of,
)
from recognition.text.chinese.folding import fold
from recognition.text.chinese.names import NARRATOR, Scan, is_foreign, is_narrated
from recognition.text.chinese.names import scan as scan_section

# What the characters of given names tell of gender: for a man above 0. Characters that no man (no woman) bears count
# twice.
_GIVEN_GENDER: dict[str, int] = {
    **dict.fromkeys(
        "丽芳萍英兰梅霞燕玲珍花香莲菊凤琴菱芸荷芹蓓茹颖琳琼碧翠彩绣巧秀淑惠慧贞静妙雁烟雪露蝶菲纱裳舞蓝蕾春秋月桃杏"
        "柳眉红晴溪曼诗梦涵欣怡悦雨晓佳语彤丹玉银珠萱若可灵紫素爱艾鹊鸾鹂霜虹盈盼柔婵琪琬璎珞缇薰芷芝苓芙茵",
        -1,
    ),
    **dict.fromkeys(
        "娟婷娜莉婉嫣媛姗妮娇妍姝娴婵妹姐娘姑钗黛纨鹃雯莺鸳鸯蕙蓉薇茜倩瑶璐珊娅娃娆嫂婶妈奶婆姨妃后氏姬嫦丫绮纹钏娣"
        "妞莎娥璇媚嫔姣婕妤嬷妪媪姥她黹",
        -2,
    ),
    **dict.fromkeys(
        "文明志林平东成良民正光亮阳辉旭晨宇轩航天铭鸣鸿才俊卓越凯浩博泽义德富贵福寿禄财发山海江河川石金礼智信道法和"
        "生儒彦臣甫宗祖继绍孝忠仁廉荣昌盛兴旺万大元公言尘远航启升进功业世先恒恩泉厚堂亭安武衡乾坤奎",
        1,
    ),
    **dict.fromkeys(
        "刚强伟军勇毅峰磊涛超鹏龙虎豹雄彪斌彬杰豪宏建国根柱栓锁岩铁钢铜锋锐震霆雷威猛辅僧爷翁汉叔伯哥兄弟爹爸郎"
        "胖魁罡烈霸",
        2,
    ),
}
# Sounds that foreign names of women end in.
_FOREIGN_FEMALE = frozenset("娜莎丽娅妮丝蒂琳薇茜雅菲莉萝黛芙珍拉莲洁娃缇妲琪蕾兰")
# Women whose names end otherwise.
_FOREIGN_WOMEN = frozenset(
    lexicon.words(
        "玛格丽特 夏洛特 凯特 简 安 安妮特 伊丽莎白 海伦 艾伦 露丝 贝丝 玛丽安 凯瑟琳 卡罗尔 伊芙 艾米 埃米 克莱尔 "
        "珍妮特 朱丽叶 哈丽特 乔治娅 苏 苏珊 玛格特 贝蒂 凯蒂 萨莉 莎莉 南希 露西 艾格尼丝 多萝西 桃乐茜 简妮 玛莎"
    )
)
_FOR_WIFE = frozenset(
    lexicon.words(
        "夫人 太太 老太太 奶奶 大奶奶 二奶奶 三奶奶 少奶奶 氏 姨娘 姨妈 嬷嬷 妈妈 婆子 婆婆 婆 妈 大娘 大妈 大嫂 "
        "嫂子 嫂 婶 婶子 大婶 姥姥 寡妇 家的 媳妇 妃 太君 太后 贵妃 娘子 道婆 媒婆 奶妈 阿姨 姨"
    )
)


def find_cast(scans: Sequence[Scan], *, coreference: bool, threshold: float) -> Cast:
    """The cast of a book, most mentioned first; names as the book writes them.

    `threshold`: the least evidence score, 0 to 1, at which two names are joined; `coreference` off joins none.
    """
    names = find_names(scans)
    talk = Talk(scans, names)
    groups = [Group([form], talk.votes[word]) for word, form in names.items()]
    for word, form in names.items():
        male, female = talk.votes[word]
        form.womanly = _given_gender([form], 1) + male - female < 0
    if coreference:
        groups = merge(scans, names, groups, talk, threshold)
    written = spellings(scans, names)
    he, she = (sum(scan.folded.count(pronoun) for scan in scans) for pronoun in "他她")
    classical = he > 9 and she < 0.02 * he
    groups = [group for group in groups if not all(form.tentative for form in group.forms)]
    cast = []
    company = _company(groups, talk) if classical else {}
    for group in sorted(groups, key=lambda g: (-g.count, g.forms[0].text)):
        forms = sorted(
            group.forms,
            key=lambda f: (
                f.kind != "person",
                "·" not in f.text,
                f.text not in group.fulls,
                f.byname,
                -f.count,
                f.text,
            ),
        )
        spelled = list(dict.fromkeys(written[form.text] for form in forms))
        cast.append(Character(spelled[0], tuple(spelled[1:]), _gender(group, forms, classical, company), forms[0].kind))
    if is_narrated(scans):
        own = _narrator_name(scans, written)
        cast = [replace(c, kind="narrator") if own in (c.name, *c.aliases) else c for c in cast]
        if not own:
            cast.append(Character(NARRATOR, kind="narrator"))
    return tuple(cast)


# Of a long book this many sections, at its beginning and all over it, show whether somebody tells it.
_OPENING, _SAMPLE = 4, 20


def with_narrator(sections: Sequence[Section], cast: Cast) -> Cast:
    """A cast that was given, with the one marked who tells the book as 我, where the book names that one."""
    if any(character.kind == "narrator" for character in cast):
        return cast
    rest = sections[_OPENING:]
    scans = [scan_section(section) for section in (*sections[:_OPENING], *rest[:: len(rest) // _SAMPLE + 1])]
    if not is_narrated(scans):
        return cast
    written = {fold(name): name for c in cast for name in (c.name, *c.aliases)}
    own = written.get(NARRATOR) or _narrator_name(scans, written)
    return tuple(replace(c, kind="narrator") if own in (c.name, *c.aliases) else c for c in cast)


_CALLED = re.compile("(?:^|[^一-龥])我(?:的名字)?(?:叫做?|名叫|叫作|姓.，?名)([一-龥·]{2,8})")


def _narrator_name(scans: Sequence[Scan], written: Mapping[str, str]) -> str:
    """The name by which the one who tells the book introduces himself or herself outside of speech, or ""."""
    for scan in scans:
        for match in _CALLED.finditer(scan.folded):
            if not any(start <= match.start(1) < end for start, end in scan.speeches):
                name = next((match[1][:k] for k in range(len(match[1]), 1, -1) if match[1][:k] in written), "")
                if name:
                    return written[name]
    return ""


# ------------------------------------------------------------------ gender


def _company(groups: Sequence[Group], talk: Talk) -> dict[str, int]:
    """For each name how many more sure men than sure women stand beside it in lists."""
    sure = {form.text: group.sure_gender for group in groups for form in group.forms}
    return {
        word: sum((sure.get(other) == "male") - (sure.get(other) == "female") for other in others.elements())
        for word, others in talk.listed.items()
    }


def _sure(company: int) -> int:
    return company if abs(company) > 2 else 0


def _gender(group: Group, forms: Sequence[Form], classical: bool, company: Mapping[str, int]) -> Gender:
    """By titles, then by pronouns and calls and given names, then by the company in lists.

    Whoever has a surname and a given name, or in a classical novel any name, and of whom nothing else is told, is a
    man, unless the given name is a woman's (9 of 10 in 红楼梦: such novels call women by title or given name alone, and
    men by names like 湘莲).
    """
    if forms[0].kind == "group":
        return group.told or "unknown"
    if group.sure_gender != "unknown":
        return group.sure_gender
    named = _given_gender(forms[:2], 2 if classical and group.fulls else 1)
    male, female = group.votes
    score = named + max(-4, min(4, male - female))
    if score == 0:
        score = _sure(sum(company.get(form.text, 0) for form in forms))
    if score == 0 and forms[0].kind == "person" and (group.fulls or (classical and forms[0].text[-1] not in "儿官")):
        score = 1
    return group.told or ("male" if score > 0 else "female" if score < 0 else "unknown")


def _given_gender(forms: Sequence[Form], least: int) -> int:
    """What given names suggest: for a man above 0, for a woman below; by characters that count `least` and more."""
    score = 0
    for form in forms:
        word = form.text
        if form.kind != "person":
            continue
        if "·" in word or is_foreign(word):
            first = word.split("·")[0]
            score += -2 if first[-1] in _FOREIGN_FEMALE or first in _FOREIGN_WOMEN else 1
        elif len(word) == 2 and word[0] == "老":
            score += 2
        else:
            told = (_GIVEN_GENDER.get(c, 0) for c in given_of(word))
            score += sum(value for value in told if abs(value) >= least)
    return score


@dataclass(slots=True)
class Group:
    """Names of one person; `votes` are pronouns, his and hers."""

    forms: list[Form]
    votes: tuple[int, int] = (0, 0)
    fulls: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        return sum(form.count for form in self.forms)

    @property
    def told(self) -> Gender | None:
        """The gender that titles tell."""
        genders = Counter(g for form in self.forms if (g := title_gender(form.text)) != "unknown")
        return genders.most_common(1)[0][0] if genders else None

    @property
    def sure_gender(self) -> Gender:
        """The gender where it is sure enough to keep two names apart."""
        return self.told or self._voted(6, 0.8) or "unknown"

    def _voted(self, least: int, share: float) -> Gender | None:
        male, female = self.votes
        if male + female < least or max(male, female) < share * (male + female):
            return None
        return "male" if male > female else "female"


# ------------------------------------------------------------------ who is who


class Talk:
    """Who speaks next to whom, who stands beside whom, and what both tell of gender.

    turns: speeches by name. beside, near: speeches of two names one after the other, and two to four apart.
    distinct: places like 宝玉和黛玉, 行者对八戒. listed: who stands beside whom in a list.
    votes: for male and for female, by 他 and 她 taking a name up, by
    how the neighbours call a speaker (姐姐), by how speakers call themselves (贫僧).
    """

    def __init__(self, scans: Sequence[Scan], names: dict[str, Form]) -> None:
        self.turns: Counter[str] = Counter()
        self.beside: Counter[frozenset[str]] = Counter()
        self.near: Counter[frozenset[str]] = Counter()
        self.distinct: Counter[frozenset[str]] = Counter()
        self.listed: dict[str, Counter[str]] = {}
        self.votes = dict.fromkeys(names, (0, 0))
        for scan in scans:
            self._hear(scan, [_head(turn, names) for turn in scan.turns])
        words = list(names)
        automaton = AhoCorasick([*words, *_PRONOUNS], matchkind=MatchKind.LeftmostLongest)
        for scan in scans:
            self._look(scan, words, automaton)

    def _vote(self, word: str, gender: Gender) -> None:
        male, female = self.votes[word]
        self.votes[word] = (male + (gender == "male"), female + (gender == "female"))

    def _hear(self, scan: Scan, speakers: list[str]) -> None:
        for k, one in enumerate(speakers):
            for other in (speakers[k - 1] if k else "", speakers[k + 1] if k + 1 < len(speakers) else ""):
                if one and other and other != one:
                    self._vote(other, scan.calls[k])
            if not one:
                continue
            self._vote(one, scan.selves[k])
            self.turns[one] += 1
            for distance, other in enumerate(speakers[k + 1 : k + 5], start=1):
                if other and other != one:
                    (self.beside if distance == 1 else self.near)[frozenset((one, other))] += 1

    def _look(self, scan: Scan, words: list[str], automaton: AhoCorasick) -> None:
        text = scan.folded
        told = "她" in text
        speeches = [*scan.speeches, (len(text) + 1, len(text) + 2)]
        k, last, head, at, after = 0, -1, False, 0, 0
        for i, start, end in automaton.find_matches_as_indexes(text):
            if i < len(words):
                if last >= 0 and i != last and text[after:start] in _BETWEEN:
                    self.distinct[frozenset((words[last], words[i]))] += 1
                if last >= 0 and i != last and text[after:start] in _LISTED:
                    self.listed.setdefault(words[last], Counter())[words[i]] += 1
                    self.listed.setdefault(words[i], Counter())[words[last]] += 1
                # Only a name at the head of a clause: an object is taken up less often than the subject.
                last, head, at, after = i, start == 0 or not text[start - 1].isalnum(), start, end
                match = _APPOSED.search(text, max(0, start - 3), start) if text[start - 1] in _APPOSED_ENDS else None
                if match is None and text[end : end + 1] in _ADDRESSED_STARTS:
                    match = _ADDRESSED.match(text, end)
                if match:
                    self._vote(words[i], "male" if match["male"] else "female")
                continue
            while speeches[k][1] <= start:
                k += 1
            gender = _PRONOUNS[text[start:end]]
            if told and start < speeches[k][0] and gender != "unknown":
                # 大海把信递给她: an object is mostly somebody else. At the head of a clause a pronoun is right 13 of 14
                # times, anywhere 4 of 5.
                opens = not text[start - 1].isalnum()
                if (
                    last >= 0
                    and head
                    and opens
                    and start - at < 40
                    and not any(at < s < start for s, _ in speeches[max(0, k - 1) : k])
                ):
                    self._vote(words[last], gender)
                last = -1

    def apart(self, some: Sequence[Form], others: Sequence[Form]) -> bool:
        """Two who answer each other, or stand side by side, are two. A few chance places are allowed."""
        pairs = [frozenset((one.text, other.text)) for one in some for other in others]
        beside = sum(self.beside[pair] for pair in pairs)
        near = sum(self.near[pair] for pair in pairs)
        return sum(self.distinct[pair] for pair in pairs) >= 2 or (beside >= 2 and 6 * beside > near)

    def alike(self) -> Iterator[tuple[str, str]]:
        """Pairs who often speak in the same talk, and hardly ever to each other: one person under two names."""
        for pair, n in sorted(self.near.items(), key=lambda item: sorted(item[0])):
            one, other = sorted(pair)
            if n >= 14 and 3 * self.beside[pair] <= 0.4 * n and min(self.turns[one], self.turns[other]) >= 12:
                yield one, other


_PRONOUNS: dict[str, Gender] = {
    "他": "male",
    "她": "female",
    "他们": "unknown",
    "她们": "unknown",
    "其他": "unknown",
    "他人": "unknown",
}
_HERS = (
    "丫头子 女孩子 女孩儿 "
    "姐姐 妹妹 姐儿 妹子 姑娘 丫头 丫鬟 丫环 侍女 使女 宫女 小姐 公主 夫人 太太 女儿 妻子 媳妇 嫂子 少女 女子 女孩 "
    "师姐 师妹 姐妹"
)
_HIS = "哥哥 弟弟 哥儿 兄弟 小厮 书童 公子 少爷 儿子 男孩 少年 大汉 青年 丈夫 师兄 师弟 先生 老爷 二爷 大爷 三爷 相公"
# What somebody is, right before the name (丫鬟金钏), and what he or she is called, right after it (袭人姐姐).
_APPOSED = re.compile(f"(?:(?P<male>{lexicon.either(_HIS)})|(?P<female>{lexicon.either(_HERS)}))$")
_HE_IS_CALLED = "哥哥 哥儿 二爷 大爷 三爷 相公 公子 少爷 先生 道长"
_SHE_IS_CALLED = "姐姐 妹妹 姐儿 姑娘 丫头 小姐 妹子 仙姑 仙子"
_ADDRESSED = re.compile(f"(?:(?P<male>{lexicon.either(_HE_IS_CALLED)})|(?P<female>{lexicon.either(_SHE_IS_CALLED)}))")
# Looked at first: few names stand beside such a word.
_APPOSED_ENDS = frozenset(word[-1] for word in (_HERS + " " + _HIS).split())
_ADDRESSED_STARTS = frozenset(word[0] for word in (_HE_IS_CALLED + " " + _SHE_IS_CALLED).split())
# Between two names: that they are two people.
_LISTED = frozenset(("", "、"))
_BETWEEN = frozenset("和与同跟并及、向对问见叫命")


def _head(turn: str, names: dict[str, Form]) -> str:
    """The longest name a string begins with."""
    return next((turn[:k] for k in range(len(turn), 1, -1) if turn[:k] in names), "")


def merge(
    scans: Sequence[Scan], names: dict[str, Form], groups: list[Group], talk: Talk, threshold: float
) -> list[Group]:
    """Joins names to people; never across gender, never two full names, never two who speak to each other."""
    people = {word: form for word, form in names.items() if form.kind == "person"}
    fulls = _fulls(people)
    group_of = {group.forms[0].text: group for group in groups}
    for word in (*fulls, *(word for word in people if "·" in word)):
        group_of[word].fulls = frozenset((word,))
    genders = {group.forms[0].text: group.sure_gender for group in groups}
    evidence = [*_introduced(scans, people), *_evidence(names, people, fulls, talk, genders)]
    for score, one, other in sorted(evidence, key=lambda x: (-x[0], x[1], x[2])):
        a, b = group_of[one], group_of[other]
        if score < threshold or a is b or (a.fulls and b.fulls and score < _STATED):
            continue
        if a.told and b.told and a.told != b.told:
            continue
        if "unknown" not in (a.sure_gender, b.sure_gender) and a.sure_gender != b.sure_gender:
            continue
        if talk.apart(a.forms, b.forms):
            continue
        joined = Group(a.forms + b.forms, (a.votes[0] + b.votes[0], a.votes[1] + b.votes[1]), a.fulls | b.fulls)
        for form in joined.forms:
            group_of[form.text] = joined
    return list({id(group_of[word]): group_of[word] for word in names}.values())


# After a man's name: his wife.
_HIS_WIFE = frozenset(lexicon.words("家的 媳妇"))
# Titles among those who know each other: 凤姐 and 凤丫头 are one where nobody else is called by that character.
_CLOSE = frozenset(lexicon.words("姐 姐儿 姐姐 丫头 姑娘 妹妹 妹子 哥 哥儿 哥哥 兄弟"))
# The share of the chapters of 展爷 in which 展昭 must be named as well to be him.
_NEAR = 0.2
_RANKS = "大二三四五六七八九老小"
# After a surname these say what somebody is, not how he is called.
_STANDING = frozenset("僧王公母氏后帝妃爷生仙妖怪魔父君某家儿")


def _fulls(people: dict[str, Form]) -> set[str]:
    """Names with a surname. 元春 is none where 贾元春 is known, though 元 is a surname too."""
    parts = {part for word in people if "·" in word for part in word.split("·")}
    shaped = {
        word
        for word in people
        if is_full(word) and not people[word].nick and given_of(word) not in _STANDING and word not in parts
    }
    given = {given_of(word) for word in shaped} | {word + "儿" for word in people}
    return {word for word in shaped if word not in given}


_STATED = 0.96
# Between a name and another one, that this is somebody else's: 狗儿亦生一子，小名板儿.
_SOMEBODY_ELSE = re.compile(
    f"[子女儿妻妾父母孙侄徒仆婢名姓和与同]|{lexicon.either(lexicon.MALE_KIN, lexicon.FEMALE_KIN)}"
)
_FAR = 12  # code points between a name and 绰号


def _introduced(scans: Sequence[Scan], people: Mapping[str, Form]) -> Iterator[tuple[float, str, str]]:
    """.96: a 字, with and without the surname: 孙坚，字文台. .88: another name that is told: 人称毒手观音的柳三娘.

    Of several people who seem to be meant, the one most often; of equally many, none.
    """
    words = sorted(people)
    finder = AhoCorasick(words, matchkind=MatchKind.LeftmostLongest)
    bearers: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    for scan in scans:
        for entry in scan.introduced:
            who = entry.full or _named_after(entry.after, people)
            if not who and entry.before:
                found = list(finder.find_matches_as_indexes(entry.before))
                between = entry.before[found[-1][2] :] if found else ""
                if found and len(between) <= _FAR * (entry.kind != "style") + 1 and not _SOMEBODY_ELSE.search(between):
                    who = words[found[-1][0]]
            if who in people and entry.other != who:
                bearers[entry.other, entry.kind == "style"][who] += 1
    for (other, style), counts in sorted(bearers.items()):
        ranked = counts.most_common(2)
        who = ranked[0][0]
        if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
            continue
        if other in people:
            yield _STATED if style else 0.88, who, other
        if style and (full := surname_of(who) + other) in people:
            yield _STATED, who, full


def _named_after(after: str, people: Mapping[str, Form]) -> str:
    """The name right after a byname: ”的柳三娘."""
    after = re.sub("^[”’」』的]*", "", after)
    return next((after[:k] for k in range(len(after), 1, -1) if after[:k] in people), "")


def _evidence(
    names: dict[str, Form], people: dict[str, Form], fulls: set[str], talk: Talk, genders: Mapping[str, Gender]
) -> Iterator[tuple[float, str, str]]:
    """Pairs of names that may be one person, with a score of how sure that is.

    .95: a name and the same with 儿 or 子. .9: a given name and the only full name with it; a name and the same with a
    title. .85: a given name of one character with a title; the first or last part of a foreign name. .83: one character
    of a given name with a title. .82: a surname with a title, where one bearer of the surname stands out in the same
    chapters. .8: the same with a rank (二爷); 老 or 小 with a surname; a surname before a word that is otherwise bare;
    two names in one talk that never answer each other.
    """
    by_given: dict[str, list[str]] = defaultdict(list)
    by_surname: dict[str, list[str]] = defaultdict(list)
    by_character: dict[str, list[str]] = defaultdict(list)
    by_base: dict[str, list[str]] = defaultdict(list)
    by_standing: dict[str, list[str]] = defaultdict(list)
    by_part: dict[str, list[str]] = defaultdict(list)
    bare: dict[str, list[str]] = defaultdict(list)
    for word in sorted(fulls):
        by_given[given_of(word)].append(word)
        by_surname[surname_of(word)].append(word)
    for word in sorted(people):
        parts = word.split("·")
        for part in {parts[0], parts[-1]} if len(parts) > 1 else ():
            by_part[part].append(word)
        if not title_of(word) and len(word) < 4:
            for character in sorted(set(word[len(surname_of(word)) :] if word in fulls else word) - set(_RANKS)):
                by_character[character].append(word)
        elif title_of(word):
            by_base[word[: len(word) - len(title_of(word))]].append(word)
        if word[-1] in "公生僧王" and surname_of(word) == word[:-1]:
            by_standing[word[:-1]].append(word)
        if len(word) >= 3 and (surname_of(word) or word[1:] in people):
            bare[word[len(surname_of(word)) or 1 :]].append(word)
    for word in sorted(people):
        if not title_of(word) and word in by_part:
            yield from _best(0.85, word, by_part[word], people, genders)
        elif (title_of(word)) and word[: -len(title_of(word))] in by_part and title_of(word) not in _FOR_WIFE:
            yield from _best(0.85, word, by_part[word[: -len(title_of(word))]], people, genders)
        if word[-1] in "儿子" and word[:-1] in people:
            yield 0.95, word, word[:-1]
        title = title_of(word)
        base = word[: len(word) - len(title)] if title else word
        surname = surname_of(word)
        if not title and word in by_given:
            yield from _best(0.9, word, by_given[word], people, genders)
        if len(word) == 2 and word[1] == "儿" and by_given.get(word[0]):
            yield from _best(0.83, word, by_given[word[0]], people, genders, near=True)
        if title in _HIS_WIFE:
            continue
        if title and len(base) >= 2 and base in people and not (is_foreign(base) and title in _FOR_WIFE):
            yield 0.9, word, base
        elif title and base in by_given and base not in by_surname and base not in _RANKS and title not in _FOR_WIFE:
            yield from _best(0.85, word, by_given[base], people, genders)
        elif title and len(base) == 1 and not by_surname.get(base) and title not in _FOR_WIFE:
            yield from _best(0.83, word, by_character[base], people, genders)
            if title in _CLOSE:
                yield from _best(0.83, word, [w for w in by_base[base] if title_of(w) in _CLOSE], people, genders)
        bearers = by_surname.get(surname, []) + by_standing.get(surname, [])
        if title and title not in _FOR_WIFE and bearers and word not in bearers:
            if surname == base:
                yield from _best(0.82, word, bearers, people, genders, near=True)
            elif len(base) == len(surname) + 1 and base[-1] in _RANKS:
                yield from _best(0.8, word, bearers, people, genders, near=True)
        if len(word) == 2 and word[0] in "老小大" and word not in fulls:
            yield from _best(0.8, word, by_surname[word[1]], people, genders)
    for one, other in talk.alike():
        if all(names[w].kind != "group" and (not is_common_noun(w) or names[w].says >= 50) for w in (one, other)):
            yield 0.8, one, other
    for rest, longer in sorted(bare.items()):
        if rest in names and rest not in by_given and (not is_common_noun(rest) or names[rest].says >= 50):
            yield from _best(0.8, rest, longer, people, genders)


def _span(form: Form) -> int:
    """Over how many chapters a name is spread: a namesake turns up for a while, the bearer from end to end."""
    return max(form.sections) - min(form.sections) + 1 if form.sections else 0


def _best(
    score: float,
    word: str,
    mates: Sequence[str],
    people: dict[str, Form],
    genders: Mapping[str, Gender],
    near: bool = False,
) -> Iterator[tuple[float, str, str]]:
    """The one of several people that a short name means: the only one, or the one foremost where it stands.

    `near`: only somebody who is named in a good part of the chapters of the short name.
    """
    own = title_gender(word)
    fitting = [w for w in mates if w != word and (own == "unknown" or genders[w] in (own, "unknown"))]
    if own == "female":  # whoever has a surname and is not told a woman is hardly one
        fitting = [w for w in fitting if genders[w] == own or w not in people or people[w].womanly]
    # 熙凤 and 王熙凤 are one to choose.
    fitting = [w for w in fitting if not any(w != other and other.endswith(w) for other in fitting)]
    sections = people[word].sections if word in people else set()
    if near:
        fitting = [w for w in fitting if len(people[w].sections & sections) >= _NEAR * len(sections)]
    if not fitting:
        return
    weight = {w: people[w].count * (len(people[w].sections & sections) + 0.01) * _span(people[w]) for w in fitting}
    ranked = sorted(fitting, key=lambda w: (-weight[w], w))
    if len(ranked) == 1 or weight[ranked[0]] >= 2 * weight[ranked[1]]:
        yield score, word, ranked[0]
