"""Owners, making, changing, deleting and restoring groups, and administrative units; as Graph documents them."""

from types import ModuleType
from typing import Any

import pytest

from tests.simulator.test_conformance import _judged, _send
from tests.simulator.test_conformance import judge as judge  # The fixture is used by its name.

USERS = "https://graph.microsoft.com/v1.0/users/"
SECURITY = {"displayName": "Plotters", "mailNickname": "plotters", "mailEnabled": False, "securityEnabled": True}
UNIFIED = {**SECURITY, "groupTypes": ["Unified"], "mailEnabled": True, "securityEnabled": False}


def _error(answer: Any) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"]["code"])


def _message(answer: Any) -> str:
    return str(answer.json()["error"]["message"])


def _user(world: Any, name: str) -> str:
    return str(world.user(name)["id"])


def _ids(page: dict[str, Any]) -> set[str]:
    return {one["id"] for one in page["value"]}


def _reference(user_id: str) -> dict[str, str]:
    return {"@odata.id": USERS + user_id}


def _made(world: Any, token: str, **changes: Any) -> str:
    answer = world.graph("POST", "/groups", token=token, body=UNIFIED | changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_an_owner_is_added_once_and_the_last_one_is_not_removed(world: Any, app: str) -> None:
    owners, theo = f"/groups/{world.group_id('QG-Recipes')}/owners", _user(world, "theo.blanc")
    gwen = _user(world, "gwen.tallow")
    assert world.graph("POST", f"{owners}/$ref", token=app, body=_reference(theo)).status_code == 204
    again = world.graph("POST", f"{owners}/$ref", token=app, body=_reference(theo))
    assert (again.status_code, "'owners'" in _message(again)) == (400, True)
    assert world.graph("DELETE", f"{owners}/{gwen}/$ref", token=app).status_code == 204
    assert world.graph("DELETE", f"{owners}/{gwen}/$ref", token=app).status_code == 404
    last = world.graph("DELETE", f"{owners}/{theo}/$ref", token=app)
    assert (last.status_code, "at least one owner" in _message(last)) == (400, True)
    assert _ids(world.get(owners, token=app)) == {theo}
    assert [(one["activityDisplayName"], one["operationType"]) for one in world.audits()] == [
        ("Add owner to group", "Assign"),
        ("Remove owner from group", "Unassign"),
    ]


def test_owners_are_people_and_lists_of_exchange_refuse(world: Any, app: str) -> None:
    recipes, nuno = world.group_id("QG-Recipes"), _user(world, "nuno.teles")
    for group, reference in (("QG-Remote-Access", _reference(recipes)), ("QDL-Leeds", _reference(nuno))):
        path = f"/groups/{world.group_id(group)}/owners/$ref"
        body = {"@odata.id": reference["@odata.id"].replace("/users/", "/directoryObjects/")}
        assert _error(world.graph("POST", path, token=app, body=body)) == (400, "Request_BadRequest")


def test_a_permission_for_members_is_none_for_owners_nor_for_groups(world: Any) -> None:
    world.control("POST", "/apps", {"revoke": ["Group.ReadWrite.All", "Group.Create"]})
    token, group = world.app_token(), f"/groups/{world.group_id('QG-Recipes')}"
    reference = _reference(_user(world, "theo.blanc"))
    for method, path, body in (
        ("POST", f"{group}/owners/$ref", reference),
        ("PATCH", group, {"description": "x"}),
        ("DELETE", group, None),
        ("POST", "/groups", SECURITY),
    ):
        assert _error(world.graph(method, path, token=token, body=body)) == (403, "Authorization_RequestDenied"), path


def test_an_owner_changes_the_own_group_and_a_stranger_does_not(world: Any) -> None:
    group = f"/groups/{world.group_id('QG-Recipes')}"
    owner, stranger = (world.user_token(f"{name}@quillmere.example") for name in ("gwen.tallow", "nuno.teles"))
    assert world.graph("PATCH", group, token=owner, body={"description": "x"}).status_code == 204
    assert world.graph("PATCH", group, token=stranger, body={"description": "y"}).status_code == 403
    assert world.graph("DELETE", group, token=stranger).status_code == 403


def test_a_role_assignable_group_takes_more_than_a_right_to_groups(world: Any, app: str) -> None:
    group = f"/groups/{world.group_id('QRA-Desk')}"
    body = _reference(_user(world, "nuno.teles"))
    assert world.graph("POST", f"{group}/owners/$ref", token=app, body=body).status_code == 403
    assert world.graph("DELETE", group, token=app).status_code == 403
    assert world.graph("POST", "/groups", token=app, body=SECURITY | {"isAssignableToRole": True}).status_code == 403


def test_a_new_group_has_its_people_and_is_found_by_its_nickname(world: Any, app: str) -> None:
    mona, nuno = _user(world, "mona.vasey"), _user(world, "nuno.teles")
    links = {"owners@odata.bind": [USERS + mona], "members@odata.bind": [USERS + nuno, USERS + mona]}
    made = _made(world, app, **links, description=None)
    shown = world.get(f"/groups/{made}", token=app)
    assert (shown["mail"], shown["visibility"]) == ("plotters@quillmere.example", "Public")
    assert _ids(world.get(f"/groups/{made}/owners", token=app)) == {mona}
    assert _ids(world.get(f"/groups/{made}/members", token=app)) == {nuno, mona}
    assert _ids(world.get("/groups?$filter=mailNickname eq 'plotters'", token=app)) == {made}
    [entry] = world.audits()
    assert (entry["activityDisplayName"], entry["targetResources"][0]["id"]) == ("Add group", made)


def test_names_are_not_unique_but_the_address_of_a_mailbox_is(world: Any, app: str) -> None:
    _made(world, app)
    assert world.graph("POST", "/groups", token=app, body=SECURITY).status_code == 201
    taken = world.graph("POST", "/groups", token=app, body=UNIFIED)
    assert (taken.status_code, "mailNickname already exists" in _message(taken)) == (400, True)


@pytest.mark.parametrize(
    "change",
    [
        {"mailNickname": None},
        {"mailNickname": "a b"},
        {"displayName": ""},
        {"displayName": "x" * 257},
        {"display_name": "x"},
        {"id": "x"},
        {"mailEnabled": "false"},
        {"mailEnabled": True},
        {"securityEnabled": False},
        {"groupTypes": ["Team"]},
        {"visibility": "Secret"},
        {"owners@odata.bind": [USERS + "nobody"]},
        {"owners@odata.bind": USERS},
    ],
)
def test_a_group_that_cannot_be_is_not_made(world: Any, app: str, change: dict[str, Any]) -> None:
    assert world.graph("POST", "/groups", token=app, body=SECURITY | change).status_code == 400
    assert world.audits() == []


def test_a_member_of_the_tenant_makes_a_group_of_their_own_and_a_guest_does_not(world: Any) -> None:
    guest = next(one["userPrincipalName"] for one in world.file["guests"])
    assert world.graph("POST", "/groups", token=world.user_token(guest), body=SECURITY).status_code == 403
    token = world.user_token("nuno.teles@quillmere.example")
    made = world.graph("POST", "/groups", token=token, body=SECURITY).json()["id"]
    assert _ids(world.get(f"/groups/{made}/owners", token=token)) == {_user(world, "nuno.teles")}


def test_properties_are_changed_cleared_and_logged(world: Any, app: str) -> None:
    group = f"/groups/{world.group_id('QG-Recipes')}"
    body = {"displayName": "Vault", "description": None}
    assert world.graph("PATCH", group, token=app, body=body).status_code == 204
    shown = world.get(f"{group}?$select=displayName,description", token=app)
    assert (shown["displayName"], shown["description"]) == ("Vault", None)
    [entry] = world.audits()
    changes = {one["displayName"]: one["newValue"] for one in entry["targetResources"][0]["modifiedProperties"]}
    assert (entry["activityDisplayName"], changes) == (
        "Update group",
        {"DisplayName": '["Vault"]', "Description": "[null]"},
    )


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("QG-Recipes", {}, 400),
        ("QG-Recipes", {"displayName": None}, 400),
        ("QG-Recipes", {"display_name": "x"}, 400),
        ("QG-Recipes", {"mail": "x@quillmere.example"}, 400),
        ("QG-Recipes", {"visibility": "Secret"}, 400),
        ("QT-Finance", {"mailNickname": "QT-Sales"}, 400),
        ("QDL-Leeds", {"description": "x"}, 400),
        ("QDYN-Sales", {"membershipRule": "x"}, 501),
    ],
)
def test_a_change_that_cannot_be_is_refused(world: Any, app: str, name: str, body: dict[str, Any], status: int) -> None:
    path = f"/groups/{world.group_id(name)}"
    assert world.graph("PATCH", path, token=app, body=body).status_code == status
    assert world.audits() == []


