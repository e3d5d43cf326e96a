"""A world whose groups ask their owner, who may give standing grants, and such grants."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from agent.model.plan import Step
from agent.standing.kept import KeptGrant, ended_entry, given_entry, newly_given, suspended, taken_back
from policy.evidence.grant import parse_grant
from tests.agent.world import BOB, EVE, READERS, TENANT, World, add_member

ADD = "entra.group.member.add"
ASK_STANDING: dict[str, Any] = {
    "layer": "action",
    "rules": [
        {
            "id": "action.ask",
            "effect": "require_approval",
            "actions": ["entra.*"],
            "approval": {"from": ["group_owner"], "standing": "allowed"},
        }
    ],
}


def asking(**approval: Any) -> dict[str, Any]:
    """Return the policy with other terms of its approval."""
    (rule,) = ASK_STANDING["rules"]
    return {"layer": "action", "rules": [{**rule, "approval": {**rule["approval"], **approval}}]}


async def world_with(*documents: dict[str, Any], steps: Iterable[Step] = ()) -> World:
    """Return a world under ASK_STANDING, or other documents, in which Ann is to join the Readers."""
    world = World()
    await world.publish(*(documents or (ASK_STANDING,)))
    world.plan(*(steps or (add_member(READERS),)))
    return world


async def give(world: World, *, rule: str = "action.ask", case_id: str = "d" * 32, **changes: Any) -> KeptGrant:
    """Keep a grant of Bob's for the rule as it is in force: people of Sales join the Readers, three times."""
    engine = await world.policies.engine(TENANT)
    digest = next(ref.digest for ref in engine._by_ref if ref.id == rule)
    record = {
        "id": "gr-1",
        "tenant_id": TENANT,
        "actions": [ADD],
        "when": {"target.id": READERS, "beneficiary.department": "Sales"},
        "discharges": "group_owner",
        "rules": [{"id": rule, "digest": digest}],
        "granted_by": BOB,
        "not_before": world.clock.now() - timedelta(hours=1),
        "expires": world.clock.now() + timedelta(days=30),
        "max_uses": 3,
        "revoked": False,
        **changes,
    }
    grant = parse_grant(record, source="a test", catalogue=frozenset(record["actions"]))
    return await world.grants.give(newly_given(grant, case_id=case_id), entry=given_entry)


async def revoke(world: World, grant_id: str = "gr-1") -> None:
    """Take a grant back, as its owner does."""
    to = partial(taken_back, by=BOB, why="one click", now=world.clock.now())
    await world.grants.change(TENANT, grant_id, to=to, entry=ended_entry)


async def suspend(world: World, grant_id: str = "gr-1") -> None:
    """Suspend a grant, as after a complaint."""
    to = partial(suspended, by=EVE, why="this was wrong", now=world.clock.now())
    await world.grants.change(TENANT, grant_id, to=to, entry=ended_entry)


async def grant_of(world: World, grant_id: str = "gr-1") -> KeptGrant:
    """Return a grant as it stands."""
    kept = await world.grants.get(TENANT, grant_id)
    assert kept is not None
    return kept
