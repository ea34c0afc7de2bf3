"""One canonical form of a sentence for matching, and a gentler one for quoting.

`normalise` folds script (Traditional to Simplified), width, case, recogniser spaces, punctuation and
repeated characters. `strip_fillers` removes only what carries no content (measured: 嗯 呃 啊; words like
那个 also carry content and stay).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from opencc import OpenCC

MAX_LENGTH = 2000
"""Longer sentences are cut for matching; the conversation keeps the whole text."""

_CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CJK_SPACE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff0-9])|(?<=[0-9])\s+(?=[\u3400-\u9fff])")
_NOT_WORD = re.compile(r"[^\w\u3400-\u9fff]+")
_REPEATED = re.compile(r"([^\W\d])\1{2,}")
_FILLER = re.compile(
    r"^(?:[嗯呃啊哎唉喂额哦噢 ]|你好|您好|(?:麻烦|请|劳驾)(?:你|您|你们|您们|一下)*|打扰(?:你|您|一下|了)*|"
    r"我要报警|我报警)+|[嗯呃]+|"
    r"(?<=[\u3400-\u9fff])[啊呀哦噢啦嘛呢哈](?=$|\s)|(?:谢谢|多谢|感谢|辛苦)(?:你|您|你们|您们|了|啦|哈|啊)*$"
)


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def clean(text: str) -> str:
    """Readable text for quoting: valid Unicode, no control or direction characters, single spaces."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = _CONTROL.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split())


def normalise(text: str) -> str:
    """Canonical text for matching: simplified, half-width, lower case, no spaces inside Chinese, no punctuation."""
    text = unicodedata.normalize("NFKC", clean(text[: MAX_LENGTH * 2]))[:MAX_LENGTH]
    text = _simplifier().convert(text.lower())
    text = _CJK_SPACE.sub("", text)
    text = _NOT_WORD.sub(" ", text).replace("_", " ")
    text = _REPEATED.sub(r"\1\1", text)
    return _CJK_SPACE.sub("", " ".join(text.split()))


def strip_fillers(text: str) -> str:
    """Normalised text without hesitation sounds and courtesies; the text itself if nothing else is left."""
    return _FILLER.sub("", text).strip() or text


def readable(text: str) -> bool:
    """True if there is at least one letter, digit or Chinese character to understand."""
    return bool(normalise(text))
