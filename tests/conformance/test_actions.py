"""Every action of the catalogue on the simulator: it does what it says, it is seen, and its undo puts everything back.

Each exchange is judged by a validator made from Graph's published metadata, where that lies beside the project.
"""

import json
import random
from collections import Counter
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import pytest

from agent.actions import CATALOGUE, UnknownActionError, parse_step, seen
from agent.errors import WriteUnknownError
from agent.lookups.quoting import is_object_id
from agent.model.expectation import is_about_time
from agent.model.plan import Step
from simulator.faults import FaultRule
from simulator.throttling import DOCUMENTED
from tests.agent.areas.collected import EXAMPLES
from tests.agent.areas.example import Example
from tests.conformance.action_fixtures import validate as validate
from tests.conformance.action_fixtures import world as world
from tests.conformance.action_fixtures import world_of_module as world_of_module
from tests.conformance.action_world import EVERYTHING, ActionWorld, Exchange, created_id_of, done_and_undone, overheard
from tests.conformance.tenants import difference, perturbed

# OData names a type only where it differs from the declared one (JSON format 4.01, section 4.6.3); the validator
# warns that a risky user is no derived type.
_DECLARED_TYPE = "microsoft.graph.riskyUser has derived types"

# The extract of the metadata has the calls of the catalogue it was made for; that a permission's roles can be changed
# is in the Graph reference, permission-update; who is in a group through others, in group-list-transitivemembers; which
# apps there are, in intune-apps-mobileapp-list; and who has an item of a site, in driveitem-list-permissions. A `?` is
# where the path ends.
_NOT_EXTRACTED = (
    ("PATCH", "/permissions/"),
    ("GET", "/transitiveMembers/"),
    ("GET", "/mobileApps?"),
    ("GET", "/drive/items/root/permissions?"),
)

_NAMES = Counter(one.action for one in EXAMPLES)
_IDS = [f"{one.action}-{number}" for number, one in enumerate(EXAMPLES)]
# Sites are opened to applications by their ids, which may be those of another tenant's.
_TAKES_FOREIGN_IDS = frozenset({"spo.site.permission.grant"})
_ALL = pytest.mark.parametrize("example", EXAMPLES, ids=_IDS)


def faults_of(validate: Any, exchanges: list[Exchange]) -> list[Any]:
    """Return what the validator finds wrong with what was said."""
    found = []
    for one in exchanges if validate else ():
        address = urlsplit(str(one.request.url))
        if any(one.request.method == method and part in f"{address.path}?" for method, part in _NOT_EXTRACTED):
            continue
        body = json.loads(one.content) if one.content else None
        answer = one.response
        found += validate.check(
            one.request.method,
            address.path,
            address.query,
            body,
            answer.status_code,
            json.loads(answer.content) if answer.content else None,
            headers=dict(one.request.headers),
            response_headers=dict(answer.headers),
        )
    return [one for one in found if one[0] == "error" and _DECLARED_TYPE not in one[2]]


def test_every_action_has_an_example() -> None:
    assert sorted(set(CATALOGUE) - set(_NAMES)) == []
    assert sorted(set(_NAMES) - set(CATALOGUE)) == []


@_ALL
async def test_an_action_is_done_seen_and_undone(world: ActionWorld, validate: Any, example: Example) -> None:
    with overheard() as exchanges:
        await done_and_undone(world, example)
    assert exchanges
    assert faults_of(validate, exchanges) == []


@_ALL
@pytest.mark.parametrize("number", range(3))
async def test_an_action_is_done_and_undone_in_other_tenants_too(
    world: ActionWorld, example: Example, number: int
) -> None:
    perturbed(world.state, random.Random(f"{example.action} {number}"))
    await done_and_undone(world, example)


@_ALL
@pytest.mark.parametrize("way", ["lost", "504"])
async def test_an_action_whose_answer_is_lost_was_sent_once_and_is_found_done(
    world: ActionWorld, example: Example, way: str
) -> None:
    step = world.step_for(example)
    started, method = world.now, step.call.method
    fault = {"drop": True} if way == "lost" else {"status": 504}
    world.cloud.faults.add(FaultRule(method=method, after_write=True, times=5, **fault))
    world.cloud.traffic.clear()
    with pytest.raises(WriteUnknownError):
        await world.write(step.call)
    world.cloud.faults.clear()
    sent = [one for one in world.cloud.traffic.requests if one["method"] == method and one["site"] == "graph"]
    assert len(sent) == 1, "a write is never sent blindly again"
    effect = await world.awaited(step.check, since=started)
    # What a write created can be told from other objects only by the id in the answer that was lost.
    assert effect in ("verified", "unknown")


