"""The state of one conversation: small, serialisable, replaced as a whole on every event."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from handoff import Channel, FieldName, FieldValue, Priority, Queue, Risk


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class AskedSlot(_Part):
    """Waiting for one field. `times` counts how often it was asked."""

    kind: Literal["slot"] = "slot"
    slot: FieldName
    times: int = 1


class AskedDanger(_Part):
    """Waiting for yes or no to: is anybody in danger? `words` is what raised the doubt."""

    kind: Literal["danger"] = "danger"
    matter: str
    flag: str
    words: str


class AskedConsent(_Part):
    """Waiting for yes or no to passing the open matter on."""

    kind: Literal["consent"] = "consent"
    told: str
    times: int = 1


class AskedChoice(_Part):
    """Did you mean one of these intents? `words` is the sentence it is about."""

    kind: Literal["choice"] = "choice"
    intents: tuple[str, ...]
    words: str


class AskedReadBack(_Part):
    """Waiting for yes, no or the right value to: did I hear this field rightly?"""

    kind: Literal["read_back"] = "read_back"
    slot: FieldName


class AskedSilent(_Part):
    """The line is silent; a key or a word decides."""

    kind: Literal["silent"] = "silent"


Pending = Annotated[
    AskedSlot | AskedDanger | AskedConsent | AskedChoice | AskedReadBack | AskedSilent, Field(discriminator="kind")
]


class OpenMatter(_Part):
    """A matter being written up, or already filed when `number` is set."""

    matter: str
    title: str
    queue: Queue
    route: str
    priority: Priority
    linkage: tuple[str, ...] = ()
    form: str
    fields: dict[FieldName, FieldValue] = Field(default_factory=dict)
    risks: tuple[Risk, ...] = ()
    quotes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    asked: tuple[FieldName, ...] = ()
    read_back: tuple[FieldName, ...] = ()
    number: str | None = None
    access_code: str | None = None
    waiting_for_person: bool = False


class State(_Part):
    """Everything the engine remembers between two events."""

    channel: Channel
    entry: Queue | None = None
    caller_number: str | None = None
    trunk: str | None = Field(default=None, description="the telephone line that the call came through")
    pending: Pending | None = None
    open: OpenMatter | None = None
    filed: OpenMatter | None = Field(default=None, description="latest filed case of this conversation")
    located: FieldValue | None = Field(default=None, description="position the citizen shared")
    answered: str | None = Field(default=None, description="consultation answered last")
    lines: tuple[str, ...] = Field(default=(), description="latest lines of the citizen, oldest first")
    said: tuple[str, ...] = Field(default=(), description="what the front desk said last, for 重复")
    failures: int = Field(default=0, description="turns in a row that led nowhere")
    silences: int = 0
    operator: str | None = None
    ended: bool = False
