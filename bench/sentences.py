"""The measuring sentences: bench/understanding/dev.jsonl, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "understanding" / "dev.jsonl"


@dataclass(frozen=True)
class Sentence:
    """A sentence and what it should lead to. `at` counts lines from 0; `queue` "any" accepts both desks."""

    at: int
    text: str
    kind: str
    intent: str | None = None
    queue: str | None = None
    priority: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def sentences() -> list[Sentence]:
    """All of them, in file order."""
    lines = FILE.read_text("utf-8").splitlines()
    return [Sentence(at=at, **json.loads(line)) for at, line in enumerate(lines)]
