"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from conversation import Knowledge
from frontdesk.knowledge import load_knowledge

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The knowledge that the product ships with. Read only, built once: it takes some seconds."""
    return load_knowledge(ROOT / "config")
