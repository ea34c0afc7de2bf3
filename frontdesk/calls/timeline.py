"""Where the lines of a conversation are in the sound of its call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from frontdesk.storage import CallEvent


class Placed(BaseModel):
    """The line with this seq was spoken from this second on."""

    model_config = ConfigDict(frozen=True)

    seq: int
    at: float


def placed_lines(events: Sequence[CallEvent]) -> tuple[Placed, ...]:
    """Lines whose place is known, each once, by seq. An answer that never sounded has none."""
    places: dict[int, float] = {}
    for seq, at in _places(events):
        places.setdefault(seq, at)
    return tuple(Placed(seq=seq, at=at) for seq, at in sorted(places.items()))


def _places(events: Sequence[CallEvent]) -> Iterator[tuple[int, float]]:
    for event in events:
        if event.kind == "decided" and "heard" in event.detail:
            yield int(event.detail["heard"]), float(event.detail["heard_at"])
        elif event.kind == "speaking" and "line" in event.detail:
            yield int(event.detail["line"]), event.at
