"""The sound of a test phone: A-law RTP on a socket of its own, beside the SIP client that names it in its SDP."""

from __future__ import annotations

import asyncio
import itertools
import struct
from types import TracebackType
from typing import Self

import numpy as np

RATE = 8000
FRAME = 160
_PCMA = 8
_EVENTS = 101
_WINDOW = RATE // 5


def _alaw_table() -> np.ndarray:
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    size = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


_DECODE = _alaw_table()
_LEVELS = np.argsort(_DECODE)


def decode(alaw: bytes) -> np.ndarray:
    return _DECODE[np.frombuffer(alaw, np.uint8)]


def encode(pcm: np.ndarray) -> bytes:
    place = np.searchsorted(_DECODE[_LEVELS], pcm).clip(0, 255)
    return _LEVELS[place].astype(np.uint8).tobytes()


def tone(frequency: float, seconds: float, rate: int = RATE, level: float = 0.3) -> np.ndarray:
    return (np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate) * level * 32767).astype(np.int16)


def frequencies(pcm: np.ndarray, rate: int = RATE) -> set[int]:
    """Frequencies (Hz, to the nearest 50) that clearly stand out."""
    if len(pcm) < rate // 10 or np.abs(pcm).max() < 500:
        return set()
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    strong = np.flatnonzero(spectrum > spectrum.max() * 0.25)
    return {round(place * rate / len(pcm) / 50) * 50 for place in strong}


class RtpPeer(asyncio.DatagramProtocol):
    """Sends silence or a tone every 20 ms once it knows where Asterisk is, and keeps what it hears."""

    def __init__(self) -> None:
        self.heard = np.zeros(0, np.int16)
        self._frames: dict[int, np.ndarray] = {}
        self._changed = asyncio.Condition()
        self._known = asyncio.Event()
        self._peer: tuple[str, int] | None = None
        self._sound = iter(())
        self._sequence = itertools.count(1)
        self._stamp = 0
        self._source = id(self) & 0xFFFFFFFF
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.2", 0))
        self.port: int = self._transport.get_extra_info("sockname")[1]
        self._clock = asyncio.create_task(self._talk())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clock.cancel()
        await asyncio.gather(self._clock, return_exceptions=True)
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._peer = addr
        self._known.set()
        if len(data) > 12 and data[1] & 0x7F == _PCMA:
            pcm = decode(data[12:])
            self._frames[struct.unpack("!I", data[4:8])[0]] = pcm
            self.heard = np.concatenate((self.heard, pcm))
            task = asyncio.create_task(self._notify())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def recent(self) -> set[int]:
        return frequencies(self.heard[-_WINDOW:])

    def forget(self) -> None:
        self.heard = self.heard[:0]
        self._frames.clear()

    def in_order(self) -> np.ndarray:
        """What was heard, as a phone with a patient jitter buffer plays it: by time stamp, silence for what is lost."""
        if not self._frames:
            return self.heard
        first = min(self._frames)
        ends = max(stamp - first + len(pcm) for stamp, pcm in self._frames.items())
        sound = np.zeros(ends, np.int16)
        for stamp, pcm in self._frames.items():
            sound[stamp - first : stamp - first + len(pcm)] = pcm
        return sound

    async def hears(self, *wanted: int) -> None:
        """Until these frequencies, at least, are heard at the same time."""
        async with self._changed:
            await self._changed.wait_for(lambda: set(wanted) <= self.recent())

    async def hears_only(self, frequency: int) -> None:
        """Until this tone is heard and nothing else: speech has many frequencies, and now and then this one."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.recent() == {frequency})

    async def speaks(self) -> None:
        """Until something is heard, whatever it is."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(np.any(np.abs(self.heard) > 1000)))

    async def quiet(self, samples: int = RATE // 2) -> None:
        """Until so many samples were heard after now, or none comes any more for half a second."""
        self.forget()
        await asyncio.sleep(samples / RATE)

    async def say(self, pcm: np.ndarray) -> None:
        """Speak after it is known where to."""
        await self._known.wait()
        padded = np.concatenate((pcm, np.zeros(-len(pcm) % FRAME, np.int16)))
        self._sound = iter(padded.reshape(-1, FRAME))

    async def press(self, digit: str) -> None:
        """An RFC 4733 key: three packets while it is held, three when it is released."""
        await self._known.wait()
        event = "0123456789*#".index(digit)
        stamp = self._stamp
        for place, (end, duration) in enumerate(
            [(0, 160), (0, 320), (0, 480), (0, 640), (0x80, 800), (0x80, 800), (0x80, 800)]
        ):
            payload = struct.pack("!BBH", event, end | 10, duration)
            self._send(_EVENTS, payload, stamp=stamp, marker=place == 0)
            await asyncio.sleep(0.02)

    async def _talk(self) -> None:
        await self._known.wait()
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            frame = next(self._sound, None)
            self._stamp += FRAME
            self._send(_PCMA, encode(np.zeros(FRAME, np.int16) if frame is None else frame), stamp=self._stamp)
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _send(self, kind: int, payload: bytes, *, stamp: int, marker: bool = False) -> None:
        sequence = next(self._sequence) & 0xFFFF
        head = struct.pack("!BBHII", 0x80, kind | (0x80 if marker else 0), sequence, stamp & 0xFFFFFFFF, self._source)
        self._transport.sendto(head + payload, self._peer)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
