"""The sealed log in blobs: what a crash leaves, where blobs end, and what is refused; its copy in a table."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from agent.errors import AlreadySupersededError, DamagedError, SettingsError, StorageError
from agent.log_ports import Archived
from agent.model.sealed_log import Leaf
from agent.storage import archive as archive_module
from agent.storage.archive import BlobArchive
from agent.storage.archive_copy import ArchiveCopy
from agent.storage.blob_connection import BLOB_URL, CONTAINER, connect_blobs
from agent.storage.connections import CONNECTION_STRING, StorageConnections
from tests.conformance.storage_fixtures import RequestCount
from tests.conformance.test_activity_archive import add, everything, leaf, record_behind


class Room:
    """One tenant's sealed log in the emulator, seen by workers that share nothing but storage."""

    def __init__(self, blobs: BlobServiceClient, storage: StorageConnections) -> None:
        self.blobs, self.tables = blobs, storage.tables
        self.tenant = str(uuid.uuid4())
        self.archive = self.worker()

    def worker(self) -> BlobArchive:
        return BlobArchive(self.blobs, self.tables)

    def blob(self, number: int) -> BlobClient:
        return self.blobs.get_blob_client(CONTAINER, f"{self.tenant}/{number:06d}.jsonl")

    async def add(self, *leaves: Leaf) -> Archived:
        return await add(self.archive, self.tenant, *leaves)

    async def rows(self) -> list[str]:
        table = self.tables.get_table_client("audit")
        query = table.query_entities("PartitionKey eq @tenant", parameters={"tenant": self.tenant})
        return [row["RowKey"] async for row in query]


@pytest.fixture
def room(blobs: BlobServiceClient, storage: StorageConnections) -> Room:
    return Room(blobs, storage)


def dying_after(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker die before the copy, or with so many of its transactions done."""
    done = 0
    real: Callable[..., Awaitable[None]] = ArchiveCopy._create

    async def create(self: ArchiveCopy, rows_now: Any) -> None:
        nonlocal done
        if done >= rows:
            raise StorageError("died")
        done += 1
        await real(self, rows_now)

    monkeypatch.setattr(ArchiveCopy, "_create", create)


@pytest.mark.parametrize("transactions", [0, 1, 2])
async def test_a_copy_that_a_crash_left_behind_is_completed(
    room: Room, monkeypatch: pytest.MonkeyPatch, transactions: int
) -> None:
    await room.add(leaf("a", 1))
    leaves = [leaf(f"case-{number:03}", 2) for number in range(230)]
    with monkeypatch.context() as patch:
        dying_after(transactions, patch)
        with pytest.raises(StorageError, match="died"):
            await room.add(*leaves)
    worker = room.worker()
    newest = await worker.last(room.tenant)
    assert newest is not None and newest.record.sealed.checkpoint.number == 2
    assert await worker.sealed(room.tenant, "case-229") == leaves[-1]
    assert len(await room.rows()) == 1 + 230 + 2
    # And it goes on from there.
    assert (await room.add(leaf("a", 4))).record.sealed.checkpoint.size == 232


async def test_several_checkpoints_without_a_copy_are_all_completed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "CHECKPOINTS_A_BLOB", 3)
    await room.add(leaf("a", 1))
    with monkeypatch.context() as patch:

        async def nothing(*_: object, **__: object) -> None:
            return None

        patch.setattr(ArchiveCopy, "keep", nothing)
        patch.setattr(BlobArchive, "_complete", nothing)
        for count in range(2, 9):
            await room.add(leaf("a", count))
    await room.worker().last(room.tenant)
    names = [f"checkpoint-{number:010d}" for number in range(1, 9)]
    assert await room.rows() == [*names, *(f"leaf-a-{count:06d}" for count in range(1, 9))]


async def test_a_blob_takes_so_many_checkpoints_and_then_the_next_one_begins(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "CHECKPOINTS_A_BLOB", 2)
    records = [(await room.add(leaf("a", count))).record.sealed for count in range(1, 6)]
    assert [await room.blob(number).exists() for number in range(4)] == [True, True, True, False]
    found = [one for one in await everything(room.worker(), room.tenant) if not isinstance(one, Leaf)]
    assert found == records
    stale = await room.archive.last(room.tenant)
    await room.add(leaf("a", 6))
    with pytest.raises(AlreadySupersededError):
        record = record_behind(stale, room.tenant, leaf("a", 7))
        await room.archive.append(room.tenant, [leaf("a", 7)], record=record, after=stale)


async def test_a_blob_that_was_made_and_never_written_is_gone_on_with(room: Room) -> None:
    await room.blob(0).create_append_blob()
    assert await room.archive.last(room.tenant) is None
    assert (await room.add(leaf("a", 1))).record.sealed.checkpoint.number == 1


async def test_an_append_whose_answer_was_lost_is_not_written_twice(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = BlobClient.append_block

    async def append(self: BlobClient, *given: Any, **options: Any) -> Any:
        await real(self, *given, **options)
        raise ServiceResponseError("the answer was lost")

    with monkeypatch.context() as patch:
        patch.setattr(BlobClient, "append_block", append)
        with pytest.raises(StorageError):
            await room.add(leaf("a", 1))
    newest = await room.archive.last(room.tenant)
    assert newest is not None and await room.archive.sealed(room.tenant, "a") == leaf("a", 1)
    with pytest.raises(AlreadySupersededError):
        record = record_behind(None, room.tenant, leaf("a", 1))
        await room.archive.append(room.tenant, [leaf("a", 1)], record=record, after=None)


@pytest.mark.parametrize("junk", [b"x", b"x\n", b'{"leaf":{"case":"a","count":1,"hash":"' + b"0" * 64 + b'"}}\n'])
async def test_what_does_not_end_with_a_checkpoint_is_not_gone_on_with(room: Room, junk: bytes) -> None:
    await room.add(leaf("a", 1))
    await room.blob(0).append_block(junk)
    with pytest.raises(DamagedError):
        await room.worker().last(room.tenant)


async def test_a_checkpoint_of_another_tenant_is_not_gone_on_with(room: Room) -> None:
    await room.add(leaf("a", 1))
    other = Room.__new__(Room)
    other.__dict__ |= room.__dict__ | {"tenant": str(uuid.uuid4())}
    await other.blob(0).create_append_blob()
    await other.blob(0).append_block(await (await room.blob(0).download_blob()).readall())
    with pytest.raises(DamagedError, match="checkpoint of its own"):
        await room.worker().last(other.tenant)


async def test_what_sealing_costs_in_storage_requests(room: Room, request_count: RequestCount) -> None:
    await room.add(leaf("a", 1))
    request_count.reset()
    last = await room.archive.last(room.tenant)
    assert request_count.value == 3
    record = record_behind(last, room.tenant, leaf("a", 2))
    await room.archive.append(room.tenant, [leaf("a", 2)], record=record, after=last)
    assert request_count.value == 5


@pytest.mark.parametrize(
    "settings",
    [{}, {CONNECTION_STRING: "nonsense"}, {BLOB_URL: "https://a"}, {CONNECTION_STRING: "x", BLOB_URL: "https://a"}],
)
def test_blobs_without_a_place_or_with_two_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as refusal:
        connect_blobs(settings, None)
    assert "nonsense" not in str(refusal.value)
