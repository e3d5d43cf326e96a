"""Enterprise applications, assignments to them and consents: who may, what is refused, what the log says."""

import json
from typing import Any

import pytest

from simulator import seed, tenant_file
from simulator.errors import TenantFileError
from tests.simulator.conftest import TENANT_FILE

LABELS = "3c5befc8-7623-5235-85c6-4e844609d1a6"
APP = f"/servicePrincipals/{LABELS}"
ASSIGNED = f"{APP}/appRoleAssignedTo"
GRANTS = "/oauth2PermissionGrants"
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
NOBODY_ID = "00000000-0000-4000-8000-000000000001"
NATE, GUNTHER, NUNO = (f"{name}@quillmere.example" for name in ("nate.bellweather", "gunther.pils", "nuno.teles"))


def _error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["message"]


def _assign(world: Any, token: str, **changes: Any) -> Any:
    body = {"principalId": world.user("nuno.teles")["id"], "resourceId": LABELS, "appRoleId": DEFAULT_ACCESS}
    return world.graph("POST", ASSIGNED, token=token, body=body | changes)


def _graph_id(world: Any, app: str) -> str:
    found = world.get("/servicePrincipals?$filter=displayName eq 'Microsoft Graph'", token=app)["value"]
    return str(found[0]["id"])


def test_an_application_is_found_by_the_words_of_its_name_and_read_by_its_id(world: Any, app: str) -> None:
    path = '/servicePrincipals?$search="displayName:label"&$count=true&$select=id,displayName'
    [found] = world.get(path, token=app, eventual=True)["value"]
    assert found == {"id": LABELS, "displayName": "Label Service"}
    assert world.graph("GET", path, token=app).status_code == 400
    assert world.get(APP, token=app)["servicePrincipalType"] == "Application"
    assert world.graph("GET", f"/servicePrincipals/{NOBODY_ID}", token=app).status_code == 404
    assert world.graph("GET", f"{APP}?$select=owner", token=app).status_code == 400


def test_an_application_is_switched_off_and_the_log_says_so(world: Any, app: str) -> None:
    assert world.graph("PATCH", APP, token=app, body={"accountEnabled": False}).status_code == 204
    assert world.get(f"{APP}?$select=accountEnabled", token=app)["accountEnabled"] is False
    [entry] = world.audits()
    assert (entry["activityDisplayName"], entry["category"]) == ("Update service principal", "ApplicationManagement")
    [target] = entry["targetResources"]
    assert (target["id"], target["type"]) == (LABELS, "ServicePrincipal")
    assert target["modifiedProperties"] == [
        {"displayName": "AccountEnabled", "oldValue": "[true]", "newValue": "[false]"}
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"account_enabled": False}, 400),
        ({"appId": "x"}, 400),
        ({"accountEnabled": "no"}, 400),
        ({}, 400),
        ({"keyCredentials": []}, 501),
    ],
)
def test_a_change_that_does_not_fit_is_refused_and_changes_nothing(
    world: Any, app: str, body: dict[str, Any], status: int
) -> None:
    assert world.graph("PATCH", APP, token=app, body=body).status_code == status
    assert world.get(APP, token=app)["accountEnabled"] is True
    assert world.audits() == []


def test_applications_need_the_permission_and_an_administrator_of_applications(world: Any) -> None:
    body = {"accountEnabled": False}
    for who, status in ((GUNTHER, 403), (NATE, 204)):
        assert world.graph("PATCH", APP, token=world.user_token(who), body=body).status_code == status
    world.control("POST", "/apps", {"revoke": ["Application.ReadWrite.All"]})
    assert world.graph("PATCH", APP, token=world.app_token(), body=body).status_code == 403


def test_a_user_is_assigned_once_and_taken_out_once_by_an_id_with_capitals(world: Any, app: str) -> None:
    made = _assign(world, app)
    assert (made.status_code, made.json()["principalType"]) == (201, "User")
    assert _error(_assign(world, app)) == (400, "Permission being assigned already exists on the object")
    nuno, own_id = world.user("nuno.teles")["id"], made.json()["id"]
    held = world.get(f"/users/{nuno}/appRoleAssignments?$filter=resourceId eq {LABELS}", token=app)["value"]
    assert [one["id"] for one in held] == [own_id]
    assert own_id in {one["id"] for one in world.get(ASSIGNED, token=app)["value"]}
    assert world.graph("DELETE", f"{ASSIGNED}/{own_id.swapcase()}", token=app).status_code == 404
    assert world.graph("DELETE", f"{ASSIGNED}/{own_id}", token=app).status_code == 204
    assert world.graph("GET", f"{ASSIGNED}/{own_id}", token=app).status_code == 404
    names = [one["activityDisplayName"] for one in world.audits()]
    assert names == ["Add app role assignment grant to user", "Remove app role assignment from user"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"principalId": NOBODY_ID}, 404),
        ({"resourceId": NOBODY_ID}, 400),
        ({"appRoleId": None}, 400),
        ({"appRoleId": NOBODY_ID}, 400),
        ({"principalType": "User"}, 400),
        ({"role": "x"}, 400),
    ],
)
def test_an_assignment_that_does_not_fit_is_refused(world: Any, app: str, change: dict[str, Any], status: int) -> None:
    assert _assign(world, app, **change).status_code == status


