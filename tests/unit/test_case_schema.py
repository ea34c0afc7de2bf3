from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from case_samples import NOW, filed, resolved
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from handoff import Case, lifecycle
from handoff.schema import case_schema

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "case.v1.schema.json"


def validate(case: Case) -> None:
    document = json.loads(case.model_dump_json())
    Draft202012Validator(case_schema(), format_checker=FormatChecker()).validate(document)


def test_the_published_file_is_current() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == case_schema(), (
        "run: python -m handoff.schema > docs/case.v1.schema.json"
    )


def test_the_module_prints_the_published_file() -> None:
    printed = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "handoff.schema"], cwd=ROOT, capture_output=True, check=True
    )
    assert printed.stdout.decode() == PUBLISHED.read_text(encoding="utf-8")
    assert not printed.stderr


def test_the_schema_is_valid_2020_12() -> None:
    Draft202012Validator.check_schema(case_schema())


def test_every_property_has_a_chinese_title() -> None:
    schema = case_schema()
    for model in (schema, *schema["$defs"].values()):
        for name, described in model.get("properties", {}).items():
            assert any("\u4e00" <= character <= "\u9fff" for character in described["title"]), name


def test_a_filed_case_and_a_closed_one_validate() -> None:
    validate(filed())
    case = lifecycle.follow_up(resolved(), "王", NOW, resolved=True, satisfied=None)
    case = lifecycle.close(case, "王", NOW)
    validate(case)
    case = lifecycle.escalate(case, "王", "又打起来了", NOW)
    validate(case)


@pytest.mark.parametrize(
    ("name", "value"),
    [("queue", "911"), ("priority", "P9"), ("state", "lost"), ("fields", {"weather": {}}), ("number", 1)],
)
def test_what_is_no_case_does_not_validate(name: str, value: object) -> None:
    document = {**json.loads(filed().model_dump_json()), name: value}
    with pytest.raises(ValidationError):
        Draft202012Validator(case_schema()).validate(document)
