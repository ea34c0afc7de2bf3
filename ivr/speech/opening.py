"""Opens the voice of this machine: piper with a voice of it, or espeak-ng."""

from __future__ import annotations

from pathlib import Path

from ivr.speech.cache import DEFAULT_LIMIT, SpeechCache
from ivr.speech.espeak import Espeak
from ivr.speech.piper import Piper, piper_model
from ivr.speech.prompts import RecordedPrompts
from ivr.speech.synthesiser import Synthesiser
from ivr.speech.voice import CachedVoice


def open_voice(folder: Path, *, piper: Path | None = None, limit: int = DEFAULT_LIMIT) -> CachedVoice:
    """A voice that keeps its files in folder/speech and folder/prompts (`limit`: bytes of the former).

    `piper`: a piper voice (.onnx) or the folder it is in; None means espeak-ng. Raises SpeechFailed.
    """
    synthesiser: Synthesiser = Piper(piper_model(piper)) if piper else Espeak()
    return CachedVoice(synthesiser, SpeechCache(folder / "speech", limit), RecordedPrompts(folder / "prompts"))
