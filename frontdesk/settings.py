"""Settings: config/frontdesk.toml, overridden by environment variables FRONTDESK_*."""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings import SettingsError as SourceError

from frontdesk.web.settings import WebSettings
from handoff.case import Queue

_SQLITE = "sqlite+aiosqlite:///"


class SettingsError(ValueError):
    """A setting is wrong; says which, where it may be set and what is allowed."""


def home() -> Path:
    """The folder that holds config/: FRONTDESK_HOME, the current folder, or the checkout of this package."""
    named = os.environ.get("FRONTDESK_HOME")
    if named:
        return Path(named)
    here = Path.cwd()
    return here if (here / "config" / "catalogue").is_dir() else Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting of the front desk. docs/operations.md explains each one."""

    model_config = SettingsConfigDict(env_prefix="FRONTDESK_", extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8110
    database_url: str = f"{_SQLITE}var/frontdesk.sqlite"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    https: bool = False
    trusted_proxies: tuple[str, ...] = ()
    public_origins: tuple[str, ...] = ()
    telephone: bool = False
    ari_url: str = "http://127.0.0.1:8111"
    ari_password: SecretStr = SecretStr("")
    media_host: str = "127.0.0.1"
    media_port: Annotated[int, Field(ge=0, le=65535)] = 8112
    phones_110: tuple[str, ...] = ("PJSIP/op110",)
    phones_12345: tuple[str, ...] = ("PJSIP/op12345",)
    voice_workers: Annotated[int, Field(ge=1, le=64)] = 2
    voice_capacity: Annotated[int, Field(ge=0, le=10000)] = 0
    piper_voice: str = ""
    encoder_model: str = ""
    recording_days: Annotated[int, Field(ge=1, le=36500)] = 90
    recording_folder: str = "var/recordings"

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            ip_network(text)
        return value

    @field_validator("database_url")
    @classmethod
    def _anchored(cls, value: str) -> str:
        """A relative SQLite path is relative to home(), wherever the command is run."""
        if value.startswith("sqlite:///"):
            value = _SQLITE + value.removeprefix("sqlite:///")
        if value.startswith(_SQLITE) and not value.startswith(_SQLITE + "/"):
            return f"{_SQLITE}{home() / value.removeprefix(_SQLITE)}"
        if not value.startswith((_SQLITE, "postgresql", "postgres:")):
            raise ValueError("只能用 sqlite:///文件 或 postgresql://…")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the TOML file."""
        toml = TomlConfigSettingsSource(settings_cls, home() / "config" / "frontdesk.toml")
        return init_settings, env_settings, toml

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, or None for another database."""
        return Path(self.database_url.removeprefix(_SQLITE)) if self.database_url.startswith(_SQLITE) else None

    def phone_names(self, queue: Queue) -> tuple[str, ...]:
        """SIP accounts of a desk's telephones: "PJSIP/op110" is op110."""
        endpoints = self.phones_110 if queue == "110" else self.phones_12345
        return tuple(endpoint.rpartition("/")[2] for endpoint in endpoints)

    @property
    def recordings(self) -> Path:
        """The folder of the recordings; a relative one is relative to home(), an absolute one as it is."""
        return home() / self.recording_folder

    @property
    def web(self) -> WebSettings:
        """What the web server needs of them."""
        return WebSettings(
            https=self.https,
            trusted_proxies=tuple(ip_network(text) for text in self.trusted_proxies),
            public_origins=frozenset(self.public_origins),
        )


def load_settings() -> Settings:
    """Raises SettingsError naming the setting, the value and where to change it."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [
            f"设置 {'.'.join(str(part) for part in detail['loc'])} 不对（{detail['msg']}）" for detail in error.errors()
        ]
        raise SettingsError(f"{'；'.join(wrong)}。请改 config/frontdesk.toml 或对应的环境变量 FRONTDESK_…") from error
    except SourceError as error:
        raise SettingsError(
            f"{error}：环境变量里的列表要写成 JSON，例如 FRONTDESK_TRUSTED_PROXIES='[\"10.0.0.0/24\"]'"
        ) from error
    except ValueError as error:
        raise SettingsError(f"config/frontdesk.toml 读不懂：{error}") from error
