"""Rendered speech on disk."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.speech import SpeechCache

KEY = SpeechCache.key("voice", "ni3 hao3", 16000, slow=False)


def test_what_was_put_is_found_by_another_instance(tmp_path: Path) -> None:
    SpeechCache(tmp_path / "speech").put(KEY, b"\1\2")
    assert SpeechCache(tmp_path / "speech").get(KEY) == b"\1\2"
    assert [path.name for path in (tmp_path / "speech").iterdir()] == [f"{KEY}.pcm"]


def test_nothing_is_found_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path / "speech")
    assert cache.get(KEY) is None
    assert not cache.has(KEY)
    assert cache.trim() == 0


def test_voice_words_rate_and_tempo_name_the_sound() -> None:
    keys = {
        KEY,
        SpeechCache.key("other", "ni3 hao3", 16000, slow=False),
        SpeechCache.key("voice", "ni3 hao4", 16000, slow=False),
        SpeechCache.key("voice", "ni3 hao3", 8000, slow=False),
        SpeechCache.key("voice", "ni3 hao3", 16000, slow=True),
    }
    assert len(keys) == 5


def test_the_limit_removes_what_was_used_longest_ago(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path, limit=20)
    for age, name in enumerate("abc"):
        cache.put(name, bytes(10))
        os.utime(tmp_path / f"{name}.pcm", (1000 + age, 1000 + age))
    assert cache.get("a") is not None
    assert cache.trim() == 1
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["a", "c"]


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        SpeechCache(tmp_path).put(KEY, b"\1\2")
    assert list(tmp_path.iterdir()) == []


def test_half_written_files_of_a_killed_process_are_swept(tmp_path: Path) -> None:
    (tmp_path / "new-x.tmp").write_bytes(b"half")
    os.utime(tmp_path / "new-x.tmp", (1000, 1000))
    (tmp_path / "new-y.tmp").write_bytes(b"being written")
    SpeechCache(tmp_path).trim()
    assert [path.name for path in tmp_path.iterdir()] == ["new-y.tmp"]


def test_writers_at_the_same_time_leave_whole_files(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: cache.put(KEY, b"ab" * 50_000), range(40)))
    assert cache.get(KEY) == b"ab" * 50_000
    assert len(list(tmp_path.iterdir())) == 1
