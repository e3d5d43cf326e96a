"""What answers become: known, absent or unknown, and nothing that was not asked for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.lookups import LOOKUPS
from agent.lookups.names import name_of
from agent.lookups.tenant import seats_left
from agent.model.observation import Observation
from policy.canonical import digest

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
USER = "a568c719-7c70-5207-96f9-f39ffc875fb5"
GROUP = "8272451c-0789-5c5e-8b19-8ed1992695b8"
SKU = "05e9a617-0261-4cee-bb44-138d3ef5d965"

PROFILE = {
    "@odata.context": "x",
    "id": USER,
    "displayName": "Harriet Osgood",
    "userPrincipalName": "harriet.osgood@quillmere.example",
    "accountEnabled": True,
    "department": None,
    "onPremisesSyncEnabled": None,
    "mobilePhone": "+44 555 01077",
    "assignedLicenses": [{"skuId": SKU.upper(), "disabledPlans": []}],
}


def seen(name: str, body: Any, *, subject: str = USER, status: int = 200) -> Observation:
    return LOOKUPS[name].observe(subject, status, body=body, request_id="r-1", now=NOW)


@pytest.mark.parametrize("name", LOOKUPS)
@pytest.mark.parametrize(
    ("status", "state"),
    [(404, "absent"), (400, "unknown"), (401, "unknown"), (403, "unknown"), (429, "unknown"), (503, "unknown")],
)
def test_only_404_is_absent_and_every_other_failure_is_unknown_with_a_reason(
    name: str, status: int, state: str
) -> None:
    one = seen(name, {"error": {"message": "secret text"}}, status=status)
    assert (one.state, one.facts) == (state, {})
    assert bool(one.problem) == (state == "unknown")
    assert "secret text" not in one.problem


@pytest.mark.parametrize("name", sorted(set(LOOKUPS) - {"user.manager"}))
@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": "x"}, {"value": [1]}, {"value": [{}]}, {"id": 5}])
def test_an_answer_of_another_shape_is_unknown(name: str, body: dict[str, Any]) -> None:
    assert seen(name, body, subject=f"{GROUP}/{USER}" if name == "group.member" else USER).state == "unknown"


@pytest.mark.parametrize(
    "name", ["user.groups", "user.directory_roles", "group.owners", "tenant.skus", "user.auth_methods"]
)
def test_a_list_with_pages_left_unread_is_unknown(name: str) -> None:
    assert seen(name, {"value": [], "@odata.nextLink": "more"}).state == "unknown"


def test_a_profile_keeps_what_was_asked_for_and_tells_null_from_missing() -> None:
    facts = seen("user.get", PROFILE).facts
    assert facts["department"] is None
    assert "jobTitle" not in facts
    assert "mobilePhone" not in facts
    assert facts["assignedLicenses"] == [SKU]
    assert digest(facts)


@pytest.mark.parametrize("status", [0, 201, 206, 302, 400, 403, 429, 500, 503])
def test_a_perfect_body_with_another_status_is_still_unknown(status: int) -> None:
    assert seen("user.get", PROFILE, status=status).state == "unknown"


def test_a_profile_of_another_user_is_unknown() -> None:
    assert seen("user.get", PROFILE | {"id": GROUP}).state == "unknown"


def test_an_address_finds_one_user_or_none_and_two_are_unknown() -> None:
    address = "harriet.osgood@quillmere.example"
    assert seen("user.get", {"value": [PROFILE]}, subject=address).facts["id"] == USER
    assert seen("user.get", {"value": []}, subject=address).state == "absent"
    assert seen("user.get", {"value": [PROFILE, PROFILE | {"id": GROUP}]}, subject=address).state == "unknown"


@pytest.mark.parametrize(("field", "value"), [("accountEnabled", "true"), ("accountEnabled", 1), ("department", 7.5)])
def test_a_field_of_another_type_makes_the_answer_unknown(field: str, value: Any) -> None:
    assert seen("user.get", PROFILE | {field: value}).state == "unknown"


def test_groups_tell_which_ones_can_hold_roles() -> None:
    items = [{"id": GROUP, "isAssignableToRole": None}, {"id": SKU, "isAssignableToRole": True}]
    assert seen("user.groups", {"value": items}).facts == {"groups": [GROUP, SKU], "role_assignable": [SKU]}
    assert seen("user.groups", {"value": [{"id": GROUP}]}).state == "unknown"


def test_roles_of_another_principal_are_not_believed() -> None:
    role = {"principalId": USER, "roleDefinitionId": SKU, "roleDefinition": {"displayName": "Helpdesk Administrator"}}
    found = seen("user.directory_roles", {"value": [role]}).facts["roles"]
    assert found == [{"roleDefinitionId": SKU, "displayName": "Helpdesk Administrator"}]
    assert seen("user.directory_roles", {"value": [role | {"principalId": GROUP}]}).state == "unknown"


def test_sign_in_methods_are_reduced_to_their_kind() -> None:
    item = {"@odata.type": "#microsoft.graph.phoneAuthenticationMethod", "id": "3179e48a", "phoneNumber": "+44 555"}
    assert seen("user.auth_methods", {"value": [item]}).facts == {"methods": [{"id": "3179e48a", "type": "phone"}]}


@pytest.mark.parametrize("kept", ["L289RXhjaGFuZ2U-Key", "_jpuR-TGZgk6aQCLF3BQjA2", "19:Abc@thread.tacv2"])
def test_an_id_that_is_no_guid_keeps_its_spelling_and_a_guid_has_one(kept: str) -> None:
    """A security key's id in small letters is the id of another key, or of none."""
    items = [{"@odata.type": "#microsoft.graph.fido2AuthenticationMethod", "id": one} for one in (kept, USER.upper())]
    assert [one["id"] for one in seen("user.auth_methods", {"value": items}).facts["methods"]] == [kept, USER]


