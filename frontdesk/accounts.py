"""Who may sit at a desk: accounts, sign-in, sessions.

Passwords are hashed with argon2id outside the event loop. Failed sign-ins slow down, per name and
address; an unknown name costs the same time and gets the same words as a wrong password.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from frontdesk.storage import FailureKind, LoginFailures, Session, SqlStore, SqlTransaction, User, UserExists
from frontdesk.storage import Role as StoredRole
from handoff import Queue
from handoff.ports import AuditEntry, Clock

Role = Literal["operator-110", "operator-12345", "supervisor", "admin"]
ROLES: dict[Role, tuple[StoredRole, Queue | None]] = {
    "operator-110": ("operator", "110"),
    "operator-12345": ("operator", "12345"),
    "supervisor": ("supervisor", None),
    "admin": ("admin", None),
}
MIN_PASSWORD = 10
MAX_PASSWORD = 256
RESERVED_NAMES = frozenset({"frontdesk", "citizen", "operator", "system", "anonymous"})
PARALLEL_HASHES = 2
FORGET_FAILURES = timedelta(hours=1)
_NAME = re.compile(r"[\w.\-]{2,32}")
_TOUCH_EVERY = timedelta(minutes=1)


class AccountRefused(Exception):
    """The account cannot be made or changed like this. `field` names the input, the message says why."""

    def __init__(self, code: str, message: str, field: str) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class SignInFailed(Exception):
    """Wrong name or password, or a locked account; which of them is not said."""

    def __init__(self) -> None:
        super().__init__("账号或密码不对")


class SignInThrottled(Exception):
    """Too many failures; `seconds` until the next attempt is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"试错次数太多，请等 {seconds} 秒再登录")
        self.seconds = seconds


@dataclass(frozen=True)
class SessionRules:
    """When a session ends. An open desk page counts as activity."""

    idle: timedelta = timedelta(hours=1)
    absolute: timedelta = timedelta(hours=14)

    def end(self, opened: datetime, used: datetime) -> datetime:
        """When a session opened then and last used then ends."""
        return min(opened + self.absolute, used + self.idle)


@dataclass(frozen=True)
class _Suspect:
    """Something failures are counted under. After `free` of them each further one doubles the wait."""

    kind: FailureKind
    value: str
    free: int
    longest: float

    def wait(self, failures: int) -> float:
        """Seconds of waiting after so many failures."""
        if failures < self.free:
            return 0.0
        return min(2.0 ** min(failures - self.free + 1, 20), self.longest)


