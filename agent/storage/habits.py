"""What people approved, in Table Storage: table `grants`, PartitionKey = tenant id, row `habit-<person's object id>`.

A row that does not open is taken for an empty history, and the next yes begins anew: it is lost that somebody approved
before, and never invented.
"""

import logging
from typing import Final

from azure.data.tables.aio import TableServiceClient

from agent.ports import Sealer
from agent.standing.book import HabitChange
from agent.standing.habits import Habits, habits_in, habits_text
from agent.storage.sealed_rows import SealedRows

_log = logging.getLogger("remit.grants")

_HABIT: Final = "habit-"


class TableHabitBook:
    """standing.book.HabitBook on Table Storage."""

    def __init__(self, tables: TableServiceClient, *, sealer: Sealer) -> None:
        table = tables.get_table_client("grants")
        self._rows = SealedRows(table, sealer, prefix=_HABIT, room="standing", what="approvals of person")

    async def get(self, tenant_id: str, person_id: str) -> Habits:
        """See standing.book.HabitBook. One request."""
        tenant, person = tenant_id.lower(), person_id.lower()
        return _habits(await self._rows.get(tenant, person), tenant, person_id=person)

    async def all(self, tenant_id: str) -> tuple[Habits, ...]:
        """See standing.book.HabitBook. One request."""
        tenant = tenant_id.lower()
        return tuple(_habits(text, tenant, person_id=one) for one, text in await self._rows.all(tenant))

    async def change(self, tenant_id: str, person_id: str, *, to: HabitChange) -> None:
        """See standing.book.HabitBook. Two requests, one if nothing changes."""
        tenant, person = tenant_id.lower(), person_id.lower()

        def changed(text: str | None) -> str | None:
            found = to(_habits(text, tenant, person_id=person))
            return None if found is None else habits_text(found)

        await self._rows.change(tenant, person, to=changed)


def _habits(text: str | None, tenant_id: str, *, person_id: str) -> Habits:
    empty = Habits(tenant_id=tenant_id, person_id=person_id)
    if text is None:
        return empty
    try:
        found = habits_in(text)
    except ValueError:
        _log.error("habit.damaged: what person `%s` of tenant `%s` approved is begun anew", person_id, tenant_id)
        return empty
    return found if (found.tenant_id, found.person_id) == (tenant_id, person_id) else empty
