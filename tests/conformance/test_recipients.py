"""Who is given something is a person: with another object's id in a person's place nothing is sent."""

import pytest

from agent.actions import parse_step, seen
from agent.actions.judge import Effect
from agent.model.plan import Step
from tests.agent.areas.collected import EXAMPLES
from tests.conformance.action_fixtures import world as world
from tests.conformance.action_fixtures import world_of_module as world_of_module
from tests.conformance.action_world import ActionWorld

ROLES = ("entra.role.assign_direct", "entra.pim.role.eligible.assign", "entra.pim.role.activate_self")
GIVEN = ("entra.group.member.add", "entra.group.owner.add", "entra.pim.group.assign", *ROLES)
TAKEN = ("entra.group.member.remove", "entra.group.owner.remove")


def _step(world: ActionWorld, action: str, *, user_id: str = "") -> Step:
    step = world.step_for(next(one for one in EXAMPLES if one.action == action))
    return parse_step(action, {**step.params, "user_id": user_id, "user_name": ""}) if user_id else step


async def _before(world: ActionWorld, step: Step) -> Effect:
    assert step.capture is not None and step.precondition is not None
    answer = await world.directory.read(step.capture)
    return seen(step.precondition, answer.status, body=answer.body, attempted_at=world.now)


@pytest.mark.parametrize("action", GIVEN)
async def test_nothing_is_given_to_a_group_that_stands_where_a_person_should(world: ActionWorld, action: str) -> None:
    group_id = list(world.state.groups)[-1]
    assert await _before(world, _step(world, action)) == "verified"
    assert await _before(world, _step(world, action, user_id=group_id)) == "unknown"


@pytest.mark.parametrize("action", GIVEN)
async def test_a_disabled_account_may_be_put_into_a_group_and_gets_no_privilege(
    world: ActionWorld, action: str
) -> None:
    step = _step(world, action)
    world.state.users[step.beneficiary_id]["accountEnabled"] = False
    expected = "refuted" if ".pim." in action or ".role." in action else "verified"
    # What is asked with the person's own token is not even answered once the account is disabled.
    assert await _before(world, step) == ("unknown" if action.endswith("activate_self") else expected)


@pytest.mark.parametrize("action", TAKEN)
async def test_only_a_person_is_taken_out_of_a_group_since_only_a_person_is_put_back(
    world: ActionWorld, action: str
) -> None:
    step = _step(world, action)
    assert await _before(world, step) == "verified"
    other = next(one for one in world.state.groups if one != step.target.id)
    getattr(world.state, "members" if "member" in action else "owners")[step.target.id].append(other)
    assert await _before(world, _step(world, action, user_id=other)) == "refuted"
