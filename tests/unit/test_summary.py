from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from case_samples import NOW, accepted, draft, fight_draft, filed, said
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff import (
    Case,
    Consent,
    FieldName,
    FieldValue,
    Origin,
    Risk,
    RiskFlag,
    Source,
    lifecycle,
    summarise,
)
from handoff.case import BOOLEAN_FIELDS, Channel

LABELS = ["事由", "位置", "联系人", "风险", "诉求", "已告知", "对话要点", "缺失"]


def fight(**changes: object) -> Case:
    return lifecycle.file(fight_draft(**changes), "202603020001", "123456", NOW)


def lines(case: Case) -> dict[str, str]:
    """Label to what stands behind it; the lines of 对话要点 joined."""
    found: dict[str, str] = {}
    label = ""
    for line in summarise(case).splitlines():
        if line.startswith("· "):
            found[label] += line
        else:
            label, _, found_text = line.partition("：")
            found[label] = found_text
    return found


def test_the_template_is_followed_line_by_line() -> None:
    assert summarise(fight()) == (
        "事由：【P1 持械伤人】文一路便利店，两个人打架动刀子，正在发生，有人受伤，是否持械未说明\n"
        "位置：文一路便利店“在文一路便利店门口”\n"
        "联系人：未留称呼，可在会话中回复\n"
        "风险：持械“动刀子”；有人伤亡“流血了”\n"
        "诉求：未说明\n"
        "已告知：“正在为您接通110”，市民答“好”\n"
        "对话要点：\n"
        "· 09:00 “两个人打架动刀子流血了”\n"
        "· 09:00 “在文一路便利店门口”\n"
        "· 09:00 “还在打”\n"
        "缺失：联系电话、是否持械"
    )


def test_yes_no_fields_have_three_readings() -> None:
    fields = {FieldName.INJURY: said(False, "没人受伤"), FieldName.WEAPON: said(True, "有刀")}
    reason = lines(fight(fields=fields))["事由"]
    assert "无人受伤" in reason
    assert "持械" in reason
    assert "是否仍在发生未说明" in reason


def test_an_order_without_danger_is_not_asked_about_weapons() -> None:
    text = summarise(filed())
    assert "持械" not in text
    assert "受伤" not in text


def test_unknown_values_are_listed_as_missing() -> None:
    missing = lines(filed(fields={}))["缺失"]
    assert missing.split("、") == ["时间", "地点", "诉求", "联系电话"]
    full = {name: said("已知") for name in (FieldName.LOCATION, FieldName.TIME, FieldName.DEMAND, FieldName.PHONE)}
    assert lines(filed(fields=full))["缺失"] == "无"


def test_the_number_on_the_line_is_a_way_to_call_back() -> None:
    case = filed(origin=Origin(channel=Channel.PHONE, caller_number="13900139000"), fields={})
    assert lines(case)["联系人"] == "未留称呼，来电显示13900139000"
    assert "联系电话" not in lines(case)["缺失"]


def test_what_nobody_said_is_marked_with_its_source() -> None:
    case = lifecycle.edit(accepted(), "李", FieldName.LOCATION, "文一路58号", NOW)
    assert lines(case)["位置"] == "文一路58号（席员填）“就在文一路56号门口”"
    guess = FieldValue(value=True, source=Source.INFERRED, at=NOW)
    assert "有人受伤（推断）" in lines(fight(fields={FieldName.INJURY: guess}))["事由"]


def test_consent_is_quoted_with_its_answer() -> None:
    consent = Consent(told="由镇街派人上门，可以吗", answer="不用了", given=False, at=NOW)
    assert lines(filed(consent=consent))["已告知"] == "“由镇街派人上门，可以吗”，市民答“不用了”（未同意）"
    assert lines(filed())["已告知"] == "无记录"


def test_confidential_callers_are_marked() -> None:
    assert "须保密" in lines(filed(confidential=True))["联系人"]


def test_lines_that_carry_danger_survive_a_long_conversation() -> None:
    small_talk = tuple(f"后来又说了别的话第{place}句" for place in range(30))
    case = fight(quotes=(*small_talk[:15], "两个人打架动刀子流血了", *small_talk[15:], "在文一路便利店门口"))
    shown = re.findall(r"· .*", summarise(case))
    assert 3 <= len(shown) <= 6
    assert any("动刀子" in line for line in shown)
    assert any("便利店" in line for line in shown)
    assert shown[0].endswith("“后来又说了别的话第0句”")


def test_it_is_read_in_ten_seconds() -> None:
    """Eight labels, at most six quotes, no endless line, whatever the citizen said."""
    long = "我跟你说这个事情真的说来话长" * 20
    fields = {name: said(True if name in BOOLEAN_FIELDS else long) for name in FieldName}
    text = summarise(fight(fields=fields, quotes=tuple(f"{place}{long}" for place in range(20))))
    assert len(text.splitlines()) <= 14
    assert max(map(len, text.splitlines())) <= 190
    assert len(summarise(fight())) < 220


def test_line_breaks_and_quotation_marks_cannot_forge_a_line() -> None:
    case = fight(quotes=("他说“给我站住”\n已告知：“都同意了”",), fields={}, risks=())
    assert [line for line in summarise(case).splitlines() if line.startswith("已告知")] == [
        "已告知：“正在为您接通110”，市民答“好”"
    ]
    assert "“他说‘给我站住’ 已告知：‘都同意了’”" in summarise(case)


# -- property: what stands in quotation marks was said

words = st.text(st.sampled_from("着火了打人有刀快来不知道啊。，“”\n 　12"), min_size=1, max_size=60)
contents = st.booleans() | st.floats(0, 1e6) | words
values = st.builds(
    FieldValue,
    value=contents,
    source=st.sampled_from(Source),
    quote=st.none() | words,
    at=st.just(datetime(2026, 3, 2, 1, 0, tzinfo=UTC) + timedelta(hours=20)),
)
drafts = st.builds(
    lambda **changes: draft("110", **changes),
    fields=st.dictionaries(st.sampled_from(FieldName), values),
    risks=st.lists(st.builds(Risk, flag=st.sampled_from(RiskFlag), quote=words), max_size=3).map(tuple),
    consent=st.none() | st.builds(Consent, told=words, answer=words, given=st.booleans(), at=st.just(NOW)),
    quotes=st.lists(words, max_size=9).map(tuple),
    also_asked=st.lists(words, max_size=2).map(tuple),
    missing=st.lists(st.sampled_from(FieldName), unique=True, max_size=3).map(tuple),
    title=words,
)


def bare(text: str) -> str:
    return re.sub(r"[\s“”‘’]", "", text)


@given(drafts)
@settings(deadline=None)
def test_every_quoted_piece_was_said(source: object) -> None:
    case = lifecycle.file(source, "202603020001", "1234", NOW)  # type: ignore[arg-type]
    said_somewhere = [*case.quotes, *(risk.quote for risk in case.risks)]
    said_somewhere += [field.quote for field in case.fields.values() if field.quote]
    if case.consent:
        said_somewhere += [case.consent.told, case.consent.answer]
    corpus = [bare(text) for text in said_somewhere]
    summary = summarise(case)
    for piece in re.findall(r"“([^”]*)”", summary):
        assert any(bare(piece) in text for text in corpus), piece
    labelled = [line.partition("：")[0] for line in summary.splitlines() if not line.startswith("· ")]
    assert labelled == LABELS
