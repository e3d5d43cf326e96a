"""Where the long columns of a case stand while it lives, what it costs, and what becomes of them when it closes."""

import zlib
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from agent.errors import AlreadySupersededError, DamagedError, StorageError
from agent.model.case import Case
from agent.ports import Held
from agent.storage.case_partition import CasePartitions
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.payloads import CONTAINER, BlobPayloads
from agent.storage.rows import Row
from tests.conformance.long_samples import LONG, MILLION, closing, long_case, long_plan, noise, stored_of
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import SOON, attempt, case, event, handoff
from tests.conformance.storage_fixtures import RequestCount

BEFORE = attempt(sealed_before=noise(LONG, seed=9))


class Room:
    """Cases in the emulator, and what stands there of them."""

    def __init__(self, storage: StorageConnections, payloads: BlobPayloads) -> None:
        self.table = storage.tables.get_table_client("cases")
        self.payloads = payloads
        self.store = TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=payloads)

    async def opened(self, stored: Case) -> Held:
        assert await self.store.create(stored, (event(),), due_at=SOON)
        held = await self.store.load(stored.id)
        assert held is not None
        return held

    async def save(self, held: Held, changed: Case, *attempts: Any) -> Held:
        return await self.store.commit(held, changed, events=(event(),), attempts=attempts, due_at=SOON)

    async def row(self, case_id: str, key: str = "case") -> Row:
        return dict(await self.table.get_entity(case_id, key))

    async def digests(self, case_id: str) -> set[str]:
        return {one.digest for one in await stored_of(self.payloads, case_id)}


@pytest.fixture
def room(storage: StorageConnections, payloads: BlobPayloads) -> Room:
    return Room(storage, payloads)


async def test_a_long_case_stands_in_payloads_that_its_rows_name_and_nobody_can_read(
    room: Room, blobs: BlobServiceClient
) -> None:
    stored = long_case(case(), characters=MILLION).evolve(plan=long_plan())
    held = await room.opened(stored)
    before = attempt(sealed_before=noise(MILLION, seed=9))
    held = await room.store.begin(held, before, events=(), lease_until=SOON)
    assert await room.store.load(held.case.id) == held and (held.case, held.in_hand) == (stored, (before,))
    assert await room.store.attempts(held.case.id) == (before,)
    row, tried = await room.row(held.case.id), await room.row(held.case.id, "op000-do")
    named = {row["case_blob"], row["plan_blob"], row["hand_blob"], tried["sealed_blob"]}
    assert len(named) == 4 and await room.digests(held.case.id) == named
    assert row["payloads"] == f"op000-do:{tried['sealed_blob']}"
    assert not any(isinstance(value, bytes) for one in (row, tried) for value in one.values())
    for digest in named:
        client = blobs.get_blob_client(CONTAINER, f"{held.case.id}/{digest}")
        raw = await (await client.download_blob()).readall()
        assert len(raw) in {
            one.get(f"{name}_size") for one in (row, tried) for name in ("case", "plan", "hand", "sealed")
        }
        assert b"displayName" not in raw and b"\x78\x9c" not in raw[:80], "neither in the clear nor only packed"
    held = await room.store.commit(held, closing(held.case), events=(), attempts=(), due_at=None)
    assert await room.digests(held.case.id) == set()
    assert await room.store.load(held.case.id) == held and len(held.case.plan.steps if held.case.plan else ()) == 300
    assert await room.store.attempts(held.case.id) == (attempt(),)