def test_a_deleted_microsoft_365_group_is_restored_under_its_id_with_its_people(world: Any, app: str) -> None:
    group, item = f"/groups/{world.group_id('QT-Launch')}", f"/directory/deletedItems/{world.group_id('QT-Launch')}"
    before = [world.get(f"{group}{part}", token=app) for part in ("", "/members", "/owners")]
    assert world.graph("DELETE", group, token=app).status_code == 204
    assert world.graph("GET", group, token=app).status_code == 404
    assert "QT-Launch" not in world.user("ainhoa.etxe")["groups"]
    assert world.get(f"{item}?$select=id,displayName", token=app)["@odata.type"] == "#microsoft.graph.group"
    assert world.graph("POST", f"{item}/restore", token=app).status_code == 200
    assert [world.get(f"{group}{part}", token=app) for part in ("", "/members", "/owners")] == before
    assert _error(world.graph("POST", f"{item}/restore", token=app)) == (404, "Request_ResourceNotFound")
    assert [one["activityDisplayName"] for one in world.audits()] == ["Delete group", "Restore Group"]


def test_a_security_group_is_gone_with_the_licences_that_it_gave(world: Any, app: str) -> None:
    group = world.group_id("QG-Visio-Lic")
    assert world.graph("DELETE", f"/groups/{group}", token=app).status_code == 204
    assert world.graph("POST", f"/directory/deletedItems/{group}/restore", token=app).status_code == 404
    assert not any(one["assignedByGroup"] for one in world.user("theo.blanc")["licenseAssignmentStates"])
    seats = world.get("/subscribedSkus", token=app)["value"]
    assert next(one["consumedUnits"] for one in seats if one["skuPartNumber"] == "VISIOCLIENT") == 0


