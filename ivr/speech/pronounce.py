"""Chinese words to pinyin as the espeak-ng voice cmn-latn-pinyin reads it: tone numbers, neutral tone 5, v for ü."""

from __future__ import annotations

import re
from typing import Any

from pypinyin import Style, lazy_pinyin

_LEXICON = {
    "重办": "chong2 ban4",
    "重拨": "chong2 bo1",
    "重名": "chong2 ming2",
    "重考": "chong2 kao3",
    "重领": "chong2 ling3",
    "重填": "chong2 tian2",
    "重报": "chong2 bao4",
    "弄堂": "long4 tang2",
    "出血": "chu1 xue4",
    "流血": "liu2 xue4",
    "血里": "xue4 li3",
    "堵着": "du3 zhe5",
    "没收": "mo4 shou1",
    "看得见": "kan4 de5 jian4",
    "听得见": "ting1 de5 jian4",
    "发卡": "fa1 ka3",
    "调休": "tiao2 xiu1",
    "调成": "tiao2 cheng2",
    "调到": "tiao2 dao4",
    "拨打的": "bo1 da3 de5",
    "叫得应": "jiao4 de5 ying4",
    "先得": "xian1 dei3",
    "就得": "jiu4 dei3",
    "还得": "hai2 dei3",
    "都得": "dou1 dei3",
    "谁": "shei2",
    "哪儿": "na3 er2",
    "这儿": "zhe4 er2",
    "那儿": "na4 er2",
}
"""Words of this trade that pypinyin's own phrases get wrong."""
_SURNAMES = {
    "单": "shan4",
    "仇": "qiu2",
    "曾": "zeng1",
    "任": "ren2",
    "区": "ou1",
    "解": "xie4",
    "查": "zha1",
    "华": "hua4",
    "翟": "zhai2",
    "朴": "piao2",
    "覃": "qin2",
    "缪": "miao4",
    "盖": "ge3",
}
_TITLE = r"(?=(?:先生|女士|小姐|老师|师傅|警官|主任|阿姨|大爷|大妈|师父))"
_DEGREE = r"(?<=[伤吵报断用醒震说跑做写走住睡])得"
_EXCEPTION = re.compile(
    "|".join(sorted(_LEXICON, key=len, reverse=True))
    + f"|(?<![\\u3400-\\u9fff])[{''.join(_SURNAMES)}]{_TITLE}|{_DEGREE}"
)
_PAUSE = re.compile(r"([，。？！])")
_MARKS = {"，": ",", "。": ".", "？": "?", "！": "!"}
_SYLLABLE = re.compile(r"[a-z]{1,6}[1-5]")
_UNSPEAKABLE = frozenset(("m", "n", "ng", "hm", "hng", "ê"))
"""Bases without a vowel that the voice would spell as English letters."""

_STAYS = frozenset("零一二三四五六七八九十幺月日号楼幢级")
"""After these, or before 一 in a number, 一 keeps its own tone: 二零一一, 一月, 一号楼."""
_UNREAD: Any = lambda run: [""] * len(run)  # noqa: E731  one entry a character keeps them aligned
_ORDINAL = frozenset("第初期周之唯统专零一二三四五六七八九十点幺")


def pinyin(words: str) -> str:
    """Syllables with spaces, pauses as , . ? ! after their syllable. Characters nobody can read are left out."""
    said: list[str] = []
    for part in _PAUSE.split(words):
        if part in _MARKS:
            if said:
                said[-1] += _MARKS[part] if said[-1][-1].isdigit() else ""
        elif part:
            said.extend(_sandhi(part, _syllables(part)))
    return " ".join(said)


def _syllables(clause: str) -> list[str | None]:
    """One syllable a character, None where there is none."""
    found: list[str | None] = []
    start = 0
    for match in _EXCEPTION.finditer(clause):
        found.extend(_plain(clause[start : match.start()]))
        given = _LEXICON.get(match[0]) or _SURNAMES.get(match[0], "de5")
        found.extend(given.split())
        start = match.end()
    found.extend(_plain(clause[start:]))
    return found


def _plain(text: str) -> list[str | None]:
    read = _read(text)
    if len(read) != len(text):  # a phrase of the dictionary that is longer or shorter than its characters
        read = [(_read(character) or [""])[0] for character in text]
    return [_speakable(syllable) for syllable in read]


def _read(text: str) -> list[str]:
    return list(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors=_UNREAD)) if text else []


def _speakable(syllable: str) -> str | None:
    plain = syllable.replace("ü", "v").replace("ê", "e")
    return plain if _SYLLABLE.fullmatch(plain) and plain[:-1] not in _UNSPEAKABLE else None


def _sandhi(clause: str, syllables: list[str | None]) -> list[str]:
    """不 and 一 change their tone before the next syllable; third tones are changed by the voice itself."""
    said: list[str] = []
    for index, (character, syllable) in enumerate(zip(clause, syllables, strict=True)):
        if syllable is None:
            continue
        after = syllables[index + 1] if index + 1 < len(syllables) else None
        tone = after[-1] if after else ""
        if character == "不" and syllable == "bu4" and tone == "4":
            said.append("bu2")
        elif character == "一":
            said.append(("yi2" if tone in "45" else "yi4") if tone and _changes(clause, index) else "yi1")
        else:
            said.append(syllable)
    return said


def _changes(clause: str, index: int) -> bool:
    before = clause[index - 1] if index else ""
    return clause[index + 1] not in _STAYS and before not in _ORDINAL
