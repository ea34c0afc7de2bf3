"""The file of a recording: what goes in comes out, whole or not at all, and whatever was changed is noticed."""

from __future__ import annotations

import base64
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.recordings import (
    Archive,
    KeyRefused,
    Keyring,
    RecordingDamaged,
    RecordingError,
    RecordingKey,
    RecordingKeyMissing,
    SealedReader,
    SealedWriter,
    fresh_key,
    keyring,
)

RATE = 8000
SECOND = 2 * RATE
BEGAN = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
KEY, OTHER = RecordingKey(b"k" * 32), RecordingKey(b"o" * 32)
KEYS = Keyring(KEY)


def write(path: Path, sound: bytes, *, end: bool = True, call: str = "abcdefgh") -> None:
    writer = SealedWriter(path, call, BEGAN, RATE, KEY)
    whole = len(sound) // SECOND
    for index in range(whole):
        writer.append(sound[index * SECOND : (index + 1) * SECOND])
    if end:
        writer.close(sound[whole * SECOND :])
    else:
        writer.abandon()


@contextmanager
def reading(path: Path, keys: Keyring = KEYS) -> Iterator[SealedReader]:
    reader = SealedReader(path, keys)
    try:
        yield reader
    finally:
        reader.close()


def sound_of(path: Path, keys: Keyring = KEYS) -> tuple[bytes, bool]:
    with reading(path, keys) as reader:
        return b"".join(reader.chunk(index) for index in range(reader.chunks)), reader.complete


def distinct(seconds: float) -> bytes:
    """Sound in which every second differs."""
    pattern = (bytes([index % 251]) * SECOND for index in itertools.count())
    return b"".join(itertools.islice(pattern, int(seconds) + 1))[: int(seconds * RATE) * 2]


@pytest.fixture
def file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "call.ydtrec"


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=3 * SECOND).map(lambda data: data[: len(data) // 2 * 2]), st.integers(0, 3))
def test_what_goes_in_comes_out(data: bytes, seconds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, sound = Path(folder) / "call", distinct(seconds) + data
        write(path, sound)
        assert sound_of(path) == (sound, True)
        with reading(path) as reader:
            assert (reader.seconds, reader.header.started_at) == (len(sound) / SECOND, BEGAN)


def test_nobody_else_may_read_the_file_and_no_sound_stands_in_it(file: Path) -> None:
    write(file, b"sehr geheim!" * 4000)
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"geheim" not in file.read_bytes()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_cut_file_gives_its_beginning_and_says_that_it_is_not_all(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, sound = Path(folder) / "call", distinct(3.5)
        write(path, sound)
        whole = path.read_bytes()
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        try:
            heard, complete = sound_of(path)
        except RecordingError:
            assert path.stat().st_size < len(whole) - 4 * SECOND, "only a header that is cut says nothing at all"
        else:
            assert sound.startswith(heard)
            assert not complete
            assert len(heard) % SECOND == 0


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_changed_bit_is_noticed(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call"
        write(path, distinct(2.5))
        changed = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, 8 * len(changed) - 1))
        changed[at // 8] ^= 1 << at % 8
        path.write_bytes(changed)
        with pytest.raises(RecordingError):
            sound_of(path)


def chunks_of(path: Path) -> tuple[bytes, list[bytes]]:
    with reading(path) as reader:
        size, count = reader.header.chunk_size, reader.chunks
    whole = path.read_bytes()
    start = len(whole) - size * count
    return whole[:start], [whole[start + index * size :][:size] for index in range(count)]


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 2, 3), (0, 1, 1, 2, 3), (0, 1, 2, 3, 3), (1, 2, 3), (0, 1, 3)])
def test_chunks_that_were_moved_removed_or_repeated_are_noticed(file: Path, order: tuple[int, ...]) -> None:
    write(file, distinct(3.5))
    head, chunks = chunks_of(file)
    file.write_bytes(head + b"".join(chunks[index] for index in order))
    with pytest.raises(RecordingDamaged, match="秒起和录下时不一样"):
        sound_of(file)


def test_chunks_of_another_call_are_noticed(file: Path) -> None:
    other = file.with_name("other")
    write(file, distinct(2.5))
    write(other, distinct(2.5), call="hgfedcba")
    head, mine = chunks_of(file)
    _, theirs = chunks_of(other)
    file.write_bytes(head + mine[0] + theirs[1] + mine[2])
    with pytest.raises(RecordingDamaged, match="第 1 秒"):
        sound_of(file)


def test_what_a_killed_process_leaves_can_be_heard(file: Path) -> None:
    write(file, distinct(2), end=False)
    with file.open("ab") as torn:
        torn.write(b"half a chunk")
    assert sound_of(file) == (distinct(2), False)


def test_the_wrong_key_is_said_clearly(file: Path) -> None:
    write(file, distinct(1.5))
    with pytest.raises(RecordingKeyMissing, match="FRONTDESK_RECORDING_KEY_OLD"):
        SealedReader(file, Keyring(OTHER))
    with pytest.raises(RecordingKeyMissing, match="没有录音密钥"):
        SealedReader(file, Keyring())


def test_after_a_change_of_key_the_old_one_still_opens(file: Path) -> None:
    write(file, distinct(1.5))
    assert sound_of(file, Keyring(OTHER, old=KEY)) == (distinct(1.5), True)


def test_a_key_comes_from_the_environment() -> None:
    text = fresh_key()
    keys = keyring({"FRONTDESK_RECORDING_KEY": text})
    assert keys.current is not None
    assert keys.current.secret == base64.b64decode(text)
    assert keyring({}).current is None
    assert text not in repr(keys)


@pytest.mark.parametrize("text", ["kurz", "!" * 44, base64.b64encode(b"k" * 31).decode()])
def test_a_wrong_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(KeyRefused, match="FRONTDESK_RECORDING_KEY_OLD") as refused:
        keyring({"FRONTDESK_RECORDING_KEY_OLD": text})
    assert text not in str(refused.value)


def test_a_recording_under_another_calls_name_is_noticed(tmp_path: Path) -> None:
    archive = Archive(tmp_path, KEYS)
    for call in ("aaaaaaaa", "bbbbbbbb"):
        archive.create(call, BEGAN, RATE).close()
    folder = tmp_path / "2026-11-21"
    (folder / "aaaaaaaa.ydtrec").replace(folder / "bbbbbbbb.ydtrec")
    with pytest.raises(RecordingDamaged, match="调换"):
        archive.open("bbbbbbbb", BEGAN)
    with pytest.raises(FileNotFoundError):
        archive.open("aaaaaaaa", BEGAN)
    with pytest.raises(FileNotFoundError):
        archive.open("../../etc/passwd", BEGAN)
