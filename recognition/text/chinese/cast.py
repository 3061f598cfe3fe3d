"""From what all sections tell of names to a cast: which strings are people, who is the same person, of what gender."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import rjieba
from ahocorasick_rs import AhoCorasick, MatchKind

from recognition.script import Cast, Character, Gender, Kind
from recognition.text.chinese import lexicon
from recognition.text.chinese.names import Scan

# Never in a name.
_NEVER = frozenset("你我他她它们这那哪谁么的了着吗呢吧是就都又还却只说道问何此其之俺咱您")
# Hardly ever in a bare given name.
_HARDLY = _NEVER | frozenset(
    "不没也便才见听笑想在把被向对和与跟同给让使一两个些有去到上下里外前后边面头口手心眼声时日年月"
)
# After a complete name: the start of a predicate, a particle or punctuation.
_CLOSES = frozenset(
    "道说曰笑问答叹喊叫骂哭喝唱听见想看望瞧瞅觉忙便又也就却才都只正已还再方因遂乃即走跑站坐立躺跪拜起来去进出到"
    "回转低抬伸拿把将被对向朝和与跟同给让使"
    "在是不没未心脸眼手嘴身一点摇连气怒惊喜的了之等们那这从自此先往上下接拉推抱劝"
    '，。！？：；、…．—”’」』“‘「『"\n （）()《》,.!?:;'
)
_TITLES_M = frozenset(lexicon.MALE_TITLES)
_TITLES_F = frozenset(lexicon.FEMALE_TITLES)
_TITLES = _TITLES_M | _TITLES_F | frozenset(lexicon.NEUTRAL_TITLES)
_ROLES: dict[str, Gender] = dict.fromkeys(lexicon.NEUTRAL_ROLES, "unknown")
_ROLES |= dict.fromkeys(lexicon.MALE_ROLES, "male")
_ROLES |= dict.fromkeys(lexicon.FEMALE_ROLES, "female")
_GROUPS = frozenset(lexicon.GROUPS)
_KIN = frozenset(lexicon.MALE_KIN) | frozenset(lexicon.FEMALE_KIN)
_PLAIN = (
    frozenset(lexicon.MANNER)
    | frozenset(lexicon.SAYING)
    | frozenset(lexicon.THINKING)
    | frozenset(
        lexicon.words(
            "一面 一边 自己 大家 今日 今天 今儿 明日 明天 昨日 昨天 现在 如今 当时 此时 那时 这时 起来 出来 进来 "
            "过来 回来 下来 上来 心里 心中 心下 口中 口内 口里 嘴里 外面 里面 外边 里边 后面 前面 上面 下面 旁边 "
            "左右 两边 "
            "老爷 太太 奶奶 姑娘 小人 小弟 劣兄 在下 贫僧 老夫 老身 老朽 本官 本王 本帅 下官 卑职 小的 奴才 奴婢 "
            "奴家 妾身 贱妾 学生 晚生 晚辈 弟子 末将 小将 小子 小可 洒家 老衲 贫道 朕 寡人 孤家 陛下 殿下 "
            "声音 语气 口气 眼睛 目光 脸色 嘴唇 眉头 脸上 眼里 身子 双手 两手 右手 左手 有人 一人 个人 几个 一个 "
            "别人 人家 旁人 这人 那人 此人 何人 来人 世人 男女 天下 家里 屋里 门外 窗外 院里 地上 床上 路上 "
            "开头 结果 最后 实际 尽管 因此 所以 可是 但是 而且 并且 如果 虽然 然而 于是 其实 当然 也许 大概 可能 "
            "一定 应该 原来 不过 只是 只见 忽见 既然 于此 书上 信上 电话 广播 报纸 标题 题目 诗曰 词曰 常言 俗语 "
            "俗话 古人 有诗 歌词 字样 "
            "朝廷 官府 衙门 家中 府中 宫中 军中 城中 山上 店里 村里"
        )
    )
)


@dataclass(slots=True)
class Form:
    """A string that may name somebody, with the evidence for it."""

    text: str
    says: int = 0
    hears: int = 0
    acts: int = 0
    tagged: int = 0
    count: int = 0
    closed: int = 0
    kind: Kind = "person"
    gender: Gender = "unknown"
    sections: set[int] = field(default_factory=set)

    @property
    def frames(self) -> int:
        return self.says + self.hears


def surname_of(name: str) -> str:
    """The surname a name begins with, or ""."""
    if len(name) >= 3 and name[:2] in lexicon.COMPOUND_SURNAMES:
        return name[:2]
    return name[0] if len(name) >= 2 and name[0] in lexicon.SURNAMES else ""


def title_of(name: str) -> str:
    """The longest title a name ends in, with something left before it, or ""."""
    return next((name[-k:] for k in range(min(4, len(name) - 1), 0, -1) if name[-k:] in _TITLES), "")


def is_full(name: str) -> bool:
    """Surname and given name, no title."""
    surname = surname_of(name)
    return bool(surname) and len(name) - len(surname) in (1, 2) and not title_of(name)


def forms_of(scans: Sequence[Scan]) -> dict[str, Form]:
    """All strings with some evidence, counted over the book."""
    forms: dict[str, Form] = {}
    says: Counter[str] = Counter()
    hears: Counter[str] = Counter()
    acts: Counter[str] = Counter()
    tagged: Counter[str] = Counter()
    for scan in scans:
        says.update(scan.says)
        hears.update(scan.hears)
        acts.update(scan.acts)
        tagged.update(scan.tagged)
    for word in sorted(
        {*says, *hears, *(w for w, n in acts.items() if n > 2), *(w for w in tagged if surname_of(w) or "·" in w)}
    ):
        if len(word) <= 8 and not (_NEVER & set(word)):
            forms[word] = Form(word, says[word], hears[word], acts[word], tagged[word])
    _count(scans, forms)
    return forms


def _count(scans: Sequence[Scan], forms: dict[str, Form]) -> None:
    """Counts each form, and how often something that closes a name follows it."""
    words = list(forms)
    if not words:
        return
    automaton = AhoCorasick(words, matchkind=MatchKind.Standard)
    listed = list(forms.values())
    for scan in scans:
        text = scan.folded + "\n"
        number = scan.section.number
        for i, _, end in automaton.find_matches_as_indexes(text, overlapping=True):
            form = listed[i]
            form.count += 1
            form.sections.add(number)
            if text[end] in _CLOSES:
                form.closed += 1


_PLACES = frozenset(
    "村庄镇县城府山河沟湾寺庙庵观楼阁园院宫殿门州郡国省市乡街巷店铺洞岛桥家路塔峪岭坡峰江湖海关军党报社厂矿校班团队局"
)
_AFTER_NAME = frozenset("不没未也便才见听笑想把被向对与跟给让使因忙又正暗慌怒叹等")
_BEFORE_NAME = frozenset("向和叫指闻与同见问对连忙因跟给把让使从随请劝望到")
_FIRST_OF_VERBS = frozenset(
    "忙又便就也却才都乃遂即暗乱冷含陪赔微苦大高低连急怒恨叹哭笑骂喝问答说道叫喊拍摇点抬仰转走过跪站立坐起开闻听"
    "见看得带俱各齐越自方扶拭念趁猛来人"
)
_NUMBERS = "一二三四五六七八九十两几"
# Words of jieba's dictionary are counted there in a corpus of this many words.
_CORPUS = 60_101_967
_JIEBA = rjieba.Jieba()


def keyness(form: Form, length: int) -> float:
    """How many times more often a dictionary word stands in this book than elsewhere; infinite for any other string."""
    if not _JIEBA.has_word(form.text):
        return float("inf")
    return (form.count / length) / (_JIEBA.suggest_freq(form.text) / _CORPUS)


def is_person(form: Form, length: int) -> bool:
    """Whether a string names a person, by its shape and by where it stands; `length` is of the book, in code points."""
    word = form.text
    tiny = length < 5000
    if word in _PLAIN or word in _KIN or word in _TITLES or word in _ROLES or word in _GROUPS or len(word) < 2:
        return False
    if "·" in word:
        return form.tagged > 0 and (form.tagged > 1 or form.frames > 0)
    if not tiny and form.closed < 0.4 * form.count:
        return False
    surname = surname_of(word)
    title = title_of(word)
    tags = rjieba.tag(word)
    person = len(tags) == 1 and tags[0][1][:2] == "nr"
    share = form.frames / max(1, form.count)
    key = keyness(form, length)
    if word[-1] in _PLACES and form.frames < 3:
        return False
    if word[0] in _BEFORE_NAME and (not surname or not person):
        return False
    if surname and title and len(surname) + len(title) <= len(word) <= len(surname) + len(title) + 1:
        return form.frames + form.acts + form.tagged >= 2 and key >= 3
    if is_full(word) and not (_AFTER_NAME & set(word[1:])):
        weak = surname in lexicon.WEAK_SURNAMES
        if key < 5 or (weak and not person):
            return form.frames >= 2 and share >= 0.04 and key >= 2
        if form.frames:
            return form.acts + form.tagged + form.frames >= 2
        return person and (form.acts >= max(2, 0.1 * form.count) or tiny)
    if len(word) > 4 or word[0] in _FIRST_OF_VERBS or word[-1] in _AFTER_NAME or word[0] in "口心嘴眼手":
        return False
    if form.says >= 10 and share >= 0.02 and key >= 8:
        return True
    if set(word) & _HARDLY or word[0] in _NUMBERS:
        return False
    return form.frames >= 2 and share >= 0.01 and key >= 8 and (form.acts >= 2 or form.frames >= 3)


# ------------------------------------------------------------------ which strings stay

# What may follow a name and make another, longer name of it.
_LONGER = re.compile(
    r"(?:儿|家的|子|哥儿|姐儿|[大二三四五六七]?(?:爷|奶奶|姑娘|小姐|哥|姐|妹|嫂|叔|伯|婶|娘|太太|老爷|公子|太爷)|媳妇|的娘|他娘|之母)$"
)
_GROUP_HEADS = "众诸群"


def people(scans: Sequence[Scan], forms: dict[str, Form], length: int) -> dict[str, Form]:
    """The forms that name people, pieces and chance extensions of others left out."""
    names = {word: form for word, form in forms.items() if is_person(form, length)}
    ordered = sorted(names.values(), key=lambda f: (-f.count, f.text))
    kept: dict[str, Form] = {}
    for form in ordered:
        if not _is_extension(form.text, names) and not _is_piece(form, names):
            kept[form.text] = form
    _add_given_names(scans, kept, length)
    least = 2 if length > 30_000 else 1
    for word, form in forms.items():
        if (word[0] in _GROUP_HEADS and len(word) > 1) or word == "大家":
            if form.frames >= least:
                form.kind = "group"
                kept[word] = form
        elif (word in _ROLES or word in _TITLES) and len(word) > 1 and form.says >= least:
            form.kind = "unnamed"
            form.gender = _ROLES.get(word) or (
                "male" if word in _TITLES_M else "female" if word in _TITLES_F else "unknown"
            )
            kept[word] = form
        elif word.endswith("们") and word[:-1] in _ROLES and form.says >= least:
            form.kind = "group"
            kept[word] = form
    return kept


def _is_extension(word: str, names: dict[str, Form]) -> bool:
    """Whether a string is only a name with words around it."""
    form = names[word]
    for cut in range(2, len(word)):
        head, tail = word[:cut], word[cut:]
        if head in names and names[head].count > form.count and not _LONGER.fullmatch(tail):
            return True
        if len(word) - cut >= 2 and tail in names and head in names:
            return True
    for cut in range(1, len(word) - 1):
        head, tail = word[:cut], word[cut:]
        if tail in names and names[tail].count > form.count:
            if (head in lexicon.SURNAMES and head not in _BEFORE_NAME) or head in lexicon.COMPOUND_SURNAMES:
                continue
            if form.says < 10:
                return True
    return word[-1] == "等" or (word[-1] == "人" and len(word) > 2 and word[-2] in _NUMBERS)


def _is_piece(form: Form, names: dict[str, Form]) -> bool:
    """Whether a string is hardly ever seen but inside one longer name."""
    for other in names.values():
        if len(other.text) > len(form.text) and other.count >= 0.8 * form.count and form.text in other.text:
            rest = form.count - other.count
            if other.text.startswith(form.text) and not _LONGER.fullmatch(other.text[len(form.text) :]):
                return True
            if rest < max(2, 0.05 * form.count):
                return True
    return False


_FAMILIAR = (
    "儿",
    "哥儿",
    "哥",
    "姐",
    "姐姐",
    "妹妹",
    "叔",
    "伯",
    "嫂",
    "婶",
    "姨",
    "爷",
    "兄弟",
    "二爷",
    "大爷",
    "三爷",
    "四爷",
    "大奶奶",
    "二奶奶",
    "奶奶",
    "丫头",
    "姑娘",
    "姐儿",
    "妹子",
    "兄",
    "弟",
    "嫂子",
    "大嫂子",
    "老爷",
    "公子",
    "小姐",
    "先生",
    "老师",
)


def _add_given_names(scans: Sequence[Scan], kept: dict[str, Form], length: int) -> None:
    """Given names without the surname, and with what friends and family add to them."""
    more: dict[str, Form] = {}
    for word in list(kept):
        given = word[len(surname_of(word)) :] if is_full(word) else word
        if len(given) == 2 and given not in kept:
            more[given] = Form(given)
        for ending in _FAMILIAR:
            if given + ending not in kept and len(given) < 3:
                more[given + ending] = Form(given + ending)
    for word in _KIN | _ROLES.keys() | _TITLES | _PLAIN:
        more.pop(word, None)
    _count(scans, more)
    for word, form in more.items():
        if len(word) == 2 and word[-1] != "儿" and not title_of(word):
            full = sum(f.count for w, f in kept.items() if w.endswith(word) and w != word)
            if form.count - full >= 2 and form.closed >= 0.3 * form.count and keyness(form, length) >= 4:
                kept[word] = form
        elif form.count >= 2:
            kept[word] = form


# ------------------------------------------------------------------ who is who

_FEMALE_GIVEN = frozenset(
    "娟丽芳婷娜莉萍英兰梅霞燕玲珍花香莲菊凤娥婉嫣媛姗妮娇妍姝娴婵妹姐姑娘钗黛纨鹃雯莺鸳鸯琴蕙菱芸蓉蔷荷芹薇茜蓓"
    "倩茹颖琳瑶琼璐珊碧翠彩绣巧秀淑惠慧贞静娅娃娆妙嫂婶妈奶婆姨妃后氏姬嫦丫"
)
_MALE_GIVEN = frozenset(
    "刚强伟军勇毅峰磊涛超鹏龙虎豹雄彪武斌彬杰豪宏建国志义德富贵福寿禄财发根柱栓锁山海江河川岩石铁钢铜金锋锐震霆"
    "雷威猛彦辅臣甫宗祖继绍孝忠仁礼智信廉道法僧和公爷翁汉叔伯哥兄弟爹爸郎生儒"
)
_FOR_WIFE = frozenset(
    lexicon.words(
        "夫人 太太 老太太 奶奶 大奶奶 二奶奶 三奶奶 少奶奶 氏 姨娘 姨妈 嬷嬷 妈妈 婆子 婆婆 婆 妈 大娘 大妈 大嫂 "
        "嫂子 嫂 婶 婶子 大婶 姥姥 寡妇 家的 媳妇 妃 太君 太后 贵妃 娘子 道婆 媒婆 奶妈 阿姨 姨"
    )
)


def title_gender(word: str) -> Gender:
    """The gender a title tells."""
    title = title_of(word)
    if title in _TITLES_F or word[-1] in "母妃后":
        return "female"
    return "male" if title in _TITLES_M else "unknown"


def _pronouns(scans: Sequence[Scan], names: dict[str, Form]) -> dict[str, tuple[int, int]]:
    """How often 他 and 她 follow a name before any other name, in narration that tells the two apart."""
    words = sorted(names)
    automaton = AhoCorasick([*words, "他", "她", "他们", "其他", "他人"], matchkind=MatchKind.LeftmostLongest)
    he, she = len(words), len(words) + 1
    votes = {word: [0, 0] for word in words}
    for scan in scans:
        if "她" not in scan.folded:
            continue
        speeches = [*scan.speeches, (len(scan.folded) + 1, len(scan.folded) + 2)]
        k, last, at = 0, -1, 0
        for i, start, _ in automaton.find_matches_as_indexes(scan.folded):
            while speeches[k][1] <= start:
                k += 1
            if start >= speeches[k][0]:
                continue
            if i < he:
                last, at = i, start
            elif i <= she and last >= 0:
                if start - at < 40:
                    votes[words[last]][i - he] += 1
                last = -1
    return {word: (a, b) for word, (a, b) in votes.items()}


def _genders(scans: Sequence[Scan], names: dict[str, Form]) -> None:
    votes = _pronouns(scans, names)
    for word, form in names.items():
        if form.gender != "unknown":
            continue
        gender = title_gender(word)
        he, she = votes[word]
        if gender == "unknown" and he + she >= 3 and max(he, she) >= 0.65 * (he + she):
            gender = "male" if he > she else "female"
        form.gender = gender


def _given_gender(words: Sequence[str]) -> Gender:
    """What the characters of given names suggest; only asked where nothing else tells."""
    score = 0
    for word in words:
        given = word[len(surname_of(word)) :] if is_full(word) else word
        score += sum(c in _MALE_GIVEN for c in given) - sum(c in _FEMALE_GIVEN for c in given)
    return "male" if score > 0 else "female" if score < 0 else "unknown"


@dataclass(slots=True)
class Group:
    """Forms that are one person."""

    forms: list[Form]
    gender: Gender
    apart: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return sum(f.count for f in self.forms)

    @property
    def fulls(self) -> set[str]:
        return {f.text for f in self.forms if is_full(f.text)}


def _overlap(a: set[int], b: set[int]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))


def joins(names: dict[str, Form], apart: dict[frozenset[str], int]) -> list[tuple[float, str, str]]:
    """Pairs of names that may be one person, with their evidence score, best first."""
    found: list[tuple[float, str, str]] = []
    persons = {w: f for w, f in names.items() if f.kind == "person"}
    fulls = [w for w in persons if is_full(w)]
    by_given: dict[str, list[str]] = defaultdict(list)
    by_surname: dict[str, list[str]] = defaultdict(list)
    by_character: dict[str, list[str]] = defaultdict(list)
    for word in fulls:
        surname = surname_of(word)
        by_given[word[len(surname) :]].append(word)
        by_surname[surname].append(word)
    for word in persons:
        if not title_of(word):
            given = word[len(surname_of(word)) :] if is_full(word) else word
            for character in sorted(set(given)):
                by_character[character].append(word)
    for word, form in sorted(persons.items()):
        if word[-1] in "儿子" and word[:-1] in persons:
            found.append((0.95, word, word[:-1]))
        title = title_of(word)
        base = word[: len(word) - len(title)] if title else word
        if not title and word in by_given:
            found += _best(0.9, word, by_given[word], persons, apart)
        if title and len(base) >= 2 and base in persons:
            found.append((0.9, word, base))
        elif title and base in by_given:
            found += _best(0.85, word, by_given[base], persons, apart)
        elif (
            title
            and len(base) == 1
            and (mates := [w for w in by_character[base] if w not in by_surname.get(base, ())])
            and base not in lexicon.SURNAMES
        ):
            found += _best(0.8, word, mates, persons, apart)
        if title and surname_of(word) == base and title not in _FOR_WIFE:
            found += _best(0.82, word, by_surname[base], persons, apart)
        elif (
            title
            and title not in _FOR_WIFE
            and surname_of(word)
            and len(word) - len(title) - len(surname_of(word)) == 1
            and word[len(surname_of(word))] in "大二三四五六七八九老小"
        ):
            found += _best(0.8, word, by_surname[surname_of(word)], persons, apart)
        if word[0] in "老小阿" and len(word) == 2 and not title:
            mates = by_surname[word[1]] if word[0] in "老小" else by_character[word[1]]
            found += _best(0.8, word, [w for w in mates if w != word], persons, apart)
        surname = surname_of(word)
        rest = word[len(surname) :]
        if surname and len(rest) >= 2 and rest in names and rest not in by_given and names[rest].kind == "unnamed":
            found.append((0.8, word, rest))
        del form
    found.sort(key=lambda x: (-x[0], x[1], x[2]))
    return found


def _fits(a: Gender, b: Gender) -> bool:
    return a == b or "unknown" in (a, b)


def _best(
    score: float, word: str, mates: Sequence[str], persons: dict[str, Form], apart: dict[frozenset[str], int]
) -> list[tuple[float, str, str]]:
    """The one of several people that a short name means: the only one that fits, or the one foremost there."""
    form = persons[word]
    fitting = [
        w
        for w in mates
        if w != word and _fits(persons[w].gender, form.gender) and apart.get(frozenset((w, word)), 0) < 2
    ]
    if not fitting:
        return []
    weight = {w: persons[w].count * (0.1 + _overlap(persons[w].sections, form.sections)) for w in fitting}
    ranked = sorted(fitting, key=lambda w: (-weight[w], w))
    if len(ranked) == 1 or weight[ranked[0]] >= 2 * weight[ranked[1]]:
        return [(score, word, ranked[0])]
    return []


def merge(names: dict[str, Form], apart: dict[frozenset[str], int], threshold: float) -> list[Group]:
    """Joins names to people; never across gender, never two full names, never two who speak to each other."""
    group_of = {word: Group([form], form.gender) for word, form in names.items()}
    for score, one, other in joins(names, apart):
        if score < threshold:
            break
        a, b = group_of[one], group_of[other]
        if a is b or not _fits(a.gender, b.gender):
            continue
        if a.fulls and b.fulls:
            continue
        if any(apart.get(frozenset((x.text, y.text)), 0) >= 2 for x in a.forms for y in b.forms):
            continue
        joined = Group(a.forms + b.forms, a.gender if a.gender != "unknown" else b.gender)
        for form in joined.forms:
            group_of[form.text] = joined
    seen: dict[int, Group] = {}
    for word in names:
        seen.setdefault(id(group_of[word]), group_of[word])
    return list(seen.values())


def find_cast(scans: Sequence[Scan], *, coreference: bool, threshold: float) -> Cast:
    """The cast of a book; names as the book writes them, most mentioned first."""
    length = sum(len(scan.folded) for scan in scans)
    names = people(scans, forms_of(scans), max(1, length))
    _genders(scans, names)
    groups = merge(names, {}, threshold) if coreference else [Group([f], f.gender) for f in names.values()]
    spelling = _spellings(scans, names)
    cast = []
    for group in sorted(groups, key=lambda g: (-g.count, g.forms[0].text)):
        forms = sorted(group.forms, key=lambda f: (f.kind != "person", not is_full(f.text), -f.count, f.text))
        gender = group.gender if group.gender != "unknown" else _given_gender([f.text for f in forms[:2]])
        written = list(dict.fromkeys(spelling[f.text] for f in forms if f.text in spelling))
        if written:
            cast.append(Character(written[0], tuple(written[1:]), gender, forms[0].kind))
    return tuple(cast)


def _spellings(scans: Sequence[Scan], names: dict[str, Form]) -> dict[str, str]:
    """How the book writes each name: as at its first place."""
    written: dict[str, str] = {}
    for scan in scans:
        for word in names:
            if word not in written and (at := scan.folded.find(word)) >= 0:
                written[word] = scan.section.text[at : at + len(word)]
    return written
