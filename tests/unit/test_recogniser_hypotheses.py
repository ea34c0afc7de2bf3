"""From Vosk's JSON to hypotheses."""

from __future__ import annotations

import json

import pytest

from ivr.hypotheses import Scored, hypotheses, joined, n_best, partial, with_expected, without_spaces
from ivr.ports import Hypothesis


def _result(*alternatives: tuple[str, float]) -> str:
    return json.dumps({"alternatives": [{"text": text, "confidence": score} for text, score in alternatives]})


def test_alternatives_are_read_best_first_without_empty_ones() -> None:
    assert n_best(_result(("转 人工", -9.0), ("", -11.0))) == (Scored("转 人工", -9.0),)


def test_a_result_without_alternatives_is_one_hypothesis_or_none() -> None:
    assert n_best('{"text": "转 人工"}') == (Scored("转 人工", 0.0),)
    assert n_best('{"text": ""}') == ()


def test_an_unknown_shape_is_an_error_that_quotes_nothing() -> None:
    with pytest.raises(ValueError, match="unknown shape") as caught:
        n_best('{"alternatives": [{"words": "秘密"}]}')
    assert "秘密" not in str(caught.value)


def test_partial_text() -> None:
    assert partial('{"partial": "转 人"}') == "转 人"
    assert partial("{}") == ""


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("身份证 丢 了", "身份证丢了"),
        ("办 etc 卡", "办etc卡"),
        ("app store 扣 费", "app store扣费"),
        ("[unk] 是", "是"),
    ],
)
def test_spaces_stay_only_between_latin_words(words: str, written: str) -> None:
    assert without_spaces(words) == written


def test_segments_join_into_the_best_combinations() -> None:
    first = (Scored("我 在", -1.0), Scored("我 再", -3.0))
    second = (Scored("文三路", -2.0), Scored("问 三路", -2.5))
    both = joined([first, (), second], 3)
    assert [one.words for one in both] == ["我 在 文三路", "我 在 问 三路", "我 再 文三路"]
    assert joined([(), ()], 3) == ()


def test_confidences_are_shares_and_equal_texts_are_merged() -> None:
    heard = hypotheses([Scored("你 好", -10.0), Scored("你好", -10.0), Scored("您 好", -400.0)])
    assert [one.text for one in heard] == ["你好", "您好"]
    assert heard[0].confidence == pytest.approx(1.0)
    assert heard[1].confidence == pytest.approx(0.0)


def _free(*texts: str) -> tuple[Hypothesis, ...]:
    return tuple(Hypothesis(text, 0.5) for text in texts)


def test_a_phrase_that_fits_goes_first_and_free_speech_stays() -> None:
    heard = with_expected(_free("千步转", "先部长"), [Scored("先 不 转", -5.0), Scored("先 不 [unk]", -10.0)], 5)
    assert [one.text for one in heard] == ["先不转", "千步转", "先部长"]


def test_a_phrase_in_part_of_the_sound_does_not_count() -> None:
    free = _free("他拿刀砍我")
    assert with_expected(free, [Scored("[unk] 可以 [unk]", -5.0), Scored("可以", -9.0)], 5) == free


def test_a_list_never_takes_a_no_out_of_the_answer() -> None:
    heard = with_expected(_free("不可以", "可以"), [Scored("可以", -5.0)], 5)
    assert [one.text for one in heard] == ["不可以", "可以"]


def test_the_list_is_kept_to_its_limit() -> None:
    assert len(with_expected(_free("一", "二", "三"), [Scored("四", -1.0), Scored("五", -2.0)], 3)) == 3
