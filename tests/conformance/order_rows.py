"""The rows of orders in a real table `controls`, for tests that damage them or must not find those of other tests."""

from typing import Any

from agent.storage.connections import StorageConnections
from agent.storage.controls import PARTITION, entries_span, state_row

SPAN = "PartitionKey eq @key and RowKey ge @first and RowKey lt @last"


async def rows_of(storage: StorageConnections, name: str) -> list[dict[str, Any]]:
    """Return the log of the orders on `stack` or `tenant-<id>` as it is stored."""
    table = storage.tables.get_table_client("controls")
    return [dict(row) async for row in table.query_entities(SPAN, parameters=entries_span(name))]


async def forget(storage: StorageConnections, name: str) -> None:
    """Remove what was ordered, and its log: those of the stack are everybody's."""
    table = storage.tables.get_table_client("controls")
    for row in await rows_of(storage, name):
        await table.delete_entity(PARTITION, row["RowKey"])
    # A missing row is no error to the SDK.
    await table.delete_entity(PARTITION, state_row(name))
