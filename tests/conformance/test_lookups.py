"""Every look-up on the simulator: it learns what is there, says when it may not look, and asks as Graph expects."""

from typing import Any

import pytest

from agent.errors import DirectoryError
from agent.lookups import LOOKUPS
from agent.model.observation import Observation
from simulator.directory import Directory
from tests.agent.areas.collected import SUBJECTS
from tests.conformance.action_fixtures import validate as validate
from tests.conformance.action_fixtures import world as world
from tests.conformance.action_fixtures import world_of_module as world_of_module
from tests.conformance.action_world import ActionWorld, overheard
from tests.conformance.test_actions import faults_of

# Nothing of the sort is in the sample tenant: nobody was deleted, nothing goes on in the background.
_ABSENT = frozenset({"deleted.user", "ops.teams", "reconcile.by_correlation"})
# Where the service asks for more than the one permission that a look-up names.
_MORE: dict[str, frozenset[str]] = dict.fromkeys(
    ("user.in_group", "user.groups", "user.signin_activity"), frozenset({"User.Read.All"})
)


def subjects_in(directory: Directory) -> dict[str, str]:
    """Return a subject of this tenant for every look-up."""
    some = {name: next(iter(held)) for name, held in directory.objects.items() if held}
    device = next(one for one in directory.objects["managedDevices"].values() if one["userId"])
    key = next(iter(directory.objects["bitlockerRecoveryKeys"].values()))
    versioned = {item for item, versions in directory.objects["driveItemVersions"].items() if versions}
    drives = directory.objects["driveItems"].items()
    drive, item = next((drive, item) for drive, items in drives for item in items if item in versioned)
    trace = next(iter(directory.objects["messageTraces"].values()))
    managed, risky = next(iter(directory.managers)), next(iter(directory.risky_users))
    user = next(one for one in directory.users.values() if one["assignedLicenses"])
    return {
        **SUBJECTS,
        "app.assigned": some["servicePrincipals"],
        "app.client": next(iter(directory.objects["servicePrincipals"].values()))["appId"],
        "app.find": next(iter(directory.objects["servicePrincipals"].values()))["displayName"],
        "app.grants": some["servicePrincipals"],
        "app.sp": some["servicePrincipals"],
        "ca.location.get": some["namedLocations"],
        "ca.policy.get": some["conditionalAccessPolicies"],
        "device.bitlocker.list": key["deviceId"],
        "device.compliance": device["id"],
        "device.entra": some["devices"],
        "device.laps.meta": some["deviceLocalCredentials"],
        "device.managed.find": device["serialNumber"],
        "device.managed.named": device["deviceName"],
        "device.managed.get": device["id"],
        "file.item": f"{drive}/{item}",
        "file.permissions": f"{drive}/{item}",
        "file.versions": f"{drive}/{item}",
        "mail.trace": f"{trace['recipientAddress']}/2026-11-20T00:00:00Z/2026-11-24T00:00:00Z",
        "mail.trace.detail": f"{trace['id']}/{trace['recipientAddress']}",
        "sec.alert.get": some["alerts"],
        "sec.incident.get": some["incidents"],
        "site.permissions": some["sites"],
        "site.groups": some["sites"],
        "teams.channels": some["teams"],
        "teams.get": some["teams"],
        "teams.members": some["teams"],
        "unit.get": some["administrativeUnits"],
        "user.manager": managed,
        "user.sponsors": next(iter(directory.sponsors)),
        "sku.holders": user["assignedLicenses"][0]["skuId"],
        "user.risk": risky,
        "user.filter": f"userPrincipalName:{user['userPrincipalName']}",
        "user.find": user["displayName"],
    }


async def observed(world: ActionWorld, name: str) -> Observation:
    """Ask one look-up about a subject of this tenant, as the agent does."""
    subject = subjects_in(world.state)[name]
    lookup = LOOKUPS[name]
    try:
        answer = await world.directory.read(lookup.call(subject))
    except DirectoryError as error:
        return Observation(lookup=name, subject=subject, state="unknown", problem=str(error), observed_at=world.now)
    return lookup.observe(subject, answer.status, body=answer.body, request_id=answer.request_id, now=world.now)


@pytest.mark.parametrize("name", sorted(LOOKUPS))
async def test_a_look_up_learns_what_is_there(world: ActionWorld, validate: Any, name: str) -> None:
    with overheard() as exchanges:
        seen = await observed(world, name)
    assert seen.state == ("absent" if name in _ABSENT else "known"), seen
    assert faults_of(validate, exchanges) == []


@pytest.mark.parametrize("name", sorted(LOOKUPS))
async def test_its_permission_is_enough_and_without_any_it_says_that_it_does_not_know(
    world: ActionWorld, name: str
) -> None:
    world.credential.granted = {LOOKUPS[name].permission, *_MORE.get(name, ())}
    assert (await observed(world, name)).state == ("absent" if name in _ABSENT else "known")
    world.credential.granted = set()
    seen = await observed(world, name)
    assert (seen.state, seen.facts) == ("unknown", {})
