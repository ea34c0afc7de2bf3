"""Signing in and out over HTTP: cookie, CSRF, origin, roles, throttling, expiry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from web_server import PASSWORD, World, error_of, running

from frontdesk.accounts import SessionRules
from frontdesk.web import WebSettings


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as made:
        yield made


async def test_sign_in_sets_a_guarded_cookie(world: World) -> None:
    reply = await world.client.post("/api/session", json={"name": " Wang ", "password": PASSWORD})
    assert reply.status == 200
    body = await reply.json()
    assert (body["name"], body["role"], body["queue"]) == ("wang", "operator", "110")
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert await (await world.client.get("/api/session")).json() == body


async def test_cookie_is_secure_over_https(tmp_path: Path) -> None:
    async with running(tmp_path, WebSettings(https=True)) as world:
        reply = await world.client.post("/api/session", json={"name": "wang", "password": PASSWORD})
        assert "Secure" in reply.headers["Set-Cookie"]
        assert "Strict-Transport-Security" in reply.headers


@pytest.mark.parametrize(("name", "password"), [("wang", "wrong"), ("nobody", PASSWORD), ("\x00", "x")])
async def test_wrong_credentials_say_the_same(world: World, name: str, password: str) -> None:
    reply = await world.client.post("/api/session", json={"name": name, "password": password})
    error = await error_of(reply, 401, "bad_credentials")
    assert error["message"] == "账号或密码不对"
    assert "Set-Cookie" not in reply.headers


async def test_failures_slow_down_with_the_seconds_named(world: World) -> None:
    wrong = {"name": "wang", "password": "wrong"}
    for _ in range(3):
        await error_of(await world.client.post("/api/session", json=wrong), 401, "bad_credentials")
    reply = await world.client.post("/api/session", json={"name": "wang", "password": PASSWORD})
    error = await error_of(reply, 429, "too_many")
    seconds = int(reply.headers["Retry-After"])
    assert f"{seconds} 秒" in error["message"]
    await world.sign_in("li")  # a colleague at the same address is not held up
    world.clock.advance(timedelta(seconds=seconds))
    await world.sign_in("wang")


async def test_changes_need_the_token_of_the_session(world: World) -> None:
    case = await world.file()
    headers = await world.sign_in("wang")
    path = f"/api/cases/{case.number}/steps/claim"
    await error_of(await world.client.post(path), 403, "csrf")
    reply = await world.client.post(path, headers={"X-CSRF-Token": "ä" * 20})
    await error_of(reply, 403, "csrf")
    await world.sign_in("wang")
    await error_of(await world.client.post(path, headers=headers), 403, "csrf")
    await error_of(await world.client.delete("/api/session"), 403, "csrf")


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
async def test_other_sites_can_change_nothing(world: World, headers: dict[str, str]) -> None:
    credentials = {"name": "wang", "password": PASSWORD}
    await error_of(await world.client.post("/api/session", json=credentials, headers=headers), 403, "forbidden")
    await error_of(await world.client.post("/api/conversations", headers=headers), 403, "forbidden")
    conversation = await world.conversation()
    path = f"/api/conversations/{conversation}/socket"
    await error_of(await world.client.get(path, headers=headers), 403, "forbidden")


async def test_our_own_pages_can(tmp_path: Path) -> None:
    settings = WebSettings(public_origins=frozenset({"https://hotline.example"}))
    async with running(tmp_path, settings) as world:
        host = f"{world.client.host}:{world.client.port}"
        for headers in (
            {"Sec-Fetch-Site": "same-origin", "Origin": "https://rewritten.example"},
            {"Origin": f"http://{host}"},
            {"Origin": "https://hotline.example"},
        ):
            assert (await world.client.post("/api/conversations", headers=headers)).status == 201


async def test_sign_out_ends_the_session(world: World) -> None:
    headers = await world.sign_in("wang")
    assert (await world.client.delete("/api/session", headers=headers)).status == 204
    await error_of(await world.client.get("/api/session"), 401, "not_signed_in")
    assert (await world.client.delete("/api/session")).status == 204


async def test_signing_in_again_ends_the_session_before(world: World) -> None:
    first = (await world.accounts.sign_in("wang", PASSWORD, "192.0.2.1"))[0]
    cookie = {"Cookie": f"frontdesk_session={first}"}
    reply = await world.client.post("/api/session", json={"name": "wang", "password": PASSWORD}, headers=cookie)
    assert reply.status == 200
    assert await world.accounts.session(first) is None


async def test_session_ends_when_idle_and_after_a_shift(tmp_path: Path) -> None:
    rules = SessionRules(idle=timedelta(minutes=30), absolute=timedelta(hours=2))
    async with running(tmp_path, rules=rules) as world:
        await world.sign_in("wang")
        world.clock.advance(timedelta(minutes=31))
        await error_of(await world.client.get("/api/session"), 401, "not_signed_in")
        await world.sign_in("wang")
        for _ in range(5):
            world.clock.advance(timedelta(minutes=23))
            assert (await world.client.get("/api/session")).status == 200
        world.clock.advance(timedelta(minutes=6))
        await error_of(await world.client.get("/api/session"), 401, "not_signed_in")


async def test_a_locked_account_is_out_at_once(world: World) -> None:
    await world.sign_in("wang")
    await world.accounts.set_active("wang", False, by="root")
    await error_of(await world.client.get("/api/desk"), 401, "not_signed_in")
    reply = await world.client.post("/api/session", json={"name": "wang", "password": PASSWORD})
    await error_of(reply, 401, "bad_credentials")


@pytest.mark.parametrize("cookie", ["", "x", "a" * 4000, "%00", "中文"])
async def test_strange_cookies(world: World, cookie: str) -> None:
    headers = {"Cookie": f"frontdesk_session={cookie}"}
    await error_of(await world.client.get("/api/session", headers=headers), 401, "not_signed_in")


@pytest.mark.parametrize(("name", "status"), [("wang", 403), ("li", 403), ("zhou", 200), ("root", 200)])
async def test_the_trail_is_for_supervision(world: World, name: str, status: int) -> None:
    await world.sign_in(name)
    assert (await world.client.get("/api/audit")).status == status


async def test_the_trail_holds_sign_ins_but_no_names_that_are_none(world: World) -> None:
    for name in ("wang", "a password typed here"):
        await world.client.post("/api/session", json={"name": name, "password": "wrong"})
    await world.sign_in("root")
    reply = await world.client.get("/api/audit")
    entries = [(entry["action"], entry["subject"]) for entry in (await reply.json())["entries"]]
    assert entries[:3] == [
        ("signed_in", "account:root"),
        ("sign_in_failed", "account:unknown"),
        ("sign_in_failed", "account:wang"),
    ]


@pytest.mark.parametrize("name", ["zhou", "root"])
async def test_supervision_reads_both_desks_and_works_no_case(world: World, name: str) -> None:
    first, second = await world.file("110"), await world.file("12345")
    headers = await world.sign_in(name)
    body = await (await world.client.get("/api/desk")).json()
    assert {row["number"] for row in body["queue"]} == {first.number, second.number}
    reply = await world.client.get(f"/api/cases/{first.number}")
    assert (await reply.json())["steps"] == []
    reply = await world.client.post(f"/api/cases/{first.number}/steps/claim", headers=headers)
    await error_of(reply, 403, "forbidden")
