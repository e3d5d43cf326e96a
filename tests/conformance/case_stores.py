"""Every CaseStore there is, as fixtures, and how cases get into one; a test file imports what it needs."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from agent.model.activity_event import EventCode
from agent.model.case import Case, Stage
from agent.ports import CaseStore, Held
from agent.storage.cases import TableCaseStore
from tests.conformance.memory import MemoryCaseStore
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, event


@pytest.fixture
def sealer() -> MemorySealer:
    """The tenants' keys, which a test can take away."""
    return MemorySealer()


@pytest.fixture(params=["memory", "table"])
def store(request: pytest.FixtureRequest, sealer: MemorySealer) -> CaseStore:
    """One store after the other, empty or as good as empty."""
    if request.param == "memory":
        return MemoryCaseStore(sealer)
    found = request.getfixturevalue("payloads")
    return TableCaseStore(request.getfixturevalue("storage").tables, sealer=sealer, payloads=found)


async def opened(store: CaseStore, stored: Case) -> Held:
    """Create a case and hold it."""
    assert await store.create(stored, (event(EventCode.CASE_OPENED),), due_at=SOON)
    held = await store.load(stored.id)
    assert held is not None
    return held


async def save(store: CaseStore, held: Held, stored: Case, *, name: str = "") -> Held:
    """Save a turn of a case, with one log entry that says by whom."""
    return await store.commit(held, stored, events=(event(by=name),), attempts=(), due_at=SOON)


async def close(store: CaseStore, held: Held, *, minutes: int) -> Held:
    """Close a case so many minutes after `NOW`."""
    closed = held.case.evolve(stage=Stage.CLOSED, outcome="resolved", closed_at=NOW + timedelta(minutes=minutes))
    return await store.commit(held, closed, events=(event(EventCode.CASE_CLOSED),), attempts=(), due_at=None)


async def ids(found: AsyncIterator[Held]) -> list[str]:
    """The ids of all cases that are found, in order."""
    return [held.case.id async for held in found]
