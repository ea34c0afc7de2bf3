"""Checksums of a folder's files, in the format of sha256sum, kept in the folder itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

NAME = "SHA256SUMS"


def write_manifest(folder: Path) -> None:
    """Record every file below the folder as it is now, but for what is only read by people."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md" and path.name != NAME)
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / NAME).write_text("".join(lines), encoding="utf-8")


def damaged(folder: Path) -> tuple[str, ...] | None:
    """Files that are missing or not as they were recorded; None if nothing was recorded."""
    try:
        lines = (folder / NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    recorded = (line.partition("  ") for line in lines)
    return tuple(name for told, _, name in recorded if name and not _as_told(folder / name, told))


def sha256(file: Path) -> str:
    """Hex digest of a file."""
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def _as_told(file: Path, told: str) -> bool:
    try:
        return sha256(file) == told
    except OSError:
        return False
