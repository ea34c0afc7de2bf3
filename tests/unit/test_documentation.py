"""The documentation tells what there is: settings, commands, addresses, error codes, mechanisms, running examples."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.core
from pydantic import SecretStr
from ruamel.yaml import YAML

from frontdesk.batch import FIELDS, case_of
from frontdesk.cli import app
from frontdesk.settings import Settings
from frontdesk.web.app import APIS
from frontdesk.web.errors import STATUSES
from frontdesk.web.openapi import document

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCES = ("bot", "frontdesk", "handoff")
REFUSALS = frozenset({"StepRefused", "FrameRefused", "ApiError"})
STATES = ("做到", "部分", "未做")
MECHANISMS = tuple(f"M{number:02}" for number in range(1, 58))
_TEST = re.compile(r"`(tests/[\w/.]+)(?:::([^`]+))?`")
_EXAMPLE = re.compile(r"```bash\n(printf [^`]+)```\n+```json\n(.*?)```", re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@cache
def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def pages() -> list[str]:
    return ["README.md", "CHANGELOG.md", *(f"docs/{path.name}" for path in sorted(DOCS.glob("*.md")))]


def rows(name: str) -> Iterator[list[str]]:
    """Cells of all table rows of a page."""
    for line in read(name).splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def first_cells(name: str) -> set[str]:
    """Words in backticks in the first column of any table."""
    return {word for cells in rows(name) for word in re.findall(r"`([^`]+)`", cells[0])}


@pytest.mark.parametrize("setting", sorted(Settings.model_fields))
def test_every_setting_is_explained(setting: str) -> None:
    assert setting in first_cells("docs/operations.md")


def test_the_defaults_told_are_the_defaults() -> None:
    told = {cells[0].strip("`"): cells[1].strip("`") for cells in rows("docs/operations.md") if len(cells) == 3}
    for name, field in Settings.model_fields.items():
        assert told[name] == _written(field.default), name


def _written(default: object) -> str:
    """A default as the settings file writes it; an empty text is named."""
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, str):
        return default or "（空）"
    return json.dumps(list(default) if isinstance(default, tuple) else default)


def commands() -> Iterator[str]:
    """Every command of the command line, as it is typed."""

    def walk(group: typer.core.TyperGroup, path: str) -> Iterator[str]:
        for name, command in group.commands.items():
            if isinstance(command, typer.core.TyperGroup):
                yield from walk(command, f"{path} {name}")
            else:
                yield f"{path} {name}"

    top = typer.main.get_command(app)
    assert isinstance(top, typer.core.TyperGroup)
    yield from walk(top, "frontdesk")


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_explained(command: str) -> None:
    assert command in first_cells("docs/operations.md")


def operations() -> list[str]:
    paths = document(APIS)["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


@pytest.mark.parametrize("operation", operations())
def test_every_address_is_explained(operation: str) -> None:
    assert f"`{operation}`" in read("docs/api.md")


def test_no_address_is_explained_that_is_not_there() -> None:
    told = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /api/[^`?]+)`", read("docs/api.md")))
    assert {address for address in told if "<" not in address} <= set(operations())


def raised_codes() -> set[str]:
    """Codes written into the source where a refusal is raised."""
    found = set()
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                    continue
                code = node.args[0]
                if node.func.id in REFUSALS and isinstance(code, ast.Constant) and isinstance(code.value, str):
                    found.add(code.value)
    return found


def test_every_error_code_is_explained() -> None:
    raised = raised_codes()
    assert {"already_claimed", "too_long", "csrf"} <= raised, "the search finds what it should"
    told = set(re.findall(r"`([a-z_]+)`", read("docs/api.md")))
    assert raised | set(STATUSES) | {"bad_line"} <= told


def test_the_status_of_every_error_code_is_right() -> None:
    told = {cells[0].strip("`"): cells[1] for cells in rows("docs/api.md") if len(cells) == 3 and cells[1].isdigit()}
    assert told == {code: str(status) for code, status in STATUSES.items()}


def mechanisms() -> dict[str, list[str]]:
    return {cells[0]: cells for cells in rows("docs/coverage.md") if re.fullmatch(r"M\d\d", cells[0])}


def test_every_mechanism_has_its_line() -> None:
    assert tuple(mechanisms()) == MECHANISMS


@pytest.mark.parametrize("number", MECHANISMS)
def test_a_mechanism_is_shown_by_tests_or_says_what_is_missing(number: str) -> None:
    _, _, state, tests, missing = mechanisms()[number]
    assert state in STATES
    assert bool(_TEST.search(tests)) == (state != "未做")
    assert bool(missing) == (state != "做到")


def test_the_mechanisms_are_counted_right() -> None:
    counted = Counter(cells[2] for cells in mechanisms().values())
    assert "，".join(f"{state} {counted[state]} 项" for state in STATES) in read("docs/coverage.md")


@cache
def names_in(file: str) -> frozenset[str]:
    """Names in a test file: functions, classes and, where assigned, state machine cases; titles of a scenario file."""
    path = ROOT / file
    if path.suffix == ".yaml":
        return frozenset(scenario["title"] for scenario in YAML(typ="safe").load(path.read_text("utf-8")))
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )


def named_tests() -> list[tuple[str, str, str]]:
    """(page, file, test) for every test that a page names; a bare ::name belongs to the file before it."""
    found = []
    for page in ("docs/coverage.md", "docs/threat-model.md"):
        for line in read(page).splitlines():
            file = ""
            for path, name, alone in re.findall(r"`(tests/[\w/.]+\.(?:py|yaml))(?:::([^`]+))?`|`::([^`]+)`", line):
                file = path or file
                found.append((page, file, name or alone))
    return found


def test_the_tests_that_pages_name_exist() -> None:
    named = named_tests()
    assert len(named) > len(MECHANISMS)
    missing = [
        f"{page}: {file}::{name}"
        for page, file, name in named
        if not (ROOT / file).is_file() or (name and name not in names_in(file))
    ]
    assert not missing


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page: str) -> None:
    broken = [
        target
        for target in _LINK.findall(_CODE.sub("", read(page)))
        if "://" not in target and not ((ROOT / page).parent / target).exists()
    ]
    assert not broken


def examples() -> list[tuple[str, str]]:
    """(command, documented answer) of the batch section."""
    return _EXAMPLE.findall(read("docs/api.md").split("## 批处理", 1)[1])


def test_batch_examples_run_and_give_the_documented_keys(tmp_path: Path) -> None:
    """Run as a shell would; `frontdesk` is the command of this checkout."""
    command = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m frontdesk "$@"\n'
    (tmp_path / "frontdesk").write_text(command, "utf-8")
    (tmp_path / "frontdesk").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "FRONTDESK_HOME": str(ROOT)}
    ran = examples()
    assert [line.split("frontdesk ")[-1].split()[0] for line, _ in ran] == ["explain", "replay"]
    for line, documented in ran:
        answer = subprocess.run(
            ["bash", "-c", line], check=True, capture_output=True, text=True, env=environment, cwd=ROOT
        ).stdout
        _same_keys(json.loads(answer), json.loads(documented), line)


def _same_keys(got: Any, told: Any, where: str) -> None:
    """Same keys all the way down. What decides (intent, desk, route, priority) is the same as well."""
    if isinstance(told, dict):
        assert isinstance(got, dict)
        assert got.keys() == told.keys(), where
        for key in told:
            _same_keys(got[key], told[key], f"{where} → {key}")
    elif isinstance(told, list):
        assert isinstance(got, list)
        for one, other in zip(got, told, strict=False):
            _same_keys(one, other, where)
    else:
        assert type(got) is type(told), where
        if where.endswith(("→ decision", "→ intent", "→ queue", "→ route", "→ priority", "→ matter", "→ consent")):
            assert got == told or "candidates" in where, where


def test_the_tables_of_the_batch_contracts_name_every_key() -> None:
    section = read("docs/api.md").split("## 批处理", 1)[1]
    told = set(re.findall(r"`([\w.]+)`", section))
    (_, explained), (_, replayed) = examples()
    assert json.loads(explained).keys() <= told
    assert json.loads(replayed).keys() - {"id"} <= told
    assert json.loads(explained)["fields"].keys() == set(FIELDS)
    case = set(json.loads(replayed)["case"])
    assert {f"case.{key}" for key in case - {"title", "queue", "route", "priority"}} <= told


def test_the_case_of_the_batch_contract_is_documented_whole() -> None:
    """`case_of` builds one literal: its keys are the contract."""
    tree = ast.parse(read("frontdesk/batch.py"))
    (built,) = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == case_of.__name__]
    (literal,) = [node.value for node in built.body if isinstance(node, ast.Return)]
    assert isinstance(literal, ast.Dict)
    keys = {key.value for key in literal.keys if isinstance(key, ast.Constant)}
    assert keys == set(json.loads(examples()[1][1])["case"])


def test_pictures_are_small_enough_to_keep() -> None:
    pictures = sorted((DOCS / "screenshots").glob("*.png"))
    assert {path.stem for path in pictures} >= {"citizen", "citizen-phone", "desk", "desk-phone", "status"}
    assert all(path.stat().st_size < 300 * 1024 for path in pictures)
