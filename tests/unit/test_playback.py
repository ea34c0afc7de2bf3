"""How much sound is on its way is known from marks alone."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from ivr.asterisk.playback import AHEAD_SECONDS, PlaybackQueue

SECOND = 16000  # bytes at 8 kHz


async def settled(task: asyncio.Task[bool]) -> bool:
    """Has it finished, once everything that can run has run?"""
    for _ in range(5):
        await asyncio.sleep(0)
    return task.done()


async def test_at_most_five_seconds_are_ahead() -> None:
    queue = PlaybackQueue(8000)
    names = [queue.sent(SECOND, None) for _ in range(int(AHEAD_SECONDS))]
    waiting = asyncio.create_task(queue.room(SECOND))
    assert not await settled(waiting)
    queue.heard(names[0])
    assert await waiting
    assert queue.ahead == 4 * SECOND


async def test_flush_tells_what_was_cut_and_releases_who_waits() -> None:
    queue = PlaybackQueue(8000)
    first = queue.sent(3 * SECOND, "one")
    queue.sent(2 * SECOND, None)
    queue.sent(0, "two")
    waiting = asyncio.create_task(queue.room(SECOND))
    assert not await settled(waiting)
    assert queue.flush() == ("one", "two")
    assert not await waiting
    assert queue.heard(first) is None
    assert queue.ahead == 0


async def test_nothing_is_sent_while_asterisk_says_stop() -> None:
    queue = PlaybackQueue(8000)
    queue.pause()
    waiting = asyncio.create_task(queue.room(SECOND))
    assert not await settled(waiting)
    queue.resume()
    assert await waiting


async def test_a_closed_queue_has_no_room() -> None:
    queue = PlaybackQueue(8000)
    queue.close()
    assert not await queue.room(SECOND)


@given(st.lists(st.sampled_from(["send", "hear", "flush"]), max_size=60))
def test_what_is_ahead_is_what_was_sent_and_not_heard(steps: list[str]) -> None:
    queue, pending = PlaybackQueue(8000), []
    for step in steps:
        if step == "send":
            pending.append(queue.sent(320, None))
        elif step == "hear" and pending:
            queue.heard(pending.pop(0))
        elif step == "flush":
            queue.flush()
            pending.clear()
        assert queue.ahead == 320 * len(pending)
