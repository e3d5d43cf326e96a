"""Changing a plan before it runs: rebuilt from the catalogue, decided anew, approved anew, and never widened."""

from datetime import timedelta
from typing import Any

import pytest

from agent.errors import DoesNotFitError
from agent.model.case import Case, Stage
from agent.ports import Answer
from tests.agent.halfway import asked, until
from tests.agent.world import (
    ALLOW_ALL,
    ANN,
    ASK_OWNER,
    BOB,
    EVE,
    READERS,
    TENANT,
    WRITERS,
    World,
    add_member,
    allowed,
    reset_password,
)

ASK_ADMIN_FOR_WRITERS = {
    "layer": "target",
    "rules": [
        {
            "id": "target.writers",
            "effect": "require_approval",
            "actions": ["*"],
            "when": {"target.id": WRITERS},
            "approval": {"from": ["tenant_admin"], "count": 1, "standing": "never"},
        }
    ],
}


async def modify(world: World, case_id: str, step: int, *, status: int = 200, **change: Any) -> dict[str, Any]:
    return await world.order("modify", status=status, case=case_id, step=step, **change)


async def test_a_changed_step_is_asked_about_anew_and_what_was_agreed_before_opens_nothing() -> None:
    world, case_id = await asked()
    await world.order("pause", case=case_id)
    await world.answer(case_id)
    before = await world.case(case_id)
    await modify(world, case_id, 1, params={"group_id": WRITERS})
    changed = await world.case(case_id)
    assert (changed.stage, changed.approvals, changed.approval_request) == (Stage.AUTHORIZE, (), None)
    assert changed.plan_digest != before.plan_digest
    await world.order("resume", case=case_id)
    assert (await world.run(case_id)).stage is Stage.APPROVE and world.directory.written == []
    await world.answer(case_id)
    assert (await world.run(case_id)).outcome == "resolved"
    assert world.members == {READERS: set(), WRITERS: {ANN}}


async def test_a_dropped_step_is_never_written() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    await until(world, case_id, Stage.EXECUTE)
    await modify(world, case_id, 1, drop=True)
    case = await world.run(case_id)
    assert case.outcome == "resolved" and world.members == {READERS: set(), WRITERS: {ANN}}
    (entry,) = [one for one in await world.store.events(case_id) if one.code.value == "control.modified"]
    assert (entry.data["step"], entry.data["dropped"], entry.data["by"]) == (0, True, "Olga")


async def test_a_later_step_can_be_dropped_when_an_earlier_one_is_in_effect() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS), add_member(READERS, BOB))
    await until(world, case_id, Stage.EXECUTE, written=1)
    await modify(world, case_id, 2, drop=True)
    case = await world.run(case_id)
    assert case.outcome == "resolved" and world.members == {READERS: {ANN, BOB}, WRITERS: set()}


async def half_way(*documents: Any) -> tuple[World, str]:
    """Return a case whose first step is in effect and whose second was changed to one that needs more."""
    world, case_id = await allowed(add_member(READERS), add_member(READERS, BOB))
    await until(world, case_id, Stage.EXECUTE, written=1)
    await world.publish(ALLOW_ALL, *documents)
    await modify(world, case_id, 2, params={"group_id": WRITERS})
    return world, case_id


async def test_a_change_half_way_that_policy_refuses_puts_back_what_was_done() -> None:
    deny = {"id": "target.no", "effect": "deny", "actions": ["*"], "when": {"target.id": WRITERS}}
    world, case_id = await half_way({"layer": "target", "rules": [deny]})
    case = await world.run(case_id)
    assert case.outcome == "rolled_back" and world.members == {READERS: set(), WRITERS: set()}


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "expired"])
async def test_a_change_half_way_that_nobody_agrees_to_puts_back_what_was_done(refused: bool) -> None:
    world, case_id = await half_way(ASK_ADMIN_FOR_WRITERS)
    assert (await world.run(case_id)).stage is Stage.APPROVE
    if refused:
        await world.answer(case_id, person=EVE, granted=False)
    else:
        world.clock.pass_(7_200)
        await world.loop.sweep()
    case = await world.run(case_id)
    assert case.outcome == "rolled_back" and world.members == {READERS: set(), WRITERS: set()}
    assert len(world.tickets.handoffs) == 1


