"""What the caller is called: 我叫张三, 我姓李, 我是王女士; kept as said, no gender is guessed."""

from __future__ import annotations

import re

from intents.slots.slot import Find

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆"
    "汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔"
    "伍庞颜倪庄聂章鲁岳翟申詹欧耿关兰焦俞左柳甘祝包宁尚符舒阮纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍"
    "华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞"
    "姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|夏侯|皇甫|尉迟|公孙|令狐|东方|南宫|端木"
_TITLE = "先生|女士|小姐|太太|阿姨|大爷|大妈|大姐|师傅|老师|同志|奶奶|爷爷|经理|医生"
_SURNAME = rf"(?:{_DOUBLE}|[{_SURNAMES}])"
_GIVEN = (
    r"(?:(?!电话|手机|联系|号码|今年|住|在|是|的|我|家|有|要|想|就|不|了|给|来|报警|举报|身份"
    r"|男|女|先生|女士)[\u4e00-\u9fff]){1,2}?"
)
_END = (
    r"(?=$|[^\u4e00-\u9fff]|电话|手机|联系|号码|今年|住|在|是|的|我|家|有|要|想|就|不|来|报警"
    r"|举报|身份|男|女|先生|女士)"
)
_CALLED = re.compile(rf"(?:我叫|名字叫|名字是|我的名字|姓名是?|我是|叫我)(?P<name>{_SURNAME}{_GIVEN}){_END}")
_TITLED = re.compile(rf"(?:我是|叫我|我姓|我,|^)(?P<name>{_SURNAME}(?:{_TITLE}))")
_NICK = re.compile(rf"(?:叫我|称呼我)(?P<name>[小老阿]{_SURNAME})")
_FAMILY = re.compile(rf"(?:我|免贵|敝|本人)(?P<name>姓{_SURNAME})(?!名)")
_REPLY = re.compile(
    rf"^(?:嗯|哦|我|是|就|叫|姓名|名字|[,:\s])*(?P<name>{_SURNAME}{_GIVEN}|{_SURNAME}"
    rf"(?:{_TITLE})|姓?{_SURNAME})[.,!啊吧]*$"
)
_NOT_NAMES = frozenset({"时候", "马上", "高兴", "明明", "明天", "全部", "成年", "和他", "时间", "单位", "路过", "明白"})


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The caller's name as said. `lenient`: the sentence answers 怎么称呼."""
    patterns = ((_TITLED, 0.9), (_CALLED, 0.85), (_FAMILY, 0.85), (_NICK, 0.8)) + (((_REPLY, 0.7),) if lenient else ())
    for pattern, confidence in patterns:
        match = pattern.search(text)
        if match and match["name"] not in _NOT_NAMES:
            return Find(match["name"], *match.span("name"), confidence)
    return None
