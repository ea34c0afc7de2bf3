"""One turn: the state, what happened, and the resources every step of the engine needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conversation.actions import Action
from conversation.phrases import Phrases
from conversation.state import State
from handoff.forms import Form
from handoff.triage import Triage
from intents.catalogue import Catalogue
from intents.regions import Gazetteer
from intents.understanding import Reading, Understanding


@dataclass(frozen=True)
class Knowledge:
    """What a front desk knows: one published version of catalogue, rules, forms and phrases."""

    understanding: Understanding
    triage: Triage
    forms: Mapping[str, Form]
    phrases: Phrases
    regions: Gazetteer = field(default_factory=Gazetteer)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue the understanding was built from."""
        return self.understanding.catalogue


@dataclass(frozen=True)
class Turn:
    """What a step sees. Steps return an Outcome, or None to let the next step look."""

    state: State
    text: str
    reading: Reading
    now: datetime
    know: Knowledge


@dataclass(frozen=True)
class Outcome:
    """The next state and what is to be done."""

    state: State
    actions: tuple[Action, ...]


def change(state: State, **changes: Any) -> State:
    """The state with these attributes replaced."""
    return state.model_copy(update=changes)
