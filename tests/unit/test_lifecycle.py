from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from case_samples import NOW, accepted, draft, filed, resolved, said

from handoff import Case, CaseState, FieldName, Risk, RiskFlag, Source, StepRefused, lifecycle
from handoff.lifecycle import LEASE, TRANSFER_LIMIT

LATER = NOW + timedelta(minutes=5)


def refused(code: str, step: Callable[[], object]) -> StepRefused:
    with pytest.raises(StepRefused) as caught:
        step()
    assert caught.value.code == code
    assert str(caught.value)
    return caught.value


def transferred(first: str = "110") -> Case:
    """Passed from the first desk to the other and accepted there by 王."""
    case = accepted(first, "李")  # type: ignore[arg-type]
    case = lifecycle.transfer(case, "李", "属于对方职责", NOW)
    return lifecycle.claim(case, "王", case.queue, LATER)


def returned(first: str = "110") -> Case:
    """Passed on, returned, and accepted again by the first desk."""
    case = lifecycle.send_back(transferred(first), "王", "核实后属首接单位", LATER)
    assert case.state is CaseState.RETURNED
    return lifecycle.claim(case, "李", case.queue, LATER)


# -- filing and claiming


def test_filed_case_waits_at_its_desk() -> None:
    case = filed("110")
    assert (case.state, case.queue, case.first_queue) == (CaseState.OFFERED, "110", "110")
    assert case.history[0].action == "filed"
    assert case.version == 1


def test_a_report_is_confidential_without_asking() -> None:
    assert filed(appeal_type="举报").confidential
    assert filed(confidential=True).confidential
    assert not filed(appeal_type="投诉").confidential


def test_claim_takes_the_case_with_a_lease() -> None:
    case = accepted()
    assert (case.state, case.assignee, case.lease_until) == (CaseState.ACCEPTED, "李", NOW + LEASE)


def test_only_the_first_claim_wins() -> None:
    case = accepted()
    error = refused("already_claimed", lambda: lifecycle.claim(case, "王", "12345", NOW))
    assert "李" in str(error)


def test_claiming_again_renews_the_lease_and_nothing_else() -> None:
    case = accepted()
    again = lifecycle.claim(case, "李", "12345", LATER)
    assert again.lease_until == LATER + LEASE
    assert again.history == case.history


def test_the_other_desk_cannot_claim() -> None:
    refused("wrong_desk", lambda: lifecycle.claim(filed("110"), "王", "12345", NOW))


# -- the lease


def test_lease_lapses_back_into_the_queue_with_its_place_in_time() -> None:
    case = accepted()
    refused("lease_alive", lambda: lifecycle.lapse(case, NOW + LEASE - timedelta(seconds=1)))
    waiting = lifecycle.lapse(case, NOW + LEASE)
    assert (waiting.state, waiting.assignee, waiting.lease_until) == (CaseState.OFFERED, None, None)
    assert waiting.offered_at == NOW


def test_heartbeat_keeps_the_lease_alive() -> None:
    case = lifecycle.renew(accepted(), "李", LATER)
    refused("lease_alive", lambda: lifecycle.lapse(case, LATER))


def test_work_in_progress_has_no_lease() -> None:
    case = lifecycle.start(accepted(), "李", "派单", NOW)
    assert case.lease_until is None
    refused("lease_alive", lambda: lifecycle.lapse(case, LATER))
    assert lifecycle.renew(case, "李", LATER) is case


def test_heartbeat_of_a_stranger_is_refused() -> None:
    refused("not_holder", lambda: lifecycle.renew(accepted(), "王", NOW))


# -- release, take over, start


def test_release_is_for_claimed_cases_only() -> None:
    assert lifecycle.release(accepted(), "李", NOW).state is CaseState.OFFERED
    working = lifecycle.start(accepted(), "李", "", NOW)
    refused("wrong_state", lambda: lifecycle.release(working, "李", NOW))


