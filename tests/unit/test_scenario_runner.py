"""The runner of scenarios: each expectation can fail, and says what was there instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from language_samples import small_knowledge
from pydantic import ValidationError

from frontdesk.scenarios import Failure, Scenario, ScenarioError, load_scenarios, run_scenario
from handoff.testing import FixedClock

LAMP, PLACE, FIRE = "路灯坏了好几天没人修", "文二路12号", "我家厨房着火了"
FILED = [{"citizen": LAMP}, {"citizen": PLACE}, {"citizen": "可以"}]


async def play(*steps: dict[str, Any], **more: Any) -> list[str]:
    """Messages of what did not hold; a scenario has at least two steps."""
    scenario = Scenario.model_validate({"title": "试", "steps": [*steps, {"not_said": "天书"}], **more})
    return [str(failure) for failure in await run_scenario(small_knowledge(), scenario, FixedClock())]


async def test_a_conversation_that_goes_as_told() -> None:
    assert await play(
        {"said": "«greeting_12345»"},
        {"citizen": LAMP, "said": "«ask location»", "no_case": True},
        {"citizen": PLACE, "said": ["12345线", "来的人"], "not_said": ["«filed»"], "offered": ["可以", "先不转"]},
        {"citizen": "可以", "said": "«filed»"},
        {
            "case": {
                "queue": "12345", "priority": "P4", "route": "12345_help", "matter": "street_light",
                "title": "路灯不亮", "consent": True, "fields": {"location": PLACE, "time": "好几天", "phone": None},
                "risks": [], "missing": [], "also": [], "linkage": [], "quotes": [LAMP, PLACE],
                "appeal_type": None, "code": None,
            }
        },
        entry="12345",
    ) == []  # fmt: skip


async def test_everything_that_can_happen() -> None:
    assert await play({"silence": True, "said": "«silence_first»"}) == []
    assert await play({"citizen": LAMP}, {"location": [30.25, 120.16], "said": ["«location_shared»", "30.25"]}) == []
    assert await play({"citizen": FIRE, "connects": "110"}, {"operator": "joins", "said": "«operator_here»"}) == []
    assert await play({"citizen": FIRE}, {"operator": "joins"}, {"operator": "leaves", "said": "«operator_left»"}) == []
    assert await play({"citizen": "我要点个外卖"}, {"hangs_up": True, "case": {"priority": "P1"}}) == []
    assert await play({"citizen": "我要点个外卖"}, {"key": "2", "said": "«danger_cleared»"}) == []
    assert await play({"citizen": ["听错的话", FIRE], "connects": "110"}) == []
    assert await play({"citizen": "身份证丢了怎么补办", "answered": "id_card"}) == []
    assert await play({"citizen": "转人工", "connects": "110"}, entry="110") == []
    assert (
        await play(*FILED[:2], {"citizen": "可以", "case": {"fields": {"phone": "13800138000"}}}, caller="13800138000")
        == []
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"citizen": LAMP, "said": "编号"}, "第1步：应当说到“编号”，实际说的是：«ask location»"),
        ({"citizen": LAMP, "not_said": "«ask"}, "第1步：不应当说到“«ask”"),
        ({"citizen": LAMP, "answered": "id_card"}, "应当回答 id_card，实际回答了 别的"),
        ({"citizen": LAMP, "offered": ["可以"]}, "应当给出选项 ['可以']，实际选项是 []"),
        ({"citizen": LAMP, "connects": "110"}, "应当接通 110 席，实际 没有接人"),
        ({"citizen": FIRE, "connects": "12345"}, "应当接通 12345 席，实际 ['110']"),
        ({"citizen": FIRE, "no_case": True}, "不应当生成警情或工单，实际生成了 110 火灾"),
        ({"citizen": LAMP, "case": {"queue": "110"}}, "实际没有生成警情或工单"),
        ({"citizen": FIRE, "case": {"queue": "12345"}}, "queue 应当是 12345，实际是 110"),
        ({"citizen": FIRE, "case": {"consent": True}}, "consent 应当是 True，实际是 None"),
        ({"citizen": FIRE, "case": {"risks": ["gas"]}}, "应当有风险 gas，实际有 ['fire']"),
        ({"citizen": FIRE, "case": {"missing": []}}, "缺失应当是 []，实际是 ['location', 'injury', 'weapon']"),
        ({"citizen": FIRE, "case": {"also": ["路灯不亮"]}}, "应当附带 路灯不亮，实际附带 ()"),
        ({"citizen": FIRE, "case": {"linkage": ["120"]}}, "应当联动 120，实际联动 ('119',)"),
        ({"citizen": FIRE, "case": {"quotes": ["着火"]}}, "应当记下原话“着火”"),
        ({"citizen": FIRE, "case": {"fields": {"location": "文三路"}}}, "要素 location 应当是 '文三路'，实际是 None"),
        ({"hangs_up": True, "said": "再见"}, "实际说的是：（没有说话）"),
    ],
)
async def test_every_expectation_can_fail_and_says_what_was_there(step: dict[str, Any], message: str) -> None:
    failures = await play(step)
    assert any(message in failure for failure in failures), failures


async def test_a_failure_names_its_step_and_the_play_goes_on() -> None:
    failures = await play({"citizen": LAMP, "said": "甲"}, {"citizen": PLACE}, {"said": ["乙", "12345线", "丙"]})
    assert [failure[:4] for failure in failures] == ["第1步：", "第3步：", "第3步："]
    assert str(Failure(2, "错")) == "第2步：错"


async def test_an_unknown_expectation_of_the_case_is_no_silent_pass() -> None:
    with pytest.raises(ValidationError, match="colour"):
        await play({"citizen": FIRE, "case": {"colour": "red"}})


GOOD = """\
- title: 问路灯
  mechanisms: [M01]
  steps:
    - citizen: 路灯坏了
    - said: 在哪里
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "场景.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_of_scenarios(tmp_path: Path) -> None:
    (scenario,) = load_scenarios(written(tmp_path, GOOD))
    assert (scenario.title, scenario.mechanisms, len(scenario.steps)) == ("问路灯", ("M01",), 2)
    assert [step.acts for step in scenario.steps] == [True, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- title: [", "不是正确的 YAML"),
        (b"- title: \xff", "不是正确的 YAML"),
        ("", "不对"),
        ("title: x", "不对"),
        (GOOD.replace("said:", "siad:"), "第 1 → steps → 2 → siad 处不对"),
        ("- {title: 空, steps: []}", "第 1 → steps 处不对"),
        (GOOD.replace("title: 问路灯", "name: 问路灯"), "第 1 → title 处不对"),
        (GOOD.replace("said: 在哪里", "operator: dances"), "第 1 → steps → 2 → operator 处不对"),
        (GOOD.replace("said: 在哪里", "connects: '119'"), "第 1 → steps → 2 → connects 处不对"),
    ],
)
def test_a_mistake_names_file_scenario_and_step(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(ScenarioError, match=r"场景\.yaml：") as caught:
        load_scenarios(written(tmp_path, text))
    assert message in str(caught.value)


def test_two_things_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError):
        load_scenarios(written(tmp_path, GOOD.replace("- citizen: 路灯坏了", '- citizen: 路灯坏了\n      key: "1"')))


@pytest.mark.parametrize("case", ["{colour: red}", "{fields: {place: 文二路}}", "{risks: fire}"])
def test_an_unknown_part_of_the_case_is_refused(tmp_path: Path, case: str) -> None:
    with pytest.raises(ScenarioError):
        load_scenarios(written(tmp_path, GOOD.replace("said: 在哪里", f"case: {case}")))


def test_a_place_off_the_earth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError):
        load_scenarios(written(tmp_path, GOOD.replace("citizen: 路灯坏了", "location: [300, 120]")))
