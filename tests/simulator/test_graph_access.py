"""Who may do what on Graph: the token, the permission in it, and the caller's roles over the target."""

from typing import Any

import httpx
import pytest

USER = "/users/nuno.teles@quillmere.example"
ADMIN = "/users/nate.bellweather@quillmere.example"
DISABLE = {"accountEnabled": False}
RESET = {"passwordProfile": {"password": "Str0ng-enough!", "forceChangePasswordNextSignIn": True}}
TECHNICIAN = "gunther.pils@quillmere.example"
GLOBAL_ADMIN = "nate.bellweather@quillmere.example"
NOBODY = "hugo.rast@quillmere.example"


def _code(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


@pytest.mark.parametrize("kind", ["none", "garbage", "forged", "other audience", "identity"])
def test_a_request_without_a_good_graph_token_is_unauthenticated(world: Any, app: str, kind: str) -> None:
    head, body, _ = app.split(".")
    tokens = {
        "none": "",
        "garbage": "x",
        "forged": f"{head}.{body}.AAAA",
        "other audience": world.app_token("https://vault.azure.net"),
        "identity": world.identity_token("https://storage.azure.com"),
    }
    answer = world.graph("GET", USER, token=tokens[kind])
    assert (answer.status_code, _code(answer)) == (401, "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="", authorization_uri=')
    assert answer.headers["request-id"]


def test_an_app_only_call_needs_the_role_in_its_token(world: Any) -> None:
    world.control("POST", "/apps", {"revoke": ["GroupMember.ReadWrite.All", "Group.ReadWrite.All"]})
    group = world.group_id("QG-Remote-Access")
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{world.user('nuno.teles')['id']}"}
    answer = world.graph("POST", f"/groups/{group}/members/$ref", token=world.app_token(), body=body)
    assert (answer.status_code, _code(answer)) == (403, "Authorization_RequestDenied")
    assert [(one["status"], one["applied"]) for one in world.writes()] == [(403, False)]


def test_a_role_granted_later_is_in_the_next_token_only(world: Any, app: str) -> None:
    world.control("POST", "/apps", {"revoke": ["User.EnableDisableAccount.All"]})
    assert world.graph("PATCH", USER, token=app, body=DISABLE).status_code == 204
    assert world.graph("PATCH", USER, token=world.app_token(), body=DISABLE).status_code == 403


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        (RESET, "User-PasswordProfile.ReadWrite.All"),
        (DISABLE, "User.EnableDisableAccount.All"),
        ({"mobilePhone": "+1"}, "User-Phone.ReadWrite.All"),
        ({"jobTitle": "x"}, "User.ReadWrite.All"),
    ],
)
def test_each_property_of_a_person_needs_its_own_permission(world: Any, body: dict[str, Any], needed: str) -> None:
    writers = {"User-PasswordProfile.ReadWrite.All", "User.EnableDisableAccount.All"}
    writers |= {"User-Phone.ReadWrite.All", "User.ReadWrite.All"}
    world.control("POST", "/apps", {"revoke": sorted(writers - {needed})})
    assert world.graph("PATCH", USER, token=world.app_token(), body=body).status_code == 204
    world.control("POST", "/apps", {"revoke": [needed]})
    assert world.graph("PATCH", USER, token=world.app_token(), body=body).status_code == 403


def test_a_patch_that_lacks_one_permission_changes_nothing(world: Any) -> None:
    world.control("POST", "/apps", {"revoke": ["User-PasswordProfile.ReadWrite.All"]})
    before = world.user("nuno.teles")
    assert world.graph("PATCH", USER, token=world.app_token(), body={**DISABLE, **RESET}).status_code == 403
    assert world.user("nuno.teles") == before


def test_an_app_resets_passwords_only_with_a_directory_role(world: Any, app: str) -> None:
    world.control("POST", "/apps", {"directory_roles": []})
    assert world.graph("PATCH", USER, token=app, body=RESET).status_code == 403
    world.control("POST", "/apps", {"directory_roles": ["Password Administrator"]})
    assert world.graph("PATCH", USER, token=app, body=RESET).status_code == 204


@pytest.mark.parametrize("body", [RESET, DISABLE])
def test_an_app_may_not_touch_an_administrator_without_a_higher_role(
    world: Any, app: str, body: dict[str, Any]
) -> None:
    assert world.graph("PATCH", ADMIN, token=app, body=body).status_code == 403
    world.control("POST", "/apps", {"directory_roles": ["Privileged Authentication Administrator"]})
    assert world.graph("PATCH", ADMIN, token=app, body=body).status_code == 204


@pytest.mark.parametrize(
    ("caller", "target", "status"),
    [
        (TECHNICIAN, USER, 204),
        (TECHNICIAN, ADMIN, 403),
        (GLOBAL_ADMIN, ADMIN, 204),
        (NOBODY, USER, 403),
        (NOBODY, f"/users/{NOBODY}", 403),
    ],
)
def test_a_delegated_reset_needs_a_role_that_reaches_the_target(
    world: Any, caller: str, target: str, status: int
) -> None:
    assert world.graph("PATCH", target, token=world.user_token(caller), body=RESET).status_code == status


