"""Where: the exact words of the place, without the verb that leads to it or the event that follows it.

The sentence is cut at words that cannot stand inside a place. In each piece the building blocks are found
(division, road, named building, number, position beside something); the piece up to its last block is a candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from intents.slots import people, phone, plate, time
from intents.slots.heard import BREAK
from intents.slots.place_special import special
from intents.slots.place_words import (
    ANCHOR,
    BRANDS,
    CONSULT,
    CUT,
    DIVISION,
    FAINT,
    GENERIC,
    KINDS,
    LEADING,
    NAME_END,
    NOT_FAINT,
    PROTECTED,
    QUESTION,
    RIVER,
)
from intents.slots.regions import CITY_NAMES
from intents.slots.slot import Find

_BREAK = re.compile(BREAK + "+")
_JOIN = re.compile(r"(?:[,、\s]|的|那边的?|那边那个|那个|这边的?|上的?|里面?的?|那[个条]|那里的?|靠近|和|跟)?")
_OWN = re.compile(r"(?:我们|我家|咱们|我|自己|楼[上下]|隔壁|门口|旁边|对面|[一二两三四五六七八九\d]{1,2}楼)")
"""What begins a clause of its own after a place: the caller's company, the shop downstairs."""
_GENERIC_JOIN = frozenset({"的", "那个", "那边的", "那边那个", "里的", "上的"})
_ROAD_END = re.compile(r"[路街道巷弄]$")
_HINT = 0.36
"""Less sure than this, the words only hint at a place that nobody else could find."""
_NAMED = 0.4
"""Less sure than this, the words before a comma are no place that the words after it continue."""
_MAX_NAME = 9
"""Longest run of characters between two building blocks."""
_MAX_PLACE = 40
_NEVER = re.compile(
    r"^送|网上|微信|支付宝|淘宝|抖音|手机|APP|平台|朋友圈|(?<!人)老?家里?$|心里|路上$|楼上$|社会上"
    r"|法院起诉|银行卡|银行贷|公司名",
    re.IGNORECASE,
)


class _Piece(NamedTuple):
    start: int
    end: int
    lead: str
    """What leads it in: 'prep' (在), 'move' (去), 'home' (我们小区), 'clause' (nothing) or 'word'."""


class _Block(NamedTuple):
    start: int
    end: int
    kind: str


def _pieces(text: str) -> Iterator[_Piece]:
    """The runs of text between cutting words, breaks, times, people and plates."""
    guarded = [match.span() for match in PROTECTED.finditer(text)]
    cuts = [(*match.span(), match.lastgroup or "word") for match in CUT.finditer(text)]
    cuts = [cut for cut in cuts if not any(start <= cut[0] and cut[1] <= end for start, end in guarded)]
    cuts += [(*match.span(), "clause") for match in _BREAK.finditer(text)]
    cuts += [(start, end, "clause") for start, end in time.spans(text)]
    cuts += [(start, end, "word") for start, end in people.spans(text)]
    for find in (phone.find(text), plate.find(text)):
        if find:
            cuts.append((find.start, find.end, "word"))
    position, lead = 0, "clause"
    for start, end, kind in sorted(cuts):
        if start > position:
            yield _Piece(position, start, lead)
            lead = kind
        elif not (lead == "prep" and kind == "clause"):
            lead = kind
        if start >= position and kind == "home":
            position, lead = start, "home"
            continue
        position = max(position, end)
    if position < len(text):
        yield _Piece(position, len(text), lead)


def _blocks(text: str, piece: _Piece) -> list[_Block]:
    """Building blocks of the piece, up to the first that is too far from the one before."""
    found: list[_Block] = []
    reached = piece.start
    for match in ANCHOR.finditer(text, piece.start, piece.end):
        if match.start() - reached > _MAX_NAME:
            break
        found.append(_Block(match.start(), match.end(), match.lastgroup or ""))
        reached = match.end()
    return found


_EVENT = re.compile(
    r"里|内|那边|那里|那儿|上(?!班|学|课)|(?:又|就|都)?有(?:人|个|一[个只条])|着火|起火|爆炸|塌"
    r"|打架|冒烟|被[^,.]{0,4}[了围堵撬]"
)


