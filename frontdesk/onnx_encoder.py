"""A sentence encoder from a local ONNX file: a folder with model.onnx and tokenizer.json, as exported from
sentence-transformers. Needs the extra `encoder` (onnxruntime, tokenizers). Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from intents.catalogue import Catalogue
from intents.encoder import Meaning, Vectors, centroids_of

_MODEL, _TOKENIZER = "model.onnx", "tokenizer.json"
_KNOWN_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_LONGEST = 128
"""Tokens; the rest of a sentence is not read."""
_AT_ONCE = 32

log = structlog.get_logger("frontdesk.encoder")


class EncoderUnusable(ValueError):
    """The setting encoder_model does not lead to an encoder; says what is missing or wrong and what to do."""


class OnnxEncoder:
    """Mean of the last hidden states of all real tokens, one thread: calls share the processor.

    Raises EncoderUnusable if the folder, its files or the libraries do not fit.
    """

    def __init__(self, folder: Path) -> None:
        missing = [name for name in (_MODEL, _TOKENIZER) if not (folder / name).is_file()]
        if missing:
            raise EncoderUnusable(
                f"设置 encoder_model：{folder} 里没有 {'、'.join(missing)}。"
                "请放好从 sentence-transformers 导出的这两个文件，或把设置清空"
            )
        self.folder = folder
        self._tokenizer, self._session = _loaded(folder)
        self._inputs = [each.name for each in self._session.get_inputs()]
        strange = sorted(set(self._inputs) - _KNOWN_INPUTS)
        if strange or "input_ids" not in self._inputs:
            raise EncoderUnusable(
                f"{folder / _MODEL} 的输入是 {'、'.join(self._inputs)}，"
                "应当是 input_ids、attention_mask、token_type_ids。请换一个句向量模型"
            )
        self.dimensions = self.encode(["你好"]).shape[1]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text. Raises EncoderUnusable if the model gives something else than states."""
        parts = [self._some(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)]
        return np.concatenate(parts)

    def _some(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        given = {
            "input_ids": np.array([each.ids for each in encoded], dtype=np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], dtype=np.int64),
            "token_type_ids": np.array([each.type_ids for each in encoded], dtype=np.int64),
        }
        try:
            states = np.asarray(self._session.run(None, {name: given[name] for name in self._inputs})[0])
        except Exception as error:  # the runtime raises its own, undeclared kinds
            raise EncoderUnusable(
                f"{self.folder / _MODEL} 算不出来（{_brief(error)}）。模型和 tokenizer 可能不是一对"
            ) from error
        if states.ndim != 3 or states.shape[:2] != given["input_ids"].shape:
            raise EncoderUnusable(
                f"{self.folder / _MODEL} 的第一个输出形状是 {states.shape}，"
                "应当是（句数，词数，维数）。请导出 last_hidden_state"
            )
        mask = given["attention_mask"][:, :, None].astype(np.float32)
        means = (states * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        return np.asarray(means / np.maximum(lengths, 1e-9), dtype=np.float32)


def meaning(encoder_model: str, home: Path, kept: Path, catalogue: Catalogue) -> Meaning | None:
    """What the setting names, relative to `home`; None if it is empty. Centroids stay in the folder `kept`.

    Raises EncoderUnusable.
    """
    if not encoder_model:
        return None
    encoder = OnnxEncoder(home / encoder_model)
    path = kept / f"encoder-{_fingerprint(encoder, catalogue)}.npy"
    known = _kept(path, (len(catalogue), encoder.dimensions))
    if known is not None:
        return Meaning(encoder, known)
    log.info("encoding all examples of the catalogue, this may take a minute", intents=len(catalogue))
    centroids = centroids_of(catalogue, encoder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob("encoder-*.npy"):
            old.unlink(missing_ok=True)
        np.save(path, centroids, allow_pickle=False)
    except OSError as error:
        log.warning("the encoded catalogue cannot be kept", folder=str(path.parent), reason=str(error))
    return Meaning(encoder, centroids)


def _loaded(folder: Path) -> tuple[Any, Any]:
    try:
        import onnxruntime  # noqa: PLC0415  an extra that few sites install
        from tokenizers import Tokenizer  # noqa: PLC0415
    except ImportError as error:
        raise EncoderUnusable(
            f"设置 encoder_model 要用 {error.name}，没有装。请运行 pip install 'yidiantong[encoder]'，或把设置清空"
        ) from error
    try:
        tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        tokenizer.enable_truncation(_LONGEST)
        tokenizer.enable_padding()
    except Exception as error:  # the library raises bare Exception
        raise EncoderUnusable(f"{folder / _TOKENIZER} 读不懂（{_brief(error)}）。请重新导出") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(folder / _MODEL), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises its own, undeclared kinds
        raise EncoderUnusable(f"{folder / _MODEL} 装不进来（{_brief(error)}）。文件可能不完整，请重新导出") from error
    return tokenizer, session


def _fingerprint(encoder: OnnxEncoder, catalogue: Catalogue) -> str:
    found = hashlib.sha256()
    for name in (_MODEL, _TOKENIZER):
        with (encoder.folder / name).open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    for intent in catalogue:
        found.update("\n".join((intent.id, *intent.examples)).encode() + b"\0")
    return found.hexdigest()[:32]


def _kept(path: Path, shape: tuple[int, int]) -> Vectors | None:
    """None if there is none, or it is damaged: encoding again mends that."""
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found if found.shape == shape and found.dtype == np.float32 else None


def _brief(error: Exception) -> str:
    """The first line: runtimes add their stack."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
