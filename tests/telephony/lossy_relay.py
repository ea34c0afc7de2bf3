"""A bad network between a test phone and Asterisk: UDP packets get lost, late and out of order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_HOST = "127.0.0.2"

Address = tuple[str, int]


class _Side(asyncio.DatagramProtocol):
    """One socket; what comes in goes out of the other one, or not."""

    transport: asyncio.DatagramTransport

    def __init__(self, network: LossyNetwork) -> None:
        self._network = network
        self.other: _Side | None = None
        self.peer: Address | None = None

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.peer = addr
        assert self.other is not None
        self._network.carry(data, self.other)

    def send(self, data: bytes) -> None:
        if self.peer is not None and not self.transport.is_closing():
            self.transport.sendto(data, self.peer)


class LossyNetwork:
    """Loses a share of the packets and delays the others by 50 ms ± jitter, each for itself, as netem does."""

    def __init__(self, *, loss: float, jitter: float, delay: float = 0.05, seed: int = 1) -> None:
        """`loss`: share; `jitter` (standard deviation) and `delay`: seconds."""
        self._loss, self._jitter, self._delay = loss, jitter, delay
        self._chance = random.Random(seed)  # noqa: S311 - chance that can be repeated
        self.carried = self.lost = 0

    def carry(self, data: bytes, to: _Side) -> None:
        if self._chance.random() < self._loss:
            self.lost += 1
            return
        self.carried += 1
        late = max(0.0, self._chance.gauss(self._delay, self._jitter))
        asyncio.get_running_loop().call_later(late, to.send, data)

    @asynccontextmanager
    async def before(self, phone: int) -> AsyncIterator[int]:
        """A port to be called instead of the phone's; both directions cross the network."""
        loop = asyncio.get_running_loop()
        outside, inside = _Side(self), _Side(self)
        for side in (outside, inside):
            side.transport, _ = await loop.create_datagram_endpoint(lambda side=side: side, local_addr=(_HOST, 0))
        outside.other, inside.other = inside, outside
        inside.peer = (_HOST, phone)
        try:
            yield int(outside.transport.get_extra_info("sockname")[1])
        finally:
            outside.transport.close()
            inside.transport.close()
