"""Which cases are open and which closed last: a small table that names cases and holds nothing of them.

Table `index`, PartitionKey `a`: rows `open-<case>` and `closed-<time left>-<case>`, which sort the newest first. An
open case has its row before it exists and until it closed, so a sweep reads no closed case.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableServiceClient

from agent.errors import StorageError
from agent.model.case import Case
from agent.storage.failures import storage_errors
from agent.storage.rows import check_sizes, moment_of, stamp

# One partition takes 2,000 operations a second, far above one stack's load.
# https://learn.microsoft.com/azure/storage/tables/scalability-targets
SHARD = "a"

_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
# A range ends before the dot, which sorts right behind the dash.
_OPEN, _OPEN_END = "open-", "open."
_CLOSED, _CLOSED_END = "closed-", "closed."
_RANGE = "PartitionKey eq @shard and RowKey ge @first and RowKey lt @last"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """The entry of an open case: when it was first due, and which version of the entry this is."""

    case_id: str
    first_due_at: datetime
    etag: str


class CaseIndex:
    """The table `index`. It may lag behind the cases after a crash; a sweep tidies it."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = tables.get_table_client("index")

    async def open(self, case_id: str, *, due_at: datetime) -> None:
        """Name a case as open; doing so twice changes nothing that matters.

        Raises:
            StorageError: storage did not answer or refused.
        """
        row = {"PartitionKey": SHARD, "RowKey": _OPEN + case_id, "due_at": stamp(due_at)}
        check_sizes([row])
        with storage_errors(f"index case `{case_id}`"):
            await self._table.upsert_entity(row, mode=UpdateMode.REPLACE)

    async def close(self, case: Case, *, is_over: bool) -> None:
        """Name a case as closed and, if it is over, no more as open, both in one request.

        One that is not over has something left that ends later, so the sweep must go on finding it.

        Raises:
            StorageError: as above; the next sweep repeats it.
        """
        opened = {"PartitionKey": SHARD, "RowKey": _OPEN + case.id}
        closed = {"PartitionKey": SHARD, "RowKey": _newest_first(case), "case": case.id}
        check_sizes([closed, opened])
        with storage_errors(f"index closed case `{case.id}`"):
            if not is_over:
                await self._table.upsert_entity(closed, mode=UpdateMode.REPLACE)
                return
            try:
                await self._table.submit_transaction([("upsert", closed), ("delete", opened)])
            except (TableTransactionError, HttpResponseError) as error:
                # Somebody else closed it here before. A table that is not there is told by the next request.
                if error.status_code != 404:
                    raise
                await self._table.upsert_entity(closed, mode=UpdateMode.REPLACE)

    async def forget(self, entry: OpenCase) -> None:
        """Name a case no more as open, unless it was named anew since `entry` was read.

        Raises:
            StorageError: as above.
        """
        guard: dict[str, Any] = {"etag": entry.etag, "match_condition": MatchConditions.IfNotModified}
        with storage_errors(f"remove case `{entry.case_id}` from the index"):
            try:
                await self._table.delete_entity(SHARD, _OPEN + entry.case_id, **guard)
            except (ResourceNotFoundError, ResourceModifiedError):
                return

    async def active(self) -> AsyncIterator[OpenCase]:
        """Yield the open cases. An entry without a readable time names its case like any other.

        Raises:
            StorageError: as above.
        """
        span = {"shard": SHARD, "first": _OPEN, "last": _OPEN_END}
        with storage_errors("list the open cases"):
            async for row in self._table.query_entities(_RANGE, parameters=span):
                yield OpenCase(str(row["RowKey"]).removeprefix(_OPEN), _first_due(row), str(row.metadata["etag"]))

    async def closed(self, *, since: datetime | None = None) -> AsyncIterator[str]:
        """Yield the ids of closed cases, newest first; with `since` only those that closed then or later.

        Raises:
            StorageError: as above.
        """
        # After the time comes a dash, and `:` sorts behind it.
        last = _CLOSED_END if since is None else f"{_CLOSED}{_left_at(since)}:"
        span = {"shard": SHARD, "first": _CLOSED, "last": last}
        with storage_errors("list the closed cases"):
            async for row in self._table.query_entities(_RANGE, parameters=span):
                yield str(row["case"])


def _first_due(row: Mapping[str, Any]) -> datetime:
    try:
        return moment_of(row, "due_at") or _END_OF_TIME
    except StorageError:
        # INVARIANT: one entry that cannot be read never ends the list, which is all that finds the others.
        return _END_OF_TIME


def _newest_first(case: Case) -> str:
    """Return a RowKey that is the same whenever it is computed and sorts the later closing first."""
    return f"{_CLOSED}{_left_at(case.closed_at or case.request.received_at)}-{case.id}"


def _left_at(moment: datetime) -> str:
    return f"{(_END_OF_TIME - moment) // timedelta(milliseconds=1):015d}"