def test_colleague_of_the_same_desk_takes_over_work_in_progress() -> None:
    working = lifecycle.start(accepted(), "李", "", NOW)
    assert lifecycle.take_over(working, "王", "12345", NOW).assignee == "王"
    refused("wrong_desk", lambda: lifecycle.take_over(working, "赵", "110", NOW))
    refused("already_yours", lambda: lifecycle.take_over(working, "李", "12345", NOW))
    refused("wrong_state", lambda: lifecycle.take_over(accepted(), "王", "12345", NOW))


@pytest.mark.parametrize(
    "step",
    [
        lambda case: lifecycle.release(case, "王", NOW),
        lambda case: lifecycle.start(case, "王", "", NOW),
        lambda case: lifecycle.edit(case, "王", FieldName.EVENT, "打架", NOW),
        lambda case: lifecycle.reprioritise(case, "王", "P2", "有人受伤", NOW),
        lambda case: lifecycle.transfer(case, "王", "不属本席", NOW),
        lambda case: lifecycle.send_back(case, "王", "不属本席", NOW),
        lambda case: lifecycle.resolve(case, "王", "已处理", NOW),
    ],
)
def test_only_the_holder_works_on_a_case(step: Callable[[Case], Case]) -> None:
    refused("not_holder", lambda: step(accepted()))
    refused("not_holder", lambda: step(filed()))


# -- edits


def test_an_edit_keeps_the_citizens_words_beside_it() -> None:
    case = lifecycle.edit(accepted(), "李", FieldName.LOCATION, " 文一路58号 ", LATER)
    field = case.fields[FieldName.LOCATION]
    assert (field.value, field.source, field.by) == ("文一路58号", Source.OPERATOR, "李")
    assert field.quote == "就在文一路56号门口"
    assert case.history[-1].text == "地点：文一路56号 → 文一路58号"


def test_filling_a_missing_field_takes_it_off_the_list_and_clearing_does_not() -> None:
    case = accepted()
    assert lifecycle.edit(case, "李", FieldName.TIME, "昨晚", NOW).missing == ()
    for blank in (None, "  "):
        cleared = lifecycle.edit(case, "李", FieldName.TIME, blank, NOW)
        assert cleared.missing == (FieldName.TIME,)
        assert FieldName.TIME not in cleared.fields


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (FieldName.INJURY, "是"),
        (FieldName.INJURY, 1.0),
        (FieldName.AMOUNT, "三千"),
        (FieldName.AMOUNT, True),
        (FieldName.AMOUNT, -1.0),
        (FieldName.AMOUNT, float("nan")),
        (FieldName.LOCATION, True),
        (FieldName.LOCATION, 3.0),
    ],
)
def test_a_value_must_fit_its_field(name: FieldName, value: bool | float | str) -> None:
    refused("bad_value", lambda: lifecycle.edit(accepted(), "李", name, value, NOW))


def test_a_finished_case_is_not_edited() -> None:
    case = resolved()
    refused("wrong_state", lambda: lifecycle.edit(case, "李", FieldName.EVENT, "x", NOW))
    refused("wrong_state", lambda: lifecycle.reprioritise(case, "李", "P4", "没事了", NOW))


def test_a_note_may_be_added_by_anybody_at_any_time() -> None:
    assert lifecycle.note(resolved(), "王", "家属来电致谢", NOW).history[-1].text == "家属来电致谢"
    refused("text_required", lambda: lifecycle.note(filed(), "王", " ", NOW))


# -- transfer, return once, 首接负责


@pytest.mark.parametrize(("first", "other"), [("110", "12345"), ("12345", "110")])
def test_transfer_waits_at_the_other_desk_under_the_same_number(first: str, other: str) -> None:
    case = lifecycle.transfer(accepted(first, "李"), "李", "属于对方职责", LATER)  # type: ignore[arg-type]
    assert (case.state, case.queue, case.first_queue) == (CaseState.OFFERED, other, first)
    assert (case.assignee, case.offered_at) == (None, LATER)
    receipt = case.transfers[-1]
    assert (receipt.receipt, receipt.accepted_by) == (f"{case.number}-1", None)


def test_the_receipt_is_signed_when_the_other_desk_accepts() -> None:
    receipt = transferred().transfers[-1]
    assert (receipt.accepted_by, receipt.accepted_at) == ("王", LATER)


