"""The file of one recording: a plain header, then chunks of one size, each sealed by itself with AES-256-GCM.

    YDTREC1 LF | length of header (2 bytes) | header (JSON) | chunk 0 | chunk 1 | …

Every file has a key of its own (HKDF of the master key with the file's salt). A chunk's nonce is its index and its
associated data the whole header, so that a changed, moved, removed or foreign chunk does not open. The plain text of a
chunk is `frames of sound (4 bytes) | is it the last one (1 byte) | sound, padded with silence to one second`.
A process that is killed leaves a file without a last chunk, perhaps with a torn one: the whole chunks still open.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from frontdesk.recordings.keys import Keyring, RecordingKey

MAGIC = b"YDTREC1\n"
CHANNELS = 2
"""Left: the caller's side, on a three-way call with the operator. Right: the front desk."""
SILENCE = b"\xd5"
"""A-law."""
_LENGTH = struct.Struct(">H")
_PREFIX = struct.Struct(">IB")
_TAG = 16
_SALT = 16


class RecordingError(Exception):
    """The recording cannot be read; says which and what to do."""


class RecordingDamaged(RecordingError):
    """Not what was recorded: changed, cut or put together by somebody or by a broken disk."""


class RecordingKeyMissing(RecordingError):
    """Sealed with a key that is not here."""


class Header(BaseModel):
    """What stands in plain text before the sound; every chunk vouches for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call: str
    started_at: AwareDatetime
    rate: int = Field(ge=8000, le=48000)
    key: str = Field(description="id of the master key")
    salt: str = Field(pattern=r"^[0-9a-f]{32}$")

    @property
    def chunk_frames(self) -> int:
        """Frames of a chunk: one second."""
        return self.rate

    @property
    def chunk_size(self) -> int:
        """Bytes of a sealed chunk in the file."""
        return _PREFIX.size + self.chunk_frames * CHANNELS + _TAG


class SealedWriter:
    """Writes one recording. After an OSError it can only be abandoned; what was written before stays readable."""

    def __init__(self, path: Path, call: str, started_at: datetime, rate: int, key: RecordingKey) -> None:
        """Makes the file, for its owner's eyes only. Raises OSError, FileExistsError included."""
        self.header = Header(call=call, started_at=started_at, rate=rate, key=key.id, salt=secrets.token_hex(_SALT))
        self._bound = _preamble(self.header)
        self._cipher = _cipher(key, self.header)
        self._index = 0
        self._file: BinaryIO = os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb", buffering=0
        )
        try:
            self._put(self._bound)
        except OSError:
            self.abandon()
            raise

    def append(self, sound: bytes) -> None:
        """Seal and write one second of interleaved A-law. Raises OSError."""
        if len(sound) != self.header.chunk_frames * CHANNELS:
            raise ValueError("a chunk is one second of sound")
        self._seal(sound, last=False)

    def close(self, rest: bytes = b"") -> None:
        """Write what is left, less than a second, and that this is all; then to the disk. Raises OSError."""
        try:
            self._seal(rest, last=True)
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def abandon(self) -> None:
        """Close without saying that this is all."""
        self._file.close()

    def _seal(self, sound: bytes, *, last: bool) -> None:
        frames = len(sound) // CHANNELS
        padded = sound + SILENCE * (self.header.chunk_frames * CHANNELS - len(sound))
        plain = _PREFIX.pack(frames, last) + padded
        self._put(self._cipher.encrypt(_nonce(self._index), plain, self._bound))
        self._index += 1

    def _put(self, data: bytes) -> None:
        written = self._file.write(data)
        if written != len(data):
            raise OSError(f"only {written} of {len(data)} bytes were written")