async def test_each_turn_leaves_only_what_the_case_refers_to(room: Room) -> None:
    held = await room.opened(long_case(case()))
    first = await room.digests(held.case.id)
    held = await room.save(held, long_case(held.case, seed=1), BEFORE)
    second = await room.digests(held.case.id)
    assert len(first) == 1 and len(second) == 3 and not first & second
    # The attempt's row is not written again, so its payload is the same; it is in hand no more.
    held = await room.save(held, held.case.evolve(step_index=1))
    third = await room.digests(held.case.id)
    assert len(third) == 2 and len(third & second) == 1
    assert await room.store.attempts(held.case.id) == (BEFORE,)
    erased = BEFORE.model_copy(update={"sealed_before": ""})
    held = await room.save(held, held.case.evolve(seen={}), erased)
    assert await room.digests(held.case.id) == set()
    assert await room.store.attempts(held.case.id) == (erased,)
    assert "payloads" not in await room.row(held.case.id)


@pytest.mark.parametrize("why", ["", noise(LONG, seed=5)])
async def test_closing_removes_all_but_the_record_also_what_the_attempts_hold(room: Room, why: str) -> None:
    held = await room.opened(long_case(case()).evolve(plan=long_plan(40)))
    held = await room.save(held, held.case, BEFORE, attempt(step_index=1, sealed_secret=noise(LONG)))
    assert len(await room.digests(held.case.id)) == 4
    ended = closing(held.case, why=why)
    held = await room.store.commit(held, ended, events=(), attempts=(), due_at=None)
    row = await room.row(held.case.id)
    assert await room.digests(held.case.id) == ({row["case_blob"]} if why else set())
    assert {"key", "payloads", "plan_blob", "hand_blob"}.isdisjoint(row)
    assert await room.store.load(held.case.id) == held and held.case.why == why
    if why:
        raw = await room.payloads.get(held.case.id, row["case_blob"], size=row["case_size"], place="case")
        assert why in zlib.decompress(raw[16:]).decode()


async def test_two_workers_who_close_a_case_alike_put_no_common_payload(
    room: Room,
) -> None:
    held = await room.opened(case())
    ended = closing(held.case, why=noise(LONG))
    await room.store.commit(held, ended, events=(), attempts=(), due_at=None)
    with pytest.raises(AlreadySupersededError):
        await room.store.commit(held, ended, events=(), attempts=(), due_at=None)
    digests = await room.digests(held.case.id)
    assert len(digests) == 2 and (await room.row(held.case.id))["case_blob"] in digests


async def test_a_hand_over_that_nobody_took_is_kept_sealed_and_its_before_images_go(room: Room) -> None:
    held = await room.opened(long_case(case()))
    held = await room.save(held, held.case, BEFORE)
    kept = closing(held.case).evolve(handoff=handoff(held.case.id), reply_failed=True)
    erased = BEFORE.model_copy(update={"sealed_before": ""})
    held = await room.store.commit(held, kept, events=(), attempts=(erased,), due_at=None)
    row = await room.row(held.case.id)
    assert "key" in row and await room.digests(held.case.id) == {row["case_blob"]}
    assert await room.store.load(held.case.id) == held


async def test_what_a_long_turn_costs_in_storage_requests(room: Room, request_count: RequestCount) -> None:
    held = await room.opened(case())
    long = held.case.evolve(why=noise(80_000))
    for before, more in ((held.case, 1), (long, 2)):
        request_count.reset()
        held = await room.save(held, long)
        # The transaction, the new payload, and the old one that goes.
        assert request_count.value == 1 + more, before
    request_count.reset()
    await room.store.load(held.case.id)
    assert request_count.value == 2


