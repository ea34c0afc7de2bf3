"""Accounts of the people at the desks: users, their sessions, and failed sign-ins.

Passwords arrive hashed, session tokens leave no trace but their SHA-256: a stolen file opens no desk.
Changes belong to the same transaction as the audit entry that records them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Self

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.engine import Row

from frontdesk.storage.link import Link
from frontdesk.storage.tables import login_failures, sessions, users
from handoff.case import Queue

Role = Literal["operator", "supervisor", "admin"]
FailureKind = Literal["name", "address"]


class User(BaseModel):
    """Somebody who can sign in. An operator works on one desk; the others on none."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1, max_length=64)
    password_hash: str = Field(min_length=1, repr=False)
    role: Role
    queue: Queue | None = None
    active: bool = True
    created_at: datetime
    phone: str | None = Field(default=None, description="the SIP account of the telephone beside them")

    @model_validator(mode="after")
    def _operators_have_a_desk(self) -> Self:
        if (self.role == "operator") != (self.queue is not None):
            raise ValueError("接线员必须属于一个席（110 或 12345），其他角色不属于任何席")
        return self


class Session(BaseModel):
    """A signed-in browser."""

    model_config = ConfigDict(frozen=True)

    user: str
    csrf: str = Field(repr=False)
    created_at: datetime
    last_seen: datetime
    expires_at: datetime


class LoginFailures(BaseModel):
    """Failed sign-ins under one name or from one address; blocked before `until`."""

    model_config = ConfigDict(frozen=True)

    failures: int
    last_at: datetime
    until: datetime | None


class UserExists(ValueError):
    """The name is taken."""


class UnknownUser(LookupError):
    """Nobody has this name."""


class SqlAccounts:
    """Users, sessions and failed sign-ins of one transaction."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add_user(self, user: User) -> None:
        """Store a new user. Raises UserExists."""
        if not await self._link.add(users, user.model_dump()):
            raise UserExists(f"账号 {user.name} 已经存在")

    async def user(self, name: str) -> User | None:
        """The user of exactly this name, active or not."""
        found = await self._link.run(sa.select(users).where(users.c.name == name))
        row = found.one_or_none()
        return None if row is None else _user(row)

    async def users(self) -> Sequence[User]:
        """Everybody, by name."""
        return [_user(row) for row in await self._link.run(sa.select(users).order_by(users.c.name))]

    async def set_password(self, name: str, password_hash: str) -> None:
        """Replace the password and end all sessions. Raises UnknownUser."""
        await self._change(name, password_hash=password_hash)

    async def set_role(self, name: str, role: Role, queue: Queue | None) -> None:
        """Change role and desk and end all sessions. Raises UnknownUser, ValueError if they do not fit."""
        user = await self.user(name)
        if user is None:
            raise UnknownUser(f"没有账号 {name}")
        User.model_validate(user.model_dump() | {"role": role, "queue": queue})
        await self._change(name, role=role, queue=queue)

    async def set_phone(self, name: str, phone: str | None) -> str | None:
        """Give the account this telephone. Returns the account that had it before. Raises UnknownUser."""
        found = await self._link.run(
            sa.select(users.c.name).where(users.c.phone == phone, users.c.phone.is_not(None), users.c.name != name)
        )
        before = found.scalar_one_or_none()
        if before is not None:
            await self._link.run(sa.update(users).where(users.c.name == before).values(phone=None))
        changed = await self._link.run(sa.update(users).where(users.c.name == name).values(phone=phone))
        if changed.rowcount != 1:
            raise UnknownUser(f"没有账号 {name}")
        return before

    async def set_active(self, name: str, active: bool) -> None:
        """Allow or forbid signing in; ends all sessions. Raises UnknownUser."""
        await self._change(name, active=active)

    async def open_session(self, token: str, session: Session) -> None:
        """Store a session under the hash of its token. Its user must exist."""
        await self._link.run(sa.insert(sessions).values(token_hash=_hash(token), **session.model_dump()))

    async def signed_in(self, token: str, now: datetime) -> tuple[Session, User] | None:
        """The session of this token and its user; None if unknown, expired, or the user is not active."""
        found = await self._link.run(
            sa.select(sessions, *(column.label(f"user_{column.name}") for column in users.c))
            .join(users, users.c.name == sessions.c.user)
            .where(
                sessions.c.token_hash == _hash(token),
                sessions.c.expires_at > now,
                users.c.active.is_(True),
            )
        )
        row = found.one_or_none()
        if row is None:
            return None
        values = row._mapping
        return (
            Session.model_validate({name: values[name] for name in Session.model_fields}),
            User.model_validate({name: values[f"user_{name}"] for name in User.model_fields}),
        )

    async def touch_session(self, token: str, now: datetime, expires_at: datetime) -> None:
        """The session was used: note when, and move its end. Nothing happens if it is gone."""
        await self._link.run(
            sa.update(sessions)
            .where(sessions.c.token_hash == _hash(token))
            .values(last_seen=now, expires_at=expires_at)
        )

    async def end_session(self, token: str) -> None:
        """Sign out."""
        await self._link.run(sa.delete(sessions).where(sessions.c.token_hash == _hash(token)))

    async def login_failures(self, kind: FailureKind, value: str) -> LoginFailures | None:
        """What is remembered against this name or address."""
        found = await self._link.run(sa.select(login_failures).where(*_key(kind, value)))
        row = found.one_or_none()
        if row is None:
            return None
        return LoginFailures(failures=row.failures, last_at=row.last_at, until=row.until)

    async def count_failure(self, kind: FailureKind, value: str, now: datetime, window: timedelta) -> int:
        """Count one more failure, from 1 again if the last one is older than `window`. Returns the count."""
        fresh = login_failures.c.last_at >= now - window
        counted = await self._link.run(
            self._link.insert(login_failures)
            .values(kind=kind, value=value, failures=1, last_at=now)
            .on_conflict_do_update(
                index_elements=[login_failures.c.kind, login_failures.c.value],
                set_={"failures": sa.case((fresh, login_failures.c.failures + 1), else_=1), "last_at": now},
            )
            .returning(login_failures.c.failures)
        )
        return int(counted.scalar_one())

    async def block(self, kind: FailureKind, value: str, until: datetime) -> None:
        """Refuse this name or address before `until`; a failure must have been counted before."""
        await self._link.run(sa.update(login_failures).where(*_key(kind, value)).values(until=until))

    async def clear_failures(self, kind: FailureKind, value: str) -> None:
        """Forget: the right password came."""
        await self._link.run(sa.delete(login_failures).where(*_key(kind, value)))

    async def purge(self, now: datetime, failures_before: datetime) -> None:
        """Drop expired sessions, and failures that are old and block nobody any more."""
        await self._link.run(sa.delete(sessions).where(sessions.c.expires_at <= now))
        await self._link.run(
            sa.delete(login_failures).where(
                login_failures.c.last_at < failures_before,
                sa.or_(login_failures.c.until.is_(None), login_failures.c.until <= now),
            )
        )

    async def _change(self, name: str, **values: Any) -> None:
        changed = await self._link.run(sa.update(users).where(users.c.name == name).values(**values))
        if changed.rowcount != 1:
            raise UnknownUser(f"没有账号 {name}")
        await self._link.run(sa.delete(sessions).where(sessions.c.user == name))


def _key(kind: FailureKind, value: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return login_failures.c.kind == kind, login_failures.c.value == value


def _hash(token: str) -> str:
    # The token comes from a cookie: anything may stand there, even half a character.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _user(row: Row[Any]) -> User:
    return User.model_validate(dict(row._mapping))
