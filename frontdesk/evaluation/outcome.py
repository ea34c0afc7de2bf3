"""What became of one labelled sentence, whoever decided it: the product, or a peer that it is measured against."""

from __future__ import annotations

from dataclasses import dataclass

from conversation import Knowledge
from frontdesk.batch import ranked_of, routing_of
from frontdesk.evaluation.split import Sentence
from intents.understanding import Decision


@dataclass(frozen=True)
class Outcome:
    """`ranked`: intents, best first. `confidence`: the claimed chance (0..1) that the first is right."""

    sentence: Sentence
    text: str
    decision: Decision
    intent: str | None
    ranked: tuple[str, ...]
    queue: str | None = None
    priority: str | None = None
    asked: bool = False
    """One yes/no question about danger; yes or no answer brings 110."""
    confidence: float = 0.0
    outside: bool = False
    """The first of `ranked` is something that the line does not do, or there is none."""

    @property
    def connected(self) -> bool:
        """A P1 case, at once."""
        return self.decision is Decision.HANDOFF and self.priority == "P1"

    def among(self, count: int) -> bool:
        """Is the right intent among the first so many?"""
        return self.sentence.intent in self.ranked[:count]

    @property
    def right(self) -> bool:
        """Is the first intent right? For something outside, any intent outside, or none."""
        return self.outside if self.sentence.kind == "outside" else self.among(1)


def outcome(know: Knowledge, sentence: Sentence, text: str) -> Outcome:
    """What a fresh conversation makes of the sentence, heard as `text`."""
    reading = know.understanding.read([text])
    routing = routing_of(know, reading)
    ranked = tuple(candidate.intent for candidate in ranked_of(reading))
    first = know.catalogue.get(reading.candidates[0].intent) if reading.candidates else None
    return Outcome(
        sentence,
        text,
        reading.decision,
        reading.intent,
        ranked,
        routing.queue if routing else None,
        routing.priority if routing else None,
        reading.decision is Decision.CLARIFY and reading.doubt is not None,
        reading.confidence,
        first is None or first.kind in ("outside", "smalltalk"),
    )