def test_a_transferred_case_is_returned_not_transferred() -> None:
    refused("use_return", lambda: lifecycle.transfer(transferred(), "王", "不是我们的", NOW))


def test_what_was_received_first_cannot_be_returned() -> None:
    refused("nothing_to_return", lambda: lifecycle.send_back(accepted(), "李", "不是我们的", NOW))


@pytest.mark.parametrize("first", ["110", "12345"])
def test_one_return_then_the_first_receiver_keeps_it(first: str) -> None:
    case = returned(first)
    assert case.queue == first
    assert [passed.kind for passed in case.transfers] == ["transfer", "return"]
    error = refused("first_receiver_keeps", lambda: lifecycle.transfer(case, "李", "再转", NOW))
    assert first in str(error)


def test_no_second_return_after_an_escalation_either() -> None:
    case = lifecycle.escalate(returned("12345"), "李", "现场有人动刀", LATER)
    case = lifecycle.claim(case, "王", "110", LATER)
    case = lifecycle.reprioritise(case, "王", "P3", "险情解除", LATER)
    error = refused("first_receiver_keeps", lambda: lifecycle.send_back(case, "王", "余下归12345", LATER))
    assert "由110席办到底" in str(error)


def test_the_first_receiver_transfers_a_limited_number_of_times() -> None:
    case = accepted("110", "李")
    for _ in range(TRANSFER_LIMIT):
        case = lifecycle.transfer(case, "李", "余下属12345", NOW)
        case = lifecycle.escalate(case, "王", "又起冲突", NOW)
        case = lifecycle.claim(case, "李", "110", NOW)
        case = lifecycle.reprioritise(case, "李", "P3", "险情解除", NOW)
    refused("transfer_limit", lambda: lifecycle.transfer(case, "李", "再转", NOW))


def test_the_route_follows_the_desk_and_a_return_restores_it() -> None:
    case = accepted("12345", route="onsite_four_platforms")
    case = lifecycle.escalate(case, "李", "双方动手", NOW)
    assert case.route == "110_emergency"
    case = lifecycle.claim(case, "王", "110", NOW)
    case = lifecycle.reprioritise(case, "王", "P3", "已劝开", NOW)
    assert lifecycle.send_back(case, "王", "余下由镇街调解", NOW).route == "onsite_four_platforms"
    assert transferred("110").route == "12345_help"
    assert transferred("12345").route == "110_nonemergency"


def test_danger_is_dealt_with_at_110_before_anything_is_passed_on() -> None:
    case = accepted("110", priority="P1")
    refused("danger_first", lambda: lifecycle.transfer(case, "李", "属于12345", NOW))
    calmer = lifecycle.reprioritise(case, "李", "P3", "到场核实，无危险", NOW)
    assert lifecycle.transfer(calmer, "李", "属于12345", NOW).queue == "12345"
    urgent = lifecycle.claim(lifecycle.escalate(accepted(), "李", "有人动刀", NOW), "王", "110", NOW)
    refused("danger_first", lambda: lifecycle.send_back(urgent, "王", "不像警情", NOW))


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_every_passing_on_needs_a_reason(blank: str) -> None:
    refused("text_required", lambda: lifecycle.transfer(accepted(), "李", blank, NOW))
    refused("text_required", lambda: lifecycle.send_back(transferred(), "王", blank, NOW))
    refused("text_required", lambda: lifecycle.escalate(accepted(), "李", blank, NOW))
    refused("text_required", lambda: lifecycle.reprioritise(accepted(), "李", "P2", blank, NOW))


# -- escalation


def every_state() -> list[Case]:
    done = resolved()
    visited = lifecycle.follow_up(done, "李", NOW, resolved=True, satisfied=True)
    return [
        filed(),
        accepted(),
        lifecycle.start(accepted(), "李", "", NOW),
        lifecycle.send_back(transferred("12345"), "王", "属12345", NOW),
        done,
        visited,
        lifecycle.close(visited, "李", NOW),
    ]


