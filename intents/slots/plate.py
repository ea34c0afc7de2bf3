"""A vehicle plate: 浙A12345, 浙A·D12345 (new energy), 浙A1234警; any case, digits said."""

from __future__ import annotations

import re

from intents.slots.misheard import UNSURE, digits_by_sound
from intents.slots.slot import Find

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_GAP = r"[\s·.\-•・]?"
_BODY = "A-HJ-NP-Za-hj-np-z0-9零〇一二三四五六七八九幺洞拐两"
_PLATE = re.compile(
    rf"(?P<province>[{_PROVINCE}])江?{_GAP}(?P<city>[A-HJ-NP-Za-hj-np-z])(?:牌|的)?{_GAP}"
    rf"(?P<body>[{_BODY}](?:\s?[{_BODY}]){{3}}(?:\s?[警学挂港澳领]|\s?[{_BODY}]"
    rf"(?:\s?[{_BODY}])?(?![A-Za-z0-9])))"
)
_PROVINCES = dict.fromkeys("这折哲浙遮着者辙", "浙") | dict.fromkeys("户护沪湖", "沪") | dict.fromkeys("速素苏", "苏")
"""What recognisers write for the neighbours' plates."""
_MISHEARD_CITY = re.compile(rf"[{''.join(_PROVINCES)}{_PROVINCE}]{_GAP}[A-HJ-NP-Za-hj-np-z]")
_MISHEARD = re.compile(
    rf"(?P<province>[{''.join(_PROVINCES)}{_PROVINCE}]){_GAP}(?P<city>[A-HJ-NP-Za-hj-np-z]){_GAP}"
    r"(?P<body>[A-HJ-NP-Za-hj-np-z\d]{5,6})(?![A-Za-z\d])"
)
_SURE = 3
_SPECIAL = re.compile(r"民航[A-Za-z0-9]{5}|WJ[\u4e00-\u9fff]?\d{4}[\dA-Z]", re.IGNORECASE)
_SAID = str.maketrans("零〇洞一幺二两三四五六七拐八九", "000112234567789")
_BARE = re.compile(r"(?<![A-Za-z0-9])([A-HJ-NP-Z][A-HJ-NP-Z0-9]{5,6})(?![A-Za-z0-9])", re.IGNORECASE)


def _by_sound(text: str) -> Find | None:
    """A plate whose province or digits were written as other characters of the same sound: 这A幺两散四五."""
    if not _MISHEARD_CITY.search(text):
        return None
    read, sure = digits_by_sound(text)
    for match in _MISHEARD.finditer(read):
        body = match["body"].upper()
        if sure[slice(*match.span("body"))].count("1") >= _SURE and any(character.isdigit() for character in body):
            province = text[match.start("province")]
            return Find(f"{_PROVINCES.get(province, province)}{match['city'].upper()}{body}", *match.span(), UNSURE)
    return None


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The first plate, upper case without the dot. `lenient`: one without its province also counts."""
    if match := _PLATE.search(text):
        body = re.sub(r"\s", "", match["body"]).translate(_SAID).upper()
        if not any(character.isdigit() for character in body):
            return None
        return Find(f"{match['province']}{match['city'].upper()}{body}", *match.span(), 0.97)
    if match := _SPECIAL.search(text):
        return Find(match[0].upper(), *match.span(), 0.9)
    if (find := _by_sound(text)) is not None:
        return find
    if lenient and (match := _BARE.search(text)):
        return Find(match[1].upper(), *match.span(), 0.5)
    return None
