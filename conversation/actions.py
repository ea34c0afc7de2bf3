"""What the engine wants done. The service carries these out in order, inside one transaction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from handoff import CaseDraft, FieldName, FieldValue, Priority, Queue, Risk


class _Action(BaseModel):
    model_config = ConfigDict(frozen=True)


class Choice(BaseModel):
    """A button or a key: `key` comes back in Keyed, `label` is shown and may also be said."""

    model_config = ConfigDict(frozen=True)

    key: str
    label: str


class Provenance(BaseModel):
    """Where a published answer comes from; shown under every answer."""

    model_config = ConfigDict(frozen=True)

    source: str
    checked: str = Field(description="ISO date")
    applies_to: str
    varies: tuple[str, ...] = ()
    volatile: bool = False


class Say(_Action):
    """Tell the citizen something. `speech` is the shorter wording for the telephone; empty: say nothing aloud."""

    kind: Literal["say"] = "say"
    text: str
    speech: str | None = None
    answers: str | None = Field(default=None, description="id of the consultation this answers")
    provenance: Provenance | None = None


class Speak(_Action):
    """From now on speak slower, or louder; a channel without a voice ignores it."""

    kind: Literal["speak"] = "speak"
    manner: Literal["slower", "louder"]


class Ask(_Action):
    """Ask for one field. A channel may offer `choices` and, for a place, a share-location button."""

    kind: Literal["ask"] = "ask"
    text: str
    slot: str
    choices: tuple[Choice, ...] = ()


class Offer(_Action):
    """Did-you-mean, or yes/no: one of these, please."""

    kind: Literal["offer"] = "offer"
    text: str
    choices: tuple[Choice, ...]


class Handoff(_Action):
    """File this case. The service answers with Filed once it is durable."""

    kind: Literal["handoff"] = "handoff"
    draft: CaseDraft


class Amend(_Action):
    """Add what was learnt after filing: fields, risks and quotes; may raise the priority."""

    kind: Literal["amend"] = "amend"
    number: str
    fields: dict[FieldName, FieldValue] = Field(default_factory=dict)
    risks: tuple[Risk, ...] = ()
    quotes: tuple[str, ...] = ()
    priority: Priority | None = None
    queue: Queue | None = Field(default=None, description="110 when danger shows up in a 12345 case")


class Connect(_Action):
    """Bring a person of this desk into the conversation or call, now."""

    kind: Literal["connect"] = "connect"
    queue: Queue
    priority: Priority


class CallBack(_Action):
    """The citizen gave up waiting for a person: somebody has to ring them about this filed case."""

    kind: Literal["call_back"] = "call_back"
    number: str
    phone: str | None = Field(description="the number to ring; None if the network withheld it")


class End(_Action):
    """Close the conversation; the citizen may start again."""

    kind: Literal["end"] = "end"


Action = Annotated[
    Say | Speak | Ask | Offer | Handoff | Amend | Connect | CallBack | End,
    Field(discriminator="kind"),
]
