"""Enterprise applications: what they are, switching them off, and who is assigned to them.

Texts of refusals are those that public reports quote, or marked (u) where none was found. A disabled application
still gets tokens from the simulated Entra.
"""

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.graph import audits, collection, rights, rights_governance
from simulator.graph.audits import Event, changed
from simulator.graph.calls import (
    LIST_OPTIONS,
    NO_CONTENT,
    SELECT_ONLY,
    Answer,
    Call,
    Route,
    any_of,
    bad_request,
    find_group,
    find_user,
    not_found,
)
from simulator.graph.collection import Kind
from simulator.graph.schema import EQUAL, TEXT, Schema
from simulator.links import app_role_assignment
from simulator.site import not_simulated

DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
_PATH = "/servicePrincipals/{app}"
_WRITABLE: dict[str, type] = {
    **dict.fromkeys(("accountEnabled", "appRoleAssignmentRequired"), bool),
    **dict.fromkeys(("description", "homepage", "loginUrl", "notes"), str),
}
_NOT_WRITTEN = """
addIns alternativeNames appRoles customSecurityAttributes displayName info keyCredentials logoutUrl
notificationEmailAddresses oauth2PermissionScopes passwordCredentials preferredSingleSignOnMode
preferredTokenSigningKeyThumbprint replyUrls samlSingleSignOnSettings servicePrincipalNames tags
tokenEncryptionKeyId
"""
_NOT_SIMULATED = frozenset(_NOT_WRITTEN.split())
_READ_ONLY = """
id appDescription appDisplayName appId appOwnerOrganizationId applicationTemplateId createdByAppId deletedDateTime
disabledByMicrosoftStatus isDisabled resourceSpecificApplicationPermissions servicePrincipalType signInAudience
verifiedPublisher
"""
_PROPERTIES = frozenset(_WRITABLE) | _NOT_SIMULATED | frozenset(_READ_ONLY.split())
SERVICE_PRINCIPAL = Kind(
    "servicePrincipals",
    "servicePrincipals",
    Schema(
        name="ServicePrincipal",
        properties=_PROPERTIES,
        defaults=_PROPERTIES - {"customSecurityAttributes"},
        filters={
            **dict.fromkeys(("id", "accountEnabled", "appOwnerOrganizationId", "servicePrincipalType"), EQUAL),
            **dict.fromkeys(("appId", "displayName"), TEXT),
        },
        searchable=frozenset({"displayName"}),
        sortable=frozenset({"displayName"}),
        writable=_WRITABLE,
        guids=frozenset({"appOwnerOrganizationId"}),
    ),
)
_LINK = ("appRoleId", "principalId", "resourceId")
_SHOWN = frozenset(
    (*_LINK, "id", "createdDateTime", "deletedDateTime", "principalDisplayName", "principalType", "resourceDisplayName")
)
ASSIGNMENT = Kind(
    "appRoleAssignments",
    "appRoleAssignments",
    Schema(
        name="AppRoleAssignment",
        properties=_SHOWN,
        defaults=_SHOWN,
        filters={"resourceId": frozenset({"eq"}), "principalDisplayName": frozenset({"eq", "startswith"})},
        guids=frozenset({"resourceId"}),
        writable=dict.fromkeys(_LINK, str),
    ),
)
_APP_READERS = any_of(
    "Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"
)
_APP_WRITERS = any_of("Application.ReadWrite.All", "Directory.ReadWrite.All")
_ASSIGNERS = any_of("AppRoleAssignment.ReadWrite.All")
_OWN_READERS = any_of("Directory.Read.All", "Directory.ReadWrite.All", "AppRoleAssignment.ReadWrite.All")
_LISTED = frozenset({"$filter", "$select", "$top", "$skiptoken"})


def service_principal_target(app: Resource, changes: list[Resource] | None = None) -> Resource:
    """An application as the native log shows one."""
    shown: Resource = {"id": app["id"], "displayName": app["displayName"], "type": "ServicePrincipal"}
    return {**shown, "userPrincipalName": None, "groupType": None, "modifiedProperties": changes or []}


def _list(call: Call) -> Answer:
    return collection.listed(call, SERVICE_PRINCIPAL)


def _get(call: Call) -> Answer:
    return collection.shown(call, _app(call), kind=SERVICE_PRINCIPAL)


def _app(call: Call) -> Resource:
    return collection.found(call, SERVICE_PRINCIPAL, parameter="app")


def _patch(call: Call) -> Answer:
    app = _app(call)
    for name in sorted(_NOT_SIMULATED & set(call.fields())):
        raise not_simulated(f"writing {name} of a service principal")
    fields = collection.written(call, SERVICE_PRINCIPAL)
    if not fields:
        raise bad_request("Empty payload. JSON content expected.")
    pairs = ((name, app.get(name), value) for name, value in fields.items())
    changes = [changed(name[0].upper() + name[1:], [old], new=[new]) for name, old, new in pairs if old != new]
    app.update(fields)
    event = Event("Update service principal", "ApplicationManagement", "Update")
    audits.record(call, [event], targets=[service_principal_target(app, changes)])
    return NO_CONTENT


def _assigned_to(call: Call) -> Answer:
    return _assignments(call, "resourceId", wanted=_app(call)["id"])


