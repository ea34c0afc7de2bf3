"""What validation tells an admin: each kind of finding, where it stands, and whether it stops publishing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from language_samples import matcher, screen

from conversation import Knowledge
from frontdesk.knowledge import catalogue_files
from intents.catalogue import Catalogue
from intents.parse import locate
from intents.understanding import Understanding
from intents.validate import Finding, validate

CONFIG = Path(__file__).parents[2] / "config"
CONSULT = """\
- id: {name}
  kind: consult
  category: 户籍
  title: {title}
  examples:
{examples}
  answer:
    chat: 带户口簿到派出所户籍窗口办理。
    phone: 带户口簿到派出所户籍窗口办理。
  applies_to: 浙江省
  source: 省政府网站
  basis: looked_up
  checked: 2026-01-05
"""
MATTER = """\
- id: {name}
  kind: matter
  category: 安全
  title: {title}
  examples:
{examples}
  queue: "110"
  route: 110_emergency
  priority: {priority}
  form: emergency
  consent: false
  advice: 注意安全
  guidance: {{}}
"""


def consult(name: str, title: str, *examples: str) -> str:
    return CONSULT.format(name=name, title=title, examples="\n".join(f"    - {example}" for example in examples))


def matter(name: str, title: str, *examples: str, priority: str = "P1") -> str:
    listed = "\n".join(f"    - {example}" for example in examples)
    return MATTER.format(name=name, title=title, examples=listed, priority=priority)


FIRE = matter("fire", "火灾", "我家厨房着火了", "楼道起火")
RULE = {"matter": "fire", "flag": "fire", "all": ["火"]}


def findings(*texts: str, rule: dict[str, Any] = RULE) -> list[Finding]:
    entries = locate({"a.yaml": "".join(texts)})
    catalogue = Catalogue(entry.intent for entry in entries)
    know = Understanding(catalogue, screen(rules=[rule], doubts=[]), matcher(catalogue))
    return validate(entries, know)


def test_a_sound_catalogue_has_no_findings() -> None:
    assert findings(FIRE, consult("id_card", "身份证", "身份证丢了怎么补办")) == []


def test_the_same_sentence_in_two_intents() -> None:
    texts = (
        FIRE,
        consult("id_card", "身份证", "身份证丢了怎么补办", "补身份证去哪里"),
        consult("residence", "居住证", "居住证怎么办", "身份证丢了，怎么补办？"),
    )
    lines = "".join(texts).splitlines()
    (duplicate,) = [finding for finding in findings(*texts) if finding.kind == "duplicate"]
    assert (duplicate.file, lines[duplicate.line - 1].strip()) == ("a.yaml", "- 身份证丢了，怎么补办？")
    assert f"a.yaml:{lines.index('    - 身份证丢了怎么补办') + 1} 的 id_card" in duplicate.message
    assert duplicate.blocks
    assert str(duplicate).startswith(f"a.yaml:{duplicate.line}: ")


def test_the_same_sentence_twice_in_one_intent() -> None:
    found = findings(FIRE, consult("id_card", "身份证", "身份证丢了怎么补办", "身份证 丢了怎么补办!"))
    assert [finding.kind for finding in found] == ["duplicate"]


def test_an_intent_whose_only_example_another_one_answers_better_is_unreachable() -> None:
    found = findings(
        FIRE,
        consult("id_card", "身份证补办", "身份证补办", "身份证补办要什么", "身份证补办去哪里"),
        consult("other", "居住证办理", "身份证补办"),
    )
    stolen = [finding for finding in found if finding.kind == "stolen"]
    (unreachable,) = [finding for finding in found if finding.kind == "unreachable"]
    assert ["写在 other 里，却更像 id_card（身份证补办）" in finding.message for finding in stolen] == [True]
    assert [finding.blocks for finding in stolen] == [False]
    assert unreachable.message.startswith("other ")
    assert unreachable.blocks


def test_one_stolen_example_is_only_a_hint() -> None:
    found = findings(
        FIRE,
        consult("id_card", "身份证补办", "身份证补办"),
        consult("other", "居住证", "我的身份证补办呢", "居住证去哪里办", "居住证要什么材料", "居住证有效期多久"),
    )
    assert [(finding.kind, finding.blocks) for finding in found] == [("stolen", False)]
    assert "我的身份证补办呢" in found[0].message


def test_a_consultation_that_the_screen_takes_for_danger() -> None:
    suicide = matter("suicide", "轻生", "我站在楼顶想跳下去")
    about = consult("suicide_rule", "轻生处置", "有人跳楼物业要担责吗")
    rule = {"matter": "suicide", "flag": "self_harm", "all": ["跳楼"], "question": "keep"}
    (finding,) = [each for each in findings(suicide, about, rule=rule) if each.kind == "danger_in_consultation"]
    assert "跳楼" in finding.message
    assert finding.blocks


def test_a_consultation_that_names_a_danger_but_is_not_taken_for_one() -> None:
    found = findings(FIRE, consult("fire_duty", "消防责任", "房子着火谁来赔"))
    assert [finding for finding in found if finding.kind == "danger_in_consultation"] == []


def test_an_urgent_example_that_nobody_would_hear() -> None:
    found = findings(
        FIRE,
        consult("lost", "丢失物品", "包丢了去哪里找", "手机丢了去哪里找"),
        matter("robbery", "抢劫", "有人抢我的包", "包丢了去哪里找"),
    )
    missed = [finding for finding in found if finding.kind == "missed_danger"]
    assert ["包丢了去哪里找" in finding.message for finding in missed] == [True]
    assert not missed[0].blocks


def test_a_matter_that_is_not_urgent_needs_no_rule() -> None:
    found = findings(FIRE, matter("quarrel", "吵架", "两口子吵架了", priority="P3"))
    assert found == []


def test_the_shipped_catalogue_has_nothing_that_blocks(knowledge: Knowledge) -> None:
    found = validate(locate(catalogue_files(CONFIG)), knowledge.understanding)
    assert [str(finding) for finding in found if finding.blocks] == []
