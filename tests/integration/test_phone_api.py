"""The telephone beside an operator, call-backs on the desk, and the news of both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from web_server import World, error_of, running

from handoff.abandoned import Abandoned, AbandonedCalls
from ivr.asterisk import AriError, NotTalking, PhoneCall

NUMBER = "13900005555"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as made:
        yield made


async def phone(world: World) -> dict[str, Any]:
    reply = await world.client.get("/api/phone")
    assert reply.status == 200
    return dict(await reply.json())


async def test_an_operator_chooses_a_phone_of_their_desk(world: World) -> None:
    headers = await world.sign_in("wang")
    assert await phone(world) == {"phone": None, "phones": ["op110", "op111"], "call": None}
    reply = await world.client.put("/api/phone", json={"phone": "op111"}, headers=headers)
    assert (await reply.json())["phone"] == "op111"
    assert (await phone(world))["phone"] == "op111", "choosing a phone ends no session"
    await error_of(await world.client.put("/api/phone", json={"phone": "op12345"}, headers=headers), 422, "invalid")
    await world.client.put("/api/phone", json={"phone": None}, headers=headers)
    assert (await phone(world))["phone"] is None
    async with world.store.reading() as tx:
        entries = await tx.audit.recent("account:wang")
    assert [entry.detail.get("phone") for entry in entries if entry.action == "phone_set"] == [None, "op111"]


async def test_a_phone_belongs_to_one_account(world: World) -> None:
    await world.accounts.create("zhao", "correct horse battery", "operator-110", by="test")
    await world.accounts.set_phone("wang", "op110", by="cli")
    await world.accounts.set_phone("zhao", "op110", by="cli")
    assert {user.name: user.phone for user in await world.accounts.users() if user.phone} == {"zhao": "op110"}


async def test_the_page_hears_what_the_phone_does(world: World) -> None:
    await world.accounts.set_phone("wang", "op110", by="cli")
    await world.sign_in("wang")
    async with world.client.ws_connect("/api/desk/socket") as socket:
        await socket.send_json({"type": "ping"})
        assert (await socket.receive_json())["type"] == "pong"
        world.phones.phone("op110", PhoneCall("202601020007", NUMBER, talking=False))
        assert await socket.receive_json() == {"type": "phone", "phone": "op110", "state": "ringing"}
        assert (await phone(world))["call"] == {"case": "202601020007", "caller": NUMBER, "talking": False}
        world.phones.phone("op110", PhoneCall("202601020007", NUMBER, talking=True))
        assert (await socket.receive_json())["state"] == "talking"
        world.phones.phone("op110", None)
        assert (await socket.receive_json())["state"] == "rest"
        assert (await phone(world))["call"] is None


class Exchange:
    def __init__(self, error: Exception | None = None) -> None:
        self.given_back: list[str] = []
        self._error = error

    async def hand_back(self, phone: str) -> None:
        if self._error is not None:
            raise self._error
        self.given_back.append(phone)


async def test_a_caller_is_given_back(world: World) -> None:
    headers = await world.sign_in("wang")
    await error_of(await world.client.post("/api/phone/hand_back", headers=headers), 409, "nobody_on_phone")
    await world.accounts.set_phone("wang", "op110", by="cli")
    world.phones.exchange = exchange = Exchange()
    assert (await world.client.post("/api/phone/hand_back", headers=headers)).status == 200
    assert exchange.given_back == ["op110"]
    world.phones.exchange = Exchange(NotTalking("op110"))
    await error_of(await world.client.post("/api/phone/hand_back", headers=headers), 409, "nobody_on_phone")
    world.phones.exchange = Exchange(AriError("down"))
    await error_of(await world.client.post("/api/phone/hand_back", headers=headers), 503, "telephone_unavailable")


async def test_supervisors_have_no_phone(world: World) -> None:
    await world.sign_in("zhou")
    await error_of(await world.client.get("/api/phone"), 403, "forbidden")


async def test_a_call_back_is_listed_until_somebody_was_reached(world: World) -> None:
    call = Abandoned(id="ivr-1.2", case=None, number=NUMBER, line="110", queue="110", trunk="telecom", at=world.clock())
    calls = AbandonedCalls(world.store, world.live, world.clock)
    await asyncio.gather(*(calls.record(call) for _ in range(3)), return_exceptions=True)
    headers = await world.sign_in("wang")
    [row] = (await (await world.client.get("/api/desk")).json())["callbacks"]
    assert (row["title"], row["callback_since"]) == ("来电没有接通", "2026-03-02T01:00:00Z")
    steps = f"/api/cases/{row['number']}/steps/called_back"
    for reached, left in ((False, 1), (True, 0)):
        reply = await world.client.post(steps, json={"reached": reached}, headers=headers)
        assert reply.status == 200, await reply.text()
        assert len((await (await world.client.get("/api/desk")).json())["callbacks"]) == left
    await error_of(await world.client.post(steps, json={"reached": True}, headers=headers), 409, "no_callback")
    async with world.store.reading() as tx:
        entries = await tx.audit.recent(row["number"])
    assert [entry.detail["outcome"] for entry in entries if entry.action == "called_back"] == ["reached", "missed"]


async def test_the_other_desk_does_not_call_back(world: World) -> None:
    case = await world.file("110")
    call = Abandoned(id="ivr-1.3", case=case.number, number=None, line="110", queue="110", trunk=None, at=world.clock())
    await AbandonedCalls(world.store, world.live, world.clock).record(call)
    headers = await world.sign_in("li")
    reply = await world.client.post(
        f"/api/cases/{case.number}/steps/called_back", json={"reached": True}, headers=headers
    )
    await error_of(reply, 409, "wrong_desk")
