"""What Asterisk's queues say to those who wait, in the product's own voice, and where Asterisk finds it.

A file that a person has put in place of ours is left alone.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import structlog

from ivr.speech.espeak import Espeak
from ivr.speech.sound import TELEPHONE_RATE, prepared, to_pcm
from ivr.speech.spoken import spoken
from ivr.speech.synthesiser import SpeechFailed, Synthesiser

LANGUAGE = "zh"
_QUEUE = {
    "queue-youarenext": "您是下一位，请不要挂断。",
    "queue-thereare": "您现在排在第",
    "queue-callswaiting": "位，请不要挂断。",
}
_DIGITS = {str(n): word for n, word in enumerate("零一二三四五六七八九")}
_TENS = {str(10 * n): f"{word}十" for n, word in enumerate("二三四五六七八九", start=2)}
_NUMBERS = {**_DIGITS, "10": "十", **_TENS, "hundred": "百", "thousand": "千"}
PHRASES = {**_QUEUE, **{f"digits/{name}": word for name, word in _NUMBERS.items()}}
"""File below the language's folder, and what it says. Asterisk puts numbers together from the digits."""
_STAMPS = "rendered.json"

log = structlog.get_logger("frontdesk.telephony")


def lay_out_sounds(root: Path, data: Path) -> Path:
    """A data folder for Asterisk in `root`: everything of its own `data`, and our announcements. Returns it.

    Without a synthesiser the queues have only their music.
    """
    folder = root / "data"
    (folder / "sounds").mkdir(parents=True, exist_ok=True)
    _link_all(data, folder, but="sounds")
    _link_all(data / "sounds", folder / "sounds", but=LANGUAGE)
    try:
        _render(folder / "sounds" / LANGUAGE, Espeak())
    except SpeechFailed as error:
        log.warning("queues without announcements", reason=str(error))
    return folder


def _link_all(source: Path, target: Path, *, but: str) -> None:
    for entry in source.iterdir() if source.is_dir() else ():
        link = target / entry.name
        if entry.name == but or (link.is_symlink() and link.readlink() == entry):
            continue
        link.unlink(missing_ok=True)
        link.symlink_to(entry)


def _render(folder: Path, voice: Synthesiser) -> None:
    """What is missing or says something else now."""
    stamps = folder / _STAMPS
    known: dict[str, str] = json.loads(stamps.read_text("utf-8")) if stamps.is_file() else {}
    fresh = {name: hashlib.sha256(f"{voice.name}/{text}".encode()).hexdigest() for name, text in PHRASES.items()}
    for name, text in PHRASES.items():
        file = folder / f"{name}.sln"
        others = [other for other in file.parent.glob(f"{file.stem}.*") if other != file]
        if others or (file.is_file() and known.get(name) in (None, fresh[name])):
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        sound = voice.synthesise(spoken(text), slow=False)
        file.write_bytes(to_pcm(prepared(sound, voice.rate, TELEPHONE_RATE)))
        known[name] = fresh[name]
    folder.mkdir(parents=True, exist_ok=True)
    stamps.write_text(json.dumps(known, indent=1), "utf-8")
