"""The model of a catalogue, trained once and kept under var/: the same files give the same model."""

from __future__ import annotations

import fcntl
import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import structlog

import intents
from intents.catalogue import Catalogue
from intents.lexicon import Lexicon
from intents.model import Model
from intents.space import Space

_LEARNING = ("catalogue", "features", "lexicon", "normalise", "pinyin", "space", "model", "training")
KEPT = 4
"""Models of earlier catalogues that stay, so that going back is quick."""

log = structlog.get_logger("frontdesk.model")


def trained_model(catalogue: Catalogue, lexicon: Lexicon, texts: Iterable[str], folder: Path) -> Model:
    """The kept model if `texts` (all that it was learnt from) are unchanged, else a new one.

    A folder that cannot be written to costs time, nothing else.
    """
    path = folder / f"{_fingerprint(texts)}.npz"
    model = _kept(path)
    if model is not None:
        return model
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(folder):
            model = _kept(path)  # another process may have trained it meanwhile
            if model is None:
                model = _trained(catalogue, lexicon)
                _keep(model, path)
            return model
    except OSError as error:
        log.warning("the trained model cannot be kept", folder=str(folder), reason=str(error))
        return model or _trained(catalogue, lexicon)


def _trained(catalogue: Catalogue, lexicon: Lexicon) -> Model:
    from intents.training import train_catalogue  # noqa: PLC0415  scikit-learn is slow to import, and seldom needed

    log.info("learning the catalogue, this takes some seconds", intents=len(catalogue))
    return train_catalogue(catalogue, lexicon)


def _fingerprint(texts: Iterable[str]) -> str:
    """Of the texts and of the code that turns them into a model."""
    found = hashlib.sha256()
    for module in _LEARNING:
        found.update((Path(intents.__file__).parent / f"{module}.py").read_bytes())
    for text in texts:
        found.update(text.encode("utf-8", "replace") + b"\0")
    return found.hexdigest()[:32]


def _keep(model: Model, path: Path) -> None:
    """Written beside, then renamed: nobody reads half a model."""
    space = model.space
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            np.savez(
                file,
                features=np.frombuffer("\n".join(space.numbers).encode(), dtype=np.uint8),
                weights=space.weights,
                rarest=np.float64(space.rarest),
                labels=np.int64(model.labels),
                starts=model.starts,
                columns=model.columns,
                prototype=model.prototype,
                separator=model.separator,
                bias=model.bias,
                alarm=model.alarm,
                alarm_bias=np.float64(model.alarm_bias),
            )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    oldest_last = sorted(path.parent.glob("*.npz"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in oldest_last[KEPT:]:
        old.unlink(missing_ok=True)


def _kept(path: Path) -> Model | None:
    """None if there is none, or it is damaged: training again mends that."""
    try:
        with np.load(path, allow_pickle=False) as data:
            names = data["features"].tobytes().decode().split("\n")
            space = Space({name: number for number, name in enumerate(names)}, data["weights"], float(data["rarest"]))
            return Model(
                space,
                int(data["labels"]),
                data["starts"],
                data["columns"],
                data["prototype"],
                data["separator"],
                data["bias"],
                data["alarm"],
                float(data["alarm_bias"]),
            )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.warning("the kept model is damaged and is trained again", file=str(path), reason=str(error))
        return None


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Several processes that start together train once."""
    with (folder / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
