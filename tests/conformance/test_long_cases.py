"""A case of many megabytes keeps every promise of a short one, on Table Storage with its payloads and on the twin."""

import asyncio

import pytest

from agent.errors import AlreadySupersededError, DoesNotFitError
from agent.model.activity_event import EventCode
from agent.ports import CaseStore, Held
from tests.conformance.case_stores import opened
from tests.conformance.case_stores import sealer as sealer  # The fixtures are used by their names.
from tests.conformance.case_stores import store as store
from tests.conformance.long_samples import LONG, MILLION, closing, long_case, long_plan, noise
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import SOON, attempt, case, event


async def test_its_text_its_plan_and_its_before_image_come_back_as_they_were(store: CaseStore) -> None:
    stored = long_case(case(), characters=MILLION)
    held = await opened(store, stored)
    assert held.case == stored
    planned = held.case.evolve(plan=long_plan())
    held = await store.commit(held, planned, events=(event(),), attempts=(), due_at=SOON)
    tried = attempt(sealed_before=noise(MILLION, seed=7))
    held = await store.begin(held, tried, events=(event(),), lease_until=SOON)
    loaded = await store.load(held.case.id)
    assert loaded == held and held.in_hand == (tried,) and held.case == planned
    assert await store.attempts(held.case.id) == (tried,)
    done = tried.model_copy(update={"state": "answered"})
    held = await store.commit(held, held.case.evolve(step_index=1), events=(event(),), attempts=(done,), due_at=SOON)
    assert await store.load(held.case.id) == held and held.in_hand == ()
    assert await store.attempts(held.case.id, step_index=0) == (done,)
    assert [swept.case async for swept in store.overdue(SOON)] == [held.case]


async def test_of_eight_commits_at_once_exactly_one_wins_and_its_words_are_those_that_come_back(
    store: CaseStore,
) -> None:
    held = await opened(store, long_case(case()))
    tries = [
        store.commit(held, long_case(held.case, seed=n), events=(event(by=n),), attempts=(), due_at=SOON)
        for n in range(8)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    (won,) = [one for one in results if isinstance(one, Held)]
    assert sum(isinstance(one, AlreadySupersededError) for one in results) == 7
    log = await store.events(held.case.id)
    assert len(log) == 2
    loaded = await store.load(held.case.id)
    assert loaded == won and won.case == long_case(held.case, seed=log[1].data["by"])


async def test_once_it_is_short_again_nothing_of_the_long_one_is_left_in_it(store: CaseStore) -> None:
    held = await opened(store, long_case(case()).evolve(plan=long_plan()))
    short = held.case.evolve(seen={}, plan=None)
    held = await store.commit(held, short, events=(), attempts=(), due_at=SOON)
    assert await store.load(held.case.id) == held and held.case == short


async def test_a_long_record_of_a_closed_case_is_kept_and_read_without_a_key(
    store: CaseStore, sealer: MemorySealer
) -> None:
    held = await opened(store, long_case(case()).evolve(plan=long_plan()))
    tried = attempt(state="verified", sealed_before=noise(LONG))
    held = await store.commit(held, held.case, events=(), attempts=(tried,), due_at=SOON)
    ended = closing(held.case, why=noise(LONG, seed=3))
    held = await store.commit(held, ended, events=(event(EventCode.CASE_CLOSED),), attempts=(), due_at=None)
    sealer.lost_tenants.add(held.case.request.tenant_id)
    loaded = await store.load(held.case.id)
    assert loaded == held and held.case.why == ended.why and held.case.seen == {}
    assert [one.sealed_before for one in await store.attempts(held.case.id)] == [""]


async def test_what_no_payload_can_hold_is_refused_and_nothing_is_written(
    store: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await opened(store, long_case(case()))
    monkeypatch.setattr("agent.storage.payloads.MAX_PAYLOAD_BYTES", 500_000)
    for grown in (long_case(held.case, seed=1, characters=MILLION), held.case.evolve(seen={}, plan=long_plan())):
        with pytest.raises(DoesNotFitError):
            await store.commit(held, grown, events=(event(),), attempts=(attempt(),), due_at=SOON)
    monkeypatch.undo()
    assert await store.load(held.case.id) == held
    assert len(await store.events(held.case.id)) == 1 and await store.attempts(held.case.id) == ()
