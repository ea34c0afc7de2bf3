"""Every scenario of tests/scenarios/*.yaml, played against the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from conversation import Knowledge
from frontdesk.scenarios import Scenario, load_scenarios, run_scenario
from handoff.testing import FixedClock

FOLDER = Path(__file__).parents[1] / "scenarios"
SCENARIOS = [(path.stem, scenario) for path in sorted(FOLDER.glob("*.yaml")) for scenario in load_scenarios(path)]


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(scenario, id=f"{file}:{scenario.title}") for file, scenario in SCENARIOS],
)
async def test_scenario(knowledge: Knowledge, scenario: Scenario) -> None:
    failures = await run_scenario(knowledge, scenario, FixedClock())
    assert not failures, "\n".join(map(str, failures))


def test_titles_are_unique_in_a_file() -> None:
    named = [(file, scenario.title) for file, scenario in SCENARIOS]
    assert len(named) == len(set(named))