class Accounts:
    """Accounts and sessions in the store. Every change leaves its audit entry in the same transaction."""

    def __init__(
        self,
        store: SqlStore,
        clock: Clock,
        *,
        rules: SessionRules | None = None,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules or SessionRules()
        self._hasher = hasher or PasswordHasher()
        self._gate = asyncio.Semaphore(PARALLEL_HASHES)
        self._decoy: str | None = None

    async def create(self, name: str, password: str, role: Role, *, by: str) -> User:
        """A new account. Raises AccountRefused."""
        name = canonical_name(name)
        check_name(name)
        stored_role, queue = _stored(role)
        check_password(password, name)
        user = User(
            name=name,
            password_hash=await self._hash(password),
            role=stored_role,
            queue=queue,
            created_at=self._clock(),
        )
        async with self._store.transaction() as tx:
            try:
                await tx.accounts.add_user(user)
            except UserExists as error:
                raise AccountRefused("name_taken", f"账号“{name}”已经存在，请换一个名字", "name") from error
            await self._audit(tx, by, "account_created", name, role=role)
        return user

    async def users(self) -> Sequence[User]:
        """All accounts, by name."""
        async with self._store.reading() as tx:
            return await tx.accounts.users()

    async def set_password(self, name: str, password: str, *, by: str) -> None:
        """Replace the password and end all sessions of the account. Raises AccountRefused."""
        name = canonical_name(name)
        check_password(password, name)
        password_hash = await self._hash(password)
        async with self._store.transaction() as tx:
            await _require(tx, name)
            await tx.accounts.set_password(name, password_hash)
            await self._audit(tx, by, "password_set", name)

    async def set_role(self, name: str, role: Role, *, by: str) -> None:
        """Give the account another role; it has to sign in again. Raises AccountRefused."""
        name = canonical_name(name)
        stored_role, queue = _stored(role)
        async with self._store.transaction() as tx:
            await _require(tx, name)
            await tx.accounts.set_role(name, stored_role, queue)
            await self._audit(tx, by, "role_set", name, role=role)

    async def set_phone(self, name: str, phone: str | None, *, by: str) -> None:
        """Give the account the telephone beside them; nobody else has it from then on. Raises AccountRefused."""
        name = canonical_name(name)
        async with self._store.transaction() as tx:
            await _require(tx, name)
            before = await tx.accounts.set_phone(name, phone)
            if before is not None:
                await self._audit(tx, by, "phone_taken", before, phone=phone)
            await self._audit(tx, by, "phone_set", name, phone=phone)

    async def set_active(self, name: str, active: bool, *, by: str) -> None:
        """Lock or unlock an account; accounts are never deleted. Raises AccountRefused."""
        name = canonical_name(name)
        async with self._store.transaction() as tx:
            await _require(tx, name)
            await tx.accounts.set_active(name, active)
            await self._audit(tx, by, "account_unlocked" if active else "account_locked", name)

    async def sign_in(self, name: str, password: str, address: str) -> tuple[str, Session, User]:
        """A new session and its token, which is stored nowhere. Raises SignInThrottled, SignInFailed."""
        name = canonical_name(name)
        suspects = _suspects(name, address)
        await self._look_up(name, suspects)
        async with self._gate:
            # Looked at again: attempts sent side by side must not all pass before the first one is counted.
            user = await self._look_up(name, suspects)
            matches = await asyncio.to_thread(self._matches, user.password_hash if user else None, password)
            if user is None or not user.active or not matches:
                await self._count(suspects, user)
                raise SignInFailed
            rehash = self._hasher.check_needs_rehash(user.password_hash)
            new_hash = await asyncio.to_thread(self._hasher.hash, password) if rehash else None
        token = secrets.token_urlsafe(32)
        now = self._clock()
        session = Session(
            user=user.name,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            last_seen=now,
            expires_at=self._rules.end(now, now),
        )
        async with self._store.transaction() as tx:
            if await tx.accounts.user(name) != user:  # changed or locked while the password was looked at
                raise SignInFailed
            if new_hash is not None:
                await tx.accounts.set_password(user.name, new_hash)
            for suspect in suspects:
                if suspect.kind == "name":
                    await tx.accounts.clear_failures(suspect.kind, suspect.value)
            await tx.accounts.open_session(token, session)
            await tx.accounts.purge(now, now - FORGET_FAILURES)
            await self._audit(tx, user.name, "signed_in", user.name)
        return token, session, user

    async def sign_out(self, token: str) -> None:
        """End the session, if there is one."""
        async with self._store.transaction() as tx:
            found = await tx.accounts.signed_in(token, self._clock())
            await tx.accounts.end_session(token)
            if found is not None:
                await self._audit(tx, found[1].name, "signed_out", found[1].name)

    async def session(self, token: str) -> tuple[Session, User] | None:
        """The session of this token and its user; None if unknown, expired or locked. Counts as activity."""
        now = self._clock()
        async with self._store.reading() as tx:
            found = await tx.accounts.signed_in(token, now)
        if found is not None:
            session, _ = found
            if now - session.last_seen >= min(_TOUCH_EVERY, self._rules.idle / 4):
                async with self._store.transaction() as tx:
                    await tx.accounts.touch_session(token, now, self._rules.end(session.created_at, now))
        return found

    async def _look_up(self, name: str, suspects: Sequence[_Suspect]) -> User | None:
        async with self._store.reading() as tx:
            records = [await tx.accounts.login_failures(suspect.kind, suspect.value) for suspect in suspects]
            wait = _longest_wait(records, self._clock())
            if wait > 0:
                raise SignInThrottled(int(wait) + 1)
            return await tx.accounts.user(name) if _NAME.fullmatch(name) else None

    async def _count(self, suspects: Sequence[_Suspect], user: User | None) -> None:
        now = self._clock()
        async with self._store.transaction() as tx:
            for suspect in suspects:
                count = await tx.accounts.count_failure(suspect.kind, suspect.value, now, FORGET_FAILURES)
                wait = suspect.wait(count)
                if wait:
                    until = now + timedelta(seconds=wait)
                    await tx.accounts.block(suspect.kind, suspect.value, until)
            await self._audit(tx, "anonymous", "sign_in_failed", user.name if user else "unknown")

    async def _hash(self, password: str) -> str:
        async with self._gate:
            return await asyncio.to_thread(self._hasher.hash, password)

    def _matches(self, password_hash: str | None, password: str) -> bool:
        if password_hash is None:
            if self._decoy is None:
                self._decoy = self._hasher.hash(secrets.token_urlsafe(16))
            self._verifies(self._decoy, password)
            return False
        return self._verifies(password_hash, password)

    def _verifies(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _audit(self, tx: SqlTransaction, by: str, action: str, name: str, **detail: object) -> None:
        subject = f"account:{name}"
        entry = AuditEntry(at=self._clock(), actor=by, action=action, subject=subject, detail=detail)
        await tx.audit.append(entry)


def role_of(user: User) -> Role:
    """The role as people name it: operators together with their desk."""
    return next(role for role, stored in ROLES.items() if stored == (user.role, user.queue))


def canonical_name(name: str) -> str:
    """One spelling per account: compatibility forms folded, surrounding spaces and case dropped."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def check_name(name: str) -> None:
    """Raises AccountRefused unless the (canonical) name can be an account."""
    if not _NAME.fullmatch(name):
        raise AccountRefused("bad_name", "账号名要 2 到 32 个字，可以用汉字、字母、数字、点、横线", "name")
    if name in RESERVED_NAMES:
        raise AccountRefused("bad_name", f"“{name}”是系统保留的名字，请换一个", "name")


def check_password(password: str, name: str) -> None:
    """Raises AccountRefused unless the password may be used by the account of this (canonical) name."""
    if len(password) < MIN_PASSWORD:
        raise AccountRefused("weak_password", f"密码至少要 {MIN_PASSWORD} 个字符", "password")
    if len(password) > MAX_PASSWORD:
        raise AccountRefused("weak_password", f"密码最多 {MAX_PASSWORD} 个字符", "password")
    folded = canonical_name(password)
    if folded.replace(name, "") == "" or folded == name[::-1]:
        raise AccountRefused("weak_password", "密码不能就是账号名", "password")
    if len(set(folded)) < 4:
        raise AccountRefused("weak_password", "密码里不同的字符太少，请换一个不容易猜到的", "password")


def _stored(role: str) -> tuple[StoredRole, Queue | None]:
    for known, stored in ROLES.items():
        if known == role:
            return stored
    raise AccountRefused("bad_role", f"角色只能是 {'、'.join(ROLES)}", "role")


async def _require(tx: SqlTransaction, name: str) -> None:
    if await tx.accounts.user(name) is None:
        raise AccountRefused("unknown_account", f"没有账号“{name}”", "name")


def _suspects(name: str, address: str) -> tuple[_Suspect, ...]:
    """One name from one address is watched closely.

    A name alone is watched leniently, so that a stranger cannot keep an operator out of the desk; an address
    alone likewise, because a whole control room may share one. Values are digests: what is typed into a name
    field is at times a password.
    """
    return (
        _Suspect("name", _digest(f"{name}\n{address}"), free=3, longest=300.0),
        _Suspect("name", _digest(name), free=10, longest=30.0),
        _Suspect("address", _digest(address), free=20, longest=300.0),
    )


def _longest_wait(records: Sequence[LoginFailures | None], now: datetime) -> float:
    waits = [(record.until - now).total_seconds() for record in records if record and record.until]
    return max(waits, default=0.0)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
