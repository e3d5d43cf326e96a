"""The actions and look-ups of the area "governance"."""

from typing import Any

from simulator import links, roles, seed
from simulator.directory import Directory
from simulator.ids import stable
from tests.agent.areas.example import Example

TENANT = "0161082c-fbe2-5695-a02a-8868ae87e1fc"
USER = "a568c719-7c70-5207-96f9-f39ffc875fb5"
GROUP = "8272451c-0789-5c5e-8b19-8ed1992695b8"
ROLE = roles.TEMPLATE_IDS[roles.REPORTS_READER]
APP = "3c5befc8-7623-5235-85c6-4e844609d1a6"
RESOURCE = "57ff2da0-773e-42df-b2af-ffb7a2317929"
PACKAGE = "6f1967b7-15e8-4935-ac26-d50770ed07a7"
POLICY = "05e9a617-0261-4cee-bb44-138d3ef5d965"
ASSIGNMENT = "d102d87a-bce6-5ad0-8b1d-73976d1eaa00"
# An id that differs from another by case alone, and has what a path escapes.
KEY = "S8-44MyLhUKxf6jJa4RO3pRWQ1NbMWVEm5_T4YSdxlo"
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"

REFERENCE = {"justification": "Covers for Ed O'Shea (50% #1)", "ticket_number": "INC-0042"}
TICKET = {
    "justification": "Covers for Ed O'Shea (50% #1)",
    "ticketInfo": {"ticketNumber": "INC-0042", "ticketSystem": "Remit"},
}
WHY = {"justification": "Covers for Ed O'Shea"}
ROLE_OF = {"user_id": USER, "role_id": ROLE}
PACKAGE_OF = {"user_id": USER, "package_id": PACKAGE, "policy_id": POLICY, **WHY}

# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {
    "entra.role.assign_direct": ROLE_OF,
    "entra.role.remove_direct": {**ROLE_OF, "assignment_id": KEY},
    "entra.pim.role.eligible.assign": {**ROLE_OF, **REFERENCE, "days": 30},
    "entra.pim.role.eligible.remove": {**ROLE_OF, **REFERENCE, "was_end": "2027-03-01T08:00:00Z"},
    "entra.pim.role.activate_self": {**ROLE_OF, **REFERENCE, "hours": 2},
    "entra.pim.group.assign": {"user_id": USER, "group_id": GROUP, **REFERENCE},
    "entra.accesspackage.assign": PACKAGE_OF,
    "entra.accesspackage.remove": {**PACKAGE_OF, "assignment_id": ASSIGNMENT},
    "entra.app.role.assign": {"app_id": APP, "user_id": USER},
    "entra.app.role.remove": {"app_id": APP, "user_id": USER, "assignment_id": KEY},
    "entra.app.disable": {"app_id": APP},
    "entra.app.consent.revoke": {
        "app_id": APP,
        "grant_id": KEY,
        "resource_id": RESOURCE,
        "consent_type": "Principal",
        "user_id": USER,
        "was_scope": "Mail.Read offline_access",
    },
}

ROLES = "/roleManagement/directory"
LINK = {"principalId": USER, "roleDefinitionId": ROLE, "directoryScopeId": "/"}
ELIGIBILITY = f"{ROLES}/roleEligibilityScheduleRequests"
ELEVATION = "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests"
MEMBER = {"accessId": "member", "principalId": USER, "groupId": GROUP}
REQUESTS = "/identityGovernance/entitlementManagement/assignmentRequests"
GIVE = {
    "requestType": "adminAdd",
    "assignment": {"targetId": USER, "assignmentPolicyId": POLICY, "accessPackageId": PACKAGE},
    **WHY,
}
ASSIGNED = f"/servicePrincipals/{APP}/appRoleAssignedTo"
ACCESS = {"principalId": USER, "resourceId": APP, "appRoleId": DEFAULT_ACCESS}
CONSENT = {
    "clientId": APP,
    "consentType": "Principal",
    "principalId": USER,
    "resourceId": RESOURCE,
    "scope": "Mail.Read offline_access",
}


def lasting(duration: str) -> dict[str, Any]:
    """A schedule that starts at once."""
    return {"scheduleInfo": {"expiration": {"type": "afterDuration", "duration": duration}}}


UNTIL = {"scheduleInfo": {"expiration": {"type": "afterDateTime", "endDateTime": "2027-03-01T08:00:00Z"}}}

# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "entra.role.assign_direct": (
        ("POST", f"{ROLES}/roleAssignments", LINK),
        ("DELETE", f"{ROLES}/roleAssignments/{{created}}", None),
    ),
    "entra.role.remove_direct": (
        ("DELETE", f"{ROLES}/roleAssignments/{KEY}", None),
        ("POST", f"{ROLES}/roleAssignments", LINK),
    ),
    "entra.pim.role.eligible.assign": (
        ("POST", ELIGIBILITY, {"action": "adminAssign", **LINK, **lasting("P30D"), **TICKET}),
        ("POST", ELIGIBILITY, {"action": "adminRemove", **LINK, **TICKET}),
    ),
    "entra.pim.role.eligible.remove": (
        ("POST", ELIGIBILITY, {"action": "adminRemove", **LINK, **TICKET}),
        ("POST", ELIGIBILITY, {"action": "adminAssign", **LINK, **UNTIL, **TICKET}),
    ),
    "entra.pim.role.activate_self": (
        (
            "POST",
            f"{ROLES}/roleAssignmentScheduleRequests",
            {"action": "selfActivate", **LINK, **lasting("PT2H"), **TICKET},
        ),
        None,
    ),
    "entra.pim.group.assign": (
        ("POST", ELEVATION, {"action": "adminAssign", **MEMBER, **lasting("PT8H"), **TICKET}),
        ("POST", ELEVATION, {"action": "adminRemove", **MEMBER, **TICKET}),
    ),
    "entra.accesspackage.assign": (("POST", REQUESTS, GIVE), None),
    "entra.accesspackage.remove": (
        ("POST", REQUESTS, {"requestType": "adminRemove", "assignment": {"id": ASSIGNMENT}, **WHY}),
        ("POST", REQUESTS, GIVE),
    ),
    "entra.app.role.assign": (("POST", ASSIGNED, ACCESS), ("DELETE", f"{ASSIGNED}/{{created}}", None)),
    "entra.app.role.remove": (("DELETE", f"{ASSIGNED}/{KEY}", None), ("POST", ASSIGNED, ACCESS)),
    "entra.app.disable": (
        ("PATCH", f"/servicePrincipals/{APP}", {"accountEnabled": False}),
        ("PATCH", f"/servicePrincipals/{APP}", {"accountEnabled": True}),
    ),
    "entra.app.consent.revoke": (
        ("DELETE", f"/oauth2PermissionGrants/{KEY}", None),
        ("POST", "/oauth2PermissionGrants", CONSENT),
    ),
}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {
    "user.roles_active": USER,
    "user.roles_eligible": USER,
    "role.definitions": "all",
    "app.find": "Label Service",
    "app.sp": APP,
    "app.client": RESOURCE,
    "app.assigned": APP,
    "app.grants": APP,
    "access.packages": "all",
    "access.assignments": USER,
}


def somebody(directory: Directory) -> str:
    """The first enabled employee."""
    people = directory.users.values()
    return str(next(one["id"] for one in people if one["accountEnabled"] and one["userType"] == "Member"))


def eligible(directory: Directory, who: str, *, end: str | None) -> dict[str, Any]:
    """A person made eligible for a role, as an administrator before us would have."""
    own_id = roles.assignment_id(directory.tenant_id, ROLE, principal_id=who)
    directory.role_eligibilities[own_id] = {
        "id": own_id,
        "directoryScopeId": "/",
        "principalId": who,
        "roleDefinitionId": ROLE,
        "memberType": "Direct",
        "startDateTime": "2024-01-15T08:00:00Z",
        "endDateTime": end,
        "roleEligibilityScheduleId": own_id,
    }
    return {"user_id": who, "role_id": ROLE, **REFERENCE}


def _to_assign(directory: Directory) -> dict[str, Any]:
    return {"user_id": somebody(directory), "role_id": ROLE}


def _held(directory: Directory) -> dict[str, Any]:
    who = somebody(directory)
    own_id = roles.assignment_id(directory.tenant_id, ROLE, principal_id=who)
    link = {"principalId": who, "roleDefinitionId": ROLE, "directoryScopeId": "/", "appScopeId": None}
    directory.role_assignments[own_id] = {"id": own_id, **link}
    return {"user_id": who, "role_id": ROLE, "assignment_id": own_id}


def _group(directory: Directory) -> dict[str, Any]:
    group = next(one for one in directory.groups.values() if one["displayName"] == "QG-Remote-Access")
    outsiders = (one for one in directory.users if one not in directory.members[group["id"]])
    return {"user_id": next(outsiders), "group_id": group["id"], **REFERENCE}


def _own_role(directory: Directory) -> dict[str, Any]:
    # The holder's own token also reads the effect, which takes a reader of roles.
    who = somebody(directory)
    seed.assign_role(directory, roles.GLOBAL_READER, principal_id=who)
    return {**eligible(directory, who, end=None), "hours": 2}


def package(directory: Directory, name: str) -> dict[str, Any]:
    """A package of the tenant with its one policy, for somebody."""
    found = next(one for one in directory.objects["accessPackages"].values() if one["displayName"] == name)
    policies = directory.objects["accessPackageAssignmentPolicies"].values()
    policy = next(one["id"] for one in policies if one["packageId"] == found["id"])
    return {"user_id": somebody(directory), "package_id": found["id"], "policy_id": policy, **WHY}


