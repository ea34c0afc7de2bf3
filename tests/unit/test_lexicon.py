"""Names of things and misheard terms: longest name first, several meanings kept, wrong files refused by key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from intents.lexicon import Lexicon, LexiconError, parse_lexicon
from intents.normalise import normalise

ROOT = Path(__file__).parents[2]
LEXICON = Lexicon(
    {"驾驶证": ("驾照", "本子"), "户口簿": ("户口本", "本子"), "电动车": ("电瓶车",), "电池": ("电瓶",)},
    {"居住证": ("巨著证",), "工伤": ("工商认定",)},
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("驾照到期了", ("驾驶证",)),
        ("驾驶证到期了", ("驾驶证",)),
        ("本子丢了", ("驾驶证", "户口簿")),
        ("电瓶车和驾照", ("电动车", "驾驶证")),
        ("电瓶被偷", ("电池",)),
        ("没有", ()),
        ("", ()),
    ],
)
def test_concepts_named(text: str, named: tuple[str, ...]) -> None:
    assert LEXICON.concepts(text) == named


def test_misheard_terms_are_put_right() -> None:
    assert LEXICON.reread("我要办巨著证") == "我要办居住证"
    assert LEXICON.reread("我要办居住证") == "我要办居住证"


def test_an_empty_lexicon_knows_nothing() -> None:
    assert Lexicon().concepts("驾照") == ()
    assert Lexicon().reread("巨著证") == "巨著证"


@given(st.text(max_size=40))
def test_any_text_can_be_looked_up(text: str) -> None:
    form = normalise(text)
    assert LEXICON.concepts(form) == LEXICON.concepts(form)
    assert LEXICON.reread(LEXICON.reread(form)) == LEXICON.reread(form)


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"concept": {}}, "concept"),
        ({"concepts": {"驾驶证": "驾照"}}, "concepts.驾驶证"),
        ({"concepts": {"驾驶证": ["", "驾照"]}}, "concepts.驾驶证.0"),
        ({"homophones": {"居住证": [["巨著证"]]}}, "homophones.居住证.0"),
    ],
)
def test_a_wrong_file_is_refused_by_key(document: dict[str, object], where: str) -> None:
    with pytest.raises(LexiconError, match=f"lexicon.yaml：{where} 不对"):
        parse_lexicon(document)


def test_the_shipped_lexicon_connects_what_people_say() -> None:
    document = YAML(typ="safe").load((ROOT / "config" / "lexicon.yaml").read_text("utf-8"))
    lexicon = parse_lexicon(document)
    for said, meant in (("驾本", "驾驶证"), ("囡囡", "孩子"), ("小毛驴", "电动车"), ("执法局", "城管")):
        assert meant in lexicon.concepts(said)
    heard = [name for names in document["homophones"].values() for name in names]
    assert all(lexicon.reread(normalise(name)) != normalise(name) for name in heard)
