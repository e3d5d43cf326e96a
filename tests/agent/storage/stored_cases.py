"""Cases in the table, and their rows as somebody reads them who has no key; a test file imports what it needs."""

from typing import Any

import pytest

from agent.actions import parse_step
from agent.model.case import Case
from agent.model.plan import Plan
from agent.ports import Held
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.payloads import BlobPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import SOON, event, handoff, observation

WORDS = ("private words", "Person 7", "QG-Secret-Readers", "ada.mail@contoso.example", "because I say so", "was before")
USER, GROUP = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"


@pytest.fixture
def store(storage: StorageConnections, payloads: BlobPayloads) -> TableCaseStore:
    """The real store, under keys in memory."""
    return TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=payloads)


def told(stored: Case) -> Case:
    """A case that knows something of every kind."""
    names = {"group_name": WORDS[2], "user_name": WORDS[1]}
    step = parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": USER, **names})
    plan = Plan(summary=WORDS[2], reason="as asked", steps=(step,))
    return stored.evolve(
        seen={"user.get:7": observation(7)},
        questions=(("user.get", WORDS[3]),),
        concerned={WORDS[3]: USER},
        plan=plan,
        answer=WORDS[4],
        handoff=handoff(stored.id),
    )


async def opened(store: TableCaseStore, stored: Case) -> Held:
    """Create a case and hold it."""
    assert await store.create(stored, (event(),), due_at=SOON)
    held = await store.load(stored.id)
    assert held is not None
    return held


async def rows_of(storage: StorageConnections, case_id: str) -> list[dict[str, Any]]:
    """All rows of a case, as they are stored."""
    table = storage.tables.get_table_client("cases")
    return [dict(row) async for row in table.query_entities(f"PartitionKey eq '{case_id}'")]


async def row_of(storage: StorageConnections, case_id: str, name: str = "case") -> dict[str, Any]:
    """One row of a case by its row key, as it is stored."""
    return next(row for row in await rows_of(storage, case_id) if row["RowKey"] == name)
