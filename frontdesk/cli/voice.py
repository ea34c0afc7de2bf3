"""`frontdesk voice`: hear a sentence, render everything that is fixed, look after recordings."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import Progress

from frontdesk.cli.trouble import fail, mendable
from frontdesk.compose import system_clock
from frontdesk.fixed_speech import fixed_texts, spoken_texts
from frontdesk.knowledge import load_knowledge
from frontdesk.prompt_desk import PromptDesk, UnknownPrompt, recordings_below
from frontdesk.rendering import open_mouth
from frontdesk.settings import home, load_settings
from frontdesk.storage import open_store
from ivr.speech import CachedVoice, PromptRefused, Rendered, SpeechFailed, open_voice
from ivr.speech.voice import LINE_RATES

BY = "cli"
"""Who changed it, in the audit trail."""
Result = TypeVar("Result")

voice = typer.Typer(help="电话里的声音：试听、预先合成、录音。", no_args_is_help=True)

_Rate = Annotated[int, typer.Option(help="采样率：8000 或 16000", min=8000, max=48000)]
_Piper = Annotated[
    Path | None, typer.Option(help="piper 音色所在的文件夹；或它的 .onnx 文件；不填就按设置 piper_voice")
]


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
    rate: Annotated[
        list[int] | None, typer.Option(help="采样率，可以写几个；默认 8000（电话）和 16000（网页）")
    ] = None,
    piper: _Piper = None,
) -> None:
    """把所有固定的话和咨询的电话答案预先合成好，来电时不用等。"""
    with mendable():
        texts = fixed_texts(load_knowledge(home() / "config"))
    with _voiced(piper) as mouth:
        done = _rendered(mouth, texts, tuple(rate or LINE_RATES))
    typer.echo(f"{done.sentences} 句，新合成 {done.made} 句，清掉旧的 {done.removed} 句")


@voice.command()
def texts() -> None:
    """列出前台自己会说的每一句话：编号、名称、文字。"""
    with mendable():
        know = load_knowledge(home() / "config")
    for each in spoken_texts(know):
        typer.echo(f"{each.id}\t{each.title}\t{each.text if each.recordable else f'{each.text}（不能录音）'}")


@voice.command()
def status() -> None:
    """用哪个合成器、固定的话合成了多少、有几段录音。"""
    with mendable():
        know = load_knowledge(home() / "config")
    with _voiced(None) as mouth:
        ready, wanted = mouth.rendered(fixed_texts(know))
        typer.echo(f"合成器：{mouth.name}")
        typer.echo(f"固定的话：{ready}/{wanted} 句已经合成好" + ("" if ready == wanted else "，启动后自动补齐"))
        found = asyncio.run(_with_desk(lambda desk: desk.wordings()))
    made = [each for each in found if each.state != "synthesised"]
    stale = sum(each.state == "outdated" for each in made)
    typer.echo(f"录音：{len(made)} 段" + (f"，其中 {stale} 段的话已改过，来电时改用合成，请重录" if stale else ""))


@voice.command()
def record(prompt: str, file: Path) -> None:
    """用一段录音代替合成：PROMPT 是短语名（如 greeting、ask.location）或意图编号。网页上在 /prompts。"""
    try:
        upload = file.read_bytes()
    except OSError as error:
        raise fail(f"{file}：{error.strerror}") from None
    stored = _changed(prompt, lambda desk: desk.record(prompt, upload, BY))
    typer.echo(f"{prompt}：{stored.seconds:.1f} 秒。请核对录音说的正是：{stored.text.text}")


@voice.command()
def recordings() -> None:
    """列出已有的录音；话改过以后对不上的会标出来，来电时改用合成。"""
    with mendable():
        found = asyncio.run(_with_desk(lambda desk: desk.wordings()))
    made = [each for each in found if each.state != "synthesised"]
    for each in made:
        stale = "" if each.state == "recorded" else "（话已改过，请重录）" if each.used else "（已不再说这句话）"
        typer.echo(f"{each.text.id} {each.seconds:.1f} 秒{stale}")
    for trouble in recordings_below(home()).troubles():
        typer.secho(trouble, fg=typer.colors.RED, err=True)
    typer.echo(f"共 {len(made)} 段")


@voice.command()
def forget(prompt: str) -> None:
    """删掉一段录音，改回合成。"""
    _changed(prompt, lambda desk: desk.remove(prompt, BY))
    typer.echo(f"已删掉 {prompt} 的录音")


def _changed(prompt: str, change: Callable[[PromptDesk], Awaitable[Result]]) -> Result:
    with mendable():
        try:
            return asyncio.run(_with_desk(change))
        except UnknownPrompt as error:
            raise fail(f"{prompt}：{error}。名字见 frontdesk voice texts") from None
        except PromptRefused as error:
            raise fail(f"{prompt}：{error}") from None
        except OSError as error:
            raise fail(f"{error.filename}：{error.strerror}") from None


async def _with_desk(work: Callable[[PromptDesk], Awaitable[Result]]) -> Result:
    """Beside a running server or without one."""
    settings = load_settings()
    if settings.database_file is not None:
        settings.database_file.parent.mkdir(parents=True, exist_ok=True)
    texts = spoken_texts(load_knowledge(home() / "config"))
    async with open_store(settings.database_url, exclusive=False) as store:
        return await work(PromptDesk(texts, recordings_below(home()), None, store, system_clock))


def _rendered(mouth: CachedVoice, texts: tuple[str, ...], rates: tuple[int, ...]) -> Rendered:
    with Progress() as bar:
        task = bar.add_task("合成", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return asyncio.run(mouth.render_ahead(texts, rates, progress))


@contextmanager
def _voiced(piper: Path | None) -> Iterator[CachedVoice]:
    with mendable():
        settings = load_settings()
    try:
        mouth = open_voice(home() / "var", piper=piper) if piper else open_mouth(home(), settings.piper_voice)
        try:
            yield mouth
        finally:
            mouth.close()
    except SpeechFailed as error:
        raise fail(str(error)) from None