def test_a_stranger_neither_restores_nor_purges_a_deleted_group(world: Any, app: str) -> None:
    group = world.group_id("QT-Launch")
    world.graph("DELETE", f"/groups/{group}", token=app)
    item = f"/directory/deletedItems/{group}"
    stranger, owner = (world.user_token(f"{name}@quillmere.example") for name in ("nuno.teles", "ainhoa.etxe"))
    assert world.graph("POST", f"{item}/restore", token=stranger).status_code == 403
    assert world.graph("DELETE", item, token=stranger).status_code == 403
    assert world.graph("POST", f"{item}/restore", token=owner).status_code == 200


def test_what_was_deleted_survives_dump_and_load(world: Any, app: str) -> None:
    group = world.group_id("QT-Launch")
    world.graph("DELETE", f"/groups/{group}", token=app)
    state = world.control("GET", "/state")
    world.control("POST", "/reset")
    world.control("POST", "/state", state)
    assert world.graph("GET", f"/groups/{group}", token=app).status_code == 404
    assert world.graph("POST", f"/directory/deletedItems/{group}/restore", token=app).status_code == 200


def _units(world: Any, token: str) -> dict[str, str]:
    return {one["displayName"]: one["id"] for one in world.get("/directory/administrativeUnits", token=token)["value"]}


