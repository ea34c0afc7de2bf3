"""Catalogue files (YAML text) to `Catalogue`, with errors that name file, line and the way out.

Takes text, not paths: reading files is the caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from intents.catalogue import Catalogue, Consult, Intent, Matter, Outside, Smalltalk

_INTENT: TypeAdapter[Consult | Matter | Smalltalk | Outside] = TypeAdapter(Intent)
_KEYS: Mapping[str, tuple[str, ...]] = {
    model.model_fields["kind"].annotation.__args__[0]: tuple(model.model_fields)  # type: ignore[union-attr]
    for model in (Consult, Matter, Smalltalk, Outside)
}
_DATE = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)")


@dataclass(frozen=True)
class Problem:
    """Something wrong in a catalogue file. `line` counts from 1."""

    file: str
    line: int
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}。{self.fix}"


class CatalogueError(ValueError):
    """The catalogue cannot be used; every problem found is listed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Located:
    """An intent and the place it was read from."""

    intent: Consult | Matter | Smalltalk | Outside
    file: str
    line: int
    example_lines: tuple[int, ...]


def parse_catalogue(files: Mapping[str, str]) -> Catalogue:
    """All files, by name, to one catalogue. Raises CatalogueError with every problem found."""
    try:
        intents = [
            _INTENT.validate_python(raw)
            for text in files.values()
            for raw in YAML(typ="safe").load(text.encode("utf-8"))
        ]
        if intents and not _cross_check([Located(intent, "", 0, ()) for intent in intents]):
            return Catalogue(intents)
    except (YAMLError, ValueError, TypeError, RecursionError):
        pass  # the slow parser below says exactly what is wrong, and where
    return Catalogue(located.intent for located in locate(files))


def locate(files: Mapping[str, str]) -> list[Located]:
    """Like parse_catalogue, but keeps where each intent and example stands."""
    found: list[Located] = []
    problems: list[Problem] = []
    for name, text in files.items():
        entries, broken = _parse_file(name, text)
        found += entries
        problems += broken
    if not files:
        problems.append(Problem("config/catalogue", 1, "没有找到意图库文件", "请放入至少一个 .yaml 文件"))
    problems += _cross_check(found)
    if problems:
        raise CatalogueError(problems)
    return found


def _parse_file(name: str, text: str) -> tuple[list[Located], list[Problem]]:
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return [], [
            Problem(
                name,
                line,
                f"这里不是正确的 YAML（{error.problem or '格式不完整'}）",
                "请检查这一行和上一行的缩进、引号和冒号；文件可能被截断了",
            )
        ]
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        character = f"含有 YAML 不允许的字符（编码 {error.character:#06x}）"
        return [], [Problem(name, line, character, "请用 UTF-8 纯文本保存，去掉控制字符")]
    except (YAMLError, ValueError, TypeError) as error:
        wrong = _impossible_date(text)
        if wrong is not None:
            return [], [Problem(name, wrong, "这里的日期不存在", "请写成 2026-01-05 这样的日期")]
        return [], [
            Problem(name, 1, f"文件里有读不懂的写法（{error}）", "请检查缩进、引号、冒号和问号，对照相邻的意图")
        ]
    except RecursionError:
        return [], [Problem(name, 1, "括号或列表套得太深", "请检查有没有多余的方括号和花括号")]
    if document is None:
        return [], [Problem(name, 1, "文件是空的", "请写入至少一个意图，或删掉这个文件")]
    if not isinstance(document, CommentedSeq):
        return [], [Problem(name, 1, "文件顶层应当是列表", "每个意图以“- id:”开头")]
    entries: list[Located] = []
    problems: list[Problem] = []
    for index, raw in enumerate(document):
        line = document.lc.item(index)[0] + 1
        if not isinstance(raw, CommentedMap):
            problems.append(Problem(name, line, "这一项不是意图", "每个意图以“- id:”开头，下面缩进写各个键"))
            continue
        try:
            intent = _INTENT.validate_python(_plain(raw))
        except ValidationError as error:
            problems += [_explain(name, line, raw, detail) for detail in error.errors()]
            continue
        examples = raw["examples"]
        lines = tuple(examples.lc.item(at)[0] + 1 for at in range(len(examples)))
        entries.append(Located(intent, name, line, lines))
    return entries, problems


