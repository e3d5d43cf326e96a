"""A secret that never came to work is not kept: every way in which a password write goes wrong erases it."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.model.case import Case
from tests.agent.world import ALLOW_ALL, ANN, START, World, reset_password, user

Effect = Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]


async def reset(effect: Effect) -> tuple[World, str, Case]:
    """Ask for a password reset whose PATCH does what `effect` says, and run the case to its end."""
    world = World()
    await world.publish(ALLOW_ALL)
    world.plan(reset_password())
    world.directory.on("PATCH", f"/users/{ANN}", effect)
    case_id = await world.open()
    return world, case_id, await world.run(case_id, seconds_per_turn=30)


def answering(status: int) -> Effect:
    return lambda _body: (status, {"error": {"code": "Authorization_RequestDenied"}} if status >= 400 else {})


@pytest.mark.parametrize(
    ("effect", "state"), [(answering(204), "refuted"), (answering(403), "not_done"), (answering(429), "not_done")]
)
async def test_the_sealed_secret_of_a_write_that_did_not_work_is_erased(effect: Effect, state: str) -> None:
    world, case_id, case = await reset(effect)
    (attempt,) = await world.store.attempts(case_id)
    assert case.outcome != "resolved" and world.people.secrets == []
    assert (attempt.state, attempt.sealed_secret) == (state, "")


async def test_the_sealed_secret_of_a_write_that_cannot_be_read_back_is_erased() -> None:
    world = World()
    await world.publish(ALLOW_ALL)
    world.plan(reset_password())

    def blinding(_body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        world.directory.put(f"/users/{ANN}", {"id": ANN})
        return 204, {}

    world.directory.on("PATCH", f"/users/{ANN}", blinding)
    case_id = await world.open()
    case = await world.run(case_id, seconds_per_turn=30)
    (attempt,) = await world.store.attempts(case_id)
    assert case.outcome == "escalated" and case.urgent
    assert (attempt.state, attempt.sealed_secret) == ("unknown", "")


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
