"""What every ActivityArchive promises, checked on append blobs with their copy and on its in-memory twin."""

import asyncio
import uuid

import pytest

from agent.errors import AlreadySupersededError, DoesNotFitError
from agent.log.merkle import Tree
from agent.log_ports import ActivityArchive, Archived, ArchiveRecord
from agent.model.sealed_log import NOTHING_BEFORE, Checkpoint, Leaf, SealedCheckpoint
from agent.storage.archive import BlobArchive
from tests.conformance.memory_log import MemoryArchive, key_of


@pytest.fixture(params=["memory", "blob"])
def archive(request: pytest.FixtureRequest) -> ActivityArchive:
    if request.param == "memory":
        return MemoryArchive()
    return BlobArchive(request.getfixturevalue("blobs"), request.getfixturevalue("storage").tables)


@pytest.fixture
def tenant() -> str:
    """A tenant of one test alone, because what was sealed is never removed."""
    return str(uuid.uuid4())


def leaf(case: str, count: int) -> Leaf:
    return Leaf(case=case, count=count, hash=f"{count:064x}")


def record_behind(last: Archived | None, tenant: str, *leaves: Leaf, searched: str = "") -> ArchiveRecord:
    before = last.record.sealed.checkpoint if last else None
    tree = Tree(before.size if before else 0, last.record.peaks if last else ()).grown(one.text for one in leaves)
    checkpoint = Checkpoint(
        tenant=tenant,
        number=before.number + 1 if before else 1,
        size=tree.size,
        root=tree.root,
        sealed_at="2026-03-04T05:06:07.000000Z",
        prev=before.digest if before else NOTHING_BEFORE,
        key=key_of(tenant).public_key,
        next_key=key_of(tenant).public_key,
    )
    sealed = SealedCheckpoint(checkpoint=checkpoint, signature=key_of(tenant).sign(checkpoint.text))
    return ArchiveRecord(sealed=sealed, peaks=tree.peaks, searched_until=searched)


async def add(archive: ActivityArchive, tenant: str, *leaves: Leaf) -> Archived:
    last = await archive.last(tenant)
    return await archive.append(tenant, leaves, record=record_behind(last, tenant, *leaves), after=last)


async def everything(archive: ActivityArchive, tenant: str) -> list[Leaf | SealedCheckpoint]:
    return [one async for one in archive.lines(tenant)]


async def test_a_tenant_without_a_sealed_log_has_nothing(archive: ActivityArchive, tenant: str) -> None:
    assert await archive.last(tenant) is None
    assert await archive.sealed(tenant, "case") is None
    assert await everything(archive, tenant) == []


async def test_what_was_appended_comes_back_in_order(archive: ActivityArchive, tenant: str) -> None:
    one, two, three = leaf("a", 1), leaf("b", 2), leaf("a", 5)
    first = await add(archive, tenant, one, two)
    second = await add(archive, tenant, three)
    empty = await add(archive, tenant)
    expected = [one, two, first.record.sealed, three, second.record.sealed, empty.record.sealed]
    assert await everything(archive, tenant) == expected
    assert await archive.last(tenant) == empty


async def test_the_newest_leaf_of_a_case_is_found(archive: ActivityArchive, tenant: str) -> None:
    await add(archive, tenant, leaf("a", 9), leaf("ab", 3))
    await add(archive, tenant, leaf("a", 10))
    assert await archive.sealed(tenant, "a") == leaf("a", 10)
    assert await archive.sealed(tenant, "ab") == leaf("ab", 3)


async def test_tenants_are_apart(archive: ActivityArchive, tenant: str) -> None:
    other = str(uuid.uuid4())
    await add(archive, tenant, leaf("a", 1))
    assert await archive.last(other) is None and await archive.sealed(other, "a") is None
    await add(archive, other, leaf("a", 2))
    assert await archive.sealed(tenant, "a") == leaf("a", 1)


@pytest.mark.parametrize("begun", [False, True])
async def test_of_eight_sealers_at_once_exactly_one_writes(archive: ActivityArchive, tenant: str, begun: bool) -> None:
    if begun:
        await add(archive, tenant, leaf("a", 1))
    last = await archive.last(tenant)

    async def seal(number: int) -> bool:
        leaves = [leaf("b", number + 1)]
        try:
            await archive.append(tenant, leaves, record=record_behind(last, tenant, *leaves), after=last)
        except AlreadySupersededError:
            return False
        return True

    won = await asyncio.gather(*map(seal, range(8)))
    assert sum(won) == 1
    assert await archive.sealed(tenant, "b") == leaf("b", won.index(True) + 1)
    assert len(await everything(archive, tenant)) == (4 if begun else 2)


async def test_whoever_goes_on_from_an_old_record_writes_nothing(archive: ActivityArchive, tenant: str) -> None:
    old = await add(archive, tenant, leaf("a", 1))
    await add(archive, tenant, leaf("a", 2))
    before = await everything(archive, tenant)
    with pytest.raises(AlreadySupersededError):
        await archive.append(tenant, [leaf("a", 3)], record=record_behind(old, tenant, leaf("a", 3)), after=old)
    assert await everything(archive, tenant) == before


async def test_more_than_one_block_takes_is_refused_whole(archive: ActivityArchive, tenant: str) -> None:
    leaves = [leaf(f"{number:0200}", 1) for number in range(15_000)]
    with pytest.raises(DoesNotFitError):
        await archive.append(tenant, leaves, record=record_behind(None, tenant, *leaves), after=None)
    assert await archive.last(tenant) is None


async def test_hundreds_of_leaves_are_sealed_by_one_checkpoint(archive: ActivityArchive, tenant: str) -> None:
    leaves = [leaf(f"case-{number:04}", 7) for number in range(230)]
    await add(archive, tenant, *leaves)
    assert await everything(archive, tenant) == [*leaves, (await archive.last(tenant)).record.sealed]  # type: ignore[union-attr]
    assert await archive.sealed(tenant, "case-0229") == leaves[-1]
