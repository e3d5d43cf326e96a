"""What every book of standing grants promises, checked on Table Storage and on its in-memory twin."""

import asyncio
import base64
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from azure.data.tables import UpdateMode

from agent.errors import DamagedError, KeyUnavailableError, StorageError
from agent.model.activity_event import EventCode
from agent.model.sealed_log import chain_start
from agent.standing.book import GrantBook
from agent.standing.kept import (
    KeptGrant,
    ended_entry,
    given_entry,
    newly_given,
    released,
    reserved,
    suspended,
    taken_back,
    told,
)
from agent.storage.case_logs import TableCaseLogs
from agent.storage.connections import StorageConnections, connect
from agent.storage.grants import TableGrantBook
from policy.evidence.grant import StandingGrant, parse_grant
from policy.evidence.reservation import MAX_RESERVATIONS
from tests.conformance.memory_grants import MemoryGrantBook
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON
from tests.conformance.storage_fixtures import RequestCount

OWNER = "bbbbbbbb-0000-4000-8000-000000000002"
CASE = "c" * 32


@pytest.fixture(params=["memory", "table"])
def book(request: pytest.FixtureRequest) -> GrantBook:
    if request.param == "memory":
        return MemoryGrantBook()
    return TableGrantBook(request.getfixturevalue("storage").tables, sealer=MemorySealer())


@pytest.fixture
def tenant_id() -> str:
    return str(uuid4())


def grant(tenant_id: str, *, minute: int = 0, uses: int = 3, action: str = "entra.group.member.add") -> StandingGrant:
    record = {
        "id": f"gr-{uuid4().hex[:24]}",
        "tenant_id": tenant_id,
        "actions": [action],
        "when": {"beneficiary.department": "Verkäufe"},
        "discharges": "group_owner",
        "rules": [{"id": "action.ask", "digest": "d" * 64}],
        "granted_by": OWNER,
        "not_before": NOW + timedelta(minutes=minute),
        "expires": NOW + timedelta(minutes=minute, days=30),
        "max_uses": uses,
        "revoked": False,
    }
    return parse_grant(record, source="a test", catalogue=frozenset({action}))


async def given(book: GrantBook, one: StandingGrant) -> KeptGrant:
    return await book.give(newly_given(one, case_id=CASE), entry=given_entry)


def use(execution_id: str) -> partial[KeptGrant | None]:
    return partial(reserved, execution_id=execution_id, now=NOW, execute_by=SOON)


def suspend(case_id: str = CASE) -> partial[KeptGrant | None]:
    return partial(suspended, by="the agent", why="it was put back", now=SOON, case_id=case_id)


async def test_a_grant_comes_back_as_it_was_given_and_is_logged_once_however_often_it_is_given(
    book: GrantBook, tenant_id: str
) -> None:
    one = grant(tenant_id)
    first = await given(book, one)
    second, third = await asyncio.gather(given(book, one), given(book, one))
    assert first == second == third == await book.get(tenant_id.upper(), one.id)
    assert first.grant == one and first.state == "in_force" and first.given_in == CASE
    (entry,) = await book.events(tenant_id)
    assert (entry.code, entry.data["grant_id"]) == (EventCode.GRANT_GIVEN, one.id)
    assert await book.get(tenant_id, "gr-nobody") is None and await book.get(str(uuid4()), one.id) is None


async def test_only_what_is_in_force_for_the_action_and_not_expired_is_found_for_use(
    book: GrantBook, tenant_id: str
) -> None:
    here, later = grant(tenant_id), grant(tenant_id, minute=1)
    ended, other = grant(tenant_id), grant(tenant_id, action="entra.group.member.remove")
    for one in (here, later, ended, other, grant(str(uuid4()))):
        await given(book, one)
    await book.change(tenant_id, ended.id, to=suspend(), entry=ended_entry)
    found = await book.in_force(tenant_id, "entra.group.member.add", now=NOW)
    assert [one.id for one in found] == sorted([here.id, later.id])
    assert [one.id for one in await book.in_force(tenant_id, "entra.group.member.add", now=here.expires)] == [later.id]
    everything = await book.all(tenant_id)
    assert everything[0].id == later.id and {one.id for one in everything} == {here.id, later.id, ended.id, other.id}


