"""Accounts on a SQLite file: rules, hashing, throttling, sessions, trail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from frontdesk.accounts import (
    ROLES,
    AccountRefused,
    Accounts,
    SessionRules,
    SignInFailed,
    SignInThrottled,
    role_of,
)
from frontdesk.storage import SqlStore, open_store
from handoff.testing import FixedClock

PASSWORD = "correct horse battery"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store(f"sqlite:///{tmp_path}/frontdesk.db") as opened:
        yield opened


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def accounts(store: SqlStore, clock: FixedClock) -> Accounts:
    made = Accounts(store, clock, hasher=CHEAP)
    await made.create("wang", PASSWORD, "operator-110", by="cli")
    return made


async def fail(accounts: Accounts, times: int, name: str = "wang", address: str = HERE) -> None:
    for _ in range(times):
        with pytest.raises(SignInFailed):
            await accounts.sign_in(name, "wrong password", address)


async def wait_of(accounts: Accounts, name: str = "wang", address: str = HERE) -> int:
    with pytest.raises(SignInThrottled) as caught:
        await accounts.sign_in(name, PASSWORD, address)
    assert f"{caught.value.seconds} 秒" in str(caught.value)
    return caught.value.seconds


@pytest.mark.parametrize("role", list(ROLES))
async def test_roles(accounts: Accounts, role: str) -> None:
    user = await accounts.create("somebody", PASSWORD, role, by="cli")  # type: ignore[arg-type]
    assert role_of(user) == role


@pytest.mark.parametrize(
    ("name", "password", "role", "code", "field"),
    [
        ("WANG ", PASSWORD, "admin", "name_taken", "name"),
        ("ｗａｎｇ", PASSWORD, "admin", "name_taken", "name"),
        ("x", PASSWORD, "admin", "bad_name", "name"),
        ("two words", PASSWORD, "admin", "bad_name", "name"),
        ("x" * 33, PASSWORD, "admin", "bad_name", "name"),
        ("frontdesk", PASSWORD, "admin", "bad_name", "name"),
        ("li", "short", "admin", "weak_password", "password"),
        ("li", "lilililili", "admin", "weak_password", "password"),
        ("chen-xiaoming", "Chen-XiaoMing", "admin", "weak_password", "password"),
        ("chen-xiaoming", "gnimoaix-nehc", "admin", "weak_password", "password"),
        ("li", "1111111111", "admin", "weak_password", "password"),
        ("li", "x" * 257, "admin", "weak_password", "password"),
        ("li", PASSWORD, "operator", "bad_role", "role"),
    ],
)
async def test_refused_accounts(accounts: Accounts, name: str, password: str, role: str, code: str, field: str) -> None:
    with pytest.raises(AccountRefused) as caught:
        await accounts.create(name, password, role, by="cli")  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.field) == (code, field)
    assert len(await accounts.users()) == 1


async def test_passwords_are_stored_as_argon2id(accounts: Accounts) -> None:
    user = (await accounts.users())[0]
    assert user.password_hash.startswith("$argon2id$")
    assert user.password_hash not in repr(user)


async def test_sign_in_and_out(accounts: Accounts) -> None:
    token, session, user = await accounts.sign_in(" Wang", PASSWORD, HERE)
    assert await accounts.session(token) == (session, user)
    other, second, _ = await accounts.sign_in("wang", PASSWORD, HERE)
    assert (other, second.csrf) != (token, session.csrf)
    await accounts.sign_out(token)
    assert await accounts.session(token) is None
    assert await accounts.session(other) is not None
    await accounts.sign_out(token)


async def test_waiting_grows_and_right_words_end_it(accounts: Accounts, clock: FixedClock) -> None:
    await fail(accounts, 3)
    waits = []
    for _ in range(4):
        waits.append(await wait_of(accounts))
        clock.advance(timedelta(seconds=waits[-1]))
        await fail(accounts, 1)
    assert waits == sorted(set(waits))
    clock.advance(timedelta(seconds=await wait_of(accounts)))
    await accounts.sign_in("wang", PASSWORD, HERE)
    await fail(accounts, 3)


async def test_waiting_ends_at_five_minutes(accounts: Accounts, clock: FixedClock) -> None:
    for _ in range(20):
        try:
            await accounts.sign_in("wang", "wrong password", HERE)
        except SignInThrottled as throttled:
            assert throttled.seconds <= 301
            clock.advance(timedelta(seconds=throttled.seconds))
        except SignInFailed:
            pass


async def test_failures_are_forgotten_after_an_hour(accounts: Accounts, clock: FixedClock) -> None:
    await fail(accounts, 3)
    clock.advance(timedelta(minutes=61))
    await fail(accounts, 3)


async def test_a_stranger_does_not_keep_the_operator_out(accounts: Accounts) -> None:
    await fail(accounts, 3, address=ELSEWHERE)
    await wait_of(accounts, address=ELSEWHERE)
    await accounts.sign_in("wang", PASSWORD, HERE)


async def test_many_addresses_against_one_name_are_slowed_a_little(accounts: Accounts) -> None:
    for number in range(5):
        await fail(accounts, 2, address=f"203.0.113.{number}")
    assert await wait_of(accounts, address="203.0.113.99") <= 31


async def test_one_address_against_many_names_is_slowed(accounts: Accounts) -> None:
    for number in range(20):
        await fail(accounts, 1, name=f"guess{number}", address=ELSEWHERE)
    await wait_of(accounts, name="guess99", address=ELSEWHERE)


async def test_unknown_names_are_slowed_like_known_ones(accounts: Accounts) -> None:
    await fail(accounts, 3, name="nobody")
    await wait_of(accounts, name="nobody")


async def test_attempts_side_by_side_do_not_pass_together(accounts: Accounts) -> None:
    attempts = [accounts.sign_in("wang", "wrong password", HERE) for _ in range(30)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    looked_at = [each for each in outcomes if isinstance(each, SignInFailed)]
    assert len(looked_at) <= 5


async def test_unknown_names_cost_a_hash_too(store: SqlStore, clock: FixedClock) -> None:
    class Counting(PasswordHasher):
        verified = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            Counting.verified += 1
            return super().verify(hash, password)

    accounts = Accounts(store, clock, hasher=Counting(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("nobody", "\x00", "not a name"):
        await fail(accounts, 1, name=name)
    assert Counting.verified == 3


async def test_old_hashes_are_renewed(store: SqlStore, clock: FixedClock, accounts: Accounts) -> None:
    before = (await accounts.users())[0].password_hash
    stronger = Accounts(store, clock, hasher=PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    token, _, _ = await stronger.sign_in("wang", PASSWORD, HERE)
    assert (await accounts.users())[0].password_hash != before
    assert await stronger.session(token) is not None
    await stronger.sign_in("wang", PASSWORD, HERE)


async def test_a_new_password_ends_all_sessions(accounts: Accounts) -> None:
    token, _, _ = await accounts.sign_in("wang", PASSWORD, HERE)
    await accounts.set_password("wang", "another long secret", by="root")
    assert await accounts.session(token) is None
    await fail(accounts, 1)
    await accounts.sign_in("wang", "another long secret", HERE)


async def test_a_new_role_and_a_lock_end_all_sessions(accounts: Accounts) -> None:
    token, _, _ = await accounts.sign_in("wang", PASSWORD, HERE)
    await accounts.set_role("wang", "supervisor", by="root")
    assert await accounts.session(token) is None
    token, _, user = await accounts.sign_in("wang", PASSWORD, HERE)
    assert role_of(user) == "supervisor"
    await accounts.set_active("wang", False, by="root")
    assert await accounts.session(token) is None
    await fail(accounts, 1)
    await accounts.set_active("wang", True, by="root")
    await accounts.sign_in("wang", PASSWORD, HERE)


@pytest.mark.parametrize("change", ["set_password", "set_role", "set_active"])
async def test_unknown_accounts_cannot_be_changed(accounts: Accounts, change: str) -> None:
    value = {"set_password": PASSWORD, "set_role": "admin", "set_active": False}[change]
    with pytest.raises(AccountRefused) as caught:
        await getattr(accounts, change)("nobody", value, by="root")
    assert caught.value.code == "unknown_account"


async def test_sessions_end(store: SqlStore, clock: FixedClock, accounts: Accounts) -> None:
    rules = SessionRules(idle=timedelta(minutes=10), absolute=timedelta(minutes=25))
    strict = Accounts(store, clock, hasher=CHEAP, rules=rules)
    token, _, _ = await strict.sign_in("wang", PASSWORD, HERE)
    for _ in range(3):
        clock.advance(timedelta(minutes=8))
        assert await strict.session(token) is not None
    clock.advance(timedelta(minutes=1))
    assert await strict.session(token) is None
    token, _, _ = await strict.sign_in("wang", PASSWORD, HERE)
    clock.advance(timedelta(minutes=10))
    assert await strict.session(token) is None


async def test_everything_leaves_a_trail(store: SqlStore, accounts: Accounts) -> None:
    token, _, _ = await accounts.sign_in("wang", PASSWORD, HERE)
    await accounts.sign_out(token)
    await fail(accounts, 1)
    await accounts.set_password("wang", "another long secret", by="root")
    await accounts.set_active("wang", False, by="root")
    async with store.reading() as tx:
        trail = [(entry.actor, entry.action) for entry in reversed(await tx.audit.recent("account:wang"))]
    assert trail == [
        ("cli", "account_created"),
        ("wang", "signed_in"),
        ("wang", "signed_out"),
        ("anonymous", "sign_in_failed"),
        ("root", "password_set"),
        ("root", "account_locked"),
    ]
