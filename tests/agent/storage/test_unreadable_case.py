"""One row that cannot be read must not hide the cases behind it from the sweep or from the console."""

from datetime import timedelta

import pytest
from azure.data.tables import UpdateMode

from agent.errors import StorageError
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.rows import packed
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import SOON, case, event


async def test_the_others_are_swept_and_listed_first_and_the_sweep_still_says_that_one_was_not(
    storage: StorageConnections,
) -> None:
    store = TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=MemoryPayloads())
    stored = [case() for _ in range(3)]
    for one in stored:
        assert await store.create(one, (event(),), due_at=SOON)
    # Rows come in the order of their ids, so the first one stands before the two others.
    damaged = {"PartitionKey": stored[0].id, "RowKey": "case", **packed("{", name="case")}
    await storage.tables.get_table_client("cases").update_entity(damaged, mode=UpdateMode.MERGE)
    swept = []
    with pytest.raises(StorageError, match="cannot be read"):
        async for held in store.overdue(SOON + timedelta(minutes=1)):
            swept.append(held.case.id)
    healthy = {stored[1].id, stored[2].id}
    assert healthy <= set(swept) and stored[0].id not in swept
    assert healthy <= {held.case.id async for held in store.recent(10_000)}
    # Left as it is, the row would be found by every other sweep of this storage account.
    await storage.tables.get_table_client("index").delete_entity("a", f"open-{stored[0].id}")
