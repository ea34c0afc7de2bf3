"""Short replies: yes, no, don't know, the second one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from intents.normalise import normalise

_NO = re.compile(
    r"^(?:不(?!反对|介意)|否|没有(?!问题|意见)|没(?!问题|意见|错|有)|别|不要|不用|不必|不行|不可以|不同意|先不|算了|不愿意|不需要|不转|不是|拒绝|no|2|二|没事|暂时不|先别|"
    r"(?:现在)?(?:很)?安全|没危险|没有危险|不危险)"
)
_YES = re.compile(
    r"^(?:是(?!在)|对|好|嗯|恩|可以|行|同意|要|有|转|愿意|没有?问题|没有?意见|不反对|不介意|麻烦|请转|当然|ok|okay|yes|y|1|一|中|成|得|必须|快|赶紧|是的|"
    r"那就转|转吧|好吧|可|没错|确定|确认|需要|谢谢|有危险|危险|救|都可以|随便|你们看着办|听你们的)"
)
_CLEAR_YES = re.compile(
    r"^(?:嗯|恩|哦|噢|那|就)*(?:可以|行(?!不)|好(?!像)|同意|没有?问题|没有?意见|不反对|不介意|愿意|当然|没错|确定|确认|转吧|请转|都可以|ok)"
)
_NOT_YET = re.compile(
    r"先不|先别|不要转|别转|不转|不想转|再说|考虑|想想|算了|等等|等一下|等会|要不|好像|对了|有点|不行|不太|不放心"
)
_THERE_IS = re.compile(r"^(?:有(?!没有|没)|是|对|嗯|恩|在|1$|一$|受伤|流血)")
_INSTEAD = re.compile(r"^(?:不是|不对|错了).{1,16}(?:是|在|应该)")
"""不是彩虹城是彩虹豪庭: a correction, not a refusal."""
_UNSAFE = re.compile(
    r"不知道|不清楚|不晓得|不确定|说不清|不好说|不敢|不能|不行|不要(?!紧)|不方便|别(?!误会|担心|紧张)|没(?:气|救|力|办法|呼吸|命)|没有(?:呼吸|办法|力)|救|打我|不动"
)
"""Openings that sound like no, in a reply to whether there is danger, but are none."""
_ASKING = re.compile(r"吗$|么$|哪|谁|什么|怎么|干嘛|为啥|多久|有")
_UNKNOWN = re.compile(
    r"不清楚|不知道|说不清|不晓得|没注意|记不清|记不得|不记得|没看清|看不清|不确定|忘了|不好说|不方便说|不想说|不留|保密|匿名|没有电话|晓不得"
)
_NO_MORE_THAN_UNKNOWN = re.compile(
    rf"(?:我|这|那|个|也|都|真|的|实在|不好意思)*(?:{_UNKNOWN.pattern})(?:了|的|啊|呀|哦|呢|楚|告诉你们?)*"
)
_ORDINALS = (
    re.compile(r"^(?:第)?[一1](?:个|条|项|号)?$|第一|前面那个|上面那个"),
    re.compile(r"^(?:第)?[二两2](?:个|条|项|号)?$|第二|中间"),
    re.compile(r"^(?:第)?[三3](?:个|条|项|号)?$|第三"),
)
_LAST = re.compile(r"最后(?:一个|那个)|后面那个")
_NONE = re.compile(r"都不是|都不对|都不|没有我要|不是这些|以上都不|第四|^4$|^四$|不是$|不对$")


def yes_or_no(text: str) -> bool | None:
    """True, False, or None if it is neither. Only the opening words count: 没有，不用了 is no."""
    form = normalise(text).replace(" ", "")
    if _NO.match(form):
        return False
    return True if _YES.match(form) else None


def there_is(text: str) -> bool | None:
    """Yes or no to a question whether there is something (有没有人受伤). 可以 and 好的 say nothing about that."""
    form = normalise(text).replace(" ", "")
    if _NO.match(form):
        return False
    return True if _THERE_IS.match(form) else None


def endangered(text: str) -> bool | None:
    """Yes or no to whether there is danger. Only a plain no is one: 不知道, 不敢说, 不行了 and 别打我 are none."""
    reply = yes_or_no(text)
    return None if reply is False and _UNSAFE.search(normalise(text).replace(" ", "")) else reply


def agrees(text: str) -> bool | None:
    """Like yes_or_no, for consent: a yes that is a question, or taken back in the same breath, is none."""
    form = normalise(text).replace(" ", "")
    if _INSTEAD.search(form):
        return None
    if _NOT_YET.search(form):
        return False if _NO.match(form) else None
    if _CLEAR_YES.match(form) and not form.endswith(("吗", "么")):
        return True
    return None if _ASKING.search(form) else yes_or_no(text)


def declines_to_say(text: str) -> bool:
    """不清楚, 不想说: an answer to a question, just not a value."""
    return bool(_UNKNOWN.search(normalise(text)))


def only_declines_to_say(text: str) -> bool:
    """不清楚 and nothing else, so that it cannot be about something else."""
    return _NO_MORE_THAN_UNKNOWN.fullmatch(normalise(text).replace(" ", "")) is not None


def chosen(text: str, titles: Sequence[str]) -> int | None:
    """Index of the title that is meant: by ordinal, by key, or by its words. -1 for none of them; None if unclear."""
    form = normalise(text).replace(" ", "")
    if _NONE.search(form):
        return -1
    for index, pattern in enumerate(_ORDINALS[: len(titles)]):
        if pattern.search(form):
            return index
    if _LAST.search(form):
        return len(titles) - 1
    if form == str(len(titles) + 1):
        return -1
    scores = [fuzz.ratio(form, normalise(title).replace(" ", "")) for title in titles]
    best = max(range(len(titles)), key=scores.__getitem__)
    return best if scores[best] >= 75 else None