@pytest.mark.parametrize("case", every_state(), ids=lambda case: case.state.value)
def test_escalation_is_allowed_in_every_state(case: Case) -> None:
    risen = lifecycle.escalate(case, "任何人", "有人拿刀", LATER)
    assert (risen.queue, risen.state, risen.priority) == ("110", CaseState.OFFERED, "P1")
    assert (risen.assignee, risen.result, risen.route) == (None, None, "110_emergency")
    assert risen.transfers[-1].kind == "escalation"


def test_escalation_at_110_raises_the_priority_and_keeps_the_holder() -> None:
    risen = lifecycle.escalate(accepted("110"), "王", "有人拿刀", NOW)
    assert (risen.queue, risen.priority, risen.assignee) == ("110", "P1", "李")
    assert risen.route == "110_emergency"
    assert lifecycle.escalate(filed("110", route="linkage_119"), "王", "起火", NOW).route == "linkage_119"


def test_a_finished_case_at_110_is_opened_again_by_danger() -> None:
    risen = lifecycle.escalate(resolved("110"), "王", "人又回来了", LATER)
    assert (risen.state, risen.assignee, risen.offered_at) == (CaseState.OFFERED, None, LATER)


# -- result, follow-up, close


def test_resolving_needs_words() -> None:
    refused("text_required", lambda: lifecycle.resolve(accepted(), "李", " ", NOW))


def test_nothing_closes_without_a_result_and_a_follow_up() -> None:
    refused("no_result", lambda: lifecycle.close(accepted(), "李", NOW))
    done = resolved()
    refused("follow_up_first", lambda: lifecycle.close(done, "李", NOW))
    visited = lifecycle.follow_up(done, "王", NOW, resolved=True, satisfied=False, comment="慢了些")
    closed = lifecycle.close(visited, "王", NOW)
    assert closed.state is CaseState.CLOSED
    assert closed.result is not None
    refused("wrong_state", lambda: lifecycle.close(closed, "王", NOW))


def test_resolved_and_satisfied_are_two_answers() -> None:
    visited = lifecycle.follow_up(resolved(), "王", NOW, resolved=True, satisfied=False)
    assert visited.follow_up is not None
    assert (visited.follow_up.resolved, visited.follow_up.satisfied) == (True, False)
    assert visited.history[-1].text == "回访：已解决，不满意"


def test_a_citizen_out_of_reach_does_not_keep_a_case_open_but_must_be_explained() -> None:
    refused(
        "text_required",
        lambda: lifecycle.follow_up(resolved(), "王", NOW, resolved=None, satisfied=None),
    )
    visited = lifecycle.follow_up(resolved(), "王", NOW, resolved=None, satisfied=None, comment="三天内打了三次无人接")
    assert lifecycle.close(visited, "王", NOW).state is CaseState.CLOSED


def test_not_resolved_goes_back_to_work_and_starts_afresh() -> None:
    again = lifecycle.follow_up(resolved(), "王", LATER, resolved=False, satisfied=False)
    assert (again.state, again.assignee, again.result) == (CaseState.OFFERED, None, None)
    assert again.offered_at == LATER
    assert again.follow_up is not None
    assert any(line.text == "已经修好" for line in again.history)
    worked = lifecycle.resolve(lifecycle.claim(again, "李", "12345", LATER), "李", "换了灯", LATER)
    assert worked.follow_up is None


def test_follow_up_comes_after_a_result() -> None:
    refused("wrong_state", lambda: lifecycle.follow_up(accepted(), "李", NOW, resolved=True, satisfied=True))


# -- what the citizen adds


def test_amendment_adds_what_was_said_and_names_it() -> None:
    case = lifecycle.amend(
        filed(),
        LATER,
        fields={FieldName.TIME: said("昨晚八点", at=LATER)},
        risks=(Risk(flag=RiskFlag.CROWD, quote="围了好多人"),) * 2,
        quotes=("昨晚八点开始的", "围了好多人"),
        priority="P2",
    )
    assert case.fields[FieldName.TIME].value == "昨晚八点"
    assert case.missing == ()
    assert [risk.flag for risk in case.risks] == [RiskFlag.CROWD]
    assert case.priority == "P2"
    assert case.quotes[-1] == "围了好多人"
    assert case.history[-1].text == "市民补充：时间：昨晚八点，聚集，升为 P2"