def _impossible_date(text: str) -> int | None:
    """The line of the first date that the calendar does not have (2026-02-30)."""
    for number, line in enumerate(text.splitlines(), start=1):
        for year, month, day in _DATE.findall(line):
            try:
                date(int(year), int(month), int(day))
            except ValueError:
                return number
    return None


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return tuple(_plain(value) for value in node)
    return node


def _explain(name: str, line: int, raw: CommentedMap, detail: Any) -> Problem:
    kind = str(raw.get("kind", ""))
    path = [part for part in detail["loc"] if part != kind]
    at = _line_of(raw, path, line)
    key = ".".join(str(part) for part in path)
    identity = f"意图 {raw.get('id', '（没有 id）')}"
    match detail["type"]:
        case "union_tag_invalid" | "union_tag_not_found":
            return Problem(name, line, f"{identity}的 kind 写的是 {kind or '空'}", f"请写其中之一：{'、'.join(_KEYS)}")
        case "missing":
            return Problem(name, at, f"{identity}缺少 {key}", f"请补上一行“{path[-1]}: …”，写法见 docs/catalogue.md")
        case "extra_forbidden":
            known = "、".join(_KEYS.get(kind, ()))
            return Problem(name, at, f"{identity}有不认识的键 {key}", f"可以写的键：{known}")
        case "literal_error":
            return Problem(
                name,
                at,
                f"{identity}的 {key} 写的是 {detail['input']!r}",
                f"请写其中之一：{detail['ctx']['expected'].replace(', ', '、').replace(' or ', '、')}",
            )
        case "string_pattern_mismatch":
            return Problem(
                name,
                at,
                f"{identity}的 {key} 写的是 {detail['input']!r}",
                "id 用小写字母开头，只含小写字母、数字和下划线；code 是六位数字",
            )
        case "string_too_long":
            return Problem(name, at, f"{identity}的 {key} 太长", f"最多 {detail['ctx']['max_length']} 个字")
        case "string_too_short":
            return Problem(name, at, f"{identity}的 {key} 太短", f"至少 {detail['ctx']['min_length']} 个字")
        case "too_short":
            return Problem(name, at, f"{identity}的 {key} 是空的", "请至少写一条")
        case "string_type":
            return Problem(
                name, at, f"{identity}的 {key} 不是文字（读成了 {detail['input']!r}）", "请给它加上英文双引号"
            )
        case "tuple_type":
            return Problem(name, at, f"{identity}的 {key} 应当是列表", "每条占一行，以“- ”开头")
        case kind if kind.startswith("date"):
            return Problem(
                name, at, f"{identity}的 {key} 写的是 {detail['input']!r}，不是日期", "请写成 2026-01-05 这样的日期"
            )
        case kind if kind.startswith("bool"):
            return Problem(name, at, f"{identity}的 {key} 写的是 {detail['input']!r}", "请写 true 或 false")
        case _:
            return Problem(name, at, f"{identity}的 {key} 不对（{detail['msg']}）", "写法见 docs/catalogue.md")


def _line_of(node: Any, path: Sequence[Any], line: int) -> int:
    for part in path:
        try:
            if isinstance(node, CommentedMap) and part in node:
                line, node = node.lc.key(part)[0] + 1, node[part]
            elif isinstance(node, CommentedSeq) and isinstance(part, int):
                line, node = node.lc.item(part)[0] + 1, node[part]
            else:
                return line
        except (KeyError, IndexError, TypeError):
            return line
    return line


def _cross_check(found: Iterable[Located]) -> list[Problem]:
    problems: list[Problem] = []
    first: dict[str, Located] = {}
    entries = list(found)
    for located in entries:
        earlier = first.setdefault(located.intent.id, located)
        if earlier is not located:
            problems.append(
                Problem(
                    located.file,
                    located.line,
                    f"id {located.intent.id} 重复",
                    f"{earlier.file}:{earlier.line} 已经用了这个 id，请换一个或合并两项",
                )
            )
    for located in entries:
        for related in getattr(located.intent, "related", ()):
            if related not in first:
                problems.append(
                    Problem(
                        located.file,
                        located.line,
                        f"意图 {located.intent.id} 的 related 提到 {related}，但没有这个意图",
                        "请改成已有的 id 或删掉",
                    )
                )
    return problems