async def test_of_uses_reserved_at_once_no_more_than_the_most_are_had(book: GrantBook, tenant_id: str) -> None:
    one = grant(tenant_id, uses=3)
    await given(book, one)
    names = [f"{CASE}-{number}-x" for number in range(8)]
    await asyncio.gather(*(book.change(tenant_id, one.id, to=use(name)) for name in [*names, *names]))
    kept = await book.get(tenant_id, one.id)
    assert kept is not None and len(kept.executions_of(CASE)) == 3
    first = kept.executions_of(CASE)[0]
    # The same execution again is the same use, and one that is given back is had by another.
    assert (await book.change(tenant_id, one.id, to=use(first))) == kept
    freed = await book.change(tenant_id, one.id, to=lambda it: released(it, [first]))
    assert freed is not None and not freed.is_reserved_for(first)
    again = await book.change(tenant_id, one.id, to=use("d" * 32 + "-0-x"))
    assert again is not None and again.is_reserved_for("d" * 32 + "-0-x") and len(again.uses.reservations) == 3


async def test_what_has_ended_is_reserved_no_more_and_each_end_is_logged_once(book: GrantBook, tenant_id: str) -> None:
    one = grant(tenant_id)
    await given(book, one)
    await asyncio.gather(*(book.change(tenant_id, one.id, to=suspend(), entry=ended_entry) for _ in range(4)))
    kept = await book.change(tenant_id, one.id, to=use(f"{CASE}-0-x"))
    assert kept is not None and (kept.state, kept.case_id, kept.uses.reservations) == ("suspended", CASE, ())
    assert [one.id async for one in book.untold() if one.grant.tenant_id == tenant_id] == [one.id]
    await book.change(tenant_id, one.id, to=told)
    assert [one async for one in book.untold() if one.grant.tenant_id == tenant_id] == []
    revoke = partial(taken_back, by=OWNER, why="one click", now=SOON)
    for _ in range(2):
        await book.change(tenant_id, one.id, to=revoke, entry=ended_entry)
    after = await book.change(tenant_id, one.id, to=suspend(), entry=ended_entry)
    assert after is not None and (after.state, after.by) == ("revoked", OWNER)
    codes = [entry.code for entry in await book.events(tenant_id)]
    assert codes == [EventCode.GRANT_GIVEN, EventCode.GRANT_SUSPENDED, EventCode.GRANT_REVOKED]
    assert await book.change(tenant_id, "gr-nobody", to=revoke) is None


