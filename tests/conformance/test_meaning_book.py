"""What every book of meanings promises, checked on Table Storage and on its in-memory twin."""

import asyncio
from functools import partial
from uuid import uuid4

import pytest
from azure.data.tables import UpdateMode

from agent.errors import KeyUnavailableError
from agent.memory.book import MeaningBook
from agent.memory.meaning import MAX_SENSES, Meaning, meaning_id, meant
from agent.storage.connections import StorageConnections
from agent.storage.memory import TableMeaningBook
from tests.conformance.memory_meanings import MemoryMeaningBook
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW

SHARE = "the finance share"


@pytest.fixture(params=["memory", "table"])
def book(request: pytest.FixtureRequest) -> MeaningBook:
    if request.param == "memory":
        return MemoryMeaningBook()
    return TableMeaningBook(request.getfixturevalue("storage").tables, sealer=MemorySealer())


@pytest.fixture
def tenant_id() -> str:
    return str(uuid4())


def case(number: int, object_id: str = "group-1", person: str = "") -> partial[Meaning | None]:
    return partial(meant, object_id=object_id, person_id=person or f"p-{number}", case_id=f"{number:032x}", at=NOW)


async def test_of_many_cases_at_once_each_counts_and_each_once(book: MeaningBook, tenant_id: str) -> None:
    changes = [case(number) for number in (1, 2, 3, 1)]
    await asyncio.gather(*(book.change(tenant_id, "group", words=SHARE, to=one) for one in changes))
    found = await book.get(tenant_id.upper(), "group", words="The  Finance SHARE")
    (sense,) = found.at(NOW)
    assert (sense.object_id, sense.people, len(sense.times)) == ("group-1", 3, 3)


async def test_words_of_another_kind_or_tenant_mean_nothing(book: MeaningBook, tenant_id: str) -> None:
    await book.change(tenant_id, "group", words=SHARE, to=case(1))
    assert (await book.get(tenant_id, "site", words=SHARE)).senses == ()
    assert (await book.get(str(uuid4()), "group", words=SHARE)).senses == ()


async def test_what_is_forgotten_is_gone(book: MeaningBook, tenant_id: str) -> None:
    await book.change(tenant_id, "group", words=SHARE, to=case(1))
    await book.change(tenant_id, "app", words="pdf", to=case(1, "app-1"))
    assert [one.words for one in await book.all(tenant_id)] == ["pdf", SHARE]
    assert await book.forget(tenant_id, meaning_id("group", SHARE))
    assert not await book.forget(tenant_id, meaning_id("group", SHARE))
    assert [one.words for one in await book.all(tenant_id)] == ["pdf"]


async def test_an_expression_keeps_the_newest_meanings_only(book: MeaningBook, tenant_id: str) -> None:
    for number in range(MAX_SENSES + 2):
        await book.change(tenant_id, "group", words=SHARE, to=case(number, f"group-{number}"))
    kept = {one.object_id for one in (await book.get(tenant_id, "group", words=SHARE)).senses}
    assert kept == {f"group-{number}" for number in range(2, MAX_SENSES + 2)}


async def test_a_row_moved_from_elsewhere_hints_at_nothing(storage: StorageConnections, tenant_id: str) -> None:
    sealer = MemorySealer()
    book, table = TableMeaningBook(storage.tables, sealer=sealer), storage.tables.get_table_client("memory")
    await book.change(tenant_id, "group", words="a poisoned word", to=case(1, "group-9"))
    row = dict(await table.get_entity(tenant_id, f"meaning-{meaning_id('group', 'a poisoned word')}"))
    moved = {**row, "RowKey": f"meaning-{meaning_id('group', SHARE)}"}
    await table.upsert_entity(moved, mode=UpdateMode.REPLACE)
    assert (await book.get(tenant_id, "group", words=SHARE)).senses == ()
    assert [one.words for one in await book.all(tenant_id)] == ["a poisoned word"]


async def test_without_the_tenants_key_nothing_is_told(storage: StorageConnections, tenant_id: str) -> None:
    sealer = MemorySealer()
    book = TableMeaningBook(storage.tables, sealer=sealer)
    await book.change(tenant_id, "group", words=SHARE, to=case(1))
    sealer.lost_tenants.add(tenant_id)
    with pytest.raises(KeyUnavailableError):
        await book.get(tenant_id, "group", words=SHARE)
