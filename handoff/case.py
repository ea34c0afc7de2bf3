"""The case: what the front desk hands to a desk, with the source of every field.

`Case` is the document `case.v1`; its JSON Schema is published in docs/case.v1.schema.json.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Queue = Literal["110", "12345"]
Priority = Literal["P1", "P2", "P3", "P4"]

QUEUES: tuple[Queue, Queue] = ("110", "12345")


def other_queue(queue: Queue) -> Queue:
    """The desk across the hall."""
    return "12345" if queue == "110" else "110"


class Source(StrEnum):
    """Where the value of a field comes from."""

    SAID = "said"
    KEYED = "keyed"
    LOOKED_UP = "looked_up"
    INFERRED = "inferred"
    OPERATOR = "operator"


class FieldName(StrEnum):
    """The fields a case can hold; the five elements 地点 时间 人物 事件 诉求 come first."""

    LOCATION = "location"
    TIME = "time"
    PEOPLE = "people"
    EVENT = "event"
    DEMAND = "demand"
    INJURY = "injury"
    WEAPON = "weapon"
    ONGOING = "ongoing"
    PHONE = "phone"
    NAME = "name"
    PLATE = "plate"
    AMOUNT = "amount"


FIELD_TITLES: dict[FieldName, str] = {
    FieldName.LOCATION: "地点",
    FieldName.TIME: "时间",
    FieldName.PEOPLE: "人物",
    FieldName.EVENT: "事件",
    FieldName.DEMAND: "诉求",
    FieldName.INJURY: "人员受伤",
    FieldName.WEAPON: "持械",
    FieldName.ONGOING: "正在发生",
    FieldName.PHONE: "联系电话",
    FieldName.NAME: "称呼",
    FieldName.PLATE: "车牌",
    FieldName.AMOUNT: "金额（元）",
}

BOOLEAN_FIELDS = frozenset({FieldName.INJURY, FieldName.WEAPON, FieldName.ONGOING})

FieldContent = bool | float | str


class FieldValue(BaseModel):
    """One value with its provenance. `quote` is the citizen's own words it was read from."""

    model_config = ConfigDict(frozen=True)

    value: FieldContent
    source: Source
    quote: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    at: datetime
    by: str | None = Field(default=None, description="operator's account name, when source is operator")


class RiskFlag(StrEnum):
    """Risks an operator must see before anything else."""

    LIFE = "life"
    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    WEAPON = "weapon"
    CASUALTIES = "casualties"
    FIRE = "fire"
    GAS = "gas"
    WATER = "water"
    TRAPPED = "trapped"
    MISSING = "missing"
    CROWD = "crowd"
    HAZARDOUS = "hazardous"
    FRAUD = "fraud"
    SILENT = "silent"


RISK_TITLES: dict[RiskFlag, str] = {
    RiskFlag.LIFE: "生命危险",
    RiskFlag.SELF_HARM: "轻生",
    RiskFlag.VIOLENCE: "暴力",
    RiskFlag.WEAPON: "持械",
    RiskFlag.CASUALTIES: "有人伤亡",
    RiskFlag.FIRE: "火情",
    RiskFlag.GAS: "燃气",
    RiskFlag.WATER: "落水被淹",
    RiskFlag.TRAPPED: "被困",
    RiskFlag.MISSING: "走失失联",
    RiskFlag.CROWD: "聚集",
    RiskFlag.HAZARDOUS: "危险物",
    RiskFlag.FRAUD: "正在受骗",
    RiskFlag.SILENT: "不便说话",
}


class Risk(BaseModel):
    """A risk flag and the words that raised it."""

    model_config = ConfigDict(frozen=True)

    flag: RiskFlag
    quote: str


class Channel(StrEnum):
    """How the citizen reached us."""

    WEBCHAT = "webchat"
    PHONE = "phone"
    WEBPHONE = "webphone"
    TELEGRAM = "telegram"
    WECHAT = "wechat"
    SMS = "sms"
    SHELL = "shell"
    API = "api"


class Origin(BaseModel):
    """Where a case came in: channel, conversation, dialled line, number shown by the network."""

    model_config = ConfigDict(frozen=True)

    channel: Channel
    conversation: str | None = None
    entry: Queue | None = Field(default=None, description="line or door the citizen chose, if any")
    caller_number: str | None = Field(default=None, description="call-back number; none if withheld or no call")
    trunk: str | None = Field(default=None, description="the telephone line that the call came through")


class CallbackAttempt(BaseModel):
    """Somebody rang the citizen."""

    model_config = ConfigDict(frozen=True)

    reached: bool
    by: str
    at: datetime


