"""What the narration around a quotation says about its speaker: who is named where, as what.

All functions read folded text (simplified characters) and offsets into it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from recognition.script import Cast, Gender
from recognition.text.chinese import lexicon
from recognition.text.chinese.candidates import given_of, is_common_word, is_full, title_gender, title_of
from recognition.text.chinese.folding import fold
from recognition.text.chinese.names import NARRATOR

What = Literal["name", "pronoun", "kin", "role", "plural", "narrator", "other"]


class Mention(NamedTuple):
    """Somebody meant at a place; sorts by it. `who` is an index into the cast, or -1."""

    start: int
    end: int
    what: What
    who: int = -1
    gender: Gender = "unknown"


def _implied(cast: Cast, owners: Mapping[str, set[int]]) -> dict[str, set[int]]:
    """Given names of two characters, which a cast from outside may leave out."""
    found: dict[str, set[int]] = {}
    for name, who in owners.items():
        given = given_of(name)
        if len(given) == 2 and given != name and not is_common_word(given):
            found.setdefault(given, set()).update(who)
    return found


_RECALL = 200  # mentions back in which the last bearer of a name of one character is looked for
_OTHERS = "其他 其它 他人 他乡 他日 他处 吉他 他国 他们的 她们的 自己"


class Index:
    """Finds everybody meant in a text, given a cast. Of equal places the longest word counts, and names before nouns.

    An alias of two people is taken for nobody. A name of one character is taken for a name only where classical
    narration has its bearer speak: 飞曰, 操大喜曰; of several bearers it means the one named last.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.genders: list[Gender] = [c.gender for c in cast]
        self.narrator = next((i for i, c in enumerate(cast) if c.kind == "narrator" or c.name == NARRATOR), -1)
        meant: dict[str, Mention] = {}
        for word in lexicon.NEUTRAL_ROLES:
            meant[word] = Mention(0, 0, "role")
        genders: tuple[Gender, ...] = ("male", "female")
        for gender, roles, kin in zip(
            genders,
            (lexicon.MALE_ROLES, lexicon.FEMALE_ROLES),
            (lexicon.MALE_KIN, lexicon.FEMALE_KIN),
            strict=True,
        ):
            meant |= {word: Mention(0, 0, "role", gender=gender) for word in roles}
            meant |= {word: Mention(0, 0, "kin", gender=gender) for word in kin if len(word) > 1 or word in "爸妈爹娘"}
        meant |= {word: Mention(0, 0, "plural") for word in lexicon.GROUPS}
        meant |= {word: Mention(0, 0, "other") for word in _OTHERS.split()}
        meant |= {"他": Mention(0, 0, "pronoun", gender="male"), "她": Mention(0, 0, "pronoun", gender="female")}
        if self.narrator >= 0:
            meant |= {NARRATOR: Mention(0, 0, "narrator", who=self.narrator), "我们": Mention(0, 0, "plural")}
        owners: dict[str, set[int]] = {}
        for i, character in enumerate(cast):
            for name in (character.name, *character.aliases):
                if len(name) > 1:
                    owners.setdefault(fold(name), set()).add(i)
        for name, who in _implied(cast, owners).items():
            owners.setdefault(name, who)
        for name, who in owners.items():
            if len(who) == 1:
                (i,) = who
                meant[name] = Mention(0, 0, "name", i, cast[i].gender)
        # Whose name ends in a word like 将军 or 知府, which means them where they are near.
        self.titled: dict[str, list[int]] = {}
        for name, who in owners.items():
            if title := title_of(name):
                self.titled.setdefault(title, []).extend(sorted(who))
        for title in self.titled:
            if len(title) > 1:
                meant.setdefault(title, Mention(0, 0, "role", gender=title_gender(title)))
        self._bearers: dict[str, list[int]] = {}
        for name, who in owners.items():
            if is_full(name) and len(given_of(name)) == 1:
                self._bearers.setdefault(given_of(name), []).extend(sorted(who))
        self._bare = (
            re.compile(f"(?<![一-龥])[{''.join(self._bearers)}](?=[一-龥]{{0,6}}曰)") if self._bearers else None
        )
        self._words = list(meant)
        self._meant = list(meant.values())
        self._automaton = AhoCorasick(self._words, matchkind=MatchKind.LeftmostLongest)

    def find(self, folded: str) -> list[Mention]:
        """All mentions of a text, in order."""
        found = [
            Mention(start, end, m.what, m.who, m.gender)
            for i, start, end in self._automaton.find_matches_as_indexes(folded)
            if (m := self._meant[i]).what != "other"
        ]
        if self._bare is None or "曰" not in folded:
            return found
        return sorted([*found, *self._bare_names(folded, found)], key=lambda mention: mention.start)

    def _bare_names(self, folded: str, found: Sequence[Mention]) -> Iterator[Mention]:
        assert self._bare is not None
        for match in self._bare.finditer(folded):
            before = bisect_left(found, (match.start(),))
            if before < len(found) and found[before].start == match.start():
                continue  # a longer name begins here
            bearers = self._bearers[match[0]]
            last = next((m.who for m in reversed(found[max(0, before - _RECALL) : before]) if m.who in bearers), None)
            who = bearers[0] if last is None else last
            yield Mention(match.start(), match.end(), "name", who, self.genders[who])


