"""Whether a weapon is in somebody's hand: True, False when that is denied, None when it was not said."""

from __future__ import annotations

import re

from intents.slots.slot import Find

_BLADE = (
    r"(?:(?:水果|菜|砍|西瓜|折叠|弹簧|美工|长|短|尖|大|小|杀猪|柴|镰|剔骨|军|藏|剪|武士|管制"
    r"|片)?刀子?(?![具削口片工闸叉塔鱼])|大?剪子|匕首|斧头|斧子|砍刀|管制刀具)"
)
_GUN = (
    r"(?:(?:手|猎|气|步|电击|射钉|仿真|土)?枪(?![手版毙])|弓弩|电棍|电击棒|电击器|炸药|雷管"
    r"|爆炸物|汽油瓶|燃烧瓶|手榴弹|硫酸)"
)
_TOOL = (
    r"(?:钢管|铁管|水管|铁棍|木棍|棍棒|棍子?|棒球棒|棒子?|锄头|锤子|榔头|铁锤|砖头|砖块?|石头"
    r"|板凳|凳子|椅子|酒瓶|啤酒瓶|玻璃瓶|碎玻璃|铁锹|铁铲|铲子|扳手|针管|针筒|螺丝刀|甩棍|皮带"
    r"|扁担|叉子|钢叉|钢筋|铁链|扫把|拖把|灭火器|高尔夫球杆|球杆|撬棍|汽油|鞭子|家伙|凶器|武器"
    r"|刀具|钳子|砖|扫帚|棒球棍|啤酒瓶|酒瓶子|瓶子|烟灰缸|雨伞|伞|热水|开水|铁板|铁条|木板|竹竿"
    r"|擀面杖|镐|铁镐|耙|弹弓|绳子|火钳|头盔|拐杖|管子|铁器|大锤|大?铁锤|辣椒水|防狼喷雾|铁棒|铁锤|电锯|电钻|镐把|酒杯|杯子|玻璃杯|木头|台球杆|鱼叉|起子|改锥|鱼枪|镐头|铁链子?|锁链|石块|铁杆|晾衣杆|键盘)"
)
_HOLD = (
    r"(?:拿(?:着|了|起|出)?|持(?:着|有)?|带(?:着|了)?|提(?:着|了)?|举(?:着|起)?|挥(?:着|舞)?|抡"
    r"(?:着|起)?|操(?:着|起)?|抄(?:着|起)?|掏出?来?|亮出?|拎(?:着)?|握(?:着)?|动|用|揣着?|别着"
    r"|捏着|抽出"
    r"|扛着|背着|人手|有|拔出|手[里上中](?:有|是|还?拿着?|还?握着?|攥着)?|藏着?)"
)
_COUNT = r"(?:(?:[一两二三几]?)(?:把|根|支|条|个|块|瓶|只|桶))?(?:很?[长大尖]的?)?"
_BENIGN = re.compile(
    r"切菜|做饭|杀鱼|削水果|削苹果|玩具(?:枪|刀)|水枪|充电枪|加油枪|电焊枪|喷枪|筋膜枪|枪战"
    r"|射击馆|打枪游戏|开刀|动刀[^,.]{0,2}手术|(?:医生|医院|手术|大夫)[^,.]{0,8}动刀|磨刀|刀具店|刀削面|剪刀石头布|转笔刀|指甲刀|剃须刀"
    r"|(?:能不能|可以|可不可以|允许|让不让|怎么|能)(?:寄|带|托运|携带|买)[^,.]{0,8}|带刀(?:具)?"
    r"(?:上|坐|进)(?:车|飞机|地铁|高铁|站)[^,.]{0,3}|快递[^,.]{0,3}刀|两把刷子"
)
_DENIED = re.compile(
    rf"(?:没有?|未|都没|也没|没见|没看[见到])(?:看[见到])?(?:人)?(?:{_HOLD})?{_COUNT}"
    rf"(?:{_BLADE}|{_GUN}|{_TOOL}|东西|器械|工具)|没有?动(?:刀|枪|棍)(?:动?[刀枪棍])?|(?:空着手|赤手空拳|空手|徒手|手[里上]?(?:什么|啥)(?:东西)?[都也]没有?|[就是只]用?(?:的)?拳头|没有?(?:动|用|拿|带|抄)(?:家伙|东西|器械|工具|刀|棍子?|武器|凶器))"
)
_EMPTY_HANDED = re.compile(r"什么(?:东西)?[都也]没(?:有?拿|带|用|有)|没(?:拿|带|用)什么")
"""A denial only in answer to the question; elsewhere a burglar took nothing."""
_UNSAID = re.compile(
    rf"(?:不(?:清楚|知道|确定))?(?:有没有|是不是|是否)(?:{_HOLD})?{_COUNT}(?:{_BLADE}|{_GUN}|{_TOOL}|东西)|[^,.]{{0,6}}没看清"
)
_ARMED = re.compile(
    rf"{_HOLD}{_COUNT}(?:{_BLADE}|{_GUN}|{_TOOL})|(?:{_BLADE}|{_GUN})[^,.]{{0,4}}(?:砍|捅|刺|架"
    rf"|威胁|划|扎|指着|顶着|追)|(?:{_TOOL})[^,.]{{0,3}}(?:砸|打)(?:人|我|他|她)"
    rf"|(?:捅|砍)了?(?:我|他|她|人)?[一两三几]?刀|持(?:刀|枪|械|棍)|把(?:硫酸|汽油|砖头|石头|椅子|凳子|瓶子|酒瓶|刀子?)[^,.]{{0,2}}(?:泼|砸|扔|丢|捅|浇)|动刀|开枪|亮刀|刀架|拔刀"
)
_ATTACK = re.compile(r"[^,.]{0,4}(?:砸|打|捅|敲|抽|威胁|追|戳|扎|泼|勒|砍)")
_HARMLESS_TOOL = re.compile(
    rf"(?:有|带|动){_COUNT}(?:{_TOOL})$|用{_COUNT}(?:皮带|扫把|拖把|水管|石头|砖头?|灭火器|铲子|汽油|扳手)$"
)


def find(text: str, *, lenient: bool = False) -> Find | None:
    """True when an armed person is described. `lenient`: naming the thing is enough."""
    masked = text
    for pattern in (_BENIGN, _UNSAID):
        masked = pattern.sub(lambda match: "□" * len(match[0]), masked)
    denied = _DENIED.search(masked) or (_EMPTY_HANDED.search(masked) if lenient else None)
    rest = _DENIED.sub(lambda match: "□" * len(match[0]), masked)
    for armed in _ARMED.finditer(rest):
        harmless = _HARMLESS_TOOL.match(armed[0])
        if re.search(r"(?:钳子|伞|管子|绳子|水管|拐杖|头盔|热水|开水|竹竿|瓶子)$", armed[0]) and not _ATTACK.match(
            rest, armed.end()
        ):
            continue
        if lenient or not harmless or re.match(r"[^,.]{0,3}(?:砸|打|捅|敲|抽|威胁|追|烧|泼)", rest[armed.end() :]):
            return Find(True, *armed.span(), 0.9)
    if lenient and not denied and (named := re.search(rf"{_BLADE}|{_GUN}|{_TOOL}", rest)):
        return Find(True, *named.span(), 0.75)
    return Find(False, *denied.span(), 0.9) if denied else None
