"""Fetch Asterisk from Debian: debootstrap of sid into a folder, from the mirror this machine already uses."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm")
SUITE = "sid"
APT = Path("/etc/apt")
_LINE = re.compile(r"^deb(?:\s+\[[^\]]*\])?\s+(\S+)\s")


class FetchFailed(RuntimeError):
    """Asterisk could not be fetched; says why and what to do."""


def mirror(apt: Path = APT) -> str:
    """The Debian mirror in apt's sources: http(s), the archive itself rather than security. Raises FetchFailed."""
    for address in _addresses(apt):
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and "security" not in address and "debian" in address:
            return address
    raise FetchFailed(f"在 {apt} 里没有找到 Debian 的软件源，请用 --mirror 写明，例如 http://软件源地址/debian")


def fetch_asterisk(folder: Path, source: str | None = None) -> None:
    """Debootstrap into `folder` (about 500 MB, one or two minutes). The folder appears whole or not at all.

    Raises FetchFailed.
    """
    if shutil.which("debootstrap") is None:
        raise FetchFailed("没有 debootstrap，请先运行：apt-get install debootstrap")
    if os.geteuid() != 0:
        raise FetchFailed("debootstrap 需要 root，请用 sudo 运行这一条（以后启动 Asterisk 不需要）")
    source = source or mirror()
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(partial), source]
    ended = subprocess.run(command, check=False)
    if ended.returncode != 0:
        log = partial / "debootstrap" / "debootstrap.log"
        raise FetchFailed(f"debootstrap 没有成功（返回 {ended.returncode}，软件源 {source}）。详情见 {log}")
    shutil.rmtree(partial / "var" / "cache" / "apt" / "archives", ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _addresses(apt: Path) -> Iterator[str]:
    yield from _deb822(_texts(apt, "*.sources"))
    one_line = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    for file in one_line:
        if file.is_file():
            for line in file.read_text(encoding="utf-8").splitlines():
                found = _LINE.match(line.strip())
                if found:
                    yield found[1]


def _texts(apt: Path, pattern: str) -> Iterator[str]:
    for file in sorted((apt / "sources.list.d").glob(pattern)):
        yield file.read_text(encoding="utf-8")


def _deb822(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for stanza in re.split(r"\n\s*\n", text):
            if re.search(r"^Enabled:\s*no", stanza, re.MULTILINE | re.IGNORECASE):
                continue
            found = re.search(r"^URIs:\s*(.+)$", stanza, re.MULTILINE)
            if found:
                yield from found[1].split()
