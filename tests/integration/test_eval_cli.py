"""`frontdesk eval` with the shipped catalogue: tables, JSON, drawing, and the comparison with an earlier report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from conversation import Knowledge
from frontdesk.cli import app, evaluate

ROWS = [
    {"text": "身份证丢了怎么补办", "kind": "consult", "intent": "id_card_lost"},
    {"text": "我家厨房着火了", "kind": "matter", "intent": "fire", "queue": "110", "priority": "P1"},
    {"text": "帮我写一首诗", "kind": "outside"},
    {"text": "电视剧里的人拿刀砍人真吓人", "kind": "trap"},
]


@pytest.fixture
def split(tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file; the catalogue is loaded once for all tests."""
    monkeypatch.setattr(evaluate, "configured_knowledge", lambda: knowledge)
    rows = [row for row in ROWS if row.get("intent") is None or row["intent"] in knowledge.catalogue]
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)])


def test_tables_for_people(split: Path) -> None:
    told = run(split, "--noise", 0, "--noise", 20)
    assert told.exit_code == 0, told.output
    for expected in ("P1：第一句就接 110", "把握准不准", "只取把握在门槛以上的", "20% 噪声"):
        assert expected in told.output


def test_a_kept_report_compares_with_itself_and_finds_what_got_worse(split: Path, tmp_path: Path) -> None:
    kept = tmp_path / "before.json"
    told = run(split, "--json", "--noise", 0)
    assert told.exit_code == 0, told.output
    kept.write_text(told.stdout, "utf-8")
    assert run(split, "--noise", 0, "--against", kept).exit_code == 0

    better: dict[str, Any] = json.loads(told.stdout)
    level = better["levels"][0]["measures"]
    level["p1_false_trap"] = {"hits": 0, "of": 1}
    level["outside_taken"] = {"hits": -5, "of": 1}
    kept.write_text(json.dumps(better), "utf-8")
    lost = run(split, "--noise", 0, "--against", kept, "--json")
    assert lost.exit_code == 1
    assert "范围外" in lost.stderr
    json.loads(lost.stdout)


def test_reports_on_other_sentences_are_not_compared(split: Path, tmp_path: Path) -> None:
    kept = tmp_path / "before.json"
    kept.write_text(run(split, "--json", "--noise", 0).stdout, "utf-8")
    told = run(split, "--lines", "even", "--noise", 0, "--against", kept)
    assert told.exit_code == 2
    assert "同一批句子" in told.stderr


def test_a_drawing_is_written(split: Path, tmp_path: Path) -> None:
    plot = tmp_path / "report.svg"
    assert run(split, "--noise", 0, "--plot", plot).exit_code == 0
    assert plot.read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--plot", "report.png"), "SVG"),
        (("--lines", "some"), "all、odd、even"),
        (("--noise", "101"), "百分数"),
        (("--against", "no-such-report.json"), "no-such-report.json"),
    ],
)
def test_a_wrong_option_is_told_in_one_message(split: Path, arguments: tuple[str, ...], told: str) -> None:
    found = run(split, *arguments)
    assert found.exit_code == 2
    assert told in found.stderr


def test_a_file_that_is_not_there_is_named(split: Path) -> None:
    found = run(split.with_name("none.jsonl"))
    assert found.exit_code == 2
    assert "none.jsonl" in found.stderr
