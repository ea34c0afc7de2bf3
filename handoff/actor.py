"""Who does something at a desk, and whether the role lets them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from handoff.case import Case, Queue
from handoff.step import StepRefused

ANY_DESK_STEPS = frozenset({"escalate", "note"})
"""Danger and knowledge know no desk: any operator may bring a case to 110, or add a note."""


class Actor(BaseModel):
    """A person signed in, or a system that files cases. `queue` is the desk an operator works on."""

    model_config = ConfigDict(frozen=True)

    name: str
    queue: Queue | None
    role: Literal["operator", "supervisor", "admin"]


def require_operator(actor: Actor) -> None:
    """Refuse supervisors and admins: they read both desks and work no case."""
    if actor.role != "operator":
        raise StepRefused("read_only", "您的账号只能查看，不能办理")


def require_own_desk(actor: Actor, case: Case, step: str) -> None:
    """Refuse everybody who may not take this step on a case of this desk."""
    require_operator(actor)
    if step not in ANY_DESK_STEPS and actor.queue != case.queue:
        here = f"您在{actor.queue}席" if actor.queue else "您没有席位"
        raise StepRefused("wrong_desk", f"这件事在{case.queue}席，{here}，只能查看")
