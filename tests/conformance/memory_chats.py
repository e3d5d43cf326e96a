"""In-memory twin of the names of a person's cases in a chat; the conformance suite holds both to the same promises."""

import asyncio
from datetime import datetime, timedelta


class MemoryChats:
    """agent.chat_cases.Chats in dictionaries."""

    def __init__(self) -> None:
        self._cases: dict[tuple[str, str], dict[str, datetime]] = {}
        self._notes: dict[tuple[str, str, str], datetime] = {}

    async def add(self, tenant_id: str, person_id: str, *, case_id: str, at: datetime) -> None:
        """See agent.chat_cases.Chats."""
        await asyncio.sleep(0)
        self._cases.setdefault((tenant_id, person_id), {}).setdefault(case_id, at)

    async def cases(self, tenant_id: str, person_id: str) -> tuple[tuple[str, datetime], ...]:
        """See agent.chat_cases.Chats."""
        await asyncio.sleep(0)
        named = self._cases.get((tenant_id, person_id), {})
        return tuple(sorted(named.items(), key=lambda one: one[1], reverse=True))

    async def forget(self, tenant_id: str, person_id: str, *, case_id: str) -> None:
        """See agent.chat_cases.Chats."""
        await asyncio.sleep(0)
        self._cases.get((tenant_id, person_id), {}).pop(case_id, None)

    async def once(self, tenant_id: str, person_id: str, *, note: str, now: datetime, every: timedelta) -> bool:
        """See agent.chat_cases.Chats."""
        await asyncio.sleep(0)
        last = self._notes.get((tenant_id, person_id, note))
        if last is not None and now - last < every:
            return False
        self._notes[tenant_id, person_id, note] = now
        return True
