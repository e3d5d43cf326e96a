"""Orders and standing grants have logs of their own, which are sealed with those of cases."""

import uuid

import pytest
from azure.data.tables import UpdateMode
from azure.storage.blob.aio import BlobServiceClient

import verify_log
from agent.log.export import export_lines
from agent.log.sealing import Sealing
from agent.log.verify import Verification
from agent.model.activity_event import EventCode
from agent.model.control import Control, Scope
from agent.model.sealed_log import ChainEnd, Leaf
from agent.standing.kept import given_entry, newly_given
from agent.storage.archive import BlobArchive
from agent.storage.case_logs import TableCaseLogs
from agent.storage.connections import StorageConnections
from agent.storage.controls import TableControls
from agent.storage.grants import TableGrantBook
from agent.vault.log_keys import is_signed
from agent.wiring import UtcClock
from tests.conformance.memory_log import MemoryLogKeys, key_of
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.order_rows import forget, rows_of
from tests.conformance.samples import NOW, event
from tests.conformance.test_grant_book import grant


class House:
    """Two tenants on one stack, and a sealer of their logs that remembers what it found broken."""

    def __init__(self, storage: StorageConnections, blobs: BlobServiceClient) -> None:
        self.tenants = str(uuid.uuid4()), str(uuid.uuid4())
        self.controls, self.logs = TableControls(storage.tables), TableCaseLogs(storage.tables)
        self.archive = BlobArchive(blobs, storage.tables)
        self.keys = MemoryLogKeys()
        self.broken: list[str] = []
        self.sealing = Sealing(
            self.logs, self.archive, keys=self.keys, tenant_ids=self.tenants, clock=UtcClock(), alarm=self._alarm
        )

    async def pause(self, scope: Scope, subject: str) -> None:
        order = Control(scope=scope, subject=subject, state="paused", by="ann", why="w", at=NOW)
        await self.controls.record(order, event(EventCode.CONTROL_PAUSED, by="ann"))

    async def pause_all(self) -> None:
        for scope, subject in (("tenant", self.tenants[0]), ("tenant", self.tenants[1]), ("stack", "")):
            await self.pause(scope, subject)  # type: ignore[arg-type]

    async def leaves(self, tenant_id: str) -> dict[str, Leaf]:
        """The newest leaf of each log of a tenant."""
        return {leaf.case: leaf async for leaf in self.archive.lines(tenant_id) if isinstance(leaf, Leaf)}

    async def _alarm(self, end: ChainEnd, why: str) -> None:
        self.broken.append(end.case_id)


@pytest.fixture
async def house(storage: StorageConnections, blobs: BlobServiceClient) -> House:
    await forget(storage, "stack")
    return House(storage, blobs)


async def test_the_logs_of_orders_are_sealed_and_exported_with_the_cases(
    house: House, storage: StorageConnections
) -> None:
    await house.pause_all()
    mine, other = house.tenants
    names = [one async for one in house.logs.names(closed_since=NOW)]
    assert {f"tenant-{mine}", f"tenant-{other}", "stack"} <= set(names)
    await house.sealing.run()
    for one in house.tenants:
        leaves = await house.leaves(one)
        assert set(leaves) == {f"tenant-{one}", "stack"}
        end = await house.logs.end(f"tenant-{one}")
        assert end is not None and leaves[f"tenant-{one}"] == end.leaf
    await house.pause("tenant", mine)
    await house.sealing.run()
    assert (await house.leaves(mine))[f"tenant-{mine}"].count == 2
    lines = [f"{line}\n".encode() async for line in export_lines(mine, logs=house.logs, archive=house.archive)]
    report = Verification(is_signed, keys=[key_of(mine).public_key]).run(lines)
    assert report.holds and set(report.cases) == {f"tenant-{mine}", "stack"}
    assert await house.logs.end(f"tenant-{uuid.uuid4()}") is None and house.broken == []
    await forget(storage, "stack")


async def test_an_order_that_was_rewritten_in_its_log_is_found_broken_by_the_next_sealing(
    house: House, storage: StorageConnections
) -> None:
    mine, other = house.tenants
    await house.pause("tenant", mine)
    await house.sealing.run()
    for one in house.tenants:
        await house.pause("tenant", one)
    table = storage.tables.get_table_client("controls")
    row = (await rows_of(storage, f"tenant-{mine}"))[-1]
    forged = event(EventCode.CONTROL_PAUSED, by="eve").model_dump_json()
    await table.upsert_entity({**row, "c00": forged}, mode=UpdateMode.REPLACE)
    await house.sealing.run()
    assert house.broken == [f"tenant-{mine}"]
    assert f"tenant-{other}" in await house.leaves(other)


async def test_the_log_of_a_tenants_grants_is_sealed_and_exported_and_every_verifier_takes_it_for_that_tenants(
    house: House, storage: StorageConnections
) -> None:
    mine, other = house.tenants
    book = TableGrantBook(storage.tables, sealer=MemorySealer())
    await book.give(newly_given(grant(mine), case_id="c" * 32), entry=given_entry)
    await house.sealing.run()
    assert set(await house.leaves(mine)) == {f"grants-{mine}"} and await house.leaves(other) == {}
    key = key_of(mine).public_key
    lines = [f"{line}\n".encode() async for line in export_lines(mine, logs=house.logs, archive=house.archive)]
    report = Verification(is_signed, keys=[key]).run(lines)
    assert report.holds and set(report.cases) == {f"grants-{mine}"}
    script = verify_log.Verification([key])
    script.read(lines)
    assert script.problems == []
    forged = [line.replace(f"grants-{mine}".encode(), f"grants-{other}".encode()) for line in lines]
    assert not Verification(is_signed, keys=[key]).run(forged).holds
