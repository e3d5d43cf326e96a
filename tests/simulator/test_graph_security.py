"""Identity Protection, Defender, the sign-in log and service health, and who may use all of this area."""

import copy
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from simulator import seed
from simulator.directory import load
from tests.simulator.test_conformance import _judged, _send
from tests.simulator.test_conformance import judge as judge  # The fixture is used by its name.
from tests.simulator.test_graph_conditional_access import LOCATIONS, NOBODY, PLACE, POLICIES, RANGE, location, policy_id

RISKY = "/identityProtection/riskyUsers"


def _only(world: Any, app: str, path: str) -> dict[str, Any]:
    [one] = world.get(path, token=app)["value"]
    return dict(one)


def _objects(world: Any) -> dict[str, Any]:
    return dict(world.control("GET", "/state")["tenants"][world.tenant_id]["directory"]["objects"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", f"{POLICIES}/{NOBODY}"),
        ("PATCH", f"{LOCATIONS}/{NOBODY}"),
        ("DELETE", f"{LOCATIONS}/{NOBODY}"),
        ("PATCH", "/security/alerts_v2/da0000000000000000"),
        ("PATCH", "/security/incidents/1"),
        ("GET", f"{POLICIES}/{NOBODY}"),
        ("GET", "/security/incidents/1"),
    ],
)
def test_what_does_not_exist_is_not_found(world: Any, app: str, method: str, path: str) -> None:
    answer = world.graph(method, path, token=app, body={} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "Request_ResourceNotFound")


def test_dismissing_a_risk_clears_user_and_detections_and_confirming_makes_them_high(world: Any, app: str) -> None:
    zoe = world.user("zoe.minto")["id"]
    found = f"/identityProtection/riskDetections?$filter=userId eq '{zoe}'"
    events = {one["riskEventType"] for one in world.get(found, token=app)["value"]}
    assert events == {"leakedCredentials", "unfamiliarFeatures"}
    for action, state, level in (
        ("dismiss", "dismissed", "none"),
        ("confirmCompromised", "confirmedCompromised", "high"),
    ):
        answer = world.graph("POST", f"{RISKY}/{action}", token=app, body={"userIds": [zoe]})
        assert (answer.status_code, answer.content) == (204, b"")
        risk = world.get(f"{RISKY}/{zoe}", token=app)
        assert (risk["riskState"], risk["riskLevel"]) == (state, level)
        assert state in {one["riskState"] for one in world.get(found, token=app)["value"]}
        assert "atRisk" not in {one["riskState"] for one in world.get(found, token=app)["value"]}
    logged = [(one["activityDisplayName"], one["loggedByService"]) for one in world.audits()]
    service = "Identity Protection"
    assert logged == [("DismissUser", service), ("ConfirmAccountCompromised", service)]


def test_identity_protection_works_on_for_a_while_after_it_was_told(world: Any, app: str) -> None:
    zoe = world.user("zoe.minto")["id"]
    assert world.get(f"{RISKY}/{zoe}", token=app)["isProcessing"] is False
    assert world.graph("POST", f"{RISKY}/dismiss", token=app, body={"userIds": [zoe]}).status_code == 204
    assert world.get(f"{RISKY}/{zoe}", token=app)["isProcessing"] is True
    state = world.control("GET", "/state")
    record = state["tenants"][world.tenant_id]["directory"]["risky_users"][zoe]
    record["riskLastUpdatedDateTime"] = "2026-11-20T09:30:00.0000000Z"
    world.control("POST", "/state", state)
    assert world.get(f"{RISKY}/{zoe}", token=app)["isProcessing"] is False


def test_confirming_makes_a_risky_user_of_somebody_unknown_and_dismissing_does_not(world: Any, app: str) -> None:
    nuno = world.user("nuno.teles")["id"]
    assert world.graph("POST", f"{RISKY}/dismiss", token=app, body={"userIds": [nuno]}).status_code == 404
    assert world.graph("GET", f"{RISKY}/{nuno}", token=app).status_code == 404
    assert world.graph("POST", f"{RISKY}/confirmCompromised", token=app, body={"userIds": [nuno]}).status_code == 204
    assert world.get(f"{RISKY}/{nuno}", token=app)["riskDetail"] == "adminConfirmedUserCompromised"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"userIds": []}, 400),
        ({"userIds": "all"}, 400),
        ({"userIds": [NOBODY], "reason": "x"}, 400),
        ({"userIds": [NOBODY] * 61}, 400),
        ({"userIds": [NOBODY]}, 404),
    ],
)
def test_a_verdict_about_nobody_or_too_many_is_refused(world: Any, app: str, body: object, status: int) -> None:
    assert world.graph("POST", f"{RISKY}/confirmCompromised", token=app, body=body).status_code == status
    assert world.audits() == []


