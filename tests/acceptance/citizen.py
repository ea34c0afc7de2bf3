"""A citizen's page without a browser: the protocol of the socket, what was sent, what came back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

HEAR_WITHIN = 20


@dataclass
class Citizen:
    """One conversation. `address` is where the citizen seems to come from, for servers that trust a proxy."""

    session: ClientSession
    url: str
    address: str = "127.0.0.1"
    conversation: str = ""
    socket: ClientWebSocketResponse | None = None
    sent: dict[str, str] = field(default_factory=dict)
    """Every line ever sent, by client id."""
    acked: dict[str, int] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last(self) -> int:
        return int(self.lines[-1]["seq"]) if self.lines else 0

    @property
    def told(self) -> dict[str, str]:
        """Case numbers this citizen has read, with their codes."""
        cases = [line["payload"]["case"] for line in self.lines if "case" in line["payload"]]
        return {case["number"]: case["access_code"] for case in cases}

    async def open(self) -> Citizen:
        async with self.session.post(f"{self.url}/api/conversations", json={}, headers=self._from) as reply:
            assert reply.status == 201, await reply.text()
            self.conversation = (await reply.json())["conversation"]
        return await self.connect()

    async def connect(self) -> Citizen:
        """Again, from the last line seen."""
        path = f"{self.url}/api/conversations/{self.conversation}/socket?after={self.last}"
        self.socket = await self.session.ws_connect(path, max_msg_size=0, headers=self._from)
        return self

    async def send(self, text: str, client_id: str | None = None) -> str:
        """Hand a line to the network; returns its client id."""
        client_id = client_id or str(uuid.uuid4())
        self.sent[client_id] = text
        await self.frame({"type": "say", "client_id": client_id, "text": text})
        return client_id

    async def say(self, text: str, client_id: str | None = None) -> list[str]:
        """Send a line and wait until it is acknowledged or refused; what the front desk says to it."""
        before = self.last
        client_id = await self.send(text, client_id)
        await self.settle(client_id)
        return [line["text"] for line in self.lines if line["seq"] > before and line["speaker"] != "citizen"]

    async def settle(self, client_id: str) -> None:
        while client_id not in self.acked and client_id not in [error["client_id"] for error in self.errors]:
            await self.hear()
        await self.catch_up()

    async def catch_up(self) -> None:
        """Everything stored by now. A ping is answered at once and fetched for after that, hence the second one."""
        for _ in range(2):
            await self.frame({"type": "ping"})
            while await self.hear() != "pong":
                pass

    async def frame(self, document: dict[str, Any]) -> None:
        assert self.socket is not None
        await self.socket.send_json(document)

    async def hear(self) -> str:
        """The next frame; returns its type. Raises WSMessageTypeError or ConnectionError when the server is gone."""
        assert self.socket is not None
        frame = await self.socket.receive_json(timeout=HEAR_WITHIN)
        match frame["type"]:
            case "message":
                assert frame["message"]["seq"] == self.last + 1, "every line once, in order"
                self.lines.append(frame["message"])
            case "ack":
                self.acked[frame["client_id"]] = frame["seq"]
            case "error":
                self.errors.append(frame)
        return str(frame["type"])

    async def transcript(self) -> list[dict[str, Any]]:
        """The record as the server has it, in the shape of the socket's lines."""
        path = f"{self.url}/api/conversations/{self.conversation}/messages"
        async with self.session.get(path, headers=self._from) as reply:
            assert reply.status == 200, await reply.text()
            messages = (await reply.json())["messages"]
        return [{key: value for key, value in line.items() if key != "conversation"} for line in messages]

    @property
    def _from(self) -> dict[str, str]:
        return {"X-Forwarded-For": self.address}
