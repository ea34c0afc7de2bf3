"""Every P1 sentence connects to 110 at once, or after one yes/no about danger. Nobody waits for a form."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from conversation import Action, Connect, Engine, Event, Handoff, Knowledge, Offer, Said, Silence, State
from conversation.state import AskedDanger
from handoff import Channel

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DATA = YAML(typ="safe").load((Path(__file__).parent / "p1_utterances.yaml").read_text("utf-8"))
SENTENCES = [(matter, sentence) for matter, sentences in DATA["at_once"].items() for sentence in sentences]
UNCLEAR = [(matter, sentence) for matter, sentences in DATA["after_one_question"].items() for sentence in sentences]
CHANNELS = [Channel.WEBCHAT, Channel.PHONE]


def _hear(knowledge: Knowledge, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
    return Engine(knowledge).handle(state, event, NOW)


def _connected(actions: tuple[Action, ...]) -> bool:
    """The case is handed over as P1 and 110 is rung, in this order."""
    kinds = [action.kind for action in actions if isinstance(action, Handoff | Connect)]
    drafts = [action.draft for action in actions if isinstance(action, Handoff)]
    queues = [action.queue for action in actions if isinstance(action, Connect)]
    return kinds == ["handoff", "connect"] and queues == ["110"] and [d.priority for d in drafts] == ["P1"]


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
@pytest.mark.parametrize(("matter", "sentence"), SENTENCES, ids=[f"{m}:{s}" for m, s in SENTENCES])
def test_first_turn_connects(knowledge: Knowledge, channel: Channel, matter: str, sentence: str) -> None:
    state = Engine(knowledge).start(channel)
    _, actions = _hear(knowledge, state, Said(alternatives=(sentence,)))
    assert _connected(actions), f"{matter}: {sentence} -> {actions}"
    draft = next(action.draft for action in actions if isinstance(action, Handoff))
    assert draft.quotes == (sentence,)
    assert draft.consent is None


@pytest.mark.parametrize("reply", [Said(alternatives=("有",)), Silence()], ids=["有", "silence"])
@pytest.mark.parametrize(("matter", "sentence"), UNCLEAR, ids=[f"{m}:{s}" for m, s in UNCLEAR])
def test_unclear_cry_is_asked_once_then_connected(
    knowledge: Knowledge, matter: str, sentence: str, reply: Event
) -> None:
    state, actions = _hear(knowledge, Engine(knowledge).start(Channel.PHONE), Said(alternatives=(sentence,)))
    if not _connected(actions):
        assert isinstance(state.pending, AskedDanger), f"{matter}: {sentence} -> {actions}"
        assert any(isinstance(action, Offer) for action in actions)
        state, actions = _hear(knowledge, state, reply)
    assert _connected(actions), f"{matter}: {sentence} -> {actions}"
