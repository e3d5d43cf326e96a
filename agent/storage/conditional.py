"""Rows that are saved only if nobody else was there first: one transaction of one partition, under their ETags."""

from collections.abc import Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from agent.storage.failures import CONFLICT_STATUSES, missing_table, storage_errors
from agent.storage.rows import Row, check_sizes

Operation = tuple[Any, ...]


def created(row: Row) -> Operation:
    """Return the operation that adds a row which must not exist yet."""
    return ("create", row)


def over(before: Mapping[str, Any] | None, row: Row) -> Operation:
    """Return the operation that puts `row` in the place of what was read, or adds it where nothing was."""
    return created(row) if before is None else replaced(row, etag=before.metadata["etag"])  # type: ignore[attr-defined]


def replaced(row: Row, *, etag: str) -> Operation:
    """Return the operation that puts `row` in the place of the version that has this ETag."""
    guard = {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified}
    return ("update", row, guard)


async def row_or_none(table: TableClient, partition: str, *, row: str, action: str) -> Mapping[str, Any] | None:
    """Return a row, or None if there is none; `action` says what is being done, for the message.

    Raises:
        StorageError: storage did not answer or refused, or the table itself is not there.
    """
    with storage_errors(action):
        try:
            return await table.get_entity(partition, row)
        except ResourceNotFoundError as error:
            if missing_table(error):
                raise
            return None


async def saved_first(table: TableClient, operations: Sequence[Operation], *, action: str) -> bool:
    """Send one transaction; return False, with nothing saved, when somebody else was there first.

    Raises:
        DoesNotFitError: a row is larger than Table Storage takes; nothing was sent.
        StorageError: storage did not answer or refused, or the table itself is not there.
    """
    check_sizes([one[1] for one in operations])
    with storage_errors(action):
        try:
            await table.submit_transaction(list(operations))
        except HttpResponseError as error:
            if error.status_code in CONFLICT_STATUSES and not missing_table(error):
                return False
            raise
    return True