def test_amendment_never_lowers_the_priority() -> None:
    case = lifecycle.amend(filed("110", priority="P1"), LATER, fields={}, risks=(), quotes=("没事了",), priority="P4")
    assert case.priority == "P1"


def test_amendment_never_overwrites_an_operator_but_is_written_down() -> None:
    case = lifecycle.edit(accepted(), "李", FieldName.LOCATION, "文一路58号", NOW)
    amended = lifecycle.amend(
        case, LATER, fields={FieldName.LOCATION: said("文二路1号", at=LATER)}, risks=(), quotes=("是文二路",)
    )
    assert amended.fields[FieldName.LOCATION].value == "文一路58号"
    assert "地点另说：文二路1号" in amended.history[-1].text


def test_what_was_said_before_the_edit_is_no_news() -> None:
    case = lifecycle.edit(accepted(), "李", FieldName.LOCATION, "文一路58号", LATER)
    amended = lifecycle.amend(case, LATER, fields={FieldName.LOCATION: said("文二路1号", at=NOW)}, risks=(), quotes=())
    assert amended.history == case.history


def test_repeating_a_known_value_is_no_news_but_may_bring_the_words() -> None:
    inferred = said("文一路56号").model_copy(update={"source": Source.INFERRED, "quote": None})
    case = filed(fields={FieldName.LOCATION: inferred})
    amended = lifecycle.amend(
        case, LATER, fields={FieldName.LOCATION: said("文一路56号")}, risks=(), quotes=("文一路56号",)
    )
    assert amended.history == case.history
    assert amended.fields[FieldName.LOCATION].quote == "文一路56号"
    assert amended.version == case.version + 1


def test_new_danger_opens_a_finished_case_and_plain_words_do_not() -> None:
    words = lifecycle.amend(resolved(), LATER, fields={}, risks=(), quotes=("谢谢",))
    assert words.state is CaseState.RESOLVED
    danger = lifecycle.amend(
        resolved(), LATER, fields={}, risks=(Risk(flag=RiskFlag.FIRE, quote="起火了"),), quotes=("起火了",)
    )
    assert (danger.state, danger.assignee, danger.result) == (CaseState.OFFERED, None, None)
    assert danger.history[-1].action == "reopened"


def test_known_danger_that_comes_back_opens_a_finished_case() -> None:
    knife = Risk(flag=RiskFlag.WEAPON, quote="拿着刀")
    case = lifecycle.resolve(accepted("110", priority="P1", risks=(knife,)), "李", "人已带离", NOW)
    again = lifecycle.amend(case, LATER, fields={}, risks=(knife,), quotes=("他又来了拿着刀",), priority="P1")
    assert (again.state, again.risks) == (CaseState.OFFERED, (knife,))
    assert again.history[-1].text == "市民补充：持械"


def test_known_danger_is_news_again_once_the_priority_was_lowered() -> None:
    knife = Risk(flag=RiskFlag.WEAPON, quote="拿着刀")
    case = accepted("110", priority="P1", risks=(knife,))
    assert lifecycle.amend(case, LATER, fields={}, risks=(knife,), quotes=()).history == case.history
    calmer = lifecycle.reprioritise(case, "李", "P3", "人已带离", NOW)
    again = lifecycle.amend(calmer, LATER, fields={}, risks=(knife,), quotes=("又拿刀来了",))
    assert again.history[-1].text == "市民补充：持械"


def test_steps_leave_the_case_they_started_from_alone() -> None:
    case = accepted()
    before = case.model_dump_json()
    lifecycle.transfer(case, "李", "属110", NOW)
    lifecycle.edit(case, "李", FieldName.EVENT, "灯灭了", NOW)
    lifecycle.resolve(case, "李", "已修", NOW)
    assert case.model_dump_json() == before


def test_a_draft_keeps_every_word_when_it_is_filed() -> None:
    source = draft()
    case = lifecycle.file(source, "202603020009", "8000", NOW)
    assert (case.fields, case.quotes, case.missing) == (source.fields, source.quotes, source.missing)
