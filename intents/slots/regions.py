"""Zhejiang's eleven cities with their districts, county-level cities and counties (2021 divisions)."""

from __future__ import annotations

CITIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "杭州",
        (
            "上城",
            "拱墅",
            "西湖",
            "滨江",
            "萧山",
            "余杭",
            "临平",
            "钱塘",
            "富阳",
            "临安",
            "桐庐",
            "淳安",
            "建德",
        ),
    ),
    ("宁波", ("海曙", "江北", "北仑", "镇海", "鄞州", "奉化", "余姚", "慈溪", "象山", "宁海")),
    (
        "温州",
        (
            "鹿城",
            "龙湾",
            "瓯海",
            "洞头",
            "永嘉",
            "平阳",
            "苍南",
            "文成",
            "泰顺",
            "瑞安",
            "乐清",
            "龙港",
        ),
    ),
    ("嘉兴", ("南湖", "秀洲", "嘉善", "海盐", "海宁", "平湖", "桐乡")),
    ("湖州", ("吴兴", "南浔", "德清", "长兴", "安吉")),
    ("绍兴", ("越城", "柯桥", "上虞", "新昌", "诸暨", "嵊州")),
    ("金华", ("婺城", "金东", "武义", "浦江", "磐安", "兰溪", "义乌", "东阳", "永康")),
    ("衢州", ("柯城", "衢江", "常山", "开化", "龙游", "江山")),
    ("舟山", ("定海", "普陀", "岱山", "嵊泗")),
    ("台州", ("椒江", "黄岩", "路桥", "三门", "天台", "仙居", "温岭", "临海", "玉环")),
    ("丽水", ("莲都", "青田", "缙云", "遂昌", "松阳", "云和", "庆元", "景宁", "龙泉")),
)

CITY_NAMES: tuple[str, ...] = tuple(city for city, _ in CITIES)
COUNTY_NAMES: tuple[str, ...] = tuple(county for _, counties in CITIES for county in counties)
COMMON_WORDS = frozenset({"天台", "江山", "三门", "路桥", "开化", "长兴", "江北", "文成", "云和", "龙泉"})
"""Names that are also ordinary words or parts of them: they count only with 市, 区, 县 or their city."""
