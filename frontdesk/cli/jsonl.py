"""JSON lines in, JSON lines out: a bad line gets its own error and the next one is served."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any


class BadLine(ValueError):
    """The line is not a JSON object of readable text."""


def lines() -> Iterator[tuple[int, bytes]]:
    """Lines of standard input that are not blank, with their number from 1."""
    return ((number, line) for number, line in enumerate(sys.stdin.buffer, start=1) if line.strip())


def parse(line: bytes) -> dict[str, Any]:
    """Raises BadLine."""
    try:
        found = json.loads(line)
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise BadLine("括号套得太深") from error
    except UnicodeEncodeError as error:
        raise BadLine("含有半个字符（单独的代理码位），不是完整的文字") from error
    except ValueError as error:
        raise BadLine(f"不是 JSON：{error}") from error
    if not isinstance(found, dict):
        raise BadLine('应当是一个 JSON 对象，例如 {"text": "…"}')
    return found


def write(answer: dict[str, Any]) -> None:
    """One line, at once."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def refusal(number: int, message: str, **known: Any) -> dict[str, Any]:
    """What stands in the place of a bad line's answer."""
    return {**known, "error": {"code": "bad_line", "message": f"第{number}行：{message}"}}
