"""What every CaseStore promises, checked on Table Storage and on its in-memory twin."""

import asyncio
import hashlib
from datetime import timedelta

import pytest

from agent.errors import AlreadySupersededError, StorageError
from agent.model.case import MAX_SEEN, Stage
from agent.ports import CaseStore, Held
from agent.stages.plan import MAX_STEPS
from agent.storage import payloads
from tests.conformance.case_stores import close, ids, opened, save
from tests.conformance.case_stores import sealer as sealer  # The fixtures are used by their names.
from tests.conformance.case_stores import store as store
from tests.conformance.samples import NOW, SOON, attempt, bulk_plan, case, decision, event, observation

# Nothing to compress, and more of it than one row of a table holds.
NOISE = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(40_000))


class TestCreating:
    async def test_a_created_case_is_loaded_as_it_was(self, store: CaseStore) -> None:
        stored = case(text="héllo \N{GRINNING FACE} " * 1_000)
        held = await opened(store, stored)
        assert (held.case, held.seq, held.lease_until, held.due_at) == (stored, 0, None, SOON)

    async def test_a_case_that_nobody_created_is_none(self, store: CaseStore) -> None:
        absent = case().id
        assert await store.load(absent) is None
        assert await store.events(absent) == ()
        assert await store.attempts(absent) == ()

    async def test_creating_a_case_twice_changes_nothing(self, store: CaseStore) -> None:
        stored = case()
        await opened(store, stored)
        assert not await store.create(stored.evolve(why="again"), (event(), event()), due_at=SOON)
        held = await store.load(stored.id)
        assert held is not None and held.case == stored
        assert len(await store.events(stored.id)) == 1

    async def test_of_eight_creations_at_once_exactly_one_wins(self, store: CaseStore) -> None:
        stored = case()
        won = await asyncio.gather(*(store.create(stored, (event(by=n),), due_at=SOON) for n in range(8)))
        assert sum(won) == 1
        assert len(await store.events(stored.id)) == 1


