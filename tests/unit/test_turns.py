"""Turn taking on a virtual clock: every time is seconds of audio."""

from __future__ import annotations

import pytest

from ivr.turns import (
    Answer,
    Backchannel,
    FalseAlarm,
    Quiet,
    SpeechStarted,
    TurnEnded,
    TurnEvent,
    TurnTaking,
    hesitates,
    words_of,
)

STEP = 0.02
CLOSE = pytest.approx


class Ears:
    """Drives the machine; keeps the events."""

    def __init__(self, answer: Answer = Answer.FREE) -> None:
        self.turns = TurnTaking()
        self.turns.expect(answer)
        self.events: list[TurnEvent] = []
        self.partial = ""
        self.prompting = False

    def hear(self, seconds: float, *, voiced: bool = False) -> list[TurnEvent]:
        found: list[TurnEvent] = []
        for _ in range(round(seconds / STEP)):
            new = self.turns.hear(STEP, voiced, self.partial, self.prompting)
            if any(isinstance(event, TurnEnded | FalseAlarm | Backchannel) for event in new):
                self.partial = ""
            found.extend(new)
        self.events.extend(found)
        return found

    def say(self, text: str, seconds: float) -> list[TurnEvent]:
        """The text appears as it is spoken."""
        found: list[TurnEvent] = []
        for count in range(1, len(text) + 1):
            self.partial = self.partial + text[count - 1]
            found += self.hear(seconds / len(text), voiced=True)
        return found


@pytest.mark.parametrize(
    ("answer", "text", "pause"),
    [
        (Answer.FREE, "身份证丢了怎么补办", 0.8),
        (Answer.YES_NO, "可以", 0.5),
        (Answer.YES_NO, "嗯", 0.5),
        (Answer.LONG, "解放路十二号", 1.4),
        (Answer.FREE, "我想问一下那个", 1.4),
        (Answer.FREE, "我住在解放路嗯", 1.4),
        (Answer.YES_NO, "就是", 1.4),
    ],
)
def test_pause_that_ends_a_turn(answer: Answer, text: str, pause: float) -> None:
    ears = Ears(answer)
    ears.hear(1.0)
    ears.say(text, 1.8)
    spoken = ears.turns.now
    [end] = [event for event in ears.hear(3.0) if isinstance(event, TurnEnded)]
    assert end.at - spoken == CLOSE(pause, abs=STEP)
    assert end.reason == "silence"
    assert end.voiced == CLOSE(1.8, abs=3 * STEP)


def test_a_click_is_no_turn() -> None:
    ears = Ears()
    ears.hear(1.0)
    assert ears.hear(0.1, voiced=True) == []
    assert ears.hear(2.0) == []


def test_start_is_when_the_voice_began() -> None:
    ears = Ears()
    ears.hear(1.0)
    [start] = ears.hear(0.5, voiced=True)
    assert isinstance(start, SpeechStarted)
    assert start.at == CLOSE(1.0, abs=STEP)
    assert not start.interrupts


def test_words_that_activity_missed_start_a_turn() -> None:
    ears = Ears()
    ears.hear(1.0)
    ears.partial = "救命"
    assert [type(event) for event in ears.hear(2.0)] == [SpeechStarted, TurnEnded]


def test_pause_within_a_turn_does_not_end_it() -> None:
    ears = Ears()
    ears.say("我想问一下", 1.0)
    ears.hear(0.6)
    ears.say("身份证", 0.6)
    assert not [event for event in ears.events if isinstance(event, TurnEnded)]


def test_longest_turn() -> None:
    ears = Ears()
    ears.partial = "我"
    [_, end, *_] = ears.hear(30.5, voiced=True)
    assert isinstance(end, TurnEnded)
    assert end.reason == "maximum"
    assert end.at == CLOSE(30.0, abs=STEP)


def test_barge_in_needs_a_quarter_of_a_second() -> None:
    ears = Ears()
    ears.prompting = True
    ears.hear(1.0)
    assert ears.hear(0.24, voiced=True) == []
    [start] = ears.hear(0.04, voiced=True)
    assert isinstance(start, SpeechStarted)
    assert start.interrupts