def test_a_member_of_a_role_assignable_group_counts_as_an_administrator(world: Any, app: str) -> None:
    # The group's role alone is within reach of User Administrator, which the app holds; the membership is not.
    remi = "/users/remi.cassel@quillmere.example"
    assert world.graph("PATCH", remi, token=app, body=RESET).status_code == 204
    world.control("POST", "/apps", {"grant": ["RoleManagement.ReadWrite.Directory"]})
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{world.user('remi.cassel')['id']}"}
    path = f"/groups/{world.group_id('QRA-Desk')}/members/$ref"
    assert world.graph("POST", path, token=world.app_token(), body=body).status_code == 204
    for change in (RESET, DISABLE):
        assert world.graph("PATCH", remi, token=app, body=change).status_code == 403


def test_a_user_without_a_role_reads_the_directory_but_not_what_is_for_administrators(world: Any) -> None:
    token = world.user_token(NOBODY)
    assert world.graph("GET", USER, token=token).status_code == 200
    assert world.graph("GET", "/auditLogs/directoryAudits", token=token).status_code == 403
    assert world.graph("GET", f"{USER}/authentication/methods", token=token).status_code == 403
    zoe = world.user("zoe.minto")["id"]
    assert world.graph("GET", f"/identityProtection/riskyUsers/{zoe}", token=token).status_code == 403


def test_a_guest_reads_nobody_but_the_guest(world: Any) -> None:
    guest = next(one for one in world.file["guests"] if one["displayName"] == "Hal Finch")
    token = world.user_token(guest["userPrincipalName"])
    assert world.get(f"/users/{guest['id']}", token=token)["displayName"] == "Hal Finch"
    assert world.graph("GET", USER, token=token).status_code == 403
    assert world.graph("GET", "/users", token=token).status_code == 403


def test_a_scope_for_oneself_is_enough_for_oneself_only(world: Any) -> None:
    token = world.user_token(NOBODY, "https://graph.microsoft.com/User.Read")
    assert world.get("/me", token=token)["userPrincipalName"] == NOBODY
    assert world.graph("GET", USER, token=token).status_code == 403


def test_me_needs_a_user(world: Any, app: str) -> None:
    assert world.graph("GET", "/me", token=app).status_code == 400


def test_an_owner_changes_the_members_of_the_own_group_and_of_no_other(world: Any) -> None:
    token = world.user_token("mona.vasey@quillmere.example")
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{world.user('remi.cassel')['id']}"}
    for name, status in (("QG-Finance-Ledger", 204), ("QG-Recipes", 403)):
        answer = world.graph("POST", f"/groups/{world.group_id(name)}/members/$ref", token=token, body=body)
        assert answer.status_code == status


def test_a_role_assignable_group_needs_the_permission_over_roles_too(world: Any, app: str) -> None:
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{world.user('remi.cassel')['id']}"}
    path = f"/groups/{world.group_id('QRA-Desk')}/members/$ref"
    assert world.graph("POST", path, token=app, body=body).status_code == 403
    world.control("POST", "/apps", {"grant": ["RoleManagement.ReadWrite.Directory"]})
    assert world.graph("POST", path, token=world.app_token(), body=body).status_code == 204
    assert "Helpdesk Administrator" in world.user("remi.cassel")["directoryRoles"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sites"),
        ("DELETE", "/users/x/photo"),
        ("POST", "/subscriptions"),
        ("DELETE", "/groups/a/members/b"),
        ("GET", "/users/nuno.teles@quillmere.example?$expand=manager"),
        ("GET", "/users/nuno.teles@quillmere.example/messages"),
    ],
)
def test_what_is_not_simulated_says_so(world: Any, app: str, method: str, path: str) -> None:
    answer = world.graph(method, path, token=app)
    assert (answer.status_code, _code(answer)) == (501, "NotSimulated")


def test_the_beta_endpoint_is_not_simulated(world: Any, app: str) -> None:
    address = world.ready["graph"].replace("/v1.0", "/beta") + USER
    assert world.graph("GET", address, token=app).status_code == 501


def test_every_answer_echoes_the_client_request_id(world: Any, app: str) -> None:
    mine = "11111111-2222-4333-8444-555555555555"
    headers = {"Authorization": f"Bearer {app}", "client-request-id": mine}
    good = world.client.get(world.ready["graph"] + USER, headers=headers)
    bad = world.client.get(world.ready["graph"] + "/users/nobody", headers=headers)
    assert good.headers["client-request-id"] == bad.headers["client-request-id"] == mine
    assert bad.json()["error"]["innerError"]["client-request-id"] == mine
    assert good.headers["OData-Version"] == "4.0"
    without = world.graph("GET", "/users/nobody", token=app)
    assert without.headers["client-request-id"] == without.headers["request-id"]
