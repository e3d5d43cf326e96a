"""What every book of habits promises, checked on Table Storage and on its in-memory twin."""

import asyncio
from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest
from azure.data.tables import UpdateMode

from agent.errors import KeyUnavailableError, StorageError
from agent.model.precedent import Terms
from agent.standing.book import HabitBook
from agent.standing.habits import MAX_HABITS, MAX_SIGHTINGS, MAX_TERMS_CHARS, Habits, Sighting, with_approval, without
from agent.storage.connections import StorageConnections, connect
from agent.storage.grants import TableGrantBook
from agent.storage.habits import TableHabitBook
from policy import RuleRef
from tests.conformance.memory_grants import MemoryHabitBook
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW
from tests.conformance.storage_fixtures import RequestCount
from tests.conformance.test_grant_book import OWNER, _Expanding, given, grant

OTHER = "cccccccc-0000-4000-8000-000000000003"


@pytest.fixture(params=["memory", "table"])
def book(request: pytest.FixtureRequest) -> HabitBook:
    if request.param == "memory":
        return MemoryHabitBook()
    return TableHabitBook(request.getfixturevalue("storage").tables, sealer=MemorySealer())


@pytest.fixture
def tenant_id() -> str:
    return str(uuid4())


def terms(department: str = "Verkäufe", filler: str = "") -> Terms:
    values = {"beneficiary.department": department, "request.on_self": True, "risk": 30, "params.name": filler}
    rules = (RuleRef("action.ask", "d" * 64),)
    return Terms(action="entra.group.member.add", resolver="group_owner", rules=rules, values=values)


def yes(number: int, one: Terms | None = None) -> partial[Habits | None]:
    sighting = Sighting(case_id=f"{number:032x}", asker="a" * 16, whom=f"{number:016x}", at=NOW)
    return partial(with_approval, terms=one or terms(), sighting=sighting)


async def test_of_many_that_are_remembered_at_once_each_counts_and_each_once(book: HabitBook, tenant_id: str) -> None:
    changes = [yes(number) for number in (1, 2, 3, 4, 1, 2)]
    await asyncio.gather(*(book.change(tenant_id, OWNER, to=one) for one in changes))
    (habit,) = (await book.get(tenant_id.upper(), OWNER.upper())).habits
    assert len(habit.sightings) == 4 and habit.terms == terms()
    assert (await book.get(tenant_id, OTHER)).habits == () and (await book.get(str(uuid4()), OWNER)).habits == ()


async def test_what_is_forgotten_is_gone_and_everybodys_history_is_listed(book: HabitBook, tenant_id: str) -> None:
    await book.change(tenant_id, OTHER, to=yes(1))
    await book.change(tenant_id, OWNER, to=yes(1))
    await book.change(tenant_id, OWNER, to=yes(2, terms("HR")))
    await book.change(tenant_id, OWNER, to=lambda it: without(it, lambda one: one == terms()))
    assert [one.terms for one in (await book.get(tenant_id, OWNER)).habits] == [terms("HR")]
    assert [one.person_id for one in await book.all(tenant_id)] == [OWNER, OTHER]


class TestInTables:
    @pytest.fixture
    def sealer(self) -> MemorySealer:
        return MemorySealer()

    @pytest.fixture
    def table_book(self, storage: StorageConnections, sealer: MemorySealer) -> TableHabitBook:
        return TableHabitBook(storage.tables, sealer=sealer)

    async def test_a_row_that_somebody_else_wrote_or_moved_proposes_nothing_and_keeps_nobody_from_counting(
        self, storage: StorageConnections, table_book: TableHabitBook, tenant_id: str
    ) -> None:
        await table_book.change(tenant_id, OWNER, to=yes(1))
        table = storage.tables.get_table_client("grants")
        row = dict(await table.get_entity(tenant_id, f"habit-{OWNER}"))
        assert "Verk" not in str(row) and "entra" not in str(row)
        for forged in ({**row, "c00": "forged"}, row, {"PartitionKey": tenant_id}):
            await table.upsert_entity({**forged, "RowKey": f"habit-{OTHER}"}, mode=UpdateMode.REPLACE)
            assert (await table_book.get(tenant_id, OTHER)).habits == ()
        await table_book.change(tenant_id, OTHER, to=yes(2))
        (habit,) = (await table_book.get(tenant_id, OTHER)).habits
        assert len(habit.sightings) == 1

    async def test_grants_and_habits_of_one_tenant_are_never_taken_for_each_other(
        self, storage: StorageConnections, tenant_id: str
    ) -> None:
        book = TableGrantBook(storage.tables, sealer=MemorySealer())
        one = await given(book, grant(tenant_id))
        await book.habits.change(tenant_id, OWNER, to=yes(1))
        assert await book.all(tenant_id) == (one,) and len(await book.habits.all(tenant_id)) == 1
        assert [found async for found in book.untold() if found.grant.tenant_id == tenant_id] == []

    async def test_without_the_tenants_key_or_the_table_nothing_is_taken_for_an_empty_history(
        self, table_book: TableHabitBook, sealer: MemorySealer, tenant_id: str, azurite_connection: str
    ) -> None:
        await table_book.change(tenant_id, OWNER, to=yes(1))
        sealer.lost_tenants.add(tenant_id)
        with pytest.raises(KeyUnavailableError):
            await table_book.get(tenant_id, OWNER)
        bare = connect({"AzureWebJobsStorage": azurite_connection}, None)
        nowhere = TableHabitBook(bare.tables, sealer=MemorySealer())
        nowhere._rows = replace(nowhere._rows, table=bare.tables.get_table_client("nowhere"))
        try:
            for asked in (nowhere.get(tenant_id, OWNER), nowhere.change(tenant_id, OWNER, to=yes(1))):
                with pytest.raises(StorageError, match="TableNotFound"):
                    await asked
        finally:
            await bare.close()

    async def test_the_longest_history_fits_into_its_row(
        self, table_book: TableHabitBook, request_count: RequestCount, tenant_id: str
    ) -> None:
        def fill(habits: Habits) -> Habits:
            for place in range(MAX_HABITS):
                long = terms(f"{place}", filler="n" * (MAX_TERMS_CHARS - 400))
                for number in range(MAX_SIGHTINGS):
                    habits = yes(number, long)(habits) or habits
            return habits

        table_book._rows = replace(table_book._rows, sealer=_Expanding())
        await table_book.change(tenant_id, OWNER, to=fill)
        request_count.reset()
        await table_book.change(tenant_id, OWNER, to=yes(MAX_SIGHTINGS + 1))
        found = await table_book.get(tenant_id, OWNER)
        assert len(found.habits) == MAX_HABITS and request_count.value == 3
        assert len(found.habits[0].sightings) == MAX_SIGHTINGS
