"""The end of an approval: only a write of the plan that came in time lets the rest of it come later."""

from datetime import timedelta

import pytest

from agent.model.case import Case
from agent.model.plan import Step
from tests.agent.world import ANN, ASK_OWNER, READERS, WRITERS, World, add_member


async def resumed_late(world: World, *steps: Step) -> Case:
    """Let a plan be approved, hold it before its first write, and let it go on when its approval has ended."""
    await world.publish(ASK_OWNER)
    world.plan(*steps)
    case_id = await world.open()
    await world.run(case_id)
    await world.answer(case_id)
    await world.order("pause", case=case_id)
    world.clock.moment = (await world.case(case_id)).approvals[-1].expires_at + timedelta(minutes=50)
    await world.order("resume", case=case_id)
    return await world.run(case_id)


@pytest.mark.parametrize("was_member", [False, True], ids=["nothing was so", "the first was so already"])
async def test_a_plan_of_which_nothing_was_written_in_time_is_not_begun_by_what_was_so_already(
    was_member: bool,
) -> None:
    world = World()
    if was_member:
        world.members[READERS].add(ANN)
        world._memberships(READERS)
    case = await resumed_late(world, add_member(READERS), add_member(WRITERS))
    assert world.directory.written == [] and world.members[WRITERS] == set()
    assert case.outcome != "resolved"
