"""Words to the pinyin that espeak-ng's cmn-latn-pinyin voice reads."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.pronounce import pinyin


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("您好，这里是一电通。", "nin2 hao3, zhe4 li3 shi4 yi2 dian4 tong1."),
        ("银行行长", "yin2 hang2 hang2 zhang3"),
        ("重新办理，严重", "chong2 xin1 ban4 li3, yan2 zhong4"),
        ("派出所处理", "pai4 chu1 suo3 chu3 li3"),
        ("台州乐清", "tai1 zhou1 yue4 qing1"),
        ("律师，女儿", "lv4 shi1, nv3 er2"),
        ("看得见", "kan4 de5 jian4"),
        ("单先生", "shan4 xian1 sheng1"),
        ("简单先登记", "jian3 dan1 xian1 deng1 ji4"),
        ("不要，不能", "bu2 yao4, bu4 neng2"),
        ("一个，一天，一起", "yi2 ge4, yi4 tian1, yi4 qi3"),
        ("第一，统一，一月一号", "di4 yi1, tong3 yi1, yi1 yue4 yi1 hao4"),
        ("二零一一年", "er4 ling2 yi1 yi1 nian2"),
        ("幺幺零", "yao1 yao1 ling2"),
    ],
)
def test_readings(words: str, expected: str) -> None:
    assert pinyin(words) == expected


@given(
    st.text(st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF) | st.sampled_from("，。？！一不得"), max_size=40)
)
def test_only_syllables_and_pauses(words: str) -> None:
    assert re.fullmatch(r"(?:[a-z]{1,6}[1-5][,.?!]?(?: |$))*", pinyin(words))
