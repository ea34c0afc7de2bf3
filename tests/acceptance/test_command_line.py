"""The commands as a person or a script runs them: what they print, and how they end.

Each command is once run as its own process; what else may happen to it is tried in this process, which is faster.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from running_server import ROOT, RunningServer, database_url, run
from typer.testing import CliRunner

from frontdesk.cli import app

PASSWORD = re.compile(r"密码：((?:[0-9a-f]{4}-){3}[0-9a-f]{4})（只显示这一次）")
SCENARIO = """
- title: 问身份证
  steps:
    - citizen: 身份证丢了怎么补办
    - answered: {intent}
      no_case: true
"""


def invoke(database: Path, *words: str, given: str = "", **settings: str) -> Result:
    """The command in this process; an exception that it does not handle fails the test."""
    given_settings = {f"FRONTDESK_{name.upper()}": value for name, value in settings.items()}
    env = {"FRONTDESK_DATABASE_URL": database_url(database), **given_settings}
    result = CliRunner().invoke(app, words, input=given, env=env)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "frontdesk.sqlite"


def test_explain_a_sentence(database: Path) -> None:
    ended = run(database, "explain", "我家门口的路灯坏了", columns="120")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("handoff streetlight")
    assert "去向 12345席" in ended.stdout
    assert "起作用的字词" in ended.stdout
    assert not database.exists(), "explaining needs no database"


def test_explain_line_by_line(database: Path) -> None:
    asked = [
        '{"text": "身份证丢了怎么补办", "id": 7}',
        "",
        "not json",
        '{"text": 5}',
        '{"text": "有人拿刀砍人"}',
        "\udc80",
    ]
    ended = run(database, "explain", "--jsonl", given="\n".join(asked).encode("utf-8", "surrogateescape"))
    assert (ended.returncode, ended.stderr) == (0, "")
    answer, broken, wrong, danger, bytes_only = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (answer["id"], answer["decision"], answer["intent"]) == (7, "answer", "idcard_lost")
    assert answer["candidates"][0]["intent"] == "idcard_lost"
    assert answer["queue"] is None
    assert (danger["queue"], danger["route"], danger["priority"]) == ("110", "110_emergency", "P1")
    assert "第3行" in broken["error"]["message"]
    assert "第4行" in wrong["error"]["message"]
    assert "第6行" in bytes_only["error"]["message"]
    assert {error["error"]["code"] for error in (broken, wrong, bytes_only)} == {"bad_line"}


def test_explain_needs_something_to_explain(database: Path) -> None:
    ended = invoke(database, "explain")
    assert ended.exit_code == 2
    assert "--jsonl" in ended.stderr


def test_replay_whole_conversations(database: Path) -> None:
    conversations = [
        {"id": "noise", "channel": "web", "turns": ["现在都凌晨一点了楼上还在放音乐", "文二路翠苑小区12幢403", "可以"]},
        {"id": "silent", "channel": "voice", "entry": "110", "turns": ["", "", ""]},
        {"id": "wrong", "channel": "pigeon", "turns": ["喂"]},
        {"id": "none", "turns": "喂"},
    ]
    given = "\n".join(json.dumps(each, ensure_ascii=False) for each in conversations)
    ended = run(database, "replay", "--jsonl", given=given)
    assert (ended.returncode, ended.stderr) == (0, "")
    noise, silent, wrong, none = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [turn["citizen"] for turn in noise["turns"]] == conversations[0]["turns"]
    assert (noise["case"]["queue"], noise["case"]["matter"]) == ("110", "noise_now_night")
    assert noise["case"]["fields"]["location"] == "文二路翠苑小区12幢403"
    assert noise["case"]["consent"] is True
    assert noise["questions"] == 3, "place, consent, telephone"
    assert silent["case"]["queue"] == "110", "who says nothing on 110 is not left alone"
    assert "pigeon" in wrong["error"]["message"]
    assert "第4行" in none["error"]["message"]


def test_the_catalogue_we_ship_is_sound(database: Path) -> None:
    ended = run(database, "catalogue", "validate")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(r"^\d{3} 个意图，\d{5} 条说法：0 处错误", ended.stdout, re.MULTILINE)


@pytest.fixture
def other_home(tmp_path: Path) -> Path:
    """A copy of the configuration that may be spoilt."""
    shutil.copytree(ROOT / "config", tmp_path / "home" / "config")
    return tmp_path / "home"


def test_a_catalogue_file_cut_in_half(database: Path, other_home: Path) -> None:
    file = other_home / "config" / "catalogue" / "zh" / "household.yaml"
    whole = file.read_bytes()
    file.write_bytes(whole[: whole.index("：".encode(), len(whole) // 2) + 1])  # in the middle of a character
    server = run(database, "serve", home=str(other_home), port="0")
    validation = invoke(database, "catalogue", "validate", home=str(other_home))
    assert (server.returncode, validation.exit_code) == (2, 2)
    assert (server.stdout, validation.stdout) == ("", "")
    for told in (server.stderr, validation.stderr):
        assert re.search(r"config/catalogue/zh/household\.yaml:\d+: ", told)
        assert "Traceback" not in told
    assert not database.exists()


def test_a_setting_that_cannot_be(database: Path) -> None:
    ended = invoke(database, "serve", port="abc")
    assert ended.exit_code == 2
    assert "设置 port 不对" in ended.stderr
    assert "FRONTDESK_" in ended.stderr


def test_playing_scenarios(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "right.yaml").write_text(SCENARIO.format(intent="idcard_lost"), "utf-8")
    ended = run(database, "test", str(folder))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "1 段通过，0 段不符\n", "")
    (folder / "wrong.yaml").write_text(SCENARIO.format(intent="visa_expired"), "utf-8")
    ended = invoke(database, "test", str(folder))
    assert ended.exit_code == 1
    assert "wrong.yaml：问身份证" in ended.stdout
    assert "第2步：应当回答 visa_expired，实际回答了 ['idcard_lost']" in ended.stdout
    assert "1 段通过，1 段不符" in ended.stdout


def test_scenarios_that_are_not_there_or_not_readable(database: Path, tmp_path: Path) -> None:
    ended = invoke(database, "test", str(tmp_path))
    assert ended.exit_code == 2
    assert "没有场景文件" in ended.stderr
    broken = tmp_path / "broken.yaml"
    broken.write_text("- title: 没有步骤\n", "utf-8")
    ended = invoke(database, "test", str(broken))
    assert ended.exit_code == 2
    assert f"{broken}" in ended.stderr.replace("\n", "")


def test_accounts_without_a_server(database: Path) -> None:
    made = run(database, "user", "add", "chen", "--role", "operator-110")
    assert made.returncode == 0
    generated = PASSWORD.search(made.stdout)
    assert generated, made.stdout
    listed = run(database, "user", "list")
    assert (listed.returncode, listed.stdout) == (0, "chen\toperator-110\t启用\n")
    changed = run(database, "user", "password", "chen")
    assert changed.returncode == 0
    assert (new := PASSWORD.search(changed.stdout))
    assert new[1] != generated[1]
    assert run(database, "user", "role", "chen", "supervisor").returncode == 0
    assert run(database, "user", "lock", "chen").returncode == 0
    assert run(database, "user", "list").stdout == "chen\tsupervisor\t停用\n"
    assert run(database, "user", "unlock", "chen").returncode == 0
    assert run(database, "user", "list").stdout == "chen\tsupervisor\t启用\n"
    with closing(sqlite3.connect(database)) as file:
        stored = "".join(map(str, file.execute("SELECT * FROM users").fetchone()))
    assert generated[1] not in stored
    assert new[1] not in stored


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("user", "add", "chen", "--role", "boss"), "没有 boss 这个角色"),
        (("user", "add", "chen", "--role", "admin", "--password", "short"), "密码"),
        (("user", "password", "nobody"), "nobody"),
    ],
    ids=["role", "short", "unknown"],
)
def test_accounts_that_cannot_be(database: Path, words: tuple[str, ...], told: str) -> None:
    ended = invoke(database, *words)
    assert ended.exit_code == 2
    assert told in ended.stderr


def test_migrating(database: Path) -> None:
    first = run(database, "db", "migrate")
    assert first.returncode == 0
    before, after, needed = re.fullmatch(r"数据库结构：(\S+) → (\S+)（程序需要 (\S+)）\n", first.stdout).groups()
    assert before == "（空）"
    assert after == needed
    again = run(database, "db", "migrate")
    assert again.stdout == f"数据库结构：{after} → {after}（程序需要 {after}）\n"


def test_a_database_of_a_newer_version(database: Path) -> None:
    assert invoke(database, "db", "migrate").exit_code == 0
    with closing(sqlite3.connect(database)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.commit()
    for words in (("db", "migrate"), ("user", "list")):
        ended = invoke(database, *words)
        assert ended.exit_code == 2
        assert "9999" in ended.stderr


def test_a_file_that_is_no_database(database: Path) -> None:
    database.write_text("这不是数据库。" * 1000, "utf-8")
    ended = invoke(database, "user", "list")
    assert ended.exit_code == 2
    assert "不是数据库" in ended.stderr
    assert database.read_text("utf-8").startswith("这不是数据库"), "left as it was"


def test_doctor(database: Path) -> None:
    ended = run(database, "doctor")
    assert ended.returncode == 0, ended.stdout
    checks = {line[2:].partition("：")[0] for line in ended.stdout.splitlines()}
    always = {"Python", "设置", "意图库与规则", "数据库", "磁盘", "端口", "语音合成", "通话录音", "话术录音", "电话"}
    assert checks >= always | {"Chromium", "PostgreSQL"}
    assert f"{database} 还没有" in ended.stdout


def test_doctor_names_what_is_missing(database: Path, other_home: Path) -> None:
    triage = other_home / "config" / "triage.yaml"
    triage.unlink()
    database.write_text("不是数据库", "utf-8")
    ended = invoke(database, "doctor", home=str(other_home))
    assert ended.exit_code == 1
    assert re.search(r"^✗ 意图库与规则：.*triage\.yaml", ended.stdout, re.MULTILINE)
    assert re.search(r"^✗ 数据库：", ended.stdout, re.MULTILINE)


def test_talking_in_the_terminal(database: Path) -> None:
    given = "我家门口的路灯坏了\n文三路100号门口\n/1\n/退出\n这句不会读到\n"
    ended = run(database, "shell", given=given, columns="200")
    assert ended.returncode == 0, ended.stderr
    assert "前台：您好" in ended.stdout
    assert "/1 可以" in ended.stdout
    assert "已经记下并交给12345政务服务热线" in ended.stdout
    assert "文三路100号门口" in ended.stdout
    assert "这句不会读到" not in ended.stdout
    assert not database.exists(), "nothing is stored"


def test_the_terminal_ends_with_its_input(database: Path) -> None:
    ended = invoke(database, "shell", "--entry", "110", given="有人拿刀砍人")
    assert ended.exit_code == 0, ended.stderr
    assert "您好，110" in ended.stdout
    assert "110席 P1" in ended.stdout


async def test_commands_beside_a_running_server(server: RunningServer) -> None:
    made = await asyncio.to_thread(run, server.database, "user", "add", "guest", "--role", "supervisor")
    assert made.returncode == 0, made.stderr
    listed = await asyncio.to_thread(run, server.database, "user", "list")
    assert "guest\tsupervisor\t启用" in listed.stdout
    refused = await asyncio.to_thread(run, server.database, "db", "migrate")
    assert refused.returncode == 2
    assert f"进程 {server.pid} " in refused.stderr
