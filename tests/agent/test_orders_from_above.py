"""Orders on a tenant and on the stack bite right before a write, hold every tenant they are about, and no other."""

import asyncio
from typing import Any

import pytest

from agent import steering
from agent.model.case import Stage
from agent.ports import Answer
from agent.stages.authorize import STEPS_A_TURN
from tests.agent.halfway import until
from tests.agent.office import office
from tests.agent.world import ALLOW_ALL, ANN, READERS, TENANT, WRITERS, World, add_member, allowed

TENANT_STOPPED = {"tenant": TENANT}
STACK_STOPPED: dict[str, Any] = {"stack": True}


@pytest.mark.parametrize("scope", [TENANT_STOPPED, STACK_STOPPED], ids=["tenant", "stack"])
class TestOrdersFromAbove:
    async def test_a_stop_bites_right_before_the_write(self, scope: dict[str, Any]) -> None:
        world, case_id = await allowed()
        await until(world, case_id, Stage.EXECUTE)
        holding = world.controls.holding

        async def stopped_just_now(tenant_id: str) -> Any:
            # Everything was judged and permitted; nothing is left but to send.
            assert world.directory.written == []
            await world.order("stop", **scope)
            return await holding(tenant_id)

        world.controls.holding = stopped_just_now  # type: ignore[method-assign]
        case = await world.run(case_id)
        assert case.outcome == "escalated" and world.directory.written == [] and case.is_stopped
        assert await world.store.attempts(case_id) == ()
        codes = await world.codes(case_id)
        assert codes.count("control.stopped") == 1 and "write.attempted" not in codes

    async def test_a_stop_between_two_steps_puts_the_first_back(self, scope: dict[str, Any]) -> None:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        await until(world, case_id, Stage.EXECUTE, written=1)
        await world.order("stop", **scope)
        case = await world.run(case_id)
        assert case.outcome == "rolled_back" and world.members == {READERS: set(), WRITERS: set()}
        assert "stopped by Olga" in world.tickets.handoffs[0].why_stopped

    async def test_a_stop_with_the_answer_of_a_write_lost_sends_nothing_again(self, scope: dict[str, Any]) -> None:
        world, case_id = await allowed()
        world.directory.lose_next_answer(when="before")
        while not await world.store.attempts(case_id):
            await world.turn(case_id)
        await world.order("stop", **scope)
        case = await world.run(case_id, seconds_per_turn=20)
        assert case.outcome == "escalated" and case.urgent and world.directory.written == []

    async def test_a_pause_holds_every_write_and_costs_no_look_up_meanwhile(self, scope: dict[str, Any]) -> None:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        await until(world, case_id, Stage.EXECUTE, written=1)
        await world.order("pause", **scope)
        case = await world.run(case_id)
        assert case.stage is Stage.EXECUTE and case.held_by is not None and len(world.directory.written) == 1
        reads = len(world.directory.read_paths)
        for _ in range(5):
            world.clock.pass_(30)
            await world.loop.sweep()
            await world.run(case_id)
        assert len(world.directory.read_paths) == reads
        assert (await world.codes(case_id)).count("control.paused") == 1
        await world.order("resume", **scope)
        case = await world.run(case_id)
        assert case.outcome == "resolved" and case.held_by is None
        assert (await world.codes(case_id)).count("control.resumed") == 1

    async def test_a_pause_holds_a_rollback_and_a_stop_lets_it_happen(self, scope: dict[str, Any]) -> None:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
        await until(world, case_id, Stage.ROLLBACK)
        await world.order("pause", **scope)
        await world.run(case_id)
        assert world.members[READERS] == {ANN}
        await world.order("stop", **scope)
        await world.loop.sweep()
        assert (await world.run(case_id)).outcome == "rolled_back" and world.members[READERS] == set()

    async def test_what_was_written_and_needs_only_reading_back_is_finished(self, scope: dict[str, Any]) -> None:
        world, case_id = await allowed()
        await until(world, case_id, Stage.VERIFY, written=1)
        await world.order("stop", **scope)
        assert (await world.run(case_id)).outcome == "resolved"

    async def test_who_ordered_what_and_why_is_in_a_log_of_its_own(self, scope: dict[str, Any]) -> None:
        world, _ = await allowed()
        await world.order("pause", **scope)
        await world.order("resume", **scope)
        logged = await world.controls.events("stack" if scope is STACK_STOPPED else "tenant", scope.get("tenant", ""))
        assert [one.code.value for one in logged] == ["control.paused", "control.resumed"]
        assert logged[0].data["by"] == "Olga" and logged[0].data["why"] == "to be safe"

    async def test_nothing_is_written_while_orders_cannot_be_read(self, scope: dict[str, Any]) -> None:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        await until(world, case_id, Stage.EXECUTE, written=1)
        world.controls.is_unreadable = True
        for _ in range(3):
            await world.turn(case_id)
        case = await world.case(case_id)
        assert case.stage is Stage.EXECUTE and case.troubles == 3 and len(world.directory.written) == 1
        world.controls.is_unreadable = False
        assert (await world.run(case_id)).outcome == "resolved"


async def test_a_stop_of_the_stack_ends_what_a_pause_of_the_tenant_holds() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    await until(world, case_id, Stage.EXECUTE, written=1)
    await world.order("pause", **TENANT_STOPPED)
    await world.run(case_id)
    await world.order("stop", **STACK_STOPPED)
    await world.loop.sweep()
    # The case is turned round; putting back is writing, so it waits for the tenant.
    assert (await world.run(case_id)).stage is Stage.ROLLBACK and world.members[READERS] == {ANN}
    await world.order("resume", **TENANT_STOPPED)
    assert (await world.run(case_id)).outcome == "rolled_back" and world.members[READERS] == set()


