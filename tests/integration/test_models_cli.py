"""`frontdesk models` against a local file server: broken downloads, changed files, hostile archives."""

from __future__ import annotations

import asyncio
import stat
import threading
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy, copytree

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner

from frontdesk.cli.models import models
from frontdesk.download import DownloadFailed, download
from frontdesk.manifest import sha256
from frontdesk.voice_models import TEST_MODEL, TEST_NOTICE, VoiceModelError, VoiceModels, unpack

ROOT = Path(__file__).parents[2]
NAME = "vosk-model-small-cn-0.22"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A product folder of its own, with the test model."""
    made = tmp_path / "home"
    copytree(ROOT / "models", made / "models")
    monkeypatch.setenv("FRONTDESK_HOME", str(made))
    monkeypatch.setenv("COLUMNS", "200")
    return made


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The test model packed as an official one is."""
    return zipped(tmp_path / f"{NAME}.zip", {})


def zipped(file: Path, extra: dict[str, bytes], *, model: bool = True) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        if model:
            source = ROOT / "models" / TEST_MODEL
            for part in sorted(source.rglob("*")):
                if part.is_file():
                    pack.write(part, f"{NAME}/{part.relative_to(source)}")
        for name, content in extra.items():
            pack.writestr(name, content)
    return file


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(models, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


class Host:
    """Serves one file; `breaks` answers stop after half of what they should send."""

    def __init__(self, content: bytes) -> None:
        self.content, self.etag, self.breaks, self.ranged, self.status = content, '"one"', 0, True, 200
        self.asked: list[str | None] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Range")
        self.asked.append(asked)
        if self.status != 200:
            return web.Response(status=self.status)
        start = 0
        if self.ranged and asked and request.headers.get("If-Range") == self.etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        rest = self.content[start:]
        if asked and start == len(self.content):
            return web.Response(status=416, headers={"Content-Range": f"bytes */{start}"})
        response = web.StreamResponse(status=206 if start else 200, headers={"ETag": self.etag})
        if start:
            whole = len(self.content)
            response.headers["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
        response.content_length = len(rest)
        await response.prepare(request)
        if self.breaks:
            self.breaks -= 1
            await response.write(rest[: len(rest) // 2])
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(rest)
        return response


@pytest.fixture
async def host() -> AsyncIterator[tuple[Host, str]]:
    made = Host(bytes(range(256)) * 4000)
    app = web.Application()
    app.router.add_get("/model.zip", made.answer)
    async with TestServer(app) as server:
        yield made, str(server.make_url("/model.zip"))


async def fetched(address: str, file: Path) -> list[tuple[int, int | None]]:
    steps: list[tuple[int, int | None]] = []
    await download(address, file, lambda have, whole: steps.append((have, whole)), pause=0)
    return steps


async def test_a_broken_download_goes_on_where_it_stopped(host: tuple[Host, str], tmp_path: Path) -> None:
    served, address = host
    served.breaks = 2
    steps = await fetched(address, tmp_path / "m.zip")
    assert (tmp_path / "m.zip").read_bytes() == served.content
    assert steps[-1] == (len(served.content), len(served.content))
    assert served.asked[0] is None
    assert all(asked is not None for asked in served.asked[1:])
    assert names_in(tmp_path) == ["m.zip"]


async def test_a_download_given_up_is_taken_up_by_the_next_run(host: tuple[Host, str], tmp_path: Path) -> None:
    served, address = host
    kept = len(served.content) // 2
    (tmp_path / "m.zip.part").write_bytes(served.content[:kept])
    (tmp_path / "m.zip.part.json").write_text(f'{{"address": "{address}", "version": "\\"one\\""}}')
    served.status = 503
    with pytest.raises(DownloadFailed, match=str(kept)):
        await fetched(address, tmp_path / "m.zip")
    served.status = 200
    steps = await fetched(address, tmp_path / "m.zip")
    assert steps[0] == (kept, len(served.content))
    assert (tmp_path / "m.zip").read_bytes() == served.content


async def test_a_file_changed_meanwhile_is_fetched_whole(host: tuple[Host, str], tmp_path: Path) -> None:
    served, address = host
    (tmp_path / "m.zip.part").write_bytes(b"old" * 100)
    (tmp_path / "m.zip.part.json").write_text(f'{{"address": "{address}", "version": "\\"older\\""}}')
    await fetched(address, tmp_path / "m.zip")
    assert (tmp_path / "m.zip").read_bytes() == served.content


@pytest.mark.parametrize("mark", [None, "{", '{"address": "http://elsewhere/", "version": "1"}'])
async def test_a_part_of_unknown_origin_is_not_built_on(
    host: tuple[Host, str], tmp_path: Path, mark: str | None
) -> None:
    served, address = host
    (tmp_path / "m.zip.part").write_bytes(b"old")
    if mark is not None:
        (tmp_path / "m.zip.part.json").write_text(mark)
    await fetched(address, tmp_path / "m.zip")
    assert served.asked == [None]
    assert (tmp_path / "m.zip").read_bytes() == served.content


async def test_a_server_without_ranges_and_a_part_already_whole(host: tuple[Host, str], tmp_path: Path) -> None:
    served, address = host
    served.ranged, served.breaks = False, 1
    await fetched(address, tmp_path / "m.zip")
    assert (tmp_path / "m.zip").read_bytes() == served.content
    served.ranged = True
    (tmp_path / "n.zip.part").write_bytes(served.content)
    (tmp_path / "n.zip.part.json").write_text(f'{{"address": "{address}", "version": "\\"one\\""}}')
    await fetched(address, tmp_path / "n.zip")
    assert (tmp_path / "n.zip").read_bytes() == served.content


async def test_a_missing_file_and_a_wrong_address_are_told_at_once(host: tuple[Host, str], tmp_path: Path) -> None:
    served, address = host
    served.status = 404
    with pytest.raises(DownloadFailed, match="HTTP 404"):
        await fetched(address, tmp_path / "m.zip")
    assert len(served.asked) == 1
    with pytest.raises(DownloadFailed, match="不是网址"):
        await fetched("models/here", tmp_path / "m.zip")


def test_fetch_check_and_use_from_a_server(home: Path, archive: Path) -> None:
    ready, stop = threading.Event(), threading.Event()
    found: list[str] = []
    served = Host(archive.read_bytes())
    served.breaks = 1

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/model.zip", served.answer)
        async with TestServer(app) as server:
            found.append(str(server.make_url("/model.zip")))
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        ready.wait()
        told = run("fetch", NAME, "--address", found[0])
    finally:
        stop.set()
        thread.join()
    assert sha256(archive) in told
    assert "官方不公布校验值" in told
    assert len(served.asked) == 2
    assert names_in(home / "var" / "voice-models") == ["sha256.json", NAME]
    assert "能用，8000 Hz，听到“我想问一下居住证怎么办理楼上邻居半夜噪音扰民”" in run("check", NAME)
    assert TEST_NOTICE in run("list")
    run("use", NAME)
    assert f"在用  {NAME}" in run("list")
    used = VoiceModels(home).chosen()
    assert (used.name, used.notice) == (NAME, None)
    assert "已经有了" in run("fetch", NAME)


def test_a_machine_without_internet_installs_from_a_file(home: Path, archive: Path) -> None:
    run("fetch", NAME, "--file", str(archive))
    assert archive.exists()
    assert "和记下的一致" in run("fetch", NAME, "--file", str(archive))
    assert "没有这个文件" in run("fetch", NAME, "--file", "nowhere.zip", code=2)


def test_another_file_under_the_same_name_is_refused(home: Path, archive: Path, tmp_path: Path) -> None:
    run("fetch", NAME, "--file", str(archive))
    other = zipped(tmp_path / "other.zip", {f"{NAME}/extra": b"x"})
    told = run("fetch", NAME, "--file", str(other), code=2)
    assert "不同，没有安装" in told
    assert not (home / "var" / "voice-models" / NAME / "extra").exists()


@pytest.mark.parametrize("name", ["../escaped", "/escaped", "a/../../escaped", "..\\escaped", "C:escaped"])
def test_an_archive_that_writes_elsewhere_is_refused(home: Path, tmp_path: Path, name: str) -> None:
    bad = zipped(tmp_path / "bad.zip", {name: b"x"})
    assert "不安全的路径" in run("fetch", NAME, "--file", str(bad), code=2)
    assert not list(tmp_path.rglob("*escaped*"))
    assert not VoiceModels(home).installed(NAME)
    assert VoiceModels(home).recorded_sum(NAME) is None


def test_links_other_contents_and_broken_archives_are_refused(home: Path, archive: Path, tmp_path: Path) -> None:
    link = zipfile.ZipInfo(f"{NAME}/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as pack:
        pack.writestr(link, "/etc/passwd")
    assert "不安全的路径" in run("fetch", NAME, "--file", str(tmp_path / "link.zip"), code=2)
    empty = zipped(tmp_path / "empty.zip", {"readme": b""}, model=False)
    assert "没有" in run("fetch", NAME, "--file", str(empty), code=2)
    damaged = bytearray(archive.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(damaged)
    assert "不是完整的 zip" in run("fetch", NAME, "--file", str(tmp_path / "damaged.zip"), code=2)
    assert not VoiceModels(home).installed(NAME)
    assert names_in(home / "var" / "voice-models") == []


def test_an_archive_without_the_outer_folder_is_taken(tmp_path: Path) -> None:
    flat = zipped(tmp_path / "flat.zip", {"conf/mfcc.conf": b"--use-energy=false\n", "am/x": b""}, model=False)
    into = tmp_path / "into"
    into.mkdir()
    found = unpack(flat, into, NAME)
    assert (found / "am" / "x").exists()


def test_a_model_that_does_not_load_is_not_used(home: Path) -> None:
    broken = home / "var" / "voice-models" / NAME
    (broken / "conf").mkdir(parents=True)
    copy(ROOT / "models" / TEST_MODEL / "conf" / "mfcc.conf", broken / "conf")
    assert "装载不了" in run("use", NAME, code=2)
    assert VoiceModels(home).chosen().name == TEST_MODEL


def test_the_test_model_is_the_default_and_says_so(home: Path) -> None:
    used = VoiceModels(home).chosen()
    assert (used.name, used.notice) == (TEST_MODEL, TEST_NOTICE)
    assert "测试语音模型" in run("check")
    assert TEST_NOTICE in run("use", TEST_MODEL)
    assert "不用下载" in run("fetch", TEST_MODEL)


def test_a_chosen_model_that_is_gone_is_told_and_not_replaced_in_silence(home: Path) -> None:
    (home / "var").mkdir()
    (home / "var" / "voice-model").write_text(NAME)
    with pytest.raises(VoiceModelError, match=f"frontdesk models fetch {NAME}"):
        VoiceModels(home).chosen()
    assert "不在这台机器上" in run("list")
    assert "不在这台机器上" in run("check", code=2)


def test_an_unknown_name_is_told_with_the_known_ones(home: Path) -> None:
    for command in ("fetch", "check", "use"):
        assert NAME in run(command, "whisper", code=2)
