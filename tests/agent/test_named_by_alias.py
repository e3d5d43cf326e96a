"""Whoever is named by another address of their mailbox is that person: over HTTP, against the simulated tenant."""

from collections.abc import AsyncIterator

import pytest

from agent.actions import parse_step
from agent.actions.role_names import BUILT_IN_ROLES
from agent.model.case import Case
from tests.agent.identity.place import Place, place, simulator
from tests.agent.signed_world import GUNTHER, HUGO, SignedWorld

__all__ = ["place", "simulator"]

ALIAS = "the.boss@quillmere.example"


@pytest.fixture
async def world(place: Place) -> AsyncIterator[SignedWorld]:
    made = SignedWorld(place)
    # Without it he could not be asked about a calendar, whoever gains by it.
    role = next(role_id for role_id, name in BUILT_IN_ROLES.items() if name == "Exchange Administrator")
    held = {"id": "exchange", "principalId": made.gunther, "roleDefinitionId": role, "directoryScopeId": "/"}
    place.tenant.directory.role_assignments["exchange"] = held | {"appScopeId": None}
    yield made
    await made.graph.close()


async def opened_for(world: SignedWorld, address: str) -> Case:
    """Return what becomes of Hugo's wish that somebody may read his calendar, about which Gunther would be asked."""
    share = {"user_id": world.hugo, "address": address, "role": "read"}
    return await world.case(await world.asked(parse_step("exo.calendar.permission.grant", share)))


@pytest.mark.parametrize("address", [ALIAS, ALIAS.title(), f"{GUNTHER}@quillmere.example"])
async def test_an_approver_who_gains_by_another_of_their_addresses_is_not_asked(
    world: SignedWorld, address: str
) -> None:
    world.place.person(GUNTHER)["proxyAddresses"] = [f"SMTP:{GUNTHER}@quillmere.example", f"smtp:{ALIAS}"]
    case = await opened_for(world, address)
    assert case.approval_request is None and world.people.asked == []
    assert "only 0 can give it (1 of 1 asked for it or is concerned" in case.why


async def test_an_address_of_somebody_else_keeps_nobody_from_being_asked(world: SignedWorld) -> None:
    world.place.person(HUGO)["proxyAddresses"] = [f"smtp:{ALIAS}"]
    case = await opened_for(world, ALIAS)
    assert case.approval_request is not None, case.why
    assert case.concerned == {ALIAS: world.hugo}