class SealedReader:
    """Reads one recording, from any second. All methods raise RecordingError; close after use."""

    def __init__(self, path: Path, keys: Keyring) -> None:
        self._file = _opened(path)
        try:
            self.header, self._bound = _read_header(self._file)
            self._cipher = _cipher(_found(keys, self.header.key), self.header)
            size = os.fstat(self._file.fileno()).st_size - len(self._bound)
            self.chunks = max(size, 0) // self.header.chunk_size
            """Whole chunks; the torn one of a process that was killed is left out."""
            self.frames, self.complete = self._extent()
        except BaseException:
            self._file.close()
            raise

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.frames / self.header.rate

    def chunk(self, index: int) -> bytes:
        """Interleaved A-law of this second. Raises RecordingDamaged."""
        frames, last, sound = self._open(index)
        if last != (index == self.chunks - 1 and self.complete) or (not last and frames != self.header.chunk_frames):
            raise self._damaged(index)
        return sound[: frames * CHANNELS]

    def verify(self, first: int = 0, end: int | None = None) -> None:
        """Open these chunks (all by default) and see that each is what was recorded. Raises RecordingDamaged."""
        for index in range(first, self.chunks if end is None else min(end, self.chunks)):
            self.chunk(index)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _extent(self) -> tuple[int, bool]:
        """Frames in all, and whether the recording was ended properly."""
        if self.chunks == 0:
            return 0, False
        frames, last, _ = self._open(self.chunks - 1)
        return (self.chunks - 1) * self.header.chunk_frames + frames, last

    def _open(self, index: int) -> tuple[int, bool, bytes]:
        size = self.header.chunk_size
        try:
            self._file.seek(len(self._bound) + index * size)
            sealed = self._file.read(size)
        except OSError as error:
            raise RecordingError(f"录音 {self.header.call} 读不出来（{error.strerror}），请检查磁盘") from error
        try:
            plain = self._cipher.decrypt(_nonce(index), sealed, self._bound)
        except InvalidTag:
            raise self._damaged(index) from None
        frames, last = _PREFIX.unpack_from(plain)
        return frames, bool(last), plain[_PREFIX.size :]

    def _damaged(self, index: int) -> RecordingDamaged:
        return RecordingDamaged(
            f"录音 {self.header.call} 从第 {index} 秒起和录下时不一样：文件被改动过，或者磁盘坏了。"
            "请从备份恢复这个文件，并查明原因"
        )


def read_header(path: Path) -> Header:
    """The header alone, without a key: nothing vouches for it. Raises RecordingError."""
    with _opened(path) as file:
        return _read_header(file)[0]


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise RecordingError(f"录音文件 {path.name} 打不开（{error.strerror}），请检查权限和磁盘") from error


def _read_header(file: BinaryIO) -> tuple[Header, bytes]:
    start = file.read(len(MAGIC) + _LENGTH.size)
    if len(start) < len(MAGIC) + _LENGTH.size or not start.startswith(MAGIC):
        raise RecordingDamaged("这不是录音文件，或者开头坏了。请从备份恢复")
    (length,) = _LENGTH.unpack_from(start, len(MAGIC))
    body = file.read(length)
    try:
        if len(body) != length:
            raise RecordingDamaged("录音文件在开头就断了：录音刚开始程序就停了，里面没有声音")
        return Header.model_validate_json(body), start + body
    except (ValidationError, ValueError) as error:
        raise RecordingDamaged("录音文件的开头坏了。请从备份恢复") from error


def _preamble(header: Header) -> bytes:
    body = json.dumps(header.model_dump(mode="json"), separators=(",", ":")).encode()
    return MAGIC + _LENGTH.pack(len(body)) + body


def _cipher(key: RecordingKey, header: Header) -> AESGCM:
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=bytes.fromhex(header.salt), info=b"frontdesk recording")
    return AESGCM(kdf.derive(key.secret))


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")


def _found(keys: Keyring, key_id: str) -> RecordingKey:
    key = keys.find(key_id)
    if key is None:
        raise RecordingKeyMissing(_missing_key(keys))
    return key


def _missing_key(keys: Keyring) -> str:
    if keys.current is None and keys.old is None:
        return "没有录音密钥，录音打不开：请设置环境变量 FRONTDESK_RECORDING_KEY 再启动"
    return "这段录音是用另一个密钥加密的。换过密钥的话，请把原来的密钥放进环境变量 FRONTDESK_RECORDING_KEY_OLD 再启动"