@_ALL
async def test_a_stale_read_never_proves_an_effect(world: ActionWorld, example: Example) -> None:
    step = world.step_for(example)
    if is_about_time(step.check.expect) or step.call.reveals:
        return
    world.cloud.stale_seconds = 30.0
    answer = await world.write(step.call)
    assert answer.status < 300
    assert await world.seen(step.check, since=world.now, created_id=created_id_of(step, answer)) != "verified"
    world.pass_time(31)
    assert await world.awaited(step.check, since=world.now, created_id=created_id_of(step, answer)) == "verified"


@_ALL
async def test_the_permissions_of_an_action_are_enough_for_its_write_and_each_is_needed(
    world: ActionWorld, example: Example
) -> None:
    step = world.step_for(example)
    action = CATALOGUE[step.action]
    needed = action.delegated_permissions if world.credential.user_id else action.application_permissions
    kept = deepcopy(world.state.dump())
    for missing in needed:
        world.credential.granted = set(needed) - {missing}
        refused = await world.write(step.call)
        assert refused.status in (401, 403), (missing, refused.status)
        assert difference(kept, world.state.dump(), lost=()) == [], "what is refused changes nothing"
    world.credential.granted = set(needed)
    answer = await world.write(step.call)
    assert answer.status < 300
    if step.undo is None:
        return
    world.credential.granted = set(EVERYTHING)
    created = created_id_of(step, answer)
    assert await world.awaited(step.check, since=world.now, created_id=created) == "verified"
    world.credential.granted = {*needed, *action.undo_permissions}
    assert (await world.undo(step, created_id=created)).status < 300


@_ALL
async def test_a_precondition_holds_when_planned_and_no_longer_once_it_is_done(
    world: ActionWorld, example: Example
) -> None:
    step = world.step_for(example)
    if step.precondition is None:
        return
    assert step.capture is not None
    planned = await world.directory.read(step.capture)
    shown = seen(step.precondition, planned.status, body=planned.body, attempted_at=world.now)
    assert shown == "verified", planned.body
    if step.undo is None or _is_about_the_recipient(step):
        return
    answer = await world.write(step.call)
    await world.awaited(step.check, since=world.now, created_id=created_id_of(step, answer))
    later = await world.directory.read(step.capture)
    assert seen(step.precondition, later.status, body=later.body, attempted_at=world.now) != "verified"


def _is_about_the_recipient(step: Step) -> bool:
    """Whether the precondition says who is given something, which is still so once it is given."""
    person = f"/users/{step.beneficiary_id}"
    return step.capture is not None and step.capture.path == person and not step.call.path.startswith(person)


@_ALL
async def test_an_object_that_this_tenant_does_not_have_is_refused_and_nothing_changes(
    world: ActionWorld, example: Example
) -> None:
    step = world.step_for(example)
    elsewhere = {
        name: "f0f0f0f0-0000-4000-8000-f0f0f0f0f0f0" if is_object_id(value) else value
        for name, value in step.params.items()
        if isinstance(value, str)
    }
    try:
        foreign = parse_step(step.action, {**step.params, **elsewhere})
    except UnknownActionError:
        return
    if foreign.call == step.call or step.action in _TAKES_FOREIGN_IDS:
        return
    before = deepcopy(world.state.dump())
    answer = await world.write(foreign.call)
    assert 400 <= answer.status < 500, answer.body
    assert difference(before, world.state.dump(), lost=()) == []


@pytest.mark.parametrize("example", [one for one in EXAMPLES if CATALOGUE[one.action].throttle_class == "entra-ca"])
async def test_where_one_request_a_second_is_the_limit_an_action_is_done_at_the_first_try(
    world: ActionWorld, example: Example
) -> None:
    world.cloud.throttling.set(DOCUMENTED)
    try:
        await done_and_undone(world, example)
    finally:
        world.cloud.throttling.set({})
