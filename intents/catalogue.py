"""The intent catalogue as data: consultations with answers, matters with routes.

Format and meaning of every key: docs/catalogue.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

IntentId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Route = Literal[
    "110_emergency",
    "110_nonemergency",
    "joint_110_lead",
    "linkage_119",
    "linkage_120",
    "12345_complaint",
    "12345_help",
    "12345_report",
    "12345_suggestion",
    "12345_thanks",
    "onsite_four_platforms",
    "handoff_human",
    "clarify",
    "clarify_emergency",
    "handoff_priority_first",
]
AppealType = Literal["咨询", "求助", "投诉", "举报", "建议", "表扬", "感谢", "其他"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: IntentId
    title: Title
    examples: tuple[Words, ...] = Field(min_length=1)


class Answer(BaseModel):
    """The written answer (chat) and the spoken one (phone)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chat: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=2000)]
    phone: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=400)]


class Consult(_Entry):
    """A question that has a published answer."""

    kind: Literal["consult"]
    category: Title
    answer: Answer
    applies_to: Title
    varies: tuple[Words, ...] = ()
    channels: tuple[Words, ...] = ()
    source: Words
    basis: Literal["looked_up", "general_knowledge"]
    checked: date
    volatile: bool = False
    related: tuple[IntentId, ...] = ()


class Guidance(BaseModel):
    """The operator's card for a matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: tuple[Words, ...] = ()
    say: tuple[Words, ...] = ()
    watch: str = ""
    escalate: str = ""


class Matter(_Entry):
    """Something to be acted on by a desk."""

    kind: Literal["matter"]
    category: Title
    keywords: tuple[Words, ...] = ()
    queue: Literal["110", "12345", "any"]
    accepted_queues: tuple[Literal["110", "12345"], ...] = ()
    route: Route
    priority: Literal["P1", "P2", "P3", "P4"]
    linkage: tuple[Words, ...] = ()
    form: IntentId
    code: Annotated[str, StringConstraints(pattern=r"^\d{6}$")] | None = None
    appeal_type: AppealType | None = None
    consent: bool
    confidential: bool = False
    advice: Words
    guidance: Guidance


class Smalltalk(_Entry):
    """A greeting or thanks: one line back, and on."""

    kind: Literal["smalltalk"]
    reply: Words


class Outside(_Entry):
    """Something this line does not do; saying so politely keeps it from being matched elsewhere."""

    kind: Literal["outside"]
    reply: Words


Intent = Annotated[Consult | Matter | Smalltalk | Outside, Field(discriminator="kind")]


class Catalogue:
    """All intents, in file order, by id."""

    def __init__(self, intents: Iterable[Consult | Matter | Smalltalk | Outside]) -> None:
        self._by_id = {intent.id: intent for intent in intents}

    def __iter__(self) -> Iterator[Consult | Matter | Smalltalk | Outside]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, intent: object) -> bool:
        return intent in self._by_id

    def __getitem__(self, intent: str) -> Consult | Matter | Smalltalk | Outside:
        return self._by_id[intent]

    def get(self, intent: str) -> Consult | Matter | Smalltalk | Outside | None:
        """The intent of this id, or None."""
        return self._by_id.get(intent)

    def consult(self, intent: str) -> Consult:
        """The consultation of this id. Raises KeyError if it is none."""
        found = self._by_id[intent]
        if not isinstance(found, Consult):
            raise KeyError(f"{intent} is a {found.kind}, not a consultation")
        return found

    def matter(self, intent: str) -> Matter:
        """The matter of this id. Raises KeyError if it is none."""
        found = self._by_id[intent]
        if not isinstance(found, Matter):
            raise KeyError(f"{intent} is a {found.kind}, not a matter")
        return found

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Kind by id."""
        return {intent.id: intent.kind for intent in self}
