"""Whether it is still going on: True, False when it is over, None when nothing shows it."""

from __future__ import annotations

import re

from intents.slots.slot import Find

_OVER = re.compile(
    r"(?:已经|早就?|都|刚|后来|现在|人|他|她|们|全|车)(?:都|已经|已|就|全)?(?:走|跑|离开|散|逃"
    r"|溜|开走|停|结束|不打|不吵|不闹|消停|熄|灭|好|分开)(?:掉|开|远|光)?了?(?=了|[,.!?\s]|$|往"
    r"|好)"
    r"|^(?:停|走|跑|散|结束)了|(?:不|没)(?:再)?(?:打|吵|闹|响|放|烧|漏|敲|动手)了|停(?:手|下来"
    r"|工)了|结束了|散了|(?:跑|走|逃|开|溜)(?:掉|走|远|没影)了|(?:然后|撞[^,.]{0,4}"
    r"|打[^,.]{0,4}|抢[^,.]{0,6})(?:就)?(?:跑|逃)了?(?=[,.!?]|$|了)"
    r"|火(?:已经)?(?:灭|扑灭)了|刚(?:跑|走|散|停|逃)|是(?:昨|前|上)[^,.]{0,8}的事"
)
_NOW = re.compile(
    r"正在(?!办|申请|考虑)|正(?=[打吵砸闹烧拿追往])|还在(?!流血|出血|医院|江西|上学|读|保修"
    r"|试用|办|有效)|还(?:没|不)(?:停|走|散|灭|结束|完|肯走|消停)|没(?:停|完没了)|着呢|一直"
    r"(?:在|没停)"
    r"|(?:现在|这会儿?)(?:就|都|还|也|正)?(?:在|有人|又|正|[^,.不没]{0,6}(?:打|吵|闹|砸|烧|追"
    r"|堵|敲|放|冒))|现在(?:还|凌晨)|(?:在|又在|都在|就在)[^,.]{0,8}(?:打架|吵架|闹事|打人|转悠"
    r"|转(?=[,.]|$)|砸|敲|施工|放音乐|唱歌|跳舞|烧|冒烟|追|叫|赌|漏水|打起来|堵|骂)"
    r"|打起来了|吵起来了|烧起来|着火了|起火了|冒烟|打架呢|(?:堵|挡|占|围|锁|困|卡|压)(?:着|住"
    r"|在)|堵了(?=[,.]|$)|被困|困在|(?:不|没)(?:让|肯)(?:我|我们)?(?:下车|走|出去|进|开门|离开)"
    r"|掉(?:进|到)?(?:水|河|江|井|湖)里?了?"
    r"|(?:拿|追|举|站|蹲|躺|骑|趴|打|砸|踹|掐|按|跟|冒|烧|锁|横|流|闹|骂|赌|喊|哭|吵|拦|抱|拖"
    r"|开)着(?!火|了)|又在|正往|不停(?!车)|没人管|越来越|往下(?:跳|滴|掉)|停不下来|没法出"
    r"|出不[去来]|过不去|进不去|动不了|睡不着|(?:还|一直)没(?:人|来)"
    r"|有(?:个|人|一个|几个|两个)[^,.了]{0,6}?(?:拿|持|砸|打|闹|追|跳|踹|撬|堵|翻|跟着|偷|抢)"
    r"(?!了|我钱|电话)|(?:开始)(?:敲|打|砸|施工|吵|放)(?!了)|快来|救命|马上就?要|漏气|煤气味|在"
    r"(?:敲|砸|踹|撬)门"
)
_PAST = re.compile(
    r"(?:昨天|昨晚|昨夜|前天|前晚|大前天|上周|上个?(?:星期|礼拜|月)|上礼拜|去年|前年|前几天"
    r"|前两天|那天|[一二两三四五六七八九十几\d]+个?(?:天|周|月|年|星期|礼拜)(?:之"
    r"|以)?前)[^.!?]{0,20}?"
    r"(?:被[^,.]{0,6}(?!着)[^,.]了|丢了|不见了|撞了|打了|偷了|骗了|抢了|没了|的事|丢的|买的"
    r"|发生的|弄的|打的|少了|划了|转的)"
)
_RULE = re.compile(r"(?:怎么办|算不算|违法吗|要不要|可以吗|能不能|犯法)[?]?$")


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The last thing said decides between 'still' and 'over'; a past date alone means over, less surely."""
    del lenient
    over = list(_OVER.finditer(text))
    now = [match for match in _NOW.finditer(text) if not any(_within(match, end) for end in over)]
    if now and (not over or now[-1].start() > over[-1].start()):
        match = max(now, key=lambda found: len(found[0])) if not over else now[-1]
        weak = bool(_RULE.search(text))
        return Find(True, *match.span(), 0.5 if weak else 0.8)
    if over:
        return Find(False, *over[-1].span(), 0.85)
    if past := _PAST.search(text):
        return Find(False, *past.span(), 0.6)
    return None


def _within(inner: re.Match[str], outer: re.Match[str]) -> bool:
    return outer.start() <= inner.start() and inner.end() <= outer.end() + 1
