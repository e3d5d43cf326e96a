"""Conditional Access: its policies and named locations, what they take, and what a tenant file says of them."""

import json
from typing import Any

import pytest

from simulator import seed, tenant_file
from simulator.errors import TenantFileError
from tests.simulator.conftest import TENANT_FILE
from tests.simulator.test_conformance import MINE, _send

POLICIES = "/identity/conditionalAccess/policies"
LOCATIONS = "/identity/conditionalAccess/namedLocations"
RANGE = {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}
PLACE = {"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Branch", "ipRanges": [RANGE]}
NOBODY = "00000000-0000-4000-8000-000000000000"


def policy_id(world: Any, name: str = "MFA for everyone") -> str:
    """The id of a policy of the tenant file."""
    return next(str(one["id"]) for one in world.file["conditionalAccessPolicies"] if one["displayName"] == name)


def location(world: Any, app: str, *, kind: str = "ipNamedLocation") -> dict[str, Any]:
    """The first named location of that kind."""
    found = world.get(LOCATIONS, token=app)["value"]
    return next(one for one in found if one["@odata.type"] == f"#microsoft.graph.{kind}")


def test_the_policies_of_the_file_are_there_in_graphs_own_shape(world: Any, app: str) -> None:
    found = {one["displayName"]: one for one in world.get(POLICIES, token=app)["value"]}
    assert set(found) == {one["displayName"] for one in world.file["conditionalAccessPolicies"]}
    users = found["MFA for everyone"]["conditions"]["users"]
    assert (users["includeUsers"], users["excludeGroups"]) == (["All"], [world.group_id("QG-CA-Exempt")])
    assert found["MFA for everyone"]["grantControls"]["builtInControls"] == ["mfa"]
    country = location(world, app, kind="countryNamedLocation")
    assert found["Country block"]["conditions"]["locations"]["excludeLocations"] == [country["id"]]
    assert (country["countriesAndRegions"], "ipRanges" in country) == (["GB", "AT", "FR", "ES", "PT"], False)


def test_a_policy_is_switched_and_the_log_carries_the_callers_id(world: Any, app: str) -> None:
    path = f"{POLICIES}/{policy_id(world)}"
    answer = _send(world, app, "PATCH", path, {"state": "disabled"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert world.get(f"{path}?$select=id,state", token=app)["state"] == "disabled"
    [entry] = world.get(f"/auditLogs/directoryAudits?$filter=correlationId eq '{MINE}'", token=app)["value"]
    assert entry["activityDisplayName"] == "Update conditional access policy"
    assert (entry["loggedByService"], entry["targetResources"][0]["id"]) == ("Conditional Access", policy_id(world))
    [change] = entry["targetResources"][0]["modifiedProperties"]
    assert [json.loads(change[name])["state"] for name in ("oldValue", "newValue")] == ["enabled", "disabled"]


def test_exclusions_are_replaced_as_a_whole_and_other_conditions_stay(world: Any, app: str) -> None:
    path, before = f"{POLICIES}/{policy_id(world)}", world.user("nuno.teles")["id"]
    for wanted in ([before], [world.user("hugo.rast")["id"]]):
        body = {"conditions": {"users": {"excludeUsers": wanted}}}
        kept = world.get(path, token=app)["conditions"]
        assert world.graph("PATCH", path, token=app, body=body).status_code == 204
        now = world.get(path, token=app)["conditions"]
        assert now == {**kept, "users": {**kept["users"], "excludeUsers": wanted}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"state": "on"}, 400),
        ({"state": None}, 400),
        ({"state": True}, 400),
        ({"states": "enabled"}, 400),
        ({"id": NOBODY}, 400),
        ({"displayName": ""}, 400),
        ({"conditions": None}, 400),
        ({"conditions": {"people": {}}}, 400),
        ({"conditions": {"users": {"exclude": []}}}, 400),
        ({"conditions": {"users": {"excludeUsers": None}}}, 400),
        ({"conditions": {"users": {"excludeUsers": [NOBODY]}}}, 400),
        ({"conditions": {"users": {"excludeUsers": ["All"]}}}, 400),
        ({"conditions": {"users": {"includeGroups": [NOBODY]}}}, 400),
        ({"conditions": {"users": {"excludeGuestsOrExternalUsers": {}}}}, 501),
        ({"conditions": {"platforms": {}}}, 501),
        ({"grantControls": {"operator": "OR"}}, 501),
    ],
)
def test_what_a_policy_does_not_take_is_refused_and_changes_nothing(
    world: Any, app: str, body: object, status: int
) -> None:
    path = f"{POLICIES}/{policy_id(world)}"
    before = world.get(path, token=app)
    assert world.graph("PATCH", path, token=app, body=body).status_code == status
    assert (world.get(path, token=app), world.audits()) == (before, [])


