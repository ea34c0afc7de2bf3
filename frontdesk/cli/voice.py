"""`frontdesk voice`: hear a sentence, render everything that is fixed, look after recordings."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from frontdesk.cli.trouble import fail, mendable
from frontdesk.fixed_speech import fixed_texts, recordable
from frontdesk.knowledge import load_knowledge
from frontdesk.settings import home
from ivr.speech import CachedVoice, PromptRefused, RecordedPrompts, Rendered, SpeechFailed, open_voice
from ivr.speech.voice import LINE_RATES

voice = typer.Typer(help="电话里的声音：试听、预先合成、录音。", no_args_is_help=True)

_Rate = Annotated[int, typer.Option(help="采样率：8000 或 16000", min=8000, max=48000)]
_Piper = Annotated[Path | None, typer.Option(help="piper 音色所在的文件夹；不填就用 espeak-ng")]


@voice.callback()
def _main() -> None:
    """电话里的声音。"""


@voice.command()
def say(
    text: str,
    out: Annotated[Path, typer.Option(help="存成哪个 WAV 文件")],
    rate: _Rate = 16000,
    slow: Annotated[bool, typer.Option(help="慢一点")] = False,
    loud: Annotated[bool, typer.Option(help="大声一点")] = False,
    piper: _Piper = None,
) -> None:
    """把一句话存成声音，听听念得对不对。"""
    with _voiced(piper) as mouth:
        pcm = asyncio.run(mouth.speak(text, rate, slow=slow, loud=loud))
    if not pcm:
        raise fail("这句话里没有能念出来的内容")
    try:
        with out.open("wb") as file, wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(rate)
            sound.writeframes(pcm)
    except OSError as error:
        raise fail(f"{out} 写不进去（{error.strerror}）。请换一个位置") from None
    typer.echo(f"{out}：{len(pcm) / 2 / rate:.1f} 秒")


@voice.command()
def render(
    rate: Annotated[list[int] | None, typer.Option(help="采样率，可以写几个；默认 16000")] = None, piper: _Piper = None
) -> None:
    """把所有固定的话和咨询的电话答案预先合成好，来电时不用等。"""
    with mendable():
        texts = fixed_texts(load_knowledge(home() / "config"))
    with _voiced(piper) as mouth:
        done = _rendered(mouth, texts, tuple(rate or LINE_RATES))
    typer.echo(f"{done.sentences} 句，新合成 {done.made} 句，清掉旧的 {done.removed} 句")


@voice.command()
def record(prompt: str, file: Path) -> None:
    """用一段录音代替合成：PROMPT 是短语名（如 greeting、ask.location）或意图编号。"""
    with mendable():
        wordings = recordable(load_knowledge(home() / "config"))
    if prompt not in wordings:
        raise fail(f"没有 {prompt} 这句话，或者它有要临时填写的内容，不能录音。名字见 config/prompts/zh.yaml 和意图库")
    try:
        stored = _recordings().add(prompt, wordings[prompt], file.read_bytes())
    except PromptRefused as error:
        raise fail(str(error)) from None
    except OSError as error:
        raise fail(f"{error.filename}：{error.strerror}") from None
    typer.echo(f"{prompt}：{stored.seconds:.1f} 秒。请核对录音说的正是：{stored.text}")


@voice.command()
def recordings() -> None:
    """列出已有的录音；话改过以后对不上的会标出来，来电时改用合成。"""
    with mendable():
        wordings = recordable(load_knowledge(home() / "config"))
    try:
        found = _recordings().all()
    except PromptRefused as error:
        raise fail(str(error)) from None
    for prompt in found:
        stale = "" if wordings.get(prompt.id) == prompt.text else "（话已改过，请重录）"
        typer.echo(f"{prompt.id} {prompt.seconds:.1f} 秒{stale}")
    typer.echo(f"共 {len(found)} 段")


@voice.command()
def forget(prompt: str) -> None:
    """删掉一段录音，改回合成。"""
    try:
        removed = _recordings().remove(prompt)
    except PromptRefused as error:
        raise fail(str(error)) from None
    if not removed:
        raise fail(f"没有 {prompt} 的录音")
    typer.echo(f"已删掉 {prompt} 的录音")


def _rendered(mouth: CachedVoice, texts: tuple[str, ...], rates: tuple[int, ...]) -> Rendered:
    with Progress() as bar:
        task = bar.add_task("合成", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return asyncio.run(mouth.render_ahead(texts, rates, progress))


def _recordings() -> RecordedPrompts:
    return RecordedPrompts(home() / "var" / "prompts")


@contextmanager
def _voiced(piper: Path | None) -> Iterator[CachedVoice]:
    try:
        mouth = open_voice(home() / "var", piper=piper)
        try:
            yield mouth
        finally:
            mouth.close()
    except SpeechFailed as error:
        raise fail(str(error)) from None