def test_an_alert_is_triaged_with_an_answer_of_its_own_and_no_directory_audit(world: Any, app: str) -> None:
    alert = _only(world, app, "/security/alerts_v2?$filter=status ne 'resolved'")
    assert alert["evidence"][0]["userAccount"]["azureAdUserId"] == world.user("zoe.minto")["id"]
    path = f"/security/alerts_v2/{alert['id']}"
    body = {"status": "resolved", "assignedTo": "soc@quillmere.example", "classification": "falsePositive"}
    answer = world.graph("PATCH", path, token=app, body=body)
    assert (answer.status_code, {**answer.json(), **body}) == (200, answer.json())
    assert answer.json()["resolvedDateTime"]
    assert world.get("/security/alerts_v2?$filter=status ne 'resolved'", token=app)["value"] == []
    back = world.graph("PATCH", path, token=app, body={"status": "new", "assignedTo": None}).json()
    assert (back["assignedTo"], back["resolvedDateTime"]) == (None, None)
    assert world.audits() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"status": "closed"}, 400),
        ({"status": None}, 400),
        ({"determination": "nothing"}, 400),
        ({"assignedTo": 7}, 400),
        ({"tenantId": "x"}, 400),
        ({"owner": "x"}, 400),
        ({"severity": "low"}, 501),
    ],
)
def test_what_an_incident_does_not_take_is_refused(world: Any, app: str, body: object, status: int) -> None:
    incident = _only(world, app, "/security/incidents")
    path = f"/security/incidents/{incident['id']}"
    # An alert's severity cannot be written at all; an incident's can, and that is not simulated.
    assert world.graph("PATCH", path, token=app, body=body).status_code == status
    assert _only(world, app, "/security/incidents") == incident


WRITERS: list[tuple[str, str, Callable[[Any], str], object, str]] = [
    (
        "PATCH",
        "Policy.Read.All",
        lambda world: f"{POLICIES}/{policy_id(world)}",
        {"state": "disabled"},
        "Conditional Access",
    ),
    (
        "PATCH",
        "Policy.ReadWrite.ConditionalAccess",
        lambda world: f"{POLICIES}/{policy_id(world)}",
        {"state": "disabled"},
        "Conditional Access",
    ),
    ("POST", "Policy.ReadWrite.ConditionalAccess", lambda _: LOCATIONS, PLACE, "Conditional Access"),
    (
        "POST",
        "IdentityRiskyUser.ReadWrite.All",
        lambda _: f"{RISKY}/dismiss",
        {"userIds": ["ca15553b-7839-5e30-aac4-2c83da018390"]},
        "Security",
    ),
    (
        "PATCH",
        "SecurityIncident.ReadWrite.All",
        lambda world: f"/security/incidents/{next(iter(_objects(world)['incidents']))}",
        {"status": "inProgress"},
        "Security",
    ),
    (
        "PATCH",
        "SecurityAlert.ReadWrite.All",
        lambda world: f"/security/alerts_v2/{next(iter(_objects(world)['alerts']))}",
        {"status": "inProgress"},
        "Security",
    ),
]
_IDS = [f"{one[1]}-{number}" for number, one in enumerate(WRITERS)]