async def approved_half_way(*documents: Any) -> tuple[World, str]:
    """Return a case of three steps that were agreed to: one is in effect, and the second was changed since."""
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS), add_member(READERS, EVE), add_member(WRITERS))
    case_id = await world.open()
    await world.run(case_id)
    await world.answer(case_id)
    await until(world, case_id, Stage.EXECUTE, written=1)
    await world.publish(ASK_OWNER, *documents)
    await modify(world, case_id, 2, params={"group_id": WRITERS})
    return world, case_id


async def test_a_plan_changed_half_way_is_agreed_to_anew_and_goes_on_from_where_it_is() -> None:
    world, case_id = await approved_half_way()
    case = await world.run(case_id)
    assert (case.stage, case.approvals, len(world.directory.written)) == (Stage.APPROVE, (), 1)
    await world.answer(case_id)
    assert (await world.run(case_id)).outcome == "resolved"
    assert world.members == {READERS: {ANN}, WRITERS: {ANN, EVE}}


@pytest.mark.parametrize("ending", ["refused", "expired", "stopped", "agreed and failed"])
async def test_what_was_agreed_to_before_a_change_still_covers_putting_back(ending: str) -> None:
    world, case_id = await approved_half_way()
    assert (await world.run(case_id)).stage is Stage.APPROVE
    match ending:
        case "refused":
            await world.answer(case_id, granted=False)
        case "expired":
            world.clock.pass_(7_200)
            await world.loop.sweep()
        case "stopped":
            await world.order("stop", case=case_id)
        case _:
            await world.answer(case_id)
            world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
    case = await world.run(case_id)
    assert case.outcome == "rolled_back" and world.members == {READERS: set(), WRITERS: set()}
    assert case.covers == () and len(world.tickets.handoffs) == 1


async def test_each_step_is_put_back_under_what_was_agreed_to_when_it_was_written() -> None:
    world, case_id = await approved_half_way()
    await world.run(case_id)
    await world.answer(case_id)
    await until(world, case_id, Stage.EXECUTE, written=2)
    await modify(world, case_id, 3, params={"group_id": READERS})
    case = await world.case(case_id)
    assert [one.steps for one in case.covers] == [1, 2]
    assert [len(one.approvals) for one in case.covers] == [1, 1]
    await world.order("stop", case=case_id)
    assert (await world.run(case_id)).outcome == "rolled_back"
    assert world.members == {READERS: set(), WRITERS: set()}


async def test_an_older_agreement_covers_nothing_that_policy_forbids_to_put_back_now() -> None:
    freeze = {"id": "runtime.freeze", "effect": "deny", "actions": ["*"], "when": {"is_rollback": True}}
    world, case_id = await approved_half_way({"layer": "runtime", "rules": [freeze]})
    await world.order("stop", case=case_id)
    case = await world.run(case_id)
    assert case.outcome == "escalated" and case.urgent and world.members[READERS] == {ANN}


async def test_a_change_is_for_the_same_person() -> None:
    world, case_id = await allowed(reset_password())
    await until(world, case_id, Stage.EXECUTE)
    assert "same person" in (await modify(world, case_id, 1, status=409, params={"user_id": BOB}))["error"]


@pytest.mark.parametrize(
    ("step", "change", "reason"),
    [
        (1, {"params": {"group_id": "nonsense"}}, "does not take these parameters"),
        (1, {"params": {"colour": "red"}}, "does not take these parameters"),
        (2, {"drop": True}, "expected a step from 1 to 1"),
        (1, {"drop": True}, "nothing would be left"),
    ],
)
async def test_what_the_catalogue_would_not_build_is_refused(step: int, change: dict[str, Any], reason: str) -> None:
    world, case_id = await allowed()
    before = await until(world, case_id, Stage.EXECUTE)
    assert reason in (await modify(world, case_id, step, status=409, **change))["error"]
    assert await world.case(case_id) == before


