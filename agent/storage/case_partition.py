"""The partition of one case in the table `cases`: its rows are read here, and saved in one transaction a turn."""

from collections.abc import Sequence
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableServiceClient

from agent.errors import AlreadySupersededError, StorageError
from agent.storage.case_rows import CASE_ROW
from agent.storage.failures import CONFLICT_STATUSES, FAILURES, missing_table, reason_of, storage_errors
from agent.storage.rows import Row

Operation = tuple[str, Row] | tuple[str, Row, dict[str, Any]]


class CasePartitions:
    """The table `cases`: what a row holds is `agent.storage.case_rows`'s."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = tables.get_table_client("cases")

    async def case_row(self, case_id: str) -> Row | None:
        """Return the case row with its ETag as `etag`, or None if there is none. One request.

        Raises:
            StorageError: storage did not answer or refused.
        """
        with storage_errors(f"read case `{case_id}`"):
            try:
                found = await self._table.get_entity(case_id, CASE_ROW)
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise
                return None
        return {**found, "etag": str(found.metadata["etag"])}

    async def rows(self, case_id: str, prefix: str) -> list[Row]:
        """Return the rows whose key begins with `prefix`, in the order of their keys.

        Raises:
            StorageError: as above.
        """
        # After the prefix comes a digit or a dash: `-` sorts right before them, but for dot and slash, and `:` after.
        span = {"id": case_id, "first": prefix + "-", "last": prefix + ":"}
        query = "PartitionKey eq @id and RowKey ge @first and RowKey lt @last"
        with storage_errors(f"read the rows of case `{case_id}`"):
            return [dict(row) async for row in self._table.query_entities(query, parameters=span)]

    async def create(self, case_row: Row, events: Sequence[Row]) -> str:
        """Store a new case with the first rows of its log and return the case row's ETag. One request.

        Raises:
            AlreadySupersededError: there is such a case.
            StorageError: as above.
        """
        return await self._submit([("create", case_row), *(("create", row) for row in events)])

    async def replace(self, case_row: Row, *, etag: str, events: Sequence[Row], attempts: Sequence[Row]) -> str:
        """Replace the case row that has this ETag, add to the log, store attempts; return the new ETag. One request.

        Raises:
            AlreadySupersededError: the case row has another ETag by now.
            StorageError: as above.
        """
        guard = {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified}
        return await self._submit(
            [
                ("update", case_row, guard),
                *(("create", row) for row in events),
                *(("upsert", row, {"mode": UpdateMode.REPLACE}) for row in attempts),
            ]
        )

    async def _submit(self, operations: Sequence[Operation]) -> str:
        """Send one transaction and return the new ETag of its first row, the case."""
        case_id = operations[0][1]["PartitionKey"]
        answers: list[object] = []
        try:
            results = await self._table.submit_transaction(operations, raw_response_hook=answers.append)
            return str(results[0]["etag"])
        except (TableTransactionError, ResourceExistsError, ResourceNotFoundError) as error:
            problem: Exception = StorageError(f"storage could not save case `{case_id}`: {reason_of(error)}")
            if _lost_the_race(error):
                problem = AlreadySupersededError(f"case `{case_id}` was saved by another worker")
            is_lost = len(answers) == 1
        except FAILURES as error:
            problem = StorageError(f"storage could not save case `{case_id}`: {reason_of(error)}")
            is_lost = False
        # An answer can be lost, and the SDK sends again what was answered with 503: we may have raced ourselves.
        etag = "" if is_lost else await self._etag_if_stored(operations[0][1])
        if etag:
            return etag
        raise problem

    async def _etag_if_stored(self, row: Row) -> str:
        """Return the ETag of a case row that stands in the table exactly as given, else nothing.

        A sealed row holds random nonces, so one that equals ours was written by our own transaction and by none after.
        """
        try:
            found = await self.case_row(row["PartitionKey"])
        except StorageError:
            return ""
        is_ours = found is not None and all(found.get(name) == value for name, value in row.items())
        return str(found["etag"]) if found and is_ours else ""


def _lost_the_race(error: HttpResponseError) -> bool:
    return error.status_code in CONFLICT_STATUSES and not missing_table(error)
