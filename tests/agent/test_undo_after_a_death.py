"""An undo whose worker died is read first, sent again if it never happened, and told in the log either way."""

from typing import Any

import pytest

from agent.model.permit import Permit
from agent.ports import Answer
from tests.agent.world import ANN, READERS, WRITERS, World, add_member, allowed

UNDO = f"/groups/{READERS}/members/{ANN}/$ref"


class DeathError(BaseException):
    """Ends a turn as a killed process does: nothing of it is saved."""


def die_once(world: World, *, after: bool) -> None:
    """Make the worker die at the undo, before or after it took effect."""
    write = world.directory.write

    async def dying(permit: Permit, **sent: Any) -> Answer:
        if permit.call.method != "DELETE":
            return await write(permit, **sent)
        world.directory.write = write  # type: ignore[method-assign]
        if after:
            await write(permit, **sent)
        raise DeathError

    world.directory.write = dying  # type: ignore[method-assign]


async def rolled_back(world: World, case_id: str) -> list[str]:
    """Let the second step be refused, live through the death in the undo of the first, and return the log's codes."""
    refusal = Answer(status=403, body={"error": {"code": "Denied"}}, request_id="r")
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", refusal)
    with pytest.raises(DeathError):
        await world.run(case_id)
    for _ in range(20):
        world.clock.pass_(70)
        await world.loop.sweep()
        await world.run(case_id)
    return await world.codes(case_id)


async def test_an_undo_that_never_left_is_sent_again() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    die_once(world, after=False)
    codes = await rolled_back(world, case_id)
    assert (await world.case(case_id)).outcome == "rolled_back"
    assert [one.path for one in world.directory.written if one.method == "DELETE"] == [UNDO]
    assert world.members[READERS] == set()
    assert codes.count("rollback.started") == codes.count("rollback.done") == 1 and "rollback.failed" not in codes


async def test_an_undo_that_happened_unseen_is_not_sent_again_and_stands_in_the_log() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    die_once(world, after=True)
    codes = await rolled_back(world, case_id)
    assert (await world.case(case_id)).outcome == "rolled_back"
    assert len([one for one in world.directory.written if one.method == "DELETE"]) == 1
    assert codes.count("rollback.started") == codes.count("rollback.done") == codes.count("write.found_done") == 1


async def test_an_undo_over_somebody_elses_later_change_is_not_sent_again() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    die_once(world, after=False)
    shown = world.directory.read

    async def gone(call: Any) -> Answer:
        answer = await shown(call)
        # Neither the old state nor ours can be seen any more.
        return Answer(500, {}, "r") if "DELETE" in dead and "/members" in call.path else answer

    dead: list[str] = []
    write = world.directory.write

    async def noted(permit: Permit, **sent: Any) -> Answer:
        dead.append(permit.call.method)
        return await write(permit, **sent)

    world.directory.read, world.directory.write = gone, noted  # type: ignore[method-assign]
    codes = await rolled_back(world, case_id)
    case = await world.case(case_id)
    assert case.outcome == "escalated" and case.urgent and "rollback.failed" in codes
    assert [one for one in world.directory.written if one.method == "DELETE"] == []
