"""Which payloads are left over: those that no row refers to and that nobody can refer to any more."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.errors import DamagedError, StorageError
from agent.ports import Held
from agent.storage.cases import ORPHAN_AFTER, TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.leftovers import Leftovers
from agent.storage.rows import Row
from tests.conformance.long_samples import LONG, long_case, noise
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import SOON, attempt, case, event


class Room:
    """Cases in the emulator, with payloads of their own in memory."""

    def __init__(self, storage: StorageConnections) -> None:
        self.payloads = MemoryPayloads()
        self.store = TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=self.payloads)
        self.leftovers = Leftovers(storage.tables, self.payloads)
        self.table = storage.tables.get_table_client("cases")

    async def opened(self) -> Held:
        stored = long_case(case())
        assert await self.store.create(stored, (event(),), due_at=SOON)
        held = await self.store.load(stored.id)
        assert held is not None
        return held

    async def save(self, held: Held) -> Held:
        return await self.store.commit(held, held.case, events=(), attempts=(), due_at=SOON)

    async def etag(self, held: Held) -> str:
        return str((await self.table.get_entity(held.case.id, "case")).metadata["etag"])

    async def change(self, held: Held, columns: Row) -> None:
        await self.table.upsert_entity({"PartitionKey": held.case.id, "RowKey": "case", **columns})


@pytest.fixture
def room(storage: StorageConnections) -> Room:
    return Room(storage)


async def test_what_may_still_be_saved_stays_until_its_case_has_moved_on(room: Room) -> None:
    held = await room.opened()
    digest = await room.payloads.put(held.case.id, b"about to be saved", etag=await room.etag(held))
    far = datetime.now(UTC) + timedelta(days=1_000)
    assert await room.leftovers.remove(far) == 0 and len(room.payloads.kept) == 2
    held = await room.save(held)
    assert await room.leftovers.remove(far) == 1
    assert (held.case.id, digest) not in room.payloads.kept
    assert await room.store.load(held.case.id) == held and await room.leftovers.remove(far) == 0


async def test_what_was_put_for_a_case_that_never_came_to_be_stays_for_a_day(room: Room) -> None:
    await room.payloads.put(case().id, b"of an intake that died", etag="")
    now = datetime.now(UTC)
    assert await room.leftovers.remove(now + ORPHAN_AFTER - timedelta(minutes=1)) == 0
    assert await room.leftovers.remove(now + ORPHAN_AFTER + timedelta(minutes=1)) == 1
    assert not room.payloads.kept


async def test_an_intake_that_came_second_leaves_nothing(room: Room) -> None:
    held = await room.opened()
    assert not await room.store.create(long_case(held.case, seed=4), (event(),), due_at=SOON)
    assert len(room.payloads.kept) == 2
    assert await room.leftovers.remove(SOON) == 1
    assert await room.store.load(held.case.id) == held


@pytest.mark.parametrize("columns", [{"payloads": "nonsense"}, {"case_blob": "nonsense"}])
async def test_of_a_row_that_cannot_be_read_nothing_is_removed_and_the_others_are_tidied_all_the_same(
    room: Room, columns: Row
) -> None:
    held = [await room.opened() for _ in range(3)]
    for one in held:
        await room.payloads.put(one.case.id, b"left over", etag="another version")
    await room.change(held[1], columns)
    with pytest.raises(StorageError, match=held[1].case.id):
        await room.leftovers.remove(SOON)
    assert sorted(case_id for case_id, _ in room.payloads.kept) == sorted(
        [held[0].case.id, held[1].case.id, held[1].case.id, held[2].case.id]
    )


async def test_whoever_strikes_a_payload_from_the_list_gets_it_removed_and_the_attempt_is_an_error_and_not_another(
    room: Room,
) -> None:
    held = await room.opened()
    long = attempt(sealed_before=noise(LONG))
    held = await room.store.commit(held, held.case, events=(), attempts=(long,), due_at=SOON)
    assert await room.store.attempts(held.case.id) == (long,)
    await room.change(held, {"payloads": ""})
    assert await room.leftovers.remove(SOON) == 1
    with pytest.raises(DamagedError, match="`op000-do sealed`"):
        await room.store.attempts(held.case.id)
    loaded = await room.store.load(held.case.id)
    assert loaded is not None and loaded.in_hand == (long,)
