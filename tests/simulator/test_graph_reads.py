"""Reading Graph: properties, lists, queries, paging, and everything the look-ups ask."""

from typing import Any

import httpx
import pytest

DEFAULTS = (
    "businessPhones displayName givenName id jobTitle mail mobilePhone officeLocation preferredLanguage surname "
    "userPrincipalName"
)
ZOE = "/users/zoe.minto@quillmere.example"


def _names(page: dict[str, Any]) -> list[str]:
    return [item["displayName"] for item in page["value"]]


def test_a_user_without_select_has_the_eleven_default_properties(world: Any, app: str) -> None:
    user = world.get(ZOE, token=app)
    assert sorted(name for name in user if not name.startswith("@")) == sorted(DEFAULTS.split())


def test_select_shows_exactly_what_it_names_and_null_for_what_is_unset(world: Any, app: str) -> None:
    user = world.get(f"{ZOE}?$select=id,accountEnabled,companyName,onPremisesSyncEnabled", token=app)
    del user["@odata.context"], user["id"]
    assert user == {"accountEnabled": True, "companyName": None, "onPremisesSyncEnabled": None}


def test_a_property_that_does_not_exist_cannot_be_selected(world: Any, app: str) -> None:
    answer = world.graph("GET", f"{ZOE}?$select=mailAdress", token=app)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_sign_in_activity_needs_a_permission_of_its_own(world: Any) -> None:
    path = f"{ZOE}?$select=id,signInActivity"
    assert world.get(path, token=world.app_token())["signInActivity"]["lastSignInDateTime"]
    world.control("POST", "/apps", {"revoke": ["AuditLog.Read.All"]})
    assert world.graph("GET", path, token=world.app_token()).status_code == 403


def test_a_user_is_found_by_id_or_sign_in_name_whatever_the_case_and_never_by_mail(world: Any, app: str) -> None:
    guest = next(one for one in world.file["guests"] if one["displayName"] == "Hal Finch")
    escaped = guest["userPrincipalName"].replace("#", "%23").upper()
    assert world.get(f"/users/{escaped}", token=app)["id"] == guest["id"]
    assert world.get(f"/users/{guest['id'].upper()}", token=app)["mail"] == guest["mail"]
    assert world.graph("GET", f"/users/{guest['mail']}", token=app).status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("$filter=startswith(displayName,'Simon')", ["Simon Barth", "Simone Barth"]),
        ("$filter=mail eq 'ED.OSHEA@quillmere.example'", ["Ed O'Shea"]),
        ("$filter=displayName eq 'Ed O''Shea'", ["Ed O'Shea"]),
        ("$filter=startswith(userPrincipalName,'zoe') or startswith(mail,'hal.')", ["Hal Finch", "Zoe Minto"]),
        ("$filter=department eq 'Finance' and accountEnabled eq false", ["Paul Verity"]),
        ("$filter=userType eq 'Guest'&$top=1", ["Hal Finch"]),
    ],
)
def test_users_are_filtered(world: Any, app: str, query: str, names: list[str]) -> None:
    page = world.get(f"/users?{query}&$select=id,displayName", token=app)
    assert sorted(_names(page)) == names


@pytest.mark.parametrize(
    ("clause", "names"),
    [
        ('"displayName:barth"', ["Simon Barth", "Simone Barth"]),
        ('"displayName:bar sim"', ["Simon Barth", "Simone Barth"]),
        ('"displayName:arth"', []),
        ('"displayName:oshea" OR "mail:hal.f"', ["Hal Finch"]),
        ('"displayName:shea" OR "mail:hal.f"', ["Ed O'Shea", "Hal Finch"]),
        ('"displayName:simon" AND "mail:simone"', ["Simone Barth"]),
    ],
)
def test_search_finds_names_by_the_beginnings_of_words(world: Any, app: str, clause: str, names: list[str]) -> None:
    page = world.get(f"/users?$search={clause}&$select=id,displayName", token=app, eventual=True)
    assert sorted(_names(page)) == names


