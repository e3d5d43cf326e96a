"""Teams in the simulator: who may do what, what the service refuses, and what the directory sees of it."""

from typing import Any

import pytest

from tests.agent.areas.teams import NUMBERS, POLICIES
from tests.simulator.teams import NOBODY, OWNER, STRANGER, error, member, new_team
from tests.simulator.test_conformance import _judged, _send, judge

__all__ = ["judge"]


@pytest.fixture
def team(world: Any) -> str:
    """Path of a private team with one owner."""
    return f"/teams/{world.group_id('QT-Finance')}"


def test_a_member_of_the_team_is_a_member_of_its_group_and_the_other_way_round(world: Any, app: str, team: str) -> None:
    hugo = world.user("hugo.rast")["id"]
    added = world.graph("POST", f"{team}/members", token=app, body=member(hugo))
    assert (added.status_code, added.json()["userId"], added.json()["roles"]) == (201, hugo, [])
    assert "QT-Finance" in world.user("hugo.rast")["groups"]
    assert team[7:] in {one["id"] for one in world.get(f"/users/{hugo}/joinedTeams", token=app)["value"]}
    cast = "(microsoft.graph.aadUserConversationMember/userId eq '{}')"
    [seat] = world.get(f"{team}/members?$filter={cast.format(hugo)}", token=app)["value"]
    assert seat["id"] == added.json()["id"]
    path = f"/groups/{team[7:]}/members/{hugo}/$ref"
    assert world.graph("DELETE", path, token=app).status_code == 204
    assert world.get(f"{team}/members?$filter={cast.format(hugo)}", token=app)["value"] == []


def test_a_membership_is_added_once_and_removed_once(world: Any, app: str, team: str) -> None:
    hugo = world.user("hugo.rast")["id"]
    seat = world.graph("POST", f"{team}/members", token=app, body=member(hugo)).json()["id"]
    assert error(world.graph("POST", f"{team}/members", token=app, body=member(hugo))) == (400, "BadRequest")
    assert world.graph("DELETE", f"{team}/members/{seat}", token=app).status_code == 204
    assert error(world.graph("DELETE", f"{team}/members/{seat}", token=app)) == (404, "NotFound")
    names = [one["activityDisplayName"] for one in world.audits()]
    assert names == ["Add member to group", "Remove member from group"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (member(NOBODY), 404),
        ({**member(NOBODY), "@odata.type": "#microsoft.graph.conversationMember"}, 400),
        ({**member(NOBODY), "user@odata.bind": "https://evil.example/users/x"}, 400),
        ({**member(NOBODY), "nickname": "x"}, 400),
        (member(NOBODY, "boss"), 400),
        ([], 400),
    ],
)
def test_what_is_no_membership_of_somebody_is_refused(
    world: Any, app: str, team: str, body: object, status: int
) -> None:
    assert world.graph("POST", f"{team}/members", token=app, body=body).status_code == status


def test_an_owner_takes_the_wider_permission_and_the_last_one_stays(world: Any, team: str) -> None:
    hugo = world.user("hugo.rast")["id"]
    narrow = world.app_token()
    assert error(world.graph("POST", f"{team}/members", token=narrow, body=member(hugo, "owner"))) == (403, "Forbidden")
    world.control("POST", "/apps", {"grant": ["TeamMember.ReadWrite.All"]})
    token = world.app_token()
    owner = next(one for one in world.get(f"{team}/members", token=token)["value"] if one["roles"] == ["owner"])
    assert error(world.graph("DELETE", f"{team}/members/{owner['id']}", token=token)) == (400, "BadRequest")
    assert world.graph("POST", f"{team}/members", token=token, body=member(hugo, "owner")).status_code == 201
    assert world.graph("DELETE", f"{team}/members/{owner['id']}", token=token).status_code == 204


@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [
        ("GET", "", None),
        ("GET", "/members", None),
        ("POST", "/members", member(NOBODY)),
        ("GET", "/channels", None),
        ("POST", "/channels", {"displayName": "New"}),
        ("POST", "/archive", {}),
        ("POST", "/unarchive", None),
    ],
)
def test_a_user_outside_a_private_team_gets_nowhere_with_all_permissions(
    world: Any, team: str, method: str, suffix: str, body: object
) -> None:
    answer = world.graph(method, team + suffix, token=world.user_token(STRANGER), body=body)
    assert error(answer) == (403, "Forbidden")
    inside = world.graph(method, team + suffix, token=world.user_token(OWNER), body=body)
    assert inside.status_code in (200, 201, 202, 404)


