from __future__ import annotations

from datetime import timedelta

import pytest
from case_samples import NOW, accepted, draft, filed, said

from handoff import Case, Channel, FieldName, Origin, access_code, access_granted, lifecycle, public_status

LATER = NOW + timedelta(hours=1)


def long_life() -> Case:
    """Filed at 110, passed to 12345, dealt with there; with everything inside that a citizen must not see."""
    case = accepted("110", "李警官", priority="P3")
    case = lifecycle.note(case, "李警官", "内部备注：来电人多次报警", NOW)
    case = lifecycle.transfer(case, "李警官", "转交理由：不属警情", LATER)
    case = lifecycle.claim(case, "王坐席", "12345", LATER)
    case = lifecycle.start(case, "王坐席", "派张三13900139000去看", LATER)
    case = lifecycle.edit(case, "王坐席", FieldName.NAME, "赵六", LATER)
    return lifecycle.resolve(case, "王坐席", "灯已修好，现场联系人13700137000", LATER)


def test_a_citizen_sees_desks_and_times() -> None:
    status = public_status(long_life())
    assert (status.number, status.title) == ("202603020001", "路灯不亮")
    assert (status.state_title, status.desk) == ("已办结", "12345政务服务热线")
    assert [(step.at, step.text) for step in status.steps] == [
        (NOW, "已受理，交110报警服务台"),
        (NOW, "110报警服务台已接收"),
        (LATER, "转到12345政务服务热线办理，编号不变"),
        (LATER, "12345政务服务热线已接收"),
        (LATER, "12345政务服务热线开始办理"),
        (LATER, "已办结"),
    ]
    assert status.result == "灯已修好，现场联系人137****7000"


def test_a_citizen_sees_no_person_note_or_reason() -> None:
    shown = public_status(long_life()).model_dump_json()
    for inside in (
        "李警官",
        "王坐席",
        "张三",
        "赵六",
        "备注",
        "不属警情",
        "13900139000",
        "13700137000",
        "文一路",
        '8000"',
    ):
        assert inside not in shown


def test_an_old_result_is_not_shown_once_work_goes_on() -> None:
    case = lifecycle.follow_up(long_life(), "王坐席", LATER, resolved=False, satisfied=False, comment="还是不亮")
    status = public_status(case)
    assert status.result is None
    assert status.steps[-1].text == "重新办理，由12345政务服务热线负责"
    assert "还是不亮" not in status.model_dump_json()


def test_a_lost_page_is_no_news_to_the_citizen() -> None:
    case = lifecycle.lapse(accepted(), LATER)
    case = lifecycle.claim(case, "王", "12345", LATER)
    assert [step.text for step in public_status(case).steps] == [
        "已受理，交12345政务服务热线",
        "12345政务服务热线已接收",
    ]


@pytest.mark.parametrize(("digits", "granted"), [("8000", True), (" ８０００ ", True), ("8001", False), ("", False)])
def test_the_digits_must_match(digits: str, granted: bool) -> None:
    assert access_granted(filed(), digits) is granted


def test_no_case_grants_nothing() -> None:
    assert not access_granted(None, "")
    assert not access_granted(None, "8000")
    assert not access_granted(filed(), "\ud800")


def test_the_access_code_is_the_end_of_the_telephone_number() -> None:
    assert access_code(draft()) == "8000"
    by_line = draft(fields={}, origin=Origin(channel=Channel.PHONE, caller_number="+86 139-0013-9123"))
    assert access_code(by_line) == "9123"


def test_without_a_telephone_the_access_code_is_random() -> None:
    unusable = draft(fields={FieldName.PHONE: said("不记得")})
    codes = {access_code(unusable) for _ in range(50)}
    assert len(codes) > 40
    assert all(len(code) == 6 and code.isdigit() for code in codes)
