"""Whole calls on virtual time: a scripted caller, the real engine and knowledge, a store in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from conversation import ConversationService, Engine, Knowledge
from handoff import Case, Channel, Queue
from handoff.ports import Message
from handoff.testing import FixedClock, MemoryLiveFeed, MemoryStore
from ivr.calling import Call, CallPorts, Watch
from ivr.ports import Key, OperatorAnswered, OperatorLeft
from ivr.recogniser import RecogniserFailed, RecogniserOverloaded
from ivr.session import CallSession
from ivr.testing_line import (
    Do,
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
from ivr.turns import FalseAlarm, Quiet, SpeechStarted, TurnEvent

ASK_ID_CARD = "身份证丢了怎么补办"
NOISE = "楼上半夜一直吵睡不着"
DANGER = "有人拿刀砍人"


class Seen(Watch):
    def __init__(self) -> None:
        self.turns: list[TurnEvent] = []

    def turn(self, event: TurnEvent) -> None:
        self.turns.append(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.turns if isinstance(event, kind)]


@dataclass
class Scene:
    """One call and everything around it."""

    know: Knowledge
    line: ScriptedLine
    store: MemoryStore = field(default_factory=MemoryStore)
    voice: FakeVoice = field(default_factory=FakeVoice)
    switchboard: FakeSwitchboard = field(default_factory=FakeSwitchboard)
    seen: Seen = field(default_factory=Seen)
    ears: FakeEars = field(init=False)
    conversations: ConversationService = field(init=False)

    def __post_init__(self) -> None:
        self.ears = FakeEars(self.line)
        self.conversations = ConversationService(
            Engine(self.know), self.store, MemoryLiveFeed(), FixedClock(), ids=lambda: "call-0001"
        )

    async def run(self, entry: Queue | None = None, **call: Any) -> Scene:
        ports = CallPorts(
            line=self.line,
            ears=self.ears,
            voice=self.voice,
            switchboard=self.switchboard,
            conversations=self.conversations,
            activity=lambda _: MarkedActivity(),
        )
        await CallSession(ports, Call(Channel.PHONE, entry=entry, **call), self.seen).run()
        assert self.ears.taken == 0, "the ear was given back"
        return self

    async def lines(self) -> list[Message]:
        return list(await self.conversations.transcript("call-0001"))

    async def citizen(self) -> list[str]:
        return [line.text for line in await self.lines() if line.speaker == "citizen"]

    async def cases(self) -> list[Case]:
        async with self.store.reading() as tx:
            return list(await tx.cases.recent(None))


@pytest.fixture
def call(knowledge: Knowledge) -> Any:
    return lambda *steps: Scene(knowledge, ScriptedLine(*steps))


def caller(*steps: Step) -> tuple[Step, ...]:
    """Hears the greeting out first."""
    return (Listen(), Wait(0.4), *steps)


async def test_consultation_is_answered_in_the_wording_for_the_telephone(call: Any, knowledge: Knowledge) -> None:
    scene = await call(*caller(Speak(ASK_ID_CARD), Wait(1.0), Listen(), Speak("再见"), Wait(1.0), Listen())).run()
    answers = [line for line in await scene.lines() if line.payload.get("answers")]
    assert len(answers) == 1
    spoken = knowledge.catalogue.consult(answers[0].payload["answers"]).answer.phone
    assert scene.voice.spoken[:2] == [knowledge.phrases.greeting, spoken]
    assert scene.voice.spoken[-1] == knowledge.phrases.goodbye
    assert scene.switchboard.hung_up
    assert not scene.switchboard.handed_over
    assert not await scene.cases()


async def test_the_answer_starts_right_after_the_pause_that_ends_the_turn(call: Any) -> None:
    scene = await call(*caller(Speak(ASK_ID_CARD, 2.0), Wait(3.0))).run()
    [started] = scene.seen.of(SpeechStarted)
    first_sound = next(at for at, _ in scene.line.out if at > started.at)
    assert first_sound == pytest.approx(started.at + 2.0 + 0.8, abs=0.041)


async def test_matter_is_filed_after_consent(call: Any) -> None:
    steps = caller(
        Speak(NOISE), Wait(2.0), Listen(),
        Speak("解放路12号3幢"), Wait(2.0), Listen(),
        Speak("可以"), Wait(1.0), Listen(),
    )  # fmt: skip
    scene = await call(*steps).run()
    [case] = await scene.cases()
    assert case.consent is not None
    assert case.consent.given
    assert case.queue == "110"
    assert any(phrases is not None and "可以" in phrases for phrases in scene.ears.expected)
    assert any(case.number in text for text in scene.voice.spoken)
    assert not scene.switchboard.rings


async def test_consent_by_key(call: Any) -> None:
    steps = caller(
        Speak(NOISE), Wait(2.0), Listen(), Speak("解放路12号3幢"), Wait(2.0), Wait(1.0), Happen(Key("1")), Wait(1.0)
    )
    scene = await call(*steps).run()
    [case] = await scene.cases()
    assert case.consent is not None
    assert case.consent.given
    assert scene.line.flushes, "a key stops the question"


async def test_keys_that_answer_nothing_are_ignored(call: Any) -> None:
    scene = await call(Wait(1.0), Happen(Key("5")), Happen(Key("1")), Listen(), Wait(0.5)).run()
    assert await scene.citizen() == []
    assert not scene.line.flushes
    assert len(scene.voice.spoken) == 1


@pytest.mark.parametrize("key", ["0", "*"])
async def test_person_keys_ring_at_any_time(call: Any, key: str) -> None:
    scene = await call(Wait(0.5), Happen(Key(key)), Wait(1.0)).run()
    [case] = await scene.cases()
    assert [(queue, number) for queue, number, _ in scene.switchboard.rings] == [("12345", case.number)]


async def test_words_before_the_key_are_kept(call: Any) -> None:
    scene = await call(*caller(Speak(DANGER, 1.0), Happen(Key("0")), Wait(1.0))).run()
    assert (await scene.citizen())[0] == DANGER
    [case] = await scene.cases()
    assert case.priority == "P1"
    assert [ring[0] for ring in scene.switchboard.rings] == ["110"]


async def test_danger_rings_in_the_first_turn_while_questions_go_on(call: Any) -> None:
    steps = caller(Speak(DANGER), Wait(1.0), Listen(), Speak("解放路12号"), Wait(2.0), Listen())
    scene = await call(*steps).run()
    [case] = await scene.cases()
    assert scene.switchboard.rings == [("110", case.number, "P1")]
    assert "location" in case.fields
    assert not scene.switchboard.handed_over


async def test_danger_rings_before_anything_is_said(call: Any) -> None:
    scene = call(*caller(Speak(DANGER), Wait(1.0), Listen()))
    at_ring: list[int] = []
    ring = scene.switchboard.ring

    async def watched(*given: Any) -> None:
        at_ring.append(len(scene.voice.spoken))
        await ring(*given)

    scene.switchboard.ring = watched
    await scene.run()
    assert at_ring == [1], "only the greeting had been said"


async def test_barge_in_flushes_at_once(call: Any) -> None:
    scene = await call(Wait(1.0), Speak(ASK_ID_CARD), Wait(3.0)).run()
    [started] = scene.seen.of(SpeechStarted)
    assert started.interrupts
    assert scene.line.flushes[0] == pytest.approx(1.0 + 0.25, abs=0.041)
    assert await scene.citizen() == [ASK_ID_CARD]


async def test_a_cough_does_not_end_the_prompt(call: Any, knowledge: Knowledge) -> None:
    scene = await call(Wait(1.5), Speak("", 0.4), Wait(2.0), Listen(), Wait(0.5)).run()
    assert len(scene.seen.of(FalseAlarm)) == 1
    assert await scene.citizen() == []
    assert scene.voice.spoken == [knowledge.phrases.greeting]
    played = sum(len(pcm) for _, pcm in scene.line.out) / 2 / scene.line.rate
    whole = len(knowledge.phrases.greeting) * scene.voice.seconds
    assert whole < played, "the interrupted second is heard again"


async def test_backchannel_does_not_interrupt(call: Any) -> None:
    scene = await call(Wait(1.0), Speak("嗯", 0.2), Wait(2.0), Listen()).run()
    assert not scene.line.flushes
    assert await scene.citizen() == []


async def test_silence_on_110_ends_with_a_person_never_with_a_hang_up(call: Any, knowledge: Knowledge) -> None:
    scene = await call(Listen(), Wait(60.0)).run(entry="110")
    [case] = await scene.cases()
    assert scene.switchboard.rings == [("110", case.number, "P1")]
    assert not scene.switchboard.hung_up
    assert not scene.switchboard.handed_over
    assert [event.times for event in scene.seen.of(Quiet)][:3] == [1, 2, 3]
    assert knowledge.phrases.silence_first in scene.voice.spoken
    assert knowledge.phrases.silence_choice in scene.voice.spoken


async def test_silent_caller_presses_a_key(call: Any) -> None:
    scene = await call(Listen(), Wait(8.0), Listen(), Wait(7.0), Listen(), Happen(Key("1")), Wait(1.0)).run(entry="110")
    assert [ring[2] for ring in scene.switchboard.rings] == ["P1"]


async def test_any_sound_after_the_second_silence_is_danger(call: Any) -> None:
    steps = (Listen(), Wait(6.5), Listen(), Wait(6.5), Listen(), Speak("嗯", 0.5), Wait(1.0))
    scene = await call(*steps).run(entry="110")
    assert [ring[2] for ring in scene.switchboard.rings] == ["P1"]


async def test_a_person_on_the_line_silences_the_front_desk_but_not_the_transcript(call: Any) -> None:
    steps = caller(
        Speak(DANGER), Wait(1.5), Happen(OperatorAnswered("wang")), Wait(0.2),
        Speak("我在解放路12号三楼"), Wait(20.0), Speak("谢谢"), Wait(1.5),
    )  # fmt: skip
    scene = await call(*steps).run()
    said = await scene.citizen()
    assert said == [DANGER, "我在解放路12号三楼", "谢谢"]
    assert scene.line.flushes, "the running question stopped"
    joined_at = scene.line.flushes[-1]
    assert not [at for at, _ in scene.line.out if at > joined_at]
    assert not scene.seen.of(Quiet)
    [case] = await scene.cases()
    assert "我在解放路12号三楼" in case.quotes


async def test_after_the_person_has_left_the_front_desk_goes_on(call: Any, knowledge: Knowledge) -> None:
    steps = caller(
        Speak("转人工"), Wait(1.5), Happen(OperatorAnswered("li")), Wait(2.0), Happen(OperatorLeft()), Wait(0.1),
        Listen(), Wait(0.5), Speak(ASK_ID_CARD), Wait(1.5), Listen(),
    )  # fmt: skip
    scene = await call(*steps).run()
    assert knowledge.phrases.operator_left in scene.voice.spoken
    assert await scene.citizen() == ["转人工", ASK_ID_CARD]


async def test_left_alone_after_the_person_the_call_ends(call: Any) -> None:
    steps = (Happen(Key("0")), Wait(1.0), Happen(OperatorAnswered("li")), Wait(1.0), Happen(OperatorLeft()), Wait(60.0))
    assert (await call(*steps).run(entry="12345")).switchboard.hung_up
    assert not (await call(*steps).run(entry="110")).switchboard.hung_up


async def test_nobody_answers_a_wish_for_a_person(call: Any) -> None:
    scene = await call(*caller(Speak("转人工"), Wait(60.0))).run(hold=20.0)
    [case] = await scene.cases()
    assert scene.switchboard.handed_over == [("12345", case.number, "asked")]


async def test_no_ear_free_reaches_a_person_at_once_with_a_case(call: Any) -> None:
    scene = call(Wait(5.0))
    scene.ears.taken = 1
    scene.ears._places = 1
    ports = CallPorts(
        scene.line, scene.ears, scene.voice, scene.switchboard, scene.conversations, lambda _: MarkedActivity()
    )
    await CallSession(ports, Call(Channel.PHONE, entry="110"), None).run()
    [case] = await scene.cases()
    assert scene.switchboard.handed_over == [("110", case.number, "overload")]
    assert not scene.line.out, "nothing was said first"


@pytest.mark.parametrize(
    ("error", "reason"),
    [(RecogniserFailed("broken"), "failure"), (RecogniserOverloaded("late"), "overload"), (OSError("gone"), "failure")],
)
async def test_an_ear_that_breaks_hands_over_what_is_known(call: Any, error: Exception, reason: str) -> None:
    scene = call(*caller(Speak(DANGER), Wait(2.0), Listen(), Speak("解放路12号"), Wait(5.0)))
    scene.ears = FakeEars(scene.line, error=error, fails_at=2)
    await scene.run()
    [case] = await scene.cases()
    assert scene.switchboard.handed_over == [("110", case.number, reason)]


async def test_store_failure_hands_over(call: Any) -> None:
    scene = call()
    scene.line._steps.extend(
        [*caller(Do(lambda: setattr(scene.store, "failure", "disk full")), Speak(ASK_ID_CARD), Wait(5.0))]
    )
    await scene.run(entry="12345")
    assert scene.switchboard.handed_over == [("12345", None, "failure")]


async def test_store_failure_before_the_greeting_hands_over(call: Any) -> None:
    scene = call(Wait(5.0))
    scene.store.failure = "gone"
    await scene.run(entry="110")
    assert scene.switchboard.handed_over == [("110", None, "failure")]


async def test_voice_failure_hands_over(call: Any) -> None:
    scene = call(Wait(5.0))
    scene.voice.error = RuntimeError("no synthesiser")
    await scene.run()
    [case] = await scene.cases()
    assert scene.switchboard.handed_over == [("12345", case.number, "failure")]


async def test_ring_failure_hands_over(call: Any) -> None:
    scene = call(*caller(Speak(DANGER), Wait(5.0)))
    scene.switchboard.error = ConnectionError("no ARI")
    await scene.run()
    [case] = await scene.cases()
    assert scene.switchboard.handed_over == [("110", case.number, "failure")]


async def test_slower_and_louder_last_for_the_call(call: Any) -> None:
    steps = caller(
        Speak("慢一点"), Wait(1.0), Listen(), Speak("大声一点"), Wait(1.0), Listen(), Speak(ASK_ID_CARD), Wait(1.0)
    )
    scene = await call(*steps).run()
    assert scene.voice.manners[0] == (False, False)
    assert (True, False) in scene.voice.manners
    assert scene.voice.manners[-1] == (True, True)


async def test_alternatives_reach_the_engine(call: Any) -> None:
    scene = call(*caller(Speak("有人要跳楼"), Wait(1.0), Listen()))
    scene.ears.readings["有人要跳楼"] = ("有人要调楼", "有人要跳楼")
    await scene.run()
    assert [ring[2] for ring in scene.switchboard.rings] == ["P1"]


async def test_words_cut_off_by_hanging_up_are_kept(call: Any) -> None:
    scene = await call(*caller(Speak(DANGER))).run()
    assert await scene.citizen() == [DANGER]
    [case] = await scene.cases()
    assert case.priority == "P1"
    assert not scene.switchboard.rings, "there is nobody to connect"


async def test_noise_without_words_ends_with_a_person(call: Any) -> None:
    noise = [step for _ in range(8) for step in (Speak("", 2.0), Wait(1.5), Listen())]
    scene = await call(*caller(*noise)).run(entry="110")
    assert scene.switchboard.rings
