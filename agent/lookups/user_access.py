"""Questions about what a user holds: groups, directory roles, sign-in methods, risk and licences."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records, texts
from agent.model.graph_call import GraphCall


def _groups(subject: str) -> GraphCall:
    # A cast with other parameters is an advanced query: it needs the header and `$count` (Graph docs).
    path = f"/users/{object_id(subject)}/transitiveMemberOf/graph.group"
    query = (("$select", "id,isAssignableToRole"), ("$count", "true"), ("$top", "999"))
    return GraphCall(method="GET", path=path, query=query, eventual=True)


def _read_groups(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = [(id_of(one), _is_assignable(one)) for one in records(body)]
    return {"groups": [group for group, _ in found], "role_assignable": [group for group, yes in found if yes]}


def _is_assignable(record: Mapping[str, Any]) -> bool:
    """Null is what Graph shows for a group made without the setting, which cannot be changed later."""
    found = picked(record, isAssignableToRole=bool)
    if "isAssignableToRole" not in found:
        raise UnreadableError("expected `isAssignableToRole` of every group")
    return found["isAssignableToRole"] is True


def _roles(subject: str) -> GraphCall:
    query = (("$filter", f"principalId eq {literal(object_id(subject))}"), ("$expand", "roleDefinition"))
    return GraphCall(method="GET", path="/roleManagement/directory/roleAssignments", query=query)


def _read_roles(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"roles": [_role(one, subject) for one in records(body)]}


def _role(record: Mapping[str, Any], subject: str) -> dict[str, Any]:
    # A server that ignores the filter would otherwise turn everybody into an administrator.
    if "principalId" in record and id_of(record, "principalId") != subject.lower():
        raise UnreadableError("the answer is about another principal")
    definition = record.get("roleDefinition")
    name = picked(definition, displayName=str) if isinstance(definition, Mapping) else {}
    return {"roleDefinitionId": id_of(record, "roleDefinitionId"), **name, **picked(record, directoryScopeId=str)}


def _methods(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}/authentication/methods")


def _read_methods(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"methods": [{"id": id_of(one), "type": _type_of(one)} for one in records(body)]}


def _type_of(record: Mapping[str, Any]) -> str:
    """Return the short name of the method's type; its numbers, addresses and device names stay behind."""
    name = record.get("@odata.type")
    if not isinstance(name, str):
        raise UnreadableError("expected `@odata.type` of every sign-in method")
    return name.rpartition(".")[2].removesuffix("AuthenticationMethod")


def _risk(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/identityProtection/riskyUsers/{object_id(subject)}")


def _read_risk(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another user")
    return picked(body, riskState=str, riskLevel=str)


def _licenses(subject: str) -> GraphCall:
    query = (("$select", "id,assignedLicenses,licenseAssignmentStates"),)
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}", query=query)


def _read_licenses(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    assigned = [
        {"skuId": id_of(one, "skuId"), "disabledPlans": [plan.lower() for plan in texts(one, "disabledPlans")]}
        for one in records({"value": body.get("assignedLicenses")})
    ]
    facts: dict[str, Any] = {"assignedLicenses": assigned}
    if "licenseAssignmentStates" in body:
        facts["assignments"] = [_assignment(one) for one in records({"value": body["licenseAssignmentStates"]})]
    return facts


def _assignment(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"skuId": id_of(record, "skuId"), **picked(record, assignedByGroup=str, state=str)}


# Subject: an object id, for all of them.
# Facts: `groups` (ids, nested ones too) and `role_assignable` (those of them that can hold directory roles).
USER_GROUPS = Lookup("user.groups", _groups, _read_groups, permission="GroupMember.Read.All")

# Facts: `roles`, the roles held now and directly. Roles through groups are in `user.groups`.
USER_DIRECTORY_ROLES = Lookup("user.directory_roles", _roles, _read_roles, permission="RoleManagement.Read.Directory")

# Facts: `methods`, each an id and a type such as `microsoftAuthenticator`.
USER_AUTH_METHODS = Lookup("user.auth_methods", _methods, _read_methods, permission="UserAuthenticationMethod.Read.All")

# Facts: `riskState` and `riskLevel`. Absent: Microsoft has no risk record of this user.
# Identity Protection allows one request a second for a whole tenant and sends no Retry-After.
USER_RISK = Lookup("user.risk", _risk, _read_risk, permission="IdentityRiskyUser.Read.All", throttle_class="entra-ca")

# Facts: `assignedLicenses` (skuId, disabledPlans) and, when Graph tells, `assignments` (skuId,
# assignedByGroup: null means direct).
USER_LICENSES = Lookup("user.licenses", _licenses, _read_licenses, permission="User.Read.All")
