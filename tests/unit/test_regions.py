"""Names of regions: as written, by another name, misheard, ambiguous; and a gazetteer that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from intents.regions import Gazetteer, RegionsError, parse_regions
from intents.slots import extract, parse_reply
from intents.slots.regions import CITIES

FILE = Path(__file__).resolve().parents[2] / "config" / "regions.yaml"
REGIONS = parse_regions(YAML(typ="safe").load(FILE.read_text("utf-8")))


def small(**changes: Any) -> dict[str, Any]:
    town = {"name": "新街街道", "aliases": ["新街镇"]}
    county = {"name": "萧山区", "code": "330109", "towns": ["城厢街道", town]}
    city = {"name": "杭州市", "code": "330100", "counties": [county]}
    return {"province": {"name": "浙江省", "code": "330000"}, "cities": [city], **changes}


def codes(place: str) -> list[str | None]:
    return [region.code for region in REGIONS.locate(place)]


@pytest.mark.parametrize(("city", "counties"), CITIES)
def test_every_city_and_county_that_is_understood_has_a_code(city: str, counties: tuple[str, ...]) -> None:
    (found,) = REGIONS.lookup(f"{city}市")
    for county in counties:
        inside = [one for one in REGIONS.lookup(county) if one.level == "county" and one.within(found)]
        assert [one.code is not None and one.code[:4] == (found.code or "")[:4] for one in inside] == [True], county


@pytest.mark.parametrize(
    ("said", "full_name", "code"),
    [
        ("萧山区", "浙江省杭州市萧山区", "330109"),
        ("萧山", "浙江省杭州市萧山区", "330109"),
        ("肖山", "浙江省杭州市萧山区", "330109"),
        ("余航", "浙江省杭州市余杭区", "330110"),
        ("江干区", "浙江省杭州市上城区", "330102"),
        ("新街镇", "浙江省杭州市萧山区新街街道", "330109"),
        ("景宁", "浙江省丽水市景宁畲族自治县", "331127"),
        ("闸弄囗街道", "浙江省杭州市上城区闸弄口街道", "330102"),
    ],
)
def test_a_name_is_found_as_people_say_it(said: str, full_name: str, code: str) -> None:
    (found,) = REGIONS.lookup(said)
    assert (found.full_name, found.code) == (full_name, code)


def test_namesakes_are_all_returned_until_something_tells_them_apart() -> None:
    assert {one.full_name for one in REGIONS.lookup("长河")} == {
        "浙江省杭州市滨江区长河街道",
        "浙江省宁波市慈溪市长河镇",
    }
    assert codes("慈溪长河") == ["330282"]
    assert codes("滨江长河街道") == ["330108"]
    assert len(codes("城南街道")) > 1
    assert codes("绍兴城南街道") == ["330602"]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("萧山新街镇盈中村", ["330109"]),
        ("柯桥华舍那个中石化", ["330603"]),
        ("余杭", ["330110"]),
        ("G60往杭州方向诸暨段", ["330681"]),
        ("萧山路12号", []),
        ("建设路", []),
        ("钱塘江边", []),
        ("文三路259号", []),
        ("", []),
    ],
)
def test_a_place_lies_in_its_smallest_region(place: str, expected: list[str]) -> None:
    assert codes(place) == expected


def test_the_place_of_a_sentence_has_its_region_and_a_misheard_name_put_right() -> None:
    text = "我在余航五常街道西溪永乐城8幢被打了"
    place = next(slot for slot in extract(text, REGIONS) if slot.name == "location")
    assert place.value == "余杭五常街道西溪永乐城8幢"
    assert place.quote == "余航五常街道西溪永乐城8幢"
    assert [region.code for region in place.regions] == ["330110"]


@pytest.mark.parametrize("place", ["沁园公寓3幢801", "新元路", "沁园", "一乌商贸城"])
def test_a_name_that_only_happens_to_sound_like_a_region_stays(place: str) -> None:
    assert REGIONS.correct(place) == place


@pytest.mark.parametrize(
    ("heard", "right"), [("肖山区宁围", "萧山区宁围"), ("余航五常街道", "余杭五常街道"), ("肖山临浦镇", "萧山临浦镇")]
)
def test_a_misheard_region_is_put_right_when_it_is_sure(heard: str, right: str) -> None:
    assert REGIONS.correct(heard) == right


def test_a_bare_town_is_a_place_only_where_it_is_known() -> None:
    text = "我在四季青买的货"
    assert all(slot.name != "location" for slot in extract(text))
    assert [slot.value for slot in extract(text, REGIONS) if slot.name == "location"] == ["四季青"]


def test_a_reply_is_located_too() -> None:
    slot = parse_reply("location", "肖山临浦镇", REGIONS)
    assert slot is not None
    assert (slot.value, [region.code for region in slot.regions]) == ("萧山临浦镇", ["330109"])


def test_an_empty_gazetteer_knows_nothing() -> None:
    nothing = Gazetteer()
    assert (len(nothing), nothing.lookup("萧山"), nothing.locate("萧山"), nothing.town_said("在萧山")) == (
        0,
        (),
        (),
        None,
    )
    assert nothing.correct("肖山") == "肖山"


def wrong_code(document: dict[str, Any]) -> None:
    document["cities"][0]["counties"][0]["code"] = "33010"


def number_for_code(document: dict[str, Any]) -> None:
    document["cities"][0]["code"] = 330100


def same_code(document: dict[str, Any]) -> None:
    document["cities"][0]["counties"][0]["code"] = "330100"


def twice(document: dict[str, Any]) -> None:
    document["cities"][0]["counties"][0]["towns"].append("城厢街道")


def short_name(document: dict[str, Any]) -> None:
    document["cities"][0]["counties"][0]["name"] = "萧山"


def unknown_key(document: dict[str, Any]) -> None:
    document["cities"][0]["town"] = []


def no_cities(document: dict[str, Any]) -> None:
    document["cities"] = []


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (wrong_code, r"cities\.0\.counties\.0\.code 不对.*六位数字"),
        (number_for_code, r"cities\.0\.code 不对.*引号"),
        (same_code, "萧山区 和 浙江省杭州市 的 code 都是 330100.*请改正"),
        (twice, "城厢街道 写了两次。请删掉一处"),
        (short_name, "应当以区、县或市结尾。请写全称"),
        (unknown_key, r"cities\.0\.town 不对"),
        (no_cities, "cities 不对"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_what_to_do(spoil: Any, told: str) -> None:
    document = small()
    spoil(document)
    with pytest.raises(RegionsError, match=f"config/regions.yaml：.*{told}"):
        parse_regions(document)