def test_the_default_access_is_only_for_applications_without_roles_and_a_role_only_for_its_kind(
    world: Any, app: str
) -> None:
    graph = _graph_id(world, app)
    [role, *_] = world.get(f"/servicePrincipals/{graph}", token=app)["appRoles"]
    for role_id in (DEFAULT_ACCESS, role["id"]):
        body = {"principalId": world.user("nuno.teles")["id"], "resourceId": graph, "appRoleId": role_id}
        answer = world.graph("POST", f"/servicePrincipals/{graph}/appRoleAssignedTo", token=app, body=body)
        assert _error(answer) == (400, "Permission being assigned was not found on application")


def test_an_application_gets_a_permission_only_from_an_administrator_of_roles(world: Any, app: str) -> None:
    graph = _graph_id(world, app)
    [role, *_] = world.get(f"/servicePrincipals/{graph}", token=app)["appRoles"]
    body = {"principalId": LABELS, "resourceId": graph, "appRoleId": role["id"]}
    for who, status in ((GUNTHER, 403), (NATE, 201)):
        token = world.user_token(who)
        answer = world.graph("POST", f"/servicePrincipals/{graph}/appRoleAssignedTo", token=token, body=body)
        assert answer.status_code == status


@pytest.mark.parametrize("missing", ["AppRoleAssignment.ReadWrite.All", "Application.Read.All"])
def test_assigning_needs_two_permissions_and_a_role(world: Any, missing: str) -> None:
    assert _assign(world, world.user_token(NUNO)).status_code == 403
    readers = ["Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"]
    world.control("POST", "/apps", {"revoke": [missing, *readers]})
    assert _assign(world, world.app_token()).status_code == 403


def test_a_consent_is_revoked_given_again_with_the_same_id_and_not_twice(world: Any, app: str) -> None:
    [one] = world.get(f"{GRANTS}?$filter=clientId eq '{LABELS}'", token=app)["value"]
    body = {name: value for name, value in one.items() if name != "id"}
    assert (body["consentType"], body["principalId"], body["scope"]) == ("AllPrincipals", None, "User.Read")
    assert world.graph("DELETE", f"{GRANTS}/{one['id']}", token=app).status_code == 204
    assert world.graph("DELETE", f"{GRANTS}/{one['id']}", token=app).status_code == 404
    again = world.graph("POST", GRANTS, token=app, body=body)
    assert (again.status_code, again.json()["id"]) == (201, one["id"])
    # Code and text as public reports quote them.
    assert _error(world.graph("POST", GRANTS, token=app, body=body)) == (409, "Permission entry already exists.")
    own = body | {"consentType": "Principal", "principalId": world.user("nuno.teles")["id"]}
    assert world.graph("POST", GRANTS, token=app, body=own).status_code == 201
    names = {one["activityDisplayName"] for one in world.audits()}
    assert names == {"Remove delegated permission grant", "Add delegated permission grant"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"clientId": NOBODY_ID}, 404),
        ({"consentType": "Principal"}, 400),
        ({"consentType": "Everybody"}, 400),
        ({"consentType": "Principal", "principalId": NOBODY_ID}, 404),
        ({"scopes": "x"}, 400),
        ({"scope": ["x"]}, 400),
    ],
)
def test_a_consent_that_does_not_fit_is_refused(world: Any, app: str, change: dict[str, Any], status: int) -> None:
    body = {"clientId": LABELS, "consentType": "AllPrincipals", "resourceId": LABELS, "scope": "x"}
    assert world.graph("POST", GRANTS, token=app, body=body | change).status_code == status


def test_consents_need_the_permission_and_an_administrator(world: Any, app: str) -> None:
    [one] = world.get(f"{GRANTS}?$filter=clientId eq '{LABELS}'", token=app)["value"]
    path = f"{GRANTS}/{one['id']}"
    assert world.graph("DELETE", path, token=world.user_token(GUNTHER)).status_code == 403
    world.control("POST", "/apps", {"revoke": ["DelegatedPermissionGrant.ReadWrite.All"]})
    assert world.graph("DELETE", path, token=world.app_token()).status_code == 403
    assert world.graph("DELETE", path, token=world.user_token(NATE)).status_code == 204


def test_a_file_without_applications_has_one_for_every_employee_and_access_packages(world: Any) -> None:
    document = json.loads(TENANT_FILE.read_text())
    del document["applications"]
    directory = seed.directory_of(tenant_file.parse(document))
    names = {one["displayName"] for one in directory.objects["servicePrincipals"].values()}
    assert names == {"Microsoft Graph", "Employee Portal"}
    people = {one["id"] for one in directory.users.values() if one["accountEnabled"] and one["userType"] == "Member"}
    assert {one["principalId"] for one in directory.objects["appRoleAssignments"].values()} == people
    assert {one["userId"] for one in directory.objects["accessPackageAssignments"].values()} == people


def test_an_owner_who_is_nobody_is_named_with_its_key() -> None:
    document = json.loads(TENANT_FILE.read_text())
    document["applications"][1]["owners"] = ["nobody@quillmere.example"]
    with pytest.raises(TenantFileError, match=r"applications\[1\]\.owners.*nobody@quillmere\.example"):
        seed.directory_of(tenant_file.parse(document))
