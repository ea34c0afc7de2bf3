"""Reading the answer to a question about one field, where a bare word is enough."""

from __future__ import annotations

import re

from intents.slots import people, place, plate, time
from intents.slots.people import KIN
from intents.slots.place_words import ANCHOR, GENERIC, PROTECTED
from intents.slots.regions import COUNTY_NAMES
from intents.slots.slot import Find

_UNKNOWN = re.compile(
    r"不(?:太)?(?:知道|清楚|晓得|确定|记得|好说|想说|方便|愿意|告诉|了解)|说不(?:清|上来|好)|没"
    r"(?:注意|看清|看见|听清)|忘了?|记不[得清]|不[认晓]得|随便|无所谓|保密|匿名|跳过|为什么要"
    r"|凭什么|什么意思|你猜|没听懂|再说一遍"
)
_NO = re.compile(
    r"^(?:嗯|呃|哦|那个|应该|好像|目前|暂时|现在|倒|还|都|也|人|这个|[,.\s])*(?:没有?(?!了?醒)"
    r"|不是|不在|无|没|不|否|no|木有|莫得|已经(?:走|停|跑|结束|散)|走了|停了|跑了|结束了|散了)",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^(?:嗯|呃|哦|那个|应该|好像|目前|现在|人|还|都|他|她|们|手里|[,.\s])*(?:有(?:的|啊|呀)?"
    r"|是(?:的|啊)?|对(?:的|啊)?|在(?:的|呢)?|嗯+|yes|ok|确实|受伤|正在|还在)",
    re.IGNORECASE,
)
_WHO_LIVES = rf"(?:(?:[我咱你他她]们?|自己)?(?:家|家里)?的?(?:{KIN})?|人|车|孩子)"
_PLACE_LEAD = re.compile(
    r"^(?:嗯+|呃+|啊+|哦+|喂|额|那个|好像|好的?|你好|您好|麻烦|请|就是?|大概|应该|可能|具体|现在|目前|正(?=在)"
    rf"|{_WHO_LIVES}(?:现在|目前|这边|这里|这儿)?(?:就|都|正|还)?(?:家?住在|家?住(?!建|院)|[躲坐站停待睡倒困关锁]在|被[困关锁]在?|在|位于)"
    r"|(?:我们?|咱们?|这个?|那个)?(?:小区|公司|单位|学校|店|村|楼盘)(?:的?名[字称])?(?=叫|是|在|位于|名)|名[字称]?(?=叫|是)"
    r"|我们?|咱们?|人(?=[在是就])|被?[躲坐站停待睡倒困关锁]在|门牌号?(?:是)?|家?住在?|在|位于|靠近|(?:地址|位置|地点|定位|坐标)(?:是|在)?|是|这里|这边|到|来(?!福|宾|安)|叫"
    r"|[,.:;!?\s])+"
)
_PLACE_TAIL = re.compile(
    r"(?:谢谢(?:你|您)?|麻烦(?:你|您)?(?:们)?(?:快点|了)?|快来|快点来?|赶紧来?|你们快来|那里"
    r"|那边|那儿|这里|这边|这儿|上面|里面|的|啊|呀|吧|呢|哦|嘛|了|[,.:;!?\s])+$"
)
_CLAUSE = re.compile(r"[^,.;!?]+")
_NOT_PLACE = re.compile(
    r"[吗呢吧么?]$|[我你他她您咱谁了不没欠骗偷抢哭怕挨]|[想说](?!象)|怎么|什么|为啥|有人|打(?!铁)|受伤|人工|^.?人家|投诉|报警"
    r"|快(?!速)点?|救命|挂断|重复|听不|网上|微信|抖音|家里$|心里|哪[里儿]?|谢谢|再见|等一?下|可以|^对的?$|错|电话|被|地方"
    r"|[迷认问赶]路|刚[才来]|马上|先派|(?:多|第[一二三])[久次远]|路上$|地址$|^[砸追骂敲踹躲吵闹抓]"
)
"""Words that no name of a place holds."""
_NOT_NAME = re.compile(
    r"[的得着过要会能让给把跟从去走跑骂吵闹杀砍救疼痛喊看听问答等懂找拿赔钱急死伤病晕血好很太也还就又再才都是有吃喝做讲砸烧借告管睡醒抱陪催记查帮派]"
    r"|人$|一[下样个]|知道|到处|同上|手机|老公|老婆|警察|民警|医生|孩子|(?:[里外上下前后]面|[里外上下前后]边|车[上里]|屋里|楼上|家)$"
    r"|(?:早|晚|中午|下午|半夜)上?$"
)
"""Words that do not stand in a name which carries no word of place at all (硖石, 采荷)."""
_PLACE_WORD = re.compile(
    r"[城镇乡村庄坊园苑庭轩阁湾墅邸郡府山桥港湖江岛塘埠浦溪路街巷弄站厂楼幢栋号室区县市寺塔关亭墩渡坝堰坞畈坪岭坑滩口门馆居第邨院庙场]$"
    r"|人家$|..里$|(?:[\d一二三四五六七八九十]+(?:期|组团|园|号门))$"
)
_PLACE_CHARACTERS = re.compile(r"[\u3400-\u9fffA-Za-z0-9·\-#号,、\s]{2,40}")
_WORD = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
_LONGEST_NAME = 10
"""Of a bare name without a word of place."""


def unknown(text: str) -> bool:
    """True if the citizen says that they do not know or will not say."""
    return bool(_UNKNOWN.search(text))


def yes_no(text: str, *, yes: bool = True, no: bool = False) -> Find | None:
    """A plain yes or no as the value it stands for."""
    for pattern, value in ((_NO, no), (_YES, yes)):
        if match := pattern.search(text):
            return Find(value, *match.span(), 0.8)
    return None


def _name(text: str, start: int, end: int) -> Find | None:
    """The part of these words that may be the name of a place, without courtesies."""
    said = text[start:end]
    lead, tail = _PLACE_LEAD.match(said), _PLACE_TAIL.search(said)
    first, last = lead.end() if lead else 0, tail.start() if tail else len(said)
    name = said[first:last]
    plain = PROTECTED.sub(lambda match: "□" * len(match[0]), name)
    if (
        not _PLACE_CHARACTERS.fullmatch(name)
        or _NOT_PLACE.search(plain)
        or unknown(name)
        or plate.find(name)
        or sum(1 for _ in _WORD.finditer(name)) < 2
        or re.fullmatch(r"[\d\s]{5,}|有的?|是的?|知道|嗯+|同一个地方", name)
    ):
        return None
    generic = GENERIC.fullmatch(name) is not None
    if not generic and (name in COUNTY_NAMES or _PLACE_WORD.search(name) or ANCHOR.search(name)):
        return Find(name, start + first, start + last, 0.6)
    other = _NOT_NAME.search(plain) or len(name) > _LONGEST_NAME or time.spans(name) or people.spans(name)
    return None if other else Find(name, start + first, start + last, 0.5)


def location(text: str) -> Find | None:
    """The place of an answer: what the grammar finds, else a part of the answer that may be a name."""
    said = place.corrected(text) or text
    found = place.find(text)
    names = [name for match in _CLAUSE.finditer(said) if (name := _name(said, *match.span()))]
    named = next((name for name in names if name.confidence >= 0.6), None)
    if found and found.confidence < 0.36 and named and not named.start <= found.start < named.end:
        return named
    if found and found.confidence >= 0.3:
        around = next((name for name in names if name.start <= found.start and found.end <= name.end), None)
        if around and _is_small(around, found):
            return around._replace(confidence=max(found.confidence, 0.6))
        return found._replace(confidence=max(found.confidence, 0.5))
    return names[0] if names else None


def _is_small(around: Find, found: Find) -> bool:
    """True if the name adds a few characters to what the grammar found: they belong to it."""
    more = (around.end - around.start) - (found.end - found.start)
    return more <= 6 and around.end - around.start <= 20
