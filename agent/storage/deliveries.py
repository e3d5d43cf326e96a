"""Which webhook delivery opened which case, so that a redelivery finds the same case.

Table `deliveries`: PartitionKey = source id, RowKey = SHA-256 of the delivery's own id, column `case`.
"""

import hashlib
import re

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient

from agent.errors import StorageError
from agent.storage.failures import storage_errors
from agent.storage.rows import check_sizes

# Source ids come from our settings; a key may not hold / \ # ? or control characters.
_SOURCE = re.compile(r"[A-Za-z0-9._-]{1,100}")


class TableDeliveries:
    """The deliveries seen so far."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = tables.get_table_client("deliveries")

    async def find_or_insert(self, source: str, webhook_id: str, *, case_id: str) -> str:
        """Remember that this delivery belongs to `case_id` and return it, or the case that it already belongs to.

        Raises:
            StorageError: storage did not answer or refused, or `source` is no usable id.
        """
        if not _SOURCE.fullmatch(source):
            raise StorageError(f"expected a source id of letters, digits, `.`, `_`, `-`, got `{source[:100]}`")
        key = hashlib.sha256(webhook_id.encode()).hexdigest()
        row = {"PartitionKey": source, "RowKey": key, "case": case_id}
        check_sizes([row])
        with storage_errors(f"look up a delivery of source `{source}`"):
            try:
                await self._table.create_entity(row)
            except ResourceExistsError:
                known = await self._table.get_entity(source, key)
                return str(known["case"])
        return case_id
