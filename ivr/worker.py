"""A recogniser worker: `python -m ivr.worker FOLDER CLIP THREADS`, a socket to the front desk as standard input.

A process of its own, because a crash in native code ends the process that it happens in. It holds nothing that
matters: the front desk keeps the sound of every utterance until it is answered.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import sys
import threading
from pathlib import Path

from ivr.recogniser import ModelUnusable
from ivr.vosk_decoder import VoskDecoder, hear, measured_cost
from ivr.vosk_model import VoskModel, read_clip
from ivr.worker_link import Frame, Frames, Kind, Model, pack_heard, packed, unpack_end

RECEIVED = 1 << 16
"""Bytes read at a time."""


class _Ear:
    """A call as this worker knows it. The engine is made by the thread that first decodes for it."""

    def __init__(self, number: int, rate: int) -> None:
        self.number = number
        self.rate = rate
        self.decoder: VoskDecoder | None = None


class _Worker:
    """Reads requests on the main thread; decodes on others, one request of an ear at a time."""

    def __init__(self, link: socket.socket, model: VoskModel, clip: tuple[bytes, int], threads: int) -> None:
        self._link, self._model, self._clip, self._threads = link, model, clip, threads
        self._sending = threading.Lock()
        self._ears: dict[int, _Ear] = {}
        self._work: queue.SimpleQueue[tuple[_Ear, Frame]] = queue.SimpleQueue()
        self._missing: set[str] = set()

    def serve(self) -> None:
        """Answer until the front desk closes the socket or is gone."""
        warm = hear(self._model, self._clip)  # so that the first caller does not pay for page faults and allocations
        told = Model(self._model.rate, self._model.takes_grammar, warm[0].text if warm else "")
        self._send(Kind.READY, 0, told.packed())
        for _ in range(self._threads):
            threading.Thread(target=self._decode, daemon=True).start()
        frames = Frames()
        while data := self._link.recv(RECEIVED):
            for frame in frames.feed(data):
                self._take(frame)

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.OPEN:
                self._ears[frame.ear] = _Ear(frame.ear, int(frame.text))
            case Kind.SOUND | Kind.END:
                self._work.put((self._ears[frame.ear], frame))
            case Kind.CLOSE:
                del self._ears[frame.ear]
            case Kind.MEASURE:
                cost = measured_cost(self._model, self._clip, self._threads)
                self._send(Kind.MEASURED, 0, str(cost).encode())
            case _:
                raise ValueError(f"{frame.kind.name} is no request")

    def _decode(self) -> None:
        while True:
            ear, frame = self._work.get()
            try:
                kind, body = self._answer(ear, frame)
            except Exception as error:  # noqa: BLE001  whatever it was, this call alone can no longer be heard
                kind, body = Kind.BROKE, type(error).__name__.encode()
            self._send(kind, ear.number, body)

    def _answer(self, ear: _Ear, frame: Frame) -> tuple[Kind, bytes]:
        if ear.decoder is None:
            ear.decoder = VoskDecoder(self._model, ear.rate, self._tell_missing)
        if frame.kind is Kind.SOUND:
            return Kind.PARTIAL, ear.decoder.accept(frame.body).encode()
        expected, pcm = unpack_end(frame.body)
        ear.decoder.accept(pcm)
        return Kind.HEARD, pack_heard(ear.decoder.finish(expected))

    def _tell_missing(self, characters: frozenset[str]) -> None:
        new = characters - self._missing
        if new:
            self._missing |= new
            self._send(Kind.MISSING, 0, "".join(sorted(new)).encode())

    def _send(self, kind: Kind, ear: int, body: bytes) -> None:
        with self._sending:
            self._link.sendall(packed(kind, ear, body))


def main() -> None:
    """Load, warm, serve."""
    # The front desk ends its workers itself, once no call needs them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    folder, clip_file, threads = sys.argv[1:]
    link = socket.socket(fileno=sys.stdin.fileno())
    status = 0
    try:
        model = VoskModel(Path(folder))
        _Worker(link, model, read_clip(Path(clip_file)), int(threads)).serve()
    except ModelUnusable as error:
        link.sendall(packed(Kind.UNUSABLE, 0, str(error).encode()))
    except ConnectionError:
        pass  # the front desk is gone
    except Exception:  # noqa: BLE001  a request that makes no sense: ours to mend, told by the status
        status = 1
    os._exit(status)  # threads in native code are not waited for


if __name__ == "__main__":
    main()
