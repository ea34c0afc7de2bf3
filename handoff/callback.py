"""Calling citizens back who gave up waiting for a person (回拨). Pure, like the life cycle."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from handoff.case import Callback, CallbackAttempt, Case
from handoff.step import StepRefused, next_version, reopening

_WHERE = {"ringing": "振铃时", "queue": "排队时"}


def need_callback(
    case: Case, number: str | None, why: Literal["ringing", "queue"], since: datetime, now: datetime
) -> Case:
    """The citizen hung up before anybody answered, at `since`. A finished case goes back into its desk's queue.

    Who gives up again while a call-back is due keeps the place of the first time.
    """
    due = case.callback is not None and case.callback.needed
    callback = case.callback if due else Callback(number=number, since=since, why=why)
    words = f"市民在{_WHERE[why]}挂断，没有接通，需要回拨" + ("" if number else "（来电没有显示号码）")
    return next_version(
        case, now, "frontdesk", "callback", words,
        callback=callback, **({} if case.open else reopening(now)),
    )  # fmt: skip


def called_back(case: Case, operator: str, now: datetime, *, reached: bool) -> Case:
    """The operator rang the citizen. Not reached: the call-back stays due."""
    if case.callback is None or not case.callback.needed:
        raise StepRefused("no_callback", "这件事现在不需要回拨")
    attempt = CallbackAttempt(reached=reached, by=operator, at=now)
    callback = case.callback.model_copy(update={"attempts": (*case.callback.attempts, attempt)})
    return next_version(
        case, now, operator, "called_back", "已回拨，接通" if reached else "已回拨，未接", callback=callback
    )
