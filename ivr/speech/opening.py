"""Opens the voice of this machine: piper where a voice of it is installed, else espeak-ng."""

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

    `piper`: a folder with a piper voice; None or one without a voice means espeak-ng. Raises SpeechFailed.
    """
    model = piper_model(piper) if piper else None
    synthesiser: Synthesiser = Piper(model) if model else Espeak()
    return CachedVoice(synthesiser, SpeechCache(folder / "speech", limit), RecordedPrompts(folder / "prompts"))