class TestCommitting:
    async def test_a_turn_saves_case_events_and_attempt_together(self, store: CaseStore) -> None:
        held = await opened(store, case())
        done = attempt(state="answered", sealed_before="x" * 70_000)
        saved = await store.commit(
            held, held.case.evolve(stage=Stage.PLAN), events=(event(n=1), event(n=2)), attempts=(done,), due_at=NOW
        )
        loaded = await store.load(held.case.id)
        assert loaded == saved
        assert (saved.case.stage, saved.seq, saved.due_at) == (Stage.PLAN, 1, NOW)
        assert [one.data.get("n") for one in await store.events(held.case.id)] == [None, 1, 2]
        assert await store.attempts(held.case.id) == (done,)

    async def test_a_returned_hold_saves_the_next_turn_without_loading(self, store: CaseStore) -> None:
        held = await opened(store, case())
        for number in range(1, 4):
            held = await save(store, held, held.case.evolve(reasoning_steps=number))
        assert held.seq == 3
        assert len(await store.events(held.case.id)) == 4

    async def test_a_shorter_case_leaves_nothing_of_the_longer_one(self, store: CaseStore) -> None:
        held = await opened(store, case(text="long " * 6_000))
        short = held.case.evolve(request=held.case.request.model_copy(update={"text": "short"}))
        await save(store, held, short)
        loaded = await store.load(held.case.id)
        assert loaded is not None and loaded.case == short

    async def test_of_eight_commits_at_once_exactly_one_wins(self, store: CaseStore) -> None:
        held = await opened(store, case())
        tries = [save(store, held, held.case.evolve(why=f"by {n}"), name=str(n)) for n in range(8)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        won = [one for one in results if isinstance(one, Held)]
        assert len(won) == 1
        assert sum(isinstance(one, AlreadySupersededError) for one in results) == 7
        log = await store.events(held.case.id)
        assert len(log) == 2
        assert won[0].case.why == f"by {log[1].data['by']}"

    async def test_a_commit_with_an_old_hold_is_superseded_and_leaves_no_trace(self, store: CaseStore) -> None:
        held = await opened(store, case())
        saved = await save(store, held, held.case.evolve(why="first"))
        late = store.commit(held, held.case, events=(event(),), attempts=(attempt(),), due_at=None)
        with pytest.raises(AlreadySupersededError):
            await late
        assert await store.load(held.case.id) == saved
        assert len(await store.events(held.case.id)) == 2
        assert await store.attempts(held.case.id) == ()

    async def test_an_oversized_case_is_refused_and_nothing_is_written(
        self, store: CaseStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(payloads, "MAX_PAYLOAD_BYTES", 1_000_000)
        held = await opened(store, case())
        grown = held.case.evolve(why=NOISE)
        with pytest.raises(StorageError):
            await store.commit(held, grown, events=(event(),), attempts=(attempt(),), due_at=None)
        assert await store.load(held.case.id) == held
        assert len(await store.events(held.case.id)) == 1
        with pytest.raises(StorageError):
            await store.create(fresh := case().evolve(why=NOISE), (), due_at=SOON)
        assert await store.load(fresh.id) is None

    async def test_a_plan_of_the_most_steps_is_stored_with_its_decisions_and_what_was_seen(
        self, store: CaseStore
    ) -> None:
        held = await opened(store, case())
        large = held.case.evolve(
            plan=bulk_plan(MAX_STEPS),
            decisions=(decision(),) * MAX_STEPS,
            effects=("verified",) * MAX_STEPS,
            seen={f"user.get:{number}": observation(number) for number in range(MAX_SEEN)},
        )
        await store.commit(held, large, events=(event(),) * 90, attempts=(), due_at=SOON)
        loaded = await store.load(held.case.id)
        assert loaded is not None and loaded.case == large
        # Twice, because a plan that was read before is not read again.
        again = await store.load(held.case.id)
        assert again is not None and again.case.plan_digest == large.plan_digest

    async def test_too_many_events_for_one_transaction_are_refused(self, store: CaseStore) -> None:
        held = await opened(store, case())
        with pytest.raises(StorageError):
            await store.commit(held, held.case, events=(event(),) * 101, attempts=(), due_at=None)
        assert await store.load(held.case.id) == held


class TestBeginning:
    async def test_an_intent_and_its_lease_are_stored_before_the_write(self, store: CaseStore) -> None:
        held = await opened(store, case())
        begun = await store.begin(held, attempt(), events=(), lease_until=SOON)
        assert await store.load(held.case.id) == begun
        assert (begun.case, begun.seq, begun.lease_until, begun.due_at) == (held.case, 0, SOON, held.due_at)
        assert await store.attempts(held.case.id) == (attempt(),)

    async def test_what_led_to_a_write_is_logged_with_its_intent_and_the_turn_adds_to_it(
        self, store: CaseStore
    ) -> None:
        held = await opened(store, case())
        begun = await store.begin(held, attempt(), events=(event(n=1), event(n=2)), lease_until=SOON)
        assert [one.data.get("n") for one in await store.events(held.case.id)] == [None, 1, 2]
        await store.commit(begun, held.case, events=(event(n=3),), attempts=(), due_at=SOON)
        assert [one.data.get("n") for one in await store.events(held.case.id)] == [None, 1, 2, 3]

    async def test_the_attempts_of_the_step_in_hand_come_with_the_case(self, store: CaseStore) -> None:
        held = await opened(store, case())
        assert held.in_hand == ()
        begun = await store.begin(held, attempt(), events=(), lease_until=SOON)
        assert begun.in_hand == (attempt(),)
        done = attempt(state="answered", sealed_before="before")
        held = await store.commit(begun, held.case, events=(), attempts=(done,), due_at=SOON)
        assert held.in_hand == (done,)
        held = await store.commit(held, held.case.evolve(step_index=1), events=(), attempts=(), due_at=SOON)
        assert held.in_hand == ()
        assert await store.load(held.case.id) == held

    async def test_the_attempts_of_a_step_to_which_a_case_went_back_must_be_read(self, store: CaseStore) -> None:
        held = await opened(store, case())
        held = await store.commit(held, held.case.evolve(step_index=1), events=(), attempts=(), due_at=SOON)
        back = await store.commit(held, held.case.evolve(step_index=0), events=(), attempts=(), due_at=SOON)
        assert back.in_hand is None
        on = await store.commit(back, back.case.evolve(step_index=1), events=(), attempts=(), due_at=SOON)
        assert on.in_hand is None
        ahead = await store.commit(on, on.case.evolve(step_index=0), events=(), attempts=(attempt(),), due_at=SOON)
        assert ahead.in_hand is None and await store.load(held.case.id) == ahead

    async def test_a_commit_drops_the_lease(self, store: CaseStore) -> None:
        held = await opened(store, case())
        begun = await store.begin(held, attempt(), events=(), lease_until=SOON)
        saved = await store.commit(begun, held.case, events=(), attempts=(attempt(state="verified"),), due_at=SOON)
        assert saved.lease_until is None
        assert await store.load(held.case.id) == saved
        assert [one.state for one in await store.attempts(held.case.id)] == ["verified"]

    async def test_a_begin_after_somebody_elses_commit_is_superseded(self, store: CaseStore) -> None:
        held = await opened(store, case())
        await save(store, held, held.case)
        with pytest.raises(AlreadySupersededError):
            await store.begin(held, attempt(), events=(), lease_until=SOON)
        assert await store.attempts(held.case.id) == ()

    async def test_of_eight_begins_at_once_exactly_one_gets_the_lease(self, store: CaseStore) -> None:
        held = await opened(store, case())
        tries = [store.begin(held, attempt(client_request_id=f"rq-{n}"), events=(), lease_until=SOON) for n in range(8)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(one, Held) for one in results) == 1
        assert sum(isinstance(one, AlreadySupersededError) for one in results) == 7

    async def test_a_worker_whose_lease_ran_out_cannot_save_over_its_successor(self, store: CaseStore) -> None:
        held = await opened(store, case())
        slow = await store.begin(held, attempt(), events=(), lease_until=NOW)
        reloaded = await store.load(held.case.id)
        assert reloaded is not None
        await store.begin(reloaded, attempt(tries=2), events=(), lease_until=SOON)
        with pytest.raises(AlreadySupersededError):
            await save(store, slow, slow.case)

    async def test_attempts_come_in_the_order_of_step_and_kind(self, store: CaseStore) -> None:
        held = await opened(store, case())
        for step, kind in ((10, "do"), (2, "undo"), (2, "do")):
            held = await store.begin(held, attempt(step_index=step, kind=kind), events=(), lease_until=SOON)
        found = [(one.step_index, one.kind) for one in await store.attempts(held.case.id)]
        assert found == [(2, "do"), (2, "undo"), (10, "do")]

    @pytest.mark.parametrize(
        ("step", "kinds"), [(1, ["do"]), (10, ["do", "undo"]), (101, ["do"]), (0, []), (100, []), (299, ["undo"])]
    )
    async def test_the_attempts_of_one_step_are_its_own(self, store: CaseStore, step: int, kinds: list[str]) -> None:
        held = await opened(store, case())
        for index, kind in ((1, "do"), (10, "do"), (10, "undo"), (101, "do"), (299, "undo")):
            held = await store.begin(held, attempt(step_index=index, kind=kind), events=(), lease_until=SOON)
        found = await store.attempts(held.case.id, step_index=step)
        assert [(one.step_index, one.kind) for one in found] == [(step, kind) for kind in kinds]


class TestListing:
    async def test_overdue_cases_are_those_whose_time_has_come(self, store: CaseStore) -> None:
        due, later, waiting = [await opened(store, case()) for _ in range(3)]
        await store.commit(due, due.case, events=(), attempts=(), due_at=NOW)
        await store.commit(later, later.case, events=(), attempts=(), due_at=SOON)
        await store.commit(waiting, waiting.case, events=(), attempts=(), due_at=None)
        assert await ids(store.overdue(NOW)) == [due.case.id]
        assert set(await ids(store.overdue(SOON))) == {due.case.id, later.case.id}

    async def test_a_case_is_overdue_from_its_creation(self, store: CaseStore) -> None:
        held = await opened(store, case())
        assert await ids(store.overdue(SOON)) == [held.case.id]

    async def test_a_closed_case_is_never_overdue(self, store: CaseStore) -> None:
        held = await close(store, await opened(store, case()), minutes=1)
        assert await ids(store.overdue(SOON + timedelta(days=9))) == []
        assert (await store.load(held.case.id)) == held

    async def test_a_redelivery_after_closing_wakes_nobody(self, store: CaseStore) -> None:
        held = await close(store, await opened(store, case()), minutes=1)
        assert not await store.create(held.case, (event(),), due_at=NOW)
        assert await ids(store.overdue(SOON)) == []
        assert await ids(store.recent(5)) == [held.case.id]

    async def test_recent_lists_active_cases_then_the_last_closed(self, store: CaseStore) -> None:
        first, last, active = [await opened(store, case()) for _ in range(3)]
        await close(store, first, minutes=1)
        await close(store, last, minutes=2)
        assert await ids(store.recent(9)) == [active.case.id, last.case.id, first.case.id]
        assert await ids(store.recent(2)) == [active.case.id, last.case.id]
        assert await ids(store.recent(0)) == []
