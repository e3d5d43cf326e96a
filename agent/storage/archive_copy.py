"""The copy of the sealed log in Table Storage, for looking up one case or one checkpoint. Nothing is verified by it.

Table `audit`, PartitionKey = tenant id: row `leaf-<case>-000042` says that 42 entries of the case were sealed, row
`checkpoint-0000000007` holds a record and `mark`, where it ends in its blob. Rows are created, never changed or
removed, so that whoever runs the agent needs no other right on this table.
"""

from collections.abc import Sequence

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableTransactionError
from azure.data.tables.aio import TableServiceClient
from pydantic import ValidationError

from agent.errors import DamagedError
from agent.log_ports import ArchiveRecord
from agent.model.sealed_log import Leaf
from agent.storage.failures import missing_table, storage_errors
from agent.storage.rows import MAX_OPERATIONS, Row, check_sizes, chunked

_SPAN = "PartitionKey eq @tenant and RowKey gt @first and RowKey lt @last"


class ArchiveCopy:
    """The table `audit`."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = tables.get_table_client("audit")

    async def keep(self, tenant_id: str, leaves: Sequence[Leaf], *, record: ArchiveRecord, mark: str) -> None:
        """Copy what one block holds; the checkpoint's row comes last and says that all of it is there.

        Raises:
            StorageError: storage did not answer or refused; doing it again completes it.
        """
        rows = [_leaf_row(tenant_id, one) for one in leaves]
        rows.append(_record_row(tenant_id, record, mark=mark))
        for start in range(0, len(rows), MAX_OPERATIONS):
            await self._create(rows[start : start + MAX_OPERATIONS])

    async def mark(self, tenant_id: str, number: int) -> str | None:
        """Return where a checkpoint ends in the blobs, or None if it has no copy.

        Raises:
            DamagedError: its row does not say so.
            StorageError: storage did not answer or refused.
        """
        key = _checkpoint_key(number)
        with storage_errors(f"read checkpoint `{number}` of tenant `{tenant_id}`"):
            try:
                row = await self._table.get_entity(tenant_id, key, select=["mark"])
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise
                return None
        blob, _, offset = str(row.get("mark", "")).partition("|")
        if not (blob.isdecimal() and offset.isdecimal()):
            raise DamagedError(f"row `{key}` of tenant `{tenant_id}` does not say where the checkpoint is")
        return f"{blob}|{offset}"

    async def leaf(self, tenant_id: str, case_id: str) -> Leaf | None:
        """Return the leaf of a case with the most entries, or None if it has none.

        Raises:
            DamagedError: its row is no leaf.
            StorageError: storage did not answer or refused.
        """
        # After the dash come digits, and `:` sorts right after `9`.
        span = {"tenant": tenant_id, "first": f"leaf-{case_id}-", "last": f"leaf-{case_id}-:"}
        newest: Row | None = None
        with storage_errors(f"read what is sealed of case `{case_id}`"):
            async for row in self._table.query_entities(_SPAN, parameters=span, select=["count", "hash"]):
                newest = dict(row)
        if newest is None:
            return None
        try:
            return Leaf(case=case_id, count=newest.get("count"), hash=newest.get("hash"))
        except ValidationError:
            raise DamagedError(f"what is stored of the leaves of case `{case_id}` is damaged") from None

    async def _create(self, rows: Sequence[Row]) -> None:
        check_sizes(rows)
        with storage_errors("copy what was sealed"):
            try:
                await self._table.submit_transaction([("create", row) for row in rows])
                return
            except (TableTransactionError, ResourceExistsError) as error:
                if error.status_code != 409:
                    raise
            # Some are there already: another sealer copies the same block, or died while copying it.
            for row in rows:
                await self._create_one(row)

    async def _create_one(self, row: Row) -> None:
        try:
            await self._table.create_entity(row)
        except ResourceExistsError:
            return


def _leaf_row(tenant_id: str, leaf: Leaf) -> Row:
    key = f"leaf-{leaf.case}-{leaf.count:06d}"
    return {"PartitionKey": tenant_id, "RowKey": key, "count": leaf.count, "hash": leaf.hash}


def _record_row(tenant_id: str, record: ArchiveRecord, *, mark: str) -> Row:
    key = _checkpoint_key(record.sealed.checkpoint.number)
    return {"PartitionKey": tenant_id, "RowKey": key, "mark": mark, **chunked(record.sealed.model_dump_json())}


def _checkpoint_key(number: int) -> str:
    return f"checkpoint-{number:010d}"
