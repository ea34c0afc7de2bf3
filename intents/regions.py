"""Which district, county or town a place lies in: config/regions.yaml, read as citizens say the names.

A name is found as written, by another name (萧山, 江干), by its sound (余航 → 余杭区) or, when long, with one wrong
character. Several places of one name are all returned: nobody is sent to the wrong one of two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from rapidfuzz.distance import Indel

from intents.normalise import clean
from intents.pinyin import folded

Level = Literal["province", "city", "county", "town"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=20)]
Code = Annotated[str, StringConstraints(pattern=r"^\d{6}(?:\d{3}){0,2}$")]

_KINDS: dict[Level, re.Pattern[str]] = {
    "province": re.compile(r"省$"),
    "city": re.compile(r"市$"),
    "county": re.compile(r"(?:区|县|市)$"),
    "town": re.compile(r"(?:街道|镇|乡)$"),
}
_PART_OF_A_NAME = re.compile(r"江(?![街区镇])|[东南西北中一二三]?[路街巷弄塘]|大道|公路|高速|方向|大桥|[东西]路")
"""After a region's short name: 萧山路, 西湖大道, 往杭州方向 lie somewhere else."""
_LED = re.compile(r"(?:在|到|从|住|去|来)(?:了)?$")
_GOES_ON = re.compile(r"[,.!?;\s]|$|[我被买有丢打的上开做租这那发出工]")
_FUZZY_LENGTH = 4
_SHORTEST_NAME = 2


