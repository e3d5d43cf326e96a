"""A plan of several steps takes all uses that it needs of a grant before its first write, or none of them."""

from functools import partial

import pytest

from agent.model.case import Stage
from agent.standing.kept import KeptGrant, newly_given, reserved, reserved_all
from tests.agent.granted import give, grant_of, world_with
from tests.agent.test_standing_suspension import BOTH, failed
from tests.agent.world import ANN, EVE, READERS, START, TENANT, WRITERS, World, add_member

STEPS = (add_member(READERS), add_member(WRITERS))


async def world_of(uses: int) -> World:
    """Ann is to join the Readers and then the Writers, and Bob's grant has so many uses for both."""
    made = await world_with(steps=STEPS)
    await give(made, when=BOTH, max_uses=uses)
    return made


async def take_one(world: World) -> bool:
    """Another case wants a use of the same grant now; return whether it had one."""
    name = "e" * 32 + "-0-x"
    to = partial(reserved, execution_id=name, now=world.clock.now(), execute_by=world.clock.now())
    kept = await world.grants.change(TENANT, "gr-1", to=to)
    return kept is not None and kept.is_reserved_for(name)


async def until(world: World, stage: Stage, *, step: int = 0) -> str:
    """Run until the case is about to do this; return its id."""
    case_id = await world.open()
    while (case := await world.case(case_id)).stage is not stage or case.step_index != step:
        assert await world.turn(case_id)
    return case_id


async def test_a_plan_that_began_has_its_last_use_whoever_comes_meanwhile() -> None:
    world = await world_of(2)
    case_id = await until(world, Stage.EXECUTE, step=1)
    assert not await take_one(world)
    done = await world.run(case_id)
    assert done.outcome == "resolved" and world.members == {READERS: {ANN}, WRITERS: {ANN}}
    kept = await grant_of(world)
    assert (kept.state, len(kept.uses.reservations)) == ("in_force", 2)
    used = [one.data for one in await world.store.events(case_id) if one.code.value == "grant.used"]
    assert [(one["step"], one["uses"]) for one in used] == [(0, 2), (1, 2)]


async def test_a_plan_that_cannot_have_all_of_its_uses_has_none_writes_nothing_and_asks_people() -> None:
    world = await world_of(2)
    case_id = await until(world, Stage.EXECUTE)
    assert await take_one(world)
    waiting = await world.run(case_id)
    assert waiting.stage is Stage.APPROVE and len(world.people.asked) == 1
    assert world.members == {READERS: set(), WRITERS: set()}
    kept = await grant_of(world)
    assert (kept.state, kept.executions_of(case_id)) == ("in_force", ())


async def test_a_step_that_was_so_already_gives_its_use_back_at_the_end() -> None:
    world = await world_of(3)
    case_id = await until(world, Stage.EXECUTE, step=1)
    assert len((await grant_of(world)).executions_of(case_id)) == 2
    world.members[WRITERS].add(ANN)
    world.directory.put(f"/groups/{WRITERS}/members", {"value": [{"id": ANN}]})
    done = await world.run(case_id)
    assert done.effects == ("verified", "already")
    (left,) = (await grant_of(world)).executions_of(case_id)
    assert left.startswith(f"{case_id}-0-")


async def test_what_was_put_back_gives_back_the_uses_of_the_steps_that_were_never_written() -> None:
    world = await world_with(steps=(*STEPS, add_member(READERS, user=EVE)))
    await give(world, when=BOTH)
    done = await failed(world)
    assert done.outcome == "rolled_back"
    (left,) = (await grant_of(world)).executions_of(done.id)
    assert left.startswith(f"{done.id}-0-")


async def test_where_one_step_is_not_covered_people_are_asked_for_the_whole_and_no_use_is_taken() -> None:
    world = await world_with(steps=STEPS)
    await give(world)
    case_id = await world.open()
    waiting = await world.run(case_id)
    assert waiting.stage is Stage.APPROVE and waiting.grant_steps == {}
    await world.answer(case_id)
    assert (await world.run(case_id)).outcome == "resolved" and (await grant_of(world)).executions_of(case_id) == ()


@pytest.mark.parametrize(("uses", "count"), [(3, 3), (2, 0)])
async def test_all_or_none(uses: int, count: int) -> None:
    world = await world_with()
    kept: KeptGrant = newly_given((await give(world, max_uses=uses)).grant, case_id="c" * 32)
    found = reserved_all(kept, execution_ids=["a-0-x", "a-1-x", "a-2-x"], now=START, execute_by=START)
    assert len(found.uses.reservations if found else ()) == count
