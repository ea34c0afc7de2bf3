"""What a case says: edits by the operator, additions by the citizen. Pure, like the life cycle."""

from __future__ import annotations

from datetime import datetime

from handoff.case import (
    BOOLEAN_FIELDS,
    FIELD_TITLES,
    RISK_TITLES,
    Case,
    FieldContent,
    FieldName,
    FieldValue,
    Priority,
    Risk,
    Source,
)
from handoff.step import StepRefused, next_version, reopening, require_holder, require_text, require_working


def shown(value: FieldValue | None) -> str:
    """The value as a person reads it; a yes/no field as 是 or 否."""
    if value is None:
        return "（空）"
    if isinstance(value.value, bool):
        return "是" if value.value else "否"
    if isinstance(value.value, float) and value.value.is_integer():
        return str(int(value.value))
    return str(value.value)


def edit(case: Case, operator: str, name: FieldName, content: FieldContent | None, now: datetime) -> Case:
    """Set one field, or clear it with None or a blank. The citizen's quote is kept beside the new value."""
    require_holder(case, operator)
    require_working(case)
    value = _checked(name, content)
    fields = dict(case.fields)
    before = fields.pop(name, None)
    missing = case.missing
    if value is not None:
        fields[name] = FieldValue(
            value=value, source=Source.OPERATOR, quote=before.quote if before else None, at=now, by=operator
        )
        missing = tuple(m for m in missing if m != name)
    words = f"{FIELD_TITLES[name]}：{shown(before)} → {shown(fields.get(name))}"
    return next_version(case, now, operator, "edited", words, fields=fields, missing=missing)


def reprioritise(case: Case, operator: str, priority: Priority, reason: str, now: datetime) -> Case:
    """Change the priority, with a reason."""
    require_holder(case, operator)
    require_working(case)
    require_text(reason, "改优先级请写明原因")
    words = f"{case.priority} → {priority}：{reason}"
    return next_version(case, now, operator, "reprioritised", words, priority=priority)


def note(case: Case, operator: str, text: str, now: datetime) -> Case:
    """An internal note, at any time; the citizen never sees it."""
    require_text(text, "备注不能为空")
    return next_version(case, now, operator, "note", text)


def amend(
    case: Case,
    now: datetime,
    *,
    fields: dict[FieldName, FieldValue],
    risks: tuple[Risk, ...],
    quotes: tuple[str, ...],
    priority: Priority | None = None,
) -> Case:
    """What the citizen says after filing, in any state.

    An operator's value is never overwritten (what the citizen said instead goes to the history),
    the priority only rises, and danger in a finished case puts it back into its desk's queue.
    """
    kept: dict[FieldName, FieldValue] = {}
    words: list[str] = []
    for name, value in fields.items():
        held = case.fields.get(name)
        if held is not None and held.value == value.value:
            if held.quote is None and held.source is not Source.OPERATOR:
                kept[name] = value
            continue
        if held is not None and held.source is Source.OPERATOR:
            if value.at <= held.at:
                continue
            words.append(f"{FIELD_TITLES[name]}另说：{shown(value)}（席员填的是{shown(held)}，未改）")
            continue
        kept[name] = value
        words.append(f"{FIELD_TITLES[name]}：{shown(value)}")
    known = {risk.flag for risk in case.risks}
    added = tuple({risk.flag: risk for risk in reversed(risks) if risk.flag not in known}.values())[::-1]
    raised = min(case.priority, priority) if priority else case.priority
    reopen = not case.open and (bool(risks) or raised != case.priority)
    named = added if case.open and raised == "P1" else risks  # known danger is news again once it was called off
    words += dict.fromkeys(RISK_TITLES[risk.flag] for risk in named)
    if raised != case.priority:
        words.append(f"升为 {raised}")
    said: dict[str, object] = {"fields": {**case.fields, **kept}, "quotes": case.quotes + quotes}
    if not words:
        return case.model_copy(update={**said, "updated_at": now, "version": case.version + 1})
    return next_version(
        case, now, "frontdesk", "reopened" if reopen else "amended", "市民补充：" + "，".join(words),
        risks=case.risks + added, priority=raised, missing=tuple(m for m in case.missing if m not in kept),
        **said, **(reopening(now) if reopen else {}),
    )  # fmt: skip


def _checked(name: FieldName, content: FieldContent | None) -> FieldContent | None:
    title = FIELD_TITLES[name]
    if content is None or (isinstance(content, str) and not content.strip()):
        return None
    if name in BOOLEAN_FIELDS:
        if not isinstance(content, bool):
            raise StepRefused("bad_value", f"“{title}”只能填是或否，不清楚就留空")
        return content
    if name is FieldName.AMOUNT:
        if isinstance(content, bool) or not isinstance(content, int | float) or not 0 <= content < 1e12:
            raise StepRefused("bad_value", f"“{title}”请填数字")
        return float(content)
    if not isinstance(content, str):
        raise StepRefused("bad_value", f"“{title}”请填文字")
    return content.strip()
