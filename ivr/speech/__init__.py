"""Speech out: written replies to sound on the line, from recordings, rendered speech or an offline synthesiser."""

from ivr.speech.cache import SpeechCache
from ivr.speech.opening import open_voice
from ivr.speech.prompts import Prompt, RecordedPrompts, has_blanks
from ivr.speech.sentences import sentences
from ivr.speech.spoken import Passage, spoken
from ivr.speech.synthesiser import SpeechFailed, Synthesiser
from ivr.speech.uploads import LARGEST as LARGEST_UPLOAD
from ivr.speech.uploads import PromptRefused, Take, take_of, wav_file
from ivr.speech.voice import CachedVoice, Rendered

__all__ = [
    "LARGEST_UPLOAD",
    "CachedVoice",
    "Passage",
    "Prompt",
    "PromptRefused",
    "RecordedPrompts",
    "Rendered",
    "SpeechCache",
    "SpeechFailed",
    "Synthesiser",
    "Take",
    "has_blanks",
    "open_voice",
    "sentences",
    "spoken",
    "take_of",
    "wav_file",
]