def _score(text: str, start: int, end: int, lead: str, blocks: list[_Block]) -> float:
    """How sure we are that these words name a place where something is."""
    said = text[start:end]
    kinds = {block.kind for block in blocks}
    named = not GENERIC.fullmatch(said)
    if not named:
        if lead in ("prep", "home"):
            return 0.33
        event = lead == "clause" and not QUESTION.search(text) and ("relation" in kinds or _EVENT.match(text, end))
        return 0.3 if event else 0.0
    if kinds <= {"relation"}:
        return {"prep": 0.45, "clause": 0.36}.get(lead, 0.0)
    if kinds <= {"detail", "relation"} and blocks[0].start == start:
        return 0.36 if lead in ("prep", "home", "clause") and not re.fullmatch(r".*(?:号|期|组|号线)", said) else 0.0
    bare = kinds == {"division"} and DIVISION.fullmatch(said)
    score = 0.45 + 0.12 * ("division" in kinds) + 0.12 * ("detail" in kinds) + 0.08 * ("relation" in kinds)
    score += {"prep": 0.25, "home": 0.2, "clause": 0.1, "move": -0.12, "word": -0.02}.get(lead, 0.0)
    if bare:
        score -= 0.3
        if said.removesuffix("市") in CITY_NAMES:
            score = min(score, 0.38)
        if lead not in ("prep", "clause") or CONSULT.match(text[end:]) or QUESTION.search(text):
            score = 0.2
    elif QUESTION.search(text) and len(blocks) == 1 and not kinds & {"detail", "division"}:
        score -= 0.1 if lead == "prep" else 0.2
    return min(score, 0.45 if RIVER.fullmatch(said) else 0.95)


def _candidate(text: str, piece: _Piece) -> tuple[Find, str] | None:
    blocks = _blocks(text, piece)
    start, end = piece.start, piece.end
    while start < end and text[start] in " ":
        start += 1
    if blocks:
        lead_words = text[start : blocks[0].start] if piece.lead != "home" else ""
        leading = LEADING.match(lead_words)
        start += leading.end() if leading else 0
        if blocks[0].kind == "division" and blocks[0].start - start >= 2:
            start, piece = blocks[0].start, piece._replace(lead="word")
        end = blocks[-1].end
        end = _tail(text, piece, blocks, end)
    else:
        unnamed = _unnamed(text, piece)
        return (unnamed, piece.lead) if unnamed else None
    if end - start < 2 or end - start > _MAX_PLACE or _NEVER.search(text[start:end]):
        return None
    score = _score(text, start, end, piece.lead, blocks)
    return Find(text[start:end], start, end, round(score, 2)), piece.lead


_BARE_ROOM = re.compile(r"[零一二三四五六七八九幺\d]{3,4}")
_TOWN_END = re.compile(r"(?:街道|[\u4e00-\u9fff][镇乡])$")
_TAIL = re.compile(r"[一-鿿A-Za-z0-9]{1,5}")
_NOT_TAIL = re.compile(
    r"[人事打车点开做干办着吃见修停关疼看去电火声响睡话钱走过时候级活乱等叫报用房租学飞没有个被想能可以不用元块万]"
    r"|违|附近|那|这|工资|合同|户口|社保|垃圾|音乐|噪|居|落户|户籍"
    r"|^(?:下|一|本|里|上|边|医|公积|限|车|老家|天气)|[雨雪]$"
)
_THERE = re.compile(r"(?:那里|那边|那儿|这里|这边|这儿|那块|这块|那一?带)")


def _tail(text: str, piece: _Piece, blocks: list[_Block], end: int) -> int:
    """After a division, a short name that fills the rest of its piece belongs to it: 在海宁硖石."""
    if (
        piece.lead in ("prep", "clause")
        and end < piece.end
        and (blocks[-1].kind == "division" or _TOWN_END.search(text[:end]))
    ):
        tail = _TAIL.fullmatch(text, end, piece.end)
        if tail and not _NOT_TAIL.search(tail[0]):
            return piece.end
    return end


_ACTION = re.compile(
    r"^"
    r"(?:[用喝吃玩打吵闹哭叫喊骂砸敲追跑跳站坐躺睡等找问查办写读念学看听说讲做弄修拆挖建盖盯跟催处进调发放收卖买交付拖欠搬装拉推举抢偷骗赌抽烧冒滴流漏响转晃动变下上开关停走排爬翻撬撞抱拿拍拽扔丢聊加赶忙群网操一不]"
    r"|施工|营业|维修|直播|传销|线上|外面|里面|家|身边|旁边|后面|前面|这|那|我|他)"
)


def _unnamed(text: str, piece: _Piece) -> Find | None:
    """A name without any known building block, said to be a place: 在硖石, 硖石那边."""
    said = text[piece.start : piece.end].strip()
    there = _THERE.match(text, piece.end)
    ends = piece.end == len(text) or _BREAK.match(text, piece.end) or there
    if not ends or not (piece.lead == "prep" or (there and piece.lead == "clause")):
        return None
    if not 2 <= len(said) <= 8 or _ACTION.search(said) or _NOT_TAIL.search(said) or _NEVER.search(said):
        return None
    start = piece.start + (len(text[piece.start : piece.end]) - len(text[piece.start : piece.end].lstrip()))
    called = piece.lead == "prep" and len(said) >= 3 and NAME_END.search(said)
    return Find(said, start, start + len(said), 0.5 if called else 0.38)


