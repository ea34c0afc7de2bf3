"""What can happen in a conversation. Channels translate their own messages into these."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class Said(_Event):
    """The citizen said or typed something. `alternatives` holds ASR hypotheses, best first."""

    kind: Literal["said"] = "said"
    alternatives: tuple[str, ...] = Field(min_length=1)
    confidence: float | None = Field(default=None, ge=0, le=1)

    @property
    def text(self) -> str:
        """The best hypothesis."""
        return self.alternatives[0]


class Keyed(_Event):
    """A telephone key or a tapped button: the label of the choice, or digits."""

    kind: Literal["keyed"] = "keyed"
    key: str
    label: str | None = Field(default=None, description="what the button said, for the transcript")


class Silence(_Event):
    """Nothing was said within the waiting time."""

    kind: Literal["silence"] = "silence"


class Located(_Event):
    """The citizen shared a position. Degrees (WGS 84), accuracy in metres."""

    kind: Literal["located"] = "located"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy: float | None = Field(default=None, ge=0)
    label: str | None = None


class Filed(_Event):
    """The case asked for by the last Handoff is on disk under this number."""

    kind: Literal["filed"] = "filed"
    number: str
    access_code: str


class OperatorJoined(_Event):
    """A person took over; the front desk only listens from now on."""

    kind: Literal["operator_joined"] = "operator_joined"
    name: str


class OperatorLeft(_Event):
    """The person handed the citizen back to the front desk."""

    kind: Literal["operator_left"] = "operator_left"


class Trouble(_Event):
    """We cannot serve this conversation any more (no ear, no voice, a defect): a person must."""

    kind: Literal["trouble"] = "trouble"


class HungUp(_Event):
    """The citizen hung up or closed the page for good."""

    kind: Literal["hung_up"] = "hung_up"


Event = Annotated[
    Said | Keyed | Silence | Located | Filed | OperatorJoined | OperatorLeft | Trouble | HungUp,
    Field(discriminator="kind"),
]
