"""What people approved, in Table Storage: table `grants`, PartitionKey = tenant id, row `habit-<person's object id>`.

Each row is sealed with the tenant's data key, bound to its own place. One that does not open is taken for an empty
history, and the next yes begins anew: it is lost that somebody approved before, and never invented.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from azure.data.tables.aio import TableServiceClient

from agent.errors import BrokenSealError, KeyUnavailableError, StorageError, VaultError
from agent.ports import Sealer
from agent.standing.book import HabitChange
from agent.standing.habits import Habits, habits_in, habits_text
from agent.storage.conditional import over, row_or_none, saved_first
from agent.storage.failures import storage_errors
from agent.storage.rows import Row, chunked, joined

_log = logging.getLogger("remit.grants")

_HABIT: Final = "habit-"
_ALL: Final = "PartitionKey eq @key and RowKey ge @first and RowKey lt @last"
# One person's cases rarely end in the same second; each try reads what the others left.
_TRIES: Final = 32
_PAUSE_SECONDS: Final = 0.01


class TableHabitBook:
    """standing.book.HabitBook on Table Storage."""

    def __init__(self, tables: TableServiceClient, *, sealer: Sealer) -> None:
        self._table = tables.get_table_client("grants")
        self._sealer = sealer

    async def get(self, tenant_id: str, person_id: str) -> Habits:
        """See standing.book.HabitBook. One request."""
        row = await self._row(tenant_id.lower(), person_id.lower())
        return await self._habits(tenant_id.lower(), person_id.lower(), row=row)

    async def all(self, tenant_id: str) -> tuple[Habits, ...]:
        """See standing.book.HabitBook. One request."""
        # A dot sorts right behind the dash that ends the prefix.
        span = {"key": tenant_id.lower(), "first": _HABIT, "last": "habit."}
        with storage_errors("read what people approved"):
            rows = [row async for row in self._table.query_entities(_ALL, parameters=span)]
        people = [(str(row["RowKey"]).removeprefix(_HABIT), row) for row in rows]
        return tuple([await self._habits(tenant_id.lower(), person, row=row) for person, row in people])

    async def change(self, tenant_id: str, person_id: str, *, to: HabitChange) -> None:
        """See standing.book.HabitBook. Two requests, one if nothing changes."""
        tenant, person = tenant_id.lower(), person_id.lower()
        for attempt in range(_TRIES):
            before = await self._row(tenant, person)
            changed = to(await self._habits(tenant, person, row=before))
            if changed is None or await self._save(changed, before):
                return
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
        raise StorageError(f"what person `{person}` approved is being changed by others: try again")

    async def _row(self, tenant_id: str, person_id: str) -> Mapping[str, Any] | None:
        action = f"read what person `{person_id}` approved"
        return await row_or_none(self._table, tenant_id, row=_HABIT + person_id, action=action)

    async def _habits(self, tenant_id: str, person_id: str, *, row: Mapping[str, Any] | None) -> Habits:
        empty = Habits(tenant_id=tenant_id, person_id=person_id)
        if row is None:
            return empty
        try:
            text = await self._sealer.open(tenant_id, purpose=_purpose(person_id), sealed=joined(row))
            found = habits_in(text)
        except (BrokenSealError, StorageError, ValueError):
            _log.error("habit.damaged: what person `%s` of tenant `%s` approved is begun anew", person_id, tenant_id)
            return empty
        except VaultError as error:
            raise KeyUnavailableError(str(error), tenant_id=tenant_id) from None
        return found if (found.tenant_id, found.person_id) == (tenant_id, person_id) else empty

    async def _save(self, habits: Habits, before: Mapping[str, Any] | None) -> bool:
        """Write a history over the one that it was made of; return False when somebody else was there first."""
        try:
            sealed = await self._sealer.seal(
                habits.tenant_id, purpose=_purpose(habits.person_id), text=habits_text(habits)
            )
        except VaultError as error:
            raise KeyUnavailableError(str(error), tenant_id=habits.tenant_id) from None
        row: Row = {"PartitionKey": habits.tenant_id, "RowKey": _HABIT + habits.person_id, **chunked(sealed)}
        action = f"save what person `{habits.person_id}` approved"
        return await saved_first(self._table, [over(before, row)], action=action)


def _purpose(person_id: str) -> str:
    return f"standing/{_HABIT}{person_id}"