def test_barge_in_by_two_characters() -> None:
    ears = Ears()
    ears.prompting = True
    ears.hear(1.0)
    ears.partial = "等"
    assert ears.hear(0.1, voiced=True) == []
    ears.partial = "等等"
    assert [type(event) for event in ears.hear(0.02, voiced=True)] == [SpeechStarted]


def test_one_character_answers_a_yes_no_question_under_its_prompt() -> None:
    ears = Ears(Answer.YES_NO)
    ears.prompting = True
    ears.hear(1.0)
    ears.partial = "是"
    assert [type(event) for event in ears.hear(0.1, voiced=True)] == [SpeechStarted]


@pytest.mark.parametrize("sound", ["嗯", "哦", "嗯嗯", "哦嗯"])
def test_backchannel_does_not_interrupt(sound: str) -> None:
    ears = Ears()
    ears.prompting = True
    ears.hear(1.0)
    ears.partial = sound
    assert ears.hear(0.6, voiced=True) == []
    assert [type(event) for event in ears.hear(2.0)] == [Backchannel]


def test_false_interruption() -> None:
    ears = Ears()
    ears.prompting = True
    ears.hear(1.0)
    ears.hear(0.26, voiced=True)
    ears.prompting = False
    found = ears.hear(2.0, voiced=True)
    [alarm] = [event for event in found if isinstance(event, FalseAlarm)]
    assert alarm.at == CLOSE(1.0 + 1.2, abs=2 * STEP)


def test_noise_that_goes_on_does_not_interrupt_again() -> None:
    ears = Ears()
    ears.prompting = True
    ears.hear(1.0)
    ears.hear(10.0, voiced=True)
    assert [type(event) for event in ears.events] == [SpeechStarted, FalseAlarm]
    ears.partial = "救命"
    assert [type(event) for event in ears.hear(0.02, voiced=True)] == [SpeechStarted]


def test_noise_that_comes_and_goes_interrupts_twice_at_most() -> None:
    ears = Ears()
    ears.prompting = True
    for _ in range(6):
        ears.hear(0.4, voiced=True)
        ears.hear(2.0)
    assert len([event for event in ears.events if isinstance(event, FalseAlarm)]) == 2


def test_silence_ladder() -> None:
    ears = Ears()
    ears.hear(60.0)
    assert [(event.at, event.times) for event in ears.events if isinstance(event, Quiet)] == [
        (CLOSE(6.0, abs=STEP), 1),
        (CLOSE(12.0, abs=STEP), 2),
        (CLOSE(18.0, abs=STEP), 3),
        (CLOSE(33.0, abs=STEP), 4),
        (CLOSE(48.0, abs=STEP), 5),
    ]


def test_silence_counts_from_the_end_of_the_prompt_and_starts_again_after_an_answer() -> None:
    ears = Ears()
    ears.prompting = True
    ears.hear(20.0)
    ears.prompting = False
    assert ears.hear(5.9) == []
    assert [event.times for event in ears.hear(0.2) if isinstance(event, Quiet)] == [1]
    ears.turns.answered()
    ears.hear(5.9)
    assert [event.times for event in ears.hear(0.2) if isinstance(event, Quiet)] == [1]


def test_silence_does_not_matter_while_a_person_is_there() -> None:
    ears = Ears()
    ears.turns.wait_for_caller(False)
    assert ears.hear(60.0) == []
    ears.turns.wait_for_caller(True)
    assert [type(event) for event in ears.hear(6.1)] == [Quiet]


def test_key_takes_the_turn_back() -> None:
    ears = Ears()
    ears.hear(1.0, voiced=True)
    ears.turns.take_back()
    assert not ears.turns.talking


def test_words() -> None:
    assert words_of("嗯 我哦想") == "我想"
    assert hesitates("我在那个")
    assert not hesitates("嗯")
    assert not hesitates("好的")
