"""Bulletins inside one process: topics, order, falling behind, closing."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from frontdesk.live import RELOAD, InProcessFeed
from handoff.ports import Bulletin


def bulletin(subject: str, topic: str = "desk:110") -> Bulletin:
    return Bulletin(topic=topic, kind="claim", subject=subject)


async def test_only_the_topics_asked_for_and_in_order() -> None:
    feed = InProcessFeed()
    async with feed.subscribe("desk:110", "desk:110", "desk:12345") as bulletins:
        await feed.publish([bulletin("1"), bulletin("x", "conversation:a"), bulletin("2", "desk:12345")])
        assert [(await anext(bulletins)).subject for _ in range(2)] == ["1", "2"]


async def test_everybody_who_listens_is_told() -> None:
    feed = InProcessFeed()
    async with feed.subscribe("desk:110") as first, feed.subscribe("desk:110") as second:
        await feed.publish([bulletin("1")])
        assert await anext(first) == await anext(second) == bulletin("1")


async def test_a_waiting_subscriber_is_woken() -> None:
    feed = InProcessFeed()
    async with feed.subscribe("desk:110") as bulletins:
        waiting = asyncio.create_task(anext(bulletins))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        await feed.publish([bulletin("1")])
        assert await waiting == bulletin("1")


async def test_the_same_news_twice_is_one_piece_of_news() -> None:
    feed = InProcessFeed()
    async with feed.subscribe("desk:110") as bulletins:
        await feed.publish([bulletin("1"), bulletin("2"), bulletin("1")])
        feed.close()
        assert [each.subject async for each in bulletins] == ["1", "2"]


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 5))
def test_whoever_falls_behind_is_told_to_reload(subjects: list[int], capacity: int) -> None:
    async def run() -> list[Bulletin]:
        feed = InProcessFeed(capacity)
        async with feed.subscribe("desk:110") as bulletins:
            for subject in subjects:
                await feed.publish([bulletin(str(subject))])
            feed.close()
            return [each async for each in bulletins]

    heard = asyncio.run(run())
    distinct = list(dict.fromkeys(str(subject) for subject in subjects))
    if len(distinct) <= capacity:
        assert [each.subject for each in heard] == distinct
    else:
        assert heard == [RELOAD]


async def test_news_after_a_reload_arrive_again() -> None:
    feed = InProcessFeed(capacity=1)
    async with feed.subscribe("desk:110") as bulletins:
        await feed.publish([bulletin("1"), bulletin("2"), bulletin("3")])
        assert await anext(bulletins) == RELOAD
        await feed.publish([bulletin("4")])
        assert await anext(bulletins) == bulletin("4")


async def test_leaving_forgets_the_topics() -> None:
    feed = InProcessFeed()
    async with feed.subscribe("desk:110"):
        assert feed.topics == {"desk:110"}
    assert feed.topics == frozenset()
    await feed.publish([bulletin("1")])


async def test_closing_ends_those_who_come_later_too() -> None:
    feed = InProcessFeed()
    async with feed.subscribe("desk:110") as early:
        feed.close()
        assert [each async for each in early] == []
    async with feed.subscribe("desk:110") as late:
        assert [each async for each in late] == []