def test_a_person_is_put_under_a_unit_once_and_taken_away_once(world: Any, app: str) -> None:
    nuno, unit = _user(world, "nuno.teles"), _units(world, app)["Office Leeds"]
    members = f"/directory/administrativeUnits/{unit}/members"
    mine = f"/users/{nuno}/memberOf/graph.administrativeUnit?$select=id,displayName&$count=true"
    assert world.graph("POST", f"{members}/$ref", token=app, body=_reference(nuno)).status_code == 204
    again = world.graph("POST", f"{members}/$ref", token=app, body=_reference(nuno))
    assert (again.status_code, "already exist" in _message(again)) == (400, True)
    assert unit in _ids(world.get(mine, token=app, eventual=True))
    assert _error(world.graph("GET", mine, token=app)) == (400, "Request_UnsupportedQuery")
    assert world.graph("DELETE", f"{members}/{nuno}/$ref", token=app).status_code == 204
    assert world.graph("DELETE", f"{members}/{nuno}/$ref", token=app).status_code == 404
    assert unit not in _ids(world.get(mine, token=app, eventual=True))
    assert [one["activityDisplayName"] for one in world.audits()] == [
        "Add member to administrative unit",
        "Remove member from administrative unit",
    ]


def test_a_unit_with_a_rule_and_one_that_does_not_exist_refuse(world: Any, app: str) -> None:
    units, nuno = _units(world, app), _user(world, "nuno.teles")
    for unit, status in ((units["All guests"], 400), (nuno, 404)):
        path = f"/directory/administrativeUnits/{unit}/members/$ref"
        assert world.graph("POST", path, token=app, body=_reference(nuno)).status_code == status


def test_units_take_an_administrator_of_roles(world: Any, app: str) -> None:
    unit, nuno = _units(world, app)["Office Leeds"], _user(world, "nuno.teles")
    path = f"/directory/administrativeUnits/{unit}/members/$ref"
    desk, boss = (world.user_token(f"{name}@quillmere.example") for name in ("gunther.pils", "nate.bellweather"))
    assert world.graph("POST", path, token=desk, body=_reference(nuno)).status_code == 403
    assert world.graph("POST", path, token=boss, body=_reference(nuno)).status_code == 204
    world.control("POST", "/apps", {"revoke": ["AdministrativeUnit.ReadWrite.All"]})
    gone = f"/directory/administrativeUnits/{unit}/members/{nuno}/$ref"
    assert world.graph("DELETE", gone, token=world.app_token()).status_code == 403


def test_every_exchange_conforms(world: Any, app: str, judge: ModuleType) -> None:
    nuno, recipes, launch = _user(world, "nuno.teles"), world.group_id("QG-Recipes"), world.group_id("QT-Launch")
    unit = f"/directory/administrativeUnits/{_units(world, app)['Office Leeds']}"
    exchanges: list[tuple[str, str, Any, str | None]] = [
        ("POST", f"/groups/{recipes}/owners/$ref", _reference(nuno), "entra.group.owner.add"),
        ("DELETE", f"/groups/{recipes}/owners/{nuno}/$ref", None, "entra.group.owner.remove"),
        ("POST", "/groups", UNIFIED | {"owners@odata.bind": [USERS + nuno]}, "entra.group.create"),
        ("PATCH", f"/groups/{recipes}", {"description": None}, "entra.group.update"),
        ("DELETE", f"/groups/{launch}", None, "entra.group.delete"),
        ("GET", f"/directory/deletedItems/{launch}", None, None),
        ("POST", f"/directory/deletedItems/{launch}/restore", None, None),
        ("GET", f"{unit}?$select=id,displayName,isMemberManagementRestricted,membershipType", None, None),
        ("POST", f"{unit}/members/$ref", _reference(nuno), "entra.au.member.add"),
        ("GET", f"/users/{nuno}/memberOf/graph.administrativeUnit?$select=id&$count=true", None, None),
        ("DELETE", f"{unit}/members/{nuno}/$ref", None, None),
    ]
    for method, path, body, action in exchanges:
        answer = _send(world, app, method, path, body)
        assert answer.is_success, answer.text
        assert _judged(judge, answer, body=body, action=action) == [], path
