"""From the templates in config/asterisk/ to a configuration that Asterisk can start with."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from frontdesk.telephony.announcements import lay_out_sounds
from frontdesk.telephony.certificate import CertificateUnusable, ensure_certificate
from frontdesk.telephony.folder import Asterisk
from frontdesk.telephony.waiting_music import waiting_chime
from handoff import Queue

EMPTY = ("acl", "ccss", "cdr", "cel", "geolocation", "manager", "pjproject", "stasis", "udptl")
"""Files that Asterisk asks for and that say nothing here; without them it warns at every start."""

_BLANK = re.compile(r"@([A-Z0-9]+)@")
_ACCOUNT = re.compile(r"[A-Za-z0-9_.-]{1,32}")


class ConfigurationError(ValueError):
    """The configuration cannot be written; says what is wrong."""


@dataclass(frozen=True)
class Layout:
    """Where a private Asterisk lives and what it listens on."""

    root: Path
    """Its own folder: configuration, logs, run files, secrets."""
    sip_host: str = "127.0.0.1"
    sip_port: int = 5060
    ari_port: int = 8111
    media_uri: str = "ws://127.0.0.1:8112/media"
    rtp_ports: tuple[int, int] = (20000, 22999)
    trunk_sources: tuple[str, ...] = ("127.0.0.2",)
    """Addresses or networks that citizens' calls come from."""
    secure_trunk_sources: tuple[str, ...] = ()
    """The same for calls that must come over TLS with SRTP; none: no TLS at all."""
    tls_port: int = 5061
    operators: Mapping[Queue, Sequence[str]] = field(default_factory=lambda: {"110": ("op110",), "12345": ("op12345",)})
    """SIP accounts of each desk's phones."""
    citizens: tuple[str, ...] = ()
    """SIP accounts that call as citizens do: for trying the telephone out with a softphone."""
    app: str = "ivr"

    @property
    def configuration(self) -> Path:
        """The main file, for `asterisk -C`."""
        return self.root / "etc" / "asterisk.conf"

    @property
    def ari_url(self) -> str:
        """Where ARI answers."""
        return f"http://127.0.0.1:{self.ari_port}"

    @property
    def desks(self) -> Mapping[Queue, tuple[str, ...]]:
        """Endpoints to ring, by desk."""
        return {queue: tuple(f"PJSIP/{name}" for name in names) for queue, names in self.operators.items()}

    @property
    def accounts(self) -> tuple[str, ...]:
        """All accounts, operators' first, each once."""
        return tuple(dict.fromkeys((*(name for names in self.operators.values() for name in names), *self.citizens)))


def render(templates: Path, layout: Layout, asterisk: Asterisk) -> Mapping[str, str]:
    """Write the configuration and the folders it names. Returns the passwords: of "ari" and of each account.

    Passwords are made once and kept in secrets.json (readable by the owner only). Raises ConfigurationError.
    """
    for name in layout.accounts:
        if not _ACCOUNT.fullmatch(name):
            raise ConfigurationError(f"席员话机账号 {name!r} 不行：只能用字母、数字、点、横线和下划线，最多 32 个")
    for folder in ("etc", "lib", "spool", "run", "log", "cache", "moh"):
        (layout.root / folder).mkdir(parents=True, exist_ok=True)
    if layout.secure_trunk_sources:
        try:
            ensure_certificate(layout.root / "tls", layout.sip_host, datetime.now(UTC))
        except CertificateUnusable as error:
            raise ConfigurationError(str(error)) from error
    passwords = _passwords(layout)
    blanks = _blanks(layout, asterisk, passwords)
    files = sorted(templates.glob("*.conf"))
    if not files:
        raise ConfigurationError(f"{templates} 里没有 Asterisk 配置模板")
    for file in files:
        _write_private(layout.root / "etc" / file.name, _fill(file.name, file.read_text(encoding="utf-8"), blanks))
    for name in EMPTY:
        (layout.root / "etc" / f"{name}.conf").touch()
    music = layout.root / "moh"
    if not any(music.iterdir()):
        (music / "waiting.sln").write_bytes(waiting_chime())
    return passwords


def _fill(name: str, text: str, blanks: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in blanks:
            raise ConfigurationError(f"模板 {name} 里的 @{found[1]}@ 没有对应的设置")
        return blanks[found[1]]

    return _BLANK.sub(value, text)


def _blanks(layout: Layout, asterisk: Asterisk, passwords: Mapping[str, str]) -> dict[str, str]:
    return {
        "ROOT": str(layout.root.absolute()),
        "MODDIR": str(asterisk.modules),
        "DATADIR": str(lay_out_sounds(layout.root.absolute(), asterisk.data)),
        "APP": layout.app,
        "SIPHOST": layout.sip_host,
        "SIPPORT": str(layout.sip_port),
        "RTPSTART": str(layout.rtp_ports[0]),
        "RTPEND": str(layout.rtp_ports[1]),
        "ARIPORT": str(layout.ari_port),
        "ARIPASS": passwords["ari"],
        "MEDIAURI": layout.media_uri,
        "TRUNKMATCH": _matches(layout.trunk_sources),
        "SECURETRUNK": "#include pjsip_tls.conf" if layout.secure_trunk_sources else "",
        "SECUREMATCH": _matches(layout.secure_trunk_sources),
        "TLSPORT": str(layout.tls_port),
        "OPERATORS": "\n\n".join(
            _account(name, passwords[name], "pstn" if name in layout.citizens else "op") for name in layout.accounts
        ),
        "MEMBERS110": _members(layout.operators.get("110", ())),
        "MEMBERS12345": _members(layout.operators.get("12345", ())),
    }


def _matches(sources: Sequence[str]) -> str:
    return "\n".join(f"match={source}" for source in sources)


def _account(name: str, password: str, kind: str) -> str:
    return (
        f"[{name}]({kind})\nauth={name}\naors={name}\n"
        f"[{name}](op-auth)\nusername={name}\npassword={password}\n"
        f"[{name}](op-aor)"
    )


def _members(names: Sequence[str]) -> str:
    return "\n".join(f"member => PJSIP/{name}" for name in names)


def _passwords(layout: Layout) -> Mapping[str, str]:
    """Kept ones stay, so that phones need not be set up again."""
    file = layout.root / "secrets.json"
    try:
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = {}
    except ValueError as error:
        raise ConfigurationError(f"{file} 读不懂：{error}。删掉它会重新生成密码，话机要重新设置") from error
    known = {**kept, **{name: kept.get(name) or secrets.token_hex(8) for name in ("ari", *layout.accounts)}}
    if known != kept:
        _write_private(file, json.dumps(known, indent=1) + "\n")
    return known


def _write_private(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
