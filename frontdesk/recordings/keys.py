"""The keys that recordings are sealed with. They come from the environment only, never from a file of ours."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

KEY_BYTES = 32
VARIABLE = "FRONTDESK_RECORDING_KEY"
OLD_VARIABLE = "FRONTDESK_RECORDING_KEY_OLD"


class KeyRefused(ValueError):
    """What the environment holds is no key; names the variable and shows nothing of its content."""


@dataclass(frozen=True, repr=False)
class RecordingKey:
    """An AES-256 key. `id` tells which key a recording was sealed with and gives nothing else away."""

    secret: bytes

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits."""
        return hashlib.sha256(b"frontdesk recording key\0" + self.secret).hexdigest()[:16]


@dataclass(frozen=True)
class Keyring:
    """`current` seals and opens (None: nothing is recorded); `old` only opens what an earlier key sealed."""

    current: RecordingKey | None = None
    old: RecordingKey | None = None

    def find(self, key_id: str) -> RecordingKey | None:
        """The key with this id, if there is one."""
        return next((key for key in (self.current, self.old) if key is not None and key.id == key_id), None)


def fresh_key() -> str:
    """A new key as it is written into the environment."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def keyring(environment: Mapping[str, str] | None = None) -> Keyring:
    """The keys in the environment. Raises KeyRefused."""
    given = os.environ if environment is None else environment
    return Keyring(_parsed(VARIABLE, given.get(VARIABLE, "")), _parsed(OLD_VARIABLE, given.get(OLD_VARIABLE, "")))


def _parsed(name: str, text: str) -> RecordingKey | None:
    if not text.strip():
        return None
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise KeyRefused(
            f"环境变量 {name} 不是录音密钥：要用 base64 写的 32 个字节。用 frontdesk recordings key 生成一个"
        )
    return RecordingKey(secret)
