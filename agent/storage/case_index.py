"""Which cases are open and which closed last: two small tables that name cases and hold nothing of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from agent.model.case import Case
from agent.storage.failures import storage_errors
from agent.storage.rows import moment_of, stamp

# One partition takes 2,000 operations a second, far above one stack's load.
# https://learn.microsoft.com/azure/storage/tables/scalability-targets
SHARD = "a"

_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
_ONE_SHARD = "PartitionKey eq @shard"
_UP_TO = "PartitionKey eq @shard and RowKey lt @last"


class CaseIndex:
    """The tables `active` and `recent`. Both may lag behind the cases after a crash; a sweep tidies them."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._active = tables.get_table_client("active")
        self._recent = tables.get_table_client("recent")

    async def open(self, case_id: str, *, due_at: datetime) -> None:
        """Name a case as active; doing so twice changes nothing that matters.

        Raises:
            StorageError: storage did not answer or refused.
        """
        row = {"PartitionKey": SHARD, "RowKey": case_id, "due_at": stamp(due_at)}
        with storage_errors(f"index case `{case_id}`"):
            await self._active.upsert_entity(row, mode=UpdateMode.REPLACE)

    async def close(self, case: Case) -> None:
        """Move a closed case from `active` to `recent`, in an order that never loses it.

        Raises:
            StorageError: as above; the next sweep repeats it.
        """
        row = {"PartitionKey": SHARD, "RowKey": _newest_first(case), "case": case.id}
        with storage_errors(f"index closed case `{case.id}`"):
            await self._recent.upsert_entity(row, mode=UpdateMode.REPLACE)
        await self.forget(case.id)

    async def forget(self, case_id: str) -> None:
        """Remove a case from `active`.

        Raises:
            StorageError: as above.
        """
        with storage_errors(f"remove case `{case_id}` from the index"):
            try:
                await self._active.delete_entity(SHARD, case_id)
            except ResourceNotFoundError:
                return

    async def active(self) -> AsyncIterator[tuple[str, datetime]]:
        """Yield the ids of active cases with the time when they were first due.

        Raises:
            StorageError: as above.
        """
        with storage_errors("list the active cases"):
            async for row in self._active.query_entities(_ONE_SHARD, parameters={"shard": SHARD}):
                yield str(row["RowKey"]), moment_of(row, "due_at") or _END_OF_TIME

    async def closed(self, *, since: datetime | None = None) -> AsyncIterator[str]:
        """Yield the ids of closed cases, newest first; with `since` only those that closed then or later.

        Raises:
            StorageError: as above.
        """
        # After the time comes a dash, and `:` sorts behind everything that can stand there.
        last = ":" if since is None else f"{_left_at(since)}:"
        with storage_errors("list the closed cases"):
            async for row in self._recent.query_entities(_UP_TO, parameters={"shard": SHARD, "last": last}):
                yield str(row["case"])


def _newest_first(case: Case) -> str:
    """Return a RowKey that is the same whenever it is computed and sorts the later closing first."""
    return f"{_left_at(case.closed_at or case.request.received_at)}-{case.id}"


def _left_at(moment: datetime) -> str:
    return f"{(_END_OF_TIME - moment) // timedelta(milliseconds=1):015d}"
