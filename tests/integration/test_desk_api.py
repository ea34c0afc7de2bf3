"""The operators' API: lists, cases, steps, filing, idempotency."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from web_server import World, error_of, running


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as made:
        yield made


async def step(world: World, number: str, name: str, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    reply = await world.client.post(f"/api/cases/{number}/steps/{name}", json=body, headers=headers)
    answer = await reply.json()
    assert reply.status == 200, answer
    return dict(answer["case"])


async def test_the_desk_lists_what_waits(world: World) -> None:
    case = await world.file("110")
    other = await world.file("12345")
    headers = await world.sign_in("wang")
    body = await (await world.client.get("/api/desk")).json()
    assert body["me"] == {"name": "wang", "queue": "110", "role": "operator"}
    assert [row["number"] for row in body["queue"]] == [case.number]
    row = body["queue"][0]
    assert (row["state_title"], row["location"], row["unread"]) == ("待接收", "解放路12号", False)
    assert body["mine"] == []
    await step(world, case.number, "claim", headers)
    body = await (await world.client.get("/api/desk")).json()
    assert (body["queue"], [row["number"] for row in body["mine"]]) == ([], [case.number])
    body = await (await world.client.get("/api/desk", params={"queue": "12345"})).json()
    assert [row["number"] for row in body["queue"]] == [other.number]
    reply = await world.client.get("/api/desk", params={"queue": "119"})
    await error_of(reply, 422, "invalid")


async def test_a_case_opens_with_all_that_helps(world: World) -> None:
    conversation = await world.conversation()
    for number in range(4):
        await world.conversations.handle(conversation, _said(f"第{number}句"), client_id=f"client-{number:04}")
    case = await world.file("110", conversation)
    await world.sign_in("wang")
    body = await (await world.client.get(f"/api/cases/{case.number}")).json()
    assert body["case"]["number"] == case.number
    assert "解放路12号" in body["summary"]
    assert body["matter"]["title"] == "噪音扰民"
    assert body["matter"]["guidance"]["ask"] == ["几点开始吵"]
    assert [line["seq"] for line in body["messages"]] == list(range(1, 10))
    assert "claim" in body["steps"]
    assert "resolve" not in body["steps"]


async def test_a_case_of_a_lost_conversation_still_opens(world: World) -> None:
    case = await world.file("110", "conversation-gone")
    await world.sign_in("wang")
    body = await (await world.client.get(f"/api/cases/{case.number}")).json()
    assert body["messages"] == []


async def test_from_claim_to_archive(world: World) -> None:
    conversation = await world.conversation()
    case = await world.file("110", conversation)
    headers = await world.sign_in("wang")
    number = case.number
    await step(world, number, "claim", headers)
    await step(world, number, "edit", headers, field="location", value="解放路14号")
    await step(world, number, "edit", headers, field="weapon", value=True)
    edited = await step(world, number, "edit", headers, field="amount", value=300)
    assert edited["fields"]["weapon"]["value"] is True
    assert edited["fields"]["amount"]["value"] == 300
    assert edited["fields"]["location"]["quote"]
    cleared = await step(world, number, "edit", headers, field="amount", value=None)
    assert "amount" not in cleared["fields"]
    await step(world, number, "reprioritise", headers, priority="P3", reason="已经停手")
    await step(world, number, "note", headers, text="已通知派出所")
    await step(world, number, "start", headers, note="已派警")
    reply = await world.client.post(
        f"/api/cases/{number}/steps/message", json={"text": "民警五分钟到"}, headers=headers
    )
    body = await reply.json()
    assert (body["message"]["speaker"], body["message"]["text"]) == ("operator", "民警五分钟到")
    assert body["message"]["payload"]["by"] == "wang"
    await step(world, number, "hand_back", headers)
    await step(world, number, "resolve", headers, text="到场调解")
    await step(world, number, "follow_up", headers, resolved=True, satisfied=None)
    closed = await step(world, number, "close", headers)
    assert closed["state"] == "closed"


async def test_passing_on_and_back(world: World) -> None:
    case = await world.file("12345")
    li = await world.sign_in("li")
    await step(world, case.number, "claim", li)
    await step(world, case.number, "transfer", li, reason="有人动手")
    wang = await world.sign_in("wang")
    row = (await (await world.client.get("/api/desk")).json())["queue"][0]
    assert (row["transferred_from"], row["reason"]) == ("12345", "有人动手")
    await step(world, case.number, "claim", wang)
    back = await step(world, case.number, "return", wang, reason="双方已离开")
    assert back["queue"] == "12345"
    li = await world.sign_in("li")
    await step(world, case.number, "claim", li)
    await step(world, case.number, "release", li)
    escalated = await step(world, case.number, "escalate", li, reason="又回来了，带着刀")
    assert (escalated["queue"], escalated["priority"]) == ("110", "P1")


async def test_a_colleague_takes_over(world: World) -> None:
    await world.accounts.create("zhao", "another long secret", "operator-110", by="test")
    case = await world.file("110")
    wang = await world.sign_in("wang")
    await step(world, case.number, "claim", wang)
    reply = await world.client.post("/api/cases/202603020001/steps/nonsense", headers=wang)
    await error_of(reply, 404, "not_found")
    await step(world, case.number, "start", wang)
    world.client.session.cookie_jar.clear()
    reply = await world.client.post("/api/session", json={"name": "zhao", "password": "another long secret"})
    zhao = {"X-CSRF-Token": (await reply.json())["csrf"]}
    reply = await world.client.post(f"/api/cases/{case.number}/steps/resolve", json={"text": "好了"}, headers=zhao)
    await error_of(reply, 409, "not_holder")
    taken = await step(world, case.number, "take_over", zhao)
    assert taken["assignee"] == "zhao"


async def test_refusals_name_their_reason(world: World) -> None:
    case = await world.file("12345")
    headers = await world.sign_in("wang")
    path = f"/api/cases/{case.number}/steps"
    await error_of(await world.client.post(f"{path}/claim", headers=headers), 409, "wrong_desk")
    reply = await world.client.post(f"{path}/escalate", json={"reason": " \x00 "}, headers=headers)
    await error_of(reply, 409, "text_required")
    reply = await world.client.post("/api/cases/209901010001/steps/claim", headers=headers)
    await error_of(reply, 404, "not_found")
    reply = await world.client.post("/api/cases/%00/steps/claim", headers=headers)
    await error_of(reply, 404, "not_found")
    reply = await world.client.get("/api/cases/中文")
    await error_of(reply, 404, "not_found")


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("edit", {"field": "colour", "value": "x"}, "field"),
        ("edit", {"field": "location"}, "value"),
        ("edit", {"field": "location", "value": ["x"]}, "value.bool"),
        ("edit", {"field": "location", "value": "x" * 2001}, "value.bool"),
        ("reprioritise", {"priority": "P0", "reason": "x"}, "priority"),
        ("note", {"text": "x" * 2001}, "text"),
        ("note", {}, "text"),
        ("follow_up", {"resolved": "maybe"}, "resolved"),
        ("claim", {"extra": 1}, "extra"),
    ],
)
async def test_bad_step_bodies(world: World, name: str, body: dict[str, Any], field: str) -> None:
    headers = await world.sign_in("wang")
    reply = await world.client.post(f"/api/cases/202603020001/steps/{name}", json=body, headers=headers)
    error = await error_of(reply, 422, "invalid")
    assert error["field"].split(".")[0] == field.split(".", maxsplit=1)[0]
    assert error["message"].startswith(error["field"])


async def test_search(world: World) -> None:
    case = await world.file("110")
    await world.sign_in("li")
    for words in (case.number, "解放路", "打架"):
        body = await (await world.client.get("/api/cases", params={"search": words})).json()
        assert [row["number"] for row in body["cases"]] == [case.number]
    for words in ("没有这回事", "%", "_", "'; --"):
        body = await (await world.client.get("/api/cases", params={"search": words})).json()
        assert body == {"cases": []}
    body = await (await world.client.get("/api/cases")).json()
    assert len(body["cases"]) == 1
    await error_of(await world.client.get("/api/cases", params={"search": "x" * 201}), 422, "invalid")


NEW_CASE = {
    "title": "井盖丢失",
    "queue": "12345",
    "fields": {"location": "人民路1号\u202e", "injury": False},
    "quotes": ["井盖没了"],
    "caller_number": "13800001111",
}


async def test_filing_by_hand(world: World) -> None:
    headers = await world.sign_in("li")
    reply = await world.client.post("/api/cases", json=NEW_CASE, headers=headers)
    assert reply.status == 201
    case = (await reply.json())["case"]
    assert (case["queue"], case["route"], case["state"]) == ("12345", "12345_help", "offered")
    assert case["fields"]["location"]["value"] == "人民路1号"
    assert case["fields"]["injury"]["value"] is False
    assert case["fields"]["location"]["source"] == "operator"
    assert case["access_code"] == "1111"


async def test_a_known_matter_brings_its_route(world: World) -> None:
    headers = await world.sign_in("li")
    new = {"title": "楼上太吵", "queue": "12345", "matter": "noise_complaint"}
    case = (await (await world.client.post("/api/cases", json=new, headers=headers)).json())["case"]
    assert case["route"] == "12345_complaint"
    new["matter"] = "no_such_matter"
    error = await error_of(await world.client.post("/api/cases", json=new, headers=headers), 422, "invalid")
    assert error["field"] == "matter"


async def test_the_same_key_files_once(world: World) -> None:
    headers = await world.sign_in("li")
    keyed = {**headers, "Idempotency-Key": "meter-4711"}
    first = await world.client.post("/api/cases", json=NEW_CASE, headers=keyed)
    again = await world.client.post("/api/cases", json=NEW_CASE, headers=keyed)
    assert (first.status, again.status) == (201, 200)
    assert (await first.json())["case"]["number"] == (await again.json())["case"]["number"]
    other = await world.client.post("/api/cases", json={**NEW_CASE, "title": "别的"}, headers=keyed)
    await error_of(other, 409, "key_reused")
    wang = await world.sign_in("wang")  # keys of different people do not meet
    reply = await world.client.post("/api/cases", json=NEW_CASE, headers={**wang, "Idempotency-Key": "meter-4711"})
    assert reply.status == 201


@pytest.mark.parametrize("key", ["", "two words", "k" * 129])
async def test_bad_keys(world: World, key: str) -> None:
    headers = {**await world.sign_in("li"), "Idempotency-Key": key}
    error = await error_of(await world.client.post("/api/cases", json=NEW_CASE, headers=headers), 422, "invalid")
    assert error["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "\u200b"},
        {"title": "x" * 41},
        {"queue": "119"},
        {"priority": "P9"},
        {"route": "nowhere"},
        {"fields": {"colour": "red"}},
        {"fields": {"location": "x" * 2001}},
        {"fields": {"location": True}},
        {"fields": {"injury": "yes"}},
        {"fields": {"amount": "many"}},
        {"fields": {"amount": True}},
        {"risks": [{"flag": "boredom"}]},
        {"caller_number": "call me"},
        {"state": "closed"},
    ],
)
async def test_bad_new_cases(world: World, changes: dict[str, Any]) -> None:
    headers = await world.sign_in("li")
    reply = await world.client.post("/api/cases", json={**NEW_CASE, **changes}, headers=headers)
    await error_of(reply, 422, "invalid")


def _said(text: str) -> Any:
    from conversation.events import Said

    return Said(alternatives=(text,))
