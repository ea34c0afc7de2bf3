"""The life of a case: which step is allowed when, and what it changes.

Pure functions from (case, step, actor, now) to the next version of the case.
Rules: one return, after which the first receiver keeps the case (首接负责, 国办发〔2022〕12号);
danger goes to 110 at any time and is dealt with there before anything is passed on (先行派警处置);
nothing is resolved without a result, and nothing closes without a follow-up (回访).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from handoff.callback import called_back, need_callback
from handoff.case import (
    STATE_TITLES,
    Case,
    CaseDraft,
    CaseState,
    FollowUp,
    HistoryEntry,
    Queue,
    Result,
    Transfer,
    other_queue,
)
from handoff.content import amend, edit, note, reprioritise
from handoff.step import StepRefused, next_version, reopening, require_holder, require_text, require_working

__all__ = [
    "LEASE",
    "TRANSFER_LIMIT",
    "StepRefused",
    "amend",
    "called_back",
    "claim",
    "close",
    "edit",
    "escalate",
    "file",
    "follow_up",
    "lapse",
    "need_callback",
    "note",
    "release",
    "renew",
    "reprioritise",
    "resolve",
    "send_back",
    "start",
    "take_over",
    "transfer",
]

LEASE = timedelta(seconds=45)
"""A claimed case goes back to the queue this long after the operator's page last showed life."""

TRANSFER_LIMIT = 2
"""The first receiver may pass a case on this often: once, and once more after danger brought it back."""

_EMERGENCY_ROUTES = ("110_emergency", "joint_110_lead", "linkage_119", "linkage_120")
_ARRIVAL_ROUTES: dict[Queue, str] = {"110": "110_nonemergency", "12345": "12345_help"}

_PassKind = Literal["transfer", "return", "escalation"]
_VERBS: dict[_PassKind, str] = {"transfer": "转交", "return": "退回", "escalation": "紧急升级转"}


def file(draft: CaseDraft, number: str, access_code: str, now: datetime, by: str = "frontdesk") -> Case:
    """The draft becomes a case, offered to its desk. A report (举报) is confidential without asking."""
    content = {name: getattr(draft, name) for name in CaseDraft.model_fields}
    content["confidential"] = draft.confidential or draft.appeal_type == "举报"
    return Case(
        number=number,
        access_code=access_code,
        state=CaseState.OFFERED,
        first_queue=draft.queue,
        history=(HistoryEntry(at=now, by=by, action="filed", text=f"受理，进入{draft.queue}席"),),
        created_at=now,
        offered_at=now,
        updated_at=now,
        **content,
    )


def claim(case: Case, operator: str, queue: Queue, now: datetime) -> Case:
    """An operator of the desk takes the case; the page must keep the lease alive."""
    if case.state is CaseState.ACCEPTED and case.assignee == operator:
        return renew(case, operator, now)
    if case.state not in (CaseState.OFFERED, CaseState.RETURNED):
        holder = f"，由{case.assignee}办理" if case.assignee else ""
        raise StepRefused("already_claimed", f"这件事已经是“{STATE_TITLES[case.state]}”{holder}，不能再接收")
    _require_desk(case, queue)
    transfers = case.transfers
    if transfers and transfers[-1].accepted_at is None:
        receipt = transfers[-1].model_copy(update={"accepted_by": operator, "accepted_at": now})
        transfers = (*transfers[:-1], receipt)
    return next_version(
        case, now, operator, "claimed", f"{operator} 接收",
        state=CaseState.ACCEPTED, assignee=operator, lease_until=now + LEASE, transfers=transfers,
    )  # fmt: skip


def renew(case: Case, operator: str, now: datetime) -> Case:
    """The operator's page is alive; no history line for a heartbeat. Without a lease: the same case."""
    require_holder(case, operator)
    if case.state is not CaseState.ACCEPTED:
        return case
    return case.model_copy(update={"lease_until": now + LEASE, "version": case.version + 1})


