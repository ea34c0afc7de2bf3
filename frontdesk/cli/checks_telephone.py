"""`frontdesk doctor` on the telephone: Asterisk, its modules, the trunks and phones, and the sound of calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import quote

from conversation import Knowledge
from frontdesk.cli.check import Check
from frontdesk.fixed_speech import fixed_texts, spoken_texts
from frontdesk.prompt_desk import recordings_below
from frontdesk.settings import Settings, SettingsError
from frontdesk.telephone import ari_password
from frontdesk.telephony import NotAnswering, PasswordWrong, ask
from frontdesk.voice_models import VoiceModelError, VoiceModels
from ivr.asterisk.ari import AriAddress
from ivr.speech import SpeechFailed, open_voice

_MODULES = ("chan_websocket", "codec_alaw", "codec_ulaw", "codec_resample", "res_ari_events", "app_stasis")
"""What a call cannot do without: its sound over the WebSocket, the codecs of trunks, ARI."""
_RELOAD = "在 config/asterisk/modules.conf 里写上，再重新启动 frontdesk asterisk run"


def speech_checks(home: Path, settings: Settings, know: Knowledge | None) -> Iterator[Check]:
    """Ears and mouth."""
    yield _model(VoiceModels(home))
    yield from _synthesiser(home, settings, know)
    yield _recorded(home, know)
    found = which("ffmpeg")
    told = found or "没有；上传 M4A、AMR 等录音要用（WAV、AIFF、FLAC、OGG、MP3 不用）。安装：apt-get install ffmpeg"
    yield Check("ffmpeg", found is not None, told, needed=False)


def telephone_checks(home: Path, settings: Settings) -> Iterator[Check]:
    """Asterisk, as far as it can be asked."""
    if not settings.telephone:
        told = "设置里没有打开（telephone = true）；试一试：frontdesk phone"
        yield Check("电话", False, told, needed=False)
        return
    try:
        password = ari_password(settings, home)
    except SettingsError as error:
        yield Check("ARI", False, str(error))
        return
    try:
        told = ask(settings.ari_url, password, "/asterisk/info")
        yield Check("ARI", True, f"{settings.ari_url}，Asterisk {told['system']['version']}")
        yield from _inside(settings, password)
    except PasswordWrong:
        yield Check(
            "ARI",
            False,
            f"{settings.ari_url} 不认密码。用自带的 Asterisk：去掉 ari_password，会用 var/asterisk/secrets.json；"
            "用别的：把它 ari.conf 里的密码放进环境变量 FRONTDESK_ARI_PASSWORD",
        )
    except (NotAnswering, TypeError, KeyError) as error:
        yield Check(
            "ARI", False, f"{settings.ari_url} 没有回应（{error}）。请运行 frontdesk asterisk run，或核对 ari_url"
        )


def _inside(settings: Settings, password: str) -> Iterator[Check]:
    app = AriAddress.app
    taking = ask(settings.ari_url, password, f"/applications/{app}") is not None
    told = f"应用 {app} 已经登记" if taking else f"应用 {app} 没有登记：前台没在运行。请运行 frontdesk serve"
    yield Check("接电话", taking, told, needed=False)
    modules = ask(settings.ari_url, password, "/asterisk/modules") or []
    yield module_check(modules)
    phones = (*settings.phones_110, *settings.phones_12345)
    found = ask(settings.ari_url, password, "/endpoints/PJSIP") or []
    yield from endpoint_checks([_described(settings, password, each) for each in found], phones)


def _described(settings: Settings, password: str, endpoint: Mapping[str, Any]) -> Mapping[str, Any]:
    """With its aors (where it is reached) and auth (what it signs in with) from Asterisk's configuration."""
    path = f"/asterisk/config/dynamic/res_pjsip/endpoint/{quote(str(endpoint['resource']), safe='')}"
    fields = ask(settings.ari_url, password, path) or []
    return {
        **endpoint,
        **{each["attribute"]: each["value"] for each in fields if each["attribute"] in ("aors", "auth")},
    }


