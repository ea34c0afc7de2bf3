"""Error shape, bad input, limits and headers of the HTTP API, on the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import CapturingLogger
from web_server import World, broken_store, error_of, running

from frontdesk.web import WebSettings
from frontdesk.web.services import SERVICES
from frontdesk.web.throttle import Throttle, address_key
from handoff.ports import StaleVersion


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as made:
        yield made


async def test_conversation_is_opened_and_read(world: World) -> None:
    reply = await world.client.post("/api/conversations", json={"entry": "110"})
    assert reply.status == 201
    conversation = (await reply.json())["conversation"]
    reply = await world.client.get(f"/api/conversations/{conversation}/messages")
    assert [line["text"] for line in (await reply.json())["messages"]] == ["您好，请讲"]
    reply = await world.client.get(f"/api/conversations/{conversation}/messages", params={"after": 1})
    assert await reply.json() == {"messages": []}


async def test_open_needs_no_body(world: World) -> None:
    assert (await world.client.post("/api/conversations")).status == 201


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code", "field"),
    [
        (b"{", "application/json", 400, "bad_request", None),
        (b'{"entry": "\xff"}', "application/json", 400, "bad_request", None),
        (b'{"entry": "\\ud800"}', "application/json", 400, "bad_request", None),
        (b"[]", "application/json", 422, "invalid", None),
        (b"null", "application/json", 422, "invalid", None),
        (b'{"entry": "119"}', "application/json", 422, "invalid", "entry"),
        (b'{"enrty": "110"}', "application/json", 422, "invalid", "enrty"),
        (b"entry=110", "application/x-www-form-urlencoded", 415, "unsupported_media", None),
        (b'{"entry": null}', "text/plain", 415, "unsupported_media", None),
        (b'{"entry": "' + b"1" * 70_000 + b'"}', "application/json", 413, "too_large", None),
        (b"[" * 60_000, "application/json", 400, "bad_request", None),
    ],
)
async def test_bad_bodies(
    world: World, body: bytes, content_type: str, status: int, code: str, field: str | None
) -> None:
    headers = {"Content-Type": content_type}
    reply = await world.client.post("/api/conversations", data=body, headers=headers)
    error = await error_of(reply, status, code)
    assert error.get("field") == field


async def test_large_body_without_a_length(world: World) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 8192

    headers = {"Content-Type": "application/json"}
    reply = await world.client.post("/api/conversations", data=parts(), headers=headers)
    await error_of(reply, 413, "too_large")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/nothing", 404, "not_found"),
        ("/nothing", 404, "not_found"),
        ("/static/nothing.js", 404, "not_found"),
        ("/static/../app.py", 404, "not_found"),
        ("/api/conversations/unknown-conversation/messages", 404, "not_found"),
        ("/api/conversations/%00%ff/messages", 404, "not_found"),
        ("/api/conversations/unknown-conversation/socket", 404, "not_found"),
        ("/api/conversations", 405, "method_not_allowed"),
        ("/api/status", 422, "invalid"),
        ("/api/status?number=1&digits=", 422, "invalid"),
        ("/api/status?number=202603020001&digits=1234", 404, "not_found"),
        ("/api/status?number=%00&digits=1234", 404, "not_found"),
        ("/api/desk", 401, "not_signed_in"),
        ("/api/cases/202603020001", 401, "not_signed_in"),
        ("/api/session", 401, "not_signed_in"),
        ("/api/audit", 401, "not_signed_in"),
        ("/api/desk/socket", 401, "not_signed_in"),
    ],
)
async def test_bad_addresses(world: World, path: str, status: int, code: str) -> None:
    await error_of(await world.client.get(path), status, code)


async def test_wrong_method_names_the_right_ones(world: World) -> None:
    reply = await world.client.get("/api/conversations")
    assert reply.headers["Allow"] == "POST"


@pytest.mark.parametrize("after", ["-1", "x", "1e9", "99999999999999999999", ""])
async def test_bad_after(world: World, after: str) -> None:
    conversation = await world.conversation()
    reply = await world.client.get(f"/api/conversations/{conversation}/messages", params={"after": after})
    error = await error_of(reply, 422, "invalid")
    assert error["field"] == "after"


async def test_socket_address_without_upgrade(world: World) -> None:
    conversation = await world.conversation()
    reply = await world.client.get(f"/api/conversations/{conversation}/socket")
    await error_of(reply, 426, "upgrade_required")


async def test_status_is_the_same_for_wrong_digits_and_unknown_numbers(world: World) -> None:
    case = await world.file()
    right = await world.client.get("/api/status", params={"number": case.number, "digits": "5678"})
    assert right.status == 200
    assert (await right.json())["number"] == case.number
    wrong = await world.client.get("/api/status", params={"number": case.number, "digits": "0000"})
    unknown = await world.client.get("/api/status", params={"number": "202001010001", "digits": "0000"})
    first, second = await error_of(wrong, 404, "not_found"), await error_of(unknown, 404, "not_found")
    assert first["message"] == second["message"]


async def test_full_width_digits_are_digits(world: World) -> None:
    case = await world.file()
    wide = case.number.translate({ord("0") + n: ord("０") + n for n in range(10)})
    reply = await world.client.get("/api/status", params={"number": f" {wide} ", "digits": "５６７８"})
    assert reply.status == 200


async def test_lookups_are_limited_per_address(tmp_path: Path) -> None:
    async with running(tmp_path, WebSettings(lookups_per_minute=3)) as world:
        query = {"number": "202603020001", "digits": "1234"}
        for _ in range(3):
            await error_of(await world.client.get("/api/status", params=query), 404, "not_found")
        reply = await world.client.get("/api/status", params=query)
        error = await error_of(reply, 429, "too_many")
        assert reply.headers["Retry-After"] in error["message"]


async def test_guessing_the_digits_of_one_case_is_limited_from_all_addresses(tmp_path: Path) -> None:
    settings = WebSettings(wrong_digits_per_hour=2)
    async with running(tmp_path, settings) as world:
        case = await world.file()
        for digits in ("0000", "0001"):
            query = {"number": case.number, "digits": digits}
            await error_of(await world.client.get("/api/status", params=query), 404, "not_found")
        query = {"number": case.number, "digits": "5678"}
        await error_of(await world.client.get("/api/status", params=query), 429, "too_many")


async def test_opening_is_limited_but_an_open_conversation_is_not(tmp_path: Path) -> None:
    async with running(tmp_path, WebSettings(opens_per_minute=2)) as world:
        conversation = await world.conversation()
        await world.conversation()
        await error_of(await world.client.post("/api/conversations"), 429, "too_many")
        async with world.client.ws_connect(f"/api/conversations/{conversation}/socket?after=1") as socket:
            await socket.send_json({"type": "say", "client_id": "first-line-1", "text": "救命"})
            kinds = {(await socket.receive_json())["type"] for _ in range(3)}
            assert kinds == {"ack", "message"}


async def test_limits_follow_the_browser_behind_a_trusted_proxy(tmp_path: Path) -> None:
    from ipaddress import ip_network

    settings = WebSettings(opens_per_minute=1, trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with running(tmp_path, settings) as world:
        for address in ("203.0.113.5", "203.0.113.6"):
            # What the browser itself claims stands to the left and is not believed.
            headers = {"X-Forwarded-For": f"198.51.100.1, {address}"}
            assert (await world.client.post("/api/conversations", headers=headers)).status == 201
            reply = await world.client.post("/api/conversations", headers=headers)
            await error_of(reply, 429, "too_many")


async def test_limits_do_not_believe_strangers(tmp_path: Path) -> None:
    async with running(tmp_path, WebSettings(opens_per_minute=1)) as world:
        statuses = []
        for address in ("203.0.113.5", "203.0.113.6"):
            headers = {"X-Forwarded-For": address}
            statuses.append((await world.client.post("/api/conversations", headers=headers)).status)
        assert statuses == [201, 429]


def test_a_household_shares_its_limit() -> None:
    assert address_key("2001:db8:1:2::1") == address_key("2001:db8:1:2:ffff::9")
    assert address_key("2001:db8:1:2::1") != address_key("2001:db8:1:3::1")
    assert address_key("::ffff:192.0.2.7") == address_key("192.0.2.7") == "192.0.2.7"


def test_throttle_forgets_the_oldest_only() -> None:
    now = [0.0]
    throttle = Throttle(1, 60, "{seconds}", capacity=2, clock=lambda: now[0])
    throttle.spend("a")
    with pytest.raises(Exception, match="1"):
        throttle.spend("a")
    now[0] = 1.0
    throttle.spend("a")
    throttle.spend("b")
    throttle.spend("c")
    throttle.spend("a")
    with pytest.raises(Exception, match="1"):
        throttle.spend("c")


async def test_store_trouble_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: object, **__: object) -> None:
        raise broken_store()

    monkeypatch.setattr(world.conversations, "open", unavailable)
    reply = await world.client.post("/api/conversations")
    error = await error_of(reply, 503, "store_unavailable")
    assert "110" in error["message"]
    assert "disk" not in error["message"]
    assert reply.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (StaleVersion("x"), 409, "stale_version"),
        (KeyError("secret 13800005678"), 500, "internal"),
        (ValueError("secret 13800005678"), 500, "internal"),
        (TimeoutError(), 500, "internal"),
    ],
)
async def test_the_unexpected_tells_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int, code: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(world.conversations, "open", fails)
    reply = await world.client.post("/api/conversations")
    await error_of(reply, status, code)
    assert "secret" not in await reply.text()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    logger = CapturingLogger()
    monkeypatch.setattr("frontdesk.web.requests.log", logger)
    monkeypatch.setattr("frontdesk.web.errors.log", logger)
    return logger


async def test_unexpected_errors_are_logged_without_their_words(
    world: World, monkeypatch: pytest.MonkeyPatch, logged: CapturingLogger
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("secret 13800005678")

    monkeypatch.setattr(world.conversations, "open", fails)
    reply = await world.client.post("/api/conversations")
    request_id = (await reply.json())["error"]["request_id"]
    failed = next(call for call in logged.calls if call.args == ("request_failed",))
    assert failed.kwargs["request_id"] == request_id
    assert failed.kwargs["error"] == "ValueError"
    assert "fails" in failed.kwargs["trace"][-1]
    assert "secret" not in str(logged.calls)


async def test_log_and_metrics_name_no_conversation(world: World, logged: CapturingLogger) -> None:
    conversation = await world.conversation()
    await world.client.get(f"/api/conversations/{conversation}/messages")
    await world.client.get("/api/status", params={"number": "202603020001", "digits": "1234"})
    metrics = await (await world.client.get("/metrics")).text()
    assert len(logged.calls) == 4
    for text in (str(logged.calls), metrics):
        assert conversation not in text
        assert "202603020001" not in text
    assert 'route="/api/conversations/{conversation}/messages"' in metrics


@pytest.mark.parametrize("path", ["/", "/status", "/login", "/api/nothing", "/static/base.css", "/healthz"])
async def test_every_answer_carries_the_headers(world: World, path: str) -> None:
    reply = await world.client.get(path)
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Cache-Control"] == ("no-cache" if path.startswith("/static") else "no-store")


async def test_host_header_cannot_write_the_policy(world: World) -> None:
    reply = await world.client.get("/", headers={"Host": "evil; script-src *"})
    assert "script-src" not in reply.headers.get("Content-Security-Policy", "")


async def test_pages(world: World) -> None:
    for path in ("/", "/status", "/login"):
        reply = await world.client.get(path)
        assert reply.status == 200
        assert reply.content_type == "text/html"
        text = await reply.text()
        assert " style=" not in text
        assert "<script>" not in text
    reply = await world.client.get("/desk", allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/login")
    await world.sign_in("wang")
    reply = await world.client.get("/login", allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/desk")
    assert "csrf-token" in await (await world.client.get("/desk")).text()


async def test_health_asks_the_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await world.client.get("/healthz")).status == 200

    async def broken() -> None:
        raise broken_store()

    monkeypatch.setattr(world.store, "ping", broken)
    await error_of(await world.client.get("/healthz"), 503, "store_unavailable")


async def test_metrics_are_for_our_own_networks(tmp_path: Path) -> None:
    async with running(tmp_path, WebSettings(metrics_from=())) as world:
        await error_of(await world.client.get("/metrics"), 403, "forbidden")


async def test_metrics_count(world: World) -> None:
    app = world.client.app
    assert app is not None

    async def counts() -> dict[tuple[str, str], int]:
        return {("110", "offered"): 3}

    object.__setattr__(app[SERVICES], "case_counts", counts)
    conversation = await world.conversation()
    async with world.client.ws_connect(f"/api/conversations/{conversation}/socket") as socket:
        await socket.receive_json()
        text = await (await world.client.get("/metrics")).text()
    assert 'frontdesk_open_sockets{kind="chat"} 1.0' in text
    assert 'frontdesk_cases{queue="110",state="offered"} 3.0' in text
    assert 'frontdesk_chat_messages_total{what="sent"} 1.0' in text