@pytest.mark.parametrize(
    ("permission", "method", "suffix", "body"),
    [
        ("Team.ReadBasic.All", "GET", "", None),
        ("TeamMember.Read.All", "GET", "/members", None),
        ("TeamMember.ReadWriteNonOwnerRole.All", "POST", "/members", member(NOBODY)),
        ("Channel.ReadBasic.All", "GET", "/channels", None),
        ("Channel.Create", "POST", "/channels", {"displayName": "New"}),
        ("TeamSettings.ReadWrite.All", "POST", "/archive", {}),
    ],
)
def test_each_call_needs_its_permission(
    world: Any, team: str, permission: str, method: str, suffix: str, body: object
) -> None:
    state = world.control("GET", "/state")
    [product] = [one for one in state["tenants"][world.tenant_id]["applications"] if one["display_name"] == "Remit"]
    for granted, refused in (([permission], False), ([], True)):
        product["roles"] = granted
        world.control("POST", "/state", state)
        answer = world.graph(method, team + suffix, token=world.app_token(), body=body)
        assert (answer.status_code == 403) is refused, answer.text


def test_what_is_no_team_is_not_found(world: Any, app: str) -> None:
    for group in (world.group_id("QG-Recipes"), NOBODY):
        assert error(world.graph("GET", f"/teams/{group}", token=app)) == (404, "NotFound")


def test_archiving_is_answered_with_an_operation_to_look_at(world: Any, app: str, team: str) -> None:
    answer = world.graph("POST", f"{team}/archive", token=app, body={"shouldSetSpoSiteReadOnlyForMembers": True})
    assert (answer.status_code, answer.content) == (202, b"")
    _, one, _, two, _ = answer.headers["Location"].split("'")
    assert answer.headers["Location"] == f"/teams('{one}')/operations('{two}')"
    operation = world.get(f"/teams/{one}/operations/{two}", token=app)
    assert (operation["operationType"], operation["status"]) == ("archiveTeam", "succeeded")
    assert world.get(f"{team}?$select=isArchived", token=app)["isArchived"] is True
    assert world.graph("POST", f"{team}/channels", token=app, body={"displayName": "New"}).status_code == 400
    other = world.group_id("QT-Sales")
    assert world.graph("GET", f"/teams/{other}/operations/{two}", token=app).status_code == 404


def test_an_unknown_property_is_refused_before_anything_happens(world: Any, app: str, team: str) -> None:
    for path, body in (
        (f"{team}/archive", {"shouldSetSpoSiteReadonly": True}),
        (f"{team}/channels", {"displayName": "New", "display_name": "x"}),
        (f"{team}/channels", {"displayName": "New", "id": "x"}),
    ):
        assert world.graph("POST", path, token=app, body=body).status_code == 400
    assert world.get(f"{team}?$select=isArchived", token=app)["isArchived"] is False


@pytest.mark.parametrize("name", ["", "general", "a#b", "x" * 51, "_x", "a..b", 7, None])
def test_a_channel_needs_a_free_name_that_teams_takes(world: Any, app: str, team: str, name: object) -> None:
    answer = world.graph("POST", f"{team}/channels", token=app, body={"displayName": name})
    assert answer.status_code == 400


def test_a_new_team_is_a_group_with_its_owner_and_a_channel(world: Any, app: str) -> None:
    answer = world.graph("POST", "/teams", token=app, body=new_team(world, visibility="public"))
    assert (answer.status_code, answer.content) == (202, b"")
    team_id = answer.headers["Content-Location"].split("'")[1]
    group = world.get(f"/groups/{team_id}", token=app)
    assert (group["groupTypes"], group["resourceProvisioningOptions"], group["visibility"]) == (
        ["Unified"],
        ["Team"],
        "Public",
    )
    [owner] = world.get(f"/groups/{team_id}/owners", token=app)["value"]
    assert owner["id"] == world.user("hugo.rast")["id"]
    assert [one["displayName"] for one in world.get(f"/teams/{team_id}/channels", token=app)["value"]] == ["General"]


