"""Whoever comes into a group that can hold roles holds these, so a yes to that takes what a yes to a role takes."""

from typing import Any

import pytest

from agent.gate import needs_step_up
from agent.model.case import Case, Stage
from agent.outcomes import Answered, SignInNeeded
from agent.ports import Answer
from agent.standing.giving import may_be_offered
from tests.agent.approvers_world import Staffed
from tests.agent.granted import give, world_with
from tests.agent.halfway import until
from tests.agent.world import ANN, BOB, EVE, READERS, WRITERS, World, add_member


def may_hold_roles(world: World) -> None:
    world.directory.objects[f"/groups/{READERS}"]["isAssignableToRole"] = True


def cannot_be_read(world: Staffed) -> None:
    world.directory.refuse("GET", f"/groups/{READERS}", Answer(403, {}, "r"))


async def asked(arrange: Any = may_hold_roles, *groups: str) -> tuple[Staffed, Case]:
    """Return a world in which Eve is asked whether Ann comes into a group."""
    world = Staffed()
    world.give_roles(EVE, "Global Administrator")
    arrange(world)
    case = await world.asked(*(add_member(one) for one in groups or (READERS,)))
    assert case.stage is Stage.APPROVE
    return world, case


@pytest.mark.parametrize("arrange", [may_hold_roles, cannot_be_read])
async def test_the_channel_alone_lets_nobody_into_a_group_that_may_hold_roles(arrange: Any) -> None:
    world, case = await asked(arrange)
    assert isinstance(await world.press(case, EVE), SignInNeeded)
    assert (await world.case(case.id)).approvals == ()


async def test_somebody_for_whom_entra_signed_lets_them_in() -> None:
    world, case = await asked()
    assert isinstance(await world.press(case, EVE, proof="user_token"), Answered)
    assert (await world.run(case.id)).outcome == "resolved" and world.members[READERS] == {ANN}


async def test_a_weak_yes_that_got_into_storage_opens_no_such_group() -> None:
    world, case = await asked()
    await world.answer(case.id, person=EVE, proof="channel")
    assert (await world.run(case.id)).stage is Stage.APPROVE
    assert world.directory.written == []


async def test_one_such_group_among_others_is_enough_and_a_changed_plan_is_looked_at_anew() -> None:
    world, case = await asked(may_hold_roles, WRITERS, READERS)
    assert needs_step_up(case)
    await world.order("modify", case=case.id, step=2, drop=True)
    changed = await until(world, case.id, Stage.APPROVE)
    assert not needs_step_up(changed)
    assert isinstance(await world.press(changed, EVE), Answered)


async def test_no_standing_grant_lets_anybody_into_such_a_group_and_none_is_offered_for_it() -> None:
    world = await world_with()
    await give(world)
    may_hold_roles(world)
    case = await world.run(await world.open())
    assert (case.stage, world.directory.written) == (Stage.APPROVE, []), "its owner is asked all the same"
    assert not may_be_offered(case, BOB)
    world.directory.objects[f"/groups/{READERS}"]["isAssignableToRole"] = None
    await world.order("modify", case=case.id, step=1, params={"group_id": WRITERS})
    assert may_be_offered(await until(world, case.id, Stage.APPROVE), BOB)
