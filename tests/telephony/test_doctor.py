"""What doctor finds in a real Asterisk: with our password, with a wrong one, with the product connected."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from frontdesk.cli.check import Check
from frontdesk.cli.checks_telephone import telephone_checks
from frontdesk.settings import Settings


async def examined(exchange: Any, folder: Path, password: str) -> dict[str, Check]:
    settings = Settings(telephone=True, ari_url=exchange.layout.ari_url, ari_password=password)  # type: ignore[arg-type]
    return {check.name: check for check in await asyncio.to_thread(lambda: list(telephone_checks(folder, settings)))}


async def test_a_good_asterisk(exchange: Any, ari: Any, tmp_path: Path) -> None:
    found = await examined(exchange, tmp_path, exchange.passwords["ari"])
    assert found["ARI"].good
    assert "22" in found["ARI"].told
    assert found["Asterisk 模块"].good
    assert found["中继"].good
    told = found["接电话"].told  # this Asterisk is shared: an earlier test may have connected
    assert "frontdesk serve" in told or "已经登记" in told
    async with ari.events():
        found = await examined(exchange, tmp_path, exchange.passwords["ari"])
        assert found["接电话"].good


async def test_a_wrong_password_says_where_the_right_one_is(exchange: Any, tmp_path: Path) -> None:
    found = await examined(exchange, tmp_path, "wrong")
    assert list(found) == ["ARI"]
    assert "secrets.json" in found["ARI"].told