def _of_user(call: Call) -> Answer:
    return _assignments(call, "principalId", wanted=find_user(call)["id"])


def _of_group(call: Call) -> Answer:
    return _assignments(call, "principalId", wanted=find_group(call)["id"])


def _assignments(call: Call, side: str, *, wanted: str) -> Answer:
    some = [one for one in collection.everything(call, ASSIGNMENT).values() if one[side] == wanted]
    return collection.listed(call, ASSIGNMENT, resources=some)


def _get_assignment(call: Call) -> Answer:
    return collection.shown(call, _assignment(call), kind=ASSIGNMENT)


def _assignment(call: Call) -> Resource:
    found = collection.everything(call, ASSIGNMENT).get(call.parameters["assignment"])
    if found is None or found["resourceId"] != _app(call)["id"]:
        raise not_found(call.parameters["assignment"])
    return found


def _assign(call: Call) -> Answer:
    app = _app(call)
    fields = {name: value.lower() for name, value in collection.written(call, ASSIGNMENT).items() if value}
    if set(fields) != set(_LINK):
        raise bad_request("One or more required properties are missing: principalId, resourceId, appRoleId.")  # (u)
    if fields["resourceId"] != app["id"]:
        raise bad_request("The resource is not the one of the address.")  # (u)
    principal, kind = _principal(call, fields["principalId"])
    if kind == "ServicePrincipal":
        # To give an application a permission is to give a role.
        rights_governance.change_roles(call)
    _check_role(app, fields["appRoleId"], kind=kind)
    made = app_role_assignment(
        call.directory.tenant_id, principal, app=app, role_id=fields["appRoleId"], at=stamp(call.now)
    )
    if made["id"] in collection.everything(call, ASSIGNMENT):
        raise bad_request("Permission being assigned already exists on the object")
    made["principalType"] = kind
    _record(call, "Add app role assignment grant to user", operation="Assign", made=made)
    return collection.created(call, ASSIGNMENT, resource=made)


def _principal(call: Call, wanted: str) -> tuple[Resource, str]:
    apps = collection.everything(call, SERVICE_PRINCIPAL)
    places = (("User", call.directory.users), ("Group", call.directory.groups), ("ServicePrincipal", apps))
    for kind, held in places:
        if wanted in held:
            return held[wanted], kind
    raise not_found(wanted)


def _check_role(app: Resource, role_id: str, *, kind: str) -> None:
    """The role must be one of the application's own, for this kind of principal; without any there is the default."""
    wanted = "Application" if kind == "ServicePrincipal" else "User"
    fit = [one["id"] for one in app["appRoles"] if one["isEnabled"] and wanted in one["allowedMemberTypes"]]
    if role_id not in fit and (app["appRoles"] or role_id != DEFAULT_ACCESS):
        raise bad_request("Permission being assigned was not found on application")


def _remove(call: Call) -> Answer:
    held = _assignment(call)
    if held["principalType"] == "ServicePrincipal":
        rights_governance.change_roles(call)
    del collection.everything(call, ASSIGNMENT)[held["id"]]
    _record(call, "Remove app role assignment from user", operation="Unassign", made=held)
    return NO_CONTENT


def _record(call: Call, activity: str, *, operation: str, made: Resource) -> None:
    words = {"User": "user", "Group": "group", "ServicePrincipal": "service principal"}
    name = activity.removesuffix("user") + words[made["principalType"]]
    principal, kind = _principal(call, made["principalId"])
    shown = audits.user_target(principal) if kind == "User" else service_principal_target(principal) | {"type": kind}
    app = collection.everything(call, SERVICE_PRINCIPAL)[made["resourceId"]]
    category = "UserManagement" if kind == "User" else "ApplicationManagement"
    audits.record(call, [Event(name, category, operation)], targets=[service_principal_target(app), shown])


_READ = rights.read_directory
_ASSIGNED = f"{_PATH}/appRoleAssignedTo"
_ONE = f"{_ASSIGNED}/{{assignment}}"
_ASSIGN_RIGHT = rights_governance.assign_apps
_OWN = rights_governance.read_own

ROUTES = (
    Route("GET", "/servicePrincipals", _list, (_APP_READERS,), right=_READ, options=LIST_OPTIONS),
    Route("GET", _PATH, _get, (_APP_READERS,), right=_READ, options=SELECT_ONLY),
    Route("PATCH", _PATH, _patch, (_APP_WRITERS,), right=rights_governance.change_apps),
    Route("GET", _ASSIGNED, _assigned_to, (_APP_READERS,), right=_READ, options=_LISTED),
    Route("GET", _ONE, _get_assignment, (_APP_READERS,), right=_READ, options=SELECT_ONLY),
    Route("POST", _ASSIGNED, _assign, (_ASSIGNERS, _APP_READERS), right=_ASSIGN_RIGHT),
    Route("DELETE", _ONE, _remove, (_ASSIGNERS,), right=_ASSIGN_RIGHT),
    Route("GET", "/users/{user}/appRoleAssignments", _of_user, (_OWN_READERS,), right=_OWN, options=_LISTED),
    Route("GET", "/groups/{group}/appRoleAssignments", _of_group, (_OWN_READERS,), right=_OWN, options=_LISTED),
)
