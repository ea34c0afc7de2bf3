"""Both sides of a call on one timeline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ports import LineClosed, LineEvent
from ivr.tape import Tape, TapedLine

RATE = 8000
FRAME = 320


def test_sound_begins_at_once_when_nothing_is_queued() -> None:
    tape = Tape(RATE)
    tape.hear(bytes(FRAME))
    tape.play(b"\1\1" * 10)
    assert tape.hear(bytes(FRAME)) == b"\1\1" * 10 + bytes(FRAME - 20)


def test_sound_follows_what_is_queued() -> None:
    tape = Tape(RATE)
    tape.play(b"\1\1" * 80)
    tape.play(b"\2\2" * 160)
    assert tape.ends == pytest.approx(0.03)
    assert tape.hear(bytes(FRAME)) == b"\1\1" * 80 + b"\2\2" * 80
    assert tape.hear(bytes(FRAME)) == b"\2\2" * 80 + bytes(160)


def test_a_flush_takes_back_what_was_not_played() -> None:
    tape = Tape(RATE)
    tape.play(b"\1\1" * RATE)
    tape.hear(bytes(FRAME))
    tape.flush()
    assert tape.ends == tape.now == pytest.approx(0.02)
    assert tape.hear(bytes(FRAME)) == bytes(FRAME)


STEPS = st.tuples(st.sampled_from(["play", "hear", "hear", "flush"]), st.integers(1, 400))


@given(st.lists(STEPS))
def test_the_played_side_is_what_a_listener_would_have_heard(steps: list[tuple[str, int]]) -> None:
    """Against a model that moves sample by sample."""
    tape, heard, queue, serial = Tape(RATE), 0, [], 0
    for what, count in steps:
        if what == "play":
            samples = [serial + n + 1 for n in range(count)]
            serial += count
            tape.play(b"".join((each % 60_000 + 1).to_bytes(2, "little") for each in samples))
            queue += samples
        elif what == "flush":
            tape.flush()
            queue = []
        else:
            expected = [each % 60_000 + 1 for each in queue[:count]] + [0] * max(0, count - len(queue))
            queue = queue[count:]
            heard += count
            assert tape.hear(bytes(2 * count)) == b"".join(each.to_bytes(2, "little") for each in expected)
        assert tape.now == heard / RATE
        assert tape.ends == (heard + len(queue)) / RATE


class _Line:
    """A line that shows its sound and remembers what it was asked."""

    rate = RATE

    def __init__(self) -> None:
        self.tap: Callable[[bytes], None] = lambda _: None
        self.asked: list[str] = []

    def listen_in(self, tap: Callable[[bytes], None]) -> None:
        self.tap = tap

    async def events(self) -> AsyncIterator[LineEvent]:
        yield LineClosed()

    async def play(self, pcm: bytes, mark: str) -> None:
        self.asked.append(mark)

    async def flush(self) -> None:
        self.asked.append("flush")


def test_a_taped_line_is_the_line_with_both_sides_recorded() -> None:
    async def call() -> None:
        line, sides = _Line(), []
        taped = TapedLine(line, Tape(RATE), lambda left, right: sides.append((left, right)))
        line.tap(b"\3\3" * 2)
        await taped.play(b"\1\1" * 4, "m1")
        line.tap(b"\4\4" * 2)
        await taped.flush()
        line.tap(b"\5\5" * 2)
        assert sides == [(b"\3\3" * 2, bytes(4)), (b"\4\4" * 2, b"\1\1" * 2), (b"\5\5" * 2, bytes(4))]
        assert line.asked == ["m1", "flush"]
        assert [event async for event in taped.events()] == [LineClosed()]

    asyncio.run(call())
