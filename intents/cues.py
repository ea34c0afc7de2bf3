"""What kind of sentence it is: a question about rules, something happening, a wish to report, a way to control us.

Cues only tilt a close decision between a consultation and a matter; they never decide alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_QUESTION = re.compile(
    r"吗|么$|嘛$|不$|没$|怎么|怎样|如何|咋|啥|多少|几点|几天|几个月|几岁|几年|几针|什么|哪里|哪儿|哪个|去哪|要不要|能不能|可不可以|"
    r"可以.{0,8}不|行不行|好不好办|算不算|是不是|有没有|合不合|合法|违法|犯法|规定|标准|流程|条件|材料|手续|会不会|多久|多长|"
    r"谁赔|谁出|谁管|算谁|咨询|请问|想问|问一下|问下|问问|了解一下|需要带|要带|办理|申请|资格|政策|补贴|有权|怎么算|该不该"
)
_HAPPENING = re.compile(
    r"现在|正在|刚才|刚刚|刚|还在|又在|又开始|一直|快来|赶紧|马上|凌晨|半夜|大半夜|已经|突然|吵得|睡不着|受不了|"
    r"被(?!骗)|把我|给我|我家|我们|我的|不让|不给|不还|不退|不修|没人|好几天|几天了|[一二三四五六七八九十两\d]+(天|个月|年|周|次|回)了"
)
_REPORT = re.compile(
    r"投诉|举报|反映|曝光|管不管|管一管|管管|没人管|来人|派人|处理一下|解决一下|帮我(们)?(处理|解决|找|协调|调解)|天天|每天|老是|总是|"
    r"太过分|欺负人|要求|希望你们|建议|表扬|感谢|要说法|讨个说法"
)
_PAST = re.compile(r"昨天|前天|上周|上个月|去年|前年|以前|之前|当时|那年|小时候")
_FICTION = re.compile(r"电视剧|电影|小说|剧本|游戏|新闻|梦见|做梦|故事|演习|演练|歌词|视频里|短视频|网上看到")
_NEGATION = re.compile(r"没有|没|不是|并非|未|别|误报|按错")


class Control(StrEnum):
    """Ways a citizen steers the conversation."""

    HUMAN = "human"
    REPEAT = "repeat"
    SLOWER = "slower"
    LOUDER = "louder"
    CORRECT = "correct"
    NOT_THAT = "not_that"
    CANCEL = "cancel"
    BYE = "bye"


_CONTROLS: tuple[tuple[Control, re.Pattern[str]], ...] = (
    (
        Control.HUMAN,
        re.compile(
            r"(?<![付欠])转?人工(?!作|智|湖|资|费|钱|窗口|流产|[授受人]|岛|呼吸|[增降]雨|养殖|草)|真人(?!秀|版|真事|cs|游戏)|"
            r"不要机器|不跟机器|别用机器|(?:找|换|叫|喊|要)个?活人|(?:找|叫|换|喊)个?人(?:工|来?(?:跟|和|说(?![开和])|接|听))|叫个人$|"
            r"(?:转|接|找|换|叫|喊|要|给)个?(?:接线员|话务员|坐席|座席)|(?:转|接|换)个?客服|^(?:接线员|话务员|客服)(?:人员)?$|"
            r"转(?:接)?(?:到)?(?:客服|坐席|座席|接警员|110|幺幺零|12345|警察|民警)$|(?:我要|帮我|给我)(?:转|接|找)(?:个)?人$"
        ),
    ),
    (Control.NOT_THAT, re.compile(r"^我?(?:说的)?(?:不是|不对|没)+要?(?:这个意思|问这个|说这个|这回事|这件事)|答非所问|没听懂我|你理解错|都不是(?!我的)|不是我要的|以上都不是")),
    (
        Control.CORRECT,
        re.compile(
            r"^(?:不对|不是|等等|等一下|对不起|不好意思|抱歉|啊|哦)*(?:我)?(?:刚才|刚刚|前面|上面)?(?:的)?(?:地址|地点|电话|号码|时间|名字)?"
            r"(?:是)?(?:(?:说|讲|写|报)错(?!过|话)|打错(?:字|别字|了?是|了?应该)|更正|纠正一下|改一下|应该是)|^(?:不是|不对).{0,10}应该是|^我?(?:刚才|刚刚).{0,8}应该是"
        ),
    ),
    (
        Control.REPEAT,
        re.compile(
            r"^(?:请|麻烦)?(?:你)?(?:再)?(?:重复|重说|再说)(?:一遍|一次|一下)?$|再(?:说|讲|念)一(?:遍|次)|刚才说(?:的)?(?:什么|啥)|"
            r"^(?:我|刚才|刚刚|不好意思|对不起|你说什么|你说的)*(?:没听清|没听见|没听到|听不清|听不见)楚?(?:$|你|再|麻烦|请|刚才)"
        ),
    ),
    (
        Control.SLOWER,
        re.compile(
            r"(?:说|讲|念)得?(?:太快|慢一?点|慢些|慢慢)|^(?:请|你|麻烦|能不能|可不可以|可以)*(?:慢一?点|慢些|慢慢)(?:说|讲|念)|"
            r"^(?:请|你|麻烦|能不能|可不可以|可以)*(?:太快了?|慢一?点|慢些)(?:吧|吗|好吗|行吗)?$"
        ),
    ),
    (Control.LOUDER, re.compile(r"^(?:请|你|麻烦|能不能|可不可以|可以|说话|说)*(?:大声一?点|声音大一?点|大点声)|^(?:你的?|这边)?声音太小|^我?听不到声音")),
    (Control.CANCEL, re.compile(r"^(?:算了|取消|不(?:用|要|必)(?:了|办了|转了|登记|提交|报了|管了)?|不办了|不报了|不说了|没事了|算了不.{0,6})$")),
    (Control.BYE, re.compile(r"^(?:再见|拜拜|挂了|挂了啊|先挂了|那就这样|就这样吧?|没有别的(?:事|了)?|没了谢谢|没有了|没别的了?)$")),
)  # fmt: skip


@dataclass(frozen=True)
class Cues:
    """Tilt of a sentence. Each field is the words that showed it, or None."""

    question: str | None
    happening: str | None
    report: str | None
    past: str | None
    fiction: str | None
    negation: str | None

    @property
    def asks(self) -> bool:
        """Looks like a question about rules rather than a report."""
        return self.question is not None and self.report is None

    @property
    def reports(self) -> bool:
        """Looks like something to be acted on."""
        return self.report is not None or (self.happening is not None and self.question is None)


def read_cues(text: str) -> Cues:
    """Cues of normalised text."""
    return Cues(*(_first(p, text) for p in (_QUESTION, _HAPPENING, _REPORT, _PAST, _FICTION, _NEGATION)))


def read_control(text: str) -> Control | None:
    """The control a short normalised sentence expresses, or None. Long sentences carry content: only 人工 counts."""
    compact = text.replace(" ", "")
    for control, pattern in _CONTROLS:
        hit = pattern.search(compact)
        if hit and (len(compact) <= 16 or (control is Control.HUMAN and len(compact) <= 30)):
            return control
    return None


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    hit = pattern.search(text)
    return hit.group() if hit else None
