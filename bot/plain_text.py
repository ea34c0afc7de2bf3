"""What a citizen or operator typed, made safe to store and show: same words, no control characters."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls except tab and newline; bidirectional embeddings, overrides and isolates, which can make
# a line read differently from what it says; half characters. Other line breaks become newlines beforehand.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")
_NEWLINES = re.compile("\r\n?|\x0b|\x0c|\x85|\u2028|\u2029")
_MANY_NEWLINES = re.compile(r"\n{4,}")


def plain_text(raw: str) -> str:
    """The text without control characters, composed (NFC), trimmed; "" when nothing readable is left."""
    text = _NEWLINES.sub("\n", raw)
    text = _UNSAFE.sub("", text)
    text = _MANY_NEWLINES.sub("\n\n\n", unicodedata.normalize("NFC", text)).strip()
    return text if any(not _invisible(char) for char in text) else ""


def _invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cf", "Cc", "Mn", "Me")
