"""What the citizen wants done: the clause is quoted; the value is the bare wish."""

from __future__ import annotations

import re

from intents.slots.slot import Find

_WHO = (
    r"(?:你们|您们?|他们|她们?|他|对方|商家|物业|中介|老板|房东|公司|店家|学校|医院|派出所|警察"
    r"|民警|政府|部门|有关部门|相关部门|城管|平台|银行|社区|街道|领导|人家|你)"
)
_ASK = r"(?!问|知道|咨询|了解|请教|不想|不到|不开|死|是|不要紧|么|不然|起|打听|查一下|问问|请问|看看)"
_WISH = re.compile(
    r"(?:^|(?<=[,.;!?\s])|(?<=我)|(?<=我们)|(?<=就)|(?<=只)|(?<=请)|(?<=,))(?P<clause>"
    r"(?:强烈)?(?:我|我们|咱们|本人)?(?:现在|今天|就|只|就是|还是|也|还|特别|强烈|只是)?"
    r"(?P<lead>要求|希望|请求|恳请|建议|诉求是|想让|想请|想叫|想要|要让|只想|只求|只要|就想|求"
    rf"(?!助|救)|盼|想|要|需要|请|麻烦|拜托|能不能|可不可以|能否|可以不可以){_ASK}"
    rf"(?:能够|能|可以)?{_WHO}?(?:尽快|赶紧|赶快|马上|能|可以|来|把)?(?P<wish>[^,.;!?]{{2,40}}))"
)
_DIRECT = re.compile(
    r"(?:^|(?<=[,.;!?\s])|(?<=我)|(?<=我要)|(?<=我想))(?P<clause>(?:(?:你们|快|快点|赶紧|赶快"
    r"|尽快|马上|能|麻烦)*(?:帮我(?!查一下)|帮忙|派人?|叫他们?|让他们?|让物业|让房东|让老板"
    r"|给我(?!打|妈|爸|老)|来个人|来人|查一下|管管|处理一下)|投诉|举报|报警|反映|表扬|维权|退钱"
    r"|退款|赔钱)[^,.;!?]{0,30})"
)
_STRONG = frozenset({"要求", "希望", "请求", "恳请", "诉求是", "想让", "想请", "想叫", "要让", "建议"})
_QUESTION = re.compile(r"(?:吗|么|怎么|什么|多少|几|哪|是不是|算不算|可以不|呢|咋|不$)")
_HEAD = re.compile(rf"^(?:{_WHO})?(?:能够|能|可以)?(?={_WHO}?)(?:{_WHO})?")


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The last, strongest wish. `lenient`: the whole answer is the wish."""
    best: Find | None = None
    for match in _WISH.finditer(text):
        start, end = match.span("clause")
        confidence = 0.85 if match["lead"] in _STRONG else 0.65
        if _QUESTION.search(match["wish"]) and match["lead"] not in _STRONG:
            confidence = 0.35
        if best is None or confidence >= best.confidence:
            best = Find(_core(match), start, end, confidence)
    if best is None and (hit := _DIRECT.search(text)):
        best = Find(_strip(hit["clause"]), *hit.span("clause"), 0.6)
    if best is None and lenient and len(text.strip(" ,.!?")) >= 2:
        start = len(text) - len(text.lstrip(" ,.!?"))
        end = len(text.rstrip(" ,.!?"))
        best = Find(text[start:end], start, end, 0.6)
    return best


def _core(match: re.Match[str]) -> str:
    """The wish itself: what follows the verb of wishing and the person asked."""
    rest = match["clause"][match.end("lead") - match.start("clause") :]
    return _strip(_HEAD.sub("", rest) or rest)


def _strip(wish: str) -> str:
    """Without a polite or hurried beginning or a closing particle."""
    short = re.sub(
        r"^(?:你们|快点|赶紧|赶快|尽快|马上|麻烦|快(?!递|来))+|(?:[吧啊呀嘛哦]|一下吗|吗|行吗|好吗)+$",
        "",
        wish,
    )
    return short if len(short) >= 2 else wish
