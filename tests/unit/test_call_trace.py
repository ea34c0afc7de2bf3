"""What happens in a call: events in seconds of its sound, told as a story."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conversation import ConversationService, Engine, Knowledge
from frontdesk.calls import CallTrace, placed_lines
from frontdesk.calls.story import heading, story
from frontdesk.storage import CallEvent, CallRecord
from handoff import Channel
from handoff.testing import FixedClock, MemoryLiveFeed, MemoryStore
from ivr.calling import Call, CallPorts
from ivr.ports import Audio, Key, LineEvent
from ivr.session import CallSession
from ivr.tape import Tape, TapedLine
from ivr.testing_line import (
    FakeEars,
    FakeSwitchboard,
    FakeVoice,
    Happen,
    Listen,
    MarkedActivity,
    ScriptedLine,
    Speak,
    Step,
    Wait,
)

BEGAN = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
ASK = "身份证丢了怎么补办"
RECORDED = "本次通话会录音。"


class TappedScript(ScriptedLine):
    """The scripted line as a line that shows its sound."""

    def listen_in(self, tap: Any) -> None:
        self._shown = tap

    async def events(self) -> AsyncIterator[LineEvent]:
        async for event in super().events():
            if isinstance(event, Audio):
                self._shown(event.pcm)
            yield event


async def traced(knowledge: Knowledge, *steps: Step) -> tuple[list[CallEvent], TappedScript, ConversationService]:
    """One call on virtual time with everything the trace keeps of it."""
    line, events = TappedScript(*steps), []
    conversations = ConversationService(
        Engine(knowledge), MemoryStore(), MemoryLiveFeed(), FixedClock(), ids=lambda: "call-0001"
    )
    tape = Tape(line.rate)
    trace = CallTrace(tape, events.append, lambda _: None)
    trace.announced(RECORDED)
    ports = CallPorts(
        line=TapedLine(line, tape),
        ears=FakeEars(line),
        voice=FakeVoice(),
        switchboard=FakeSwitchboard(),
        conversations=conversations,
        activity=lambda _: MarkedActivity(),
    )
    await CallSession(ports, Call(Channel.PHONE), trace, RECORDED).run()
    return events, line, conversations


def of(events: list[CallEvent], kind: str) -> list[CallEvent]:
    return [event for event in events if event.kind == kind]


async def test_a_turn_leaves_its_whole_story(knowledge: Knowledge) -> None:
    events, _, conversations = await traced(
        knowledge, Listen(), Wait(0.4), Speak(ASK, 2.0), Wait(1.5), Listen(), Happen(Key("0")), Wait(1.0)
    )
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    (announcement,) = of(events, "announcement")
    greeting, answer = of(events, "speaking")[:2]
    (started,) = of(events, "speech_started")
    (ended,) = of(events, "turn_ended")
    decided, pressed = of(events, "decided")[:2]
    assert announcement.at < greeting.at < started.at < ended.at <= decided.at <= answer.at
    assert greeting.at == pytest.approx(announcement.at + 0.1 * len(RECORDED) + 0.3, abs=0.05)
    assert ended.at == pytest.approx(started.at + 2.0 + 0.8, abs=0.05)
    partials = [event.detail["text"] for event in of(events, "partial")]
    assert partials[-1] == ASK
    assert len(partials) <= 7, "thinned"
    lines = await conversations.transcript("call-0001")
    asked = next(each.seq for each in lines if each.text == ASK)
    assert decided.detail["heard"] == asked
    assert decided.detail["heard_at"] == pytest.approx(started.at, abs=0.001)
    assert decided.detail["intents"]
    assert answer.detail["line"] == asked + 1
    assert of(events, "key")[0].detail == {"digit": "0"}
    assert pressed.detail["case"]
    assert events[-1].kind == "closed"
    placed = {each.seq: each.at for each in placed_lines(events)}
    assert (placed[1], placed[asked], placed[asked + 1]) == (greeting.at, started.at, answer.at)


async def test_an_interruption_and_when_we_fell_silent_are_kept(knowledge: Knowledge) -> None:
    events, line, _ = await traced(knowledge, Wait(1.5), Speak(ASK, 2.0), Wait(3.0))
    (started,) = of(events, "speech_started")
    assert started.detail["interrupts"]
    (hushed,) = of(events, "hushed")
    assert hushed.at == pytest.approx(line.flushes[0], abs=0.001)
    assert 0 < hushed.at - started.at < 0.6


def test_the_story_counts_from_the_end_of_the_turn() -> None:
    kinds = [
        (1.0, "speech_started", {"interrupts": False}),
        (3.0, "turn_ended", {"reason": "silence", "voiced": 1.2}),
        (3.04, "decided", {"actions": ["say"], "intents": ["id_card_lost"]}),
        (3.1, "speaking", {}),
        (9.0, "recording_failed", {}),
        (9.5, "never heard of", {}),
    ]
    events = [CallEvent(seq=n, at=at, kind=kind, detail=detail) for n, (at, kind, detail) in enumerate(kinds, 1)]
    told = list(story(events, {}))
    assert told[2].endswith("决定：say id_card_lost  (+40 ms)")
    assert told[3].endswith("第一声  (+100 ms)")
    assert "录音写不进去" in told[4]
    assert told[5].endswith("never heard of"), "a later version's events are shown as they are"


def test_a_call_without_an_end_says_so() -> None:
    call = CallRecord(id="abcdefgh", channel="phone", line="110", trunk="telecom", started_at=BEGAN)
    assert "没有结束时间" in heading(call, "202611210001")
    ended = call.model_copy(update={"ended_at": BEGAN + timedelta(seconds=12.3)})
    assert "12.3 秒" in heading(ended, None)
