"""Recordings over the API: who may listen, what is audited, parts of a file, and deletion when the time is over."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from web_server import World, error_of, running

from frontdesk.recordings import Archive, Keyring, Recorder, RecordingKey, sweep
from frontdesk.storage import CallEvent, CallRecord
from handoff import Case

RATE = 8000
CALL = "abcdefghkmnp"
KEYS = Keyring(RecordingKey(b"k" * 32))
SECONDS = 3.5


@dataclass
class Recorded:
    """A case of 12345 whose call was recorded: a ramp on the left, its mirror on the right."""

    world: World
    archive: Archive
    case: Case
    left: np.ndarray

    @property
    def list(self) -> str:
        return f"/api/cases/{self.case.number}/recording"

    @property
    def sound(self) -> str:
        return f"{self.list}/{CALL}"

    @property
    def file(self) -> Path:
        (found,) = self.archive.folder.glob("*/*")
        return found

    async def listened(self) -> list[str]:
        async with self.world.store.reading() as tx:
            entries = await tx.audit.recent(self.case.number)
        return [entry.actor for entry in entries if entry.action == "listen"]


async def record(archive: Archive, call: CallRecord, left: np.ndarray) -> None:
    def failed() -> None:
        raise AssertionError("the recording failed")

    recorder = Recorder(archive.create(call.id, call.started_at, RATE), failed)
    for start in range(0, len(left), 160):
        piece = left[start : start + 160].astype("<i2")
        recorder.record(piece.tobytes(), (-piece).tobytes())
    recorder.end()
    await recorder.run()


@pytest.fixture
async def recorded(tmp_path: Path) -> AsyncIterator[Recorded]:
    archive = Archive(tmp_path / "recordings", KEYS)
    async with running(tmp_path, call_recordings=archive) as world:
        conversation = await world.conversation()
        case = await world.file("12345", conversation)
        began = world.clock()
        call = CallRecord(id=CALL, conversation=conversation, channel="webphone", started_at=began, ended_at=began)
        events = [
            CallEvent(seq=1, at=0.4, kind="speaking", detail={"line": 1}),
            CallEvent(seq=2, at=2.5, kind="decided", detail={"heard": 2, "heard_at": 1.25, "said": [3]}),
            CallEvent(seq=3, at=2.6, kind="speaking", detail={"line": 3}),
            CallEvent(seq=4, at=3.0, kind="speaking", detail={}),
        ]
        async with world.store.transaction() as tx:
            await tx.calls.put(call)
            await tx.calls.append(CALL, events)
        left = np.linspace(-20_000, 20_000, int(SECONDS * RATE))
        await record(archive, call, left)
        yield Recorded(world, archive, case, left)


async def test_the_list_tells_where_lines_are_spoken(recorded: Recorded) -> None:
    await recorded.world.sign_in("li")
    reply = await recorded.world.client.get(recorded.list)
    (found,) = (await reply.json())["recordings"]
    assert (found["call"], found["seconds"], found["complete"], found["problem"]) == (CALL, SECONDS, True, None)
    assert found["lines"] == [{"seq": 1, "at": 0.4}, {"seq": 2, "at": 1.25}, {"seq": 3, "at": 2.6}]
    assert not await recorded.listened(), "looking is not listening"


async def test_the_sound_is_what_was_said(recorded: Recorded) -> None:
    await recorded.world.sign_in("li")
    reply = await recorded.world.client.get(recorded.sound)
    assert (reply.status, reply.content_type, reply.headers["Cache-Control"]) == (200, "audio/wav", "no-store")
    with wave.open(io.BytesIO(await reply.read())) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, RATE)
        both = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
    assert len(both) == len(recorded.left)
    for side, played in ((both[:, 0], recorded.left), (both[:, 1], -recorded.left)):
        assert np.abs(side - played).max() < 700, "A-law is coarse where it is loud"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=0-9", slice(0, 10)),
        ("bytes=40-60", slice(40, 61)),
        ("bytes=44-44", slice(44, 45)),
        ("bytes=31000-65000", slice(31_000, 65_001)),
        ("bytes=32043-32044", slice(32_043, 32_045)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=100000-999999", slice(100_000, None)),
    ],
)
async def test_any_part_can_be_fetched(recorded: Recorded, asked: str, part: slice) -> None:
    client = recorded.world.client
    await recorded.world.sign_in("li")
    whole = await (await client.get(recorded.sound)).read()
    reply = await client.get(recorded.sound, headers={"Range": asked})
    body = await reply.read()
    assert (reply.status, body) == (206, whole[part])
    start = part.indices(len(whole))[0]
    assert reply.headers["Content-Range"] == f"bytes {start}-{start + len(body) - 1}/{len(whole)}"


async def test_a_part_beyond_the_end_is_refused_and_nonsense_ignored(recorded: Recorded) -> None:
    client = recorded.world.client
    await recorded.world.sign_in("li")
    await error_of(await client.get(recorded.sound, headers={"Range": "bytes=99999999-"}), 416, "bad_range")
    for nonsense in ("bytes=5-1", "lines=1-2", "bytes=1-2,4-5", "bytes"):
        reply = await client.get(recorded.sound, headers={"Range": nonsense})
        assert reply.status == 200, nonsense
        await reply.read()


async def test_only_the_desk_of_the_case_and_supervision_listen(recorded: Recorded) -> None:
    client = recorded.world.client
    for address in (recorded.list, recorded.sound):
        await error_of(await client.get(address), 401, "not_signed_in")
    await recorded.world.sign_in("wang")
    for address in (recorded.list, recorded.sound):
        await error_of(await client.get(address), 403, "forbidden")
    assert not await recorded.listened()
    for name in ("li", "zhou", "root"):
        await recorded.world.sign_in(name)
        assert (await client.get(recorded.list)).status == 200
        assert (await client.get(recorded.sound)).status == 200
    assert sorted(await recorded.listened()) == ["li", "root", "zhou"]


async def test_every_visit_is_one_listening(recorded: Recorded) -> None:
    client, clock = recorded.world.client, recorded.world.clock
    await recorded.world.sign_in("li")
    for _ in range(3):
        await (await client.get(recorded.sound, headers={"Range": "bytes=0-99"})).read()
    assert await recorded.listened() == ["li"]
    clock.advance(timedelta(minutes=11))
    await (await client.get(recorded.sound)).read()
    assert await recorded.listened() == ["li", "li"]


async def test_recordings_of_other_calls_are_not_found(recorded: Recorded) -> None:
    client = recorded.world.client
    other = await recorded.world.file("12345", await recorded.world.conversation())
    await recorded.world.sign_in("li")
    await error_of(await client.get(f"/api/cases/{other.number}/recording/{CALL}"), 404, "not_found")
    await error_of(await client.get(f"{recorded.list}/..%2Fsecret"), 404, "not_found")
    await error_of(await client.get(f"/api/cases/999999999999/recording/{CALL}"), 404, "not_found")
    assert (await (await client.get(f"/api/cases/{other.number}/recording")).json()) == {"recordings": []}


async def test_a_changed_recording_is_said_to_be_changed(recorded: Recorded) -> None:
    client = recorded.world.client
    data = bytearray(recorded.file.read_bytes())
    data[-40_000] ^= 1
    recorded.file.write_bytes(data)
    await recorded.world.sign_in("li")
    error = await error_of(await client.get(recorded.sound), 409, "recording_unreadable")
    assert "和录下时不一样" in error["message"]
    assert not await recorded.listened()
    reply = await client.get(recorded.sound, headers={"Range": "bytes=0-99"})
    assert reply.status == 206, "what was not changed can still be heard"


async def test_without_the_key_the_list_says_why(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded.archive, "_keys", Keyring(RecordingKey(b"o" * 32)))
    await recorded.world.sign_in("li")
    (found,) = (await (await recorded.world.client.get(recorded.list)).json())["recordings"]
    assert "FRONTDESK_RECORDING_KEY_OLD" in found["problem"]
    await error_of(await recorded.world.client.get(recorded.sound), 409, "recording_unreadable")


async def test_recordings_are_deleted_when_their_time_is_over(recorded: Recorded) -> None:
    world, archive = recorded.world, recorded.archive
    world.clock.advance(timedelta(days=89))
    assert await sweep(archive, world.store, world.clock, 90) == 0
    world.clock.advance(timedelta(days=2))
    assert await sweep(archive, world.store, world.clock, 90) == 1
    assert not list(archive.folder.glob("*")), "the day's folder goes with its last recording"
    async with world.store.reading() as tx:
        entry = (await tx.audit.recent(limit=1))[0]
    assert (entry.actor, entry.action, entry.detail["call"]) == ("frontdesk", "recording_deleted", CALL)
    assert await sweep(archive, world.store, world.clock, 90) == 0
    await world.sign_in("li")
    assert await (await world.client.get(recorded.list)).json() == {"recordings": []}
    await error_of(await world.client.get(recorded.sound), 404, "not_found")


def file_size(folder: Path) -> int:
    (found,) = folder.glob("*/*.ydtrec")
    return found.stat().st_size


async def test_a_full_disk_ends_the_recording_and_not_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    archive = Archive(tmp_path, KEYS)
    async with running(tmp_path) as world:
        writer = archive.create(CALL, world.clock(), RATE)
    recorder = Recorder(writer, lambda: told.append("failed"))
    running_on = asyncio.create_task(recorder.run())
    second = bytes(2 * RATE)
    recorder.record(second, second)
    while file_size(tmp_path) < 2 * RATE:  # noqa: ASYNC110  another thread writes
        await asyncio.sleep(0.01)

    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "append", full)
    recorder.record(second * 2, second * 2)
    await running_on
    recorder.record(second, second)
    recorder.end()
    assert told == ["failed"]
    reader = archive.open(CALL, world.clock())
    assert (reader.seconds, reader.complete) == (1.0, False)
    reader.close()
