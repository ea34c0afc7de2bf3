"""Limits per address or case number, in the memory of this process."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from bot.pace import Pace
from frontdesk.web.errors import ApiError

CAPACITY = 20_000


class Throttle:
    """A bucket per key; the least recently used keys are forgotten beyond `capacity`."""

    def __init__(
        self,
        burst: int,
        per_minute: float,
        message: str,
        *,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst = burst
        self._per_second = per_minute / 60
        self._message = message
        self._capacity = capacity
        self._clock = clock
        self._paces: OrderedDict[str, Pace] = OrderedDict()

    def spend(self, key: str) -> None:
        """Count one. Raises ApiError too_many, which counts nothing."""
        self._refuse(self._pace(key).take())

    def check(self, key: str) -> None:
        """Count nothing. Raises ApiError too_many if one more would be refused."""
        self._refuse(self._pace(key).look())

    def _pace(self, key: str) -> Pace:
        pace = self._paces.pop(key, None) or Pace(self._burst, self._per_second, self._clock)
        self._paces[key] = pace
        if len(self._paces) > self._capacity:
            self._paces.popitem(last=False)
        return pace

    def _refuse(self, wait: float) -> None:
        if wait > 0:
            seconds = math.ceil(wait)
            raise ApiError("too_many", self._message.format(seconds=seconds), retry_after=seconds)


def address_key(address: str) -> str:
    """The address as limits count it: an IPv6 address by its /64, which one household or phone has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