@pytest.mark.parametrize(
    "query",
    [
        '$search="displayName:barth"',
        "$filter=department ne 'Finance'&$count=true",
        "$filter=endswith(mail,'.example')&$count=true",
        "$filter=startswith(displayName,'S')&$orderby=displayName",
    ],
)
def test_advanced_queries_need_the_consistency_header(world: Any, app: str, query: str) -> None:
    refused: httpx.Response = world.graph("GET", f"/users?{query}", token=app)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")
    counted = query if "$count" in query or "$search" in query else f"{query}&$count=true"
    assert world.graph("GET", f"/users?{counted}", token=app, eventual=True).status_code == 200


def test_pages_link_to_the_next_with_every_parameter_and_count_on_the_first_only(world: Any, app: str) -> None:
    address, seen, counts = "/users?$select=id,displayName&$count=true&$top=12", [], []
    while address:
        page = world.get(address, token=app, eventual=True)
        seen += [item["id"] for item in page["value"]]
        counts.append(page.get("@odata.count"))
        address = page.get("@odata.nextLink", "")
        assert not address or (address.startswith(world.ready["graph"] + "/users?") and "$select=" in address)
    people = [one for key in ("users", "specialAccounts", "guests", "mailboxes") for one in world.file[key]]
    assert seen == [one["id"] for one in people]
    assert counts == [len(people), None, None]


@pytest.mark.parametrize("top", ["0", "1000", "x"])
def test_a_page_holds_1_to_999(world: Any, app: str, top: str) -> None:
    assert world.graph("GET", f"/users?$top={top}", token=app).status_code == 400


def test_the_sponsor_of_a_guest_is_in_the_answer_about_the_guest_while_there_is_such_a_person(
    world: Any, app: str
) -> None:
    guest = next(one for one in world.file["guests"] if one["displayName"] == "Hal Finch")
    path = f"/users/{guest['id']}?$select=id&$expand=sponsors($select=id)"
    (sponsor,) = world.get(path, token=app)["sponsors"]
    found = world.get(f"/users/{guest['sponsor']}?$select=id", token=app)
    assert sponsor == {"@odata.type": "#microsoft.graph.user", "id": found["id"]}
    assert world.get(f"{ZOE}?$select=id&$expand=sponsors($select=id)", token=app)["sponsors"] == []
    assert world.graph("DELETE", f"/users/{found['id']}", token=app).status_code == 204
    assert world.get(path, token=app)["sponsors"] == []


def test_a_manager_is_a_typed_user_and_having_none_is_404(world: Any, app: str) -> None:
    manager = world.get(f"{ZOE}/manager?$select=id,displayName", token=app)
    assert (manager["@odata.type"], manager["displayName"]) == ("#microsoft.graph.user", "Dominic Ashe")
    assert world.graph("GET", "/users/harriet.osgood@quillmere.example/manager", token=app).status_code == 404
    reports = world.get("/users/dominic.ashe@quillmere.example/directReports", token=app)
    assert "Zoe Minto" in _names(reports)


@pytest.mark.parametrize("cast", ["microsoft.graph.group", "graph.group"])
def test_the_groups_of_a_person_come_by_either_cast(world: Any, app: str, cast: str) -> None:
    path = f"/users/theo.blanc@quillmere.example/transitiveMemberOf/{cast}"
    page = world.get(f"{path}?$select=id,displayName&$count=true&$top=999", token=app, eventual=True)
    assert sorted(_names(page)) == ["QG-Recipes", "QG-Visio-Lic"]
    assert "@odata.type" not in page["value"][0]
    assert world.graph("GET", f"{path}?$count=true", token=app).status_code == 400


def test_member_of_holds_groups_and_directory_roles(world: Any, app: str) -> None:
    page = world.get("/users/gunther.pils@quillmere.example/memberOf", token=app)
    kinds = {item["displayName"]: item["@odata.type"] for item in page["value"]}
    assert kinds["QRA-Desk"] == "#microsoft.graph.group"
    assert kinds["User Administrator"] == "#microsoft.graph.directoryRole"


