"""`frontdesk doctor`: what is there, what is missing, and the command that fetches it."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from conversation import Knowledge, PhrasesError
from frontdesk.cli.check import Check
from frontdesk.cli.checks_telephone import speech_checks, telephone_checks
from frontdesk.knowledge import KnowledgeError, load_knowledge
from frontdesk.onnx_encoder import EncoderUnusable, OnnxEncoder
from frontdesk.recordings import KeyRefused, keyring
from frontdesk.settings import Settings, SettingsError, home, load_settings
from frontdesk.storage import Database, current, head
from handoff.forms import FormsError
from handoff.ports import StoreUnavailable
from handoff.triage import TriageError
from intents.parse import CatalogueError
from intents.regions import RegionsError
from intents.safety import SafetyDataError


def doctor() -> None:
    """检查这台机器：缺什么、用哪条命令补上。"""
    checks = list(examine())
    for check in checks:
        mark = "✓" if check.good else "✗" if check.needed else "–"
        typer.echo(f"{mark} {check.name}：{check.told}")
    if not all(check.good for check in checks if check.needed):
        raise typer.Exit(1)


def examine() -> Iterator[Check]:
    """All checks, needed ones first."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Check("Python", sys.version_info >= (3, 11), f"{version}（需要 3.11 以上）")
    try:
        settings = load_settings()
    except SettingsError as error:
        yield Check("设置", False, str(error))
        return
    yield Check("设置", True, f"{home() / 'config' / 'frontdesk.toml'}")
    known = _knowledge()
    yield Check(
        "意图库与规则",
        not isinstance(known, str),
        known if isinstance(known, str) else f"{len(known.catalogue)} 个意图",
    )
    yield from encoder_checks(home(), settings)
    yield _database(settings)
    yield _disk(settings)
    yield _port(settings)
    yield from speech_checks(home(), settings, None if isinstance(known, str) else known)
    yield _recordings(settings)
    yield from telephone_checks(home(), settings)
    yield _program(
        "Chromium", ("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium", "网页测试"
    )
    yield _program("PostgreSQL", ("psql",), "apt-get install postgresql", "多台机器共用数据时")


def _knowledge() -> Knowledge | str:
    """What is wrong with it as a text."""
    try:
        return load_knowledge(home() / "config")
    except (
        CatalogueError,
        KnowledgeError,
        PhrasesError,
        FormsError,
        RegionsError,
        TriageError,
        SafetyDataError,
    ) as error:
        return str(error)


def encoder_checks(home: Path, settings: Settings) -> Iterator[Check]:
    """The plugged-in sentence encoder, if the settings name one."""
    if not settings.encoder_model:
        yield Check("句向量模型", False, "没有用（设置 encoder_model 是空的），不影响使用", needed=False)
        return
    try:
        encoder = OnnxEncoder(home / settings.encoder_model)
    except EncoderUnusable as error:
        yield Check("句向量模型", False, str(error))
    else:
        yield Check("句向量模型", True, f"{encoder.folder}，{encoder.dimensions} 维")


def _database(settings: Settings) -> Check:
    file = settings.database_file
    if file is not None and not file.exists():
        return Check("数据库", True, f"{file} 还没有，第一次启动时自动建立")

    async def revision() -> str | None:
        database = Database(settings.database_url, exclusive=False)
        try:
            return await current(database)
        finally:
            await database.close()

    try:
        found = asyncio.run(revision())
    except (StoreUnavailable, sqlite3.DatabaseError, ValueError) as error:
        return Check("数据库", False, f"打不开：{error}")
    good = found == head()
    return Check("数据库", good, f"结构 {found}" + ("" if good else "，请运行 frontdesk db migrate"))


def _disk(settings: Settings) -> Check:
    file = settings.database_file
    folder = next((p for p in (file or Path.cwd()).parents if p.exists()), Path.cwd())
    free = shutil.disk_usage(folder).free / 2**30
    return Check("磁盘", free >= 1, f"{folder} 还剩 {free:.1f} GiB（少于 1 GiB 请清理）")


def _recordings(settings: Settings) -> Check:
    try:
        keys = keyring()
    except KeyRefused as error:
        return Check("通话录音", False, str(error))
    if keys.current is None:
        told = "没有密钥，不录音；要录音，把 frontdesk recordings key 生成的密钥放进环境变量 FRONTDESK_RECORDING_KEY"
        return Check("通话录音", False, told, needed=False)
    return Check("通话录音", True, f"存在 {settings.recordings}，保存 {settings.recording_days} 天")


def _port(settings: Settings) -> Check:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            told = f"{settings.host}:{settings.port} 用不了（{error.strerror}）；前台正在运行时这是正常的"
            return Check("端口", False, told, needed=False)
    return Check("端口", True, f"{settings.host}:{settings.port} 可用")


def _program(name: str, commands: tuple[str, ...], install: str, use: str) -> Check:
    found = next((path for command in commands if (path := shutil.which(command))), None)
    return Check(name, found is not None, found or f"没有，{use}用得到；安装：{install}", needed=False)
