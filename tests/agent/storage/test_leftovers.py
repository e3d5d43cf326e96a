"""Which payloads are left over: those that no row refers to and that nobody can refer to any more."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from agent.errors import DamagedError, StorageError
from agent.model.case import Stage
from agent.ports import Held
from agent.storage.cases import HANDOFF_KEPT, ORPHAN_AFTER, TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.leftovers import Leftovers
from agent.storage.rows import Row
from tests.conformance.long_samples import LONG, long_case, noise
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, attempt, case, event, handoff


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


async def test_one_that_something_holds_keeps_no_other_of_its_case(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    held = await room.opened()
    digests = sorted([await room.payloads.put(held.case.id, one, etag="other") for one in (b"a", b"b", b"c")])
    remove = room.payloads.remove

    async def held_by_a_snapshot(case_id: str, asked: Iterable[str]) -> None:
        for one in asked:
            if one == digests[0]:
                raise StorageError("the payload has a snapshot")
            await remove(case_id, [one])

    monkeypatch.setattr(room.payloads, "remove", held_by_a_snapshot)
    with pytest.raises(StorageError, match="has a snapshot"):
        await room.leftovers.remove(SOON)
    assert {digest for _, digest in room.payloads.kept} & set(digests) == {digests[0]}


async def test_sweeps_that_end_the_same_long_cases_at_once_leave_no_payload_and_no_entry_of_the_index(
    room: Room,
) -> None:
    ids = []
    for _ in range(4):
        held = await room.opened()
        long = attempt(sealed_before=noise(LONG))
        held = await room.store.commit(held, held.case, events=(event(),), attempts=(long,), due_at=SOON)
        end = {"outcome": "escalated", "closed_at": NOW, "handoff": handoff(held.case.id)}
        closed = held.case.evolve(stage=Stage.CLOSED, **end)
        await room.store.commit(held, closed, events=(event(),), attempts=(), due_at=None)
        ids.append(held.case.id)
    assert room.payloads.kept
    later = NOW + HANDOFF_KEPT + timedelta(seconds=1)

    async def sweep() -> list[str]:
        return [one.case.id async for one in room.store.overdue(later)]

    assert await asyncio.gather(*(sweep() for _ in range(3))) == [[], [], []], "who comes second finds it done"
    assert await sweep() == [] and [one async for one in room.store._index.active()] == []
    for case_id in ids:
        ended = await room.store.load(case_id)
        assert ended is not None and ended.case.handoff is None and len(await room.store.events(case_id)) == 3
        assert all(one.sealed_before == "" for one in await room.store.attempts(case_id))
    await room.leftovers.remove(later + timedelta(days=3))
    assert not room.payloads.kept
