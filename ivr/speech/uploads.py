"""A recording that a person uploads, made fit for calls: decoded, mono, silence cut, loudness as everything else."""

from __future__ import annotations

import hashlib
import io
import warnings
import wave
from dataclasses import dataclass
from shutil import which

import numpy as np
import soundfile

from ivr.speech.sound import Samples, from_pcm, prepared, resampled, to_pcm

STORED_RATE = 16000
LARGEST = 20 * 1024 * 1024
"""Bytes of an upload."""
LONGEST_S = 180.0
SHORTEST_S = 0.2
_LONGEST_RAW_S = 600.0
"""Before silence is cut; a small file may hold hours."""
_KNOWN = (b"RIFF", b"FORM", b"fLaC", b"OggS", b".snd", b"caff")
"""First bytes of what libsndfile reads: ffmpeg would not read it better."""


class PromptRefused(ValueError):
    """The upload cannot be used; says why and what to do."""


@dataclass(frozen=True)
class Take:
    """A recording ready to be stored: a WAV file at STORED_RATE and its name."""

    wav: bytes
    seconds: float

    @property
    def name(self) -> str:
        """Of its file: the hash of its content."""
        return f"{hashlib.sha256(self.wav).hexdigest()}.wav"


def take_of(upload: bytes) -> Take:
    """WAV, AIFF, FLAC, OGG, MP3 by libsndfile, anything else through ffmpeg. Blocking. Raises PromptRefused."""
    _check(upload)
    sound = prepared(_decoded(upload), STORED_RATE, STORED_RATE)
    seconds = sound.size / STORED_RATE
    if seconds < SHORTEST_S:
        raise PromptRefused("这段录音里没有声音。请检查麦克风，重新录一遍再上传")
    if seconds > LONGEST_S:
        raise PromptRefused(f"录音有 {seconds:.0f} 秒，最长 {LONGEST_S:.0f} 秒。请剪短后再上传")
    return Take(wav_file(to_pcm(sound), STORED_RATE), round(seconds, 2))


def wav_file(pcm: bytes, rate: int) -> bytes:
    """A WAV file with this mono sound."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return buffer.getvalue()


def _check(upload: bytes) -> None:
    if not upload:
        raise PromptRefused("文件是空的。请重新选择录音文件")
    if len(upload) > LARGEST:
        raise PromptRefused(f"文件有 {len(upload) >> 20} MB，最大 {LARGEST >> 20} MB。请压缩或剪短后再上传")
    beginning = upload[:512]
    # ffmpeg follows the addresses in a playlist: text never gets that far
    if not any(byte < 9 for byte in beginning):
        raise PromptRefused("这是文字或网页文件，不是录音。请选择 WAV、MP3 或 M4A 文件")


def _decoded(upload: bytes) -> Samples:
    """Mono, at STORED_RATE."""
    try:
        with soundfile.SoundFile(io.BytesIO(upload)) as file:
            _not_longer_than(file.frames / file.samplerate)
            samples = np.asarray(file.read(dtype="float32", always_2d=True), dtype=np.float32)
            return resampled(np.mean(samples, axis=1, dtype=np.float32), file.samplerate, STORED_RATE)
    except (soundfile.LibsndfileError, TypeError, ValueError, ZeroDivisionError) as error:
        if isinstance(error, PromptRefused):
            raise
        if upload.startswith(_KNOWN):
            raise PromptRefused(
                "这个文件里读不出声音，可能没有传完整或已经损坏。请换成 WAV、MP3 或 M4A 再上传"
            ) from error
    return _through_ffmpeg(upload)


def _through_ffmpeg(upload: bytes) -> Samples:
    """pydub is loaded for such an upload only, never by a call."""
    if which("ffmpeg") is None or which("ffprobe") is None:
        raise PromptRefused(
            "这个文件不是 WAV、AIFF、FLAC、OGG 或 MP3；别的格式要用 ffmpeg 转换，但这台机器上没有。"
            "请改传 WAV 或 MP3，或请管理机器的人安装：apt-get install ffmpeg"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment  # noqa: PLC0415
    try:
        recording = AudioSegment.from_file(io.BytesIO(upload), duration=_LONGEST_RAW_S + 1)
    except Exception as error:  # pydub raises whatever its parsing of ffprobe's answer comes to
        raise PromptRefused("这个文件里读不出声音。请换成 WAV、MP3 或 M4A 再上传") from error
    _not_longer_than(recording.duration_seconds)
    pcm: bytes = recording.set_channels(1).set_sample_width(2).set_frame_rate(STORED_RATE).raw_data
    return from_pcm(pcm)


def _not_longer_than(seconds: float) -> None:
    if seconds > _LONGEST_RAW_S:
        raise PromptRefused(f"录音有 {seconds:.0f} 秒，最长 {LONGEST_S:.0f} 秒。请剪短后再上传")