@pytest.mark.parametrize(("method", "permission", "path", "body", "role"), WRITERS, ids=_IDS)
def test_each_permission_is_needed_and_a_user_needs_a_role_too(
    world: Any, method: str, permission: str, path: Callable[[Any], str], body: object, role: str
) -> None:
    address = path(world)
    world.control("POST", "/apps", {"revoke": [permission], "grant_scopes": []})
    refused = world.graph(method, address, token=world.app_token(), body=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Authorization_RequestDenied")
    world.control("POST", "/apps", {"grant": [permission]})
    nuno = world.user_token("nuno.teles@quillmere.example")
    assert world.graph(method, address, token=nuno, body=body).status_code == 403
    assert world.audits() == []
    state = world.control("GET", "/state")
    directory = load(copy.deepcopy(state["tenants"][world.tenant_id]["directory"]))
    seed.assign_role(directory, f"{role} Administrator", principal_id=world.user("nuno.teles")["id"])
    state["tenants"][world.tenant_id]["directory"] = directory.dump()
    world.control("POST", "/state", state)
    assert world.graph(method, address, token=nuno, body=body).is_success


def test_a_member_without_a_role_reads_neither_policies_nor_risk_nor_alerts_nor_health(world: Any) -> None:
    token = world.user_token("nuno.teles@quillmere.example")
    paths = (POLICIES, LOCATIONS, "/identityProtection/riskDetections", "/security/alerts_v2", "/security/incidents")
    more = ("/auditLogs/signIns", "/admin/serviceAnnouncement/issues", "/admin/serviceAnnouncement/messages")
    assert {world.graph("GET", path, token=token).status_code for path in (*paths, *more)} == {403}


def test_a_sign_in_shows_what_policies_did_to_those_who_may_read_policies(world: Any, app: str) -> None:
    nuno = world.user("nuno.teles")["id"]
    path = f"/auditLogs/signIns?$filter=userId eq '{nuno}' and createdDateTime ge 2026-01-01T00:00:00Z"
    one = _only(world, app, f"{path}&$orderby=createdDateTime desc&$top=20")
    assert (one["status"]["errorCode"], len(one["appliedConditionalAccessPolicies"])) == (0, 3)
    world.control("POST", "/apps", {"revoke": ["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"]})
    assert _only(world, world.app_token(), path)["appliedConditionalAccessPolicies"] == []
    assert world.get(path.replace("2026-01", "2099-01"), token=app)["value"] == []


def test_open_issues_are_told_from_resolved_ones(world: Any, app: str) -> None:
    path = "/admin/serviceAnnouncement/issues"
    assert [one["isResolved"] for one in world.get(path, token=app)["value"]] == [False, True]
    issue = _only(world, app, f"{path}?$filter=isResolved eq false&$select=id,title,service,status")
    services = world.get("/admin/serviceAnnouncement/healthOverviews", token=app)["value"]
    troubled = [one["service"] for one in services if one["status"] != "serviceOperational"]
    assert troubled == [issue["service"]]


# OData names a type only where it differs from the declared one, and the reference's examples of policies name none.
_DECLARED_TYPE = "microsoft.graph.conditionalAccessPolicy has derived types"

READS: list[Callable[[Any], str]] = [
    lambda _: f"{POLICIES}?$select=id,displayName,state,conditions,grantControls",
    lambda _: POLICIES,
    lambda world: f"{POLICIES}/{policy_id(world, 'Country block')}",
    lambda world: f"{POLICIES}/{policy_id(world)}?$select=id,state",
    lambda _: LOCATIONS,
    lambda _: f"{LOCATIONS}?$filter=displayName eq 'Offices'&$select=id,displayName",
    lambda world: f"{LOCATIONS}/{next(iter(_objects(world)['namedLocations']))}",
    lambda world: f"/identityProtection/riskDetections?$filter=userId eq '{world.user('zoe.minto')['id']}'&$top=20",
    lambda _: "/auditLogs/signIns?$filter=createdDateTime ge 2026-01-01T00:00:00Z&$orderby=createdDateTime desc&$top=9",
    lambda _: "/security/alerts_v2?$select=id,title,severity,status,createdDateTime&$filter=status ne 'resolved'",
    lambda world: f"/security/alerts_v2/{next(iter(_objects(world)['alerts']))}",
    lambda _: "/security/incidents?$select=id,displayName,severity,status&$filter=status eq 'active'&$top=20",
    lambda world: f"/security/incidents/{next(iter(_objects(world)['incidents']))}",
    lambda _: "/admin/serviceAnnouncement/healthOverviews?$select=id,service,status",
    lambda _: "/admin/serviceAnnouncement/issues?$filter=isResolved eq false",
    lambda _: "/admin/serviceAnnouncement/messages?$top=20",
]


@pytest.mark.parametrize("path", READS)
def test_a_read_conforms(world: Any, app: str, judge: ModuleType, path: Callable[[Any], str]) -> None:
    answer = _send(world, app, "GET", path(world))
    assert answer.status_code == 200, answer.text
    assert answer.json().get("value") != []
    findings = _judged(judge, answer, body=None, action=None)
    assert [one for one in findings if _DECLARED_TYPE not in one[2]] == []


@pytest.mark.parametrize(
    ("action", "method", "path", "body"),
    [
        ("entra.ca.policy.state", "PATCH", WRITERS[0][2], {"state": "disabled"}),
        (
            "entra.ca.policy.exclude_user",
            "PATCH",
            lambda world: f"{POLICIES}/{policy_id(world)}",
            {"conditions": {"users": {"excludeUsers": []}}},
        ),
        ("entra.ca.namedlocation.create", "POST", lambda _: LOCATIONS, {**PLACE, "isTrusted": False}),
        (
            "entra.ca.namedlocation.update",
            "PATCH",
            lambda world: f"{LOCATIONS}/{location(world, world.app_token())['id']}",
            {"@odata.type": PLACE["@odata.type"], "ipRanges": [RANGE], "isTrusted": False},
        ),
        ("entra.risk.user.dismiss", "POST", WRITERS[3][2], WRITERS[3][3]),
        ("entra.risk.user.confirm_compromised", "POST", lambda _: f"{RISKY}/confirmCompromised", WRITERS[3][3]),
        ("sec.incident.update", "PATCH", WRITERS[4][2], {"status": "active", "assignedTo": "soc@quillmere.example"}),
        ("sec.alert.update", "PATCH", WRITERS[5][2], {"status": "inProgress", "classification": None}),
    ],
)
def test_a_write_conforms(
    world: Any, app: str, judge: ModuleType, action: str, method: str, path: Callable[[Any], str], body: object
) -> None:
    answer = _send(world, app, method, path(world), body)
    assert answer.is_success, answer.text
    assert _judged(judge, answer, body=body, action=action) == []
