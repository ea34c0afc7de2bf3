"""Conversations and their messages in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from pydantic_core import from_json, to_json
from sqlalchemy.engine import Row

from frontdesk.storage.link import Link
from frontdesk.storage.tables import conversations, messages
from handoff.ports import Conversation, Message, Speaker


class SqlConversations:
    """ConversationRepository of one transaction."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def get(self, conversation: str) -> Conversation | None:
        """The stored conversation, or None. A writing transaction keeps others off it until it ends."""
        found = await self._link.run(self._locked(conversation))
        row = found.one_or_none()
        if row is None:
            return None
        return Conversation(
            id=row.id,
            channel=row.channel,
            state=row.state,
            case_number=row.case_number,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    async def put(self, conversation: Conversation) -> None:
        """Insert or replace; messages stay."""
        row = conversation.model_dump()
        insert = self._link.insert(conversations).values(**row, last_seq=0)
        await self._link.run(
            insert.on_conflict_do_update(
                index_elements=[conversations.c.id],
                set_={name: insert.excluded[name] for name in row if name != "id"},
            )
        )

    async def append(
        self,
        conversation: str,
        speaker: Speaker,
        text: str,
        at: datetime,
        *,
        client_id: str | None = None,
        payload: dict[str, Any] | None = None,
    ) -> Message:
        """Add a line with the next seq; a client_id stored before returns that line and adds nothing.

        Raises LookupError if the conversation was never put.
        """
        if client_id is not None:
            known = await self.find(conversation, client_id)
            if known is not None:
                return known
        counted = await self._link.run(
            sa.update(conversations)
            .where(conversations.c.id == conversation)
            .values(last_seq=conversations.c.last_seq + 1)
            .returning(conversations.c.last_seq)
        )
        seq = counted.scalar_one_or_none()
        if seq is None:
            raise LookupError(f"no conversation {conversation}")
        document = to_json(payload or {})
        message = Message(
            conversation=conversation,
            seq=seq,
            speaker=speaker,
            text=text,
            at=at,
            client_id=client_id,
            payload=from_json(document),
        )
        row = {**message.model_dump(), "payload": document.decode()}
        await self._link.run(sa.insert(messages).values(**row))
        return message

    async def find(self, conversation: str, client_id: str) -> Message | None:
        """The message that this sender id already stored, if any."""
        if self._link.writing:
            await self._link.run(self._locked(conversation))
        found = await self._link.run(
            sa.select(messages).where(messages.c.conversation == conversation, messages.c.client_id == client_id)
        )
        row = found.one_or_none()
        return None if row is None else _message(row)

    async def messages(self, conversation: str, after: int = 0, limit: int = 500) -> Sequence[Message]:
        """Lines with seq > after, in order."""
        found = await self._link.run(
            sa.select(messages)
            .where(messages.c.conversation == conversation, messages.c.seq > after)
            .order_by(messages.c.seq)
            .limit(limit)
        )
        return [_message(row) for row in found]

    def _locked(self, conversation: str) -> sa.Select[Any]:
        # Two nodes must not answer one citizen at once. SQLite has one writer and ignores FOR UPDATE.
        query = sa.select(conversations).where(conversations.c.id == conversation)
        return query.with_for_update() if self._link.writing else query


def _message(row: Row[Any]) -> Message:
    return Message(
        conversation=row.conversation,
        seq=row.seq,
        speaker=cast(Speaker, row.speaker),
        text=row.text,
        at=row.at,
        client_id=row.client_id,
        payload=from_json(row.payload),
    )