def _merged(text: str, found: list[tuple[Find, str]]) -> list[Find]:
    """Candidates that continue one another (comma or 的 between them) become one."""
    merged: list[Find] = []
    for find, lead in found:
        if merged and merged[-1].confidence >= _HINT:
            last = merged[-1]
            gap = text[last.end : find.start]
            roads = _ROAD_END.search(str(last.value)) is not None
            continues = (
                _JOIN.fullmatch(gap)
                and not (
                    gap.startswith((",", "、"))
                    and (
                        (last.confidence < _NAMED and not ANCHOR.search(str(last.value)))
                        or _OWN.match(str(find.value)) is not None
                        or GENERIC.fullmatch(str(find.value)) is not None
                    )
                )
                and lead in ("word", "clause", "home")
                and (gap not in ("和", "跟") or roads)
            )
            if find.confidence <= 0:
                continues = continues and gap in _GENERIC_JOIN
            if continues and find.end - last.start <= _MAX_PLACE:
                value = text[last.start : find.end]
                confidence = round(min(0.95, max(last.confidence, find.confidence) + 0.05), 2)
                merged[-1] = Find(value, last.start, find.end, confidence)
                continue
        merged.append(find)
    return [find for find in merged if find.confidence > 0]


_CORRECTION = re.compile(
    r"不(?:是|在)(?!吗|吧|的|啊)[^,.;!?]{1,15}?[,.;!?\s]?(?:而|应该)?(?:是在?|在)(?!不)"
    r"|(?:不对|[说讲搞弄打写听]错|错了|更正|更改|改一?下)[^是在成]{0,6}(?<!不)(?:是在?|在|成)"
)


def corrected(text: str) -> str:
    """The sentence, blank up to what a correction puts right (不是彩虹城是[彩虹豪庭]); empty if there is none."""
    end = max((match.end() for match in _CORRECTION.finditer(text)), default=0)
    return "," * end + text[end:] if end else ""


_THAT = re.compile(
    rf"(?:^|(?<=[,.\s]))(?:[我人]?(?:就|正|还)?(?:在|到))?(?![我你他她这那有])(?P<name>[\u4e00-\u9fff]{{2,6}}?)"
    rf"(?:那边的?|那个|那条|那家|那里的?|旁边的?|后面的?|对面的?)(?:{KINDS}|{BRANDS})"
)


def _that(text: str) -> Iterator[Find]:
    """三堡那个观潮台: an unknown name and, pointed at from there, a kind of place."""
    for match in _THAT.finditer(text):
        if not (
            GENERIC.fullmatch(match["name"])
            or _ACTION.search(match["name"])
            or _NOT_TAIL.search(match["name"])
            or CUT.search(match["name"])
        ):
            yield Find(text[match.start("name") : match.end()], match.start("name"), match.end(), 0.62)


def _best(text: str) -> Find | None:
    found = [candidate for piece in _pieces(text) if (candidate := _candidate(text, piece))]
    return max(
        (*_merged(text, found), *special(text), *_that(text)),
        key=lambda one: (one.confidence, one.end - one.start),
        default=None,
    )


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The best place of the sentence. `lenient` is for replies, which are read in `replies`."""
    del lenient
    if (renamed := corrected(text)) and (place := _best(renamed)) and place.confidence >= _HINT:
        return place._replace(confidence=max(place.confidence, 0.6))
    best = _best(text)
    if best is None or best.confidence < _HINT:
        return _faint(text) or best
    return best


_INDOORS = re.compile(r"(?:我们?)?(?:厂里|医院|学校|单位|工地上?|店里|车间里?|宿舍里?)(?=[^,.]{3})")
_FAINT_LEAD = re.compile(r"(?:在|到|停在)$")


def _faint(text: str) -> Find | None:
    for match in FAINT.finditer(text):
        lead = _FAINT_LEAD.search(text[: match.start()])
        there = match.start() == 0 or text[match.start() - 1] in ",. "
        if (lead or (there and _EVENT.match(text, match.end()))) and not NOT_FAINT.match(text[match.end() :]):
            return Find(match[0], *match.span(), 0.35)
    if not QUESTION.search(text) and (indoors := _INDOORS.match(text)):
        return Find(indoors[0], *indoors.span(), 0.3)
    return None