def test_a_user_without_a_risk_record_is_absent() -> None:
    assert seen("user.risk", {}, status=404).state == "absent"
    assert seen("user.risk", {"id": USER, "riskState": "atRisk"}).facts == {"riskState": "atRisk"}


def test_a_membership_answer_about_other_people_is_unknown() -> None:
    subject = f"{GROUP}/{USER}"
    assert seen("group.member", {"value": [{"id": USER}]}, subject=subject).facts == {"is_member": True}
    assert seen("group.member", {"value": []}, subject=subject).facts == {"is_member": False}
    assert seen("group.member", {"value": [{"id": GROUP}]}, subject=subject).state == "unknown"


def test_owners_are_people() -> None:
    person = {"@odata.type": "#microsoft.graph.user", "id": USER, "accountEnabled": False}
    robot = {"@odata.type": "#microsoft.graph.servicePrincipal", "id": GROUP}
    assert seen("group.owners", {"value": [person, robot]}, subject=GROUP).facts == {
        "owners": [{"id": USER, "accountEnabled": False}]
    }
    assert seen("group.owners", {"value": []}, subject=GROUP).facts == {"owners": []}


def test_a_search_without_hits_is_absent_and_one_with_too_many_says_so() -> None:
    assert seen("user.find", {"value": []}, subject="x").state == "absent"
    many = [{"id": f"{n}", "displayName": "Barth"} for n in range(26)]
    facts = seen("user.find", {"value": many}, subject="Barth").facts
    assert (len(facts["candidates"]), facts["complete"]) == (25, False)


def test_licences_keep_where_they_come_from_only_if_graph_tells() -> None:
    body = {"assignedLicenses": [{"skuId": SKU, "disabledPlans": []}]}
    assert "assignments" not in seen("user.licenses", body).facts
    state = {"skuId": SKU, "assignedByGroup": GROUP, "state": "Active", "error": "None"}
    assert seen("user.licenses", body | {"licenseAssignmentStates": [state]}).facts["assignments"] == [
        {"skuId": SKU, "assignedByGroup": GROUP, "state": "Active"}
    ]


@pytest.mark.parametrize(
    ("sku", "left"),
    [
        ({"enabled": 4, "consumedUnits": 3, "capabilityStatus": "Enabled"}, 1),
        ({"enabled": 4, "consumedUnits": 5, "capabilityStatus": "Enabled"}, 0),
        ({"enabled": 4, "consumedUnits": 0, "capabilityStatus": "Suspended"}, 0),
        ({"enabled": None, "consumedUnits": 0, "capabilityStatus": "Enabled"}, None),
        ({"enabled": 4, "capabilityStatus": "Enabled"}, None),
        ({"enabled": 4, "consumedUnits": 0}, None),
        ({}, None),
    ],
)
def test_free_seats_are_counted_or_unknown(sku: dict[str, Any], left: int | None) -> None:
    assert seats_left(sku) == left


def test_a_display_name_becomes_one_plain_line() -> None:
    assert name_of({"displayName": "Ed\n\u202eO'Shea\u200b  x"}) == "Ed O'Shea x"
    assert len(name_of({"displayName": "x" * 300})) == 256
    assert name_of({"displayName": None}) == name_of({}) == ""
