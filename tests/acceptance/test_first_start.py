"""The first and the second start, two servers in each other's way, and the end."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_server import RunningServer, run


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path_factory.mktemp("first"))
    server.start()
    yield server
    server.kill()


def _get(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read()


def _sign_in(server: RunningServer, name: str, password: str) -> dict[str, str]:
    request = urllib.request.Request(
        f"{server.url}/api/session",
        data=json.dumps({"name": name, "password": password}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.loads(answer.read()))


def test_it_says_where_everything_is(started: RunningServer) -> None:
    shown = "\n".join(started.printed)
    for path in ("/", "/status", "/desk", "/api/openapi.json"):
        address = f"{started.url}{path}"
        assert address in shown
        status, body = _get(address)
        assert (status, bool(body)) == (200, True)


def test_the_generated_passwords_open_every_role(started: RunningServer) -> None:
    roles = {"desk110": "operator", "desk12345": "operator", "chief": "supervisor", "admin": "admin"}
    assert set(started.passwords) == set(roles)
    assert len(set(started.passwords.values())) == len(roles)
    signed_in = {name: _sign_in(started, name, password)["role"] for name, password in started.passwords.items()}
    assert signed_in == roles


def test_it_is_well(started: RunningServer) -> None:
    status, body = _get(f"{started.url}/healthz")
    assert (status, json.loads(body)) == (200, {"status": "ok"})


def test_a_second_server_on_the_same_port(started: RunningServer, tmp_path: Path) -> None:
    second = run(tmp_path / "other.sqlite", "serve", host="127.0.0.1", port=str(started.port))
    assert second.returncode == 2
    assert f"127.0.0.1:{started.port} 已经被别的程序占用" in second.stderr
    assert "Traceback" not in second.stderr
    assert not second.stdout, "nothing is announced, above all no passwords"


def test_a_second_server_on_the_same_database(started: RunningServer) -> None:
    second = run(started.database, "serve", host="127.0.0.1", port="0")
    assert second.returncode == 2
    assert f"数据库文件 {started.database} 正由进程 {started.pid} 使用" in second.stderr
    assert "Traceback" not in second.stderr
    assert not second.stdout


def test_stopping_and_starting_again(started: RunningServer) -> None:
    """Last: it stops the server that the others use."""
    first = dict(started.passwords)
    assert started.stop() == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", started.port)) != 0
    assert not started.database.with_name("frontdesk.sqlite-wal").exists(), "a clean end leaves one file"
    assert not started.troubles
    started.start()
    shown = "\n".join(started.printed)
    assert f"{started.url}/desk" in shown
    assert "密码" not in shown
    assert not any(password in shown for password in first.values())
    assert _sign_in(started, "desk110", first["desk110"])["queue"] == "110"
    logged = json.dumps(started.logged, ensure_ascii=False)
    assert not any(password in logged for password in first.values())
