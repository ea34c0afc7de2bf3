"""Catalogue files: what is wrong is named with file, line and the way out; half a file is never a crash."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.knowledge import catalogue_files
from intents.catalogue import Consult, Matter, Smalltalk
from intents.parse import CatalogueError, locate, parse_catalogue

CONFIG = Path(__file__).parents[2] / "config"
HELLO = """\
- id: hello
  kind: smalltalk
  title: 问好
  examples: [你好]
  reply: 您好
"""
ID_CARD = """\
# 户籍
- id: id_card
  kind: consult
  category: 户籍
  title: 身份证补办
  examples:
    - 身份证丢了怎么补办
    - 补办身份证要什么材料
  answer:
    chat: 带户口簿到派出所户籍窗口办理。
    phone: 带户口簿到派出所户籍窗口办理。
  applies_to: 浙江省
  source: 省政府网站
  basis: looked_up
  checked: 2026-01-05
  related: [street_light]
"""
STREET_LIGHT = """\
- id: street_light
  kind: matter
  category: 路灯
  title: 路灯不亮
  examples: [路灯坏了]
  queue: "12345"
  route: 12345_help
  priority: P4
  form: help
  code: "123456"
  consent: true
  advice: 已经记下了
  guidance:
    ask: [哪一盏]
"""
GOOD = {"consult.yaml": ID_CARD, "matter.yaml": STREET_LIGHT, "talk.yaml": HELLO}


def without(text: str, line: str) -> str:
    assert text.count(line) == 1
    return text.replace(line, "")


def put(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def problems(text: str, file: str = "a.yaml") -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue({file: text})
    assert caught.value.problems
    return [str(problem) for problem in caught.value.problems]


def test_three_kinds_from_three_files() -> None:
    catalogue = parse_catalogue(GOOD)
    assert [intent.id for intent in catalogue] == ["id_card", "street_light", "hello"]
    assert [type(intent) for intent in catalogue] == [Consult, Matter, Smalltalk]
    assert catalogue.consult("id_card").checked.isoformat() == "2026-01-05"
    assert catalogue.matter("street_light").guidance.ask == ("哪一盏",)
    assert catalogue.kinds == {"id_card": "consult", "street_light": "matter", "hello": "smalltalk"}


def test_asking_for_the_wrong_kind_is_a_key_error() -> None:
    catalogue = parse_catalogue(GOOD)
    with pytest.raises(KeyError, match="street_light is a matter"):
        catalogue.consult("street_light")
    with pytest.raises(KeyError, match="hello is a smalltalk"):
        catalogue.matter("hello")
    assert "nobody" not in catalogue
    assert "hello" in catalogue


def test_intents_and_examples_know_their_lines() -> None:
    located = {entry.intent.id: entry for entry in locate(GOOD)}
    assert (located["id_card"].file, located["id_card"].line) == ("consult.yaml", 2)
    assert located["id_card"].example_lines == (7, 8)
    assert located["street_light"].example_lines == (5,)


@pytest.mark.parametrize(
    ("text", "line", "message", "way_out"),
    [
        ("", 1, "文件是空的", "删掉这个文件"),
        ("id: hello\n", 1, "应当是列表", "- id:"),
        ("三句话\n", 1, "应当是列表", "- id:"),
        ("- 你好\n", 1, "不是意图", "- id:"),
        (put(HELLO, "[你好]", "[你好"), 5, "不是正确的 YAML", "缩进、引号和冒号"),
        (HELLO + "\t- id: x\n", 6, "不是正确的 YAML", "被截断"),
        (HELLO + "  reply: 又一句\n", 6, "不是正确的 YAML", "缩进、引号和冒号"),
        (HELLO + "# 控制字符\x07\n", 6, "YAML 不允许的字符", "去掉控制字符"),
        ("[" * 700, 1, "套得太深", "方括号"),
        (put(ID_CARD, "2026-01-05", "2026-02-30"), 15, "日期不存在", "2026-01-05"),
        (put(ID_CARD, "2026-01-05", "2026-01-00"), 15, "日期不存在", "2026-01-05"),
        (put(ID_CARD, "2026-01-05", "上个月"), 15, "'上个月'，不是日期", "2026-01-05"),
        (without(HELLO, "  kind: smalltalk\n"), 1, "kind 写的是 空", "consult、matter、smalltalk、outside"),
        (put(HELLO, "smalltalk", "chat"), 1, "kind 写的是 chat", "consult、matter、smalltalk、outside"),
        (without(HELLO, "  reply: 您好\n"), 1, "hello缺少 reply", "reply: …"),
        (HELLO + "  repyl: 您好\n", 6, "不认识的键 repyl", "id、title、examples、kind、reply"),
        (put(HELLO, "id: hello", "id: Hello!"), 1, "id 写的是 'Hello!'", "小写字母"),
        (put(STREET_LIGHT, '"123456"', '"12345"'), 10, "code 写的是 '12345'", "六位数字"),
        (put(STREET_LIGHT, '"123456"', "123456"), 10, "code 不是文字（读成了 123456）", "英文双引号"),
        (put(STREET_LIGHT, "P4", "P5"), 8, "priority 写的是 'P5'", "'P1'、'P2'、'P3'、'P4'"),
        (put(STREET_LIGHT, "consent: true", "consent: 要"), 11, "consent 写的是 '要'", "true 或 false"),
        (put(HELLO, "问好", "好" * 41), 3, "title 太长", "最多 40 个字"),
        (put(ID_CARD, "chat: 带户口簿到派出所户籍窗口办理。", "chat: 好"), 10, "answer.chat 太短", "至少 8 个字"),
        (put(HELLO, "[你好]", "[]"), 4, "examples 是空的", "至少写一条"),
        (put(HELLO, "[你好]", "你好"), 4, "examples 应当是列表", "以“- ”开头"),
        (put(HELLO, "[你好]", "[你好, 110]"), 4, "examples.1 不是文字（读成了 110）", "英文双引号"),
        (put(ID_CARD, "    - 补办身份证要什么材料", "    - 110"), 8, "examples.1 不是文字", "英文双引号"),
        (HELLO + HELLO, 6, "id hello 重复", "a.yaml:1 已经用了"),
        (ID_CARD, 2, "related 提到 street_light", "改成已有的 id 或删掉"),
    ],
)
def test_every_mistake_names_its_line_and_the_way_out(text: str, line: int, message: str, way_out: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"a.yaml:{line}: ")
    assert message in problem
    assert way_out in problem


def test_no_files_at_all_is_an_error() -> None:
    with pytest.raises(CatalogueError, match="没有找到意图库文件"):
        parse_catalogue({})


def test_all_mistakes_of_all_files_are_told_at_once() -> None:
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue(
            {"one.yaml": put(HELLO, "问好", ""), "two.yaml": without(STREET_LIGHT, "  consent: true\n"), "三.yaml": ""}
        )
    assert {problem.file for problem in caught.value.problems} == {"one.yaml", "two.yaml", "三.yaml"}
    assert str(caught.value).count("\n") == len(caught.value.problems) - 1


def test_an_id_used_in_another_file_is_a_duplicate() -> None:
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue({"one.yaml": HELLO, "two.yaml": HELLO})
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("two.yaml", 1)
    assert "one.yaml:1 已经用了" in problem.fix


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert len(parse_catalogue({"a.yaml": "\ufeff" + HELLO})) == 1


def test_the_quick_and_the_exact_parser_agree() -> None:
    files = catalogue_files(CONFIG)
    assert [entry.intent for entry in locate(files)] == list(parse_catalogue(files))


@pytest.mark.parametrize("name", sorted(path.name for path in (CONFIG / "catalogue" / "zh").glob("*.yaml")))
def test_shipped_files_hold_no_problem_of_their_own(name: str) -> None:
    text = (CONFIG / "catalogue" / "zh" / name).read_text("utf-8")
    try:
        entries = locate({name: text})
    except CatalogueError as error:
        assert all("related" in problem.message for problem in error.problems), str(error)  # another file has it
    else:
        assert entries


SHIPPED = [
    (CONFIG / "catalogue" / "zh" / name).read_text("utf-8")
    for name in ("matter_line.yaml", "anti_fraud.yaml", "outside.yaml")
]
SMALL = [put(ID_CARD, "[street_light]", "[]"), STREET_LIGHT, HELLO]


def _survives(text: str) -> int | None:
    """Number of intents in a mutilated file, or None if it was refused properly."""
    try:
        return len(parse_catalogue({"cut.yaml": text}))
    except CatalogueError as error:
        for problem in error.problems:
            assert 1 <= problem.line <= text.count("\n") + 1
            assert re.fullmatch(r"cut\.yaml:\d+: .+。.+", str(problem), re.DOTALL)
        return None


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(SMALL), st.data())
def test_a_small_file_cut_anywhere_is_refused_or_shorter(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text) - 1))
    found = _survives(text[:cut])
    assert found is None or found <= 1


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(SHIPPED), st.floats(0, 1))
def test_a_shipped_file_cut_anywhere_is_refused_or_shorter(text: str, share: float) -> None:
    cut = int(share * len(text))
    found = _survives(text[:cut])
    assert found is None or found <= text[: cut + 1].count("- id:")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(SMALL),
    st.floats(0, 1),
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(["2026-13-45", "- ", ": ", "[", "{", "&a ", "*a", "!!", "|-\n", "'", '"', "<<: 3\n", "? "]),
    ),
)
def test_a_slip_of_the_hand_anywhere_is_no_crash(text: str, share: float, slip: str) -> None:
    at = int(share * len(text))
    found = _survives(text[:at] + slip + text[at:])
    assert found is None or found <= 1 + slip.count("-")
