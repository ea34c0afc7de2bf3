"""Who is involved, as said: a count (三个人, 两男一女), a description (一个老人) or kin (我爸)."""

from __future__ import annotations

import re
from functools import lru_cache

from intents.slots.kinds import kind, matches
from intents.slots.slot import Find

_N = (
    r"(?:\d{1,4}|[一二两三四五六七八九十百]{1,4}|好几十?|十几|几十?|二十多|三十多|\d+多"
    r"|[一二三四五六七八九]?十多|[一二三四五六七八九]?十来|上百|百来|几百)"
)
_NOUN = (
    r"(?:(?:年轻|喝醉|喝多了?|陌生|外地|穿\w{1,3}衣服|戴\w{1,3}|光头|胖|瘦|高个|黑衣|小|老|中年"
    r"|成年|未成年|\d{1,2}岁)的?)?"
    r"(?:老人家?|老太太|老奶奶|老大爷|老爷子|老头子?|老伯|阿姨|大爷|大妈|大叔|男孩子?|女孩子?"
    r"|男生|女生|男的|女的|男人|女人|男子|女子|男|女"
    r"|小孩子?|孩子|小朋友|小伙子?|小姑娘|姑娘|大人|婴儿|宝宝|学生|工人|民工|员工|同事|邻居"
    r"|司机|师傅|乘客|保安|城管|顾客|醉汉"
    r"|小年轻|生人|工友|老师|医生|护士|朋友|亲戚|亲人|业主|住户|民警|男生|娃|年轻人|陌生人"
    r"|外地人|老外|外卖小哥|外卖员|骑手|快递员|小哥|大哥|大姐|大嫂|壮汉|小?混混|疯子|流浪汉|妇女|孕妇|老汉|客人|旅客|游客|群众"
    r"|青年|小青年|社会青年|服务员|工作人员|残疾人|租客|家长|职工|农民|村民|顾客|代驾|病人|伤员|警察|城管队员|队员|渔民|船员|矿工|老乡|护工|店员|营业员|房客|人员|人)"
)
_LOOKS = (
    r"(?:(?:穿|戴|背|留|染|拿|骑|开|剃|喝|光)[^,.个在把被]{1,8}的|纹身的|喝醉的|喝多的|胖胖的|瘦瘦的|要饭的|收废品的|碰瓷的"
    r"|摆摊的|送外卖的|看门的|管事的|带头的|蒙面的|戴口罩的)"
)
KIN = (
    r"(?:爸妈|父母|爸爸?|妈妈?|哥哥?|姐姐?|弟弟?|妹妹?|老公|老婆|儿子|女儿|闺女|孩子|小孩|宝宝"
    r"|爷爷|奶奶|外婆|外公|媳妇|丈夫|妻子|对象"
    r"|男朋友|女朋友|前夫|前妻|室友|朋友|同事|同学|父亲|母亲|岳父|岳母|公公|婆婆|孙子|孙女|女婿"
    r"|老伴|舅舅|叔叔|姑姑|阿姨|侄子|侄女|外甥女?|姐夫|妹夫|嫂子|妹妹?|表[哥弟姐妹]"
    r"|堂[哥弟姐妹]|爹|娘(?!家)|娃|工友|邻居|老乡|丈母娘|婆家|弟媳|儿媳)"
)
_COUNTED = rf"{_N}(?:个|名|位){_NOUN}"
_WITH = r"(?:和|跟|带着?|还有|与)"
_KINDS = (
    kind(rf"{_N}[男女]{_N}[男女]", 0.93, "男女"),
    kind(
        rf"一家(?:{_N}口|老小)|全家(?:{_N}口)|祖孙{_N}|母[女子]俩|父[女子]俩|夫妻俩|兄弟俩|我们俩"
        rf"|我们{_N}个(?!月|小时|星期|礼拜|人|{_NOUN})|俩(?:人|男的|女的|老人|孩子|小孩|小伙子?|口子)|仨人?"
        r"|老两口|小两口",
        0.9,
        "家孙母父夫兄俩仨们口",
    ),
    kind(rf"{_COUNTED}(?:[和跟、]|还有|带着?)?{_COUNTED}", 0.92, "个名位"),
    kind(rf"{_COUNTED}|{_N}号人", 0.88, "个名位号"),
    kind(rf"一(?:个|名|位)?{_LOOKS}{_NOUN}", 0.89, "的"),
    kind(rf"{_N}(?:个|名|位){_LOOKS}(?=[,.!?\s]|$|在|拿|把|跟|要|站|坐|蹲|守|打|骂|堵|抢|追|来|跑|过)", 0.88, "个名位"),
    kind(r"[一两几][群帮伙拨](?:人|学生|小孩|小年轻|年轻人|男的|工人|民工|老人|社会青年|小混混)", 0.85, "群帮伙拨"),
    kind(rf"[我咱](?:一个人)?{_WITH}(?:我的?)?(?:两个|{_N}个)?{KIN}", 0.82, "我咱"),
    kind(rf"有个{_NOUN}", 0.8, "个"),
    kind(
        rf"{_N}人(?=[,.!?\s]|$|受|在|堵|闹|聚|住|吵|从|打|都|没|伤|晕|昏|死|落|掉|受伤|打架|被困|围"
        r"|打我|打他|拿|在)",
        0.75,
        "人",
    ),
    kind(r"就我一个人?|我一个人|只有我", 0.7, "我"),
    kind(rf"(?<=[我咱]家){KIN}", 0.6, "家"),
    kind(rf"(?<!别打)[我咱](?:家)?的?{KIN}(?!的?电话|的?手机|单位|学校|上班)", 0.62, "我咱"),
    kind(rf"(?:十几|好几|{_N})个(?=[,.!?\s]|$|叫|流|受伤|晕|倒|昏|拿|打|被|在|跑|围)", 0.5, "个"),
    kind(
        r"(?<!人家)(?:老公|老婆|儿子|女儿|闺女|老爸|老妈|爷爷|奶奶|外婆|外公|孙子|孙女|老伴|工友"
        r"|室友|女娃|男娃|女孩|男孩|母亲|父亲)|老太太|老奶奶|老大爷|老爷子|老头子?|老人家?|小孩子?"
        r"|孩子|小姑娘|小伙子|醉汉|婴儿|大妈|大爷|大叔|外卖小哥|孕妇",
        0.5,
    ),
    kind(r"(?<![找叫喊的])(?:保安|外卖员|快递员|乘客|环卫工|工人(?!路|村|文化))(?!室|亭|队)", 0.42, "安员客工"),
)
_NOT_PEOPLE = re.compile(r"(?:个人(?:信息|隐私|所得|账户|征信|缴|社保|办|独资|简历|名义))")


@lru_cache(maxsize=8)
def _matches(text: str) -> tuple[tuple[re.Match[str], float], ...]:
    """Every mention of people; asked twice of one sentence, for its people and for its place."""
    return matches(_KINDS, text)


def spans(text: str) -> list[tuple[int, int]]:
    """Words that count or describe people, for extractors that must not read them."""
    return [match.span() for match, weight in _matches(text) if weight >= 0.7]


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The best count or description; the first said if several are equal."""
    best: Find | None = None
    for match, confidence in _matches(text):
        if (best is None or confidence > best.confidence) and not _NOT_PEOPLE.search(
            text[match.start() : match.end() + 3]
        ):
            best = Find(match[0].replace(" ", ""), *match.span(), confidence)
    if best is None and lenient and (hit := _LOOSE.search(text)):
        return Find(hit[0], *hit.span(), 0.6)
    return best


_LOOSE = re.compile(rf"{_N}(?:个|名|位|人)?(?!点|月|天|号|小时)|我自己|{KIN}|{_NOUN}")
