"""What the stand-ins add to the ports; the store itself is held by tests/integration/test_store_contract.py."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from handoff.ports import Bulletin, Clock, LiveFeed, Store
from handoff.testing import SUBSCRIBER_LIMIT, FixedClock, MemoryLiveFeed, MemoryStore


def bulletin(topic: str, subject: str = "1") -> Bulletin:
    return Bulletin(topic=topic, kind="changed", subject=subject)


def test_stand_ins_fit_the_ports() -> None:
    store: Store = MemoryStore()
    live: LiveFeed = MemoryLiveFeed()
    clock: Clock = FixedClock()
    assert store
    assert live
    assert clock


def test_the_clock_moves_only_when_told() -> None:
    clock = FixedClock(datetime(2026, 3, 2, tzinfo=UTC))
    assert clock() == clock()
    assert clock.advance(timedelta(seconds=45)) == clock() == datetime(2026, 3, 2, 0, 0, 45, tzinfo=UTC)


async def test_bulletins_reach_those_who_watch_the_topic() -> None:
    live = MemoryLiveFeed()
    await live.publish([bulletin("desk:110", "before")])
    async with live.subscribe("desk:110", "conversation:c") as both, live.subscribe("desk:12345") as other:
        await live.publish([bulletin("desk:110", "1"), bulletin("conversation:c", "2"), bulletin("desk:x")])
        await live.publish([bulletin("desk:12345", "3")])
        assert [(await anext(both)).subject for _ in range(2)] == ["1", "2"]
        assert (await anext(other)).subject == "3"
    await live.publish([bulletin("desk:110", "after")])
    assert len(live.published) == 6


async def test_a_waiting_subscriber_is_woken() -> None:
    live = MemoryLiveFeed()
    async with live.subscribe("desk:110") as bulletins:
        waiting = asyncio.ensure_future(anext(bulletins))
        await asyncio.sleep(0)
        await live.publish([bulletin("desk:110")])
        assert (await waiting).topic == "desk:110"


async def test_a_slow_subscriber_loses_the_oldest() -> None:
    live = MemoryLiveFeed()
    async with live.subscribe("desk:110") as bulletins:
        await live.publish([bulletin("desk:110", str(n)) for n in range(SUBSCRIBER_LIMIT + 2)])
        assert (await anext(bulletins)).subject == "2"