class Callback(BaseModel):
    """The citizen gave up waiting for a person and has to be called back (回拨)."""

    model_config = ConfigDict(frozen=True)

    number: str | None = Field(description="the number to ring; None: withheld by the network")
    since: datetime
    why: Literal["ringing", "queue"] = Field(description="where they waited: with the front desk, or in the queue")
    attempts: tuple[CallbackAttempt, ...] = ()

    @property
    def needed(self) -> bool:
        """Nobody has reached the citizen yet."""
        return not any(attempt.reached for attempt in self.attempts)


class Consent(BaseModel):
    """What the citizen was told before the case was passed on, and what they answered."""

    model_config = ConfigDict(frozen=True)

    told: str
    answer: str
    given: bool
    at: datetime


class CaseState(StrEnum):
    """Life of a case. `draft` exists only inside a conversation."""

    DRAFT = "draft"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    FOLLOWED_UP = "followed_up"
    CLOSED = "closed"


STATE_TITLES: dict[CaseState, str] = {
    CaseState.DRAFT: "填写中",
    CaseState.OFFERED: "待接收",
    CaseState.ACCEPTED: "已接收",
    CaseState.RETURNED: "被退回",
    CaseState.IN_PROGRESS: "办理中",
    CaseState.RESOLVED: "已办结",
    CaseState.FOLLOWED_UP: "已回访",
    CaseState.CLOSED: "已归档",
}


class Transfer(BaseModel):
    """A case passed from one desk to the other, with its receipt."""

    model_config = ConfigDict(frozen=True)

    receipt: str = Field(description="case number plus ordinal; quoted by both desks")
    from_queue: Queue
    to_queue: Queue
    route: str | None = Field(default=None, description="route before it was passed on; a return restores it")
    reason: str
    by: str
    at: datetime
    kind: Literal["transfer", "return", "escalation"] = "transfer"
    accepted_by: str | None = None
    accepted_at: datetime | None = None


class Result(BaseModel):
    """How the case was dealt with (处理结果)."""

    model_config = ConfigDict(frozen=True)

    text: str
    by: str
    at: datetime


class FollowUp(BaseModel):
    """回访: resolved and satisfied are two questions."""

    model_config = ConfigDict(frozen=True)

    resolved: bool | None = Field(description="None: the citizen could not be reached")
    satisfied: bool | None
    comment: str = ""
    by: str
    at: datetime


class HistoryEntry(BaseModel):
    """One line of a case's history; never edited, only appended."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    by: str
    action: str
    text: str


class CaseDraft(BaseModel):
    """What the conversation has written so far; becomes a Case when it is filed."""

    model_config = ConfigDict(frozen=True)

    origin: Origin
    matter: str | None = None
    title: str
    queue: Queue
    route: str
    priority: Priority
    linkage: tuple[str, ...] = ()
    code: str | None = None
    appeal_type: str | None = None
    fields: dict[FieldName, FieldValue] = Field(default_factory=dict)
    risks: tuple[Risk, ...] = ()
    consent: Consent | None = None
    quotes: tuple[str, ...] = Field(default=(), description="the citizen's own words, in order")
    also_asked: tuple[str, ...] = Field(default=(), description="other matters named in passing")
    missing: tuple[FieldName, ...] = Field(default=(), description="required fields nobody could fill")
    confidential: bool = Field(default=False, description="protect the caller: minors, abuse, reports")


class Case(BaseModel):
    """A filed case, document `case.v1`."""

    model_config = ConfigDict(frozen=True)

    schema_version: Literal["case.v1"] = "case.v1"
    number: str
    access_code: str = Field(description="last digits of the citizen's phone, or a code given in chat")
    state: CaseState
    origin: Origin
    matter: str | None
    title: str
    queue: Queue
    first_queue: Queue = Field(description="desk that received it first and keeps it after a return")
    route: str
    priority: Priority
    linkage: tuple[str, ...]
    code: str | None
    appeal_type: str | None
    fields: dict[FieldName, FieldValue]
    risks: tuple[Risk, ...]
    consent: Consent | None
    quotes: tuple[str, ...]
    also_asked: tuple[str, ...]
    missing: tuple[FieldName, ...]
    confidential: bool = False
    assignee: str | None = None
    lease_until: datetime | None = None
    transfers: tuple[Transfer, ...] = ()
    result: Result | None = None
    follow_up: FollowUp | None = None
    callback: Callback | None = None
    history: tuple[HistoryEntry, ...] = ()
    created_at: datetime
    offered_at: datetime = Field(description="start of the present wait in the queue")
    updated_at: datetime
    version: int = 1

    @property
    def returned_once(self) -> bool:
        """True once the case came back: 首接负责 holds from then on."""
        return any(transfer.kind == "return" for transfer in self.transfers)

    @property
    def open(self) -> bool:
        """Still needs somebody."""
        return self.state not in (CaseState.RESOLVED, CaseState.FOLLOWED_UP, CaseState.CLOSED)