class TestInTables:
    @pytest.fixture
    def sealer(self) -> MemorySealer:
        return MemorySealer()

    @pytest.fixture
    def table_book(self, storage: StorageConnections, sealer: MemorySealer) -> TableGrantBook:
        return TableGrantBook(storage.tables, sealer=sealer)

    async def test_a_grant_that_somebody_else_wrote_or_moved_helps_nobody_and_hides_no_other(
        self, storage: StorageConnections, table_book: TableGrantBook, tenant_id: str
    ) -> None:
        good, bad = grant(tenant_id, uses=9), grant(tenant_id, uses=1)
        for one in (good, bad):
            await given(table_book, one)
        table = storage.tables.get_table_client("grants")
        row = dict(await table.get_entity(tenant_id, f"grant-{good.id}"))
        for forged in ({**row, "c00": "v1.made.up"}, row, {**row, "parts": 2}):
            await table.upsert_entity({**forged, "RowKey": f"grant-{bad.id}"}, mode=UpdateMode.REPLACE)
            assert [one.id for one in await table_book.in_force(tenant_id, good.actions[0], now=NOW)] == [good.id]
            assert [one.id for one in await table_book.all(tenant_id)] == [good.id]
            with pytest.raises(DamagedError, match="not what was stored"):
                await table_book.change(tenant_id, bad.id, to=use("x"))

    async def test_a_revoked_grant_whose_row_says_it_is_in_force_is_not(
        self, storage: StorageConnections, table_book: TableGrantBook, tenant_id: str
    ) -> None:
        one = grant(tenant_id)
        await given(table_book, one)
        await table_book.change(tenant_id, one.id, to=partial(taken_back, by="x", why="y", now=NOW), entry=ended_entry)
        changed = {"PartitionKey": tenant_id, "RowKey": f"grant-{one.id}", "is_in_force": True}
        await storage.tables.get_table_client("grants").update_entity(changed, mode=UpdateMode.MERGE)
        assert await table_book.in_force(tenant_id, one.actions[0], now=NOW) == ()

    async def test_without_the_tenants_key_no_grant_is_read_and_none_is_taken_for_absent(
        self, table_book: TableGrantBook, sealer: MemorySealer, tenant_id: str
    ) -> None:
        one = grant(tenant_id)
        await given(table_book, one)
        sealer.lost_tenants.add(tenant_id)
        with pytest.raises(KeyUnavailableError):
            await table_book.get(tenant_id, one.id)
        with pytest.raises(KeyUnavailableError):
            await table_book.in_force(tenant_id, one.actions[0], now=NOW)

    async def test_a_missing_table_is_not_the_absence_of_grants(self, azurite_connection: str, tenant_id: str) -> None:
        bare = connect({"AzureWebJobsStorage": azurite_connection}, None)
        book = TableGrantBook(bare.tables, sealer=MemorySealer())
        book._table = bare.tables.get_table_client("nowhere")
        try:
            for asked in (book.get(tenant_id, "gr-1"), book.in_force(tenant_id, "a", now=NOW), book.all(tenant_id)):
                with pytest.raises(StorageError, match="TableNotFound"):
                    await asked
        finally:
            await bare.close()

    async def test_a_grant_with_as_many_uses_as_there_can_be_fits_into_its_row(
        self, table_book: TableGrantBook, request_count: RequestCount, tenant_id: str
    ) -> None:
        one = grant(tenant_id, uses=MAX_RESERVATIONS)

        def fill(kept: KeptGrant) -> KeptGrant:
            for number in range(MAX_RESERVATIONS - 1):
                kept = use(f"{number:032x}-299-{number:016x}")(kept) or kept
            return kept

        table_book._sealer = _Expanding()
        await given(table_book, one)
        await table_book.change(tenant_id, one.id, to=fill)
        request_count.reset()
        kept = await table_book.change(tenant_id, one.id, to=use("last"))
        assert kept is not None and len(kept.uses.reservations) == MAX_RESERVATIONS and request_count.value == 2

    async def test_the_log_is_chained_and_found_by_whoever_seals(
        self, storage: StorageConnections, table_book: TableGrantBook, tenant_id: str
    ) -> None:
        one = grant(tenant_id)
        await given(table_book, one)
        await table_book.change(tenant_id, one.id, to=suspend(), entry=ended_entry)
        logs, name = TableCaseLogs(storage.tables), f"grants-{tenant_id}"
        assert name in [found async for found in logs.names(closed_since=NOW)]
        entries, prev = [entry async for entry in logs.entries(name)], chain_start(name)
        for number, entry in enumerate(entries):
            assert entry.follows(number, prev)
            prev = entry.hash
        end = await logs.end(name)
        assert end is not None and (end.tenant_id, end.count, end.hash) == (tenant_id, 2, prev)
        assert [entry async for entry in logs.entries(name, first=1)] == entries[1:]
        assert await logs.end(f"grants-{uuid4()}") is None


class _Expanding:
    """A sealer whose text is as long as the real one's: a third longer than what it seals."""

    async def seal(self, tenant_id: str, *, purpose: str, text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    async def open(self, tenant_id: str, *, purpose: str, sealed: str) -> str:
        return base64.b64decode(sealed).decode()
