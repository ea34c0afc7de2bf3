"""Latin letters: which runs are English, how well-known words sound, the Chinese names of single letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = r"[A-Za-z][A-Za-z'’]*"
_APART = r"(?<![A-Za-z0-9@./:_-])"
_ENGLISH = re.compile(
    rf"{_APART}(?:{_WORD}(?:[,.;:!?]?[ ]+)){{2,}}{_WORD}(?![A-Za-z0-9@/:_-])[.!?]?"
    rf"|{_APART}(?:[A-Za-z]{{0,2}}[a-z]{{3,}}[A-Za-z]*|[A-Z][a-z]{{2}})(?![A-Za-z0-9@/:_-]|\.[A-Za-z])"
)
_SPELLED = re.compile(r"[A-Za-z]+")

_NAMES = "诶 必 西 地 衣 艾弗 记 艾尺 爱 杰 开 艾勒 艾姆 恩 欧 批 扣 阿尔 艾斯 题 优 威 达不溜 艾克斯 歪 贼"
_LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        _NAMES.split(),
        strict=True,
    )
)
_KNOWN = {
    "wifi": "歪发",
    "app": "诶批批",
    "ok": "欧开",
    "email": "电子邮箱",
    "vs": "对",
    "tel": "电话",
    "com": "康姆",
}


def by_language(text: str) -> Iterator[tuple[bool, str]]:
    """The text in order as (is English, run). English: three words or more, or one word
    (four letters or more, or three that begin with a capital)."""
    start = 0
    for match in _ENGLISH.finditer(text):
        run = match[0]
        if run.lower() in _KNOWN or not any(character.islower() for character in run):
            continue
        if match.start() > start:
            yield False, text[start : match.start()]
        yield True, run
        start = match.end()
    if start < len(text):
        yield False, text[start:]


def letters_named(text: str) -> str:
    """Every Latin letter replaced by Chinese syllables: APP -> 诶批批, WiFi -> 歪发."""
    return _SPELLED.sub(_named, text)


def _named(match: re.Match[str]) -> str:
    known = _KNOWN.get(match[0].lower())
    return known or "".join(_LETTERS[letter] for letter in match[0].upper())