def lapse(case: Case, now: datetime) -> Case:
    """The lease ran out: back to the queue, keeping its place in time."""
    if case.state is not CaseState.ACCEPTED or case.lease_until is None or case.lease_until > now:
        raise StepRefused("lease_alive", "接收仍然有效")
    return next_version(
        case, now, "frontdesk", "lapsed", f"{case.assignee} 的页面失去联系，退回待接收",
        state=CaseState.OFFERED, assignee=None, lease_until=None,
    )  # fmt: skip


def release(case: Case, operator: str, now: datetime) -> Case:
    """The operator puts the case back."""
    require_holder(case, operator)
    if case.state is not CaseState.ACCEPTED:
        raise StepRefused("wrong_state", "只有刚接收、还没开始办理的才能放回队列")
    return next_version(
        case, now, operator, "released", f"{operator} 放回队列",
        state=CaseState.OFFERED, assignee=None, lease_until=None,
    )  # fmt: skip


def take_over(case: Case, operator: str, queue: Queue, now: datetime) -> Case:
    """A colleague of the same desk continues a case in progress (shift change, illness)."""
    if case.state is not CaseState.IN_PROGRESS:
        raise StepRefused("wrong_state", "只有办理中的才能接手")
    _require_desk(case, queue)
    if case.assignee == operator:
        raise StepRefused("already_yours", "这件事已经由您办理")
    words = f"{operator} 从 {case.assignee} 接手"
    return next_version(case, now, operator, "taken_over", words, assignee=operator)


def start(case: Case, operator: str, note: str, now: datetime) -> Case:
    """Dispatch or begin work: the case stays with the operator without a lease."""
    require_holder(case, operator)
    if case.state is not CaseState.ACCEPTED:
        raise StepRefused("wrong_state", "只有已接收的才能开始办理")
    return next_version(
        case, now, operator, "started", note.strip() or "开始办理",
        state=CaseState.IN_PROGRESS, lease_until=None,
    )  # fmt: skip


def transfer(case: Case, operator: str, reason: str, now: datetime) -> Case:
    """Pass the case to the other desk with a reason; it waits there under the same number."""
    require_holder(case, operator)
    require_working(case)
    require_text(reason, "转交请写明理由")
    _require_no_return(case)
    if case.queue != case.first_queue:
        raise StepRefused("use_return", "这件事是对方转来的：请用“退回”，退回只有一次")
    if sum(passed.kind == "transfer" for passed in case.transfers) >= TRANSFER_LIMIT:
        raise StepRefused("transfer_limit", f"已经转交过{TRANSFER_LIMIT}次，按首接负责由{case.queue}席办到底")
    _require_no_danger(case)
    return _pass_on(case, operator, reason, now, "transfer", _ARRIVAL_ROUTES[other_queue(case.queue)])


def send_back(case: Case, operator: str, reason: str, now: datetime) -> Case:
    """Return a transferred case to the desk that received it first. Allowed once."""
    require_holder(case, operator)
    require_working(case)
    require_text(reason, "退回请写明理由")
    if case.queue == case.first_queue:
        raise StepRefused("nothing_to_return", "这件事是本席首接，不能退回，可以转交")
    _require_no_return(case)
    _require_no_danger(case)
    return _pass_on(case, operator, reason, now, "return", case.transfers[-1].route or case.route)


def escalate(case: Case, by: str, reason: str, now: datetime) -> Case:
    """Danger: to 110 as P1 at once, in any state, whatever desk it is on and whoever holds it.

    A finished case is opened again, so that somebody sees it.
    """
    require_text(reason, "升级请写明情况")
    raised = case.model_copy(update={"priority": "P1", "result": None})
    if case.queue == "12345":
        return _pass_on(raised, by, reason, now, "escalation", "110_emergency")
    route = case.route if case.route in _EMERGENCY_ROUTES else "110_emergency"
    again = {} if case.open else reopening(now)
    return next_version(raised, now, by, "escalated", f"升为 P1：{reason}", route=route, **again)


