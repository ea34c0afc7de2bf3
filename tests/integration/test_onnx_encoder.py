"""A plugged-in sentence encoder: a real, tiny ONNX model, and every way in which the folder can be wrong."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from frontdesk.cli.check import Check
from frontdesk.cli.doctor import encoder_checks
from frontdesk.onnx_encoder import EncoderUnusable, OnnxEncoder, meaning
from frontdesk.settings import Settings
from intents.catalogue import Catalogue, Smalltalk
from intents.encoder import Meaning, centroids_of
from intents.lexicon import Lexicon
from intents.matcher import Matcher
from intents.training import train_catalogue

LETTERS = "你好早上谢了多啦"
WIDTH = 6
CATALOGUE = Catalogue(
    [
        Smalltalk(id="hello", kind="smalltalk", title="问好", examples=("你好", "早上好"), reply="您好"),
        Smalltalk(id="thanks", kind="smalltalk", title="道谢", examples=("谢谢", "多谢啦"), reply="不客气"),
    ]
)
LEXICON = Lexicon()


def write_tokenizer(folder: Path) -> None:
    words = {"[UNK]": 0, **{letter: number for number, letter in enumerate(LETTERS, start=1)}}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))


def write_model(folder: Path, table: np.ndarray[Any, Any], *, pooled: bool = False, named: str = "input_ids") -> None:
    """States are rows of the table; nothing else is learnt."""
    nodes = [helper.make_node("Gather", ["table", named], ["states"])]
    output = helper.make_tensor_value_info("states", TensorProto.FLOAT, ["batch", "tokens", table.shape[1]])
    if pooled:
        nodes.append(helper.make_node("ReduceMean", ["states"], ["pooled"], axes=[1], keepdims=0))
        output = helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["batch", table.shape[1]])
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(named, TensorProto.INT64, ["batch", "tokens"])],
        [output],
        [numpy_helper.from_array(table, "table")],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), folder / "model.onnx"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "encoder"
    made.mkdir()
    write_tokenizer(made)
    write_model(made, np.random.default_rng(1).normal(size=(len(LETTERS) + 1, WIDTH)).astype(np.float32))
    return made


def test_rows_have_length_one_and_the_company_of_longer_texts_changes_nothing(folder: Path) -> None:
    encoder = OnnxEncoder(folder)
    alone, together = encoder.encode(["你好"]), encoder.encode(["你好", "早上好多谢啦"])
    assert alone.shape == (1, WIDTH) == (1, encoder.dimensions)
    assert alone.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx([1, 1], abs=1e-6)
    assert together[0] == pytest.approx(alone[0], abs=1e-6)


def test_many_texts_are_encoded_in_their_order(folder: Path) -> None:
    encoder = OnnxEncoder(folder)
    texts = [letter * (1 + number % 3) for number, letter in enumerate(LETTERS * 9)]
    assert encoder.encode(texts) == pytest.approx(np.concatenate([encoder.encode([text]) for text in texts]), abs=1e-6)


def test_the_encoded_catalogue_is_kept_and_made_again_when_it_changes(folder: Path) -> None:
    kept = folder.parent / "kept"
    first = meaning("encoder", folder.parent, kept, CATALOGUE)
    (file,) = kept.glob("encoder-*.npy")
    written = file.stat().st_mtime_ns
    again = meaning("encoder", folder.parent, kept, CATALOGUE)
    assert first is not None
    assert again is not None
    assert np.array_equal(first.centroids, again.centroids)
    assert file.stat().st_mtime_ns == written
    file.write_bytes(b"damaged")
    mended = meaning("encoder", folder.parent, kept, CATALOGUE)
    assert mended is not None
    assert np.array_equal(first.centroids, mended.centroids)
    other = Catalogue([*CATALOGUE, Smalltalk(id="bye", kind="smalltalk", title="再见", examples=("早",), reply="再见")])
    grown = meaning("encoder", folder.parent, kept, other)
    assert grown is not None
    assert grown.centroids.shape == (3, WIDTH)
    assert len(list(kept.glob("encoder-*.npy"))) == 1


def test_without_the_setting_there_is_no_encoder(tmp_path: Path) -> None:
    assert meaning("", tmp_path, tmp_path, CATALOGUE) is None


def test_a_folder_without_the_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnusable, match=r"encoder_model.*model\.onnx、tokenizer\.json"):
        OnnxEncoder(tmp_path / "nothing")


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_named(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"\x08damaged")
    with pytest.raises(EncoderUnusable, match=file):
        OnnxEncoder(folder)


def test_a_model_of_another_kind_is_told_by_its_inputs(folder: Path) -> None:
    write_model(folder, np.ones((9, WIDTH), np.float32), named="pixels")
    with pytest.raises(EncoderUnusable, match=r"pixels.*input_ids"):
        OnnxEncoder(folder)


def test_a_model_that_gives_no_states_is_told_by_its_shape(folder: Path) -> None:
    write_model(folder, np.ones((9, WIDTH), np.float32), pooled=True)
    with pytest.raises(EncoderUnusable, match="last_hidden_state"):
        OnnxEncoder(folder)


def test_a_tokenizer_of_another_model_is_told(folder: Path) -> None:
    write_model(folder, np.ones((2, WIDTH), np.float32))
    with pytest.raises(EncoderUnusable, match="不是一对"):
        OnnxEncoder(folder)


@pytest.mark.parametrize("library", ["onnxruntime", "tokenizers"])
def test_a_missing_library_is_told_with_its_remedy(folder: Path, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == library:
            raise ImportError(f"No module named {library}", name=library)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EncoderUnusable, match=rf"{library}.*yidiantong\[encoder\]"):
        OnnxEncoder(folder)


def test_doctor_tells_whether_the_encoder_can_be_used(folder: Path) -> None:
    def check(setting: str) -> Check:
        (found,) = encoder_checks(folder.parent, Settings(encoder_model=setting))
        return found

    assert check("encoder").good
    assert f"{WIDTH} 维" in check("encoder").told
    unset, wrong = check(""), check("elsewhere")
    assert not unset.needed
    assert wrong.needed
    assert not wrong.good
    assert "encoder_model" in wrong.told


class Thankful:
    """An encoder for which only thanks mean anything."""

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        thanks = [[0.6, 0.8] if "多" in text or "谢" in text else [1.0, 0.0] for text in texts]
        return np.array(thanks, dtype=np.float32)


def test_an_encoder_brings_its_intent_forward_and_its_absence_changes_nothing() -> None:
    model = train_catalogue(CATALOGUE, LEXICON)
    bare = Matcher(CATALOGUE, LEXICON, model)
    helped = Matcher(CATALOGUE, LEXICON, model, Meaning(Thankful(), centroids_of(CATALOGUE, Thankful())))

    def total(matcher: Matcher, intent: str) -> float:
        return {each.intent: each.total for each in matcher.weigh("多好").best(exact=False)}.get(intent, -9.0)

    assert total(helped, "thanks") > total(bare, "thanks")
    assert total(helped, "hello") < total(bare, "hello")
    assert total(Matcher(CATALOGUE, LEXICON, model, None), "hello") == total(bare, "hello")
