"""What doctor concludes from Asterisk's answers and from the files of models and recordings."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from frontdesk.cli.checks_telephone import endpoint_checks, module_check, speech_checks, telephone_checks
from frontdesk.manifest import damaged, write_manifest
from frontdesk.settings import Settings

NEEDED = ("chan_websocket", "codec_alaw", "codec_ulaw", "codec_resample", "res_ari_events", "app_stasis")


def running(*names: str) -> list[dict[str, str]]:
    return [{"name": f"{name}.so", "status": "Running"} for name in names]


def test_a_module_that_is_missing_or_does_not_run_is_named() -> None:
    assert module_check(running(*NEEDED)).good
    found = module_check([*running(*NEEDED[1:]), {"name": "chan_websocket.so", "status": "Not Running"}])
    assert not found.good
    assert "chan_websocket" in found.told
    assert "modules.conf" in found.told


@pytest.mark.parametrize(
    ("state", "trunk", "phone"),
    [
        ({"telecom": "online", "op110": "online"}, True, True),
        ({"telecom": "unknown", "op110": "offline"}, True, False),
        ({"telecom": "offline", "op110": "online"}, False, True),
        ({"op110": "online"}, False, True),
        ({"telecom": "online"}, True, False),
    ],
)
def test_trunks_and_phones(state: dict[str, str], trunk: bool, phone: bool) -> None:
    endpoints = [
        {"resource": name, "state": told, "aors": name, "auth": name if name.startswith("op") else ""}
        for name, told in state.items()
    ]
    found = {check.name: check for check in endpoint_checks(endpoints, ("PJSIP/op110",))}
    assert (found["中继"].good, found["席员话机"].good) == (trunk, phone)


def test_a_trunk_known_by_address_alone_and_a_softphone_are_not_called_gone() -> None:
    endpoints = [
        {"resource": "trunk", "state": "offline", "aors": ""},
        {"resource": "citizen", "state": "offline", "aors": "citizen", "auth": "citizen"},
    ]
    (trunks, _) = endpoint_checks(endpoints, ())
    assert trunks.good
    assert "1 条" in trunks.told


def test_asterisk_that_does_not_answer_names_the_command(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    (check,) = telephone_checks(tmp_path, Settings(telephone=True, ari_url=url, ari_password="x"))  # type: ignore[arg-type]
    assert not check.good
    assert "frontdesk asterisk run" in check.told
    (check,) = telephone_checks(tmp_path, Settings(telephone=True))
    assert "frontdesk asterisk run" in check.told
    (check,) = telephone_checks(tmp_path, Settings())
    assert not check.needed


def test_a_damaged_model_a_broken_recording_and_a_missing_piper_voice_are_told(tmp_path: Path) -> None:
    model = tmp_path / "models" / "test-cmn-8k"
    (model / "am").mkdir(parents=True)
    (model / "am" / "final.mdl").write_bytes(b"model")
    write_manifest(model)
    (tmp_path / "var" / "prompts").mkdir(parents=True)
    (tmp_path / "var" / "prompts" / "greeting.json").write_text("{")
    found = {check.name: check for check in speech_checks(tmp_path, Settings(piper_voice="var/piper"), None)}
    assert found["语音模型"].good
    assert "greeting.json" in found["话术录音"].told
    assert "onnx" in found["piper 音色"].told
    assert found["语音合成"].good
    (model / "am" / "final.mdl").write_bytes(b"other")
    found = {check.name: check for check in speech_checks(tmp_path, Settings(), None)}
    assert not found["语音模型"].good
    assert "am/final.mdl" in found["语音模型"].told


def test_a_manifest_finds_what_changed_or_went_away(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    assert damaged(tmp_path) is None
    write_manifest(tmp_path)
    assert damaged(tmp_path) == ()
    (tmp_path / "one").write_text("other")
    (tmp_path / "two").unlink()
    assert damaged(tmp_path) == ("one", "two")
