"""Written Chinese to what is said: only Hanzi and pauses are left, or plain English. Pure; never raises."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from ivr.speech.identifiers import IDENTIFIERS
from ivr.speech.latin import by_language, letters_named
from ivr.speech.numerals import telephone
from ivr.speech.quantities import DATES, QUANTITIES
from ivr.speech.rule import Rule, apply, rule

LONGEST = 4000
"""Characters; what is longer is cut, as nobody listens to more."""

_KEPT_WIDE = "，。？！；"
_SYMBOLS = str.maketrans(
    {
        "+": "加",
        "=": "等于",
        "×": "乘",
        "÷": "除以",
        "&": "和",
        "@": "艾特",
        "<": "小于",
        ">": "大于",
        "≤": "不超过",
        "≥": "不低于",
        "%": "百分号",
        "℃": "摄氏度",
        "°": "度",
        "〇": "零",
    }
)
_ADDRESS = (
    r"(?:https?://|www\.)[A-Za-z0-9._~/?#=&%+-]+|[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|(?<![A-Za-z0-9.])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:cn|com|net|org)(?![A-Za-z0-9])(?:/[A-Za-z0-9._~/-]+)?"
)
_BREAKS = ((r"[\n\r.…;；。]", "。"), (r"[!！]", "！"), (r"[?？]", "？"), (r"[，,、:()\[\]{}|/\\~—–\-−⁄【】〔〕]", "，"))
_NOT_SAID = re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fff，。？！]")
_PAUSES = re.compile(r"[，。？！]{2,}")
_ENGLISH_KEPT = re.compile(r"[^A-Za-z',.!? ]")
_STRONGEST = "！？。，"


@dataclass(frozen=True)
class Passage:
    """A run in one language. Chinese words hold only Hanzi and ，。？！; English only letters, ' , . ! ? and spaces."""

    language: Literal["zh", "en"]
    words: str


def spoken(text: str) -> tuple[Passage, ...]:
    """The passages to be said, in order; () if there is nothing to say."""
    text = _folded(text[:LONGEST])
    passages = (
        Passage("en", _english(run)) if english else Passage("zh", _chinese(run)) for english, run in by_language(text)
    )
    return tuple(passage for passage in passages if passage.words.strip("，。？！,.!? '"))


def _folded(text: str) -> str:
    """Compatibility forms made plain (１２ -> 12, ℃ -> °C, ㎡ -> m2) while Chinese sentence marks stay."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(map(_plain, text))


def _plain(character: str) -> str:
    if character in _KEPT_WIDE:
        return character
    plain = unicodedata.normalize("NFKC", character)
    # ① heads an item; ² belongs to its unit
    return f"{plain}，" if unicodedata.decomposition(character).startswith("<circle>") else plain


def _english(run: str) -> str:
    return " ".join(_ENGLISH_KEPT.sub(" ", run.replace("’", "'")).split())


def _chinese(run: str) -> str:
    words = apply((*_BEFORE, *DATES, *IDENTIFIERS, *QUANTITIES), run)
    words = letters_named(words).translate(_SYMBOLS)
    for pattern, pause in _BREAKS:
        words = re.sub(pattern, pause, words)
    words = _NOT_SAID.sub("", words)
    return _PAUSES.sub(_one_pause, words).lstrip("，。？！")


def _one_pause(match: re.Match[str]) -> str:
    return min(match[0], key=_STRONGEST.index)


def _address(match: re.Match[str]) -> str:
    """A web or mail address: letters and digits by name, 点, 斜杠; its scheme is not said."""
    said = re.sub(r"^https?://", "", match[0]).rstrip("/.")
    named = {".": "点", "/": "斜杠", "-": "横杠", "_": "下划线", "@": "艾特", "?": "问号"}
    words = "".join(telephone(character) or named.get(character, character) for character in said)
    return f"，{letters_named(words)}，"


_BEFORE: tuple[Rule, ...] = (
    rule(_ADDRESS, _address),
    rule(r"(?<=按)\s*#键?|#键", lambda _: "井号键"),
    rule(r"(?<=按)\s*\*键?|\*键", lambda _: "星号键"),
    rule(r"(?<=\d)\s*[xX]\s*(?=\d)", lambda _: "乘"),
    rule(r"(?<![A-Za-z])[Nn][Oo]\.?\s*(?=\d)", lambda _: "第"),
    rule(r"(?<=[\u4e00-\u9fff])\s*·\s*(?=[\u4e00-\u9fff])", lambda _: ""),
)
