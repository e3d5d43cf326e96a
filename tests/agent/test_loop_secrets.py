"""A secret that never came to work is not kept: every way in which a password write goes wrong erases it."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.model.case import Stage
from agent.model.receipt import Attempt
from tests.agent.world import ALLOW_ALL, ANN, START, World, reset_password, user

Effect = Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]


async def handed_over(effect: Callable[[World], Effect]) -> tuple[World, Attempt]:
    """Ask for a password whose PATCH does what `effect` says, up to the turn that gives the case to people."""
    world = World()
    await world.publish(ALLOW_ALL)
    world.plan(reset_password())
    world.directory.on("PATCH", f"/users/{ANN}", effect(world))
    case_id = await world.open()
    while (await world.case(case_id)).stage not in (Stage.ESCALATE, Stage.CLOSED):
        assert await world.turn(case_id), "the case waits for nobody"
        world.clock.pass_(30)
    assert (await world.case(case_id)).stage is Stage.ESCALATE
    (attempt,) = await world.store.attempts(case_id)
    return world, attempt


def answering(status: int) -> Callable[[World], Effect]:
    return lambda _world: lambda _body: (status, {"error": {"code": "refused"}} if status >= 400 else {})


def blinding(world: World) -> Effect:
    """A write after which the account shows no times any more."""

    def effect(_body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        world.directory.put(f"/users/{ANN}", {"id": ANN})
        return 204, {}

    return effect


@pytest.mark.parametrize(
    ("effect", "state"),
    [
        (answering(403), "not_done"),
        (answering(429), "not_done"),
        (answering(204), "refuted"),
        (blinding, "unknown"),
    ],
)
async def test_the_sealed_secret_of_a_write_that_is_not_in_force_is_erased_at_once(
    effect: Callable[[World], Effect], state: str
) -> None:
    world, attempt = await handed_over(effect)
    assert world.people.secrets == []
    assert (attempt.state, attempt.sealed_secret) == (state, "")


async def test_a_password_that_works_is_delivered_before_it_is_erased() -> None:
    world = World()
    await world.publish(ALLOW_ALL)
    world.plan(reset_password())

    def working(_body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        moment = START.replace(year=START.year + 1).isoformat()
        world.directory.put(f"/users/{ANN}", {**user(ANN, "ann"), "lastPasswordChangeDateTime": moment})
        return 204, {}

    world.directory.on("PATCH", f"/users/{ANN}", working)
    case_id = await world.open()
    case = await world.run(case_id)
    (attempt,) = await world.store.attempts(case_id)
    assert case.outcome == "resolved" and world.people.secrets[0][0] == ANN
    assert (attempt.state, attempt.sealed_secret) == ("verified", "")
