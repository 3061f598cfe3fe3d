"""Which strings of a book are names of people: by where they stand, by their shape, by how they are bounded."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import rjieba
from ahocorasick_rs import AhoCorasick, MatchKind

from recognition.script import Gender, Kind
from recognition.text.chinese import lexicon
from recognition.text.chinese.names import TINY, Scan, is_foreign, is_narrated

# Never in a name.
_NEVER = frozenset("你我他她它们这那哪谁么的了着吗呢吧是就都又还却只说问何此其之俺咱您")
_NO_NAME = re.compile(
    f"[{''.join(sorted(_NEVER - {'的', '之'}))}]|之(?!$)|^.之|道(?![士人婆姑长童爷友])|(?<!家)的|的(?!$)"
)
# Hardly ever in a bare given name.
_HARDLY = _NEVER | frozenset(
    "不没也便才见听笑想在把被向对和与跟同给让使一两个些有去到上下里外前后边面头口手心眼声时日年月"
)
# After a complete name: the start of a predicate, a particle or punctuation.
_CLOSES = frozenset(
    "道说曰笑问答叹喊叫骂哭喝唱听见想看望瞧瞅觉忙便又也就却才都只正已还再方因遂乃即走跑站坐立躺跪拜起来去进出到"
    "回转低抬伸拿把将被对向朝和与跟同给让使咬皱瞪眯挥摆耸扫擦掏端靠盯愣怔沉冷淡微轻缓顿停翻捂挽攥捏抓牵摸递接扔掷"
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
# Who has no other name in a book, or needs none; 老爷 or 小姐 is mostly somebody known.
_NAMELESS = (_ROLES.keys() - _KIN - _TITLES) | frozenset(
    lexicon.words("皇上 皇后 太后 皇帝 国王 天子 太子 公主 女王 王后")
)
_SAYING = frozenset(verb for verb in lexicon.SAYING if len(verb) > 1)
_NOUNS = _ROLES.keys() | _GROUPS | {title for title in _TITLES if len(title) > 1}
_PLAIN = (
    frozenset(lexicon.MANNER) | frozenset(lexicon.SAYING) | frozenset(lexicon.THINKING) | frozenset(lexicon.NO_NAMES)
)


_PLACES = frozenset(
    "山村庄镇县城府沟湾寺庙庵观楼阁园院宫殿门州郡国省市乡街巷店铺洞岛桥家路塔峪坡湖关党报社厂矿校班团队局"
)
_AFTER_NAME = frozenset("不没未也便才见听笑想把被向对与跟给让使因忙又正暗慌怒叹等地里开")
_BEFORE_NAME = frozenset("向和叫指闻与同见问对连忙因跟给把让使从随请劝望到")
_FIRST_OF_VERBS = frozenset(
    "忙又便就也却才都乃遂即暗乱冷含陪赔微苦低连急怒恨叹哭笑骂喝问答说道叫喊拍摇点抬仰转走过跪站立坐起开闻听"
    "见看得带"
    "俱各齐越自方扶拭念趁猛来人诸口心嘴眼手从哈呵嘻嘿哎唉央接插再谓遂使出入做"
)
# A string that ends in one of these and goes on with 道 or 曰 holds the verb: 魏征奏道.
_LAST_OF_VERBS = frozenset("笑怒惊奏谏骂哭叹喝答问喊叫唤谓禀启呼")
# What words for people end in: 黑袍人, 铁头陀.
_PERSON_NOUNS = frozenset(
    "人老陀僧道客汉士王仙魔怪妖精鬼神君者子儿娘婆公爷叔伯哥姐妹嫂婶郎翁匠工师侠尼童将兵官史女妈妃帝皇圣尊主"
)
_NUMBERS = "一二三四五六七八九十两几"
# What may follow a name and make another, longer name of it.
_LONGER = re.compile(
    r"(?:儿|家的|子|哥儿|姐儿|[大二三四五六七]?(?:爷|奶奶|姑娘|小姐|哥|姐|妹|嫂|叔|伯|婶|娘|太太|老爷|公子|太爷)|媳妇|的娘|他娘|之母)$"
)
# Two and more, told by what they are to each other.
_SEVERAL = re.compile("(?:兄弟|弟兄|母女|母子|父子|父女|夫妻|夫妇|姐妹|姊妹|主仆|师徒|兄妹|姐弟|君臣|公婆|婆媳)$")
_RANKED = re.compile(r"[大二三四五六七八九老小贤愚仁]?[弟兄哥妹姐嫂叔伯爷娘姨舅](?:弟|爷|娘|子|公)?")
_OWN_TITLE = 0.15  # the share of all places of a title in which a name has it, to be a name
# Compound surnames that are offices as well.
_OFFICES = frozenset(lexicon.words("司徒 司马 司空 司寇 太史 尉迟"))
_GROUP_HEADS = "众诸群"
# What family and friends add to a given name.
_FAMILIAR = lexicon.words(
    "儿 哥儿 哥 姐 姐姐 妹妹 叔 伯 嫂 婶 姨 爷 兄弟 二爷 大爷 三爷 四爷 大奶奶 二奶奶 奶奶 丫头 姑娘 姐儿 妹子 兄 "
    "弟 嫂子 大嫂子 老爷 公子 小姐 先生 老师"
)
# What follows one character of a given name: 宝二爷, 颦丫头.
_CALLS = lexicon.words(
    "二爷 大爷 三爷 哥哥 哥儿 兄弟 大哥 二哥 姐姐 妹妹 丫头 姑娘 姐儿 妹子 公子 少爷 小姐 儿 哥 姐 妹"
)
_CALLED_BY_NOBODY = frozenset("大二三四五六七八九老小儿子公母爷人")
_SURE_SURNAMES = (
    lexicon.SURNAMES
    - lexicon.WEAK_SURNAMES
    - _FIRST_OF_VERBS
    - _NEVER
    - _AFTER_NAME
    - _BEFORE_NAME
    - set("蒙曾常安管计查费")
)
_LEADS = frozenset("是那见和与叫让问对向请找说道的")
# Words of jieba's dictionary are counted there in a corpus of this many words.
_CORPUS = 60_101_967
_JIEBA = rjieba.Jieba()
_VARIED = 1.5  # bits
_FREQUENT = 1_000  # of that corpus: a word like 明白, which jieba tags as a name


@dataclass(slots=True)
class Form:
    """A string that may name somebody, with the evidence for it over the book."""

    text: str
    says: int = 0
    hears: int = 0
    acts: int = 0
    beats: int = 0  # at the head of a sentence right beside a speech
    called: int = 0  # alone at the beginning or the end of a speech
    described: bool = False  # has its title nearly for itself: 铁头陀, where there is hardly another 头陀
    titled: int = 0  # for a surname with a title: where the surname begins a word
    tagged: int = 0
    count: int = 0
    closed: int = 0
    bare: int = 0  # speeches by the last character of the name alone; `says` has them as well
    kind: Kind = "person"
    tentative: bool = False  # somebody only when joined to another name: 宝二爷
    byname: bool = False  # the text says that somebody is also called so: 字玄德, 绰号…
    nick: bool = False  # a 绰号, however it is shaped
    womanly: bool = False  # by the pronouns and words around it, and its characters
    sections: set[int] = field(default_factory=set)
    following: Counter[str] = field(default_factory=Counter)

    @property
    def frames(self) -> int:
        return self.says + self.hears

    @property
    def variety(self) -> float:
        """How little one can guess what follows, in bits: much after a whole name, little after a part of it."""
        return sum(n * math.log2(self.count / n) for n in self.following.values()) / max(1, self.count)


def surname_of(name: str) -> str:
    """The surname a name begins with, or ""."""
    if len(name) >= 3 and name[:2] in lexicon.COMPOUND_SURNAMES:
        return name[:2]
    return name[0] if len(name) >= 2 and name[0] in lexicon.SURNAMES else ""


def title_of(name: str) -> str:
    """The longest title a name ends in, with something left before it, or ""."""
    return next((name[-k:] for k in range(min(4, len(name) - 1), 0, -1) if name[-k:] in _TITLES), "")


def title_gender(name: str) -> Gender:
    """The gender that a title, or the word itself, tells."""
    title = name if name in _TITLES else title_of(name)
    if title in _TITLES_F or name[-1] in "母妃后" or (name[0] == "女" and len(name) > 1):
        return "female"
    return "male" if title in _TITLES_M or name[-1] in "王帝" else _ROLES.get(name, "unknown")


def is_full(name: str) -> bool:
    """Shaped like a surname and a given name, without a title."""
    surname = surname_of(name)
    return bool(surname) and len(name) - len(surname) in (1, 2) and not title_of(name)


def given_of(name: str) -> str:
    return name[len(surname_of(name)) :] if is_full(name) else name


def is_common_noun(word: str) -> bool:
    """Whether a word says what somebody is, so that it may mean many people."""
    return word in _ROLES or word in _KIN or word in _TITLES or word in _GROUPS or bool(_RANKED.fullmatch(word))


def is_common_word(word: str) -> bool:
    """Whether a string is a word of the dictionary that is no name there."""
    return _JIEBA.has_word(word) and not all(tag[:2] == "nr" for _, tag in rjieba.tag(word))


def keyness(form: Form, length: int) -> float:
    """How many times more often a dictionary word stands in this book than elsewhere; infinite for any other string."""
    if not _JIEBA.has_word(form.text):
        return float("inf")
    return (form.count / length) / (_JIEBA.suggest_freq(form.text) / _CORPUS)


def find_names(scans: Sequence[Scan]) -> dict[str, Form]:
    """Everybody a book names: people, and roles and groups that speak. In folded characters, in a fixed order."""
    length = max(1, sum(len(scan.folded) for scan in scans))
    forms = _forms(scans)
    completed = _complete(scans, forms)
    given = {given_of(word) for word in forms if is_full(word)} & forms.keys()
    # Where people 曰 more than twice in a thousand characters, many are called by a given name of one.
    yue = sum(scan.folded.count("曰") for scan in scans) > 0.002 * length
    bare: Counter[str] = Counter()
    for word, form in forms.items():
        if is_full(word) and len(word) == 2 and form.count > 4 and form.tagged > 0.3 * form.count:
            bare[word[1]] += form.count
    people = {
        word: form
        for word, form in forms.items()
        if is_person(form, length, word in completed)
        # 操大喜, 操怒曰
        and not (
            yue
            and word[0] in bare
            and (word[1] in _FIRST_OF_VERBS | {"大"} or (form.count * 3 <= bare[word[0]] and not title_of(word)))
        )
        # 布谢肃曰
        and not (yue and len(word) == 2 and form.count * 10 <= bare[word[1]])
        and (length < TINY or not _is_only_introduced(form) or given_of(word) in given)
    }
    people |= {word: forms[word] for word in _supported(forms) if word not in people}
    longer: Counter[str] = Counter()
    for word, form in people.items():
        if is_full(word):
            longer[word[:-1]] += form.count
    people = {
        word: form for word, form in people.items() if longer[word] < 0.8 * form.count
    }  # brothers: 金俊山, 金俊海
    for form in people.values():  # 王经理, of whom nothing is told, is somebody when joined to another name
        form.tentative = form.titled > 0 and form.frames + form.beats + form.acts < 2 and length >= TINY
    names: dict[str, Form] = {}
    for form in sorted(people.values(), key=lambda f: (-f.count, f.text)):
        if not _is_extension(form, people) and not _is_piece(form, people):
            names[form.text] = form
    _add_given_names(scans, names, length)
    _add_roles(forms, names, length, is_narrated(scans))
    _add_bynames(scans, names)
    for form in names.values():
        form.count = 0
        form.sections = set()
    _count(scans, names, MatchKind.LeftmostLongest)
    return {word: form for word, form in names.items() if form.count}


def _supported(forms: Mapping[str, Form]) -> Iterator[str]:
    """Full names that jieba knows for such, and whose given name alone stands twice and more beside speech."""
    for word, form in forms.items():
        if form.tagged > 1 and is_full(word) and surname_of(word) in _SURE_SURNAMES and not is_common_word(word):
            given = forms.get(given_of(word))
            if (
                given
                and len(given.text) == 2
                and not is_full(given.text)
                and given.says + given.beats > 1
                and not is_common_word(given.text)
            ):
                yield word


# 飞曰, 操大喜曰: classical narration has people speak by the last character of their names.
_BARE_SPEAKER = re.compile("(?<![一-龥])([一-龥])(?=[一-龥]{0,3}曰)")


def _forms(scans: Sequence[Scan]) -> dict[str, Form]:
    """All strings with some evidence, counted over the book."""
    says: Counter[str] = Counter()
    hears: Counter[str] = Counter()
    acts: Counter[str] = Counter()
    beats: Counter[str] = Counter()
    called: Counter[str] = Counter()
    tagged: Counter[str] = Counter()
    for scan in scans:
        says.update(turn for turn in scan.turns if turn)
        hears.update(scan.hears)
        acts.update(scan.acts)
        beats.update(scan.beats)
        called.update(scan.called)
        tagged.update(scan.tagged)
    tiny = sum(len(scan.folded) for scan in scans) < TINY
    # Who only acts is somebody only when the name is shaped like one.
    acting = (
        word for word, n in acts.items() if (n > 2 or tiny) and (is_full(word) or title_of(word) or word[0] in "老小阿")
    )
    people = (word for word in tagged if surname_of(word) or is_foreign(word))
    titled, titles = _titled(scans)
    spelled = {entry.full for scan in scans for entry in scan.introduced if entry.full}
    beating = (word for word, n in beats.items() if n > (0 if tiny else 1))
    parts = {part for word in tagged if "·" in word for part in word.split("·") if len(part) > 1}
    forms = {
        word: Form(
            word, says[word], hears[word], acts[word], beats[word], called[word], False, titled[word], tagged[word]
        )
        for word in sorted({*says, *hears, *acting, *beating, *people, *parts, *titled, *spelled})
        if (len(word) <= 8 or is_foreign(word)) and not _NO_NAME.search(word)
    }
    _count(scans, forms, MatchKind.Standard)
    for word, form in forms.items():
        form.described = form.count >= _OWN_TITLE * titles.get(title_of(word), form.count + 1)
    bare = Counter(match[1] for scan in scans for match in _BARE_SPEAKER.finditer(scan.folded))
    for word, form in forms.items():
        if is_full(word) and len(given_of(word)) == 1 and form.tagged >= max(3, 0.8 * form.count):
            form.bare = bare[given_of(word)]
            form.says += form.bare
    return forms


def _count(scans: Sequence[Scan], forms: dict[str, Form], kind: MatchKind) -> None:
    """Counts each form, and what follows it: all places (Standard), or those not inside a longer one."""
    if not forms:
        return
    listed = list(forms.values())
    automaton = AhoCorasick(list(forms), matchkind=kind)
    overlapping = kind == MatchKind.Standard
    for scan in scans:
        text = scan.folded + "\n"
        matches = automaton.find_matches_as_indexes(text, overlapping=overlapping)
        for (i, after), n in Counter([(i, text[end]) for i, _, end in matches]).items():
            form = listed[i]
            form.count += n
            form.sections.add(scan.section.number)
            form.following[after] += n
    for form in listed:
        form.closed = sum(n for after, n in form.following.items() if after in _CLOSES)


_TITLE_FINDER = AhoCorasick(sorted(_TITLES), matchkind=MatchKind.LeftmostLongest)


def _titled(scans: Sequence[Scan]) -> tuple[Counter[str], Counter[str]]:
    """Surnames with a title, where the surname begins a word: 王经理, 欧阳先生; and all titles."""
    found: Counter[str] = Counter()
    titles: Counter[str] = Counter()
    for scan in scans:
        text = scan.folded
        for _, start, end in _TITLE_FINDER.find_matches_as_indexes(text):
            titles[text[start:end]] += 1
            size = 2 if text[max(0, start - 2) : start] in lexicon.COMPOUND_SURNAMES else 1
            at = start - size
            if at >= 0 and (size == 2 or text[at] in _SURE_SURNAMES):
                before = text[at - 1] if at else "\n"
                if not before.isalnum() or before in _LEADS:
                    found[text[at:end]] += 1
    return Counter({word: n for word, n in found.items() if not _JIEBA.has_word(word)}), titles


def _complete(scans: Sequence[Scan], forms: dict[str, Form]) -> set[str]:
    """Drops strings that lack their last character: nearly always the same one follows. Returns the longer strings."""
    completed: set[str] = set()
    pieces = dict(forms)
    while pieces:
        longer: dict[str, Form] = {}
        for word, form in pieces.items():
            if form.count < 3 or "·" in word:
                continue
            after, n = min(form.following.items(), key=lambda item: (-item[1], item[0]))
            few = form.count < 4 and (n < form.count or after in _CLOSES)
            if n >= 0.7 * form.count and after.isalnum() and after not in "道说曰笑的了听" and not few:
                del forms[word]
                whole = word + after
                if (is_full(whole) or is_foreign(whole)) and whole not in forms:
                    longer[whole] = Form(
                        whole, form.says, form.hears, form.acts, form.beats, form.called, False, 0, form.tagged
                    )
                if is_full(whole):
                    completed.add(whole)
        _count(scans, longer, MatchKind.Standard)
        forms |= longer
        pieces = longer
    return completed & forms.keys()


def is_person(form: Form, length: int, completed: bool = False) -> bool:
    """Whether a string names a person, by its shape and by where it stands; `length` is of the book, in code points.

    `completed`: that its last character belongs to it is known.
    """
    word = form.text
    tiny = length < TINY
    if word in _PLAIN or is_common_noun(word) or len(word) < 2 or _has_predicate(form):
        return False
    if word[0] in _GROUP_HEADS and word[:2] not in lexicon.COMPOUND_SURNAMES:
        return False
    if "·" in word:
        return form.tagged > 1 or form.frames > 0 or tiny
    surname = surname_of(word)
    title = title_of(word)
    tags = rjieba.tag(word)
    person = len(tags) == 1 and tags[0][1][:2] == "nr"
    # A word of the dictionary that names nobody there: 屈膝.
    familiar = len(word) == 2 and word[0] in "老小阿" and word[1] in lexicon.SURNAMES - lexicon.WEAK_SURNAMES
    listed = _JIEBA.has_word(word) and not person and not familiar
    varied = not listed and form.count > 1 and form.variety >= min(_VARIED, math.log2(form.count) - 0.01)
    if form.closed < (0.2 if tiny else 0.4) * form.count and not varied and form.bare < 2:
        return False
    # At the head of sentences beside speech stand words of time and circumstance as well, so that only what is known
    # as a name, shaped like one, or called in speech counts there.
    named = form.called > 0 or form.tagged >= 0.3 * form.count or (surname in _SURE_SURNAMES and is_full(word))
    named = named or surname in lexicon.COMPOUND_SURNAMES or (len(word) == 2 and word[0] in "老小阿大")
    described = form.described and len(title) > 1 and form.says + form.beats >= max(2, 0.2 * form.count)
    shown = form.frames + (form.beats if named and not listed else 0)
    key = keyness(form, length)
    if word[-1] in _PLACES and not title and form.frames < (1 if is_full(word) else 3):
        return False
    if word[0] in _BEFORE_NAME and not (surname and person):
        return False
    if surname and title and len(surname) + len(title) <= len(word) <= len(surname) + len(title) + 1:
        if title in lexicon.SHORT_TITLES and not form.called:
            return False
        return shown + form.acts + form.tagged + form.titled >= (1 if tiny else 2) and key >= 3
    if title and is_foreign(word[: -len(title)]):
        return True
    if described and not listed and len(word) < 6 and word[0] not in _FIRST_OF_VERBS and word[0] not in _NUMBERS:
        return not set(word) & _NEVER  # 铁头陀, 容嬷嬷
    if tiny:
        return _is_person_of_few_places(form, person or completed, shown)
    if (familiar or (len(word) == 2 and word[0] in "大阿" and not listed)) and key >= 8:
        return shown >= 1 and shown + form.acts >= 4
    if is_full(word) and (completed or not (_AFTER_NAME & set(word[1:])) or (person and form.tagged >= 3)):
        return _is_full_name(form, person, shown, key)
    if is_foreign(word) and not _JIEBA.has_word(word):
        return shown >= (1 if form.acts >= 2 else 2)
    return _is_other_name(form, tags, named and not listed, key)


def _is_full_name(form: Form, person: bool, shown: int, key: float) -> bool:
    """Whether what is shaped like surname and given name is one. `person`: jieba takes it by itself for a person."""
    weak = surname_of(form.text) in lexicon.WEAK_SURNAMES
    opens_verb = form.text[0] in _FIRST_OF_VERBS
    if key < 5 or (weak and not person):
        return form.frames >= 2 and form.frames >= 0.04 * form.count and key >= 2 and not opens_verb
    if shown:
        return form.tagged > 0 or shown >= 2 or (form.acts >= 2 and form.count > 2)
    least = 0.05 if form.tagged > 0.5 * form.count else 0.1
    return person and not weak and not opens_verb and form.acts >= max(2, least * form.count) and key >= 20


def _is_other_name(form: Form, tags: Sequence[tuple[str, str]], named: bool, key: float) -> bool:
    """Whether a string without a surname names a person; `named`: it is shaped like a name, or called in speech."""
    word = form.text
    person = len(tags) == 1 and tags[0][1][:2] == "nr"
    if len(word) > 4 or word[0] in _FIRST_OF_VERBS or word[-1] in _AFTER_NAME or word[-1] in "地":
        return False
    if form.says >= 10 and form.frames >= 0.02 * form.count and key >= 8:
        return True
    if set(word) & _HARDLY or word[0] in _NUMBERS:
        return False
    noun = len(tags) == 1 and tags[0][1] == "n" and not all(c in lexicon.GIVEN for c in word)
    if noun and key < 30 and form.says < max(3, 0.1 * form.count):
        return False  # 驴子; a fable's 乌鸦 speaks more often
    if form.frames >= 2 and form.frames >= 0.01 * form.count and key >= 8 and (form.acts >= 2 or form.frames >= 3):
        return True
    if key < 20:
        return False
    if person and form.tagged >= 3 and form.acts >= 3 and (form.beats or form.called):
        return True
    beside = form.frames + form.beats
    if named:
        return form.beats >= 2 and beside >= 0.05 * form.count and form.acts + form.beats >= 3
    described = form.says >= 1 and form.beats >= 2 and beside >= 0.5 * form.count
    return described and word[-1] in _PERSON_NOUNS and not _JIEBA.has_word(word)


def _is_only_introduced(form: Form) -> bool:
    """Whether a string stands after 名唤 once, and never speaks or acts: places have names as well."""
    return form.hears == form.frames + form.acts + form.tagged == 2


def _has_predicate(form: Form) -> bool:
    """Whether a string is a word for somebody, or a particle, with what is told of it: 国王滴泪, 方笑道, 魏征奏道."""
    word = form.text
    if any(word[:cut] in _NOUNS and word[cut:] not in _TITLES for cut in range(2, len(word))):
        return True
    if (word[0] == "好" and word[1:] in _NOUNS) or word[:2] in _SAYING or (len(word) == 2 and word[1] == "声"):
        return True
    # 张赵二人
    if len(word) == 2 and set(word) <= lexicon.SURNAMES and sum(form.following[c] for c in "二两三") > 0.2 * form.count:
        return True
    # 王大 in 王大夫
    if sum(n for c, n in form.following.items() if word[-1] + c in _TITLES) >= 0.5 * form.count > 0:
        return True
    if word[0] in _FIRST_OF_VERBS and word[1] in _FIRST_OF_VERBS | {"今"}:
        return True
    said = sum(form.following[c] for c in "道曰")
    return word[-1] in _LAST_OF_VERBS and 5 * said >= 2 * form.count


def _is_person_of_few_places(form: Form, tagged: bool, shown: int) -> bool:
    """The same in a text so short that few names stand in more than one or two telling places.

    `tagged`: jieba takes the string by itself for a person, or its last character is known to belong to it. `shown`:
    how often it speaks, listens, or stands beside a speech.
    """
    word = form.text
    seen = shown + form.acts
    if set(word) & _NEVER or word[0] in _NUMBERS:
        return False
    if is_full(word):
        if surname_of(word) in lexicon.WEAK_SURNAMES or _AFTER_NAME & set(word[1:]):
            return form.frames >= 2 or (form.frames > 0 and form.tagged > 0 and form.acts > 0)
        if not tagged and _JIEBA.has_word(word):
            return form.frames > 0 and form.acts > 0
        if tagged and _JIEBA.has_word(word) and _JIEBA.suggest_freq(word) > _FREQUENT:
            return shown > 0
        given = given_of(word)
        return shown > 0 or form.tagged > 0 or tagged or all(c in lexicon.GIVEN or c == "儿" for c in given)
    if is_foreign(word) and (tagged or not _JIEBA.has_word(word)):
        return shown > 0 or form.acts > 1
    if len(word) == 2 and word[0] in "老小阿" and form.closed and (word[0] == "阿" or word[1] in lexicon.SURNAMES):
        return seen > 0 and word not in _PLAIN
    if len(word) > 3 or word[0] in _FIRST_OF_VERBS or set(word) & _HARDLY or word[-1] in _AFTER_NAME:
        return False
    key = keyness(form, TINY)
    if tagged or all(c in lexicon.GIVEN for c in word):
        return shown > 0 and seen > 1 and key >= 8
    if _JIEBA.has_word(word):
        return False
    described = form.says > 0 and form.beats > 1 and word[-1] in _PERSON_NOUNS
    return described or (form.called > 0 and form.beats > 0)


def _is_extension(form: Form, people: dict[str, Form]) -> bool:
    """Whether a string is only a name with words around it."""
    word = form.text
    if is_foreign(word) and not is_full(word):
        return False
    for cut in range(2, len(word)):
        head, tail = word[:cut], word[cut:]
        if head in people and not _LONGER.fullmatch(tail) and tail not in _TITLES - _KIN:
            # 李雷 in 李雷笑道 says something; 李雷笑 never does.
            says_more = people[head].count == form.count and people[head].frames > form.frames == 0
            if people[head].count > form.count or says_more:
                return True
        if len(tail) >= 2 and tail in people and head in people:
            return True
    for cut in range(1, len(word) - 1):
        head, tail = word[:cut], word[cut:]
        if tail in people and is_full(tail) and head in _OFFICES | _TITLES:
            return True  # 司徒王允
        if tail not in people or people[tail].count <= form.count:
            continue
        if head in _BEFORE_NAME:
            return True
        surname = head in lexicon.COMPOUND_SURNAMES or head in lexicon.SURNAMES
        if form.says < 10 and not surname and form.tagged < 0.5 * form.count:
            return True
    return (
        word[-1] == "等" or bool(_SEVERAL.search(word)) or (word[-1] == "人" and len(word) > 2 and word[-2] in _NUMBERS)
    )


def _is_piece(form: Form, people: dict[str, Form]) -> bool:
    """Whether a string is hardly ever seen but inside one longer name."""
    for other in people.values():
        if len(other.text) <= len(form.text) or other.count < 0.8 * form.count or form.text not in other.text:
            continue
        if other.text.startswith(form.text) and not _LONGER.fullmatch(other.text[len(form.text) :]):
            return True
        if not form.says and form.count - other.count < max(2, 0.05 * form.count):
            return True
    return False


def _add_given_names(scans: Sequence[Scan], names: dict[str, Form], length: int) -> None:
    """Given names without the surname, and with what friends and family add to them."""
    more: dict[str, Form] = {}
    for word in names:
        given = given_of(word)
        more |= {part: Form(part) for part in word.split("·") if "·" in word and len(part) > 1 and part not in names}
        if len(given) == 2 and given not in names:
            more[given] = Form(given)
        if len(word) > 2 and word[-1] == "儿" and word[-2] not in "老头哥姐" and word[:-1] not in names:
            more[word[:-1]] = Form(word[:-1])
        parts = list(given) if len(given) == 2 and not set(given) & _CALLED_BY_NOBODY else []
        for part in (*parts, surname_of(word)) if is_full(word) else parts:
            more |= {
                part + ending: Form(part + ending, tentative=True) for ending in _CALLS if part + ending not in names
            }
        if len(given) < 3 and not title_of(given) and given not in _CALLED_BY_NOBODY:
            more |= {given + ending: Form(given + ending) for ending in _FAMILIAR if given + ending not in names}
    more = {word: form for word, form in more.items() if word not in _PLAIN and not is_common_noun(word)}
    # Counted among the names known, so that 玉哥 inside 宝玉哥 is nothing of its own.
    every = {word: Form(word) for word in names} | more
    _count(scans, every, MatchKind.LeftmostLongest)
    least = 1 if length < TINY else 2
    for word, form in more.items():
        bare = (len(word) == 2 or is_foreign(word)) and word[-1] != "儿" and not title_of(word)
        if (bare and form.count >= least and form.closed >= 0.3 * form.count and keyness(form, length) >= 4) or (
            not bare and form.count >= least and not _JIEBA.has_word(word)
        ):
            names[word] = form
    names |= {word: Form(word) for word in _with_surname(scans, names) if word not in names}


def _add_bynames(scans: Sequence[Scan], names: dict[str, Form]) -> None:
    """What the text says that people are also called, and with their surname: 玄德, 刘玄德."""
    for scan in scans:
        for entry in scan.introduced:
            for word in (entry.other, surname_of(entry.full) + entry.other):
                if len(word) < 2 or _NO_NAME.search(word) or is_common_noun(word) or word in _PLAIN:
                    continue
                form = names.setdefault(word, Form(word, tentative=True))
                form.byname = form.byname or (bool(entry.kind) and word != entry.full)
                form.nick = form.nick or entry.kind == "nick"


def _with_surname(scans: Sequence[Scan], names: Collection[str]) -> list[str]:
    """Full names of those whom the book nearly always calls by the given name: 2 and more places, one surname first."""
    bare = [word for word in names if len(word) == 2 and not is_full(word) and not is_common_noun(word)]
    bare = [word for word in bare if word[0] not in "老小阿" and word[-1] != "儿" and not title_of(word)]
    if not bare:
        return []
    before: dict[str, Counter[str]] = {word: Counter() for word in bare}
    automaton = AhoCorasick(bare, matchkind=MatchKind.LeftmostLongest)
    for scan in scans:
        text = scan.folded
        for i, start, _ in automaton.find_matches_as_indexes(text):
            # Inside a clause it may be the end of another word: 拴马八戒.
            before_surname = text[start - 2] if start > 1 else "\n"
            if (
                start
                and text[start - 1] in _SURE_SURNAMES
                and (not before_surname.isalnum() or before_surname in _LEADS)
            ):
                before[bare[i]][text[start - 1]] += 1
    found = []
    for word, counts in before.items():
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if most and most[0][1] >= 2 and (len(most) == 1 or most[0][1] >= 2 * most[1][1]):
            found.append(most[0][0] + word)
    return found


# How somebody looks, who mostly has a name.
_LOOKS = frozenset(
    lexicon.words("老人 男人 女人 男子 女子 青年 少年 少女 年轻人 孩子 姑娘 老汉 老头 大汉 汉子 男孩 女孩")
)
_OFTEN = 50  # speeches from which on a word like 行者 is somebody's name
_NEAR = 0.6  # the share of the chapters of a title in which somebody of that title must be named to be meant


def _add_roles(forms: dict[str, Form], names: dict[str, Form], length: int, narrated: bool) -> None:
    """Groups and people without a name who speak: 众人, 婆子; of whoever tells the book the family as well: 四叔."""
    least = 2 if length > 30_000 else 1
    kin = frozenset(word for word in _KIN if len(word) > 1) if narrated else frozenset()
    bearers: dict[str, set[int]] = {}
    for word, form in names.items():
        if title := title_of(word):
            bearers.setdefault(title, set()).update(form.sections)
    for word in sorted(forms, key=lambda word: (len(word), word)):
        form = forms[word]
        spoken = form.says + (
            form.beats if word in _NAMELESS or word in kin or (narrated and _RANKED.fullmatch(word)) else 0
        )
        if form.says < _OFTEN and len(form.sections & bearers.get(word, set())) >= _NEAR * len(form.sections):
            continue  # 知府 is the 高知府 of these chapters
        if spoken < least + (word in _LOOKS) or spoken < 0.02 * form.count or len(word) < 2 or word in names:
            continue
        head = word[0] in _GROUP_HEADS and not _extends(word, names)
        if word == "大家" or head or (word[-1] == "们" and word[:-1] in _ROLES):
            form.kind = "group"
        elif word in _ROLES or word in _TITLES or word in kin or (narrated and _RANKED.fullmatch(word)):
            form.kind = "unnamed"
        else:
            continue
        names[word] = form


def _extends(word: str, names: Collection[str]) -> bool:
    return any(word[:cut] in names for cut in range(2, len(word)))


def spellings(scans: Sequence[Scan], words: Iterable[str]) -> dict[str, str]:
    """How the book writes each name: as at its first place."""
    left = list(words)
    written: dict[str, str] = {}
    for scan in scans:
        if scan.folded == scan.section.text:
            continue  # in simplified characters, as the words are
        for word in left:
            if (at := scan.folded.find(word)) >= 0:
                written[word] = scan.section.text[at : at + len(word)]
        left = [word for word in left if word not in written]
    return written | {word: word for word in left}
