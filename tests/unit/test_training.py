"""Learning from labelled sentences: repeatable, balanced between few and many, explained feature by feature."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from intents.features import features
from intents.lexicon import Lexicon
from intents.training import Document, train

SENTENCES = (
    ("身份证丢了怎么补", "身份证到期了", "补办身份证", "身份证找不到"),
    ("路灯不亮", "门口路灯坏了", "路灯一闪一闪", "没有路灯黑乎乎"),
    ("楼上吵得睡不着", "半夜放音乐吵", "隔壁装修太吵", "吵死了"),
)


def made_of(text: str) -> Counter[str]:
    return features(text, Lexicon())


def documents(groups: tuple[tuple[str, ...], ...] = SENTENCES) -> list[Document]:
    return [Document(label, made_of(text)) for label, group in enumerate(groups) for text in group]


@pytest.mark.parametrize(("text", "label"), [("身份证没了", 0), ("路登不量", 1), ("晚上吵", 2)])
def test_it_learns(text: str, label: int) -> None:
    scores = train(documents(), 3).scores(made_of(text))
    assert int(scores.total.argmax()) == label
    assert 0 < scores.cosine[label] <= 1


def test_the_same_sentences_give_the_same_model() -> None:
    one, other = train(documents(), 3), train(documents(), 3)
    for name in ("starts", "columns", "prototype", "separator", "bias"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert list(one.space.numbers) == list(other.space.numbers)


def test_a_total_is_the_sum_of_its_contributions() -> None:
    model, counts = train(documents(), 3), made_of("路灯坏了吵")
    _, values = model.space.vector(counts)
    weights = sum(
        float(model.space.weights[model.space.numbers[each]]) ** 2 for each in counts if each in model.space.numbers
    )
    share = float(np.linalg.norm(values)) / weights**0.5
    for label in range(3):
        parts = sum(value for value, _ in model.contributions(counts, label))
        assert parts * share + float(model.bias[label]) == pytest.approx(
            float(model.scores(counts).total[label]), abs=1e-4
        )


def test_two_labels_and_one_label() -> None:
    two = train(documents(SENTENCES[:2]), 2)
    assert [int(two.scores(made_of(text)).total.argmax()) for text in ("身份证", "路灯")] == [0, 1]
    assert train(documents(SENTENCES[:1]), 1).scores(made_of("身份证")).cosine[0] > 0


def test_nothing_known_scores_nothing() -> None:
    scores = train(documents(), 3).scores(made_of("xyz"))
    assert not scores.cosine.any()
    assert not train(documents(), 3).scores(Counter()).cosine.any()
