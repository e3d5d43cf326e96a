"""Pause, resume and stop of a case: each bites at once, nothing is left half done, and nothing is opened by it."""

from typing import Any

import pytest

from agent.model.case import Stage
from agent.ports import Answer
from tests.agent.halfway import asked, until
from tests.agent.world import ALLOW_ALL, ANN, READERS, WRITERS, add_member, allowed, reset_password

BEFORE_A_WRITE = (Stage.INVESTIGATE, Stage.PLAN, Stage.AUTHORIZE, Stage.EXECUTE)


class TestStoppingACase:
    @pytest.mark.parametrize("stage", BEFORE_A_WRITE)
    async def test_before_its_first_write_it_is_handed_over_and_nothing_was_written(self, stage: Stage) -> None:
        world, case_id = await allowed()
        await until(world, case_id, stage)
        await world.order("stop", case=case_id)
        case = await world.run(case_id)
        assert case.outcome == "escalated" and world.directory.written == []
        assert world.tickets.handoffs[0].why_stopped == "the case was stopped by Olga: to be safe"
        assert (await world.codes(case_id)).count("control.stopped") == 1

    async def test_while_people_are_asked_it_is_handed_over_and_their_late_yes_opens_nothing(self) -> None:
        world, case_id = await asked()
        held = await world.store.load(case_id)
        assert held is not None and held.case.stage is Stage.APPROVE
        await world.order("stop", case=case_id)
        case = await world.run(case_id)
        assert case.outcome == "escalated" and world.directory.written == []

    async def test_after_its_write_it_is_put_back_though_the_last_step_was_verified(self) -> None:
        world, case_id = await allowed()
        await until(world, case_id, Stage.VERIFY, written=1)
        await world.order("stop", case=case_id)
        case = await world.run(case_id)
        assert case.outcome == "rolled_back" and case.effects == ("undone",)
        assert world.members[READERS] == set() and [one.method for one in world.directory.written] == ["POST", "DELETE"]
        assert world.tickets.handoffs[0].why_stopped == "the case was stopped by Olga: to be safe"

    async def test_between_two_steps_the_second_is_never_written_and_the_first_put_back(self) -> None:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        await until(world, case_id, Stage.EXECUTE, written=1)
        await world.order("stop", case=case_id)
        case = await world.run(case_id)
        assert case.outcome == "rolled_back"
        assert world.members == {READERS: set(), WRITERS: set()}
        assert f"/groups/{WRITERS}/members/$ref" not in [one.path for one in world.directory.written]

    @pytest.mark.parametrize("lost", ["before", "after"])
    async def test_with_the_answer_of_its_write_lost_what_became_of_it_is_learned_first(self, lost: Any) -> None:
        world, case_id = await allowed()
        world.directory.lose_next_answer(when=lost)
        while not await world.store.attempts(case_id):
            await world.turn(case_id)
        await world.order("stop", case=case_id)
        case = await world.run(case_id, seconds_per_turn=20)
        assert case.outcome == "escalated" and case.urgent
        # Nothing is sent again, and what may be somebody else's change is not taken back by guessing.
        assert len(world.directory.written) == (1 if lost == "after" else 0)

    async def test_a_worker_that_judges_the_write_at_this_moment_begins_it_no_more(self) -> None:
        world, case_id = await allowed()
        await until(world, case_id, Stage.EXECUTE)
        engine = world.policies.engine

        async def stop_meanwhile(tenant_id: str) -> Any:
            world.policies.engine = engine  # type: ignore[method-assign]
            await world.order("stop", case=case_id)
            return await engine(tenant_id)

        world.policies.engine = stop_meanwhile  # type: ignore[method-assign]
        case = await world.run(case_id)
        assert case.outcome == "escalated" and world.directory.written == []

    async def test_a_write_under_way_is_waited_for_and_then_put_back(self) -> None:
        world, case_id = await allowed()
        refusals: list[dict[str, Any]] = []
        write = world.directory.write

        async def slow(*given: Any, **named: Any) -> Any:
            refusals.append(await world.order("stop", status=409, case=case_id))
            return await write(*given, **named)

        world.directory.write = slow  # type: ignore[method-assign]
        await until(world, case_id, Stage.VERIFY)
        world.directory.write = write  # type: ignore[method-assign]
        assert "NOT stored" in refusals[0]["error"]
        await world.order("stop", case=case_id)
        assert (await world.run(case_id)).outcome == "rolled_back" and world.members[READERS] == set()

    async def test_a_rollback_that_runs_goes_on(self) -> None:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
        await until(world, case_id, Stage.ROLLBACK)
        await world.order("stop", case=case_id)
        assert (await world.run(case_id)).outcome == "rolled_back" and world.members[READERS] == set()

    async def test_a_stop_is_final(self) -> None:
        world, case_id = await allowed()
        await until(world, case_id, Stage.VERIFY, written=1)
        await world.order("stop", case=case_id)
        for order in ("stop", "pause", "resume"):
            assert "stopped by Olga" in (await world.order(order, status=409, case=case_id))["error"]

    async def test_a_secret_that_was_made_is_still_delivered_and_people_are_called(self) -> None:
        world, case_id = await allowed(reset_password())

        def change(body: dict[str, object]) -> tuple[int, dict[str, object]]:
            world.directory.objects[f"/users/{ANN}"]["lastPasswordChangeDateTime"] = world.clock.now().isoformat()
            return 204, {}

        world.directory.on("PATCH", f"/users/{ANN}", change)
        await until(world, case_id, Stage.VERIFY, written=1)
        await world.order("stop", case=case_id)
        case = await world.run(case_id)
        assert case.outcome == "escalated" and case.urgent and "irreversible" in case.why
        assert len(world.people.secrets) == 1

    async def test_what_has_ended_takes_no_order(self) -> None:
        world, case_id = await allowed()
        await world.run(case_id)
        for order in ("stop", "pause", "resume"):
            assert "has ended" in (await world.order(order, status=409, case=case_id))["error"]


