"""What the front desk asked last, as the telephone needs it: which pause, which keys, which words to listen for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handoff import FieldName
from handoff.ports import Message
from ivr.turns import Answer

PERSON_KEYS = frozenset("0*")
"""These reach a person whatever was asked."""

_LONG = frozenset({FieldName.LOCATION, FieldName.PHONE, FieldName.PLATE, FieldName.AMOUNT})
_YES_NO_KEYS = 3
"""At most: yes, no, don't know."""
_REPLIES = (
    "是", "是的", "不是", "对", "对的", "不对", "有", "有的", "没有", "好", "好的", "好吧", "不好", "行", "不行",
    "可以", "不可以", "可以转", "转吧", "不转", "先不转", "不用", "不用了", "不要", "要", "同意", "不同意", "没问题",
    "嗯", "不清楚", "不知道", "说不清", "在", "还在", "不在了", "没了", "第一个", "第二个", "第三个", "第四个",
    "一", "二", "三", "四", "都不是",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """The open question; `FREE_SPEECH` when none is open."""

    text: str = ""
    answer: Answer = Answer.FREE
    keys: Mapping[str, str] = field(default_factory=dict)
    """Key to what it stands for, for the transcript."""
    digits: bool = False
    """A number may be keyed in."""
    sounds: bool = False
    """Any sound is an answer: after silence 嗯 says that somebody is there."""

    @property
    def phrases(self) -> tuple[str, ...] | None:
        """Phrases likely in the reply; None if anything is. They never narrow what can be heard."""
        if not self.keys or self.sounds:
            return None
        return tuple(dict.fromkeys((*self.keys.values(), *_REPLIES)))


FREE_SPEECH = Question()


def asked_by(messages: Sequence[Message], before: Question) -> Question:
    """The question that is open after these lines of the front desk. Repeating a question keeps it open."""
    if not messages:
        return before
    last = messages[-1]
    choices = _choices(last.payload)
    slot = last.payload.get("slot")
    if choices:
        short = len(choices) <= _YES_NO_KEYS
        return Question(text=last.text, answer=Answer.YES_NO if short else Answer.FREE, keys=choices)
    if slot is not None:
        answer = Answer.LONG if slot in _LONG else Answer.FREE
        return Question(text=last.text, answer=answer, digits=slot == FieldName.PHONE)
    return before if last.text == before.text else FREE_SPEECH


def after_silence(messages: Sequence[Message], before: Question) -> Question:
    """The same after a prompt against silence: what was open stays open; else 1 and 2, or any sound, answer it."""
    asked = asked_by(messages, before)
    if asked is not FREE_SPEECH:
        return asked
    if before.keys or before.digits or before.answer is Answer.LONG:
        return before
    return Question(text=messages[-1].text if messages else "", keys={"1": "1", "2": "2"}, sounds=True)


def _choices(payload: Mapping[str, Any]) -> dict[str, str]:
    return {str(choice["key"]): str(choice["label"]) for choice in payload.get("choices", ())}
