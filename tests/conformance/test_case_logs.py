"""What every CaseLogs promises, checked on Table Storage and on its in-memory twin."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from agent.log_ports import CaseLogs
from agent.model.activity_event import EventCode
from agent.model.case import Case, Stage
from agent.model.sealed_log import ChainEnd, LogEntry, chain_start
from agent.ports import CaseStore, Held
from agent.storage.case_logs import TableCaseLogs
from agent.storage.cases import TableCaseStore
from tests.conformance.memory import MemoryCaseStore
from tests.conformance.memory_log import MemoryCaseLogs
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, TENANT, case, event


@dataclass
class Desk:
    """A store of cases and the logs of what is in it."""

    store: CaseStore
    logs: CaseLogs

    async def open(self) -> Held:
        opened: Case = case()
        assert await self.store.create(opened, (event(EventCode.CASE_OPENED, tenant_id=TENANT),), due_at=SOON)
        held = await self.store.load(opened.id)
        assert held is not None
        return held

    async def add(self, held: Held, *, closed_after: int | None = None) -> Held:
        later = held.case
        if closed_after is not None:
            closed_at = NOW + timedelta(minutes=closed_after)
            later = later.evolve(stage=Stage.CLOSED, outcome="resolved", closed_at=closed_at)
        return await self.store.commit(held, later, events=(event(why="é\u2028"), event()), attempts=(), due_at=None)

    async def names(self, *, since: int | None) -> list[str]:
        closed_since = None if since is None else NOW + timedelta(minutes=since)
        return [one async for one in self.logs.names(closed_since=closed_since)]

    async def entries(self, case_id: str, first: int = 0) -> list[LogEntry]:
        return [one async for one in self.logs.entries(case_id, first=first)]


@pytest.fixture(params=["memory", "table"])
def desk(request: pytest.FixtureRequest) -> Desk:
    if request.param == "memory":
        store = MemoryCaseStore()
        return Desk(store, MemoryCaseLogs(store))
    tables = request.getfixturevalue("storage").tables
    return Desk(TableCaseStore(tables, sealer=MemorySealer(), payloads=MemoryPayloads()), TableCaseLogs(tables))


async def test_the_end_of_a_log_is_that_of_its_last_entry(desk: Desk) -> None:
    held = await desk.open()
    (opened,) = await desk.entries(held.case.id)
    assert await desk.logs.end(held.case.id) == ChainEnd(held.case.id, TENANT, 1, opened.hash)
    await desk.add(held)
    entries = await desk.entries(held.case.id)
    assert await desk.logs.end(held.case.id) == ChainEnd(held.case.id, TENANT, 3, entries[-1].hash)


async def test_each_entry_follows_the_one_before_as_it_was_written(desk: Desk) -> None:
    held = await desk.add(await desk.open())
    entries, prev = await desk.entries(held.case.id), chain_start(held.case.id)
    assert [one.event["code"] for one in entries] == ["case.opened", "case.reasoned", "case.reasoned"]
    assert entries[1].event["data"] == {"why": "é\u2028"}
    for number, entry in enumerate(entries):
        assert entry.follows(number, prev)
        prev = entry.hash
    assert await desk.entries(held.case.id, 2) == entries[2:]
    assert await desk.entries(held.case.id, 3) == []


async def test_a_case_that_nobody_opened_has_no_end_and_no_entries(desk: Desk) -> None:
    absent = case().id
    assert await desk.logs.end(absent) is None
    assert await desk.entries(absent) == []


async def test_active_cases_are_named_and_closed_ones_from_a_time_on(desk: Desk) -> None:
    active = await desk.open()
    early = await desk.add(await desk.open(), closed_after=10)
    late = await desk.add(await desk.open(), closed_after=20)
    ids = {one.case.id: name for name, one in {"active": active, "early": early, "late": late}.items()}

    async def found(since: int | None) -> list[str]:
        return [ids[one] for one in await desk.names(since=since) if one in ids]

    assert await found(None) == ["active", "late", "early"]
    assert await found(10) == ["active", "late", "early"]
    assert await found(11) == ["active", "late"]
    assert await found(20) == ["active", "late"]
    assert await found(21) == ["active"]
