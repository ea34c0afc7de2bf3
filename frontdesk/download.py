"""Downloading one large file, going on where an earlier try stopped."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import aiohttp

TRIES = 5
"""Broken connections in a row, without a byte gained, after which the download gives up."""
STALLED = 60.0
"""Seconds without a byte that count as a broken connection."""
_CHUNK = 2**18
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")

Progress = Callable[[int, int | None], None]
"""Bytes here, bytes in all (None if the server does not say)."""


class DownloadFailed(Exception):
    """The file did not come whole. What has come is kept for the next try."""


class _Broken(Exception):
    pass


async def download(address: str, file: Path, progress: Progress, *, pause: float = 1.0) -> None:
    """Fetch `address` into `file`. A part lies beside it until it is whole. `pause`: seconds between tries."""
    part = file.with_name(file.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    timeout = aiohttp.ClientTimeout(total=None, connect=30, sock_read=STALLED)
    headers = {"Accept-Encoding": "identity"}
    tries = 0
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True, headers=headers) as web:
        while True:
            before = _size(part)
            try:
                await _go_on(web, address, part, progress)
            except aiohttp.InvalidURL as error:
                raise DownloadFailed(f"{address} 不是网址") from error
            except (_Broken, aiohttp.ClientError, TimeoutError) as error:
                tries = 1 if _size(part) > before else tries + 1
                if tries >= TRIES:
                    raise DownloadFailed(
                        f"{address} 下载不完（已有 {_size(part)} 字节，{error or type(error).__name__}）。"
                        "再运行一次会接着下载；没有网络的机器请用 --file 从文件安装"
                    ) from error
                await asyncio.sleep(pause)
            else:
                _mark(part).unlink(missing_ok=True)
                part.replace(file)
                return


async def _go_on(web: aiohttp.ClientSession, address: str, part: Path, progress: Progress) -> None:
    """One connection. Raises _Broken when it ends before the whole file is there."""
    have, version = _size(part), _version(part, address)
    if have and version is None:  # nothing says that the rest belongs to the same file
        have = 0
    asked = {"Range": f"bytes={have}-", "If-Range": version} if have and version else {}
    async with web.get(address, headers=asked) as response:
        if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            if response.headers.get("Content-Range") == f"bytes */{have}":  # it was whole already
                return
            _forget(part)
            raise _Broken("the part on disk is not of this file")
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Broken(f"HTTP {response.status}")
        if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise DownloadFailed(f"{address} 回答 HTTP {response.status}，下载不了")
        whole: int | None
        if response.status == HTTPStatus.PARTIAL_CONTENT:
            ranged = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if ranged is None or int(ranged[1]) != have:
                _forget(part)
                raise _Broken("the server sent another range")
            whole = int(ranged[2])
        else:
            have, whole = 0, response.content_length
        found = response.headers.get("ETag", "")
        # a weak ETag does not promise the same bytes
        strong = response.headers.get("Last-Modified") if found.startswith("W/") or not found else found
        _mark(part).write_text(json.dumps({"address": address, "version": strong}), encoding="utf-8")
        with part.open("ab" if have else "wb") as out:
            progress(have, whole)
            async for chunk in response.content.iter_chunked(_CHUNK):
                out.write(chunk)
                have += len(chunk)
                progress(have, whole)
    if whole is not None and have != whole:
        raise _Broken(f"{have} of {whole} bytes")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _mark(part).unlink(missing_ok=True)


def _mark(part: Path) -> Path:
    """Beside the part: which version of which address it is."""
    return part.with_name(part.name + ".json")


def _version(part: Path, address: str) -> str | None:
    mark = _mark(part)
    if not mark.exists():
        return None
    try:
        read = json.loads(mark.read_text(encoding="utf-8"))
    except ValueError:  # written while the machine went down: start afresh
        return None
    return read.get("version") if isinstance(read, dict) and read.get("address") == address else None
