"""Places with a grammar of their own: highway stakes, metro exits, bus lines, crossroads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.slots.slot import Find

_HAN = r"[\u4e00-\u9fff]"
_NAME = rf"(?:(?![在是的了有从我你他她着])({_HAN})){{1,6}}?".replace("(" + _HAN + ")", _HAN)
_N = r"(?:\d{1,4}(?:\.\d+)?|[零一二三四五六七八九十百千两幺]{1,7})"
_STAKE = (
    rf"(?:[Kk]?{_N}(?:公里)?(?:\+|加){_N}(?:米)?(?:处)?|[Kk]\d{{1,4}}(?:\+\d{{1,3}})?(?:公里)?(?:处)?|{_N}公里(?:处|\+?{_N}米)?(?:处)?|{_NAME}(?:段|服务区"
    r"|出口|入口|收费站|互通|匝道|枢纽|隧道口?|大桥))(?:附近|旁边|边上)?"
)
_DIRECTION = rf"(?:往|去|向|开往|到)?{_NAME}(?:的)?方向(?:的)?"
_ROAD = (
    rf"(?:[GSgs]\d{{1,4}}(?:{_NAME}高速(?:公路)?)?|{_NAME}(?:高速(?:公路)?|高架|绕城|快速路"
    rf"|国道|省道)|\d{{3}}国道|绕城高速|绕城)(?:上)?"
)
_PATTERNS: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(rf"{_ROAD}(?:{_DIRECTION})?,?{_STAKE}"), 0.9),
    (re.compile(rf"{_ROAD}(?:由|从)?[东南西北]{{1,2}}(?:往|向)[东南西北]{{1,2}}(?:方向)?"), 0.84),
    (re.compile(rf"{_HAN}{{2,7}}(?:大桥|隧道|立交){_DIRECTION}(?:{_STAKE})?"), 0.83),
    (re.compile(rf"{_ROAD}{_DIRECTION}"), 0.82),
    (re.compile(r"[GSgs]\d{1,4}(?![\d元块])" + rf"(?:{_NAME}高速)?"), 0.6),
    (
        re.compile(
            rf"(?:{_HAN}{{2}})?地铁(?:站)?{_N}号线(?:{_DIRECTION})?(?:{_HAN}{{1,7}}?站)?(?:[A-Ha-h]\d?"
            rf"(?:出入?|进站|出)?口|{_N}号口)?"
        ),
        0.85,
    ),
    (re.compile(rf"(?:地铁)?{_N}号线(?:往|去|开往|到)?{_HAN}{{1,6}}?方向的?(?:地铁|车厢?|列车)(?:上|里)?"), 0.9),
    (re.compile(rf"{_N}号线{_HAN}{{1,7}}?站(?:[A-Ha-h]\d?出?口)?"), 0.83),
    (re.compile(rf"{_N}路(?:公交车?|车)(?:上|{_DIRECTION})"), 0.75),
    (re.compile(rf"{_N}路(?:公交车?|车)"), 0.65),
    (re.compile(rf"(?<=[在到]){_HAN}{{2,6}}?站(?![着在起住岗台出牌ABCD])"), 0.7),
    (re.compile(rf"(?<=区叫){_HAN}{{2,8}}(?=[,.]|$)|(?<=村叫){_HAN}{{2,8}}(?=[,.]|$)"), 0.7),
    (re.compile(rf"{_N}路{_DIRECTION}"), 0.7),
)
_MENTIONED = re.compile(
    r"[GSgs]\d|大桥|隧道|立交|高速|高架|绕城|[国省]道|快速路|号线|[\d零一二三四五六七八九十百两幺]路|站|[区村]叫"
)
"""Without any of these there is no special place but a crossroads."""
_ROAD_NAME = rf"(?:和平|(?:(?![在是的了有从我你他她着和跟与到])({_HAN}))){{1,12}}?(?:路|街|大道|巷|弄)".replace(
    "(" + _HAN + ")", _HAN
)
_CROSS = re.compile(
    rf"{_ROAD_NAME}(?:和|跟|与|、|,|交|到)?{_ROAD_NAME}(?:的)?(?:交叉路?口|十字路口"
    r"|交[汇界叉]处?|路?口|的?红绿灯)"
)
_BESIDE = re.compile(
    rf"{_ROAD_NAME}(?:靠近|近|靠|离){_ROAD_NAME}(?:的)?(?:那边|那里)?(?:的)?(?:工地|路口|口|红绿灯|人行道|公交站|路段)?"
)
_LEAD = re.compile(r"^(?:就|我|人|停|开|在|到|往|从|正|刚|车|今天|昨天|上(?![三虞海城饶])|走|沿)+")


def special(text: str) -> Iterator[Find]:
    """Every special place in the sentence."""
    if _MENTIONED.search(text):
        for pattern, confidence in _PATTERNS:
            for match in pattern.finditer(text):
                yield _trimmed(match, confidence)
    if "路" not in text and "街" not in text and "道" not in text and "巷" not in text:
        return
    for match in _BESIDE.finditer(text) if "近" in text or "靠" in text or "离" in text else ():
        yield _trimmed(match, 0.8)
    for match in _CROSS.finditer(text):
        yield _trimmed(match, 0.88)


def _trimmed(match: re.Match[str], confidence: float) -> Find:
    lead = _LEAD.match(match[0])
    start = match.start() + (lead.end() if lead else 0)
    return Find(match.string[start : match.end()], start, match.end(), confidence)
