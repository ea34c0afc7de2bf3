"""The shares that are reported: of which sentences, what counts, and how much may be lost before it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from frontdesk.evaluation.outcome import Outcome
from intents.understanding import Decision

Of = Callable[[Outcome], bool]

TOLERANCE = 1.0
"""Percentage points that a share may lose: one sentence in a hundred is within the luck of the split."""


@dataclass(frozen=True)
class Measure:
    """`down`: less is better. `tolerance`: points that may be lost; 0 where none may."""

    key: str
    title: str
    of: Of
    hit: Of
    down: bool = False
    tolerance: float = TOLERANCE


def _consult(outcome: Outcome) -> bool:
    return outcome.sentence.kind == "consult"


def _matter(outcome: Outcome) -> bool:
    return outcome.sentence.kind == "matter"


def _grave(outcome: Outcome) -> bool:
    return outcome.sentence.priority == "P1"


def _not_grave(outcome: Outcome) -> bool:
    return outcome.sentence.priority != "P1"


def _outside(outcome: Outcome) -> bool:
    return outcome.sentence.kind == "outside"


def _trap(outcome: Outcome) -> bool:
    return outcome.sentence.kind in ("trap", "not_emergency")


def _answered(outcome: Outcome) -> bool:
    return outcome.decision is Decision.ANSWER


MEASURES: tuple[Measure, ...] = (
    Measure("consult_first", "咨询：第一名对", _consult, lambda o: o.among(1)),
    Measure("consult_among_three", "咨询：前三名里有", _consult, lambda o: o.among(3)),
    Measure("consult_answered", "咨询：当场答对", _consult, lambda o: _answered(o) and o.intent == o.sentence.intent),
    Measure(
        "consult_answered_wrongly", "咨询：答错 ↓", _consult,
        lambda o: _answered(o) and o.intent != o.sentence.intent, down=True,
    ),
    Measure("matter_id", "事项：哪一项", _matter, lambda o: o.among(1)),
    Measure(
        "matter_desk", "事项：哪一席", _matter,
        lambda o: o.queue is not None and o.sentence.queue in ("any", o.queue),
    ),
    Measure("matter_priority", "事项：优先级", _matter, lambda o: o.priority == o.sentence.priority),
    Measure("p1_at_once", "P1：第一句就接 110", _grave, lambda o: o.connected, tolerance=0.0),
    Measure("p1_with_question", "P1：就接，或先问一句", _grave, lambda o: o.connected or o.asked, tolerance=0.0),
    Measure("p1_false", "不是 P1 却接了 110 ↓", _not_grave, lambda o: o.connected, down=True),
    Measure("p1_false_trap", "有险情字眼却没险情，接了 110 ↓", _trap, lambda o: o.connected, down=True),
    Measure("p1_asked_needlessly", "不是 P1 却问有没有危险 ↓", _not_grave, lambda o: o.asked, down=True),
    Measure(
        "outside_taken", "范围外：答了或立了案 ↓", _outside,
        lambda o: o.decision in (Decision.ANSWER, Decision.HANDOFF), down=True,
    ),
)  # fmt: skip
BY_KEY = {measure.key: measure for measure in MEASURES}
