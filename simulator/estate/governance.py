"""Applications with their assignments and consents, and access packages.

A file names applications and who owns them: the owners are assigned, and permissions with a name are consented for
everybody. Without the section there is one application for all. Access packages stand in no file: there is one that
every enabled employee has, and one that nobody has yet.
"""

from typing import Any

from simulator.directory import Directory, Resource
from simulator.errors import TenantFileError
from simulator.ids import stable
from simulator.links import app_role_assignment, permission_grant
from simulator.shapes import CREATED_AT
from simulator.tenant_file import Application, TenantFile

# The same in every tenant: Microsoft Graph, and the tenant that publishes Microsoft's own applications.
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
MICROSOFT_TENANT_ID = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
_DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
_LISTS = """
addIns alternativeNames appRoles keyCredentials notificationEmailAddresses oauth2PermissionScopes passwordCredentials
replyUrls resourceSpecificApplicationPermissions servicePrincipalNames tags
"""


def add(directory: Directory, file: TenantFile) -> None:
    """Add them to `directory`, whose people and groups are there already.

    Raises:
        TenantFileError: an owner of an application is nobody.
    """
    apps = directory.objects.setdefault("servicePrincipals", {})
    graph = _service_principal(
        stable("service principal", directory.tenant_id, GRAPH_APP_ID),
        "Microsoft Graph",
        app_id=GRAPH_APP_ID,
        owner_id=MICROSOFT_TENANT_ID,
    )
    graph["appRoles"] = [_permission("User.Read.All"), _permission("Directory.ReadWrite.All")]
    apps[graph["id"]] = graph
    people = [user for user in directory.users.values() if user["accountEnabled"] and user["userType"] == "Member"]
    for place, known in enumerate(file.applications):
        app = _add_application(directory, known)
        names = [name for name in known.permissions if "." in name]
        _consent(directory, app, graph=graph, scope=" ".join(names))
        owners = [_person(directory, name, key=f"applications[{place}].owners") for name in known.owners]
        _assign(directory, app, people=owners)
    if not file.applications:
        portal = _add_application(directory, Application.model_validate({"displayName": "Employee Portal"}))
        _consent(directory, portal, graph=graph, scope="User.Read")
        _assign(directory, portal, people=people)
    _add_packages(directory, people)


def _person(directory: Directory, name: str, *, key: str) -> Resource:
    found = directory.user(name)
    if found is None:
        raise TenantFileError(f"`{key}`: expected a person of this file, got `{name}`")
    return found


def _add_application(directory: Directory, known: Application) -> Resource:
    tenant_id = directory.tenant_id
    app_id = known.app_id or stable("application", tenant_id, known.display_name)
    own_id = (known.id or stable("service principal", tenant_id, app_id)).lower()
    app = _service_principal(own_id, known.display_name, app_id=app_id, owner_id=tenant_id)
    app["accountEnabled"] = known.account_enabled
    app["appRoles"] = [_app_role(own_id, name) for name in known.app_roles]
    directory.objects["servicePrincipals"][own_id] = app
    return app


def _service_principal(own_id: str, name: str, *, app_id: str, owner_id: str) -> Resource:
    return {
        **{listed: [] for listed in _LISTS.split()},
        "id": own_id,
        "accountEnabled": True,
        "appDisplayName": name,
        "appId": app_id,
        "appOwnerOrganizationId": owner_id,
        "appRoleAssignmentRequired": False,
        "displayName": name,
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg" if owner_id != MICROSOFT_TENANT_ID else "AzureADMultipleOrgs",
    }


def _app_role(app_id: str, name: str) -> Resource:
    return _role(stable("app role", app_id, name), name, members="User")


def _permission(name: str) -> Resource:
    return _role(stable("permission", name), name, members="Application")


def _role(role_id: str, name: str, *, members: str) -> Resource:
    shown: dict[str, Any] = {"id": role_id, "displayName": name, "description": name, "value": name}
    return {**shown, "allowedMemberTypes": [members], "isEnabled": True, "origin": "Application"}


def _consent(directory: Directory, app: Resource, *, graph: Resource, scope: str) -> None:
    grants = directory.objects.setdefault("oauth2PermissionGrants", {})
    if scope:
        one = permission_grant(app["id"], graph["id"], principal_id=None, scope=scope)
        grants[one["id"]] = one


def _assign(directory: Directory, app: Resource, *, people: list[Resource]) -> None:
    held = directory.objects.setdefault("appRoleAssignments", {})
    role_id = app["appRoles"][0]["id"] if app["appRoles"] else _DEFAULT_ACCESS
    for user in people:
        one = app_role_assignment(directory.tenant_id, user, app=app, role_id=role_id, at=CREATED_AT)
        held[one["id"]] = one


def _add_packages(directory: Directory, people: list[Resource]) -> None:
    basics = _package(directory, "Employee basics", description="What everybody has from the first day")
    _package(directory, "Project workspace", description="For those who work on a customer's project")
    held = directory.objects.setdefault("accessPackageAssignments", {})
    for user in people:
        own_id = stable("access package assignment", directory.tenant_id, basics["id"], user["id"])
        kept = {"id": own_id, "userId": user["id"], "policyId": basics["policyId"], "packageId": basics["id"]}
        held[own_id] = {**kept, "isEnding": False, "dueAt": CREATED_AT}


def _package(directory: Directory, name: str, *, description: str) -> Resource:
    times = {"createdDateTime": CREATED_AT, "modifiedDateTime": CREATED_AT}
    package_id = stable("access package", directory.tenant_id, name)
    policy_id = stable("access package policy", directory.tenant_id, name)
    package = {"id": package_id, "displayName": name, "description": description, "isHidden": False, **times}
    policy = {"id": policy_id, "packageId": package_id, "displayName": "Initial policy", "description": None, **times}
    directory.objects.setdefault("accessPackages", {})[package_id] = package
    directory.objects.setdefault("accessPackageAssignmentPolicies", {})[policy_id] = policy
    return {**package, "policyId": policy_id}
