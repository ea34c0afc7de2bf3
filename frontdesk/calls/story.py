"""A call told line by line, with milliseconds: what `frontdesk trace` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from frontdesk.storage import CallEvent, CallRecord
from handoff.ports import Message

SHORT = 30
"""Characters of a line that are told."""
_REASONS = {"asked": "要人工", "overload": "听不过来", "failure": "出了故障"}


def heading(call: CallRecord, case: str | None) -> str:
    """The call in one line."""
    lasted = "没有结束时间" if call.ended_at is None else f"{(call.ended_at - call.started_at).total_seconds():.1f} 秒"
    parts = [
        call.id,
        f"{call.started_at.astimezone():%Y-%m-%d %H:%M:%S}",
        {"phone": "电话", "webphone": "网页电话"}.get(call.channel, call.channel),
        f"拨 {call.line}" if call.line else None,
        f"中继 {call.trunk}" if call.trunk else None,
        lasted,
        f"案件 {case}" if case else None,
    ]
    return "  ".join(part for part in parts if part)


def story(events: Sequence[CallEvent], lines: Mapping[int, Message]) -> Iterator[str]:
    """One line an event: the second, what happened; latencies counted from the end of the caller's turn."""
    ended: float | None = None
    started = 0.0
    for event in sorted(events, key=lambda each: (each.at, each.seq)):
        after = None
        match event.kind:
            case "speech_started":
                started, ended = event.at, None
            case "turn_ended":
                ended = event.at
            case "key":
                ended = event.at
            case "hushed":
                after = event.at - started
            case "decided":
                after = None if ended is None else event.at - ended
            case "speaking" if ended is not None:
                after, ended = event.at - ended, None
        yield f"{event.at:9.3f}  {_told(event, lines)}" + ("" if after is None else f"  (+{1000 * after:.0f} ms)")


def _told(event: CallEvent, lines: Mapping[int, Message]) -> str:
    detail = event.detail
    match event.kind:
        case "announcement":
            return "告知正在录音"
        case "speech_started":
            return "市民开始说话" + ("，打断" if detail.get("interrupts") else "")
        case "partial":
            return f"  听到：{detail['text']}"
        case "turn_ended":
            why = "说得太久" if detail.get("reason") == "maximum" else "停顿"
            return f"市民说完（{why}，有声 {detail.get('voiced', 0):.1f} 秒）"
        case "false_alarm":
            return "不是说话，接着播"
        case "backchannel":
            return "应了一声，不算打断"
        case "quiet":
            return f"没有人说话，第 {detail.get('times')} 次"
        case "key":
            return f"按键 {detail.get('digit')}"
        case "hushed":
            return "停止播放"
        case "decided":
            return _decision(event, lines)
        case "speaking":
            line = lines.get(detail.get("line", 0))
            return f"第一声{f'：{_short(line.text)}' if line else ''}"
        case "person_joined":
            return f"接入：{detail.get('name') or '席员'}"
        case "person_left":
            return "席员离开"
        case "handed_over":
            return f"转给席位排队（{_REASONS.get(str(detail.get('reason')), detail.get('reason'))}）"
        case "recording_failed":
            return "录音写不进去，从这里起没有录音"
        case "closed":
            return "线路关闭"
        case _:
            return event.kind


def _short(text: str) -> str:
    """The first words: what is said at length stands in the transcript."""
    first = text.split("\n", 1)[0]
    return first if len(text) <= SHORT else f"{first[:SHORT]}……"


def _decision(event: CallEvent, lines: Mapping[int, Message]) -> str:
    detail = event.detail
    heard = lines.get(detail.get("heard", 0))
    parts = [
        f"市民：{heard.text} →" if heard else None,
        "、".join(detail.get("actions", ())) or "不作声",
        " ".join(detail.get("intents", ())),
        f"案件 {detail['case']}" if detail.get("case") else None,
    ]
    return "决定：" + " ".join(part for part in parts if part)
