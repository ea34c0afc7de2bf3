"""Which intents are taken for which others, with the sentences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from frontdesk.evaluation.outcome import Outcome

NOTHING = ""
"""Taken for no intent at all."""
_EXAMPLES = 3


class Confusion(BaseModel):
    """An intent, how many of its sentences another came first for, what they were taken for, and some of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intent: str
    wrong: int
    of: int
    taken_for: dict[str, int]
    examples: tuple[str, ...]


def confusions(outcomes: Sequence[Outcome]) -> tuple[Confusion, ...]:
    """Every intent that was missed at least once, worst first."""
    by_intent: dict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        if each.sentence.kind in ("consult", "matter") and each.sentence.intent is not None:
            by_intent[each.sentence.intent].append(each)
    found = []
    for intent, asked in by_intent.items():
        missed = [each for each in asked if not each.among(1)]
        if not missed:
            continue
        taken = Counter(each.ranked[0] if each.ranked else NOTHING for each in missed)
        found.append(
            Confusion(
                intent=intent,
                wrong=len(missed),
                of=len(asked),
                taken_for=dict(taken.most_common()),
                examples=tuple(each.text for each in missed[:_EXAMPLES]),
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.wrong, -each.wrong / each.of, each.intent)))
