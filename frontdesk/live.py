"""Bulletins to the open pages of this process.

Each subscriber has a bounded queue in which equal bulletins are kept once. A subscriber that falls
behind loses its queue and gets one `RELOAD` instead: it reads everything again and has missed nothing.
"""

from __future__ import annotations

from asyncio import Event
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from handoff.ports import Bulletin

CAPACITY = 256
RELOAD = Bulletin(topic="", kind="reload", subject="")


class Subscription:
    """An async iterator of bulletins; ends when the feed closes."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._pending: dict[Bulletin, None] = {}
        self._ready = Event()
        self._closed = False

    def put(self, bulletin: Bulletin) -> None:
        """Queue a bulletin. Never blocks."""
        if len(self._pending) >= self._capacity and bulletin not in self._pending:
            self._pending = {RELOAD: None}
        if RELOAD not in self._pending:
            self._pending[bulletin] = None
        self._ready.set()

    def close(self) -> None:
        """End the iteration once the queue is empty."""
        self._closed = True
        self._ready.set()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Bulletin:
        while not self._pending:
            if self._closed:
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()
        bulletin = next(iter(self._pending))
        del self._pending[bulletin]
        return bulletin


class InProcessFeed:
    """`handoff.ports.LiveFeed` for one process."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._subscriptions: dict[str, set[Subscription]] = {}
        self._closed = False

    async def publish(self, bulletins: Sequence[Bulletin]) -> None:
        """Tell all subscribers. Never blocks on a slow one."""
        for bulletin in bulletins:
            for subscription in self._subscriptions.get(bulletin.topic, ()):
                subscription.put(bulletin)

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[AsyncIterator[Bulletin]]:
        """Bulletins of these topics, from the moment the context opens."""
        return self._subscribe(frozenset(topics))

    @asynccontextmanager
    async def _subscribe(self, topics: frozenset[str]) -> AsyncIterator[AsyncIterator[Bulletin]]:
        subscription = Subscription(self._capacity)
        if self._closed:
            subscription.close()
        for topic in topics:
            self._subscriptions.setdefault(topic, set()).add(subscription)
        try:
            yield subscription
        finally:
            for topic in topics:
                watchers = self._subscriptions[topic]
                watchers.discard(subscription)
                if not watchers:
                    del self._subscriptions[topic]

    @property
    def topics(self) -> frozenset[str]:
        """Topics somebody listens to now."""
        return frozenset(self._subscriptions)

    def close(self) -> None:
        """End all subscriptions; the server is stopping."""
        self._closed = True
        for watchers in self._subscriptions.values():
            for subscription in watchers:
                subscription.close()
