"""One row that cannot be read, in a case or in the index, is that case's trouble and nobody else's."""

from datetime import timedelta

import pytest
from azure.data.tables import UpdateMode

from agent.actions import parse_step
from agent.errors import StorageError
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from agent.storage import case_record
from agent.storage.case_index import CaseIndex
from agent.storage.cases import HANDOFF_KEPT, TableCaseStore
from agent.storage.connections import StorageConnections
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, case, event, handoff

LATER = SOON + timedelta(days=3)
PHONE = {"user_id": "aaaaaaaa-0000-4000-8000-000000000001", "phone_type": "mobile", "number": "+49 1701234567"}


async def swept(store: TableCaseStore) -> set[str]:
    found = set()
    try:
        async for held in store.overdue(LATER):
            found.add(held.case.id)
    except StorageError:
        pass
    return found


@pytest.mark.parametrize("broken", [{"due_at": "2026-01-01T00:00:00"}, {"key": "v1.gone.AAAA"}], ids=["time", "key"])
async def test_one_case_that_cannot_be_read_never_keeps_the_others_from_the_sweep(
    storage: StorageConnections, broken: dict[str, str]
) -> None:
    store = TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=MemoryPayloads())
    stored = [case() for _ in range(3)]
    for one in stored:
        await store.create(one, (event(),), due_at=SOON)
    table = storage.tables.get_table_client("cases")
    await table.update_entity({"PartitionKey": stored[0].id, "RowKey": "case", **broken}, mode=UpdateMode.MERGE)
    assert await swept(store) == {stored[1].id, stored[2].id}


@pytest.mark.parametrize("due_at", ["x", "2026-01-01T00:00:00", "9999-12-31T23:59:59Z"])
async def test_one_entry_of_the_index_that_cannot_be_read_ends_no_sweep(
    storage: StorageConnections, due_at: str
) -> None:
    store = TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=MemoryPayloads())
    await store.create(stored := case(), (event(),), due_at=SOON)
    table = storage.tables.get_table_client("index")
    await table.create_entity({"PartitionKey": "a", "RowKey": "open-0", "due_at": due_at})
    assert await swept(store) == {stored.id}


async def test_an_entry_that_is_named_anew_while_it_is_tidied_stays(storage: StorageConnections) -> None:
    store = TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=MemoryPayloads())
    stored = case()
    index = CaseIndex(storage.tables)
    await index.open(stored.id, due_at=SOON)
    read = store._partitions.case_row

    async def late(case_id: str) -> object:
        row = await read(case_id)
        store._partitions.case_row = read  # type: ignore[method-assign]
        assert await store.create(stored, (event(),), due_at=LATER)
        return row

    store._partitions.case_row = late  # type: ignore[assignment,method-assign]
    assert await swept(store) == set()
    assert await swept(store) == {stored.id}


async def kept_with_a_phone(store: TableCaseStore) -> Case:
    """A closed case whose hand-over nobody took, with a step that has words in it."""
    stored = case()
    assert await store.create(stored, (event(),), due_at=SOON)
    held = await store.load(stored.id)
    assert held is not None
    plan = Plan(summary="s", reason="r", steps=(parse_step("entra.auth.method.phone.add", PHONE),))
    end = {"outcome": "escalated", "closed_at": NOW, "handoff": handoff(stored.id), "plan": plan}
    closed = held.case.evolve(stage=Stage.CLOSED, **end)
    await store.commit(held, closed, events=(), attempts=(), due_at=None)
    return closed


async def test_a_case_outlives_the_action_it_was_planned_with(
    storage: StorageConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=MemoryPayloads())
    kept = await kept_with_a_phone(store)
    known = {name: one for name, one in case_record.CATALOGUE.items() if name != "entra.auth.method.phone.add"}
    monkeypatch.setattr(case_record, "CATALOGUE", known)
    _ = [one async for one in store.overdue(NOW + HANDOFF_KEPT + timedelta(days=1))]
    held = await store.load(kept.id)
    assert held is not None and held.case.handoff is None and held.case.plan is not None
    assert held.case.plan.steps[0].title == "entra.auth.method.phone.add"


@pytest.mark.parametrize("error", [KeyError, ValueError])
async def test_a_case_that_cannot_be_tidied_hides_no_other_from_the_sweep_and_its_words_from_everybody(
    storage: StorageConnections, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    store = TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=MemoryPayloads())
    kept = await kept_with_a_phone(store)
    waiting = []
    for _ in range(6):
        waiting.append(one := case())
        assert await store.create(one, (event(),), due_at=SOON)

    def failing(_: Case) -> Case:
        raise error(PHONE["number"])

    monkeypatch.setattr("agent.storage.cases.record_of", failing)
    found = set()
    with pytest.raises(StorageError, match=kept.id) as caught:
        async for held in store.overdue(NOW + HANDOFF_KEPT + timedelta(days=1)):
            found.add(held.case.id)
    assert found == {one.id for one in waiting} and PHONE["number"] not in str(caught.value)
