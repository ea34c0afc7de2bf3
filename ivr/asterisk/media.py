"""The media server: for every call Asterisk connects here (chan_websocket, subprotocol `media`, JSON control)."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiohttp import WSMsgType, web

from ivr.asterisk.playback import SAMPLE_BYTES, STRETCH_SECONDS, PlaybackQueue
from ivr.ports import Audio, LineClosed, LineEvent, Played

FORMATS: dict[int, str] = {8000: "slin", 16000: "slin16"}
"""Asterisk's name of signed linear PCM by samples per second."""

BACKLOG_SECONDS = 20.0
"""Sound that may wait for the session. Beyond it nobody can be said to listen and the call goes to a person."""

log = structlog.get_logger("ivr.media")


class MediaLine:
    """One call's media as an `ivr.ports.Line`, plus what the call control tells the session on the same line."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._events: deque[LineEvent] = deque()
        self._news = asyncio.Event()
        self._waiting_audio = 0
        self._queue = PlaybackQueue(rate)
        self._sending = asyncio.Lock()
        self._socket: web.WebSocketResponse | None = None
        self._frame = rate // 50 * SAMPLE_BYTES
        self._closed = False
        self._tap: Callable[[bytes], None] | None = None
        self.started = asyncio.Event()
        """Asterisk connected and told its frame size."""
        self.lost = asyncio.Event()
        """The media went away, or the session does not keep up: a person must take the call."""

    @property
    def rate(self) -> int:
        """Samples per second of both directions."""
        return self._rate

    async def events(self) -> AsyncIterator[LineEvent]:
        """Everything that happens on the line, ending after LineClosed. For one reader."""
        while True:
            while not self._events:
                self._news.clear()
                await self._news.wait()
            event = self._events.popleft()
            if isinstance(event, Audio):
                self._waiting_audio -= len(event.pcm)
            yield event
            if isinstance(event, LineClosed):
                return

    def listen_in(self, tap: Callable[[bytes], None]) -> None:
        """Show the caller's sound the moment it arrives, and now what waits already."""
        self._tap = tap
        for event in self._events:
            if isinstance(event, Audio):
                tap(event.pcm)

    async def play(self, pcm: bytes, mark: str) -> None:
        """Queue sound; returns when it is sent, at most five seconds before it has been heard.

        Sounds are played whole and in the order asked for. A trailing partial frame is filled with silence.
        """
        generation = self._queue.generation
        async with self._sending:
            sound = pcm + bytes(-len(pcm) % self._frame)
            step = max(1, int(self._rate * STRETCH_SECONDS) * SAMPLE_BYTES // self._frame) * self._frame
            for start in range(0, max(len(sound), 1), step):
                stretch = sound[start : start + step]
                last = start + step >= len(sound)
                if self._queue.generation != generation or not await self._queue.room(len(stretch)):
                    self.put(Played(mark, flushed=True))
                    return
                name = self._queue.sent(len(stretch), mark if last else None)
                if stretch:
                    await self._send(stretch)
                await self._send({"command": "MARK_MEDIA", "correlation_id": name})

    async def flush(self) -> None:
        """Stop playing at once and forget what is queued; Played(flushed=True) for every sound that was cut off."""
        marks = self._queue.flush()
        await self._send({"command": "FLUSH_MEDIA"})
        self._queue.resume()
        for mark in marks:
            self.put(Played(mark, flushed=True))

    def put(self, event: LineEvent) -> None:
        """Tell the session something. Nothing is told after LineClosed."""
        if self._closed:
            return
        if isinstance(event, Audio):
            if self._tap is not None:
                self._tap(event.pcm)
            self._waiting_audio += len(event.pcm)
            if self._waiting_audio > BACKLOG_SECONDS * self._rate * SAMPLE_BYTES:
                self.lost.set()
                return
        self._closed = isinstance(event, LineClosed)
        if self._closed:
            self._queue.close()
        self._events.append(event)
        self._news.set()

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """Asterisk's connection, until it ends."""
        self._socket = socket
        try:
            async for message in socket:
                if message.type is WSMsgType.BINARY:
                    self.put(Audio(message.data))
                elif message.type is WSMsgType.TEXT:
                    self._control(json.loads(message.data))
        finally:
            self._socket = None
            self._queue.close()
            self.lost.set()

    def _control(self, told: dict[str, Any]) -> None:
        match told.get("event"):
            case "MEDIA_START":
                self._frame = int(told.get("optimal_frame_size") or self._frame)
                self.started.set()
            case "MEDIA_MARK_PROCESSED":
                mark = self._queue.heard(str(told.get("correlation_id")))
                if mark is not None:
                    self.put(Played(mark))
            case "MEDIA_XOFF":
                self._queue.pause()
            case "MEDIA_XON":
                self._queue.resume()
            case "ERROR":
                log.error("Asterisk refused a media command", told=told.get("error_text"))
            case _:
                pass  # keys come from ARI; STATUS and the rest are not asked for

    async def _send(self, what: bytes | dict[str, str]) -> None:
        """To Asterisk; nothing if it is gone: `lost` tells the call control."""
        socket = self._socket
        if socket is None or socket.closed:
            return
        try:
            if isinstance(what, bytes):
                await socket.send_bytes(what)
            else:
                await socket.send_str(json.dumps(what))
        except ConnectionError:
            self.lost.set()


class MediaServer:
    """Meets Asterisk's connections with the calls that wait for them."""

    def __init__(self) -> None:
        self._lines: dict[str, MediaLine] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    def expect(self, call: str, rate: int) -> MediaLine:
        """The line of a call whose media is about to connect."""
        line = MediaLine(rate)
        self._lines[call] = line
        return line

    def forget(self, call: str) -> None:
        """The call is over."""
        self._lines.pop(call, None)

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Serve while the context is open; yields the port (a free one if 0 is asked for)."""
        app = web.Application()
        app.router.add_get("/media", self._accept)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            bound: int = runner.addresses[0][1]
            yield bound
        finally:
            for socket in tuple(self._sockets):
                await socket.close()
            await runner.cleanup()

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        line = self._lines.pop(request.query.get("call", ""), None)
        if line is None:
            raise web.HTTPNotFound(text="no call waits for this media")
        socket = web.WebSocketResponse(protocols=("media",), compress=False, max_msg_size=1 << 20)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await line.serve(socket)
        finally:
            self._sockets.discard(socket)
        return socket
