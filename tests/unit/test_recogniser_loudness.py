"""Callers brought to one level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ivr.loudness import MOST, TARGET, Leveller

RATE = 8000


def _tone(peak: float, seconds: float = 0.1) -> NDArray[np.int16]:
    return (np.sin(np.arange(int(RATE * seconds)) * 0.3) * peak).astype(np.int16)


def test_a_quiet_caller_is_brought_to_the_target() -> None:
    leveller = Leveller(RATE)
    leveller.level(_tone(2000))
    assert abs(int(leveller.level(_tone(2000)).max()) - TARGET) < 0.03 * TARGET


def test_a_loud_caller_stays_as_they_are() -> None:
    loud = _tone(30000)
    assert np.array_equal(Leveller(RATE).level(loud), loud)


def test_line_noise_before_speech_is_not_amplified() -> None:
    noise = _tone(50)
    assert np.array_equal(Leveller(RATE).level(noise), noise)


def test_gain_has_a_limit_and_moves_without_a_step() -> None:
    leveller, quiet = Leveller(RATE), np.full(800, 150, np.int16)
    first = leveller.level(quiet)
    assert int(np.abs(np.diff(first.astype(int))).max()) <= 3 * MOST
    assert int(leveller.level(quiet).max()) == 150 * MOST


def test_a_shout_after_whispering_does_not_wrap_round() -> None:
    leveller = Leveller(RATE)
    leveller.level(_tone(1000))
    shout = leveller.level(np.full(800, 30000, np.int16))
    assert int(shout.min()) >= 30000


def test_nothing_in_nothing_out() -> None:
    assert len(Leveller(RATE).level(np.zeros(0, np.int16))) == 0
