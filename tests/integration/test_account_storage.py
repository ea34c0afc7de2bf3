"""Users, sessions and failed sign-ins on a SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from frontdesk.storage import Session, SqlStore, UnknownUser, User, UserExists, open_store
from handoff.ports import AuditEntry

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOKEN = "a-token-that-nobody-guesses"
WANG = User(name="wang", password_hash="$argon2id$1", role="operator", queue="110", created_at=NOW)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store(f"sqlite:///{tmp_path}/frontdesk.db") as opened:
        yield opened


def session(user: str = "wang", **times: datetime) -> Session:
    known = {"created_at": NOW, "last_seen": NOW, "expires_at": NOW + HOUR}
    return Session(user=user, csrf="csrf", **(known | times))


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def sign_in(store: SqlStore, token: str = TOKEN) -> None:
    async with store.transaction() as tx:
        if await tx.accounts.user("wang") is None:
            await tx.accounts.add_user(WANG)
        await tx.accounts.open_session(token, session())


async def test_users_are_added_once_and_listed_by_name(store: SqlStore) -> None:
    admin = User(name="chen", password_hash="$argon2id$2", role="admin", created_at=NOW)
    async with store.transaction() as tx:
        await tx.accounts.add_user(WANG)
        await tx.accounts.add_user(admin)
    with pytest.raises(UserExists, match="wang"):
        async with store.transaction() as tx:
            await tx.accounts.add_user(WANG.model_copy(update={"password_hash": "$argon2id$3"}))
    async with store.reading() as tx:
        assert list(await tx.accounts.users()) == [admin, WANG]
        assert await tx.accounts.user("wang") == WANG
        assert await tx.accounts.user("WANG") is None


@pytest.mark.parametrize(("role", "queue"), [("operator", None), ("admin", "110"), ("janitor", None)])
def test_role_and_desk_must_fit(role: str, queue: str | None) -> None:
    with pytest.raises(ValidationError):
        User.model_validate(WANG.model_dump() | {"role": role, "queue": queue})


async def test_a_session_lasts_until_it_expires(store: SqlStore) -> None:
    await sign_in(store)
    async with store.transaction() as tx:
        assert await tx.accounts.signed_in(TOKEN, NOW) == (session(), WANG)
        assert await tx.accounts.signed_in("another", NOW) is None
        assert await tx.accounts.signed_in("\ud800", NOW) is None
        assert await tx.accounts.signed_in(TOKEN, NOW + HOUR) is None
        await tx.accounts.touch_session(TOKEN, NOW + HOUR / 2, NOW + 2 * HOUR)
        touched = session(last_seen=NOW + HOUR / 2, expires_at=NOW + 2 * HOUR)
        assert await tx.accounts.signed_in(TOKEN, NOW + HOUR) == (touched, WANG)
        await tx.accounts.end_session(TOKEN)
        assert await tx.accounts.signed_in(TOKEN, NOW) is None


async def test_the_token_is_not_in_the_file(store: SqlStore, tmp_path: Path) -> None:
    await sign_in(store)
    content = everything_in(tmp_path)
    assert b"$argon2id$1" in content
    assert TOKEN.encode() not in content


async def test_changing_an_account_ends_its_sessions(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.accounts.add_user(User(name="li", password_hash="x", role="admin", created_at=NOW))
        await tx.accounts.open_session("li's", session("li"))
    await sign_in(store)
    async with store.transaction() as tx:
        await tx.accounts.set_password("wang", "$argon2id$9")
        assert await tx.accounts.signed_in(TOKEN, NOW) is None
    await sign_in(store)
    async with store.transaction() as tx:
        await tx.accounts.set_role("wang", "operator", "12345")
        assert await tx.accounts.signed_in(TOKEN, NOW) is None
    await sign_in(store)
    async with store.transaction() as tx:
        await tx.accounts.set_active("wang", active=False)
        assert await tx.accounts.signed_in(TOKEN, NOW) is None
        changed = {"password_hash": "$argon2id$9", "queue": "12345", "active": False}
        assert await tx.accounts.user("wang") == WANG.model_copy(update=changed)
        assert await tx.accounts.signed_in("li's", NOW) is not None


async def test_a_locked_account_has_no_session(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.accounts.add_user(WANG)
        await tx.accounts.set_active("wang", active=False)
    await sign_in(store)
    async with store.reading() as tx:
        assert await tx.accounts.signed_in(TOKEN, NOW) is None


async def test_unknown_users_and_unfit_roles_change_nothing(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.accounts.add_user(WANG)
        with pytest.raises(UnknownUser):
            await tx.accounts.set_password("nobody", "x")
        with pytest.raises(UnknownUser):
            await tx.accounts.set_role("nobody", "admin", None)
        with pytest.raises(ValueError, match="接线员"):
            await tx.accounts.set_role("wang", "admin", "110")
        assert await tx.accounts.user("wang") == WANG


async def test_an_account_and_its_audit_entry_are_written_together(store: SqlStore) -> None:
    with pytest.raises(RuntimeError):
        async with store.transaction() as tx:
            await tx.accounts.add_user(WANG)
            entry = AuditEntry(at=NOW, actor="cli", action="account_created", subject="account:wang")
            await tx.audit.append(entry)
            raise RuntimeError
    async with store.reading() as tx:
        assert (await tx.accounts.users(), await tx.audit.recent()) == ([], [])


async def test_failures_are_counted_within_a_window(store: SqlStore) -> None:
    async with store.transaction() as tx:
        assert await tx.accounts.login_failures("name", "wang") is None
        assert await tx.accounts.count_failure("name", "wang", NOW, HOUR) == 1
        assert await tx.accounts.count_failure("name", "wang", NOW + HOUR, HOUR) == 2
        assert await tx.accounts.count_failure("address", "wang", NOW, HOUR) == 1
        await tx.accounts.block("name", "wang", NOW + 2 * HOUR)
        found = await tx.accounts.login_failures("name", "wang")
        assert found is not None
        assert (found.failures, found.last_at, found.until) == (2, NOW + HOUR, NOW + 2 * HOUR)
        assert await tx.accounts.count_failure("name", "wang", NOW + 3 * HOUR, HOUR) == 1
        await tx.accounts.clear_failures("name", "wang")
        assert await tx.accounts.login_failures("name", "wang") is None
        assert await tx.accounts.login_failures("address", "wang") is not None


async def test_purging_keeps_what_still_counts(store: SqlStore) -> None:
    await sign_in(store)
    async with store.transaction() as tx:
        await tx.accounts.count_failure("name", "old", NOW, HOUR)
        await tx.accounts.count_failure("name", "old but blocked", NOW, HOUR)
        await tx.accounts.block("name", "old but blocked", NOW + 9 * HOUR)
        await tx.accounts.count_failure("name", "fresh", NOW + 2 * HOUR, HOUR)
        await tx.accounts.purge(NOW + HOUR / 2, failures_before=NOW)
        assert await tx.accounts.login_failures("name", "old") is not None
        assert await tx.accounts.signed_in(TOKEN, NOW) is not None
        await tx.accounts.purge(NOW + 2 * HOUR, failures_before=NOW + HOUR)
        assert await tx.accounts.login_failures("name", "old") is None
        assert await tx.accounts.login_failures("name", "old but blocked") is not None
        assert await tx.accounts.login_failures("name", "fresh") is not None
        assert await tx.accounts.signed_in(TOKEN, NOW) is None
