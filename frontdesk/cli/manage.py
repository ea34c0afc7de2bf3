"""`frontdesk user` and `frontdesk db`: accounts and database, beside a running server or without one."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from frontdesk.accounts import ROLES, Accounts, Role
from frontdesk.cli.trouble import fail, mendable
from frontdesk.compose import system_clock
from frontdesk.settings import load_settings
from frontdesk.storage import Database, current, head, open_store, upgrade

user = typer.Typer(help="席员账号。", no_args_is_help=True)
db = typer.Typer(help="数据库。", no_args_is_help=True)


@user.callback()
def _user() -> None:
    """席员账号。"""


@db.callback()
def _db() -> None:
    """数据库。"""


@user.command("add")
def add(
    name: Annotated[str, typer.Argument(help="账号名")],
    role: Annotated[str, typer.Option(help="、".join(ROLES))],
    password: Annotated[str | None, typer.Option(help="不写就生成一个，只显示这一次")] = None,
) -> None:
    """新建账号。"""
    if role not in ROLES:
        raise fail(f"没有 {role} 这个角色，可用：{'、'.join(ROLES)}")
    chosen: Role = role
    secret = password or generated_password()
    _with_accounts(lambda accounts: accounts.create(name, secret, chosen, by="cli"))
    typer.echo(f"账号 {name}（{role}）已建好。" + ("" if password else f"密码：{secret}（只显示这一次）"))


@user.command("password")
def set_password(
    name: Annotated[str, typer.Argument(help="账号名")],
    password: Annotated[str | None, typer.Option(help="不写就生成一个，只显示这一次")] = None,
) -> None:
    """改密码；这个账号已登录的页面会退出。"""
    secret = password or generated_password()
    _with_accounts(lambda accounts: accounts.set_password(name, secret, by="cli"))
    typer.echo(f"账号 {name} 的密码已改。" + ("" if password else f"新密码：{secret}（只显示这一次）"))


@user.command("role")
def set_role(
    name: Annotated[str, typer.Argument(help="账号名")],
    role: Annotated[str, typer.Argument(help="、".join(ROLES))],
) -> None:
    """换角色；这个账号已登录的页面会退出。"""
    if role not in ROLES:
        raise fail(f"没有 {role} 这个角色，可用：{'、'.join(ROLES)}")
    chosen: Role = role
    _with_accounts(lambda accounts: accounts.set_role(name, chosen, by="cli"))
    typer.echo(f"账号 {name} 现在是 {role}。")


@user.command("lock")
def lock(name: Annotated[str, typer.Argument(help="账号名")]) -> None:
    """停用账号；已登录的页面会退出，做过的事仍然查得到。"""
    _set_active(name, active=False)
    typer.echo(f"账号 {name} 已停用。")


@user.command("phone")
def set_phone(
    name: Annotated[str, typer.Argument(help="账号名")],
    phone: Annotated[str, typer.Argument(help="话机账号，例如 op110；写 - 表示没有话机")],
) -> None:
    """记下账号手边的话机：它响时案件自动打开。别人原来用这部话机的，改为没有。"""
    settings = load_settings()
    known = [*settings.phone_names("110"), *settings.phone_names("12345")]
    if phone != "-" and phone not in known:
        raise fail(
            f"设置里没有话机 {phone}，可用：{'、'.join(known) or '（没有）'}。在 phones_110 或 phones_12345 里加"
        )
    _with_accounts(lambda accounts: accounts.set_phone(name, None if phone == "-" else phone, by="cli"))
    typer.echo(f"账号 {name} {'没有话机了' if phone == '-' else f'的话机是 {phone}'}。")


@user.command("unlock")
def unlock(name: Annotated[str, typer.Argument(help="账号名")]) -> None:
    """重新启用账号。"""
    _set_active(name, active=True)
    typer.echo(f"账号 {name} 已启用。")


def _set_active(name: str, *, active: bool) -> None:
    _with_accounts(lambda accounts: accounts.set_active(name, active, by="cli"))


@user.command("list")
def list_users() -> None:
    """列出账号。"""

    async def work(accounts: Accounts) -> None:
        for found in await accounts.users():
            role = f"{found.role}-{found.queue}" if found.queue else found.role
            typer.echo(f"{found.name}\t{role}\t{'启用' if found.active else '停用'}\t{found.phone or ''}".rstrip())

    _with_accounts(work)


@db.command("migrate")
def migrate() -> None:
    """把数据库升级到这个版本的结构。"""
    settings = load_settings()

    async def work() -> tuple[str | None, str]:
        file = settings.database_file
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        database = Database(settings.database_url)
        try:
            with database.alone():
                return await current(database), await upgrade(database)
        finally:
            await database.close()

    with mendable():
        before, after = asyncio.run(work())
    typer.echo(f"数据库结构：{before or '（空）'} → {after}（程序需要 {head()}）")


def _with_accounts(work: Callable[[Accounts], Awaitable[object]]) -> None:
    """Run this on the accounts of the configured database, beside a running server or without one."""

    async def run() -> None:
        async with open_store(load_settings().database_url, exclusive=False) as store:
            await work(Accounts(store, system_clock))

    with mendable():
        asyncio.run(run())


def generated_password() -> str:
    """Sixteen characters that are easy to read aloud and to type."""
    return "-".join(secrets.token_hex(2) for _ in range(4))
