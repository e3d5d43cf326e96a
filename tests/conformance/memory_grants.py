"""An in-memory twin of the book of standing grants; the conformance suite holds it to the adapter's promises."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from agent.errors import StorageError
from agent.model.activity_event import ActivityEvent
from agent.standing.book import Change, Entry, HabitChange
from agent.standing.habits import Habits, habits_in, habits_text
from agent.standing.kept import KeptGrant, kept_in, text_of


class MemoryHabitBook:
    """standing.book.HabitBook in a dictionary of stored texts. While it `is_down` it takes and gives nothing."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], str] = {}
        self.is_down = False

    async def get(self, tenant_id: str, person_id: str) -> Habits:
        """See standing.book.HabitBook."""
        await asyncio.sleep(0)
        if self.is_down:
            raise StorageError("storage is down")
        text = self._texts.get((tenant_id.lower(), person_id.lower()))
        return habits_in(text) if text else Habits(tenant_id=tenant_id.lower(), person_id=person_id.lower())

    async def all(self, tenant_id: str) -> tuple[Habits, ...]:
        """See standing.book.HabitBook."""
        people = sorted(person for tenant, person in self._texts if tenant == tenant_id.lower())
        return tuple([await self.get(tenant_id, one) for one in people])

    async def change(self, tenant_id: str, person_id: str, *, to: HabitChange) -> None:
        """See standing.book.HabitBook. Nobody else comes in between."""
        changed = to(await self.get(tenant_id, person_id))
        if changed is not None:
            self._texts[changed.tenant_id, changed.person_id] = habits_text(changed)


class MemoryGrantBook:
    """standing.book.GrantBook in dictionaries of stored texts. While it `is_down` it takes and gives nothing."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], str] = {}
        self._events: dict[str, tuple[str, ...]] = {}
        self.habits = MemoryHabitBook()
        self.is_down = False

    async def give(self, kept: KeptGrant, *, entry: Entry) -> KeptGrant:
        """See standing.book.GrantBook."""
        there = await self.get(kept.grant.tenant_id, kept.id)
        if there is None:
            self._save(kept, entry)
        return there or kept

    async def get(self, tenant_id: str, grant_id: str) -> KeptGrant | None:
        """See standing.book.GrantBook."""
        await self._answer()
        text = self._texts.get((tenant_id.lower(), grant_id))
        return None if text is None else kept_in(text)

    async def in_force(self, tenant_id: str, action: str, *, now: datetime) -> tuple[KeptGrant, ...]:
        """See standing.book.GrantBook."""
        found = sorted(await self.all(tenant_id), key=lambda one: one.id)
        return tuple(
            one for one in found if one.state == "in_force" and now < one.grant.expires and action in one.grant.actions
        )

    async def all(self, tenant_id: str) -> tuple[KeptGrant, ...]:
        """See standing.book.GrantBook."""
        await self._answer()
        found = [kept_in(text) for (tenant, _), text in self._texts.items() if tenant == tenant_id.lower()]
        return tuple(sorted(found, key=lambda one: one.grant.not_before, reverse=True))

    async def change(
        self, tenant_id: str, grant_id: str, *, to: Change, entry: Entry | None = None
    ) -> KeptGrant | None:
        """See standing.book.GrantBook. Nobody else comes in between."""
        kept = await self.get(tenant_id, grant_id)
        changed = to(kept) if kept else None
        if changed is None:
            return kept
        self._save(changed, entry)
        return changed

    async def events(self, tenant_id: str) -> tuple[ActivityEvent, ...]:
        """See standing.book.GrantBook."""
        await self._answer()
        return tuple(ActivityEvent.model_validate_json(one) for one in self._events.get(tenant_id.lower(), ()))

    async def untold(self) -> AsyncIterator[KeptGrant]:
        """See standing.book.GrantBook."""
        await self._answer()
        for text in list(self._texts.values()):
            kept = kept_in(text)
            if not kept.is_owner_told:
                yield kept

    def _save(self, kept: KeptGrant, entry: Entry | None) -> None:
        tenant_id = kept.grant.tenant_id
        self._texts[tenant_id, kept.id] = text_of(kept)
        if entry is not None:
            self._events[tenant_id] = (*self._events.get(tenant_id, ()), entry(kept).model_dump_json())

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise StorageError("storage is down")