def test_a_location_is_made_changed_and_deleted_once_it_is_not_trusted(world: Any, app: str) -> None:
    made = world.graph("POST", LOCATIONS, token=app, body={**PLACE, "isTrusted": True})
    assert (made.status_code, made.json()["isTrusted"], made.json()["ipRanges"]) == (201, True, [RANGE])
    path = f"{LOCATIONS}/{made.json()['id']}"
    assert world.graph("DELETE", path, token=app).status_code == 400
    other = {**RANGE, "cidrAddress": "198.51.100.0/24"}
    body = {"@odata.type": PLACE["@odata.type"], "ipRanges": [other], "isTrusted": False}
    assert world.graph("PATCH", path, token=app, body=body).status_code == 204
    assert world.get(path, token=app)["ipRanges"] == [other]
    assert world.graph("DELETE", path, token=app).status_code == 204
    assert world.graph("GET", path, token=app).status_code == 404
    activities = [one["activityDisplayName"] for one in world.audits()]
    assert activities == ["Add named location", "Update named location", "Delete named location"]


def test_a_location_that_a_policy_uses_is_not_deleted(world: Any, app: str) -> None:
    used = location(world, app, kind="countryNamedLocation")
    assert world.graph("DELETE", f"{LOCATIONS}/{used['id']}", token=app).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"@odata.type": None},
        {"@odata.type": "#microsoft.graph.countryNamedLocation"},
        {"displayName": None},
        {"displayName": ""},
        {"ipRanges": []},
        {"ipRanges": ["203.0.113.0/24"]},
        {"ipRanges": [{**RANGE, "cidrAddress": "203.0.113.7"}]},
        {"ipRanges": [{**RANGE, "cidrAddress": "0.0.0.0/0"}]},
        {"ipRanges": [{**RANGE, "cidrAddress": "2001:db8::/32"}]},
        {"ipRanges": [{**RANGE, "cidrAddress": 5}]},
        {"isTrusted": "yes"},
        {"countriesAndRegions": ["GB"]},
    ],
)
def test_what_a_location_does_not_take_is_refused(world: Any, app: str, change: dict[str, Any]) -> None:
    assert world.graph("POST", LOCATIONS, token=app, body={**PLACE, **change}).status_code == 400
    office = location(world, app)
    body = {**PLACE, **change}
    assert world.graph("PATCH", f"{LOCATIONS}/{office['id']}", token=app, body=body).status_code == 400
    assert (location(world, app), world.audits()) == (office, [])


def test_a_file_without_the_sections_has_a_policy_a_location_and_health(world: Any) -> None:
    file = {name: value for name, value in world.file.items() if name != "conditionalAccessPolicies"}
    objects = seed.directory_of(tenant_file.parse(file)).objects
    assert [one["displayName"] for one in objects["conditionalAccessPolicies"].values()] == ["MFA for everyone"]
    assert [one["isTrusted"] for one in objects["namedLocations"].values()] == [True]
    assert objects["serviceHealthOverviews"]


@pytest.mark.parametrize(
    ("section", "value", "key"),
    [
        ("conditionalAccessPolicies", [{"displayName": "x", "state": "on"}], "conditionalAccessPolicies.0.state"),
        (
            "conditionalAccessPolicies",
            [{"displayName": "x", "conditions": {"excludeGroups": ["QG-None"]}}],
            "conditionalAccessPolicies[0].conditions.excludeGroups",
        ),
        ("namedLocations", [{"displayName": ""}], "namedLocations.0.displayName"),
    ],
)
def test_a_wrong_section_of_the_file_is_named(section: str, value: object, key: str) -> None:
    file = json.loads(TENANT_FILE.read_text()) | {section: value}
    with pytest.raises(TenantFileError) as wrong:
        seed.directory_of(tenant_file.parse(file))
    assert key in str(wrong.value)
