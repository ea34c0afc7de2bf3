"""What every step on a case shares: the refusal, the checks, and the next version with its history line."""

from __future__ import annotations

from datetime import datetime

from handoff.case import STATE_TITLES, Case, CaseState, HistoryEntry


class StepRefused(Exception):
    """The step is not allowed now. `code` is stable, the message is for the operator."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def next_version(case: Case, now: datetime, by: str, action: str, text: str, **changes: object) -> Case:
    """The case one version on, with these changes and one more line of history."""
    entry = HistoryEntry(at=now, by=by, action=action, text=text)
    return case.model_copy(
        update={"history": (*case.history, entry), "updated_at": now, "version": case.version + 1, **changes}
    )


def require_holder(case: Case, operator: str) -> None:
    """Refuse anybody but the operator who holds the case."""
    if case.assignee != operator:
        raise StepRefused("not_holder", f"请先接收：现在由{case.assignee}办理" if case.assignee else "请先接收这件事")


def require_working(case: Case) -> None:
    """Refuse unless somebody is working on the case now."""
    if case.state not in (CaseState.ACCEPTED, CaseState.IN_PROGRESS):
        raise StepRefused("wrong_state", f"现在是“{STATE_TITLES[case.state]}”，不能这样做")


def require_text(text: str, message: str) -> None:
    """Refuse a blank text."""
    if not text.strip():
        raise StepRefused("text_required", message)


def reopening(now: datetime) -> dict[str, object]:
    """Changes that put a finished case back into its desk's queue; the old result stays in the history."""
    return {
        "state": CaseState.OFFERED,
        "assignee": None,
        "lease_until": None,
        "result": None,
        "offered_at": now,
    }
