"""Every action on the simulator with all its names: the tenant's own pass, and any false one stops the step."""

from typing import Any

import pytest

from agent.actions import CATALOGUE, parse_step
from agent.errors import DirectoryError
from agent.lookups import LOOKUPS
from agent.lookups.facts import facts_for, needed_lookups
from agent.lookups.names import name_at
from agent.lookups.view import View
from agent.model.observation import Observation
from agent.model.plan import Plan, Step
from agent.model.service_request import Assurance, ServiceRequest
from policy.registry import ATTRIBUTES, check_fact
from policy.request import UNKNOWN
from tests.agent.areas.collected import EXAMPLES
from tests.agent.areas.example import Example
from tests.agent.areas.governance import somebody
from tests.conformance.action_fixtures import world as world
from tests.conformance.action_fixtures import world_of_module as world_of_module
from tests.conformance.action_world import ActionWorld

_IDS = [f"{one.action}-{number}" for number, one in enumerate(EXAMPLES)]
_ALL = pytest.mark.parametrize("example", EXAMPLES, ids=_IDS)

# The default access to an application is no role, so it has no name; the sample tenant's items of a site have no words
# in their ids by which the search would find the site; a link and a consent of everybody are nobody's.
_NAMELESS = {
    ("entra.app.role.assign", "app_role_name"),
    ("entra.app.role.remove", "app_role_name"),
    ("entra.app.consent.revoke", "user_name"),
    ("spo.item.permission.remove", "user_name"),
    ("spo.site.permission.grant", "target_name"),
}


class Asked:
    """A requester of the tenant, and what the agent sees when it looks up what a step needs."""

    def __init__(self, world: ActionWorld) -> None:
        self.world = world
        self.requester_id = somebody(world.state)
        self.request = ServiceRequest(
            tenant_id=world.state.tenant_id,
            source="desk",
            external_id="INC-1",
            channel="teams",
            requester=str(world.state.users[self.requester_id]["userPrincipalName"]),
            assurance=Assurance.SSO,
            text="please",
            received_at=world.now,
        )

    async def observed(self, name: str, subject: str) -> Observation:
        """Ask one look-up as the agent does."""
        lookup = LOOKUPS[name]
        try:
            answer = await self.world.directory.read(lookup.call(subject))
        except DirectoryError as error:
            return Observation(
                lookup=name, subject=subject, state="unknown", problem=str(error), observed_at=self.world.now
            )
        return lookup.observe(subject, answer.status, body=answer.body, request_id="r", now=self.world.now)

    async def seen(self, step: Step) -> dict[str, Observation]:
        """Ask all that is needed to decide a step."""
        pairs = needed_lookups(step, self.request, requester_id=self.requester_id)
        return {f"{name}:{subject}": await self.observed(name, subject) for name, subject in pairs}

    def view(self, seen: dict[str, Observation]) -> View:
        """What counts of it."""
        return View(seen=seen, requester_id=self.requester_id, address=self.request.requester, now=self.world.now)

    async def told(self, step: Step) -> dict[str, Any]:
        """What policy is told."""
        return facts_for(
            step,
            request=self.request,
            requester_id=self.requester_id,
            seen=await self.seen(step),
            plan=Plan(summary="s", reason="r", steps=(step,)),
            break_glass_ids=frozenset(),
            vip_ids=frozenset(),
            time_zone="Europe/London",
            now=self.world.now,
            is_rollback=False,
            identity_kind="workload",
        )


async def named(asked: Asked, step: Step) -> dict[str, str]:
    """Return the tenant's own names for all that the step could name, as a planner would have looked them up."""
    labels = [name for name in CATALOGUE[step.action].model_fields if name.endswith("_name")]
    found = {}
    for label in labels:
        if label == "user_name" and _is_nobodys(step):
            continue
        probe = parse_step(step.action, step.params | dict.fromkeys(labels, "") | {label: "?"})
        (given,) = probe.names
        found[label] = name_at(given.source, asked.view(await asked.seen(probe)))
    return found


def _is_nobodys(step: Step) -> bool:
    return not step.beneficiary_id and (step.action, "user_name") in _NAMELESS


@_ALL
async def test_the_tenants_own_names_pass_and_every_false_one_stops_the_step(
    world: ActionWorld, example: Example
) -> None:
    step = world.step_for(example)
    if "displayName" in str(step.params.get("changes")):
        step = parse_step(step.action, {name: value for name, value in step.params.items() if name != "user_name"})
        assert await Asked(world).told(step)
        return
    asked = Asked(world)
    names = await named(asked, step)
    missing = {name for name, text in names.items() if not text}
    assert {(step.action, name) for name in missing} <= _NAMELESS
    true = {name: text for name, text in names.items() if text}
    facts = await asked.told(parse_step(step.action, step.params | true))
    assert facts["target.kind"] == step.target.kind
    for name, text in true.items():
        false = parse_step(step.action, step.params | true | {name: f"{text}."})
        assert await asked.told(false) == {}, name
        alone = parse_step(step.action, step.params | dict.fromkeys(labels_of(step), "") | {name: f"Not {text}"[:256]})
        assert await asked.told(alone) == {}, name


def labels_of(step: Step) -> list[str]:
    """Return the parameters of a step that are names."""
    return [name for name in step.params if name.endswith("_name")]


@_ALL
async def test_every_fact_about_a_step_is_a_value_of_the_vocabulary(world: ActionWorld, example: Example) -> None:
    step = world.step_for(example)
    facts = await Asked(world).told(step)
    wrong = {name: fact for name, fact in facts.items() if check_fact(name, fact) is UNKNOWN}
    assert wrong == {}
    assert set(facts) <= set(ATTRIBUTES)
    assert {*step.told, *step.told_by_name} <= set(facts)


def _example(action: str) -> Example:
    return next(one for one in EXAMPLES if one.action == action)


async def test_the_names_of_second_objects_are_those_of_the_tenant_file(world: ActionWorld) -> None:
    expected = {
        "entra.user.manager.set": {"manager_name": "Gwen Tallow"},
        "entra.accesspackage.assign": {"package_name": "Project workspace"},
        "entra.accesspackage.remove": {"package_name": "Employee basics"},
        "entra.role.assign_direct": {"role_name": "Reports Reader"},
        "entra.license.swap": {"sku_name": "SPE_E5", "old_sku_name": "SPE_E3"},
    }
    for action, wanted in expected.items():
        world.reset()
        names = await named(Asked(world), world.step_for(_example(action)))
        assert {name: names[name] for name in wanted} == wanted
