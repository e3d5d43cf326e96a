"""Directory roles and Privileged Identity Management: who may, what is refused, when it shows, what the log says."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from simulator import roles

ROLES = "/roleManagement/directory"
ELIGIBILITY = f"{ROLES}/roleEligibilityScheduleRequests"
ACTIVATION = f"{ROLES}/roleAssignmentScheduleRequests"
ELEVATION = "/identityGovernance/privilegedAccess/group"
USER_ADMINISTRATOR = roles.TEMPLATE_IDS[roles.USER_ADMINISTRATOR]
NUNO, NATE, GUNTHER = (f"{name}@quillmere.example" for name in ("nuno.teles", "nate.bellweather", "gunther.pils"))
TICKET = {"justification": "INC-7", "ticketInfo": {"ticketNumber": "INC-7", "ticketSystem": "Remit"}}


def _shown(world: Any, read: Callable[[], Any]) -> Any:
    """What a list holds once it holds something; the service promises no time."""
    for _ in range(50):
        if found := read():
            return found
        time.sleep(0.1)
    return []


def _link(world: Any, name: str = "nuno.teles", role: str = USER_ADMINISTRATOR) -> dict[str, Any]:
    return {"principalId": world.user(name)["id"], "roleDefinitionId": role, "directoryScopeId": "/"}


def _lasting(duration: str) -> dict[str, Any]:
    return {"scheduleInfo": {"expiration": {"type": "afterDuration", "duration": duration}}}


def _error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def _make_eligible(world: Any, token: str, **changes: Any) -> Any:
    body = {"action": "adminAssign", **_link(world), **_lasting("P30D"), **TICKET, **changes}
    return world.graph("POST", ELIGIBILITY, token=token, body=body)


def _eligible(world: Any, token: str) -> Any:
    wanted = f"principalId eq '{world.user('nuno.teles')['id']}'"
    return world.get(f"{ROLES}/roleEligibilityScheduleInstances?$filter={wanted}", token=token)["value"]


def _started(world: Any, minutes_ago: int) -> None:
    """Let Nuno be eligible since long and have activated his role so many minutes ago."""
    state = world.control("GET", "/state")
    directory = state["tenants"][world.tenant_id]["directory"]
    link = _link(world)
    own_id = roles.assignment_id(world.tenant_id, USER_ADMINISTRATOR, principal_id=link["principalId"])
    now = time.time()
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 60 * m)) for m in (-minutes_ago, 60))
    times = {"memberType": "Direct", "startDateTime": start, "endDateTime": end}
    directory["role_eligibilities"][own_id] = {"id": own_id, **link, **times, "endDateTime": None}
    directory["role_assignments"][own_id] = {"id": own_id, **link, "appScopeId": None}
    directory["objects"]["roleAssignmentSchedules"] = {own_id: {"assignmentType": "Activated", **times}}
    world.control("POST", "/state", state)


def test_an_eligibility_is_pending_at_first_shows_a_moment_later_and_is_not_made_twice(world: Any, app: str) -> None:
    made = _make_eligible(world, app)
    assert (made.status_code, made.json()["status"]) == (201, "PendingProvisioning")
    assert _eligible(world, app) == []
    [one] = _shown(world, lambda: _eligible(world, app))
    assert (one["memberType"], one["directoryScopeId"]) == ("Direct", "/")
    assert world.get(f"{ELIGIBILITY}/{made.json()['id']}", token=app)["status"] == "Provisioned"
    # Code and text as public reports quote them.
    again = _make_eligible(world, app)
    assert _error(again) == (400, "RoleAssignmentExists")
    assert again.json()["error"]["message"] == "The Role assignment already exists."


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"principalId": "00000000-0000-4000-8000-000000000000"}, 404, "SubjectNotFound"),
        ({"roleDefinitionId": "00000000-0000-4000-8000-000000000000"}, 404, "RoleNotFound"),
        ({"scheduleInfo": None}, 400, "Request_BadRequest"),
        (_lasting("30 days"), 400, "Request_BadRequest"),
        (
            {"scheduleInfo": {"expiration": {"type": "afterDateTime", "endDateTime": "2020-01-01T00:00:00Z"}}},
            400,
            "RoleAssignmentRequestPolicyValidationFailed",
        ),
        ({"job_title": "x"}, 400, "Request_BadRequest"),
        ({"status": "Granted"}, 400, "Request_BadRequest"),
        ({"directoryScopeId": "/administrativeUnits/x"}, 501, "NotSimulated"),
        ({"isValidationOnly": True}, 501, "NotSimulated"),
        ({"action": "adminExtend"}, 501, "NotSimulated"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_and_changes_nothing(
    world: Any, app: str, change: dict[str, Any], status: int, code: str
) -> None:
    assert _error(_make_eligible(world, app, **change)) == (status, code)
    state = world.control("GET", "/state")["tenants"][world.tenant_id]["directory"]
    assert (state["role_eligibilities"], world.audits()) == ({}, [])


def test_only_an_administrator_of_roles_makes_eligible_and_only_with_the_permission(world: Any) -> None:
    assert _make_eligible(world, world.user_token(GUNTHER)).status_code == 403
    assert _make_eligible(world, world.user_token(NATE)).status_code == 201
    world.control("POST", "/apps", {"revoke": ["RoleEligibilitySchedule.ReadWrite.Directory"]})
    assert _make_eligible(world, world.app_token()).status_code == 403


def test_taking_an_eligibility_ends_what_rests_on_it_and_needs_one(world: Any, app: str) -> None:
    _started(world, 1)
    assert "User Administrator" in world.user("nuno.teles")["directoryRoles"]
    take = {"action": "adminRemove", **_link(world), **TICKET}
    taken = world.graph("POST", ELIGIBILITY, token=app, body=take)
    assert (taken.status_code, taken.json()["status"]) == (201, "Revoked")
    assert _eligible(world, app) == []
    assert "User Administrator" not in world.user("nuno.teles")["directoryRoles"]
    assert _error(world.graph("POST", ELIGIBILITY, token=app, body=take)) == (400, "RoleAssignmentDoesNotExist")


def test_a_role_is_activated_by_its_holder_under_the_rules_of_the_role_and_then_counts(world: Any, app: str) -> None:
    token = world.user_token(NUNO)
    body = {"action": "selfActivate", **_link(world), **_lasting("PT2H"), **TICKET}

    def activate(sender: str, **changes: Any) -> Any:
        return world.graph("POST", ACTIVATION, token=sender, body={**body, **changes})

    failed = (400, "RoleAssignmentRequestPolicyValidationFailed")
    refused = activate(token)
    assert _error(refused) == failed
    assert refused.json()["error"]["message"] == 'The following policy rules failed: ["EligibilityRule"]'
    _make_eligible(world, app)
    _shown(world, lambda: _eligible(world, app))
    assert _error(activate(token, justification=None)) == failed
    assert _error(activate(token, **_lasting("PT9H"))) == failed
    for stranger in (app, world.user_token(NATE)):
        assert activate(stranger).status_code == 403
    target, change = "/users/remi.cassel@quillmere.example", {"accountEnabled": False}
    assert world.graph("PATCH", target, token=token, body=change).status_code == 403
    assert activate(token).status_code == 201
    assert _error(activate(token)) == (400, "RoleAssignmentExists")
    assert world.graph("PATCH", target, token=token, body=change).status_code == 204


def test_an_activation_is_not_ended_in_its_first_five_minutes(world: Any) -> None:
    body = {"action": "selfDeactivate", **_link(world)}
    _started(world, 4)
    early = world.graph("POST", ACTIVATION, token=world.user_token(NUNO), body=body)
    assert _error(early) == (400, "ActiveDurationTooShort")
    _started(world, 6)
    assert world.graph("POST", ACTIVATION, token=world.user_token(NUNO), body=body).status_code == 201
    assert "User Administrator" not in world.user("nuno.teles")["directoryRoles"]


def test_active_roles_tell_what_is_activated_from_what_is_assigned_and_leave_out_what_is_over(
    world: Any, app: str
) -> None:
    _started(world, 1)
    path = f"{ROLES}/roleAssignmentScheduleInstances?$expand=roleDefinition&$filter=principalId eq "
    [one] = world.get(f"{path}'{_link(world)['principalId']}'", token=app)["value"]
    assert (one["assignmentType"], one["roleDefinition"]["displayName"]) == ("Activated", "User Administrator")
    held = world.get(f"{path}'{world.user('gunther.pils')['id']}'", token=app)["value"]
    assert {one["assignmentType"] for one in held} == {"Assigned"}
    state = world.control("GET", "/state")
    for one in state["tenants"][world.tenant_id]["directory"]["objects"]["roleAssignmentSchedules"].values():
        one["endDateTime"] = "2024-01-01T00:00:00Z"
    world.control("POST", "/state", state)
    assert world.get(f"{path}'{_link(world)['principalId']}'", token=app)["value"] == []


def test_a_role_is_given_outright_once_and_taken_once_and_both_are_logged(world: Any) -> None:
    world.control("POST", "/apps", {"grant": ["RoleManagement.ReadWrite.Directory"]})
    app, path = world.app_token(), f"{ROLES}/roleAssignments"
    made = world.graph("POST", path, token=app, body=_link(world))
    assert made.status_code == 201
    twice = world.graph("POST", path, token=app, body=_link(world))
    assert (twice.status_code, "conflicting object" in twice.json()["error"]["message"]) == (400, True)
    one = f"{path}/{made.json()['id']}"
    assert world.get(one, token=app)["principalId"] == _link(world)["principalId"]
    assert world.graph("DELETE", one, token=app).status_code == 204
    assert world.graph("DELETE", one, token=app).status_code == 404
    assert world.graph("GET", one, token=app).status_code == 404
    names = [(entry["activityDisplayName"], entry["loggedByService"]) for entry in world.audits()]
    assert names == [
        ("Add member to role", "Core Directory"),
        ("Add member to role outside of PIM (permanent)", "PIM"),
        ("Remove member from role", "Core Directory"),
    ]
    assert [one["type"] for one in world.audits()[0]["targetResources"]] == ["User", "Role"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"principalId": "00000000-0000-4000-8000-000000000000"}, 404),
        ({"roleDefinitionId": "00000000-0000-4000-8000-000000000000"}, 404),
        ({"directoryScopeId": None}, 400),
        ({"id": "mine"}, 400),
        ({"roleId": "x"}, 400),
        ({"directoryScopeId": "/administrativeUnits/x"}, 501),
    ],
)
def test_an_assignment_that_does_not_fit_is_refused(world: Any, change: dict[str, Any], status: int) -> None:
    world.control("POST", "/apps", {"grant": ["RoleManagement.ReadWrite.Directory"]})
    answer = world.graph("POST", f"{ROLES}/roleAssignments", token=world.app_token(), body=_link(world) | change)
    assert answer.status_code == status


def test_giving_a_role_outright_needs_the_permission_and_an_administrator_of_roles(world: Any, app: str) -> None:
    path, administrator = f"{ROLES}/roleAssignments", world.user_token(NATE)
    for sender in (app, administrator):
        assert world.graph("POST", path, token=sender, body=_link(world)).status_code == 403
    world.control("POST", "/apps", {"grant_scopes": ["RoleManagement.ReadWrite.Directory"]})
    for who, status in ((GUNTHER, 403), (NATE, 201)):
        assert world.graph("POST", path, token=world.user_token(who), body=_link(world)).status_code == status


def test_the_log_of_pim_carries_our_ticket_and_ids_of_its_own(world: Any, app: str) -> None:
    mine = "11111111-2222-4333-8444-555555555555"
    headers = {"Authorization": f"Bearer {app}", "client-request-id": mine}
    body = {"action": "adminAssign", **_link(world), **_lasting("P30D"), **TICKET}
    made = world.client.post(world.ready["graph"] + ELIGIBILITY, headers=headers, json=body).json()
    requested, completed = world.audits()
    assert requested["activityDisplayName"] == "Add eligible member to role in PIM requested (timebound)"
    assert len({mine, requested["correlationId"], completed["correlationId"]}) == 3
    details = {one["key"]: one["value"] for one in completed["additionalDetails"]}
    assert details == {
        "RequestId": made["id"],
        "Justification": "INC-7",
        "TicketNumber": "INC-7",
        "TicketSystem": "Remit",
    }


def _elevate(world: Any, token: str, group: str, action: str = "adminAssign", **changes: Any) -> Any:
    body = {
        "action": action,
        "accessId": "member",
        "groupId": world.group_id(group),
        "principalId": world.user("remi.cassel")["id"],
        **_lasting("PT8H"),
        **TICKET,
    }
    return world.graph("POST", f"{ELEVATION}/assignmentScheduleRequests", token=token, body={**body, **changes})


def test_membership_for_some_hours_is_membership_and_shows_a_moment_later(world: Any, app: str) -> None:
    group = world.group_id("QG-Recipes")
    wanted = f"groupId eq '{group}' and principalId eq '{world.user('remi.cassel')['id']}'"

    def listed() -> Any:
        return world.get(f"{ELEVATION}/assignmentScheduleInstances?$filter={wanted}", token=app)["value"]

    assert _elevate(world, app, "QG-Recipes").status_code == 201
    assert listed() == []
    assert "QG-Recipes" in world.user("remi.cassel")["groups"]
    assert _error(_elevate(world, app, "QG-Recipes")) == (400, "RoleAssignmentExists")
    [one] = _shown(world, listed)
    assert one["endDateTime"] is not None
    assert _elevate(world, app, "QG-Recipes", "adminRemove").status_code == 201
    assert "QG-Recipes" not in world.user("remi.cassel")["groups"]
    assert _error(_elevate(world, app, "QG-Recipes", "adminRemove")) == (400, "RoleAssignmentDoesNotExist")
    assert world.graph("GET", f"{ELEVATION}/assignmentScheduleInstances", token=app).status_code == 400


@pytest.mark.parametrize(
    ("caller", "group", "status"),
    [
        ("mona.vasey", "QG-Finance-Ledger", 201),
        ("mona.vasey", "QG-Recipes", 403),
        ("gunther.pils", "QG-Recipes", 201),
        ("gunther.pils", "QRA-Desk", 403),
        ("nate.bellweather", "QRA-Desk", 201),
        ("nate.bellweather", "QDYN-Sales", 400),
    ],
)
def test_owners_and_administrators_of_groups_give_membership_and_of_roles_where_groups_hold_them(
    world: Any, caller: str, group: str, status: int
) -> None:
    token = world.user_token(f"{caller}@quillmere.example")
    assert _elevate(world, token, group).status_code == status


@pytest.mark.parametrize(
    ("change", "status"),
    [({"accessId": "owner"}, 501), ({"groupId": "nowhere"}, 404), ({"principalId": None}, 404), ({"x": 1}, 400)],
)
def test_an_elevation_that_does_not_fit_is_refused(world: Any, app: str, change: dict[str, Any], status: int) -> None:
    assert _elevate(world, app, "QG-Recipes", **change).status_code == status
