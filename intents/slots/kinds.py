"""Patterns of one field with their confidence, tried only where one of the characters they need was said."""

from __future__ import annotations

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """A way of saying a field. `needs`: characters of which at least one is in every match; empty if none is sure."""

    pattern: re.Pattern[str]
    confidence: float
    needs: frozenset[str]


def kind(pattern: str | re.Pattern[str], confidence: float, needs: str = "") -> Kind:
    """A kind from its pattern."""
    return Kind(re.compile(pattern), confidence, frozenset(needs))


def matches(kinds: tuple[Kind, ...], text: str) -> tuple[tuple[re.Match[str], float], ...]:
    """Every match of every kind, in the order of the kinds."""
    said = frozenset(text)
    return tuple(
        (match, one.confidence)
        for one in kinds
        if not one.needs or not one.needs.isdisjoint(said)
        for match in one.pattern.finditer(text)
    )
