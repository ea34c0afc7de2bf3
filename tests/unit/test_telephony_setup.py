"""Configuration and mirror of the private Asterisk, without one."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from frontdesk.telephony import Asterisk, ConfigurationError, FetchFailed, Layout, render
from frontdesk.telephony.fetch import mirror
from frontdesk.telephony.folder import in_folder

TEMPLATES = Path(__file__).parents[2] / "config" / "asterisk"
ASTERISK = Asterisk(program=("asterisk",), modules=Path("/m"), data=Path("/d"))


def test_every_blank_is_filled_and_secrets_are_private(tmp_path: Path) -> None:
    layout = Layout(root=tmp_path, operators={"110": ("p1", "p2"), "12345": ("h1",)}, trunk_sources=("10.0.0.0/24",))
    passwords = render(TEMPLATES, layout, ASTERISK)
    written = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "etc").iterdir()}
    assert not [name for name, text in written.items() if "@ROOT@" in text or "PASS@" in text]
    assert "match=10.0.0.0/24" in written["pjsip_trunk.conf"]
    assert "member => PJSIP/p1\nmember => PJSIP/p2" in written["queues.conf"]
    assert passwords["h1"] in written["pjsip_operators.conf"]
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "etc" / "ari.conf").stat().st_mode) == 0o600


def test_passwords_stay_when_phones_are_added(tmp_path: Path) -> None:
    before = render(TEMPLATES, Layout(root=tmp_path), ASTERISK)
    more = Layout(root=tmp_path, operators={"110": ("op110", "op111"), "12345": ("op12345",)})
    after = render(TEMPLATES, more, ASTERISK)
    assert {**after, **before} == after
    assert json.loads((tmp_path / "secrets.json").read_text()) == after


@pytest.mark.parametrize("name", ["a b", "", "x]\n[trunk", "席员"])
def test_an_account_that_would_break_the_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="账号"):
        render(TEMPLATES, Layout(root=tmp_path, operators={"110": (name,)}), ASTERISK)


def test_an_unknown_blank_is_refused(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "x.conf").write_text("a=@NOBODY@")
    with pytest.raises(ConfigurationError, match="@NOBODY@"):
        render(templates, Layout(root=tmp_path / "root"), ASTERISK)


def test_the_mirror_is_read_from_either_kind_of_source(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://old.example/debian x\n"
        "deb http://security.example/debian-security stable main\n"
        "deb [arch=amd64] http://one.example/debian stable main\n"
    )
    assert mirror(tmp_path) == "http://one.example/debian"
    (tmp_path / "sources.list.d" / "debian.sources").write_text(
        "Types: deb\nEnabled: no\nURIs: http://off.example/debian\n\nTypes: deb\nURIs: http://two.example/debian\n"
    )
    assert mirror(tmp_path) == "http://two.example/debian"


def test_no_mirror_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="--mirror"):
        mirror(tmp_path)


def test_an_empty_folder_is_no_asterisk(tmp_path: Path) -> None:
    assert in_folder(tmp_path) is None