async def test_a_payload_that_cannot_be_put_saves_nothing_and_one_that_cannot_be_removed_is_no_failure(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await room.opened(long_case(case()))

    async def down(*_: object, **__: object) -> str:
        raise StorageError("storage did not answer")

    with monkeypatch.context() as patch:
        patch.setattr(BlobPayloads, "put", down)
        with pytest.raises(StorageError, match="did not answer"):
            await room.save(held, long_case(held.case, seed=1))
    assert await room.store.load(held.case.id) == held
    with monkeypatch.context() as patch:
        patch.setattr(BlobPayloads, "remove", down)
        held = await room.save(held, long_case(held.case, seed=2))
    assert await room.store.load(held.case.id) == held
    assert len(await room.digests(held.case.id)) == 2


async def test_who_wrongly_hears_that_he_lost_takes_nothing_away_from_what_he_saved(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await room.opened(long_case(case()))
    real = CasePartitions.replace

    async def replace(self: CasePartitions, *given: Any, **options: Any) -> str:
        await real(self, *given, **options)
        raise AlreadySupersededError("the answer was lost, and the repeat found another version")

    with monkeypatch.context() as patch:
        patch.setattr(CasePartitions, "replace", replace)
        with pytest.raises(AlreadySupersededError):
            await room.save(held, long_case(held.case, seed=1), BEFORE)
    loaded = await room.store.load(held.case.id)
    assert loaded is not None and loaded.case == long_case(held.case, seed=1)
    assert await room.store.attempts(held.case.id) == (BEFORE,)


class TestDamage:
    async def test_a_payload_that_is_gone_is_an_error_that_names_case_and_column(self, room: Room) -> None:
        held = await room.opened(long_case(case()).evolve(plan=long_plan(40)))
        held = await room.save(held, held.case, BEFORE)
        row = await room.row(held.case.id)
        for name, place in (("plan", "plan"), ("case", "case")):
            await room.payloads.remove(held.case.id, [row[f"{name}_blob"]])
            with pytest.raises(DamagedError, match=f"`{place}` of case `{held.case.id}`"):
                await room.store.load(held.case.id)
        tried = await room.row(held.case.id, "op000-do")
        await room.payloads.remove(held.case.id, [tried["sealed_blob"]])
        with pytest.raises(DamagedError, match=f"`op000-do sealed` of case `{held.case.id}`"):
            await room.store.attempts(held.case.id)

    async def test_it_hides_no_other_case_from_the_sweep(self, room: Room) -> None:
        broken, healthy = await room.opened(long_case(case())), await room.opened(long_case(case(), seed=1))
        await room.payloads.remove(broken.case.id, await room.digests(broken.case.id))
        swept = []
        with pytest.raises(DamagedError, match=broken.case.id):
            async for held in room.store.overdue(SOON):
                swept.append(held)
        assert swept == [healthy]

    async def test_a_payload_of_another_turn_or_case_in_its_place_is_refused(self, room: Room) -> None:
        held, other = await room.opened(long_case(case())), await room.opened(long_case(case()))
        old = await room.row(held.case.id)
        raw = await room.payloads.get(held.case.id, old["case_blob"], size=old["case_size"], place="case")
        held = await room.save(held, long_case(held.case, seed=1))
        await room.payloads.put(held.case.id, raw, etag="")
        theirs = await room.row(other.case.id)
        raw = await room.payloads.get(other.case.id, theirs["case_blob"], size=theirs["case_size"], place="case")
        await room.payloads.put(held.case.id, raw, etag="")
        row = await room.row(held.case.id)
        for source in (old, theirs):
            await room.table.upsert_entity({**row, **{one: source[one] for one in ("case_blob", "case_size")}})
            with pytest.raises(StorageError, match="altered or belongs to another row"):
                await room.store.load(held.case.id)

    @pytest.mark.parametrize(
        "columns",
        [
            {"case_blob": "0" * 64},
            {"case_blob": "../x"},
            {"case_blob": 7},
            {"case_size": 1},
            {"case_size": 10**9},
            {"case_size": "1"},
            {"payloads": "x"},
            {"payloads": "op000-do:|"},
            {"more_blob": "0" * 64, "more_size": 1},
        ],
    )
    async def test_a_row_that_names_its_payload_wrongly_is_an_error(self, room: Room, columns: Row) -> None:
        held = await room.opened(long_case(case()))
        await room.table.upsert_entity({**await room.row(held.case.id), **columns})
        with pytest.raises(StorageError, match=held.case.id):
            await room.store.load(held.case.id)
