"""Questions about enterprise applications: which bear a name, what one is, who is assigned, what was consented."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id, search_phrase
from agent.lookups.reading import UnreadableError, id_of, picked, records, texts
from agent.model.graph_call import GraphCall

_APP = "id,appId,displayName,accountEnabled,appRoleAssignmentRequired,appOwnerOrganizationId,appRoles"

# More applications of one name than this are not told apart by reading on.
MAX_CANDIDATES = 25


def _get(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/servicePrincipals/{object_id(subject)}", query=(("$select", _APP),))


def _app(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another application")
    names = picked(
        body,
        appId=str,
        displayName=str,
        accountEnabled=bool,
        appRoleAssignmentRequired=bool,
        appOwnerOrganizationId=str,
    )
    roles = [_app_role(one) for one in records({"value": body.get("appRoles")}) if "User" in _members(one)]
    return {"id": id_of(body), **names, "appRoles": roles}


def _members(role: Mapping[str, Any]) -> list[str]:
    return texts(role, "allowedMemberTypes")


def _app_role(role: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": id_of(role), **picked(role, displayName=str, value=str, isEnabled=bool)}


def _client(subject: str) -> GraphCall:
    query = (("$filter", f"appId eq {literal(object_id(subject))}"), ("$select", "id,appId,displayName"))
    return GraphCall(method="GET", path="/servicePrincipals", query=query)


def _client_app(subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    found = records(body)
    if not found:
        return None
    if len(found) > 1 or id_of(found[0], "appId") != subject.lower():
        raise UnreadableError("the answer is about another application")
    return {"id": id_of(found[0]), **picked(found[0], appId=str, displayName=str)}


def _find(subject: str) -> GraphCall:
    query = (
        ("$search", search_phrase("displayName", subject)),
        ("$select", "id,appId,displayName,accountEnabled"),
        ("$count", "true"),
        ("$top", "25"),
    )
    return GraphCall(method="GET", path="/servicePrincipals", query=query, eventual=True)


def _candidates(_subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    found = records(body)
    if not found:
        return None
    apps = [{"id": id_of(one), **picked(one, appId=str, displayName=str, accountEnabled=bool)} for one in found]
    return {"candidates": apps[:MAX_CANDIDATES], "complete": len(found) <= MAX_CANDIDATES}


def _assigned_to(subject: str) -> GraphCall:
    path = f"/servicePrincipals/{object_id(subject)}/appRoleAssignedTo"
    query = (("$select", "id,appRoleId,principalId,principalType,resourceId"), ("$top", "999"))
    return GraphCall(method="GET", path=path, query=query)


def _assigned(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"assigned": [_assignment(one, subject) for one in records(body)]}


def _assignment(record: Mapping[str, Any], subject: str) -> dict[str, Any]:
    if id_of(record, "resourceId") != subject.lower():
        raise UnreadableError("the answer is about another application")
    who = {"principalId": id_of(record, "principalId"), "appRoleId": id_of(record, "appRoleId")}
    return {"id": id_of(record), **who, **picked(record, principalType=str)}


def _granted_to(subject: str) -> GraphCall:
    query = (("$filter", f"clientId eq {literal(object_id(subject))}"),)
    return GraphCall(method="GET", path="/oauth2PermissionGrants", query=query)


def _grants(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"grants": [_grant(one, subject) for one in records(body)]}


def _grant(record: Mapping[str, Any], subject: str) -> dict[str, Any]:
    if id_of(record, "clientId") != subject.lower():
        raise UnreadableError("the answer is about another application")
    what = picked(record, consentType=str, principalId=str, scope=str)
    return {"id": id_of(record), "resourceId": id_of(record, "resourceId"), **what}


# Subject: a display name or a part of it. Facts: `candidates` and `complete`; no application at all is absent.
APP_FIND = Lookup("app.find", _find, _candidates, permission="Application.Read.All")

# Subject: the object id of the service principal, here and below. Facts: what it is; `appRoles` are those that people
# can have. `appOwnerOrganizationId` is the tenant that published it.
APP_SP = Lookup("app.sp", _get, _app, permission="Application.Read.All")

# Subject: a client id, under which a tenant has one application at most. Absent: it is not in this tenant.
APP_CLIENT = Lookup("app.client", _client, _client_app, permission="Application.Read.All")

# Facts: `assigned`, each id, principalId, principalType (`User`, `Group`, `ServicePrincipal`), appRoleId.
APP_ASSIGNED = Lookup("app.assigned", _assigned_to, _assigned, permission="Application.Read.All")

# Facts: `grants`, the delegated consents to it: id, resourceId, consentType (`AllPrincipals` for everybody),
# principalId (null for everybody), scope (names separated by spaces).
APP_GRANTS = Lookup("app.grants", _granted_to, _grants, permission="Directory.Read.All")
