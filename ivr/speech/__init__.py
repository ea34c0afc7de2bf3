"""Speech out: written replies to sound on the line, from recordings, rendered speech or an offline synthesiser."""

from ivr.speech.cache import SpeechCache
from ivr.speech.opening import open_voice
from ivr.speech.prompts import Prompt, PromptRefused, RecordedPrompts
from ivr.speech.sentences import sentences
from ivr.speech.spoken import Passage, spoken
from ivr.speech.synthesiser import SpeechFailed, Synthesiser
from ivr.speech.voice import CachedVoice, Rendered

__all__ = [
    "CachedVoice",
    "Passage",
    "Prompt",
    "PromptRefused",
    "RecordedPrompts",
    "Rendered",
    "SpeechCache",
    "SpeechFailed",
    "Synthesiser",
    "open_voice",
    "sentences",
    "spoken",
]
