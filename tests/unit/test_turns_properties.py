"""What holds for turn taking whatever the line brings."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.turns import Answer, Backchannel, FalseAlarm, Quiet, SpeechStarted, TurnEnded, TurnEvent, TurnTaking, words_of

STEP = 0.02
EPSILON = 1e-6


@dataclass(frozen=True)
class Stretch:
    """So many windows of the same."""

    windows: int
    voiced: bool
    adds: str
    prompting: bool


@dataclass(frozen=True)
class Window:
    """What went in and what came out."""

    at: float
    voiced: bool
    partial: str
    prompting: bool
    events: tuple[TurnEvent, ...]


_STRETCHES = st.lists(
    st.builds(
        Stretch,
        windows=st.integers(1, 200),
        voiced=st.booleans(),
        adds=st.sampled_from(["", "", "", "嗯", "我", "身份证", "那个", "救命"]),
        prompting=st.booleans(),
    ),
    max_size=25,
)


def play(stretches: list[Stretch], answer: Answer) -> list[Window]:
    """As a session does: the prompt stops on an interruption, the text starts afresh after a turn."""
    turns, partial, hushed, windows = TurnTaking(), "", False, []
    turns.expect(answer)
    for stretch in stretches:
        partial, hushed = partial + stretch.adds, False
        for _ in range(stretch.windows):
            prompting = stretch.prompting and not hushed
            events = turns.hear(STEP, stretch.voiced, partial, prompting)
            windows.append(Window(turns.now, stretch.voiced, partial, prompting, events))
            for event in events:
                if isinstance(event, SpeechStarted):
                    hushed = hushed or event.interrupts
                    turns.answered()
                else:
                    partial = "" if isinstance(event, TurnEnded | FalseAlarm | Backchannel) else partial
                    hushed = False if isinstance(event, FalseAlarm) else hushed
    return windows


@settings(max_examples=150, deadline=None)
@given(_STRETCHES, st.sampled_from(Answer))
def test_laws(stretches: list[Stretch], answer: Answer) -> None:
    talking, started, interrupts, last_voice, run = False, 0.0, False, float("-inf"), 0.0
    for window in play(stretches, answer):
        if window.voiced:
            last_voice, run = window.at, run + STEP
        elif window.at - last_voice > 0.2 + EPSILON:
            run = 0.0
        for event in window.events:
            match event:
                case SpeechStarted():
                    assert not talking, "a turn begins once"
                    talking, started, interrupts = True, window.at, event.interrupts
                    assert event.interrupts == window.prompting
                    assert event.at <= window.at + EPSILON
                    if event.interrupts:
                        words = words_of(window.partial)
                        assert run >= 0.25 - STEP or words, "neither long nor worded enough to interrupt"
                        assert words or not window.partial, "a backchannel interrupts nothing"
                case TurnEnded(reason="maximum"):
                    assert talking
                    assert event.at - started <= 30 + STEP
                    talking = False
                case TurnEnded():
                    assert talking
                    assert window.at - last_voice >= 0.5 - STEP, "nobody is cut off while speaking"
                    talking = False
                case FalseAlarm():
                    assert talking
                    assert interrupts
                    assert not words_of(window.partial)
                    assert window.at - started <= 1.2 + STEP
                    talking = False
                case Backchannel():
                    assert not talking
                case Quiet():
                    assert not talking
                    assert not window.prompting
        assert not talking or window.at - started <= 30 + STEP, "no turn is longer than the maximum"


@settings(max_examples=50, deadline=None)
@given(_STRETCHES, st.sampled_from(Answer))
def test_every_turn_ends_in_silence_and_then_the_ladder_comes(stretches: list[Stretch], answer: Answer) -> None:
    silence = Stretch(windows=round(10 / STEP), voiced=False, adds="", prompting=False)
    windows = play([*stretches, silence], answer)
    events = [event for window in windows for event in window.events]
    starts = [at for at, event in enumerate(events) if isinstance(event, SpeechStarted)]
    if starts:
        assert any(isinstance(event, TurnEnded | FalseAlarm) for event in events[starts[-1] :])
    assert any(isinstance(event, Quiet) for window in windows[-round(10 / STEP) :] for event in window.events)


@settings(max_examples=50, deadline=None)
@given(st.integers(7, 400), st.integers(1, 60))
def test_hesitation_is_waited_for(windows: int, later: int) -> None:
    turns = TurnTaking()
    for _ in range(windows):
        turns.hear(STEP, True, "我住在那个", False)
    ended = [turns.hear(STEP, False, "我住在那个", False) for _ in range(later)]
    assert not any(isinstance(event, TurnEnded) for events in ended for event in events)