def test_a_group_is_read_and_found_by_name(world: Any, app: str) -> None:
    group = world.get(f"/groups/{world.group_id('QT-Finance')}", token=app)
    assert (group["groupTypes"], group["resourceProvisioningOptions"]) == (["Unified"], ["Team"])
    found = world.get("/groups?$filter=displayName eq 'QG-Recipes'&$select=id", token=app)["value"]
    assert found == [{"id": world.group_id("QG-Recipes")}]
    searched = world.get('/groups?$search="displayName:launch"&$count=true', token=app, eventual=True)
    assert _names(searched) == ["QT-Launch"]
    unified = world.get("/groups?$filter=groupTypes/any(c:c eq 'Unified')", token=app)
    assert all(name.startswith("QT-") for name in _names(unified))


def test_members_are_typed_and_one_member_is_asked_for_by_id(world: Any, app: str) -> None:
    path = f"/groups/{world.group_id('QT-Launch')}/members"
    page = world.get(f"{path}?$select=id,displayName", token=app)
    assert sorted(_names(page)) == ["Ainhoa Etxe", "Ed O'Shea", "Hal Finch"]
    assert {item["@odata.type"] for item in page["value"]} == {"#microsoft.graph.user"}
    wanted = page["value"][0]["id"]
    asked = f"{path}?$filter=id eq '{wanted}'&$count=true&$select=id"
    assert [item["id"] for item in world.get(asked, token=app, eventual=True)["value"]] == [wanted]
    assert world.graph("GET", asked, token=app).status_code == 400
    owners = world.get(f"/groups/{world.group_id('QT-Launch')}/owners", token=app)
    assert _names(owners) == ["Ainhoa Etxe"]


def test_role_assignments_of_a_person_show_the_role_when_expanded(world: Any, app: str) -> None:
    gunther = world.user("gunther.pils")["id"]
    query = f"$filter=principalId eq '{gunther}'&$expand=roleDefinition"
    page = world.get(f"/roleManagement/directory/roleAssignments?{query}", token=app)
    names = {item["roleDefinition"]["displayName"] for item in page["value"]}
    assert {"User Administrator", "License Administrator"} <= names
    plain = world.get(f"/roleManagement/directory/roleAssignments?$filter=principalId eq '{gunther}'", token=app)
    assert "roleDefinition" not in plain["value"][0]
    eligible = world.get(
        f"/roleManagement/directory/roleEligibilityScheduleInstances?$filter=principalId eq '{gunther}'", token=app
    )
    assert eligible["value"] == []


def test_risk_is_shown_for_who_was_ever_risky_and_404_for_others(world: Any, app: str) -> None:
    risk = world.get(f"/identityProtection/riskyUsers/{world.user('zoe.minto')['id']}", token=app)
    assert (risk["riskLevel"], risk["riskState"]) == ("high", "atRisk")
    nuno = world.user("nuno.teles")["id"]
    assert world.graph("GET", f"/identityProtection/riskyUsers/{nuno}", token=app).status_code == 404


def test_products_licences_methods_and_organization_are_those_of_the_file(world: Any, app: str) -> None:
    skus = {one["skuPartNumber"]: one for one in world.get("/subscribedSkus", token=app)["value"]}
    assert (skus["SPE_E3"]["prepaidUnits"]["enabled"], skus["SPE_E3"]["consumedUnits"]) == (24, 15)
    details = world.get("/users/theo.blanc@quillmere.example/licenseDetails", token=app)["value"]
    assert {one["skuPartNumber"] for one in details} == {"ENTERPRISEPACK", "VISIOCLIENT"}
    methods = world.get(f"{ZOE}/authentication/methods", token=app)["value"]
    assert [one["@odata.type"].rpartition(".")[2] for one in methods] == [
        "passwordAuthenticationMethod",
        "microsoftAuthenticatorAuthenticationMethod",
        "phoneAuthenticationMethod",
    ]
    organization = world.get("/organization", token=app)["value"][0]
    assert (organization["id"], organization["displayName"]) == (world.tenant_id, "Quillmere Foods")


def test_membership_is_checked_for_up_to_twenty_groups(world: Any, app: str) -> None:
    path = "/users/theo.blanc@quillmere.example/checkMemberGroups"
    asked = [world.group_id("QG-Recipes"), world.group_id("QT-HR")]
    answer = world.graph("POST", path, token=app, body={"groupIds": asked})
    assert answer.json()["value"] == asked[:1]
    assert world.graph("POST", path, token=app, body={"groupIds": asked * 11}).status_code == 400
    assert world.writes() == []
