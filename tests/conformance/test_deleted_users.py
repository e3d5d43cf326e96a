"""Policy can decide about a deleted account: on restoring it, and on undoing its deletion."""

from datetime import timedelta

import pytest

from agent.actions import parse_step
from agent.lookups import LOOKUPS
from agent.lookups.facts import facts_for, needed_lookups
from agent.model.observation import Observation
from agent.model.plan import Plan, Step
from agent.model.service_request import Assurance, ServiceRequest
from policy.request import FactValue
from tests.conformance.action_fixtures import world as world
from tests.conformance.action_fixtures import world_of_module as world_of_module
from tests.conformance.action_world import ActionWorld

# What the guards of the starter policies ask about a target; unknown would deny.
_GUARDED = (
    "is_break_glass",
    "holds_directory_role",
    "is_role_assignable",
    "is_synced",
    "is_dynamic",
    "account_enabled",
)


async def facts_of(world: ActionWorld, step: Step, *, is_rollback: bool) -> dict[str, FactValue]:
    """Look up what policy needs for `step`, as the agent does, and return what policy is told."""
    requester = world.state.users["a568c719-7c70-5207-96f9-f39ffc875fb5"]
    request = ServiceRequest(
        tenant_id=world.state.tenant_id,
        source="desk",
        external_id="T-1",
        channel="itsm",
        requester=requester["userPrincipalName"],
        assurance=Assurance.PORTAL,
        received_at=world.now,
    )
    seen: dict[str, Observation] = {}
    for name, subject in needed_lookups(step, request, requester_id=requester["id"]):
        answer = await world.directory.read(LOOKUPS[name].call(subject))
        seen[f"{name}:{subject}"] = LOOKUPS[name].observe(
            subject, answer.status, body=answer.body, request_id="r", now=world.now
        )
    return facts_for(
        step,
        request=request,
        requester_id=requester["id"],
        seen=seen,
        plan=Plan(summary="s", reason="r", steps=(step,)),
        break_glass_ids=frozenset(),
        vip_ids=frozenset(),
        time_zone="Europe/London",
        now=world.now + timedelta(seconds=1),
        is_rollback=is_rollback,
        identity_kind="workload",
    )


@pytest.mark.parametrize("action", ["entra.user.delete", "entra.user.restore", "entra.user.purge"])
async def test_everything_that_guards_ask_is_known_of_a_deleted_account(world: ActionWorld, action: str) -> None:
    leaver = world.state.users["f2ea2dc6-5094-5925-a00f-3abc1e8d74cd"]
    named = {"user_id": leaver["id"], "user_name": leaver["displayName"]}
    await world.write(parse_step("entra.user.delete", named).call)
    facts = await facts_of(world, parse_step(action, named), is_rollback=action == "entra.user.delete")
    assert {name for name in _GUARDED if f"target.{name}" not in facts} == set()
    assert facts["target.holds_directory_role"] is False and facts["target.department"] == leaver["department"]


async def test_a_deleted_account_by_another_name_is_not_decided_about(world: ActionWorld) -> None:
    leaver = world.state.users["f2ea2dc6-5094-5925-a00f-3abc1e8d74cd"]
    await world.write(parse_step("entra.user.delete", {"user_id": leaver["id"]}).call)
    lying = parse_step("entra.user.restore", {"user_id": leaver["id"], "user_name": "Somebody Else"})
    assert await facts_of(world, lying, is_rollback=False) == {}


async def test_of_an_account_that_is_nowhere_nothing_is_known(world: ActionWorld) -> None:
    nobody = parse_step("entra.user.purge", {"user_id": "f0f0f0f0-0000-4000-8000-f0f0f0f0f0f0"})
    facts = await facts_of(world, nobody, is_rollback=False)
    assert not [name for name in ("account_enabled", "is_synced", "holds_directory_role") if f"target.{name}" in facts]
