"""Every kind of exchange, judged by a validator made from Graph's published metadata.

The validator is no part of the project; without it beside the project these tests are skipped.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.published_contract import FACTS, validator

VALIDATOR = FACTS / "validate.py"
MINE = "11111111-2222-4333-8444-555555555555"
USER = "/users/nuno.teles@quillmere.example"
PASSES = f"{USER}/authentication/temporaryAccessPassMethods"
REF = "https://graph.microsoft.com/v1.0/directoryObjects/"


@pytest.fixture(scope="module")
def judge() -> ModuleType:
    """The validator as a module."""
    found = validator()
    if found is None:
        pytest.skip("the Graph validator does not lie beside the project")
    return found


# OData names a type only where it differs from the declared one (JSON format 4.01, section 4.6.3); the validator
# warns that a risky user is no derived type.
_DECLARED_TYPE = "microsoft.graph.riskyUser has derived types"


def _judged(judge: ModuleType, answer: httpx.Response, *, body: object, action: str | None) -> list[Any]:
    request = answer.request
    address = urlsplit(str(request.url))
    findings: list[Any] = judge.check(
        request.method,
        address.path,
        address.query,
        body,
        answer.status_code,
        answer.json() if answer.content else None,
        headers=dict(request.headers),
        response_headers=dict(answer.headers),
        action=action,
    )
    return [finding for finding in findings if finding[0] != "info" and _DECLARED_TYPE not in finding[2]]


def _send(world: Any, token: str, method: str, path: str, body: object = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "client-request-id": MINE, "ConsistencyLevel": "eventual"}
    address = world.ready["graph"] + path
    answer: httpx.Response = world.client.request(method, address, headers=headers, json=body)
    return answer


READS: list[Callable[[Any], str]] = [
    lambda _: USER,
    lambda _: f"{USER}?$select=id,displayName,accountEnabled,userType,signInSessionsValidFromDateTime,assignedLicenses",
    lambda _: f"{USER}?$select=id,licenseAssignmentStates,signInActivity,createdDateTime,passwordProfile",
    lambda _: f"{USER}/manager?$select=id,displayName,userPrincipalName,mail",
    lambda _: f"{USER}/directReports?$select=id,displayName,userPrincipalName",
    lambda _: f"{USER}/memberOf",
    lambda _: f"{USER}/transitiveMemberOf/graph.group?$select=id,displayName,groupTypes&$count=true&$top=999",
    lambda _: f"{USER}/authentication/methods",
    lambda _: f"{USER}/authentication/temporaryAccessPassMethods",
    lambda _: f"{USER}/licenseDetails?$select=id,skuId,skuPartNumber,servicePlans",
    lambda _: "/users/eag-one@quillmere.example/authentication/methods",
    lambda _: '/users?$select=id,displayName,userPrincipalName&$search="displayName:barth"&$count=true&$top=10',
    lambda _: "/users?$select=id,displayName,userPrincipalName&$filter=startswith(userPrincipalName,'s')&$top=2",
    lambda _: '/groups?$select=id,displayName,mail,groupTypes&$search="displayName:qg"&$count=true&$top=3',
    lambda world: f"/groups/{world.group_id('QT-Finance')}",
    lambda world: f"/groups/{world.group_id('QG-Visio-Lic')}?$select=id,assignedLicenses,resourceProvisioningOptions",
    lambda world: f"/groups/{world.group_id('QT-Launch')}/members?$select=id,displayName&$top=2",
    lambda world: f"/groups/{world.group_id('QT-Launch')}/members",
    lambda world: f"/groups/{world.group_id('QT-Launch')}/owners?$select=id,displayName,userPrincipalName",
    lambda world: f"/identityProtection/riskyUsers/{world.user('zoe.minto')['id']}",
    lambda world: (
        f"/roleManagement/directory/roleAssignments?$expand=roleDefinition"
        f"&$filter=principalId eq '{world.user('gunther.pils')['id']}'"
    ),
    lambda world: (
        "/roleManagement/directory/roleEligibilityScheduleInstances"
        f"?$filter=principalId eq '{world.user('gunther.pils')['id']}'"
    ),
    lambda _: "/roleManagement/directory/roleDefinitions?$select=id,displayName,isBuiltIn,templateId",
    lambda _: "/subscribedSkus?$select=skuId,skuPartNumber,capabilityStatus,prepaidUnits,consumedUnits",
    lambda _: "/subscribedSkus",
    lambda _: "/organization?$select=id,displayName,verifiedDomains,onPremisesSyncEnabled,countryLetterCode",
    lambda _: "/organization",
    lambda _: "/auditLogs/directoryAudits?$filter=activityDateTime ge 2026-01-01T00:00:00Z&$top=50",
]


@pytest.mark.parametrize("path", READS)
def test_a_read_conforms(world: Any, app: str, judge: ModuleType, path: Callable[[Any], str]) -> None:
    _send(world, app, "PATCH", USER, {"accountEnabled": False})
    answer = _send(world, app, "GET", path(world))
    assert answer.status_code == 200, answer.text
    assert _judged(judge, answer, body=None, action=None) == []


WRITES: list[tuple[str, str, Callable[[Any], tuple[str, Any]]]] = [
    (
        "entra.user.password.reset",
        "PATCH",
        lambda _: (USER, {"passwordProfile": {"password": "Str0ng-enough!", "forceChangePasswordNextSignIn": True}}),
    ),
    (
        "entra.user.password.force_change",
        "PATCH",
        lambda _: (USER, {"passwordProfile": {"forceChangePasswordNextSignIn": True}}),
    ),
    ("entra.user.disable", "PATCH", lambda _: (USER, {"accountEnabled": False})),
    ("entra.user.profile.update", "PATCH", lambda _: (USER, {"jobTitle": "x", "officeLocation": None})),
    ("entra.user.sessions.revoke", "POST", lambda _: (f"{USER}/revokeSignInSessions", None)),
    (
        "entra.auth.tap.create",
        "POST",
        lambda _: (
            f"{USER}/authentication/temporaryAccessPassMethods",
            {"lifetimeInMinutes": 60, "isUsableOnce": True},
        ),
    ),
    (
        "entra.license.assign",
        "POST",
        lambda world: (
            f"{USER}/assignLicense",
            {
                "addLicenses": [{"skuId": world.file["subscribedSkus"][6]["skuId"], "disabledPlans": []}],
                "removeLicenses": [],
            },
        ),
    ),
    (
        "entra.group.member.add",
        "POST",
        lambda world: (
            f"/groups/{world.group_id('QG-Remote-Access')}/members/$ref",
            {"@odata.id": REF + world.user("nuno.teles")["id"]},
        ),
    ),
    (
        "entra.group.member.remove",
        "DELETE",
        lambda world: (
            f"/groups/{world.group_id('QG-Remote-Access')}/members/{world.user('kiran.dale')['id']}/$ref",
            None,
        ),
    ),
]


@pytest.mark.parametrize(("action", "method", "request_of"), WRITES, ids=[one[0] for one in WRITES])
def test_a_write_conforms(
    world: Any, app: str, judge: ModuleType, action: str, method: str, request_of: Callable[[Any], tuple[str, Any]]
) -> None:
    path, body = request_of(world)
    answer = _send(world, app, method, path, body)
    assert answer.is_success, answer.text
    assert _judged(judge, answer, body=body, action=action) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/users/nobody", None, 404),
        ("GET", "/users?$filter=department ge 'x'", None, 400),
        ("PATCH", USER, {"displayName": 5}, 400),
        ("POST", "/groups/00000000-0000-4000-8000-000000000000/members/$ref", {"@odata.id": REF + MINE}, 404),
        ("PATCH", "/users/nate.bellweather@quillmere.example", {"accountEnabled": False}, 403),
    ],
)
def test_an_error_conforms(
    world: Any, app: str, judge: ModuleType, method: str, path: str, body: object, status: int
) -> None:
    answer = _send(world, app, method, path, body)
    assert answer.status_code == status
    findings = _judged(judge, answer, body=body, action=None)
    assert [one for one in findings if not one[1].startswith(("request", "query"))] == []


def test_a_throttled_answer_conforms(world: Any, app: str, judge: ModuleType) -> None:
    world.control("POST", "/faults", {"path": "/users/", "status": 429, "headers": {"Retry-After": "2.128"}})
    assert _judged(judge, _send(world, app, "GET", USER), body=None, action=None) == []