def module_check(modules: Sequence[Mapping[str, Any]]) -> Check:
    """Whether the modules that calls need run in Asterisk (slin, the format between us, is built in)."""
    run = {str(each["name"]).removesuffix(".so") for each in modules if each.get("status") == "Running"}
    missing = [name for name in _MODULES if name not in run]
    if missing:
        return Check("Asterisk 模块", False, f"缺 {'、'.join(missing)}。{_RELOAD}")
    return Check("Asterisk 模块", True, "chan_websocket、alaw、ulaw、slin 都在")


def endpoint_checks(endpoints: Sequence[Mapping[str, Any]], phones: Sequence[str]) -> Iterator[Check]:
    """Trunks that Asterisk asks whether they are there, and the desks' phones.

    Whoever signs in with a password is a softphone; a trunk known by its source address alone cannot be asked.
    """
    state = {f"PJSIP/{each['resource']}": str(each.get("state")) for each in endpoints}
    trunks = {
        f"PJSIP/{each['resource']}": str(each.get("state")) if each.get("aors") else "unknown"
        for each in endpoints
        if f"PJSIP/{each['resource']}" not in phones and not each.get("auth")
    }
    gone = [name for name, found in trunks.items() if found == "offline"]
    if not trunks:
        yield Check("中继", False, "没有一条。请在 config/asterisk/pjsip_trunk.conf 里写，见 docs/telephony.md")
    elif gone:
        told = f"{'、'.join(gone)} 联系不上。请核对 pjsip_trunk.conf 的 contact、防火墙，再问运营商"
        yield Check("中继", False, told)
    else:
        asked = sum(found == "online" for found in trunks.values())
        yield Check("中继", True, f"{len(trunks)} 条，{asked} 条确认可达（没写 contact 和 qualify_frequency 的问不了）")
    unknown = [name for name in phones if name not in state]
    if unknown:
        told = f"Asterisk 里没有 {'、'.join(unknown)}。请核对设置 phones_110、phones_12345 和 pjsip_operators.conf"
        yield Check("席员话机", False, told)
        return
    away = [name for name in phones if state[name] != "online"]
    told = f"{'、'.join(away)} 没有注册，打不响；账号和密码见 frontdesk asterisk run" if away else "都已注册"
    yield Check("席员话机", not away, told, needed=False)


def _model(models: VoiceModels) -> Check:
    try:
        used = models.chosen()
        whole = models.verify(used.name)
    except VoiceModelError as error:
        return Check("语音模型", False, str(error))
    told = (
        used.name
        + ("，文件完整" if whole else "")
        + ("（测试用，听不懂真人；下载：frontdesk models fetch）" if used.notice else "")
    )
    return Check("语音模型", True, told)


def _synthesiser(home: Path, settings: Settings, know: Knowledge | None) -> Iterator[Check]:
    if settings.piper_voice:
        try:
            open_voice(home / "var", piper=home / settings.piper_voice).close()
        except SpeechFailed as error:
            yield Check("piper 音色", False, f"{error}；现在用 espeak-ng")
    try:
        mouth = open_voice(home / "var")
    except SpeechFailed as error:
        yield Check("语音合成", False, str(error))
        return
    try:
        told = mouth.name
        if know is not None:
            ready, wanted = mouth.rendered(fixed_texts(know))
            told += f"，固定的话合成好 {ready}/{wanted} 句"
            told += "" if ready == wanted else "（启动后自动补齐；现在就做：frontdesk voice render）"
        yield Check("语音合成", True, told)
    finally:
        mouth.close()


def _recorded(home: Path, know: Knowledge | None) -> Check:
    recordings = recordings_below(home)
    for trouble in recordings.troubles():
        return Check("话术录音", False, trouble)
    made = recordings.all()
    said = {} if know is None else {text.id: text.text for text in spoken_texts(know)}
    stale = [prompt.id for prompt in made if know is not None and not prompt.speaks(said.get(prompt.id, ""))]
    if stale:
        told = f"{'、'.join(stale)} 的话改过，来电时用合成。请到网页 /prompts 重录，或 frontdesk voice forget"
        return Check("话术录音", False, told, needed=False)
    return Check("话术录音", True, f"{len(made)} 段，都能用" if made else "没有，全部用合成")
