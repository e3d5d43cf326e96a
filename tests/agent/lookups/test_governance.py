"""What answers about roles, applications and access packages become."""

from typing import Any

import pytest

from tests.agent.areas.governance import APP, DEFAULT_ACCESS, KEY, PACKAGE, POLICY, RESOURCE, ROLE, USER
from tests.agent.lookups.test_observations import seen

OTHER = "d102d87a-bce6-5ad0-8b1d-73976d1eaa00"
ACTIVE = {
    "id": "x",
    "principalId": USER,
    "roleDefinitionId": ROLE,
    "directoryScopeId": "/",
    "assignmentType": "Activated",
    "memberType": "Direct",
    "endDateTime": "2027-03-01T08:00:00Z",
    "roleDefinition": {"displayName": "Reports Reader", "rolePermissions": []},
}
ROLES = {
    "roleDefinitionId": ROLE,
    "displayName": "Reports Reader",
    "directoryScopeId": "/",
    "assignmentType": "Activated",
    "memberType": "Direct",
    "endDateTime": "2027-03-01T08:00:00Z",
}
APPLICATION = {
    "id": APP,
    "appId": OTHER,
    "displayName": "Label Service",
    "accountEnabled": True,
    "appRoleAssignmentRequired": False,
    "appOwnerOrganizationId": OTHER,
    "appRoles": [
        {"id": ROLE, "displayName": "Printer", "value": "P", "isEnabled": True, "allowedMemberTypes": ["User"]},
        {"id": OTHER, "displayName": "All", "value": "A", "isEnabled": True, "allowedMemberTypes": ["Application"]},
    ],
    "keyCredentials": [{"customKeyIdentifier": "secret"}],
}
HELD = {"id": KEY, "principalId": USER, "principalType": "User", "resourceId": APP, "appRoleId": DEFAULT_ACCESS}
GRANT = {
    "id": KEY,
    "clientId": APP,
    "consentType": "AllPrincipals",
    "principalId": None,
    "resourceId": RESOURCE,
    "scope": "User.Read",
}
ASSIGNMENT = {
    "id": OTHER,
    "state": "delivered",
    "expiredDateTime": None,
    "target": {"objectId": USER, "email": "secret"},
    "accessPackage": {"id": PACKAGE, "displayName": "Project workspace"},
    "assignmentPolicy": {"id": POLICY, "displayName": "Initial policy"},
}


def _list(*items: Any) -> dict[str, Any]:
    return {"value": list(items)}


def test_roles_in_force_tell_how_they_are_held_and_until_when() -> None:
    assert seen("user.roles_active", _list(ACTIVE)).facts == {"roles": [ROLES]}
    found = seen("user.roles_eligible", _list({**ACTIVE, "endDateTime": None})).facts["roles"]
    assert found[0]["endDateTime"] is None
    assert seen("user.roles_active", _list()).facts == {"roles": []}
    # What Graph does not tell stays missing; nobody takes it for `Direct`.
    bare = {name: value for name, value in ACTIVE.items() if name not in ("memberType", "roleDefinition")}
    assert {"memberType", "displayName"}.isdisjoint(seen("user.roles_active", _list(bare)).facts["roles"][0])


def test_an_application_shows_only_the_roles_that_people_can_have_and_no_credentials() -> None:
    facts = seen("app.sp", APPLICATION, subject=APP).facts
    assert facts["appRoles"] == [{"id": ROLE, "displayName": "Printer", "value": "P", "isEnabled": True}]
    assert set(facts) == set(APPLICATION) - {"keyCredentials"}


def test_an_application_is_found_or_absent_and_too_many_are_said_to_be() -> None:
    one = {"id": APP, "appId": OTHER, "displayName": "Label Service", "accountEnabled": False, "tags": ["x"]}
    found = seen("app.find", _list(one), subject="label").facts
    assert found == {"candidates": [{name: one[name] for name in one if name != "tags"}], "complete": True}
    assert seen("app.find", _list(), subject="label").state == "absent"
    many = seen("app.find", _list(*([one] * 26)), subject="label").facts
    assert (len(many["candidates"]), many["complete"]) == (25, False)


def test_ids_that_are_no_guids_keep_their_capitals() -> None:
    held = seen("app.assigned", _list(HELD), subject=APP).facts["assigned"]
    assert held == [{"id": KEY, "principalId": USER, "appRoleId": DEFAULT_ACCESS, "principalType": "User"}]
    grants = seen("app.grants", _list(GRANT), subject=APP).facts["grants"]
    assert grants == [{name: value for name, value in GRANT.items() if name != "clientId"}]


def test_a_users_packages_tell_state_package_and_policy_and_nothing_of_the_person() -> None:
    found = seen("access.assignments", _list(ASSIGNMENT)).facts["assignments"]
    assert found == [
        {
            "id": OTHER,
            "state": "delivered",
            "expiredDateTime": None,
            "package": {"id": PACKAGE, "displayName": "Project workspace"},
            "policy": {"id": POLICY, "displayName": "Initial policy"},
        }
    ]


def test_packages_come_with_the_policies_one_of_which_has_to_be_named() -> None:
    one = {"id": PACKAGE, "displayName": "P", "description": None, "isHidden": False}
    policy = {"id": POLICY, "displayName": "Initial policy", "requestorSettings": {}}
    found = seen("access.packages", _list({**one, "assignmentPolicies": [policy]}), subject="all").facts["packages"]
    assert found == [{**one, "policies": [{"id": POLICY, "displayName": "Initial policy"}]}]
    assert seen("access.packages", _list(one), subject="all").state == "unknown"


@pytest.mark.parametrize(
    ("name", "body", "subject"),
    [
        ("user.roles_active", _list(ACTIVE | {"principalId": OTHER}), USER),
        ("user.roles_eligible", _list({**ACTIVE, "principalId": None}), USER),
        ("app.sp", APPLICATION | {"id": OTHER}, APP),
        ("app.assigned", _list(HELD | {"resourceId": OTHER}), APP),
        ("app.grants", _list(GRANT | {"clientId": OTHER}), APP),
        ("access.assignments", _list(ASSIGNMENT | {"target": {"objectId": OTHER}}), USER),
    ],
)
def test_an_answer_about_something_else_is_unknown(name: str, body: dict[str, Any], subject: str) -> None:
    assert seen(name, body, subject=subject).state == "unknown"


@pytest.mark.parametrize(
    ("name", "body", "subject"),
    [
        ("user.roles_active", _list(ACTIVE | {"assignmentType": 1}), USER),
        ("role.definitions", _list({"id": ROLE, "isBuiltIn": "true"}), "all"),
        ("app.sp", APPLICATION | {"appRoles": None}, APP),
        ("app.sp", APPLICATION | {"appRoles": [{"id": ROLE}]}, APP),
        ("app.assigned", _list({**HELD, "id": ""}), APP),
        ("app.grants", _list(GRANT | {"scope": ["User.Read"]}), APP),
        ("access.assignments", _list({**ASSIGNMENT, "accessPackage": None}), USER),
    ],
)
def test_a_malformed_answer_is_unknown(name: str, body: dict[str, Any], subject: str) -> None:
    assert seen(name, body, subject=subject).state == "unknown"


@pytest.mark.parametrize(
    ("name", "subject"),
    [("user.roles_active", USER), ("role.definitions", "all"), ("app.assigned", APP), ("app.grants", APP)],
)
def test_pages_left_unread_make_it_unknown(name: str, subject: str) -> None:
    assert seen(name, {"value": [], "@odata.nextLink": "more"}, subject=subject).state == "unknown"
