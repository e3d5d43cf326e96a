"""Cases halfway: the loop is turned until one stands where a test wants it."""

from agent.model.case import Case, Stage
from tests.agent.world import ASK_OWNER, READERS, World, add_member


async def until(world: World, case_id: str, stage: Stage, *, written: int = 0) -> Case:
    """Turn the loop until the case stands before a stage, after so many writes."""
    for _ in range(60):
        case = await world.case(case_id)
        if case.stage is stage and len(world.directory.written) >= written:
            return case
        assert await world.turn(case_id), f"the case rests at {case.stage}"
        world.clock.pass_(1)
    raise AssertionError(f"the case never stands before {stage}")


async def asked() -> tuple[World, str]:
    """Return a world in which a case waits for the owner of a group."""
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case_id = await world.open()
    await world.run(case_id)
    return world, case_id
