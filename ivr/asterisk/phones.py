"""Operators' telephones, whoever rings them: this product or a queue of the dialplan."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from ivr.asterisk.ari import Ari, Gone
from ivr.asterisk.incoming import Desks, known_case
from ivr.asterisk.names import call_of

REMEMBERED = 1000
"""Ended channels that are remembered: what an endpoint and what our application tells may come out of order."""
_RINGING, _TALKING = "Ringing", "Up"

log = structlog.get_logger("ivr.phones")


@dataclass(frozen=True)
class PhoneCall:
    """What a telephone is doing. `case` None: the caller has none."""

    case: str | None
    number: str | None
    """The caller's; None if withheld."""
    talking: bool
    """Else it rings."""


class PhoneWatcher(Protocol):
    """Is told what telephones do. Must return at once and never raise."""

    def phone(self, name: str, call: PhoneCall | None) -> None:
        """This telephone rings, talks, or (None) is at rest."""


class NotTalking(LookupError):
    """There is no citizen on this telephone whom one could give back."""


class Phones:
    """Follows the desks' telephones by the events of their endpoints."""

    def __init__(self, ari: Ari, desks: Desks, watcher: PhoneWatcher | None) -> None:
        self._ari = ari
        self._endpoints = {endpoint: endpoint.rpartition("/")[2] for desk in desks.values() for endpoint in desk}
        self._watcher = watcher
        self._channels: dict[str, tuple[str, PhoneCall]] = {}
        self._gone: deque[str] = deque(maxlen=REMEMBERED)

    async def follow(self) -> None:
        """From now on, and what goes on already. Raises AriError if Asterisk does not answer.

        Call it whenever the events' websocket has been opened: Asterisk forgets subscriptions with the socket.
        """
        for endpoint in self._endpoints:
            try:
                await self._ari.subscribe(f"endpoint:{endpoint}")
            except Gone:
                log.warning("no such telephone in Asterisk", endpoint=endpoint)
        known, self._channels = self._channels, {}
        for channel in await self._ari.channels():
            self._note(channel)
        for name in {name for name, _ in known.values()} | {name for name, _ in self._channels.values()}:
            self._tell(name)

    def told(self, event: Mapping[str, Any]) -> None:
        """An event of any channel."""
        channel = event["channel"]
        known = self._channels.get(channel["id"])
        if event["type"] == "ChannelDestroyed":
            self._gone.append(channel["id"])
            self._channels.pop(channel["id"], None)
        elif channel["id"] not in self._gone:
            self._note(channel)
        if self._channels.get(channel["id"]) != known:
            name = self._phone(channel)
            assert name is not None, "only telephones' channels are kept"
            self._tell(name)

    async def hand_back(self, phone: str) -> None:
        """Give the citizen on this telephone back to the front desk; the telephone is free then.

        Raises NotTalking, AriError.
        """
        channel = next((id for id, (name, call) in self._channels.items() if name == phone and call.talking), None)
        if channel is None:
            raise NotTalking(phone)
        if call_of(self._ari.app, channel) is None:
            citizen = await self._citizen(channel)
            await self._ari.set_global(f"SHARED(BACK,{await self._ari.name_of(citizen)})", "1")
        await self._ari.hang_up(channel)

    async def _citizen(self, operator: str) -> str:
        """Whom this channel of a queue talks to."""
        for bridge in await self._ari.bridges():
            if operator in bridge["channels"]:
                for other in bridge["channels"]:
                    if other != operator:
                        return str(other)
        raise NotTalking(operator)

    def _note(self, channel: Mapping[str, Any]) -> None:
        name = self._phone(channel)
        if name is not None and channel["state"] in (_RINGING, _TALKING):
            shown = str(channel["connected"]["name"] or channel["caller"]["name"])
            number = str(channel["connected"]["number"] or channel["caller"]["number"])
            call = PhoneCall(
                known_case(shown.partition(" ")[0]),
                number if any(character.isdigit() for character in number) else None,
                talking=channel["state"] == _TALKING,
            )
            self._channels[channel["id"]] = (name, call)

    def _phone(self, channel: Mapping[str, Any]) -> str | None:
        return self._endpoints.get(str(channel["name"]).rpartition("-")[0])

    def _tell(self, name: str) -> None:
        """What is talked about comes before what rings."""
        calls = sorted((call for owner, call in self._channels.values() if owner == name), key=lambda c: not c.talking)
        if self._watcher is not None:
            self._watcher.phone(name, calls[0] if calls else None)
