"""What a citizen sees of a case: where it is, who handles it, when each step was, the result.

Number and access code are a weak proof of identity, so nothing here names a person: no operator,
no reason or note, no field; numbers and names in the result are masked.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from handoff.case import Case, CaseState, Queue
from handoff.redaction import redact

DESK_TITLES: dict[Queue, str] = {"110": "110报警服务台", "12345": "12345政务服务热线"}

PUBLIC_STATE_TITLES: dict[CaseState, str] = {
    CaseState.DRAFT: "填写中",
    CaseState.OFFERED: "已受理，等待接收",
    CaseState.RETURNED: "已受理，等待接收",
    CaseState.ACCEPTED: "已接收",
    CaseState.IN_PROGRESS: "办理中",
    CaseState.RESOLVED: "已办结",
    CaseState.FOLLOWED_UP: "已办结，已回访",
    CaseState.CLOSED: "已归档",
}

_STEPS = {
    "filed": "已受理，交{desk}",
    "claimed": "{desk}已接收",
    "started": "{desk}开始办理",
    "transfer": "转到{desk}办理，编号不变",
    "return": "转回{desk}办理，编号不变",
    "escalation": "情况紧急，转到{desk}",
    "escalated": "{desk}按紧急情况处理",
    "resolved": "已办结",
    "reopened": "重新办理，由{desk}负责",
    "followed_up": "已回访",
    "closed": "已归档",
}


class PublicStep(BaseModel):
    """One step a citizen may know of."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    text: str


class PublicStatus(BaseModel):
    """A case as its citizen sees it."""

    model_config = ConfigDict(frozen=True)

    number: str
    title: str
    state: CaseState
    state_title: str
    desk: str = Field(description="title of the desk that has the case now")
    steps: tuple[PublicStep, ...]
    result: str | None = Field(description="what was done, once resolved; personal data masked")


def public_status(case: Case) -> PublicStatus:
    """The citizen's view of a case."""
    return PublicStatus(
        number=case.number,
        title=redact(case.title),
        state=case.state,
        state_title=PUBLIC_STATE_TITLES[case.state],
        desk=DESK_TITLES[case.queue],
        steps=_steps(case),
        result=redact(case.result.text) if case.result else None,
    )


def _steps(case: Case) -> tuple[PublicStep, ...]:
    desk = case.first_queue
    passed = iter(case.transfers)
    steps: list[PublicStep] = []
    for entry in case.history:
        if entry.action in ("transfer", "return", "escalation"):
            desk = next(passed).to_queue
        wording = _STEPS.get(entry.action)
        if wording is None:
            continue
        text = wording.format(desk=DESK_TITLES[desk])
        if not steps or steps[-1].text != text:
            steps.append(PublicStep(at=entry.at, text=text))
    return tuple(steps)