def _delivered(directory: Directory) -> dict[str, Any]:
    params = package(directory, "Employee basics")
    every = directory.objects["accessPackageAssignments"].values()
    own = next(one for one in every if one["packageId"] == params["package_id"])
    return {**params, "user_id": own["userId"], "assignment_id": own["id"], "package_name": "Employee basics"}


def _app(_directory: Directory) -> dict[str, Any]:
    return {"app_id": APP, "target_name": "Label Service"}


def _outsider(directory: Directory) -> dict[str, Any]:
    held = directory.objects["appRoleAssignments"].values()
    inside = {one["principalId"] for one in held if one["resourceId"] == APP}
    return {"app_id": APP, "user_id": next(one for one in directory.users if one not in inside)}


def _in_a_role(directory: Directory) -> dict[str, Any]:
    app = directory.objects["servicePrincipals"][APP]
    role = {"id": POLICY, "displayName": "Printer", "description": "", "value": "Print", "isEnabled": True}
    app["appRoles"] = [{**role, "allowedMemberTypes": ["User"], "origin": "Application"}]
    return {**_outsider(directory), "app_role_id": POLICY}


def _assigned(directory: Directory) -> dict[str, Any]:
    who, app = directory.users[USER], directory.objects["servicePrincipals"][APP]
    at = "2024-01-15T08:00:00Z"
    one = links.app_role_assignment(directory.tenant_id, who, app=app, role_id=DEFAULT_ACCESS, at=at)
    directory.objects["appRoleAssignments"][one["id"]] = one
    return {"app_id": APP, "user_id": USER, "assignment_id": one["id"]}


def _consented(directory: Directory) -> dict[str, Any]:
    held = directory.objects["oauth2PermissionGrants"].values()
    return _grant(next(one for one in held if one["clientId"] == APP))


def _consented_by_one(directory: Directory) -> dict[str, Any]:
    resource = next(one["resourceId"] for one in directory.objects["oauth2PermissionGrants"].values())
    who = somebody(directory)
    one = links.permission_grant(APP, resource, principal_id=who, scope=" Mail.Read offline_access")
    directory.objects["oauth2PermissionGrants"][one["id"]] = one
    return _grant(one)


def _grant(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "app_id": one["clientId"],
        "grant_id": one["id"],
        "resource_id": one["resourceId"],
        "consent_type": one["consentType"],
        "user_id": one["principalId"],
        "was_scope": one["scope"],
    }


# A request stays in the service's books, whatever becomes of it.
_ELIGIBILITY_REQUESTS = ("objects.roleEligibilityScheduleRequests",)
# What comes back starts anew: Graph takes no start in the past.
_NEW_START = (f"role_eligibilities.{roles.assignment_id(TENANT, ROLE, principal_id=USER)}.startDateTime",)
_ACCESS_ID = links.link_key(USER, stable("app role assignment", TENANT, USER, APP, DEFAULT_ACCESS))

EXAMPLES: tuple[Example, ...] = (
    Example("entra.role.assign_direct", _to_assign),
    Example("entra.role.remove_direct", _held),
    Example("entra.pim.role.eligible.assign", lambda one: _to_assign(one) | REFERENCE, lost=_ELIGIBILITY_REQUESTS),
    Example(
        "entra.pim.role.eligible.remove",
        lambda one: {**eligible(one, USER, end="2027-03-01T08:00:00Z"), "was_end": "2027-03-01T08:00:00Z"},
        lost=(*_ELIGIBILITY_REQUESTS, *_NEW_START),
    ),
    Example(
        "entra.pim.role.eligible.remove",
        lambda one: {**eligible(one, USER, end=None), "was_end": None},
        lost=(*_ELIGIBILITY_REQUESTS, *_NEW_START),
    ),
    Example("entra.pim.role.activate_self", _own_role),
    Example("entra.pim.group.assign", _group, lost=("objects.groupAssignmentScheduleRequests",)),
    Example("entra.accesspackage.assign", lambda one: package(one, "Project workspace")),
    # The assignment that comes back is another one, and the old one stays as expired.
    Example(
        "entra.accesspackage.remove",
        _delivered,
        lost=("objects.accessPackageAssignmentRequests", "objects.accessPackageAssignments"),
    ),
    Example("entra.app.role.assign", _outsider),
    Example("entra.app.role.assign", _in_a_role),
    # The new assignment says when it was made.
    Example("entra.app.role.remove", _assigned, lost=(f"objects.appRoleAssignments.{_ACCESS_ID}.createdDateTime",)),
    Example("entra.app.disable", _app),
    Example("entra.app.consent.revoke", _consented),
    Example("entra.app.consent.revoke", _consented_by_one),
)