class TestPausingACase:
    @pytest.mark.parametrize("stage", BEFORE_A_WRITE)
    async def test_it_keeps_its_place_whatever_message_comes_and_goes_on_when_resumed(self, stage: Stage) -> None:
        world, case_id = await allowed()
        await until(world, case_id, stage)
        await world.order("pause", case=case_id)
        held = await world.store.load(case_id)
        assert held is not None
        assert (case_id, held.seq) not in [one for messages in world.wakeups.messages.values() for one in messages]
        await world.loop.advance(stage, case_id, seq=held.seq)
        world.clock.pass_(86_400)
        assert await world.loop.sweep() == 0 and await world.store.load(case_id) == held
        await world.order("resume", case=case_id)
        case = await world.run(case_id)
        assert case.outcome == "resolved" and len(world.directory.written) == 1 and case.control is None
        codes = await world.codes(case_id)
        assert (codes.count("control.paused"), codes.count("control.resumed")) == (1, 1)

    async def test_a_write_that_was_sent_is_read_back_and_the_next_one_waits(self) -> None:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        await until(world, case_id, Stage.VERIFY, written=1)
        await world.order("pause", case=case_id)
        case = await world.run(case_id)
        assert (case.stage, case.effects) == (Stage.EXECUTE, ("verified",)) and len(world.directory.written) == 1
        await world.order("resume", case=case_id)
        assert (await world.run(case_id)).outcome == "resolved" and len(world.directory.written) == 2

    async def test_an_answer_that_comes_meanwhile_counts_and_writes_nothing(self) -> None:
        world, case_id = await asked()
        await world.order("pause", case=case_id)
        await world.answer(case_id)
        assert (await world.run(case_id)).stage is Stage.EXECUTE and world.directory.written == []
        await world.order("resume", case=case_id)
        assert (await world.run(case_id)).outcome == "resolved"

    async def test_a_question_expires_meanwhile_and_no_old_yes_opens_anything(self) -> None:
        world, case_id = await asked()
        await world.order("pause", case=case_id)
        await world.answer(case_id)
        world.clock.pass_(7_200)
        await world.order("resume", case=case_id)
        await world.run(case_id)
        assert world.directory.written == []

    async def test_a_rollback_is_held_too_and_ends_when_resumed(self) -> None:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
        await until(world, case_id, Stage.ROLLBACK)
        await world.order("pause", case=case_id)
        await world.run(case_id)
        assert world.members[READERS] == {ANN}
        await world.order("resume", case=case_id)
        assert (await world.run(case_id)).outcome == "rolled_back" and world.members[READERS] == set()

    async def test_a_paused_case_can_be_stopped(self) -> None:
        world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
        await until(world, case_id, Stage.EXECUTE, written=1)
        await world.order("pause", case=case_id)
        await world.run(case_id)
        await world.order("stop", case=case_id)
        assert (await world.run(case_id)).outcome == "rolled_back" and world.members[READERS] == set()


async def test_resuming_opens_nothing_that_policy_closed_meanwhile() -> None:
    world, case_id = await allowed()
    await until(world, case_id, Stage.EXECUTE)
    await world.order("pause", case=case_id)
    deny = {"id": "target.no", "effect": "deny", "actions": ["*"], "when": {"target.id": READERS}}
    await world.publish(ALLOW_ALL, {"layer": "target", "rules": [deny]})
    await world.order("resume", case=case_id)
    assert (await world.run(case_id)).outcome == "escalated" and world.directory.written == []
