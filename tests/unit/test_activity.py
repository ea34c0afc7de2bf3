"""Voice activity on synthetic sound, and the small pure parts of a call."""

from __future__ import annotations

import numpy as np
import pytest

from handoff.ports import Message
from handoff.testing import FixedClock
from ivr.activity import NoiseFloor, WebRtcActivity, level_of
from ivr.keys import Keypad
from ivr.question import FREE_SPEECH, after_silence, asked_by
from ivr.turns import Answer


def tone(seconds: float, level: float, rate: int) -> bytes:
    """A voiced sound: harmonics of 140 Hz, at this peak level (0-1)."""
    at = np.arange(int(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * 140 * n * at) / n for n in range(1, 12))
    return (wave / np.abs(wave).max() * level * 32767).astype("<i2").tobytes()


def noise(seconds: float, level: float, rate: int) -> bytes:
    return (np.random.default_rng(1).normal(0, level * 32767, int(seconds * rate))).astype("<i2").tobytes()


@pytest.mark.parametrize("rate", [8000, 16000])
def test_voice_is_found_and_silence_is_not(rate: int) -> None:
    activity = WebRtcActivity(rate)
    assert not any(activity.feed(bytes(2 * rate)))
    assert not any(activity.feed(noise(1.0, 0.0005, rate))[10:])
    assert sum(activity.feed(tone(0.5, 0.3, rate))) >= 20


def test_windows_do_not_depend_on_how_the_sound_is_cut() -> None:
    pcm = noise(0.3, 0.001, 8000) + tone(0.5, 0.3, 8000) + bytes(3200)
    whole = WebRtcActivity(8000).feed(pcm)
    cut = WebRtcActivity(8000)
    pieces = [cut.feed(pcm[at : at + 338]) for at in range(0, len(pcm), 338)]
    assert tuple(verdict for piece in pieces for verdict in piece) == whole


def test_the_floor_follows_a_noisy_line() -> None:
    floor = NoiseFloor()
    for _ in range(1000):
        floor.follow(-40.0)
    assert floor.level == pytest.approx(-40.0)
    floor.follow(-65.0)
    assert floor.level == pytest.approx(-65.0)


def test_other_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="44100"):
        WebRtcActivity(44100)


def test_level() -> None:
    assert level_of(bytes(320)) == -90.0
    assert level_of(tone(0.02, 1.0, 8000)) > -15


def test_number_by_keys() -> None:
    keypad = Keypad()
    assert keypad.press("5", number=False) == ""
    assert [keypad.press(digit, number=True) for digit in "13800005678"][-1] == "13800005678"
    assert [keypad.press(digit, number=True) for digit in "87654321#"][-1] == "87654321"
    assert [keypad.press(digit, number=True) for digit in "123#"][-1] == "", "too short for a number"
    for digit in "87654321":
        keypad.press(digit, number=True)
    assert keypad.waited(2.0) == ""
    assert keypad.waited(1.0) == "87654321"
    assert keypad.waited(9.0) == ""


def line(text: str, **payload: object) -> Message:
    return Message(conversation="c", seq=1, speaker="frontdesk", text=text, at=FixedClock()(), payload=payload)


def test_questions() -> None:
    yes_no = asked_by(
        [line("可以转吗？", choices=[{"key": "1", "label": "可以"}, {"key": "2", "label": "先不转"}])], FREE_SPEECH
    )
    assert (yes_no.answer, dict(yes_no.keys)) == (Answer.YES_NO, {"1": "可以", "2": "先不转"})
    assert yes_no.phrases is not None
    assert asked_by([line("好的"), line("可以转吗？")], yes_no) == yes_no, "said again"
    assert asked_by([line("再见")], yes_no) == FREE_SPEECH
    place = asked_by([line("在哪里？", slot="location")], FREE_SPEECH)
    assert (place.answer, place.digits, place.phrases) == (Answer.LONG, False, None)
    assert asked_by([line("电话？", slot="phone")], FREE_SPEECH).digits
    assert after_silence([line("您还在吗？")], place) == place
    assert after_silence([line("您还在吗？")], yes_no) == yes_no
    assert set(after_silence([line("您还在吗？")], FREE_SPEECH).keys) == {"1", "2"}
