"""The trained model on disk: the same as trained, kept once, trained again when damaged or when texts change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from frontdesk.trained_model import KEPT, trained_model
from intents.catalogue import Catalogue, Smalltalk
from intents.features import features
from intents.lexicon import Lexicon
from intents.model import Model

LEXICON = Lexicon()
CATALOGUE = Catalogue(
    [
        Smalltalk(id="hello", kind="smalltalk", title="问好", examples=("你好", "早上好"), reply="您好"),
        Smalltalk(id="thanks", kind="smalltalk", title="道谢", examples=("谢谢", "多谢啦"), reply="不客气"),
    ]
)


def ask(folder: Path, *texts: str) -> Model:
    return trained_model(CATALOGUE, LEXICON, texts or ("same",), folder)


def totals(model: Model, text: str = "谢谢你早") -> list[float]:
    return [round(float(value), 6) for value in model.scores(features(text, LEXICON)).total]


def test_the_kept_model_scores_like_the_trained_one(tmp_path: Path) -> None:
    trained = ask(tmp_path)
    (file,) = tmp_path.glob("*.npz")
    written = file.stat().st_mtime_ns
    kept = ask(tmp_path)
    assert totals(kept) == totals(trained)
    assert np.array_equal(kept.columns, trained.columns)
    assert file.stat().st_mtime_ns == written


@pytest.mark.parametrize("damage", [b"", b"not a model", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_trained_again(tmp_path: Path, damage: bytes) -> None:
    expected = totals(ask(tmp_path))
    (file,) = tmp_path.glob("*.npz")
    file.write_bytes(damage)
    assert totals(ask(tmp_path)) == expected
    assert len(file.read_bytes()) > len(damage)


def test_a_file_cut_anywhere_is_trained_again(tmp_path: Path) -> None:
    expected = totals(ask(tmp_path))
    (file,) = tmp_path.glob("*.npz")
    whole = file.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        file.write_bytes(whole[: int(len(whole) * share)])
        assert totals(ask(tmp_path)) == expected


def test_other_texts_are_another_model_and_old_ones_go(tmp_path: Path) -> None:
    for version in range(KEPT + 3):
        ask(tmp_path, f"version {version}")
    assert len(list(tmp_path.glob("*.npz"))) == KEPT


def test_a_folder_that_cannot_be_made_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert totals(ask(tmp_path / "file" / "models")) == totals(ask(tmp_path))
