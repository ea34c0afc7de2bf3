"""Random steps by random operators of both desks: what must hold whatever they do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal, get_args

from case_samples import NOW, filed, said
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from handoff import (
    QUEUES,
    Case,
    CaseState,
    FieldName,
    Priority,
    Queue,
    Risk,
    RiskFlag,
    Source,
    StepRefused,
    lifecycle,
)
from handoff.lifecycle import TRANSFER_LIMIT

OPERATORS: dict[str, Queue] = {"李": "110", "王": "110", "赵": "12345", "孙": "12345"}
HELD = (
    CaseState.ACCEPTED,
    CaseState.IN_PROGRESS,
    CaseState.RESOLVED,
    CaseState.FOLLOWED_UP,
    CaseState.CLOSED,
)

operators = st.sampled_from(sorted(OPERATORS))
priorities = st.sampled_from(get_args(Priority))
words = st.sampled_from(["核实后更正", "有人受伤", " "])
answers = st.sampled_from([True, False, None])
fields = st.dictionaries(
    st.sampled_from([FieldName.LOCATION, FieldName.TIME, FieldName.EVENT]),
    st.sampled_from(["文一路56号", "昨晚", "吵起来了"]),
)


class CaseLife(RuleBasedStateMachine):
    case: Case

    @initialize(queue=st.sampled_from(QUEUES), priority=priorities)
    def file(self, queue: Queue, priority: Priority) -> None:
        self.case = self.filed = filed(queue, priority=priority)
        self.now = NOW

    def take(self, step: Callable[[], Case], *, quiet: bool = False) -> bool:
        """Try a step; the case moves on only by a version that keeps its past."""
        before, document = self.case, self.case.model_dump_json()
        self.now += timedelta(seconds=7)
        try:
            after = step()
        except StepRefused as refusal:
            assert refusal.code
            assert before.model_dump_json() == document
            return False
        assert before.model_dump_json() == document, "a step changed the case it started from"
        if after is not before:
            assert after.version == before.version + 1
            assert after.history[: len(before.history)] == before.history
            assert quiet or len(after.history) == len(before.history) + 1
            assert after.quotes[: len(before.quotes)] == before.quotes
            assert len(after.transfers) >= len(before.transfers)
        self.case = after
        return True

    @rule(choices=st.lists(st.integers(0, 9), min_size=1, max_size=8))
    def go_on(self, choices: list[int]) -> None:
        """What diligent operators would do next: random steps alone hardly ever get far."""
        for choice in choices:
            self._go_on(choice)

    def _go_on(self, choice: int) -> None:
        case, desk = self.case, [who for who, queue in OPERATORS.items() if queue == self.case.queue]
        who = case.assignee or desk[choice % len(desk)]
        match case.state:
            case CaseState.OFFERED | CaseState.RETURNED:
                self.claim(who)
            case CaseState.ACCEPTED | CaseState.IN_PROGRESS:
                if choice < 4 and case.priority == "P1":
                    self.reprioritise(who, "P3", "险情解除")
                elif choice < 4:
                    self.transfer(who, "属于对方职责")
                    self.send_back(who, "核实后属首接单位")
                elif choice < 6:
                    self.start(who, "派单")
                else:
                    self.resolve(who, "已处理")
            case CaseState.RESOLVED:
                self.follow_up(desk[choice % len(desk)], choice > 4, None, "")
            case _:
                self.close(who)

    @rule(who=operators)
    def claim(self, who: str) -> None:
        self.take(lambda: lifecycle.claim(self.case, who, OPERATORS[who], self.now), quiet=True)

    @rule(who=operators)
    def renew(self, who: str) -> None:
        self.take(lambda: lifecycle.renew(self.case, who, self.now), quiet=True)

    @rule(wait=st.integers(0, 60))
    def lapse(self, wait: int) -> None:
        self.now += timedelta(seconds=wait)
        self.take(lambda: lifecycle.lapse(self.case, self.now))

    @rule(who=operators)
    def release(self, who: str) -> None:
        self.take(lambda: lifecycle.release(self.case, who, self.now))

    @rule(who=operators)
    def take_over(self, who: str) -> None:
        self.take(lambda: lifecycle.take_over(self.case, who, OPERATORS[who], self.now))

    @rule(who=operators, text=words)
    def start(self, who: str, text: str) -> None:
        self.take(lambda: lifecycle.start(self.case, who, text, self.now))

    @rule(
        who=operators,
        name=st.sampled_from(FieldName),
        content=st.sampled_from([None, "", "文二路", True, False, 3.5]),
    )
    def edit(self, who: str, name: FieldName, content: bool | float | str | None) -> None:
        self.take(lambda: lifecycle.edit(self.case, who, name, content, self.now))

    @rule(who=operators, priority=priorities, reason=words)
    def reprioritise(self, who: str, priority: Priority, reason: str) -> None:
        self.take(lambda: lifecycle.reprioritise(self.case, who, priority, reason, self.now))

    @rule(who=operators, text=words)
    def note(self, who: str, text: str) -> None:
        self.take(lambda: lifecycle.note(self.case, who, text, self.now))

    @rule(who=operators, reason=words)
    def transfer(self, who: str, reason: str) -> None:
        moved = self.take(lambda: lifecycle.transfer(self.case, who, reason, self.now))
        assert not (moved and self.case.returned_once), "the first receiver let go after a return"

    @rule(who=operators, reason=words)
    def send_back(self, who: str, reason: str) -> None:
        if self.take(lambda: lifecycle.send_back(self.case, who, reason, self.now)):
            assert self.case.state is CaseState.RETURNED
            assert self.case.queue == self.case.first_queue

    @rule(who=operators, reason=words)
    def escalate(self, who: str, reason: str) -> None:
        done = self.take(lambda: lifecycle.escalate(self.case, who, reason, self.now))
        assert done == bool(reason.strip()), "danger was refused"
        if done:
            assert (self.case.queue, self.case.priority) == ("110", "P1")
            assert self.case.open

    @rule(who=operators, text=words)
    def resolve(self, who: str, text: str) -> None:
        self.take(lambda: lifecycle.resolve(self.case, who, text, self.now))

    @rule(who=operators, resolved=answers, satisfied=answers, comment=words)
    def follow_up(self, who: str, resolved: bool | None, satisfied: bool | None, comment: str) -> None:
        self.take(
            lambda: lifecycle.follow_up(
                self.case, who, self.now, resolved=resolved, satisfied=satisfied, comment=comment
            )
        )

    @rule(number=st.sampled_from(["13800001111", None]), why=st.sampled_from(["ringing", "queue"]))
    def give_up(self, number: str | None, why: Literal["ringing", "queue"]) -> None:
        assert self.take(lambda: lifecycle.need_callback(self.case, number, why, self.now, self.now))
        assert self.case.callback is not None
        assert self.case.callback.needed
        assert self.case.open, "somebody has to see it"

    @rule(who=operators, reached=st.booleans())
    def called_back(self, who: str, reached: bool) -> None:
        due = self.case.callback is not None and self.case.callback.needed
        assert self.take(lambda: lifecycle.called_back(self.case, who, self.now, reached=reached)) == due
        if due and self.case.callback is not None:
            assert self.case.callback.needed is not reached

    @rule(who=operators)
    def close(self, who: str) -> None:
        self.take(lambda: lifecycle.close(self.case, who, self.now))

    @rule(
        told=fields,
        flags=st.lists(st.sampled_from(RiskFlag), max_size=2),
        priority=st.none() | priorities,
    )
    def amend(self, told: dict[FieldName, str], flags: list[RiskFlag], priority: Priority | None) -> None:
        before = self.case
        assert self.take(
            lambda: lifecycle.amend(
                before,
                self.now,
                fields={name: said(value, at=self.now) for name, value in told.items()},
                risks=tuple(Risk(flag=flag, quote="听见的话") for flag in flags),
                quotes=("听见的话",),
                priority=priority,
            ),
            quiet=True,
        )
        assert self.case.priority <= before.priority, "an amendment lowered the priority"
        assert set(flags) <= {risk.flag for risk in self.case.risks}
        for name, value in before.fields.items():
            if value.source is Source.OPERATOR:
                assert self.case.fields[name] == value
        if self.case.priority != before.priority:
            assert self.case.open, "new danger lies in a finished case"

    @invariant()
    def identity_never_changes(self) -> None:
        for name in ("number", "access_code", "first_queue", "origin", "created_at", "confidential"):
            assert getattr(self.case, name) == getattr(self.filed, name)

    @invariant()
    def always_on_exactly_one_desk_and_every_move_has_its_receipt(self) -> None:
        desk = self.case.first_queue
        for place, passed in enumerate(self.case.transfers, start=1):
            assert passed.from_queue == desk != passed.to_queue
            assert passed.receipt == f"{self.case.number}-{place}"
            desk = passed.to_queue
        assert self.case.queue == desk

    @invariant()
    def nobody_plays_football_with_it(self) -> None:
        kinds = [passed.kind for passed in self.case.transfers]
        assert kinds.count("return") <= 1
        assert kinds.count("transfer") <= TRANSFER_LIMIT
        assert len(kinds) <= 2 * TRANSFER_LIMIT + 2

    @invariant()
    def held_means_somebody_of_the_right_desk_holds_it(self) -> None:
        assert (self.case.assignee is not None) == (self.case.state in HELD)
        if self.case.assignee is not None:
            assert OPERATORS[self.case.assignee] == self.case.queue
        assert (self.case.lease_until is not None) == (self.case.state is CaseState.ACCEPTED)

    @invariant()
    def a_result_belongs_to_finished_cases(self) -> None:
        assert (self.case.result is None) == self.case.open
        if self.case.state in (CaseState.FOLLOWED_UP, CaseState.CLOSED):
            assert self.case.follow_up is not None

    @invariant()
    def danger_stays_at_110(self) -> None:
        if self.case.transfers and self.case.transfers[-1].to_queue == "12345":
            passed_at = self.case.transfers[-1].at
            assert self.filed.priority != "P1" or any(
                line.action == "reprioritised" and line.at <= passed_at for line in self.case.history
            )

    @invariant()
    def it_survives_the_disk(self) -> None:
        assert Case.model_validate_json(self.case.model_dump_json()) == self.case


TestCaseLife = CaseLife.TestCase
TestCaseLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