async def test_a_step_that_was_begun_is_not_changed() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    await until(world, case_id, Stage.VERIFY, written=1)
    assert "read back" in (await modify(world, case_id, 2, status=409, drop=True))["error"]
    await until(world, case_id, Stage.EXECUTE, written=1)
    assert "begun" in (await modify(world, case_id, 1, status=409, drop=True))["error"]


async def test_of_a_case_that_has_ended_it_is_said_that_it_has() -> None:
    world, case_id = await allowed()
    await world.run(case_id)
    assert "it has ended" in (await modify(world, case_id, 1, status=409, drop=True))["error"]


async def test_while_a_try_is_not_settled_no_other_step_takes_its_place() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.directory.refuse("POST", f"/groups/{READERS}/members/$ref", Answer(429, {}, "r", retry_after_seconds=9))
    while not await world.store.attempts(case_id):
        await world.turn(case_id)
    for step in (1, 2):
        error = (await modify(world, case_id, step, status=409, drop=True))["error"]
        assert "begun" in error or "not settled" in error


async def test_a_worker_that_judges_the_old_step_at_this_moment_begins_it_no_more() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    await until(world, case_id, Stage.EXECUTE)
    engine = world.policies.engine

    async def change_meanwhile(tenant_id: str) -> Any:
        world.policies.engine = engine  # type: ignore[method-assign]
        await modify(world, case_id, 1, drop=True)
        return await engine(tenant_id)

    world.policies.engine = change_meanwhile  # type: ignore[method-assign]
    case: Case = await world.run(case_id)
    assert case.outcome == "resolved" and world.members == {READERS: set(), WRITERS: {ANN}}


async def test_what_was_agreed_to_after_a_change_is_not_begun_by_what_was_done_before_it() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS), add_member(READERS, EVE))
    case_id = await world.open()
    await world.run(case_id)
    await world.answer(case_id)
    await until(world, case_id, Stage.EXECUTE, written=1)
    await modify(world, case_id, 2, params={"group_id": WRITERS})
    await world.run(case_id)
    await world.answer(case_id)
    await world.order("pause", case=case_id)
    world.clock.moment = (await world.case(case_id)).approvals[-1].expires_at + timedelta(minutes=50)
    await world.order("resume", case=case_id)
    assert (await world.run(case_id)).outcome == "rolled_back"
    assert world.members == {READERS: set(), WRITERS: set()}


async def test_a_changed_plan_of_which_a_turn_cannot_be_stored_leaves_nothing_half_done() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(READERS, BOB))
    await until(world, case_id, Stage.EXECUTE, written=1)
    await modify(world, case_id, 2, params={"group_id": WRITERS})
    commit = world.store.commit

    async def too_large(*_: Any, **__: Any) -> Any:
        world.store.commit = commit  # type: ignore[method-assign]
        raise DoesNotFitError("too large")

    world.store.commit = too_large  # type: ignore[method-assign]
    case = await world.run(case_id)
    assert case.outcome == "rolled_back" and world.members == {READERS: set(), WRITERS: set()}


async def test_a_step_dropped_while_the_tenant_is_paused_is_dropped_and_nothing_is_written_meanwhile() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    await until(world, case_id, Stage.EXECUTE)
    await world.order("pause", tenant=TENANT)
    await world.turn(case_id)
    await modify(world, case_id, 1, drop=True)
    for _ in range(10):
        await world.turn(case_id)
        world.clock.pass_(1)
    assert (await world.case(case_id)).held_by and world.directory.written == []
    await world.order("resume", tenant=TENANT)
    assert (await world.run(case_id)).outcome == "resolved" and world.members == {READERS: set(), WRITERS: {ANN}}
