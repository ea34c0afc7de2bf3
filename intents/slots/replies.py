"""Reading the answer to a question about one field, where a bare word is enough."""

from __future__ import annotations

import re

from intents.slots import place
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
_PLACE_LEAD = re.compile(
    r"^(?:嗯+|呃+|啊+|哦+|喂|额|那个|好的?|你好|您好|麻烦|请|就|我们?|咱们?|人|现在|目前|正"
    r"|家?住|住在|是|在|位于|地址|位置|地点|这里|这边|大概|应该|好像|具体|到|来|叫|靠近"
    r"|[,.:;!?\s])+"
)
_PLACE_TAIL = re.compile(
    r"(?:谢谢(?:你|您)?|麻烦(?:你|您)?(?:们)?(?:快点|了)?|快来|快点来?|赶紧来?|你们快来|那里"
    r"|那边|那儿|这里|这边|这儿|上面|里面|的|啊|呀|吧|呢|哦|嘛|了|[,.:;!?\s])+$"
)
_NOT_PLACE = re.compile(
    r"[吗呢吧么?]$|怎么|什么|为啥|有人|打架|受伤|没有|转人工|人工|人家|投诉|报警|快点|你们|我要"
    r"|我想|不要|救命|挂了|重复|听不|网上|微信|抖音|家里$|心里|哪里|哪儿|谢谢|再见|等一?下|可以"
    r"|不[是对要行好用]|对的?$|错|电话|被|了"
)
_PLACE_CHARACTERS = re.compile(r"[\u3400-\u9fffA-Za-z0-9·\-#号,、\s]{2,40}")
_WORD = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")


def unknown(text: str) -> bool:
    """True if the citizen says that they do not know or will not say."""
    return bool(_UNKNOWN.search(text))


def yes_no(text: str, *, yes: bool = True, no: bool = False) -> Find | None:
    """A plain yes or no as the value it stands for."""
    for pattern, value in ((_NO, no), (_YES, yes)):
        if match := pattern.search(text):
            return Find(value, *match.span(), 0.8)
    return None


def location(text: str) -> Find | None:
    """The place of an answer: what the grammar finds, else the whole answer without courtesies."""
    found = place.find(text)
    lead, tail = _PLACE_LEAD.match(text), _PLACE_TAIL.search(text)
    start, end = lead.end() if lead else 0, tail.start() if tail else len(text)
    rest = text[start:end] if start < end else ""
    plausible = (
        bool(_PLACE_CHARACTERS.fullmatch(rest))
        and not _NOT_PLACE.search(rest)
        and not unknown(rest)
        and sum(1 for _ in _WORD.finditer(rest)) >= 2
        and not re.fullmatch(r"[\d\s]{5,}|没有?|有的?|是的?|知道|嗯+|同一个地方", rest)
    )
    if found and found.confidence >= 0.3:
        inside = plausible and start <= found.start and found.end <= end
        if inside and len(rest) - (found.end - found.start) <= 6 and "," not in rest and found.end - start >= 2:
            wide = Find(rest, start, end, max(found.confidence, 0.6))
            return wide if len(rest) <= 20 else found
        return found._replace(confidence=max(found.confidence, 0.5))
    return Find(rest, start, end, 0.5) if plausible else None
