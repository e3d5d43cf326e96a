"""What every CaseStore promises about keys: without the tenant's nothing is read, and a closed case needs none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.errors import KeyUnavailableError
from agent.model.case import Stage
from agent.ports import CaseStore
from tests.conformance.case_stores import close, ids, opened, save
from tests.conformance.case_stores import sealer as sealer  # The fixtures are used by their names.
from tests.conformance.case_stores import store as store
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, TENANT, attempt, case, event, handoff, observation


class TestKeys:
    async def test_without_the_tenants_key_a_case_is_neither_read_nor_saved_and_goes_on_when_it_is_back(
        self, store: CaseStore, sealer: MemorySealer
    ) -> None:
        held = await opened(store, case())
        sealer.lost_tenants.add(TENANT)
        later = held.case.evolve(why="later")
        for refused in (
            store.load(held.case.id),
            store.begin(held, attempt(), events=(), lease_until=SOON),
            store.commit(held, later, events=(event(),), attempts=(), due_at=SOON),
            store.create(case(), (), due_at=SOON),
        ):
            with pytest.raises(KeyUnavailableError) as caught:
                await refused
            assert caught.value.tenant_id == TENANT
        sealer.lost_tenants.clear()
        saved = await save(store, held, later)
        assert await store.load(held.case.id) == saved
        assert await store.attempts(held.case.id) == ()

    async def test_a_tenant_without_a_key_hides_no_case_of_another_from_the_sweep_and_is_named(
        self, store: CaseStore, sealer: MemorySealer
    ) -> None:
        cases = [case(tenant_id=one) for one in (TENANT, "other", TENANT, "other", TENANT)]
        for one in cases:
            await opened(store, one)
        sealer.lost_tenants.add(TENANT)
        swept: list[str] = []
        with pytest.raises(KeyUnavailableError, match=TENANT):
            async for held in store.overdue(SOON):
                swept.append(held.case.id)
        assert swept == [cases[1].id, cases[3].id] == await ids(store.recent(9))
        sealer.lost_tenants.clear()
        assert sorted(await ids(store.overdue(SOON))) == sorted(one.id for one in cases)

    async def test_a_closed_case_needs_no_key_and_has_nothing_left_that_was_read_or_asked_for(
        self, store: CaseStore, sealer: MemorySealer
    ) -> None:
        held = await opened(store, case(text="private words"))
        told = attempt(state="verified", sealed_before="before", sealed_secret="secret")
        other = attempt(step_index=1, state="answered", sealed_before="left behind")
        held = await store.commit(held, held.case, events=(), attempts=(told, other), due_at=SOON)
        assert await store.attempts(held.case.id) == (told, other)
        # As if the close stage had forgotten everything.
        full = held.case.evolve(seen={"user.get:1": observation(1)}, concerned={"a@b.example": ""}, answer="words")
        held = await close(store, replace(held, case=full), minutes=1)
        sealer.lost_tenants.add(TENANT)
        loaded = await store.load(held.case.id)
        assert loaded == held
        gone = {"seen": {}, "concerned": {}, "answer": ""}
        request = full.request.model_copy(update={"text": ""})
        assert held.case == full.evolve(
            **gone, request=request, stage=Stage.CLOSED, outcome="resolved", closed_at=held.case.closed_at
        )
        erased = {"sealed_before": "", "sealed_secret": ""}
        assert await store.attempts(held.case.id) == tuple(one.model_copy(update=erased) for one in (told, other))

    async def test_a_hand_over_that_nobody_took_is_kept_under_the_cases_key(
        self, store: CaseStore, sealer: MemorySealer
    ) -> None:
        held = await opened(store, case(text="private words"))
        kept = held.case.evolve(handoff=handoff(held.case.id), reply_failed=True)
        held = await close(store, replace(held, case=kept), minutes=1)
        loaded = await store.load(held.case.id)
        assert loaded == held and held.case.handoff == handoff(held.case.id)
        sealer.lost_tenants.add(TENANT)
        with pytest.raises(KeyUnavailableError):
            await store.load(held.case.id)

    async def test_such_a_hand_over_ends_after_thirty_days_and_its_key_with_it(
        self, store: CaseStore, sealer: MemorySealer
    ) -> None:
        held = await opened(store, case(text="private words"))
        kept = held.case.evolve(handoff=handoff(held.case.id), reply_failed=True)
        held = await close(store, replace(held, case=kept), minutes=0)
        assert await ids(store.recent(9)) == [held.case.id]
        for late, is_there in ((timedelta(days=30, seconds=-1), True), (timedelta(days=30), False)):
            assert await ids(store.overdue(NOW + late)) == []
            loaded = await store.load(held.case.id)
            assert loaded is not None and (loaded.case.handoff is not None) is is_there
        sealer.lost_tenants.add(TENANT)
        assert await ids(store.recent(9)) == [held.case.id]