@lru_cache(maxsize=2)
def index_of(cast: Cast) -> Index:
    """The index of a cast; kept, because the sections of a book are read with one cast."""
    return Index(cast)


# ------------------------------------------------------------------ clauses

# How far (code points) a word reaches inside a clause. Without a bound, a text without punctuation takes for ever.
_REACH = 24
_SENTENCE = re.compile(r"[。！？!?…．；;\n]+[”’」』\"]*")
_CLAUSE = re.compile(r"[，,：:、]")
# Before a mention: it is the object of this word, not the subject of its clause.
_OBJECT = re.compile(
    "(?:[向对朝照跟给问把被替为叫让教使命令着劝望看瞅瞧拉指见听遇等请求扯住了到往在从比连将拿抱扶搂推打骂来去是有"
    "同与和送接拜辞随像象冲找陪"
    "及于谓语喊唤过嘱阻央嗔携派遣怕恨怪谢催]|[扶拉抱拖推扯拽揪抓按拦挡追赶带领搀搂抬踢砍刺救放盯瞪捉绑捆押逼围护牵挽拥"
    "摸拍撞甩叫喊骂看望找请接送背打杀][起住着过出开下上了来倒给进回翻醒走紧]{1,2}|"
    + lexicon.either(
        "告诉 吩咐 嘱咐 知道 看见 听见 遇见 看到 听到 想起 说起 提起 回答 安慰 打断 埋怨 责备 提醒 招呼 央告 止住"
    )
    + ")$"
)
# Before a mention: what follows comes into view, and is the subject.
_APPEARS = re.compile(
    lexicon.either(
        "只见 却见 忽见 又见 便见 早见 但见 就见 只听 忽听 又听 却听 但听 忽听得 只听得 听得 但听得 只有 还是 倒是 "
        "却是 就是 正是 独有 惟有 唯有 旁边 后面 前面 里面 外面 说着 毕竟是 不想 原来是 有个 有一个 看那 且看 "
        "再看"
    )
    + "$"
)
_LISTENER = re.compile(
    "(?:[向对朝跟与和同给冲问望劝叫骂命着告求嘱请谓语]|"
    + lexicon.either("告诉 吩咐 嘱咐 看着 指着 望着 拉着 转向 回答 回复 央求 答复 安慰 埋怨 责备 提醒 催促 招呼")
    + ")$"
)
# 对坐在门口的老周说: everything from the preposition to the name is one object.
_FAR_LISTENER = re.compile(r"[向对朝跟给冲][^，。：]+的$")
_FAR_OBJECT = re.compile(r"(?:[看望瞅瞧盯指拉抱扶]着|看了?看|瞪了?)[^，。：]+的$")
# Between a preposition and a kin term: 对他二爸说.
_WHOSE = re.compile("(?:[他她我你]|自己的?)?[大二三四五六七八九老小亲]?$")
# What a hearer does: in the words after a speech its subject is who listens, not who spoke.
_HEARING = re.compile(
    "听[了着完罢毕]|听到|听见|听说|听得|闻言|"
    + lexicon.either(
        "没有说话 没说话 没有回答 没回答 没有言传 没言传 没有吭声 没吭声 没作声 没有作声 不吭声 不说话 不言语 不语 "
        "不作声 不答 沉默 没理 不理 点点头 点了点头 点头 怔住 愣住 怔了 愣了 呆住 惊呆 吃了一惊 一怔 一愣 一惊 无言 "
        "答应着 应了"
    )
)
_SAYING = re.compile(lexicon.either(lexicon.SAYING))
_VERBS = re.compile(
    f"(?:{lexicon.either(lexicon.MANNER)}|[了着得地的一])*{lexicon.either(lexicon.SAYING)}[了着道]*(?:一[句声]|几句)?"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a stretch of narration tells: its subject, who is spoken to, whether somebody says something."""

    subject: Mention | None = None
    direct: bool = False  # the subject stands right before the verb of saying
    clauses: int = 0  # between the subject's clause and the end
    addressee: Mention | None = None
    speech: bool = False
    hearing: bool = False  # it tells of somebody who listens


def sentences(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences of a stretch, their closing punctuation left out; empty ones are dropped."""
    found = []
    at = start
    for match in _SENTENCE.finditer(folded, start, end):
        if folded[at : match.start()].strip():
            found.append((at, match.start()))
        at = match.end()
    if folded[at:end].strip():
        found.append((at, end))
    return found


def _clauses(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    found = []
    at = start
    for match in _CLAUSE.finditer(folded, start, end):
        if match[0] != "、":
            found.append((at, match.start()))
            at = match.end()
    found.append((at, end))
    return [(a, b) for a, b in found if folded[a:b].strip()]


def read(folded: str, mentions: Sequence[Mention], start: int, end: int, forward: bool = False) -> Reading:
    """Reads one sentence: clauses from the last to the first (or the other way), until one has a subject of its own."""
    addressee: Mention | None = None
    speech = False
    clauses = _clauses(folded, start, end)
    hearing = bool(_HEARING.search(folded, start, end))
    doubtful: Reading | None = None  # its subject is a noun in the middle of a clause: a name before it is likelier
    if forward:
        speech = bool(_SAYING.search(folded, start, end))
    else:
        clauses.reverse()
    for back, (a, b) in enumerate(clauses):
        speech = speech or bool(_SAYING.search(folded, a, b))
        subject: Mention | None = None
        direct = False
        low = bisect_left(mentions, (a,))
        high = bisect_left(mentions, (b,))
        for k in range(low, high):
            m = mentions[k]
            if _possessor(folded, m, mentions, b):
                continue
            if (
                m.what in ("role", "kin")
                and k + 1 < high
                and mentions[k + 1].start == m.end
                and mentions[k + 1].what == "name"
            ):
                continue  # 书记老周: the name tells more
            prefix = folded[max(a, m.start - _REACH) : m.start]
            if m.what == "kin":
                prefix = _WHOSE.sub("", prefix)
            is_object = bool(_OBJECT.search(prefix)) and not _APPEARS.search(prefix)
            if not is_object and (_FAR_LISTENER.search(prefix) or _FAR_OBJECT.search(prefix)):
                is_object = True
            if is_object and m.start > a:
                if addressee is None and (_LISTENER.search(prefix) or _FAR_LISTENER.search(prefix)):
                    addressee = m
                continue
            if subject is None:
                subject = m
            if back == 0 and m.end < b <= m.end + _REACH and _VERBS.fullmatch(folded, m.end, b):
                subject, direct = m, True
        inside = subject is not None and not direct and subject.what in ("role", "kin") and subject.start > a
        if subject is not None and inside and doubtful is None:
            doubtful = Reading(subject, direct, back, addressee, speech, hearing)
        elif subject is not None and (not doubtful or subject.what == "name"):
            return Reading(subject, direct, back, addressee, speech, hearing)
    return doubtful or Reading(None, False, len(clauses), addressee, speech, hearing)


def _possessor(folded: str, mention: Mention, mentions: Sequence[Mention], end: int) -> bool:
    """Whether a mention only says whose somebody or something is: 宝玉的…, 少平他妈."""
    after = folded[mention.end : min(end, mention.end + 4)]
    if not after:
        return False
    if after[0] in "的之" and len(after) > 1:
        return not _PART_OF.match(after, 1)
    if after[0] in "他她" and len(after) > 1:
        after = after[1:]
    return mention.what in ("name", "pronoun") and bool(_KIN_AFTER.match(after))


# 苏晴的脸红了: what is told of these is told of whom they belong to.
_PART_OF = re.compile(
    "[那双张]?"
    + lexicon.either(
        "声音 嗓音 嗓门 语气 口气 语调 目光 视线 眼神 眼睛 眼泪 眼里 眼中 眼圈 脸 嘴 眉 表情 神情 神色 虚影 身影 身体"
    )
)
_KIN_AFTER = re.compile(
    lexicon.either(" ".join(w for w in (*lexicon.MALE_KIN, *lexicon.FEMALE_KIN) if len(w) > 1 or w in "爸妈爹娘"))
)


_ENDS_IN_SAYING = re.compile(lexicon.either(lexicon.SAYING) + r"[了着道]*\s*$")


def ends_in_saying(folded: str, start: int, end: int) -> bool:
    """Whether a stretch of narration ends in a verb of saying."""
    return bool(_ENDS_IN_SAYING.search(folded, max(start, end - 6), end))


_GOING_ON = re.compile(
    "(?:一[面边头壁](?:说|哭|笑)[着道]?|(?:正)?说[着罢毕完了]|[又复再便遂自]|[，,])*(?:[向对朝][一-龥]{1,6}?)?"
    f"(?:{lexicon.either(lexicon.MANNER)}|[了着得地的一])*{lexicon.either(lexicon.SAYING, lexicon.THINKING)}"
    "[了着道]*[:：，,]?"
)


def goes_on(folded: str, start: int, end: int) -> bool:
    """Whether words after one speech only lead on to the next of the same speaker: 说着，又笑道."""
    return end - start <= _REACH and bool(_GOING_ON.fullmatch(folded, start, end))
