"""The public sets in ../shared/data, described in its README. They are never part of the project."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rapidfuzz import fuzz

from frontdesk.settings import home

FOLDER = home().resolve().parent / "shared" / "data"
NOISE = (0, 10, 20, 30)
"""Percent of characters misheard; 0 is the clean text."""


@dataclass(frozen=True)
class Labelled:
    """A classification set. `asked`: test texts by noise level, in the order of `wanted`."""

    name: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    asked: dict[int, tuple[str, ...]]
    wanted: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every label once, in order of appearance."""
        return tuple(dict.fromkeys(self.labels))


@dataclass(frozen=True)
class Questions:
    """A retrieval set: numbers of the right questions for each query."""

    texts: tuple[str, ...]
    asked: dict[int, tuple[str, ...]]
    wanted: tuple[frozenset[int], ...]


def smp2017() -> Labelled:
    """31 domains of requests to a telephone's assistant."""
    return _split("smp2017")


def customer_service() -> Labelled:
    """118 intents of customers of a web shop; about 40 % of the training labels are wrong."""
    return _split("cic")


def small_talk() -> Labelled:
    """83 small-talk intents. Which lines are the test part is told only by their misheard forms."""
    rows = _lines("intent/dialogflow_smalltalk_zh.jsonl")
    misheard = {percent: _misheard("smalltalk", percent) for percent in NOISE[1:]}
    tested = _aligned(rows, list(zip(*misheard.values(), strict=True)))
    train = [row for at, row in enumerate(rows) if at not in set(tested)]
    asked = {0: tuple(rows[at]["text"] for at in tested), **misheard}
    return Labelled(
        "small-talk",
        tuple(row["text"] for row in train),
        tuple(row["label"] for row in train),
        asked,
        tuple(rows[at]["label"] for at in tested),
    )


def frequent_questions() -> Questions:
    """8356 questions, 1500 queries (LCQMC)."""
    data = json.loads((FOLDER / "faq" / "lcqmc_faq.json").read_text("utf-8"))
    asked = {0: tuple(text for text, _ in data["queries"])}
    asked |= {percent: _misheard("faq_lcqmc", percent) for percent in NOISE[1:]}
    return Questions(tuple(data["faqs"]), asked, tuple(frozenset(gold) for _, gold in data["queries"]))


def _split(name: str) -> Labelled:
    train, test = _lines(f"intent/{name}_train.jsonl"), _lines(f"intent/{name}_test.jsonl")
    asked = {0: tuple(row["text"] for row in test)}
    asked |= {percent: _misheard(name, percent) for percent in NOISE[1:]}
    return Labelled(
        name,
        tuple(row["text"] for row in train),
        tuple(row["label"] for row in train),
        asked,
        tuple(row["label"] for row in test),
    )


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text("utf-8").splitlines()]


def _misheard(name: str, percent: int) -> tuple[str, ...]:
    return tuple(json.loads((FOLDER / "noise" / f"{name}_{percent}.json").read_text("utf-8"))["t"])


def _aligned(rows: Sequence[dict[str, Any]], misheard: Sequence[tuple[str, ...]]) -> list[int]:
    """The line behind each misheard text: labels keep the file's order, a line is used once.

    The best path through (text, label), then within a label the most alike pairs first.
    """
    labels = list(dict.fromkeys(row["label"] for row in rows))
    members = [[at for at, row in enumerate(rows) if row["label"] == label] for label in labels]
    alike = [
        {at: sum(fuzz.ratio(text, rows[at]["text"]) for text in texts) for at in range(len(rows))} for texts in misheard
    ]
    best = [[max(each[at] for at in inside) for inside in members] for each in alike]
    path = _ascending(best)
    chosen = [-1] * len(misheard)
    for number, inside in enumerate(members):
        here = [at for at, label in enumerate(path) if label == number]
        pairs = sorted(((alike[text][at], text, at) for text in here for at in inside), reverse=True)
        used: set[int] = set()
        for _, text, at in pairs:
            if chosen[text] < 0 and at not in used:
                chosen[text] = at
                used.add(at)
    return chosen


def _ascending(value: Sequence[Sequence[float]]) -> list[int]:
    """A column for each row, never descending, with the largest sum."""
    width = len(value[0])
    total, came = [0.0] * width, []
    for row in value:
        best, at, step = [], 0, []
        for column in range(width):
            if total[column] > total[at]:
                at = column
            best.append(total[at] + row[column])
            step.append(at)
        total = best
        came.append(step)
    path = [max(range(width), key=total.__getitem__)]
    for step in reversed(came[1:]):
        path.append(step[path[-1]])
    return path[::-1]
