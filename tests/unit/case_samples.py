"""Cases for tests of the desk side."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from handoff import (
    Case,
    CaseDraft,
    Channel,
    Consent,
    FieldName,
    FieldValue,
    Origin,
    Queue,
    Risk,
    RiskFlag,
    Source,
    lifecycle,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def said(value: bool | float | str, quote: str | None = None, at: datetime = NOW) -> FieldValue:
    return FieldValue(value=value, source=Source.SAID, quote=quote or str(value), at=at)


def draft(queue: Queue = "12345", **changes: Any) -> CaseDraft:
    content: dict[str, Any] = {
        "origin": Origin(channel=Channel.WEBCHAT, conversation="c1"),
        "matter": "street_light",
        "title": "路灯不亮",
        "queue": queue,
        "route": "12345_help" if queue == "12345" else "110_nonemergency",
        "priority": "P3",
        "fields": {
            FieldName.LOCATION: said("文一路56号", "就在文一路56号门口"),
            FieldName.PHONE: said("13800138000"),
        },
        "quotes": ("路灯坏了三天了", "就在文一路56号门口", "我电话13800138000"),
        "missing": (FieldName.TIME,),
    }
    return CaseDraft(**{**content, **changes})


def fight_draft(**changes: Any) -> CaseDraft:
    content: dict[str, Any] = {
        "matter": "weapon_fight",
        "title": "持械伤人",
        "route": "110_emergency",
        "priority": "P1",
        "linkage": ("120",),
        "fields": {
            FieldName.LOCATION: said("文一路便利店", "在文一路便利店门口"),
            FieldName.EVENT: said("两个人打架动刀子", "两个人打架动刀子流血了"),
            FieldName.INJURY: said(True, "流血了"),
            FieldName.ONGOING: said(True, "还在打"),
        },
        "risks": (
            Risk(flag=RiskFlag.WEAPON, quote="动刀子"),
            Risk(flag=RiskFlag.CASUALTIES, quote="流血了"),
        ),
        "consent": Consent(told="正在为您接通110", answer="好", given=True, at=NOW),
        "quotes": ("两个人打架动刀子流血了", "在文一路便利店门口", "嗯", "还在打"),
        "missing": (),
    }
    return draft("110", **{**content, **changes})


def filed(queue: Queue = "12345", **changes: Any) -> Case:
    return lifecycle.file(draft(queue, **changes), "202603020001", "8000", NOW)


def accepted(queue: Queue = "12345", operator: str = "李", **changes: Any) -> Case:
    return lifecycle.claim(filed(queue, **changes), operator, queue, NOW)


def resolved(queue: Queue = "12345", operator: str = "李") -> Case:
    return lifecycle.resolve(accepted(queue, operator), operator, "已经修好", NOW)
