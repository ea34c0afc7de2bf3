"""One line of `frontdesk doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """What was looked at, whether it is well, what to say. `needed` False: optional, only told."""

    name: str
    good: bool
    told: str
    needed: bool = True
