"""Accounts on the simulated Graph: made, invited, led by somebody, and given a new password.

What is asserted is documented in the Graph reference pages that the simulator's modules name.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.simulator.accounts import JOINER, deleted, directory_of, refused, user_id_of, with_change
from tests.simulator.test_conformance import MINE, VALIDATOR, _judged, _send
from tests.simulator.test_conformance import judge as judge  # The fixture is used by its name.

USER = "/users/nuno.teles@quillmere.example"
SYNCED = "/users/hugo.rast@quillmere.example"
ADMIN = "gunther.pils@quillmere.example"
GLOBAL = "nate.bellweather@quillmere.example"
EMPLOYEE = "lea.fontaine@quillmere.example"
NOBODY = "00000000-0000-4000-8000-000000000000"
PASSWORD = f"{USER}/authentication/methods/28c10230-6103-485e-b985-444c60001490/resetPassword"
GUEST = {"invitedUserEmailAddress": "fay@tendermill.example", "inviteRedirectUrl": "https://myapps.microsoft.com"}


def _ref(world: Any, name: str) -> dict[str, str]:
    return {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{user_id_of(world, name)}"}


def test_a_new_user_is_there_at_once_and_the_password_nowhere(world: Any, app: str) -> None:
    made = world.graph("POST", "/users", token=app, body=JOINER)
    assert made.status_code == 201
    read = world.get(
        f"/users/{made.json()['id']}?$select=accountEnabled,userType,passwordProfile,usageLocation", token=app
    )
    assert (read["accountEnabled"], read["userType"], read["usageLocation"]) == (True, "Member", "PT")
    assert read["passwordProfile"] == {"password": None, "forceChangePasswordNextSignIn": True}
    everything = json.dumps([made.json(), world.control("GET", "/state"), world.writes(), world.audits()])
    assert "Str0ng-enough!" not in everything
    assert [one["activityDisplayName"] for one in world.audits()] == ["Add user"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"displayName": None}, "displayName"),
        ({"accountEnabled": None}, "accountEnabled"),
        ({"passwordProfile": {"forceChangePasswordNextSignIn": True}}, "passwordProfile"),
        ({"passwordProfile": {"password": "short"}}, "complexity"),
        ({"userPrincipalName": "adele@elsewhere.example"}, "verified domain names"),
        ({"userPrincipalName": "Zoe.Minto@quillmere.example"}, "already exists"),
        ({"display_name": "x"}, "does not exist"),
        ({"assignedLicenses": []}, "read-only"),
        ({"accountEnabled": "true"}, "Invalid value"),
    ],
)
def test_a_user_that_cannot_be_made_leaves_nothing(world: Any, app: str, change: dict[str, Any], text: str) -> None:
    before = directory_of(world)
    assert refused(world.graph("POST", "/users", token=app, body=JOINER | change), 400, text)
    assert directory_of(world) == before


def test_a_sign_in_name_of_another_domain_is_refused_for_an_existing_user_too(world: Any, app: str) -> None:
    body = {"userPrincipalName": "nuno.teles@elsewhere.example"}
    assert refused(world.graph("PATCH", USER, token=app, body=body), 400, "verified domain names")


def test_the_manager_is_replaced_and_removed_once(world: Any, app: str) -> None:
    assert world.graph("PUT", f"{USER}/manager/$ref", token=app, body=_ref(world, "gwen.tallow")).status_code == 204
    assert world.get(f"{USER}/manager?$select=id", token=app)["id"] == user_id_of(world, "gwen.tallow")
    assert world.graph("DELETE", f"{USER}/manager/$ref", token=app).status_code == 204
    assert world.graph("DELETE", f"{USER}/manager/$ref", token=app).status_code == 404
    assert world.graph("GET", f"{USER}/manager", token=app).status_code == 404
    assert [one["activityDisplayName"] for one in world.audits()] == ["Set user manager", "Remove user manager"]


@pytest.mark.parametrize(
    ("reference", "status"),
    [(f"https://graph.microsoft.com/v1.0/users/{NOBODY}", 404), ("nuno", 400), (None, 400), (7, 400)],
)
def test_a_manager_must_be_a_user(world: Any, app: str, reference: object, status: int) -> None:
    answer = world.graph("PUT", f"{USER}/manager/$ref", token=app, body={"@odata.id": reference})
    assert answer.status_code == status
    assert world.audits() == []


def test_a_guest_is_pending_and_invited_again_without_a_second_account(world: Any, app: str) -> None:
    first = world.graph("POST", "/invitations", token=app, body=GUEST)
    assert (first.status_code, first.json()["status"]) == (201, "PendingAcceptance")
    guest_id = first.json()["invitedUser"]["id"]
    query = "$select=userType,mail,externalUserState,userPrincipalName"
    assert world.get(f"/users/{guest_id}?{query}", token=app) | {"@odata.context": "", "id": ""} == {
        "@odata.context": "",
        "id": "",
        "userType": "Guest",
        "mail": "fay@tendermill.example",
        "externalUserState": "PendingAcceptance",
        "userPrincipalName": "fay_tendermill.example#EXT#@quillmere.onmicrosoft.example",
    }
    again = world.graph("POST", "/invitations", token=app, body=GUEST)
    assert again.json()["invitedUser"]["id"] == guest_id


def test_an_invitation_takes_over_the_callers_id_in_the_audit_log(world: Any, app: str) -> None:
    _send(world, app, "POST", "/invitations", GUEST)
    found = world.get(f"/auditLogs/directoryAudits?$filter=correlationId eq '{MINE}'", token=app)["value"]
    assert [(one["loggedByService"], one["activityDisplayName"]) for one in found] == [
        ("Invited Users", "Invite external user")
    ]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"invitedUserEmailAddress": None}, "required"),
        ({"inviteRedirectUrl": None}, "required"),
        ({"invitedUserEmailAddress": "fay"}, "not valid"),
        ({"invitedUserEmailAddress": "fay@quillmere.example"}, "verified domain"),
        ({"invitedUserEmailAddress": "member@elsewhere.example"}, "already exists in the directory"),
        ({"invitedUser": {"id": NOBODY}}, "read-only"),
        ({"invited": "x"}, "Invalid property"),
    ],
)
def test_an_invitation_that_cannot_be_sent_makes_nobody(
    world: Any, app: str, change: dict[str, Any], text: str
) -> None:
    nuno = user_id_of(world, "nuno.teles")
    with_change(world, lambda directory: directory["users"][nuno].update({"otherMails": ["Member@elsewhere.example"]}))
    before = directory_of(world)
    assert refused(world.graph("POST", "/invitations", token=app, body=GUEST | change), 400, text)
    assert directory_of(world) == before


def _administrators_token(world: Any, user: str = ADMIN) -> str:
    world.control("POST", "/apps", {"grant_scopes": ["UserAuthenticationMethod.ReadWrite.All"]})
    return str(world.user_token(user))


def test_a_reset_by_method_runs_on_and_is_followed_by_its_location(world: Any, app: str) -> None:
    token = _administrators_token(world)
    answer = world.graph("POST", PASSWORD, token=token, body={"newPassword": "Str0ng-enough!"})
    assert (answer.status_code, "newPassword" in answer.json()) == (202, False)
    operation = world.client.get(answer.headers["Location"], headers={"Authorization": f"Bearer {token}"}).json()
    assert operation["status"] in ("running", "succeeded")
    nuno = world.user("nuno.teles")
    assert nuno["passwordProfile"]["forceChangePasswordNextSignIn"] is True
    changed = datetime.fromisoformat(nuno["lastPasswordChangeDateTime"])
    assert abs((datetime.now(UTC) - changed).total_seconds()) < 5
    everything = json.dumps([world.control("GET", "/state"), world.writes(), world.audits()])
    assert "Str0ng-enough!" not in everything
    assert {one["loggedByService"] for one in world.audits()} == {"Authentication Methods"}


def test_without_a_password_graph_makes_one(world: Any, app: str) -> None:
    token = _administrators_token(world)
    for body in ({}, {"newPassword": ""}, None):
        assert len(world.graph("POST", PASSWORD, token=token, body=body).json()["newPassword"]) >= 12


@pytest.mark.parametrize("body", [{"newPassword": "short"}, {"newPassword": 5}, {"password": "Str0ng-enough!"}])
def test_a_password_that_graph_does_not_take_changes_nothing(world: Any, app: str, body: dict[str, Any]) -> None:
    before = directory_of(world)
    assert world.graph("POST", PASSWORD, token=_administrators_token(world), body=body).status_code == 400
    assert directory_of(world) == before


def test_write_back_must_be_configured_for_a_synchronised_user(world: Any, app: str) -> None:
    token = _administrators_token(world)
    path = PASSWORD.replace(USER, SYNCED)
    body = {"newPassword": "Str0ng-enough!"}
    assert refused(world.graph("POST", path, token=token, body=body), 400, "on-premises mastered")
    with_change(world, lambda directory: directory.update({"password_writeback": True}))
    assert world.graph("POST", path, token=token, body=body).status_code == 202


def test_only_the_password_can_be_reset_and_not_ones_own(world: Any, app: str) -> None:
    token = _administrators_token(world)
    other = PASSWORD.replace("28c10230-6103-485e-b985-444c60001490", NOBODY)
    assert world.graph("POST", other, token=token, body={}).status_code == 404
    # A Global Administrator may reset anybody but themselves.
    own = PASSWORD.replace(USER, f"/users/{GLOBAL}")
    assert world.graph("POST", own, token=_administrators_token(world, GLOBAL), body={}).status_code == 403
    world.control("POST", "/apps", {"grant": ["UserAuthenticationMethod.ReadWrite.All"]})
    assert world.graph("POST", PASSWORD, token=world.app_token(), body={}).status_code == 403


CALLS: list[tuple[str, str, Any]] = [
    ("POST", "/users", JOINER),
    ("PUT", f"{USER}/manager/$ref", {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{NOBODY}"}),
    ("DELETE", f"{USER}/manager/$ref", None),
    ("DELETE", USER, None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_caller_without_permission_or_role_is_refused(
    world: Any, app: str, method: str, path: str, body: Any
) -> None:
    before = directory_of(world)
    assert world.graph(method, path, token=world.user_token(EMPLOYEE), body=body).status_code == 403
    world.control("POST", "/apps", {"revoke": ["User.ReadWrite.All", "User.DeleteRestore.All"]})
    assert world.graph(method, path, token=world.app_token(), body=body).status_code == 403
    assert directory_of(world) == before


def test_members_may_invite_and_guests_may_not(world: Any, app: str) -> None:
    assert world.graph("POST", "/invitations", token=world.user_token(EMPLOYEE), body=GUEST).status_code == 201
    guest = world.user_token("hal.finch_brightcrate.example#EXT#@quillmere.onmicrosoft.example")
    assert world.graph("POST", "/invitations", token=guest, body=GUEST).status_code == 403


def test_registration_follows_the_methods_of_a_user(world: Any, app: str) -> None:
    path = f"/reports/authenticationMethods/userRegistrationDetails/{user_id_of(world, 'sushila.menon')}"
    found = world.get(path, token=app)
    assert found["methodsRegistered"] == ["microsoftAuthenticatorPush", "mobilePhone"]
    assert (found["isAdmin"], found["isMfaCapable"], found["isPasswordlessCapable"]) == (True, True, False)
    assert world.graph("GET", path, token=world.user_token(EMPLOYEE)).status_code == 403
    assert world.graph("GET", path.replace(path[-36:], NOBODY), token=app).status_code == 404


needs_validator = pytest.mark.skipif(
    not VALIDATOR.exists(), reason="the Graph validator does not lie beside the project"
)

READS: list[Callable[[Any, str], str]] = [
    lambda _world, _gone: "/domains?$select=id,isDefault,isVerified,authenticationType",
    lambda _world, _gone: "/domains",
    lambda world, _gone: f"/reports/authenticationMethods/userRegistrationDetails/{user_id_of(world, 'sushila.menon')}",
    lambda _world, gone: f"/directory/deletedItems/{gone}",
    lambda _world, _gone: "/directory/deletedItems/graph.user?$select=id,displayName,deletedDateTime&$top=50",
    lambda _world, _gone: "/directory/deletedItems/microsoft.graph.user",
]


@needs_validator
@pytest.mark.parametrize("path", READS)
def test_a_read_conforms(world: Any, app: str, judge: Any, path: Callable[[Any, str], str]) -> None:
    answer = _send(world, app, "GET", path(world, deleted(world, app, "nuno.teles")))
    assert answer.status_code == 200, answer.text
    assert _judged(judge, answer, body=None, action=None) == []


WRITES: list[tuple[str, str, Callable[[Any, str], tuple[str, Any]]]] = [
    ("entra.user.create", "POST", lambda _world, _token: ("/users", JOINER)),
    ("entra.guest.invite", "POST", lambda _world, _token: ("/invitations", GUEST | {"sendInvitationMessage": True})),
    ("entra.user.manager.set", "PUT", lambda world, _token: (f"{USER}/manager/$ref", _ref(world, "gwen.tallow"))),
    ("entra.user.manager.remove", "DELETE", lambda _world, _token: (f"{USER}/manager/$ref", None)),
    ("entra.user.delete", "DELETE", lambda _world, _token: (USER, None)),
    (
        "entra.user.restore",
        "POST",
        lambda world, token: (f"/directory/deletedItems/{deleted(world, token, 'nuno.teles')}/restore", None),
    ),
    (
        "entra.user.purge",
        "DELETE",
        lambda world, token: (f"/directory/deletedItems/{deleted(world, token, 'nuno.teles')}", None),
    ),
    ("entra.user.password.reset_admin", "POST", lambda _world, _token: (PASSWORD, {"newPassword": "Str0ng-enough!"})),
    ("entra.user.password.reset_admin", "POST", lambda _world, _token: (PASSWORD, {})),
]


@needs_validator
@pytest.mark.parametrize(("action", "method", "request_of"), WRITES)
def test_a_write_conforms(
    world: Any, app: str, judge: Any, action: str, method: str, request_of: Callable[[Any, str], tuple[str, Any]]
) -> None:
    path, body = request_of(world, app)
    token = _administrators_token(world) if action.endswith("reset_admin") else app
    answer = _send(world, token, method, path, body)
    assert answer.is_success, answer.text
    assert _judged(judge, answer, body=body, action=action) == []


@needs_validator
def test_the_operation_of_a_reset_conforms(world: Any, app: str, judge: Any) -> None:
    token = _administrators_token(world)
    started = _send(world, token, "POST", PASSWORD, {})
    path = started.headers["Location"].removeprefix(world.ready["graph"])
    findings = _judged(judge, _send(world, token, "GET", path), body=None, action=None)
    # OData names a type only where it differs from the declared one; the validator warns that it has derived types.
    assert [one for one in findings if "has derived types" not in one[2]] == []