def resolve(case: Case, operator: str, text: str, now: datetime) -> Case:
    """Record the result (办结). A visit made for an earlier result says nothing about this one."""
    require_holder(case, operator)
    require_working(case)
    require_text(text, "办结请写明处理结果")
    return next_version(
        case, now, operator, "resolved", text, state=CaseState.RESOLVED, lease_until=None,
        result=Result(text=text, by=operator, at=now), follow_up=None,
    )  # fmt: skip


def follow_up(
    case: Case,
    operator: str,
    now: datetime,
    *,
    resolved: bool | None,
    satisfied: bool | None,
    comment: str = "",
) -> Case:
    """回访: if the matter is not resolved it goes back to work, on the desk that holds it.

    `resolved` None: the citizen could not be reached; the comment must say how it was tried.
    """
    if case.state is not CaseState.RESOLVED:
        raise StepRefused("wrong_state", "办结之后才能回访，每次办结回访一次")
    if resolved is None:
        require_text(comment, "没有联系上市民的，请在备注里写明怎么联系的")
    visit = FollowUp(resolved=resolved, satisfied=satisfied, comment=comment, by=operator, at=now)
    words = f"回访：{_outcome(resolved)}，{_satisfaction(satisfied)}"
    if comment:
        words += f"，{comment}"
    if resolved is False:
        return next_version(case, now, operator, "reopened", words, **reopening(now), follow_up=visit)
    return next_version(case, now, operator, "followed_up", words, state=CaseState.FOLLOWED_UP, follow_up=visit)


def close(case: Case, operator: str, now: datetime) -> Case:
    """Archive: after a result and a follow-up."""
    if case.state is CaseState.CLOSED:
        raise StepRefused("wrong_state", "已经归档")
    if case.result is None:
        raise StepRefused("no_result", "没有处理结果不能归档")
    if case.state is not CaseState.FOLLOWED_UP:
        raise StepRefused("follow_up_first", "归档前请先回访：问题是否解决、是否满意；联系不上的写明情况")
    return next_version(case, now, operator, "closed", "归档", state=CaseState.CLOSED)


def _pass_on(case: Case, by: str, reason: str, now: datetime, kind: _PassKind, route: str) -> Case:
    target = other_queue(case.queue)
    receipt = Transfer(
        receipt=f"{case.number}-{len(case.transfers) + 1}",
        from_queue=case.queue,
        to_queue=target,
        route=case.route,
        reason=reason,
        by=by,
        at=now,
        kind=kind,
    )
    return next_version(
        case, now, by, kind, f"{_VERBS[kind]}{target}席：{reason}",
        state=CaseState.RETURNED if kind == "return" else CaseState.OFFERED,
        queue=target, route=route, assignee=None, lease_until=None, offered_at=now,
        transfers=(*case.transfers, receipt),
    )  # fmt: skip


def _require_desk(case: Case, queue: Queue) -> None:
    if queue != case.queue:
        raise StepRefused("wrong_desk", f"这件事在{case.queue}席，{queue}席不能接收")


def _require_no_return(case: Case) -> None:
    if case.returned_once:
        raise StepRefused("first_receiver_keeps", f"这件事退回过一次，不能再转，由{case.queue}席办到底")


def _require_no_danger(case: Case) -> None:
    if case.queue == "110" and case.priority == "P1":
        raise StepRefused("danger_first", "P1 先由110处置；险情解除后改优先级并写明原因，再转交")


def _outcome(resolved: bool | None) -> str:
    return {True: "已解决", False: "未解决", None: "未联系上"}[resolved]


def _satisfaction(satisfied: bool | None) -> str:
    return {True: "满意", False: "不满意", None: "未评价"}[satisfied]