@pytest.mark.parametrize("scope", [TENANT_STOPPED, STACK_STOPPED], ids=["tenant", "stack"])
async def test_a_pause_in_place_of_a_stop_holds_undos_and_says_that_the_stop_is_over(scope: dict[str, Any]) -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    await until(world, case_id, Stage.EXECUTE, written=1)
    await world.order("stop", **scope)
    assert "cases not reached yet go on after `resume`" in (await world.order("pause", **scope))["note"]
    assert (await world.run(case_id)).held_by is not None and len(world.directory.written) == 1
    assert "note" not in await world.order("pause", **scope)
    await world.order("resume", **scope)
    assert (await world.run(case_id)).outcome == "resolved"


async def test_no_order_fails_because_what_was_ordered_before_cannot_be_told() -> None:
    world = World()
    await world.order("stop", **STACK_STOPPED)
    world.controls.is_unreadable = True
    assert "note" not in await world.order("pause", **STACK_STOPPED)
    world.controls.is_unreadable = False
    found = await world.controls.of("stack", "")
    assert found is not None and found.state == "paused"


@pytest.mark.parametrize(("order", "state"), [("pause", "paused"), ("stop", "stopped")])
async def test_whoever_resumes_a_tenant_hears_that_the_stack_is_held(order: str, state: str) -> None:
    world = World()
    await world.order("pause", **TENANT_STOPPED)
    await world.order(order, **STACK_STOPPED)
    note = (await world.order("resume", **TENANT_STOPPED))["note"]
    assert note == f"but the whole stack is {state}: `resume --stack`"
    await world.order("resume", **STACK_STOPPED)
    await world.order("pause", **TENANT_STOPPED)
    assert "note" not in await world.order("resume", **TENANT_STOPPED)


async def test_another_tenants_stop_holds_nobody_here() -> None:
    world, case_id = await allowed()
    await world.order("stop", status=404, tenant="22222222-1111-4111-8111-111111111111")
    assert (await world.run(case_id)).outcome == "resolved"


class TestAnOrderOnACaseThatItsTenantHolds:
    @staticmethod
    async def held(*, written: int) -> tuple[World, str]:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        await until(world, case_id, Stage.EXECUTE, written=written)
        await world.order("pause", **TENANT_STOPPED)
        assert (await world.run(case_id)).held_by is not None
        return world, case_id

    async def test_stopped_it_is_handed_over_at_once_when_it_changed_nothing(self) -> None:
        world, case_id = await self.held(written=0)
        await world.order("stop", case=case_id)
        case = await world.run(case_id)
        assert (case.stage, case.outcome) == (Stage.CLOSED, "escalated") and world.directory.written == []

    async def test_stopped_it_is_put_back_as_soon_as_that_may_be_written(self) -> None:
        world, case_id = await self.held(written=1)
        await world.order("stop", case=case_id)
        assert (await world.run(case_id)).stage is Stage.ROLLBACK and world.members[READERS] == {ANN}
        await world.order("resume", **TENANT_STOPPED)
        assert (await world.run(case_id)).outcome == "rolled_back" and world.members[READERS] == set()

    async def test_paused_itself_it_goes_on_only_when_both_let_it(self) -> None:
        world, case_id = await self.held(written=1)
        await world.order("pause", case=case_id)
        await world.order("resume", **TENANT_STOPPED)
        world.clock.pass_(600)
        await world.loop.sweep()
        assert (await world.run(case_id)).stage is Stage.EXECUTE and len(world.directory.written) == 1
        await world.order("resume", case=case_id)
        assert (await world.run(case_id)).outcome == "resolved"

    async def test_of_a_pause_and_a_stop_at_once_the_stop_ends_it(self) -> None:
        world, case_id = await self.held(written=1)
        await world.order("stop", **STACK_STOPPED)
        await world.order("resume", **TENANT_STOPPED)
        await world.order("resume", **STACK_STOPPED)
        # All is let go again before the case looked: nobody stopped it, so it ends well.
        assert (await world.run(case_id)).outcome == "resolved"


async def test_an_order_that_is_followed_is_answered_although_the_waking_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    world, case_id = await allowed()
    await until(world, case_id, Stage.EXECUTE)
    await world.order("pause", **TENANT_STOPPED)
    monkeypatch.setattr(steering, "_WAKE_SECONDS", 0.05)

    async def hang() -> int:
        await asyncio.Event().wait()
        return 0

    world.loop.sweep = hang  # type: ignore[method-assign]
    await asyncio.wait_for(world.order("stop", **TENANT_STOPPED), 3)
    assert (await world.run(case_id)).outcome == "escalated"


@pytest.mark.parametrize("order", ["stop", "pause"])
async def test_an_order_bites_between_two_turns_of_a_long_decision(order: str) -> None:
    world = office(STEPS_A_TURN + 3)
    await world.publish(ALLOW_ALL)
    case_id = await world.open()
    await until(world, case_id, Stage.AUTHORIZE)
    await world.turn(case_id)
    assert len((await world.case(case_id)).decisions) == STEPS_A_TURN
    await world.order(order, case=case_id)
    case = await world.run(case_id)
    assert world.directory.written == [] and len(case.decisions) <= STEPS_A_TURN
    if order == "pause":
        await world.order("resume", case=case_id)
        case = await world.run(case_id)
    assert case.outcome == ("escalated" if order == "stop" else "resolved")