class RegionsError(ValueError):
    """config/regions.yaml cannot be used; says which entry is wrong and what to write."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    code: Code | None = None
    aliases: tuple[Name, ...] = ()


class _County(_Entry):
    code: Code
    towns: tuple[Name | _Entry, ...] = ()


class _City(_Entry):
    code: Code
    counties: tuple[_County, ...] = ()


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    province: _Entry
    cities: tuple[_City, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Region:
    """A division by its official name. `own_code` is None for a town whose code the file does not give."""

    name: str
    level: Level
    own_code: str | None = None
    parent: Region | None = None

    @property
    def full_name(self) -> str:
        """With everything it lies in: 浙江省杭州市萧山区新街街道."""
        return f"{self.parent.full_name if self.parent else ''}{self.name}"

    @property
    def code(self) -> str | None:
        """Its GB/T 2260 code, else that of the division around it."""
        return self.own_code or (self.parent.code if self.parent else None)

    def within(self, other: Region) -> bool:
        """True if it is the other or lies in it."""
        return self == other or (self.parent is not None and self.parent.within(other))


@dataclass(frozen=True)
class Named:
    """One mention: where in the text, what it can be, and how it was recognised."""

    start: int
    end: int
    regions: tuple[Region, ...]
    by: Literal["name", "sound", "spelling"]


class Gazetteer:
    """All regions, by every name they go by. Pure and reusable; without arguments it knows none."""

    def __init__(self, regions: Mapping[Region, tuple[str, ...]] | None = None) -> None:
        self._named: dict[str, tuple[Region, ...]] = {}
        self._full: set[str] = set()
        for region, aliases in (regions or {}).items():
            short = _KINDS[region.level].sub("", region.name)
            self._full.add(region.name)
            for name in dict.fromkeys((region.name, *aliases, *((short,) if len(short) >= 2 else ()))):
                self._named[name] = (*self._named.get(name, ()), region)
        self._pattern = _any_of(self._named)
        self._sounds: dict[tuple[str, ...], tuple[Region, ...]] = {}
        for name, found in self._named.items():
            sound = folded(name)
            known = self._sounds.get(sound, ())
            self._sounds[sound] = (*known, *(one for one in found if one not in known))
        self._towns = _any_of(
            {name: 0 for name, found in self._named.items() if name not in self._full and _towns_only(found)}
        )

    def __len__(self) -> int:
        return len({region for found in self._named.values() for region in found})

    def lookup(self, name: str) -> tuple[Region, ...]:
        """The regions of this name: as written, else by sound, else with one wrong character. Several are namesakes."""
        said = clean(name).replace(" ", "")
        return _outermost(self._named.get(said) or self._sounds.get(folded(said)) or self._misspelt(said))

    def locate(self, place: str) -> tuple[Region, ...]:
        """The smallest region that the words of a place name; several if they do not tell which of the namesakes."""
        found: tuple[Region, ...] = ()
        for named in self.mentions(place):
            inside = tuple(one for one in named.regions if any(one.within(outer) for outer in found))
            if inside:
                found = inside
            elif not found:
                found = named.regions
            else:
                around = tuple(one for one in found if any(one.within(other) for other in named.regions))
                found = around or found
        return _outermost(found)

    def mentions(self, place: str) -> Iterator[Named]:
        """Every region named in the words of a place, left to right; at their beginning also by sound."""
        reached = -1
        for named in (*self._heard(place), *self._written(place)):
            if named.start < reached:
                continue
            towns = _towns_only(named.regions) and place[named.start : named.end] not in self._full
            alone = named.start == 0 and named.end == len(place)
            if towns and not (alone or named.start == reached):
                continue
            reached = named.end
            yield named

    def correct(self, place: str) -> str:
        """The words of a place with a misheard region at their beginning put right: 余航五常 → 余杭五常."""
        for named in self._heard(place):
            if len(named.regions) == 1 and (named.end < len(place) or len(place) > _SHORTEST_NAME):
                size = named.end - named.start
                names = [name for name, found in self._named.items() if named.regions[0] in found and len(name) == size]
                sound = folded(place[named.start : named.end])
                right = next((name for name in names if folded(name) == sound), None)
                return place if right is None else place[: named.start] + right + place[named.end :]
        return place

    def town_said(self, text: str) -> tuple[int, int] | None:
        """Where a sentence says that something is in a town, by its bare name: 我在四季青买的货."""
        if self._towns is not None:
            for match in self._towns.finditer(text):
                if _LED.search(text[: match.start()]) and _GOES_ON.match(text, match.end()):
                    return match.span()
        return None

    def _written(self, place: str) -> Iterator[Named]:
        if self._pattern is None:
            return
        for match in self._pattern.finditer(place):
            if match[0] in self._full or not _PART_OF_A_NAME.match(place, match.end()):
                yield Named(*match.span(), self._named[match[0]], "name")

    def _heard(self, place: str) -> Iterator[Named]:
        """A region that only sounds like the beginning of the place, when what follows bears it out.

        沁园公寓 is no 庆元: a short name counts only alone or before a place inside it, a whole one (肖山区) always.
        """
        if self._pattern is None or self._pattern.match(place):
            return
        for size in (6, 5, 4, 3, 2):
            said = place[:size]
            sound = folded(said)
            if len(said) < size or sound not in self._sounds:
                continue
            follows = self._pattern.match(place, size)
            inside = self._named[follows[0]] if follows else ()
            found = tuple(
                one
                for one in self._sounds[sound]
                if folded(one.name) == sound
                or (one.level != "town" and (len(place) == size or any(other.within(one) for other in inside)))
            )
            if found:
                yield Named(0, size, found, "sound")
                return

    def _misspelt(self, said: str) -> tuple[Region, ...]:
        if len(said) < _FUZZY_LENGTH:
            return ()
        near = (name for name in self._named if len(name) >= _FUZZY_LENGTH and Indel.distance(name, said) <= 2)
        return tuple(dict.fromkeys(region for name in near for region in self._named[name]))


def parse_regions(document: Mapping[str, Any], file: str = "config/regions.yaml") -> Gazetteer:
    """The gazetteer. Raises RegionsError naming the entry and what to write there."""
    try:
        parsed = _Document.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RegionsError(
            f"{file}：{where} 不对（{first['msg']}，写的是 {str(first['input'])[:40]!r}）。"
            '名称写两到二十个字，代码写带引号的六位数字（如 "330109"），文件开头有说明'
        ) from error
    regions: dict[Region, tuple[str, ...]] = {}
    codes: dict[str, Region] = {}

    def add(entry: _Entry, level: Level, parent: Region | None) -> Region:
        region = Region(entry.name, level, entry.code, parent)
        if region in regions:
            raise RegionsError(f"{file}：{region.full_name} 写了两次。请删掉一处")
        if not _KINDS[level].search(entry.name):
            kinds = {"province": "省", "city": "市", "county": "区、县或市", "town": "街道、镇或乡"}[level]
            raise RegionsError(f"{file}：{region.full_name} 应当以{kinds}结尾。请写全称，简称写进 aliases")
        if entry.code is not None and entry.code in codes:
            raise RegionsError(
                f"{file}：{region.full_name} 和 {codes[entry.code].full_name} 的 code 都是 {entry.code}。请改正其中一个"
            )
        if entry.code is not None:
            codes[entry.code] = region
        regions[region] = entry.aliases
        return region

    province = add(parsed.province, "province", None)
    for city in parsed.cities:
        around = add(city, "city", province)
        for county in city.counties:
            inside = add(county, "county", around)
            for town in county.towns:
                add(_Entry(name=town) if isinstance(town, str) else town, "town", inside)
    return Gazetteer(regions)


def _any_of(names: Mapping[str, object]) -> re.Pattern[str] | None:
    return re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True))) if names else None


def _towns_only(regions: tuple[Region, ...]) -> bool:
    return all(region.level == "town" for region in regions)


def _outermost(regions: tuple[Region, ...]) -> tuple[Region, ...]:
    """余杭区 rather than 余杭街道 inside it; true namesakes stay."""
    return tuple(one for one in regions if not any(one != other and one.within(other) for other in regions))
