"""Voice models on this machine: the test model that ships, the official ones, and which is in use."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from frontdesk.manifest import damaged, sha256, write_manifest
from ivr.recogniser import ModelUnusable
from ivr.vosk_recogniser import VoskPool

TEST_MODEL = "test-cmn-8k"
TEST_NOTICE = (
    "正在使用测试语音模型：它只用合成语音训练，听不懂真人随意说的话，只供试用和测试。"
    "接听市民前请先运行 frontdesk models fetch vosk-model-small-cn-0.22，"
    "再运行 frontdesk models use vosk-model-small-cn-0.22"
)
_MOST_BYTES = 8 * 2**30


class VoiceModelError(Exception):
    """A voice model cannot be fetched, read or used; says what to do."""


@dataclass(frozen=True)
class OfficialModel:
    """A model that its makers offer. No checksum is published."""

    name: str
    size: str
    told: str

    @property
    def address(self) -> str:
        """Where its zip is."""
        return f"https://alphacephei.com/vosk/models/{self.name}.zip"


OFFICIAL = {
    model.name: model
    for model in (
        OfficialModel("vosk-model-small-cn-0.22", "约 42 MB", "小模型，一般的机器都能用"),
        OfficialModel("vosk-model-cn-0.22", "约 1.3 GB", "大模型，更准，占内存多，不能按选项收窄"),
    )
}


@dataclass(frozen=True)
class VoiceModel:
    """A model folder. `notice`: what must be told wherever it is used; None for a model fit for citizens."""

    name: str
    folder: Path
    notice: str | None


@dataclass(frozen=True)
class Examined:
    """A model that loads and decodes. `speed`: seconds of sound decoded a second by all cores."""

    rate: int
    heard: str
    speed: float
    calls: int


class VoiceModels:
    """The models below one home folder (the one that holds config/)."""

    def __init__(self, home: Path) -> None:
        self.clip = home / "models" / "clip-cmn-8k.wav"
        self._test = home / "models" / TEST_MODEL
        self.store = home / "var" / "voice-models"
        self._choice = home / "var" / "voice-model"
        self._sums = self.store / "sha256.json"

    def folder(self, name: str) -> Path:
        """Where the model of this name is or would be."""
        if name != TEST_MODEL and name not in OFFICIAL:
            raise VoiceModelError(f"没有 {name} 这个语音模型，可用：{'、'.join((TEST_MODEL, *OFFICIAL))}")
        return self._test if name == TEST_MODEL else self.store / name

    def installed(self, name: str) -> bool:
        """Whether its folder is there. It is moved there only when complete."""
        return self.folder(name).is_dir()

    def chosen(self) -> VoiceModel:
        """The model in use: the one chosen, else the test model. Raises VoiceModelError when it is gone."""
        name = self._choice.read_text(encoding="utf-8").strip() if self._choice.exists() else TEST_MODEL
        if not self.installed(name):
            raise VoiceModelError(f"选用的语音模型 {name} 不在这台机器上，请运行 frontdesk models fetch {name}")
        return VoiceModel(name, self.folder(name), TEST_NOTICE if name == TEST_MODEL else None)

    def choose(self, name: str) -> VoiceModel:
        """Use this model from the next start on, once it has been shown to work."""
        if not self.examine(name).calls:
            raise VoiceModelError(f"这台机器太慢，用 {name} 连一路电话也听不过来，没有选用")
        self._choice.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._choice.with_suffix(".new")
        fresh.write_text(name + "\n", encoding="utf-8")
        fresh.replace(self._choice)
        return self.chosen()

    def examine(self, name: str) -> Examined:
        """Load it as the front desk does and decode a clip."""
        if not self.installed(name):
            raise VoiceModelError(f"语音模型 {name} 还没有下载，请运行 frontdesk models fetch {name}")
        try:
            return asyncio.run(_examined(self.folder(name), self.clip))
        except ModelUnusable as error:
            raise VoiceModelError(f"{error}：frontdesk models fetch {name} --again") from error

    def verify(self, name: str) -> bool:
        """Whether its files are as they came; False if that was not recorded. Raises VoiceModelError naming files."""
        found = damaged(self.folder(name))
        if found:
            again = "请从安装包里恢复" if name == TEST_MODEL else f"请运行 frontdesk models fetch {name} --again"
            raise VoiceModelError(f"语音模型 {name} 的文件坏了或缺了：{'、'.join(found)}。{again}")
        return found is not None

    def recorded_sum(self, name: str) -> str | None:
        """The SHA-256 seen when the model's zip first came to this machine."""
        return self._recorded().get(name)

    def install(self, name: str, archive: Path, told: Callable[[str], None]) -> None:
        """Unpack a complete zip, checked against the recorded SHA-256; the first one seen is recorded."""
        target, found = self.folder(name), sha256(archive)
        if name == TEST_MODEL:
            raise VoiceModelError(f"{TEST_MODEL} 随程序提供，不用下载")
        known = self.recorded_sum(name)
        if known is not None and known != found:
            raise VoiceModelError(
                f"{archive.name} 的 SHA-256 是 {found}，和第一次下载时记下的 {known} 不同，没有安装。"
                f"确认官方换了文件，就从 {self._sums} 里删去这一项再来"
            )
        self.store.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="unpacking-", dir=self.store) as scratch:
            model = unpack(archive, Path(scratch), name)
            write_manifest(model)
            if target.exists():
                shutil.rmtree(target)
            model.rename(target)
        told(f"SHA-256 {found}" + ("（和记下的一致）" if known else "（官方不公布校验值，已记下，以后都和它对照）"))
        self._sums.write_text(json.dumps({**self._recorded(), name: found}, indent=1), encoding="utf-8")

    def _recorded(self) -> dict[str, str]:
        try:
            read = json.loads(self._sums.read_text(encoding="utf-8")) if self._sums.exists() else {}
        except ValueError as error:
            raise VoiceModelError(f"{self._sums} 读不懂：{error}") from error
        return {str(name): str(value) for name, value in read.items()}


async def _examined(folder: Path, clip: Path) -> Examined:
    pool = await VoskPool.start(folder, clip, workers=1)
    try:
        return Examined(pool.model.rate, pool.model.heard, pool.speed, pool.capacity)
    finally:
        await pool.close()


def unpack(archive: Path, into: Path, name: str) -> Path:
    """The model's folder from a zip. Nothing is written outside `into`; links and oversized archives are refused."""
    try:
        with zipfile.ZipFile(archive) as pack:
            entries = pack.infolist()
            for entry in entries:
                path = PurePosixPath(entry.filename.replace("\\", "/"))
                linked = stat.S_ISLNK(entry.external_attr >> 16)
                if path.is_absolute() or ".." in path.parts or ":" in entry.filename or linked:
                    raise VoiceModelError(f"{archive.name} 里有不安全的路径 {entry.filename}，没有安装")
            size = sum(entry.file_size for entry in entries)
            if size > min(_MOST_BYTES, shutil.disk_usage(into).free):
                raise VoiceModelError(f"{archive.name} 解开要 {size / 2**30:.1f} GiB，磁盘放不下或文件不对，没有安装")
            pack.extractall(into)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise VoiceModelError(f"{archive} 不是完整的 zip：{error}") from error
    for found in (into / name, into):
        if (found / "conf" / "mfcc.conf").is_file() or (found / "mfcc.conf").is_file():
            if found != into:
                return found
            inner = into / f"{name}.model"
            inner.mkdir()
            for child in list(into.iterdir()):
                if child != inner:
                    child.rename(inner / child.name)
            return inner
    raise VoiceModelError(f"{archive.name} 里没有 {name} 的语音模型")
