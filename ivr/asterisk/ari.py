"""A small client of the Asterisk REST Interface: commands over HTTP, events over one websocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

COMMAND_SECONDS = 5.0
"""How long a command may take; Asterisk answers in a few milliseconds when it is well."""

EVENTS_HEARTBEAT_SECONDS = 10.0

Json = dict[str, Any]


class AriError(Exception):
    """Asterisk did not do what was asked."""


class AriUnreachable(AriError):
    """Asterisk does not answer: not running, wrong address, or hung."""


class AriRefused(AriError):
    """Asterisk answered with an error status."""

    def __init__(self, command: str, status: int, message: str) -> None:
        super().__init__(f"{command}: {status} {message}")
        self.status = status


class WrongPassword(AriRefused):
    """The user or password is not the one in ari.conf."""


class Gone(AriRefused):
    """The channel, bridge or application does not exist (any more)."""


class NotInStasis(AriRefused):
    """The channel exists but is not ours to control, or not yet."""


_MEANINGS: Mapping[int, type[AriRefused]] = {401: WrongPassword, 404: Gone, 409: NotInStasis, 422: NotInStasis}


@dataclass(frozen=True)
class AriAddress:
    """Where ARI listens and who we are there."""

    url: str
    password: str
    user: str = "ivr"
    app: str = "ivr"


class Ari:
    """Commands and events of one ARI application. Every method raises AriError."""

    def __init__(self, http: aiohttp.ClientSession, address: AriAddress) -> None:
        self._http = http
        self._root = address.url.rstrip("/") + "/ari"
        self._auth = aiohttp.encode_basic_auth(address.user, address.password)
        self.app = address.app

    async def command(self, method: str, path: str, body: Json | None = None, **params: str) -> Any:
        """One HTTP command; returns the decoded answer, None if it has no body."""
        named = f"{method} {path}"
        try:
            async with self._http.request(
                method,
                self._root + path,
                params=params,
                json=body,
                headers={"Authorization": self._auth},
                timeout=aiohttp.ClientTimeout(total=COMMAND_SECONDS),
            ) as response:
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AriUnreachable(f"{named}: {error!r}") from error
        if response.status >= 400:
            raise _MEANINGS.get(response.status, AriRefused)(named, response.status, _message(text))
        return json.loads(text) if text else None

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[Json]]:
        """The application's events while the context is open; the application exists in Asterisk only meanwhile.

        The iterator ends when the websocket closes, for whatever reason.
        """
        url = f"{self._root}/events?app={quote(self.app)}&subscribeAll=false"
        try:
            socket = await self._http.ws_connect(
                url, headers={"Authorization": self._auth}, heartbeat=EVENTS_HEARTBEAT_SECONDS
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            status = getattr(error, "status", 0)
            if status in _MEANINGS:
                raise _MEANINGS[status]("GET /events", status, str(error)) from error
            raise AriUnreachable(f"GET /events: {error!r}") from error
        try:
            yield _decoded(socket)
        finally:
            await socket.close()

    async def subscribe(self, source: str) -> None:
        """Events of this source, e.g. endpoint:PJSIP/op110, come with ours from now on. Raises Gone if unknown."""
        await self.command("POST", f"/applications/{_id(self.app)}/subscription", eventSource=source)

    async def global_variable(self, name: str) -> str:
        """A global variable, not a function; "" if it is not set."""
        try:
            answer = await self.command("GET", "/asterisk/variable", variable=name)
        except Gone:
            return ""
        return str(answer["value"])

    async def set_global(self, name: str, value: str) -> None:
        """Set a global variable, or a dialplan function that needs no channel of ours."""
        await self.command("POST", "/asterisk/variable", variable=name, value=value)

    async def name_of(self, channel: str) -> str:
        """The name of the channel with this id, e.g. PJSIP/trunk-00000001."""
        return str((await self.command("GET", f"/channels/{_id(channel)}"))["name"])

    async def ping(self) -> None:
        """Prove that Asterisk answers."""
        await self.command("GET", "/asterisk/ping")

    async def answer(self, channel: str) -> None:
        """Pick up."""
        await self.command("POST", f"/channels/{_id(channel)}/answer")

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        """Set a channel variable or call a dialplan function with a value."""
        await self.command("POST", f"/channels/{_id(channel)}/variable", variable=name, value=value)

    async def variable(self, channel: str, name: str) -> str:
        """A channel variable or dialplan function; "" if it is not set."""
        try:
            answer = await self.command("GET", f"/channels/{_id(channel)}/variable", variable=name)
        except Gone:
            if await self.exists(channel):
                return ""
            raise
        return str(answer["value"])

    async def exists(self, channel: str) -> bool:
        """Is the channel still there?"""
        try:
            await self.command("GET", f"/channels/{_id(channel)}")
        except Gone:
            return False
        return True

    async def channels(self) -> Sequence[Json]:
        """All channels of this Asterisk."""
        return list(await self.command("GET", "/channels"))

    async def bridges(self) -> Sequence[Json]:
        """All bridges of this Asterisk."""
        return list(await self.command("GET", "/bridges"))

    async def leave_to(self, channel: str, context: str) -> None:
        """Let the channel go on in the dialplan at s,1 of this context."""
        await self.command("POST", f"/channels/{_id(channel)}/continue", context=context, extension="s", priority="1")

    async def hang_up(self, channel: str, *, reason: str = "normal") -> None:
        """End a channel; no error if it is gone already."""
        try:
            await self.command("DELETE", f"/channels/{_id(channel)}", reason=reason)
        except Gone:
            return

    async def mixing_bridge(self, bridge: str) -> None:
        """Create an empty bridge that mixes everybody in it."""
        await self.command("POST", f"/bridges/{_id(bridge)}", type="mixing", name=bridge)

    async def join(self, bridge: str, channel: str) -> None:
        """Put a channel into a bridge. Keys it sends are told to us and never passed on as sound."""
        await self.command("POST", f"/bridges/{_id(bridge)}/addChannel", channel=channel, absorbDTMF="true")

    async def destroy_bridge(self, bridge: str) -> None:
        """Remove a bridge; no error if it is gone already."""
        try:
            await self.command("DELETE", f"/bridges/{_id(bridge)}")
        except Gone:
            return

    async def external_media(self, channel: str, *, call: str, audio_format: str, variables: Mapping[str, str]) -> None:
        """A leg whose sound goes over a websocket to our media server, which knows it by `call`."""
        await self.command(
            "POST",
            "/channels/externalMedia",
            {"variables": dict(variables)},
            app=self.app,
            external_host="ivrmedia",
            transport="websocket",
            encapsulation="none",
            connection_type="client",
            format=audio_format,
            channelId=channel,
            data="media",
            transport_data=f"f(json)v(call={call})",
        )

    async def originate(  # a leg is all of this
        self, channel: str, endpoint: str, *, caller: str, args: str, seconds: int, variables: Mapping[str, str]
    ) -> None:
        """Ring an endpoint for some seconds. StasisStart with `args` follows when it answers."""
        await self.command(
            "POST",
            "/channels",
            {"variables": dict(variables)},
            endpoint=endpoint,
            app=self.app,
            appArgs=args,
            callerId=caller,
            timeout=str(seconds),
            channelId=channel,
        )


def _id(name: str) -> str:
    return quote(name, safe="")


def _message(text: str) -> str:
    try:
        return str(json.loads(text).get("message", text))
    except (ValueError, AttributeError):
        return text


async def _decoded(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Json]:
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT:
            yield json.loads(message.data)


@asynccontextmanager
async def open_ari(address: AriAddress) -> AsyncIterator[Ari]:
    """A client with its own connection pool."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        yield Ari(http, address)


async def reachable(ari: Ari, *, within: float, pause: float = 0.1) -> None:
    """Wait until Asterisk answers. Raises AriUnreachable after `within` seconds."""
    loop = asyncio.get_running_loop()
    until = loop.time() + within
    while True:
        try:
            await ari.ping()
        except AriUnreachable:
            if loop.time() >= until:
                raise
            await asyncio.sleep(pause)
        else:
            return
