"""Delegated consents: what an application may do on behalf of one user, or of everybody."""

from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph import audits, collection, rights, rights_governance
from simulator.graph.applications import SERVICE_PRINCIPAL, service_principal_target
from simulator.graph.audits import Event, changed
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route, any_of, bad_request, not_found
from simulator.graph.collection import Kind
from simulator.graph.schema import Schema
from simulator.links import permission_grant

_PATH = "/oauth2PermissionGrants"
_WRITABLE = dict.fromkeys(("clientId", "consentType", "principalId", "resourceId", "scope"), str)
_EQUAL = frozenset({"eq"})
GRANT = Kind(
    "oauth2PermissionGrants",
    "oauth2PermissionGrants",
    Schema(
        name="OAuth2PermissionGrant",
        properties=frozenset(_WRITABLE) | {"id"},
        defaults=frozenset(_WRITABLE) | {"id"},
        filters=dict.fromkeys(("clientId", "consentType", "principalId", "resourceId"), _EQUAL),
        writable=_WRITABLE,
    ),
)
_READERS = any_of("Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All")
_WRITERS = any_of("DelegatedPermissionGrant.ReadWrite.All")


def _list(call: Call) -> Answer:
    return collection.listed(call, GRANT)


def _get(call: Call) -> Answer:
    return collection.shown(call, _grant(call), kind=GRANT)


def _grant(call: Call) -> Resource:
    found = collection.everything(call, GRANT).get(call.parameters["grant"])
    if found is None:
        raise not_found(call.parameters["grant"])
    return found


def _consent(call: Call) -> Answer:
    fields = collection.written(call, GRANT)
    everybody = fields.get("consentType") == "AllPrincipals"
    if fields.get("consentType") not in ("AllPrincipals", "Principal") or everybody == bool(fields.get("principalId")):
        raise bad_request("Invalid value specified for property 'consentType'.")
    apps = collection.everything(call, SERVICE_PRINCIPAL)
    for name in ("clientId", "resourceId"):
        if fields.get(name) not in apps:
            raise not_found(str(fields.get(name)))
    if not everybody and fields["principalId"] not in call.directory.users:
        raise not_found(str(fields["principalId"]))
    scope = fields.get("scope") or ""
    linked = (fields["clientId"], fields["resourceId"])
    made = permission_grant(*linked, principal_id=fields.get("principalId"), scope=scope)
    if made["id"] in collection.everything(call, GRANT):
        raise GraphError(409, "Request_MultipleObjectsWithSameKeyValue", message="Permission entry already exists.")
    _record(call, "Add delegated permission grant", operation="Assign", made=made)
    return collection.created(call, GRANT, resource=made)


def _revoke(call: Call) -> Answer:
    held = _grant(call)
    del collection.everything(call, GRANT)[held["id"]]
    _record(call, "Remove delegated permission grant", operation="Unassign", made=held)
    return NO_CONTENT


def _record(call: Call, activity: str, *, operation: str, made: Resource) -> None:
    apps = collection.everything(call, SERVICE_PRINCIPAL)
    old, new = (None, made["scope"]) if operation == "Assign" else (made["scope"], None)
    changes = [changed("DelegatedPermissionGrant.Scope", old, new=new)]
    resource, client = apps[made["resourceId"]], apps[made["clientId"]]
    targets = [service_principal_target(resource, changes), service_principal_target(client)]
    user = call.directory.users.get(made["principalId"] or "")
    targets += [audits.user_target(user)] if user else []
    audits.record(call, [Event(activity, "ApplicationManagement", operation)], targets=targets)


_READ = rights.read_directory
_WRITE = rights_governance.change_consents
_LISTED = frozenset({"$filter", "$select", "$top", "$skiptoken"})

ROUTES = (
    Route("GET", _PATH, _list, (_READERS,), right=_READ, options=_LISTED),
    Route("GET", f"{_PATH}/{{grant}}", _get, (_READERS,), right=_READ, options=SELECT_ONLY),
    Route("POST", _PATH, _consent, (_WRITERS,), right=_WRITE),
    Route("DELETE", f"{_PATH}/{{grant}}", _revoke, (_WRITERS,), right=_WRITE),
)
