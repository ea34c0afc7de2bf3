"""Calls in which people come, go or never answer; on virtual time, as in test_call_session."""

from __future__ import annotations

import asyncio
from typing import Any

from test_call_session import DANGER, NOISE, Scene, caller

from conversation import Knowledge
from ivr.ports import Key, OperatorAnswered
from ivr.testing_line import Do, Happen, Listen, ScriptedLine, Speak, Wait


def scene(knowledge: Knowledge, *steps: Any) -> Scene:
    return Scene(knowledge, ScriptedLine(*steps))


async def test_a_case_that_rings_nobody_is_noted_on_the_line(knowledge: Knowledge) -> None:
    steps = caller(
        Speak(NOISE), Wait(2.0), Listen(), Speak("解放路12号3幢"), Wait(2.0), Listen(), Speak("可以"), Wait(1.0)
    )
    played = await scene(knowledge, *steps).run()
    [case] = await played.cases()
    assert played.switchboard.noted == [(case.queue, case.number)]
    assert not played.switchboard.rings


async def test_line_and_trunk_are_on_the_case(knowledge: Knowledge) -> None:
    played = await scene(knowledge, Happen(Key("0")), Wait(1.0)).run(
        entry="110", caller_number="13900001234", trunk="telecom"
    )
    [case] = await played.cases()
    assert (case.origin.entry, case.origin.caller_number, case.origin.trunk) == ("110", "13900001234", "telecom")


async def test_who_hangs_up_while_phones_ring_is_called_back(knowledge: Knowledge) -> None:
    played = await scene(knowledge, Happen(Key("0")), Wait(3.0)).run(caller_number="13900001234")
    [case] = await played.cases()
    assert case.callback is not None
    assert (case.callback.number, case.callback.why, case.callback.needed) == ("13900001234", "ringing", True)


async def test_a_withheld_number_is_called_back_by_nobody_but_known(knowledge: Knowledge) -> None:
    played = await scene(knowledge, Happen(Key("0")), Wait(3.0)).run()
    [case] = await played.cases()
    assert case.callback is not None
    assert case.callback.number is None


async def test_who_was_answered_is_not_called_back(knowledge: Knowledge) -> None:
    played = await scene(knowledge, Happen(Key("0")), Wait(1.0), Happen(OperatorAnswered("li")), Wait(2.0)).run()
    [case] = await played.cases()
    assert case.callback is None


async def test_waiting_callers_hear_a_word_every_twenty_seconds(knowledge: Knowledge) -> None:
    played = await scene(knowledge, Happen(Key("0")), Wait(65.0)).run(hold=None)
    words = [text for text in played.voice.spoken if text.startswith("我一直在")]
    assert 2 <= len(words) <= 3


async def test_a_call_that_comes_back_goes_on_with_its_conversation(knowledge: Knowledge) -> None:
    played = await scene(knowledge, *caller(Speak(DANGER), Wait(2.0), Listen())).run(entry="110")
    [case] = await played.cases()
    back = scene(knowledge, Listen(), Wait(0.4), Speak("解放路12号"), Wait(3.0))
    back.store, back.conversations = played.store, played.conversations
    await back.run(entry="110", case=case.number)
    assert back.voice.spoken[0] == knowledge.phrases.operator_left
    assert "解放路12号" in await back.citizen()
    assert len(await back.cases()) == 1


async def test_an_unknown_case_starts_a_conversation(knowledge: Knowledge) -> None:
    played = await scene(knowledge, Listen()).run(case="209901010001")
    assert played.voice.spoken[0] == knowledge.phrases.greeting


async def test_an_open_line_without_sound_reaches_a_person(knowledge: Knowledge) -> None:
    still = asyncio.Event()
    line = ScriptedLine(Wait(1.0), Do(still.set))
    played = Scene(knowledge, line)
    events = line.events

    async def stuck() -> Any:
        async for event in events():
            yield event
            if still.is_set() and not played.switchboard.handed_over:
                await asyncio.sleep(3600)  # the session has to end this

    line.events = stuck  # type: ignore[method-assign]
    still.set()
    await played.run(still=0.2)
    [case] = await played.cases()
    assert played.switchboard.handed_over == [("12345", case.number, "failure")]
    assert any(text == knowledge.phrases.trouble for text in [line.text for line in await played.lines()])
