"""Which steps an operator may take on a case now: each is tried on the pure life cycle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from handoff import lifecycle
from handoff.actor import Actor, require_own_desk
from handoff.case import Case, CaseState, FieldName
from handoff.step import StepRefused, require_holder

_WORDS = "…"


def allowed_steps(case: Case, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Names of the steps that would not be refused, in the order a page shows them."""
    name, queue = actor.name, actor.queue or case.queue
    trials: dict[str, Callable[[], object]] = {
        "claim": lambda: _claimable(case, name) and lifecycle.claim(case, name, queue, now),
        "take_over": lambda: lifecycle.take_over(case, name, queue, now),
        "start": lambda: lifecycle.start(case, name, "", now),
        "resolve": lambda: lifecycle.resolve(case, name, _WORDS, now),
        "transfer": lambda: lifecycle.transfer(case, name, _WORDS, now),
        "return": lambda: lifecycle.send_back(case, name, _WORDS, now),
        "escalate": lambda: lifecycle.escalate(case, name, _WORDS, now),
        "edit": lambda: lifecycle.edit(case, name, FieldName.EVENT, _WORDS, now),
        "reprioritise": lambda: lifecycle.reprioritise(case, name, case.priority, _WORDS, now),
        "message": lambda: require_conversation(case, name),
        "hand_back": lambda: require_conversation(case, name),
        "release": lambda: lifecycle.release(case, name, now),
        "called_back": lambda: lifecycle.called_back(case, name, now, reached=True),
        "follow_up": lambda: lifecycle.follow_up(case, name, now, resolved=True, satisfied=None),
        "close": lambda: lifecycle.close(case, name, now),
        "note": lambda: lifecycle.note(case, name, _WORDS, now),
    }
    return tuple(step for step, trial in trials.items() if _passes(case, actor, step, trial))


def require_conversation(case: Case, operator: str) -> str:
    """The conversation in which the holder may write to the citizen."""
    require_holder(case, operator)
    if case.state is CaseState.CLOSED:
        raise StepRefused("wrong_state", "已经归档，不能再发消息")
    if case.origin.conversation is None:
        raise StepRefused("no_conversation", "这件事没有在线会话，请打电话联系")
    return case.origin.conversation


def _claimable(case: Case, operator: str) -> bool:
    if case.assignee == operator:
        raise StepRefused("already_yours", "这件事已经由您接收")
    return True


def _passes(case: Case, actor: Actor, step: str, trial: Callable[[], object]) -> bool:
    try:
        require_own_desk(actor, case, step)
        trial()
    except StepRefused:
        return False
    return True
