"""A reply cut where a speaker takes breath: the unit that is rendered, recorded and cached."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"(?:[^。！？；\n!?;]|[!?;](?![\s\u3400-\u9fff]|$))+(?:[。！？；]|[!?;])*[”’」』）)]*")


def sentences(text: str) -> tuple[str, ...]:
    """Sentences with their marks, in order, without those that hold nothing but space."""
    return tuple(found.strip() for found in _SENTENCE.findall(text) if found.strip())


def same_words(text: str) -> str:
    """The text without white space: what two wordings are compared by."""
    return "".join(text.split())
