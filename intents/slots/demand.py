"""What the citizen wants done: the clause is quoted; the value is the bare wish.

A demand is addressed to somebody who can meet it. What the caller is about to do (我想轻生, 我要点外卖), a report
without a request (我要报警有人打架) and a question (我想咨询) are none.
"""

from __future__ import annotations

import re

from intents.slots.slot import Find

_WHO = (
    r"(?:你们|您们?|他们|她们?|他|对方|商家|物业|中介|老板|房东|公司|店家|学校|医院|派出所|警察"
    r"|民警|[\u4e00-\u9fff]{2,3}公司|施工方|环卫|厂家|酒店|饭店|交警|消防|法院|工商|老师|楼[上下]|邻居|隔壁|对门|工地|客服|开发商|运营商|管委会|村里|居委会?|业委会|4[sS]店|[民交公住教环卫][\u4e00-\u9fff]{1,3}局|市场监管局?|劳动监察|政府|部门|有关部门|相关部门|城管|平台|银行|社区|街道|领导|人家|你)"
)
_HURRY = r"(?:尽快|赶紧|赶快|快点?|马上|立即|立刻|早日)"
_ASK = r"(?!问|知道|咨询|了解|请教|不想|不到|不开|死|是|不要紧|么|不然|起|打听|查一下|问问|请问|看看)"
_REPORT = (
    r"(?:投诉|举报|反映|反应)(?![京津沪苏浙皖闽赣鲁豫鄂粤][A-Za-z])"
    r"(?!(?:一下|下)?(?:一?[个些])?(?:情况|问题|事情?|线索|电话|热线|渠道|平台|的|$|[,.!?\s]))"
)
"""投诉他们乱收费 asks for something; 我要反映一个情况 only begins to speak."""
_CHECK = r"查(?:一下|下|看)?(?=监控|录像|清|处|封|明|办|他|她|对方|这家|那家|是谁|到底)"
_ACT = re.compile(
    rf"{_WHO}?(?:能够|能|可以)?{_HURRY}?(?:{_REPORT}|{_CHECK}"
    r"|退(?!休|税|役|伍|学|团|党|社保|医保|公积金|保)|赔|归还|还(?=[给我钱清款]|$)"
    r"|补(?!办|卡|证|换|缴|领|课)|结清|结算|付清|发(?=工资|钱|薪|货)"
    r"|(?:一个?|个|赔礼)?(?:公开|书面|当面)?(?:道歉|认错)|调解|调查|处理|处罚|解决|惩罚|罚|抓|管|制止|劝|整改|整治"
    r"|表扬|维权|维护|追|讨|要回|拿回|找回|索[赔要]"
    rf"|换(?=一?[家个]|人|货|新)|修(?!车|手机|表)|拆|撤|恢复|停[止工业下手]|安排|派(?!出所)|帮|让|叫(?=[他她你人救])|叫(?={_WHO})"
    rf"|给(?=[我个一]|出|予|他处|{_WHO})(?!我(?:打|转|接|妈|爸))|把(?!户口|社保|医保|公积金|档案|驾照|车牌)|别|不要再?|不再"
    r"|核[实查]|鉴定|协调|联系|救|拖[走车]|挪|清[理除走]|安装|加装|装(?=个|上|路灯)|降低|减[少免]|个?(?:处理)?结果|个?答复|个?解释|个?赔偿|个?公道|个?说法|个?交代|巡逻|多(?=[在来派])"
    r"|答复|回复|公开|申诉|保护|疏[导通]|巡逻|关[停掉闭]|一次(?:性)?|依法|严[肃查惩格厉]|上门|出警|来(?=人|个?人|看|管|调|处|接|救|修|拖|查|[吧啊呀]*(?:[,.;!?]|$))"
    r"|看看|看一下|过来)"
)
"""Something that others do for the caller."""
_WISH = re.compile(
    r"(?:^|(?<=[,.;!?\s])|(?<=我)|(?<=我们)|(?<=就)|(?<=只)|(?<=请)|(?<=,))(?P<clause>"
    r"(?:强烈)?(?:我|我们|咱们|本人)?(?:现在|今天|就|只|就是|还是|也|还|特别|强烈|只是)?"
    r"(?P<lead>要求|希望|请求|恳请|建议|诉求是|想让|想请|想叫|想要(?!回)|要让|只想|只求|只要|就想|求"
    rf"(?!助|救)|盼|想|要|需要|请|麻烦|拜托|能不能|可不可以|能否|可以不可以){_ASK}(?P<rest>"
    rf"(?:能够|能|可以)?(?P<who>{_WHO})?(?:尽快|赶紧|赶快|马上|能|可以|来|把)?"
    r"(?P<wish>[^,.;!?]{2,40}|[退赔](?=[,.;!?]|$))))"
)
_DIRECT = re.compile(
    r"(?:^|(?<=[,.;!?\s])|(?<=我)(?=投诉|举报|反映|表扬)|(?<=我要)|(?<=我想))(?P<clause>(?:(?:你们|快|快点|赶紧|赶快"
    r"|尽快|马上|能|麻烦)*(?:帮我(?!查一下)|帮忙|派(?:个?人|警|车|救护|消防)|叫他们?|让他们?(?![跑逃走溜骗打])"
    rf"|让(?:物业|房东|老板)|给我(?!打|妈|爸|老|转|接)|来个人|来人|{_CHECK}|管管|处理一下|{_REPORT}"
    r"|表扬|维权|退钱|退款|赔钱))[^,.;!?]{0,30})"
)
_STRONG = frozenset({"要求", "希望", "请求", "恳请", "诉求是", "建议"})
_LETTING = frozenset({"想让", "想请", "想叫", "要让"})
_QUESTION = re.compile(r"(?:么|怎么|什么|多少|几|哪|是不是|算不算|可以不|呢|咋|不$)")
_DANGER = re.compile(
    r"^(?:去|就|马上|现在|真的|一起)*(?:自杀|轻生|自残|跳[楼桥河江水下]|[去寻找]?死|割腕|上吊|了[断结]|解脱|喝农药|结束(?:自己|生命|这一切)"
    r"|不想活|杀|砍|捅|弄死|打死|报复|同归于尽|放火|点火|炸|活不下去|[把让][^,.]{1,4}?(?:杀|砍|捅|[弄打去]死|炸))"
)
"""What the caller may do to themselves or to others: a danger, whatever verb of wishing leads it."""
_HEAD = re.compile(
    rf"^(?:(?:让|叫|请)(?={_WHO}))?(?:{_WHO})?(?:能够|能|可以)?(?:{_WHO})?(?:来(?=[把给管处])|(?:尽快|赶紧|赶快|马上)(?=[把给]))?"
)


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The last, strongest wish. `lenient`: the whole answer is the wish."""
    best: Find | None = None
    for match in _WISH.finditer(text):
        confidence = _score(match)
        if confidence and (best is None or confidence >= best.confidence):
            best = Find(_core(match["rest"]), *match.span("clause"), confidence)
    if best is None and (hit := _DIRECT.search(text)):
        best = Find(_core(hit["clause"]), *hit.span("clause"), 0.6)
    said = text.strip(" ,.!?")
    if best is None and lenient and len(said) >= 2 and not _DANGER.match(said.removeprefix("我").lstrip("想要")):
        start = len(text) - len(text.lstrip(" ,.!?"))
        end = len(text.rstrip(" ,.!?"))
        best = Find(text[start:end], start, end, 0.6)
    return best


def _score(match: re.Match[str]) -> float:
    """How surely this is a wish that others can meet; 0 if it is something else."""
    lead, rest = match["lead"], match["rest"]
    if _DANGER.match(rest) or _DANGER.match(_core(rest)):
        return 0.0
    if lead in _STRONG:
        return 0.85
    addressed = lead in _LETTING and match["who"] is not None
    if not (addressed or _ACT.match(rest)) or _QUESTION.search(match["wish"]):
        return 0.0
    return 0.85 if addressed else 0.65


def _core(rest: str) -> str:
    """The wish itself: without the person asked, a polite or hurried beginning, or a closing particle."""
    wish = _HEAD.sub("", rest) or rest
    short = re.sub(
        r"^(?:你们|快点|赶紧|赶快|尽快|马上|麻烦|一?个(?!人)|快(?!递|来))+|(?:[吧啊呀嘛哦]|一下吗|吗|行吗|好吗)+$|(?<=[费款钱金用])[零一二两三四五六七八九十百千万\d.]+(?:块钱?|元)?$",
        "",
        wish,
    )
    return short if len(short) >= 2 else wish
