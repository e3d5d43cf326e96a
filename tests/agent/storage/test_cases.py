"""What the suite cannot see from outside: rows, chain, request counts, and behaviour after a crash."""

from datetime import timedelta

import pytest
from azure.data.tables import UpdateMode

from agent.errors import StorageError
from agent.model.activity_event import EventCode
from agent.model.case import Case, Stage
from agent.model.sealed_log import chain_start
from agent.ports import Held
from agent.storage.case_index import CaseIndex
from agent.storage.cases import ORPHAN_AFTER, TableCaseStore
from agent.storage.connections import StorageConnections, connect
from agent.storage.controls import TableControls
from agent.storage.payloads import BlobPayloads
from agent.storage.rows import packed
from agent.storage.wakeups import QueueWakeups
from policy import digest
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, attempt, case, event
from tests.conformance.storage_fixtures import RequestCount


@pytest.fixture
def store(storage: StorageConnections, payloads: BlobPayloads) -> TableCaseStore:
    return TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=payloads)


async def opened(store: TableCaseStore, stored: Case) -> Held:
    assert await store.create(stored, (event(EventCode.CASE_OPENED),), due_at=SOON)
    held = await store.load(stored.id)
    assert held is not None
    return held


def closed(held: Held) -> Case:
    return held.case.evolve(stage=Stage.CLOSED, outcome="resolved", closed_at=NOW)


class TestRequestCounts:
    async def test_an_intake_takes_three_requests(
        self, store: TableCaseStore, storage: StorageConnections, request_count: RequestCount
    ) -> None:
        stored = case()
        await store.create(stored, (event(),), due_at=SOON)
        await QueueWakeups(storage.queues).put(Stage.INVESTIGATE, stored.id, seq=0)
        assert request_count.value == 3

    async def test_a_pure_turn_takes_three_requests(
        self, store: TableCaseStore, storage: StorageConnections, request_count: RequestCount
    ) -> None:
        stored = (await opened(store, case())).case
        request_count.reset()
        held = await store.load(stored.id)
        assert held is not None
        held = await store.commit(held, held.case, events=(event(), event()), attempts=(), due_at=SOON)
        await QueueWakeups(storage.queues).put(Stage.PLAN, stored.id, seq=held.seq)
        assert request_count.value == 3

    async def test_a_turn_that_writes_takes_four_requests_and_one_that_asks_whether_it_was_stopped(
        self, store: TableCaseStore, storage: StorageConnections, request_count: RequestCount
    ) -> None:
        stored = (await opened(store, case())).case
        request_count.reset()
        held = await store.load(stored.id)
        assert held is not None
        assert await TableControls(storage.tables).holding(stored.request.tenant_id) == ()
        held = await store.begin(held, attempt(), events=(), lease_until=SOON)
        held = await store.commit(
            held, held.case, events=(event(),), attempts=(attempt(state="answered"),), due_at=SOON
        )
        await QueueWakeups(storage.queues).put(Stage.VERIFY, stored.id, seq=held.seq)
        assert request_count.value == 5


class TestTheChain:
    async def test_every_event_carries_the_hash_of_the_one_before(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, case())
        held = await store.commit(held, held.case, events=(event(n=1), event(n=2)), attempts=(), due_at=SOON)
        held = await store.begin(held, attempt(), events=(), lease_until=SOON)
        await store.commit(held, held.case, events=(event(n=3),), attempts=(), due_at=SOON)
        table = storage.tables.get_table_client("cases")
        found = table.query_entities(f"PartitionKey eq '{held.case.id}' and RowKey ge 'ev' and RowKey lt 'ew'")
        rows = [row async for row in found]
        events = await store.events(held.case.id)
        assert [row["RowKey"] for row in rows] == ["ev000000", "ev000001", "ev000002", "ev000003"]
        prev = chain_start(held.case.id)
        for number, (row, logged) in enumerate(zip(rows, events, strict=True)):
            assert row["prev"] == prev
            assert row["hash"] == digest({"seq": number, "event": logged.model_dump(mode="json"), "prev": prev})
            prev = row["hash"]

    async def test_an_event_that_has_no_canonical_form_is_refused(self, store: TableCaseStore) -> None:
        held = await opened(store, case())
        with pytest.raises(StorageError, match="chained"):
            await store.commit(held, held.case, events=(event(ratio=0.5),), attempts=(), due_at=None)


