"""The planner asks the memory as it asks the tenant; what comes back is a hint, or unknown."""

from functools import partial

from agent.memory.meaning import meant
from agent.memory.recall import recalled
from agent.model.case import Stage
from agent.model.observation import Observation
from agent.ports import Proposal
from tests.agent.world import ANN, READERS, START, TENANT, World, allowed

SHARE = "the finance share"


async def _asked(world: World, case_id: str, subject: tuple[str, str]) -> Observation:
    world.planner.proposals = [Proposal(why="hm", lookups=(subject,))]
    for _ in range(2):
        await world.turn(case_id)
    await world.turn(case_id)
    case = await world.case(case_id)
    assert case.stage is not Stage.INVESTIGATE
    return case.seen[":".join(subject)]


async def test_a_remembered_meaning_is_an_observation_with_what_most_people_meant_first() -> None:
    world, case_id = await allowed()
    for number, (group, person) in enumerate([("group-9", "p-1"), (READERS, "p-2"), (READERS, ANN)]):
        to = partial(meant, object_id=group, person_id=person, case_id=f"{number:032x}", at=START)
        await world.memory.change(TENANT, "group", words=SHARE, to=to)
    seen = await _asked(world, case_id, recalled("group", SHARE))
    assert seen.state == "known"
    assert [one["object_id"] for one in seen.facts["senses"]] == [READERS, "group-9"]


async def test_what_nobody_remembers_is_absent_and_a_memory_that_is_down_is_unknown() -> None:
    world, case_id = await allowed()
    assert (await _asked(world, case_id, recalled("group", SHARE))).state == "absent"
    other, other_id = await allowed()
    other.memory.is_down = True
    assert (await _asked(other, other_id, recalled("group", SHARE))).state == "unknown"


async def test_a_question_that_is_none_is_absent() -> None:
    world, case_id = await allowed()
    assert (await _asked(world, case_id, ("memory.meaning", "person:ann"))).state == "absent"