@pytest.mark.parametrize(
    "changes",
    [
        {"template@odata.bind": None},
        {"displayName": None},
        {"members": []},
        {"members": "x"},
        {"visibility": "hidden"},
        {"isArchived": True},
        {"memberSettings": {"allowEverything": True}},
    ],
)
def test_a_team_that_lacks_something_is_not_made(world: Any, app: str, changes: dict[str, Any]) -> None:
    before = len(world.control("GET", "/state")["tenants"][world.tenant_id]["directory"]["groups"])
    assert world.graph("POST", "/teams", token=app, body=new_team(world, **changes)).status_code == 400
    assert len(world.control("GET", "/state")["tenants"][world.tenant_id]["directory"]["groups"]) == before


def test_a_group_becomes_a_team_once_if_it_is_one_that_can(world: Any, app: str) -> None:
    assert error(world.graph("PUT", f"/groups/{world.group_id('QT-HR')}/team", token=app, body={})) == (409, "Conflict")
    assert world.graph("PUT", f"/groups/{world.group_id('QG-Recipes')}/team", token=app, body={}).status_code == 400
    assert world.graph("PUT", f"/groups/{NOBODY}/team", token=app, body={}).status_code == 404


def test_a_young_group_is_not_known_to_teams_yet(world: Any, app: str) -> None:
    state = world.control("GET", "/state")
    group = state["tenants"][world.tenant_id]["directory"]["groups"][world.group_id("QT-HR")]
    group["resourceProvisioningOptions"] = []
    group["createdDateTime"] = "2099-01-01T00:00:00Z"
    world.control("POST", "/state", state)
    answer = world.graph("PUT", f"/groups/{group['id']}/team", token=app, body={})
    assert error(answer) == (404, "NotFound")


def test_teams_survive_a_dump_and_a_load(world: Any, app: str, team: str) -> None:
    world.graph("POST", f"{team}/channels", token=app, body={"displayName": "Stands"})
    state = world.control("GET", "/state")
    world.control("POST", "/reset")
    world.control("POST", "/state", state)
    names = [one["displayName"] for one in world.get(f"{team}/channels", token=world.app_token())["value"]]
    assert names == ["General", "Stands"]


def test_every_exchange_about_teams_conforms(world: Any, app: str, team: str, judge: Any) -> None:
    hugo = world.user("hugo.rast")["id"]
    group = f"/groups/{team[7:]}"
    policies = world.control("GET", "/state")["tenants"][world.tenant_id]["directory"]["objects"]["teamsPolicies"]
    policy = next(iter(policies.values()))
    one = {"userId": hugo, "policyType": policy["policyType"], "policyId": policy["id"]}
    seat = f"{team}/members/{_send(world, app, 'POST', f'{team}/members', member(hugo)).json()['id']}"
    channel = _send(world, app, "POST", f"{team}/channels", {"displayName": "Fair"}).json()["id"]
    asked: list[tuple[str, str, Any, int]] = [
        ("GET", f"/users/{hugo}/joinedTeams?$select=id,displayName", None, 200),
        ("GET", team, None, 200),
        ("GET", f"{team}?$select=id,isArchived", None, 200),
        ("GET", f"{team}/members?$top=2", None, 200),
        ("DELETE", seat, None, 204),
        ("POST", f"{team}/members", member(hugo), 201),
        ("GET", f"{team}/channels", None, 200),
        ("GET", f"{team}/channels/{channel}?$select=id,displayName", None, 200),
        ("DELETE", f"{team}/channels/{channel}", None, 204),
        ("POST", f"{team}/channels", {"displayName": "Fair"}, 201),
        ("POST", f"{team}/archive", {}, 202),
        ("POST", f"{team}/unarchive", None, 202),
        ("POST", "/teams", new_team(world), 202),
        ("PUT", f"{group}/team", {}, 409),
        ("GET", f"{team}/operations/{NOBODY}", None, 404),
        ("POST", f"{POLICIES}/assign", {"value": [one]}, 204),
        ("GET", f"/admin/teams/userConfigurations/{hugo}", None, 200),
        ("POST", f"{POLICIES}/unassign", {"value": [one]}, 204),
        ("GET", NUMBERS, None, 200),
    ]
    for method, path, body, status in asked:
        answer = _send(world, app, method, path, body)
        assert answer.status_code == status, (path, answer.text)
        assert _judged(judge, answer, body=body, action=None) == [], path