class TestTheIndexes:
    async def test_an_orphan_of_an_intake_that_died_is_forgotten_after_a_day(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        index = CaseIndex(storage.tables)
        never_created = case().id
        await index.open(never_created, due_at=NOW)
        for moment, left in ((NOW + ORPHAN_AFTER, 1), (NOW + ORPHAN_AFTER + timedelta(seconds=1), 0)):
            assert [held async for held in store.overdue(moment)] == []
            assert len([one async for one in index.active()]) == left

    async def test_a_case_whose_closing_was_cut_short_is_moved_by_the_sweep(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, case())
        await store.commit(held, closed(held), events=(), attempts=(), due_at=None)
        index = CaseIndex(storage.tables)
        await index.open(held.case.id, due_at=NOW)  # As if the process had died before the index was changed.
        assert [one async for one in store.overdue(SOON)] == []
        assert [one async for one in index.active()] == []
        assert [one.case.id async for one in store.recent(9)] == [held.case.id]

    async def test_closing_costs_the_sweep_nothing(self, store: TableCaseStore, request_count: RequestCount) -> None:
        for _ in range(3):
            held = await opened(store, case())
            await store.commit(held, closed(held), events=(), attempts=(), due_at=None)
        request_count.reset()
        assert [one async for one in store.overdue(SOON)] == []
        assert request_count.value == 1


class TestFailures:
    @pytest.mark.parametrize(
        "columns",
        [
            packed("{}", name="case"),
            {"case_parts": 9},
            {"case_parts": 0},
            {"key": "v1.1.AAAA"},
            {"key": 7},
            {"tenant": "somebody"},
            {"seq": 7},
            {"stage": "execute"},
            {"last_hash": "0"},
            {"plan_parts": 1},
            {"plan_parts": 2},
            {"next_event": "x"},
            {"due_at": "soon"},
            packed('{"secret": 1}', name="case"),
        ],
    )
    async def test_a_damaged_case_is_an_error_that_tells_nothing_of_it(
        self, store: TableCaseStore, storage: StorageConnections, columns: dict[str, object]
    ) -> None:
        held = await opened(store, case(text="private words"))
        row = {"PartitionKey": held.case.id, "RowKey": "case", **columns}
        await storage.tables.get_table_client("cases").upsert_entity(row, mode=UpdateMode.MERGE)
        with pytest.raises(StorageError) as caught:
            await store.load(held.case.id)
        assert "private" not in str(caught.value)
        assert "secret" not in str(caught.value)

    async def test_a_commit_of_another_case_is_refused(self, store: TableCaseStore) -> None:
        held = await opened(store, case())
        with pytest.raises(ValueError, match="expected case"):
            await store.commit(held, case(), events=(), attempts=(), due_at=None)

    async def test_missing_tables_are_an_error_and_not_an_absent_case(self, azurite_connection: str) -> None:
        # The emulator takes any account name in the path; the secondary one has no tables.
        bare = connect({"AzureWebJobsStorage": azurite_connection}, None)
        elsewhere = TableCaseStore(bare.tables, sealer=MemorySealer(), payloads=MemoryPayloads())
        elsewhere._partitions._table = bare.tables.get_table_client("nowhere")
        try:
            with pytest.raises(StorageError, match="TableNotFound"):
                await elsewhere.load("x")
            with pytest.raises(StorageError, match="TableNotFound"):
                await elsewhere.create(case(), (), due_at=SOON)
            with pytest.raises(StorageError, match="TableNotFound"):
                await elsewhere.events("x")
        finally:
            await bare.close()
