"""Digits that a recogniser wrote as other characters of the same sound: 腰三吧 → 138. Same length, so places stay."""

from __future__ import annotations

from intents.pinyin import syllables
from intents.slots.numbers import SPOKEN

UNSURE = 0.55
"""Confidence of a number read this way: it is said back to the caller."""

_SOUNDS = {
    "ling": "0", "dong": "0", "yao": "1", "yi": "1", "er": "2", "liang": "2", "san": "3", "shan": "3", "si": "4",
    "shi": "4", "wu": "5", "liu": "6", "qi": "7", "guai": "7", "ba": "8", "jiu": "9",
}  # fmt: skip


def digits_by_sound(text: str) -> tuple[str, str]:
    """The text with every character that sounds like a digit as that digit, and a mask: 1 where it is one for sure."""
    read, sure = [], []
    for character in text:
        if character in SPOKEN:
            read.append(SPOKEN[character])
            sure.append("1")
        elif character > "\u3400":
            sound = syllables(character)
            read.append(_SOUNDS.get(sound[0], character) if sound else character)
            sure.append("0")
        else:
            read.append(character)
            sure.append("1" if character.isascii() and character.isalnum() else "0")
    return "".join(read), "".join(sure)
