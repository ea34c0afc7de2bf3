"""A small hand-made front desk for tests: few intents, few rules, and phrases that say their own name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from itertools import combinations
from typing import Any

from conversation import (
    Action,
    Amend,
    Ask,
    Connect,
    Engine,
    Event,
    Filed,
    Handoff,
    HungUp,
    Keyed,
    Knowledge,
    Located,
    Offer,
    OperatorJoined,
    OperatorLeft,
    Phrases,
    Said,
    Say,
    Silence,
    State,
    parse_phrases,
)
from handoff import CaseDraft, Channel, FieldName, Queue
from handoff.forms import Form, parse_forms
from handoff.triage import Triage, parse_triage
from intents.catalogue import Answer, Catalogue, Consult, Guidance, Matter, Outside, Smalltalk
from intents.lexicon import Lexicon
from intents.matcher import Matcher
from intents.safety import SafetyScreen, parse_safety
from intents.training import train_catalogue
from intents.understanding import Reading, Understanding

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NUMBER = "202603020001"
CODE = "735911"

Entry = Consult | Matter | Smalltalk | Outside


def consult(name: str, *examples: str, **changes: Any) -> Consult:
    content: dict[str, Any] = {
        "id": name,
        "kind": "consult",
        "category": "户籍",
        "title": examples[0],
        "examples": examples,
        "answer": Answer(chat=f"网页上的回答：{examples[0]}", phone=f"电话里的回答：{examples[0]}"),
        "applies_to": "浙江省",
        "varies": ("窗口时间",),
        "source": "省政府网站",
        "basis": "looked_up",
        "checked": date(2026, 1, 5),
    }
    return Consult(**{**content, **changes})


def matter(name: str, *examples: str, **changes: Any) -> Matter:
    content: dict[str, Any] = {
        "id": name,
        "kind": "matter",
        "category": "城市管理",
        "title": examples[0],
        "examples": examples,
        "queue": "12345",
        "route": "12345_help",
        "priority": "P4",
        "form": "help",
        "consent": True,
        "advice": f"提醒：{examples[0]}",
        "guidance": Guidance(),
    }
    return Matter(**{**content, **changes})


def danger(name: str, *examples: str, **changes: Any) -> Matter:
    """A P1 matter of the 110 desk."""
    content: dict[str, Any] = {
        "queue": "110",
        "route": "110_emergency",
        "priority": "P1",
        "form": "emergency",
        "consent": False,
    }
    return matter(name, *examples, **{**content, **changes})


def smalltalk(name: str, *examples: str, reply: str = "您好呀") -> Smalltalk:
    return Smalltalk(id=name, kind="smalltalk", title=examples[0], examples=examples, reply=reply)


def outside(name: str, *examples: str, reply: str = "这个办不了") -> Outside:
    return Outside(id=name, kind="outside", title=examples[0], examples=examples, reply=reply)


ENTRIES: tuple[Entry, ...] = (
    consult(
        "id_card", "身份证丢了怎么补办", "补办身份证要什么材料",
        title="身份证补办", related=("street_light",), volatile=True,
    ),
    consult("id_card_fee", "补办身份证多少钱", "身份证工本费是多少", title="身份证工本费"),
    consult("noise_hours", "几点以后放音乐算扰民", "装修时间有什么规定", title="噪声时间规定", category="环境"),
    matter("street_light", "路灯坏了好几天没人修", "我们小区门口的路灯不亮", title="路灯不亮"),
    matter(
        "night_noise", "楼上半夜还在砸地板吵得睡不着", "凌晨了隔壁还在放音乐",
        title="夜间噪声", queue="110", route="110_nonemergency", priority="P3", form="report", code="209900",
    ),
    matter(
        "neighbour_fight", "邻居堵在门口推推搡搡", "邻居把我推倒在楼道里",
        title="邻居打架", queue="110", route="110_emergency", priority="P2", form="report", consent=False,
    ),
    matter(
        "tip_off", "我要举报有人开赌场", "举报楼下棋牌室赌博",
        title="举报赌博", route="12345_report", priority="P3", appeal_type="举报", confidential=True, form="wish",
    ),
    matter("thanks_police", "我要表扬派出所的小王", title="表扬", route="12345_thanks", form="wish"),
    danger("fire", "我家厨房着火了", "楼道里全是浓烟", title="火灾", route="linkage_119", linkage=("119",)),
    danger("weapon_fight", "有人拿刀在街上砍人", title="持刀伤人"),
    danger("suicide_self", "我站在楼顶不想活了", title="自述轻生", form="care"),
    danger("gas_smell", "厨房里一股煤气味", title="燃气泄漏", linkage=("燃气公司",)),
    danger("silent_call", "嘘小点声隔壁屋里盯着呢", title="不便说话", form="care"),
    danger("cry_for_help", "救命啊快来人", title="只喊救命", queue="any", route="clarify_emergency"),
    matter(
        "demand_human", "我不要机器人转人工", "找个真人跟我说",
        title="要人工", queue="any", route="handoff_human", priority="P3",
    ),
    matter("opening", "我要反映一个情况", "有个事要麻烦你们", title="空泛开场", queue="any", route="clarify"),
    smalltalk("hello", "你好你好在吗", "早上好呀", reply="您好，请讲。"),
    outside("homework", "帮我写一篇作文作业", "替我算一算命", reply="作业要自己写。"),
)  # fmt: skip
"""Titles, forms and routes chosen so that each step of the engine has one intent of its own."""

SAFETY: dict[str, Any] = {
    "idioms": ["火锅|发火", "气死"],
    "negated": ["(没有?|不是)(着火|拿刀|漏气|煤气味)"],
    "calm": "虚惊一场|按错了",
    "fiction": "电视剧|演习",
    "questions": "怎么办理|会不会判|万一",
    "past": "去年|以前",
    "live": "现在|正在|快来",
    "concepts": {"人": "人|孩子|他|她", "火": "着火|起火|浓烟", "刀": "刀|斧", "打": "砍|打我"},
    "rules": [
        {"matter": "fire", "flag": "fire", "all": ["火"], "unless": ["烧烤"]},
        {"matter": "weapon_fight", "flag": "weapon", "all": ["刀", "打|追"], "past": "block"},
        {
            "matter": "suicide_self", "flag": "self_harm", "all": ["不想活|跳楼|轻生"],
            "question": "keep", "past": "keep",
        },
        {"matter": "gas_smell", "flag": "gas", "all": ["煤气(味|漏)"], "question": "keep"},
    ],
    "doubts": [
        {"matter": "silent_call", "flag": "silent", "any": "点.{0,2}外卖", "unless": ["投诉"]},
        {"matter": "fire", "flag": "fire", "any": "锅糊了", "context": "烟"},
    ],
    "sounds": [
        {"word": "轻生", "like": ["轻声"], "context": "想|要", "unless": "轻声细语"},
        {"word": "着火", "like": ["早火"], "context": "楼|家", "unless": "早火锅"},
    ],
}  # fmt: skip

TRIAGE: dict[str, Any] = {
    "routes": {
        name: {"title": name, "queue": queue, "who": f"来的人：{name}", "form": "help"}
        for name, queue in {
            "110_emergency": "110",
            "110_nonemergency": "110",
            "joint_110_lead": "110",
            "linkage_119": "110",
            "12345_help": "12345",
            "12345_report": "12345",
            "12345_thanks": "12345",
            "handoff_human": "12345",
            "clarify": "12345",
            "clarify_emergency": "110",
        }.items()
    },
    "raises": [
        {"why": "有人受伤", "words": "流血|受伤", "unless": "没受伤", "matters": ["neighbour_fight"], "priority": "P1"},
        {"why": "动手了", "words": "动手", "matters": ["night_noise"], "priority": "P2", "route": "110_emergency"},
        {"why": "砸到人", "words": "砸到人", "matters": ["street_light"], "priority": "P1", "linkage": ["120"]},
    ],
}  # fmt: skip

FORMS: dict[str, Any] = {
    "emergency": {"title": "紧急", "slots": ["location", "injury", "weapon"]},
    "care": {"title": "劝助", "slots": ["location"], "ask": {"location": "«care location»"}},
    "report": {"title": "报警", "slots": ["location", "injury"], "after": ["phone"]},
    "help": {"title": "求助", "slots": ["location"], "after": ["phone"]},
    "wish": {"title": "建议", "slots": []},
}

_FILLED = {
    "read_back": "value",
    "consent": "desk title place who",
    "consent_place": "location",
    "filed": "desk number access_code",
    "filed_urgent": "desk number access_code",
    "filed_human": "desk number access_code",
    "thanks_more": "desk",
    "still_here": "desk",
    "operator_here": "name",
}


def phrases() -> Phrases:
    """Every phrase is its own name in «», followed by the placeholders that it is filled with."""
    document: dict[str, Any] = {
        name: f"«{name}»" + "".join(f"[{{{word}}}]" for word in _FILLED.get(name, "").split())
        for name in Phrases.model_fields
    }
    document["ask"] = {name.value: f"«ask {name}»" for name in FieldName}
    document["ask_urgent"] = {name.value: f"«urgent {name}»" for name in FieldName}
    document["ask_again"] = {"location": "«again location»", "other": "«again other»"}
    document["read_back_yes"], document["read_back_no"] = "对", "不对"
    document["read_back_surnames"] = {"黄": "草头黄", "王": "三横王"}
    document["desks"] = {"110": "110台", "12345": "12345线"}
    document["consent_yes"], document["consent_no"] = "可以", "先不转"
    document["none_of_these"], document["report_prefix"] = "都不是", "我要反映："
    return parse_phrases(document)


def screen(**changes: Any) -> SafetyScreen:
    return parse_safety({**SAFETY, **changes})


def understanding(entries: Iterable[Entry] = ENTRIES, **safety: Any) -> Understanding:
    catalogue = Catalogue(entries)
    return Understanding(catalogue, screen(**safety), matcher(catalogue))


def matcher(catalogue: Catalogue, lexicon: Lexicon | None = None) -> Matcher:
    """A matcher trained on this catalogue, now."""
    lexicon = lexicon or Lexicon()
    return Matcher(catalogue, lexicon, train_catalogue(catalogue, lexicon))


def triage() -> Triage:
    return parse_triage(TRIAGE)


def forms() -> dict[str, Form]:
    return dict(parse_forms(FORMS))


@cache
def small_knowledge() -> Knowledge:
    """Built once: it is never changed."""
    return Knowledge(understanding(), triage(), forms(), phrases())


def titles(reading: Reading) -> list[str]:
    """Of its candidates that can be offered, as they are offered, best first."""
    found = [small_knowledge().catalogue[each.intent] for each in reading.candidates]
    return [
        f"我要反映：{each.title}" if isinstance(each, Matter) else each.title
        for each in found
        if isinstance(each, Consult) or (isinstance(each, Matter) and each.queue != "any")
    ]


def muddled(at_least: float, below: float) -> str:
    """Words of three matters and consultations and one that is none, understood with a confidence in this range.

    Which words these are depends on how the model was fitted; that there are some does not.
    """
    ours = ["装修", "门口", "补办", "路灯", "半夜", "规定", "楼下", "音乐", "小区", "材料", "几点", "坏了"]
    know = small_knowledge().understanding
    for words in combinations(ours, 3):
        for other in ("作文", "作业", "算命"):
            reading = know.read(["".join((*words, other))])
            first = know.catalogue[reading.candidates[0].intent]
            in_range = at_least <= reading.confidence < below
            if in_range and isinstance(first, Consult | Matter) and not reading.dangers and len(titles(reading)) > 3:
                return reading.text
    raise AssertionError(f"nothing is understood with a confidence from {at_least} to {below}")


class Talk:
    """A conversation with the bare engine. A Handoff is answered with Filed, as the service does it."""

    def __init__(
        self,
        know: Knowledge | None = None,
        channel: Channel = Channel.WEBCHAT,
        entry: Queue | None = None,
        caller: str | None = None,
        *,
        files: bool = True,
    ) -> None:
        self.engine = Engine(know or small_knowledge())
        self.state: State = self.engine.start(channel, entry=entry, caller_number=caller)
        self.files = files
        self.filed = 0
        self.actions: tuple[Action, ...] = ()

    def on(self, event: Event) -> Talk:
        """Handle one event; `actions` are those of this event alone, filing included."""
        self.state, actions = self.engine.handle(self.state, event, NOW)
        done: list[Action] = []
        waiting = list(actions)
        while waiting:
            action = waiting.pop(0)
            done.append(action)
            if isinstance(action, Handoff) and self.files:
                self.filed += 1
                filed = Filed(number=f"{int(NUMBER) + self.filed - 1}", access_code=CODE)
                self.state, more = self.engine.handle(self.state, filed, NOW)
                waiting.extend(more)
        self.actions = tuple(done)
        return self

    def say(self, *alternatives: str) -> Talk:
        return self.on(Said(alternatives=alternatives))

    def key(self, key: str) -> Talk:
        return self.on(Keyed(key=key))

    def silence(self) -> Talk:
        return self.on(Silence())

    def hang_up(self) -> Talk:
        return self.on(HungUp())

    def locate(self, label: str | None = None, accuracy: float | None = None) -> Talk:
        return self.on(Located(latitude=30.25, longitude=120.16, accuracy=accuracy, label=label))

    def join(self, name: str = "110席") -> Talk:
        return self.on(OperatorJoined(name=name))

    def leave(self) -> Talk:
        return self.on(OperatorLeft())

    @property
    def texts(self) -> list[str]:
        """What was said on the last event."""
        return [action.text for action in self.actions if isinstance(action, Say | Ask | Offer)]

    @property
    def kinds(self) -> list[str]:
        return [action.kind for action in self.actions]

    @property
    def draft(self) -> CaseDraft:
        """The only case handed over on the last event."""
        (handoff,) = [action for action in self.actions if isinstance(action, Handoff)]
        return handoff.draft

    @property
    def amend(self) -> Amend:
        """The only amendment of the last event."""
        (amend,) = [action for action in self.actions if isinstance(action, Amend)]
        return amend

    @property
    def connects(self) -> list[tuple[str, str]]:
        """(desk, priority) rung on the last event."""
        return [(action.queue, action.priority) for action in self.actions if isinstance(action, Connect)]

    @property
    def offered(self) -> list[str]:
        """Labels of the choices of the last event."""
        return [c.label for action in self.actions if isinstance(action, Ask | Offer) for c in action.choices]
