"""Every action in the simulated tenant: the state that its card promises is the one that is read after the write."""

from datetime import datetime

import pytest

from agent.actions.state_words import UNREAD, words_after, words_before
from agent.model.expectation import AllOf, Expectation, ListHoldsCreated, is_about_time
from agent.model.plan import Check
from tests.agent.areas.collected import EXAMPLES
from tests.agent.areas.example import Example
from tests.conformance.action_fixtures import world as world
from tests.conformance.action_fixtures import world_of_module as world_of_module
from tests.conformance.action_world import ActionWorld, created_id_of

# Graph shows no such object for a group that never had a licence.
_NEVER_SET = {f"license processing state state: {UNREAD}"}
_FIRST = {one.action: one for one in reversed(EXAMPLES)}


async def told(world: ActionWorld, check: Check, *, now: datetime) -> str:
    answer = await world.directory.read(check.call)
    return words_before(check, answer.status, body=answer.body, now=now)


def is_about_a_state(expect: Expectation) -> bool:
    """Whether the state can be told without the id of what was created and without the time of the write."""
    parts = expect.of if isinstance(expect, AllOf) else (expect,)
    return not is_about_time(expect) and not any(isinstance(one, ListHoldsCreated) for one in parts)


@pytest.mark.parametrize("example", _FIRST.values(), ids=_FIRST)
async def test_before_and_after_are_what_the_tenant_shows(world: ActionWorld, example: Example) -> None:
    step = world.step_for(example)
    before, started = await told(world, step.check, now=world.now), world.now
    unread = [one for one in before.split("; ") if one.endswith(UNREAD)]
    assert before and set(unread) <= _NEVER_SET, "in a healthy tenant everything can be read"
    if not step.call.writes:
        return
    assert before != words_after(step.check), "a change that changes nothing is not planned"
    answer = await world.write(step.call)
    assert await world.awaited(step.check, since=started, created_id=created_id_of(step, answer)) == "verified"
    if is_about_a_state(step.check.expect):
        assert await told(world, step.check, now=world.now) == words_after(step.check)
