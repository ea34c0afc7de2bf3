"""The direction of imports, and the size and names of modules."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("intents", "handoff", "conversation", "bot", "ivr", "frontdesk")
ALLOWED: dict[str, set[str]] = {
    "intents": set(),
    "handoff": set(),
    "conversation": {"intents", "handoff"},
    "bot": {"conversation", "handoff", "intents"},
    "ivr": {"conversation", "handoff", "intents"},
    "frontdesk": {"intents", "handoff", "conversation", "bot", "ivr"},
}
LONGEST = 400
NAMELESS = {"utils", "util", "helpers", "helper", "misc", "common"}
FRAMEWORKS = {"aiohttp", "sqlalchemy", "telegram", "typer", "rich", "jinja2", "alembic", "asyncpg", "aiosqlite"}
"""Of the outside world: the inner packages know none of them."""

MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Top-level packages that a module imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(path.relative_to(ROOT).parts[0] if node.level else (node.module or "").split(".")[0])
    return found


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_package_is_looked_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(PACKAGES)


def test_imports_are_really_read() -> None:
    assert "intents" in imported(ROOT / "conversation" / "engine.py")
    assert "pypinyin" in imported(ROOT / "intents" / "pinyin.py")


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_imports_point_inwards(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    ours = imported(path) & set(PACKAGES) - {package}
    assert ours <= ALLOWED[package]


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_module_imports_tests_or_benchmarks(path: Path) -> None:
    assert not imported(path) & {"tests", "bench"}


@pytest.mark.parametrize("package", ["intents", "handoff", "conversation"])
def test_inner_packages_know_no_framework(package: str) -> None:
    known = {named(path): imported(path) & FRAMEWORKS for path in MODULES if path.is_relative_to(ROOT / package)}
    assert not {name: found for name, found in known.items() if found}


def test_the_language_core_reads_no_files_and_waits_for_nothing() -> None:
    outside = {"asyncio", "socket", "pathlib", "os", "io", "time", "random", "secrets", "urllib", "logging"}
    for path in (ROOT / "intents").rglob("*.py"):
        assert not imported(path) & outside, named(path)
        tree = ast.parse(path.read_text("utf-8"))
        assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree)), named(path)


def test_the_engine_has_no_clock_of_its_own() -> None:
    for path in (ROOT / "conversation").glob("*.py"):
        assert not imported(path) & {"time", "asyncio", "random"}, named(path)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            reads = isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")
            assert not (reads and isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date")), named(
                path
            )


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_modules_stay_small_and_have_a_name(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST
    assert path.stem not in NAMELESS
    assert path.parent.name not in NAMELESS


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))
