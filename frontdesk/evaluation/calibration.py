"""Whether confidence keeps its word, and what a threshold on it would cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
_BINS = 10
_STEPS = 20

Claim = tuple[float, bool]
"""A confidence (0..1), and whether the claim was right."""


class _Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bin(_Figures):
    """Sentences with confidence from `low` on: their mean confidence, and the share that was right."""

    low: Share
    count: Annotated[int, Field(ge=1)]
    claimed: Share
    right: Share


class Point(_Figures):
    """With confidence from `threshold` on: share of all sentences taken, and share of these that is right."""

    threshold: Share
    coverage: Share
    precision: Share | None


def reliability(claims: Sequence[Claim]) -> tuple[Bin, ...]:
    """Ten equal intervals of confidence; empty ones are left out."""
    bins: list[list[Claim]] = [[] for _ in range(_BINS)]
    for claim in claims:
        bins[min(_BINS - 1, int(claim[0] * _BINS))].append(claim)
    return tuple(
        Bin(
            low=at / _BINS,
            count=len(inside),
            claimed=sum(confidence for confidence, _ in inside) / len(inside),
            right=sum(right for _, right in inside) / len(inside),
        )
        for at, inside in enumerate(bins)
        if inside
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error (0..1): mean distance between claimed and right, each sentence counting once."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.claimed - each.right) for each in bins) / total if total else 0.0


def coverage_curve(claims: Sequence[Claim]) -> tuple[Point, ...]:
    """Coverage and precision at thresholds from 0 to 1."""
    points = []
    for step in range(_STEPS + 1):
        threshold = step / _STEPS
        taken = [right for confidence, right in claims if confidence >= threshold]
        points.append(
            Point(
                threshold=threshold,
                coverage=len(taken) / len(claims) if claims else 0.0,
                precision=sum(taken) / len(taken) if taken else None,
            )
        )
    return tuple(points)
