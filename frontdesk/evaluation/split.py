"""The labelled sentences: JSON lines, format in docs/understanding.md."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from intents.catalogue import Catalogue

Kind = Literal["consult", "matter", "outside", "trap", "not_emergency"]
Lines = Literal["all", "even", "odd"]


class SplitError(ValueError):
    """A file of labelled sentences cannot be used; says which line and why."""


class Sentence(BaseModel):
    """A sentence and what it should lead to. `at` counts lines from 0; `queue` "any" accepts both desks.

    `trap` and `not_emergency` name a danger without there being one; only that no P1 comes of it is measured.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: int
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
    kind: Kind
    intent: str | None = None
    queue: Literal["110", "12345", "any"] | None = None
    priority: Literal["P1", "P2", "P3", "P4"] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind in ("consult", "matter") and self.intent is None:
            raise ValueError(f"{self.kind} 要写 intent")
        if self.kind == "matter" and (self.queue is None or self.priority is None):
            raise ValueError("matter 要写 queue 和 priority")
        return self


def read_split(path: Path, catalogue: Catalogue, lines: Lines = "all") -> tuple[Sentence, ...]:
    """The file's sentences, or those of its even or odd lines (counted from 0).

    Raises SplitError: no such file, a bad line, an intent that the catalogue does not have, nothing left.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SplitError(
            f"{path}：读不了（{error}）。请给出 UTF-8 的 JSON 行文件，写法见 docs/understanding.md"
        ) from error
    found = tuple(_sentence(path, at, line) for at, line in enumerate(text.splitlines()) if line.strip())
    unknown = sorted({s.intent for s in found if s.intent is not None} - set(catalogue.kinds))
    if unknown:
        raise SplitError(f"{path}：意图库里没有 {'、'.join(unknown)}。请改标签，或补上意图")
    chosen = tuple(_chosen(found, lines))
    if not chosen:
        raise SplitError(f"{path}：没有可以用的句子")
    return chosen


def _sentence(path: Path, at: int, line: str) -> Sentence:
    try:
        return Sentence.model_validate({"at": at, **json.loads(line)})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "整行"
        raise SplitError(f"{path} 第 {at + 1} 行：{where} 不对（{first['msg']}）") from error
    except (ValueError, TypeError) as error:
        raise SplitError(f"{path} 第 {at + 1} 行：不是 JSON 对象（{error}）") from error


def _chosen(found: Iterable[Sentence], lines: Lines) -> Iterable[Sentence]:
    if lines == "all":
        return found
    return (sentence for sentence in found if sentence.at % 2 == (lines == "odd"))
