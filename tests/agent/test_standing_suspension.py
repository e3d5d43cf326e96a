"""What goes wrong under a standing grant suspends it before anything else is saved, and its owner hears of it."""

from typing import Any

import pytest

from agent.errors import StorageError
from agent.model.case import Case, Stage
from agent.ports import Turn
from agent.standing.suspension import OwnersNotices, with_suspensions
from tests.agent.granted import ADD, give, grant_of, world_with
from tests.agent.world import ANN, BOB, READERS, TENANT, WRITERS, World, add_member

BOTH = {"target.id": [READERS, WRITERS], "beneficiary.department": "Sales"}
MEMBERS = "/groups/{}/members/$ref"


def refused(_body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 403, {"error": {"code": "Forbidden"}}


def without_effect(_body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 204, {}


async def failed(world: World) -> Case:
    world.directory.on("POST", MEMBERS.format(WRITERS), refused)
    return await world.run(await world.open(), seconds_per_turn=40)


async def notices(world: World) -> int:
    return await OwnersNotices(world.grants, ports_for=world._ports, clock=world.clock).tell()


@pytest.fixture
async def world() -> World:
    """Ann is to join the Readers and then the Writers, and Bob's grant stands in for both."""
    made = await world_with(steps=(add_member(READERS), add_member(WRITERS)))
    await give(made, when=BOTH)
    return made


async def test_a_rollback_suspends_the_grant_and_is_covered_by_the_very_use_that_it_undoes(world: World) -> None:
    done = await failed(world)
    assert done.outcome == "rolled_back" and world.members[READERS] == set() and done.effects == ("undone",)
    kept = await grant_of(world)
    assert (kept.state, kept.case_id, kept.by) == ("suspended", done.id, "the agent")
    codes = await world.codes(done.id)
    assert codes.index("grant.suspended") < codes.index("rollback.done") and codes.count("grant.suspended") == 1
    # The first step was written, so its use is gone; the second certainly was not, so its use came back.
    assert len(kept.uses.reservations) == 1
    logged = [one.code.value for one in await world.grants.events(TENANT)]
    assert logged == ["grant.given", "grant.suspended"]


async def test_a_refuted_effect_and_a_failed_hand_over_suspend_it_too() -> None:
    for answer in (without_effect, refused):
        world = await world_with()
        await give(world)
        world.directory.on("POST", MEMBERS.format(READERS), answer)
        handed = await world.run(await world.open(), seconds_per_turn=40)
        assert handed.outcome in ("escalated", "rolled_back")
        kept = await grant_of(world)
        assert (kept.state, len(kept.uses.reservations)) == ("suspended", 0 if answer is refused else 1)


async def test_a_case_that_never_used_the_grant_leaves_it_alone() -> None:
    world = await world_with()
    await give(world)
    world.members[READERS].add(ANN)
    world.directory.put(f"/groups/{READERS}/members", {"value": []})
    done = await world.open()
    while (await world.case(done)).stage is not Stage.EXECUTE:
        await world.turn(done)
    await world.order("stop", case=done)
    assert (await world.run(done)).outcome == "escalated"
    assert (await grant_of(world)).state == "in_force"


async def test_a_suspended_grant_discharges_nothing_and_its_owner_may_give_another(world: World) -> None:
    await failed(world)
    assert await world.grants.in_force(TENANT, ADD, now=world.clock.now()) == ()
    await give(world, id="gr-2", when=BOTH)
    (other,) = await world.grants.in_force(TENANT, ADD, now=world.clock.now())
    assert other.id == "gr-2"


async def test_a_grant_that_cannot_be_suspended_keeps_the_turn_from_being_saved(world: World) -> None:
    world.directory.on("POST", MEMBERS.format(WRITERS), refused)
    case_id = await world.open()
    while (await world.case(case_id)).step_index == 0:
        await world.turn(case_id)
    change = world.grants.change

    async def down(*given: Any, **named: Any) -> Any:
        if "entry" in named:
            raise StorageError("storage is down")
        return await change(*given, **named)

    world.grants.change = down  # type: ignore[method-assign]
    with pytest.raises(StorageError):
        await world.run(case_id)
    assert (await world.case(case_id)).stage is Stage.EXECUTE
    world.grants.change = change  # type: ignore[method-assign]
    for _ in range(2):
        world.clock.pass_(300)
        await world.loop.sweep()
    await world.run(case_id, seconds_per_turn=40)
    assert (await grant_of(world)).state == "suspended" and "grant.suspended" in await world.codes(case_id)


async def test_a_worker_that_dies_between_the_suspension_and_the_save_leaves_the_entry_to_the_next() -> None:
    world = await world_with()
    await give(world, case_id=(case_id := await world.open()))
    before = (await world.case(case_id)).with_grants(["gr-1"])
    turn = Turn(before.evolve(stage=Stage.ESCALATE, why="it failed"))
    for _ in range(2):
        saved = await with_suspensions(before, turn, ports_for=world._ports, now=world.clock.now())
        assert [one.code.value for one in saved.events] == ["grant.suspended"]
    assert len(await world.grants.events(TENANT)) == 2


async def test_the_owner_is_told_once_and_again_until_it_was_possible(world: World) -> None:
    done = await failed(world)
    world.people.unreachable = True
    assert await notices(world) == 0
    world.people.unreachable = False
    assert await notices(world) == 1 and await notices(world) == 0
    told = [text for person, text in world.people.told if person == BOB and "gr-1" in text]
    assert len(told) == 1 and done.id in told[0] and "suspended by the agent" in told[0]


async def test_who_cannot_be_reached_for_a_day_is_not_tried_for_ever(world: World) -> None:
    await failed(world)
    world.people.unreachable = True
    world.clock.pass_(2 * 86_400)
    await notices(world)
    assert (await grant_of(world)).is_owner_told
