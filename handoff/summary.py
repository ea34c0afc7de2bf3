"""The summary an operator reads while the telephone rings: eight short lines.

Built only from the case's fields and quotes. What stands in “ ” was said by the citizen or told to them;
everything else is a value with its source, or says that nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable

from handoff.case import FIELD_TITLES, RISK_TITLES, Case, Channel, FieldName, FieldValue, Origin, Source
from handoff.content import shown
from handoff.numbers import CHINA

_VALUE_LENGTH = 40
_REASON_LENGTH = 20
_QUOTE_LENGTH = 30
_QUOTE_LINES = (3, 6)
_FILLER_LENGTH = 3

_SOURCE_MARKS = {
    Source.SAID: "",
    Source.KEYED: "（按键）",
    Source.LOOKED_UP: "（查得）",
    Source.INFERRED: "（推断）",
    Source.OPERATOR: "（席员填）",
}
_YES_NO = {
    FieldName.ONGOING: ("正在发生", "已经停止", "是否仍在发生未说明"),
    FieldName.INJURY: ("有人受伤", "无人受伤", "有无受伤未说明"),
    FieldName.WEAPON: ("持械", "未持械", "是否持械未说明"),
}
_UNKNOWN_TITLES = {
    **FIELD_TITLES,
    FieldName.ONGOING: "是否仍在发生",
    FieldName.INJURY: "有无受伤",
    FieldName.WEAPON: "是否持械",
}
_EXPECTED = {
    "110": (FieldName.LOCATION, FieldName.PHONE, FieldName.ONGOING, FieldName.INJURY, FieldName.WEAPON),
    "12345": (FieldName.LOCATION, FieldName.TIME, FieldName.DEMAND, FieldName.PHONE),
}


def summarise(case: Case) -> str:
    """The summary, one labelled line each; 对话要点 is followed by its quotes on lines of their own."""
    return "\n".join(
        (
            f"事由：{_reason(case)}",
            f"位置：{_with_quote(case, FieldName.LOCATION)}",
            f"联系人：{_contact(case)}",
            f"风险：{_risks(case)}",
            f"诉求：{_demand(case)}",
            f"已告知：{_told(case)}",
            "对话要点：" + "".join(f"\n· {line}" for line in _key_lines(case) or ("无原话",)),
            f"缺失：{_missing(case)}",
        )
    )


def _reason(case: Case) -> str:
    parts: list[str] = []
    for name in (FieldName.PEOPLE, FieldName.LOCATION, FieldName.TIME, FieldName.EVENT):
        if name in case.fields:
            parts.append(_value(case.fields[name], _REASON_LENGTH))
    urgent = case.queue == "110" or case.priority in ("P1", "P2")
    for name, (yes, no, unknown) in _YES_NO.items():
        field = case.fields.get(name)
        if field is not None:
            parts.append((yes if field.value is True else no) + _SOURCE_MARKS[field.source])
        elif urgent:
            parts.append(unknown)
    plate, amount = case.fields.get(FieldName.PLATE), case.fields.get(FieldName.AMOUNT)
    if plate is not None:
        parts.append(f"车牌{_value(plate, _REASON_LENGTH)}")
    if amount is not None:
        parts.append(f"金额{_value(amount, _REASON_LENGTH)}元")
    return f"【{case.priority} {_plain(case.title)[:_REASON_LENGTH]}】" + "，".join(parts)


def _contact(case: Case) -> str:
    name, phone = case.fields.get(FieldName.NAME), case.fields.get(FieldName.PHONE)
    parts = [_value(name) if name else "未留称呼"]
    if phone is not None:
        parts.append(_value(phone))
    if case.origin.caller_number and (phone is None or phone.value != case.origin.caller_number):
        parts.append(f"来电显示{_plain(case.origin.caller_number)}")
    if line := _line(case.origin):
        parts.append(line)
    if case.origin.conversation:
        parts.append("可在会话中回复")
    if case.confidential:
        parts.append("须保密")
    return "，".join(parts)


def _line(origin: Origin) -> str:
    """Of a telephone call: the dialled line, the trunk, and that no number was shown."""
    if origin.channel is not Channel.PHONE:
        return ""
    parts = (
        None if origin.caller_number else "来电未显示号码",
        origin.entry and f"拨打{origin.entry}",
        origin.trunk and f"中继{_plain(origin.trunk)}",
    )
    return "，".join(part for part in parts if part)


def _risks(case: Case) -> str:
    return "；".join(f"{RISK_TITLES[risk.flag]}{_quoted(risk.quote)}" for risk in case.risks) or "无标记"


def _demand(case: Case) -> str:
    also = "、".join(_plain(matter) for matter in case.also_asked)
    return _with_quote(case, FieldName.DEMAND) + (f"；另问：{also}" if also else "")


def _told(case: Case) -> str:
    if case.consent is None:
        return "无记录"
    answer = f"，市民答{_quoted(case.consent.answer)}" if case.consent.answer.strip() else "，市民未答"
    return _quoted(case.consent.told, _VALUE_LENGTH) + answer + ("" if case.consent.given else "（未同意）")


def _key_lines(case: Case) -> list[str]:
    """Lines that carry a risk or a field come first, then the opening and the latest; shown in order."""
    said = list(dict.fromkeys(quote for quote in case.quotes if quote.strip()))
    risky = {quote for quote in said if _carries(quote, (risk.quote for risk in case.risks))}
    telling = {quote for quote in said if _carries(quote, (field.quote for field in case.fields.values()))}
    least, most = _QUOTE_LINES

    def rank(place: int) -> tuple[bool, bool, bool, int]:
        quote = said[place]
        short = len(quote.strip()) <= _FILLER_LENGTH
        return quote not in risky, quote not in telling, short, -1 if place == 0 else len(said) - place

    order = sorted(range(len(said)), key=rank)
    wanted = max(least, min(most, len(risky | telling)))
    return [_timed(case, said[place]) for place in sorted(order[:wanted])]


def _timed(case: Case, quote: str) -> str:
    times = [
        field.at
        for field in case.fields.values()
        if field.source is Source.SAID and field.at.tzinfo and _carries(quote, (field.quote,))
    ]
    if not times:
        return _quoted(quote)
    return f"{min(times).astimezone(CHINA):%H:%M} {_quoted(quote)}"


def _missing(case: Case) -> str:
    unknown = dict.fromkeys((*case.missing, *_EXPECTED[case.queue]))
    if case.origin.caller_number:
        unknown.pop(FieldName.PHONE, None)
    return "、".join(_UNKNOWN_TITLES[name] for name in unknown if name not in case.fields) or "无"


def _with_quote(case: Case, name: FieldName) -> str:
    field = case.fields.get(name)
    if field is None:
        return "未说明"
    quote = field.quote if field.quote and field.quote.strip() != str(field.value).strip() else None
    return _value(field) + (_quoted(quote) if quote else "")


def _value(field: FieldValue, length: int = _VALUE_LENGTH) -> str:
    text = _plain(shown(field))
    return text[:length] + ("……" if len(text) > length else "") + _SOURCE_MARKS[field.source]


def _quoted(text: str, length: int = _QUOTE_LENGTH) -> str:
    words = _plain(text)
    return f"“{words[:length]}”" + ("……" if len(words) > length else "")


def _plain(text: str) -> str:
    """On one line, with inner quotation marks turned into single ones."""
    return " ".join(text.split()).replace("“", "‘").replace("”", "’")


def _carries(quote: str, pieces: Iterable[str | None]) -> bool:
    return any(piece and (piece in quote or quote in piece) for piece in pieces)
