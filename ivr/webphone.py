"""A telephone in a web page: the microphone and the loudspeaker of a browser as a Line.

Binary frames are PCM (16 kHz, both ways); text frames are JSON. From the page: key, played, hangup. To the page: call,
mark (after the sound it ends), flush, line (a stored line of the conversation), state, and now: what the caller is
saying (text), whether they are speaking (talking) and whether a person is with them (person).
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ivr.ports import Audio, Key, LineClosed, LineEvent, OperatorAnswered, OperatorLeft, Played

RATE = 16000
AHEAD = 5.0
"""Seconds of sound queued in the page at most."""
LOST_MARK = 1.5
"""Seconds after which sound that must have been heard counts as heard even if the page did not say so."""
_BYTES_PER_SECOND = 2 * RATE
_MESSAGE = 16_000
_LONGEST_FRAME = _BYTES_PER_SECOND
_INBOX = 1500
_BURST = 25
"""Waiting frames from which sound that came in a burst is passed on at four times its speed, not all at once."""

log = structlog.get_logger("ivr.webphone")


class WireGone(Exception):
    """The browser is gone, or takes nothing any more."""


class CallWire(Protocol):
    """One open socket."""

    async def receive(self) -> str | bytes | None:
        """The next frame; None once the socket is closed."""

    async def send(self, text: str) -> None:
        """Send a text frame. Raises WireGone."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame. Raises WireGone."""


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True)


class KeyFrame(_Frame):
    """A key of the page's keypad."""

    type: Literal["key"]
    digit: Annotated[str, Field(pattern=r"^[0-9*#]$")]


class PlayedFrame(_Frame):
    """The page has played everything up to this mark."""

    type: Literal["played"]
    mark: Annotated[str, Field(max_length=32)]


class HangUpFrame(_Frame):
    """The red button."""

    type: Literal["hangup"]


_FRAME: TypeAdapter[KeyFrame | PlayedFrame | HangUpFrame] = TypeAdapter(
    Annotated[KeyFrame | PlayedFrame | HangUpFrame, Field(discriminator="type")]
)


@dataclass
class _Queued:
    """Sound in the page: `ends` is the second of incoming audio at which it must have been heard."""

    mark: str
    ends: float


class WebLine:
    """`ivr.ports.Line` over a browser's socket. The microphone, which never pauses, is its clock."""

    def __init__(self, wire: CallWire) -> None:
        self._wire = wire
        self._inbox: asyncio.Queue[LineEvent] = asyncio.Queue(_INBOX)
        self._queued: deque[_Queued] = deque()
        self._heard = 0.0
        self._ends = 0.0
        self._room = asyncio.Event()
        self._closed = False
        self._tap: Callable[[bytes], None] | None = None

    @property
    def rate(self) -> int:
        """16000."""
        return RATE

    async def events(self) -> AsyncIterator[LineEvent]:
        """What the page sends and what `put` adds, ending after LineClosed."""
        while True:
            event = await self._inbox.get()
            if isinstance(event, Audio):
                if self._inbox.qsize() > _BURST:
                    await asyncio.sleep(len(event.pcm) / _BYTES_PER_SECOND / 4)
                for lost in self._pass(len(event.pcm) / _BYTES_PER_SECOND):
                    yield lost
            yield event
            if isinstance(event, LineClosed):
                return

    def listen_in(self, tap: Callable[[bytes], None]) -> None:
        """Show the caller's sound the moment it arrives; to be called before `read`."""
        self._tap = tap

    async def put(self, event: LineEvent) -> None:
        """Something that happened elsewhere, such as an operator who joined."""
        await self._inbox.put(event)

    async def read(self) -> None:
        """Take frames from the page until it is gone or hangs up."""
        while (raw := await self._wire.receive()) is not None:
            if isinstance(raw, bytes):
                if len(raw) % 2 == 0 and 0 < len(raw) <= _LONGEST_FRAME:
                    if self._tap is not None:
                        self._tap(raw)
                    await self._inbox.put(Audio(raw))
                continue
            try:
                frame = _FRAME.validate_json(raw)
            except ValidationError:
                log.warning("call_frame_refused")
                continue
            match frame:
                case KeyFrame():
                    await self._inbox.put(Key(frame.digit))
                case PlayedFrame():
                    for played in self._until(frame.mark):
                        await self._inbox.put(played)
                case HangUpFrame():
                    break
        self.close()

    async def play(self, pcm: bytes, mark: str) -> None:
        """Send sound; waits while more than AHEAD seconds are queued. Nothing is sent to a page that is gone."""
        for at in range(0, len(pcm), _MESSAGE):
            await self._send(pcm[at : at + _MESSAGE])
        await self.tell("mark", mark=mark)
        self._ends = max(self._ends, self._heard) + len(pcm) / _BYTES_PER_SECOND
        self._queued.append(_Queued(mark, self._ends))
        while self._ends - self._heard > AHEAD and not self._closed:
            self._room.clear()
            await self._room.wait()

    async def flush(self) -> None:
        """The page stops at once and forgets what is queued."""
        self._queued.clear()
        self._ends = self._heard
        self._room.set()
        await self.tell("flush")

    async def tell(self, kind: str, **content: Any) -> None:
        """Send the page a JSON frame; one that is gone hears nothing."""
        text = json.dumps({"type": kind, **content}, ensure_ascii=False, separators=(",", ":"))
        try:
            await self._wire.send(text)
        except WireGone:
            self.close()

    async def _send(self, pcm: bytes) -> None:
        try:
            await self._wire.send_bytes(pcm)
        except WireGone:
            self.close()

    def close(self) -> None:
        """The call is over; room is made for the news if the session lags."""
        if self._closed:
            return
        self._closed = True
        self._room.set()
        if self._inbox.full():
            self._inbox.get_nowait()
        self._inbox.put_nowait(LineClosed())

    def _pass(self, seconds: float) -> Sequence[Played]:
        """So much time has passed; marks that the page should have reported long ago."""
        self._heard += seconds
        self._room.set()
        overdue = [queued for queued in self._queued if queued.ends + LOST_MARK <= self._heard]
        return self._until(overdue[-1].mark) if overdue else ()

    def _until(self, mark: str) -> Sequence[Played]:
        """Marks up to this one, which are no longer queued; none for a mark of flushed sound."""
        if not any(queued.mark == mark for queued in self._queued):
            return ()
        passed: list[Played] = []
        while not passed or passed[-1].mark != mark:
            passed.append(Played(self._queued.popleft().mark))
        return passed


class People:
    """Follows who is with the caller, from the lines of the conversation: desks join and leave through their page."""

    def __init__(self, line: WebLine) -> None:
        self._line = line
        self.present = False

    async def follow(self, payload: dict[str, Any], speaker: str) -> None:
        """Take the next stored line; tells the line when a person comes or goes."""
        if payload.get("left"):
            if self.present:
                self.present = False
                await self._line.put(OperatorLeft())
        elif (payload.get("joined") or speaker == "operator") and not self.present:
            self.present = True
            await self._line.put(OperatorAnswered(name=str(payload.get("by", ""))))
