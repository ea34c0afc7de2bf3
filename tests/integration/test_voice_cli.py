"""`frontdesk voice` on the real catalogue and the real synthesiser."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from typer.testing import CliRunner

from frontdesk.cli import voice as command
from frontdesk.fixed_speech import fixed_texts, spoken_texts
from frontdesk.knowledge import load_knowledge

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config").symlink_to(ROOT / "config")
    monkeypatch.setenv("FRONTDESK_HOME", str(tmp_path))
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command.voice, arguments)
    return result.exit_code, result.output


def test_say_writes_a_wav_file(home: Path) -> None:
    code, output = run("say", "请拨打12345。", "--out", str(home / "x.wav"), "--rate", "8000", "--slow", "--loud")
    assert (code, "秒" in output) == (0, True)
    with wave.open(str(home / "x.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() > 8000


@pytest.mark.parametrize(
    ("text", "out", "reason"), [("……", "x.wav", "没有能念"), ("您好", "missing/x.wav", "换一个位置")]
)
def test_say_names_what_is_wrong(home: Path, text: str, out: str, reason: str) -> None:
    code, output = run("say", text, "--out", str(home / out))
    assert code == 2
    assert reason in output.replace("\n", "")


def test_render_puts_fixed_wording_on_disk_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "fixed_texts", lambda _know: ("您好。", "请讲。"))
    assert "2 句，新合成 2 句" in run("render")[1]
    assert len(list((home / "var" / "speech").glob("*.pcm"))) == 4  # on every line rate
    assert "2 句，新合成 0 句" in run("render")[1]


def test_a_recording_is_kept_listed_and_removed(home: Path) -> None:
    run("say", "您好。", "--out", str(home / "x.wav"))
    assert run("record", "greeting", str(home / "x.wav"))[0] == 0
    assert "greeting" in run("recordings")[1]
    assert run("forget", "greeting")[0] == 0
    assert run("forget", "greeting")[0] == 2
    assert "共 0 段" in run("recordings")[1]


def test_a_phrase_with_blanks_or_an_unknown_one_is_not_recorded(home: Path) -> None:
    run("say", "您好。", "--out", str(home / "x.wav"))
    for prompt in ("filed", "no_such_phrase"):
        code, output = run("record", prompt, str(home / "x.wav"))
        assert code == 2
        assert prompt in output


def test_fixed_wording_is_complete_and_has_nothing_to_fill_in() -> None:
    know = load_knowledge(ROOT / "config")
    texts = fixed_texts(know)
    assert not [text for text in texts if "{" in text]
    assert len(texts) == len(set(texts))
    assert "您好，110，请说您在哪里、发生了什么事。" in texts
    assert "12345政务服务热线" in "".join(texts)
    assert "社保卡补换可以在浙里办申请，也可以去合作银行。" in texts
    by_id = {text.id: text for text in spoken_texts(know)}
    assert by_id["ask.location"].text.startswith("您说的地方")
    assert by_id["ask.location"].title == "地点"
    assert by_id["form.care.location"].group == "question"
    assert not by_id["filed"].recordable
    assert len(by_id) == len(spoken_texts(know)), "no two texts share an id"


def test_status_tells_the_synthesiser_and_what_is_ready(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "fixed_texts", lambda _know: ("您好。", "请讲。"))
    code, output = run("status")
    assert (code, "espeak-ng" in output, "0/2" in output) == (0, True, True)
    run("render")
    assert "2/2" in run("status")[1]


def test_a_piper_voice_that_is_not_there_is_replaced_by_espeak(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_PIPER_VOICE", "var/no-such-voice.onnx")
    assert "espeak-ng" in run("status")[1]
    code, output = run("say", "您好。", "--out", str(home / "x.wav"), "--piper", str(home / "voice"))
    assert (code, "onnx" in output) == (2, True)


def test_every_text_is_listed_with_its_id(home: Path) -> None:
    code, output = run("texts")
    assert code == 0
    assert "greeting\t问候\t您好" in output
