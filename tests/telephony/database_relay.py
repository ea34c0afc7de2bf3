"""Stands between the product and PostgreSQL, so that a test can take the database away and give it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class DatabaseRelay:
    """Carries connections on a port of its own. While `away`, existing ones are cut and new ones refused."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._away = False
        self._open: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            self._cut()

    def take_away(self) -> None:
        self._away = True
        self._cut()

    def give_back(self) -> None:
        self._away = False

    def _cut(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._away:
            writer.transport.abort()
            return
        inner_reader, inner_writer = await asyncio.open_connection(*self._target)
        ends = {writer, inner_writer}
        self._open |= ends
        try:
            await asyncio.gather(self._pump(reader, inner_writer), self._pump(inner_reader, writer))
        finally:
            for end in ends:
                end.transport.abort()
            self._open -= ends

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while chunk := await source.read(65536):
                sink.write(chunk)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.transport.abort()
