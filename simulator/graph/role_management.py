"""Directory roles: what there is, who holds which and who is eligible, and giving one outright.

The scope is the whole tenant: a role over a part of it is 501, as the rights of its holder are not simulated.
"""

from collections.abc import Iterable

from simulator import roles
from simulator.directory import Directory, Resource
from simulator.graph import audits, collection, listing, rights, rights_governance, schedules
from simulator.graph.audits import Event
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route, any_of, bad_request, not_found
from simulator.graph.schema import EQUAL, Schema, plain
from simulator.site import not_simulated

WHOLE_TENANT = "/"
_PATH = "/roleManagement/directory"
_OF = "roleManagement/directory"
_CONFLICT = "A conflicting object with one or more of the specified property values is present in the directory."

_DEFINITION = plain(
    "UnifiedRoleDefinition",
    "id description displayName isBuiltIn isEnabled resourceScopes rolePermissions templateId version",
    filters=dict.fromkeys(("id", "displayName", "isBuiltIn", "templateId"), EQUAL),
)
_LINK = "id principalId roleDefinitionId directoryScopeId appScopeId "
_FILTERS = dict.fromkeys(("id", "principalId", "roleDefinitionId", "directoryScopeId", "memberType"), EQUAL)
_ASSIGNMENT = Schema(
    name="UnifiedRoleAssignment",
    properties=frozenset(_LINK.split()),
    defaults=frozenset(_LINK.split()),
    filters=_FILTERS,
    writable=dict.fromkeys(("principalId", "roleDefinitionId", "directoryScopeId", "appScopeId"), str),
)
_TIMES = "memberType startDateTime endDateTime "
_ELIGIBILITY = plain(
    "UnifiedRoleEligibilityScheduleInstance", _LINK + _TIMES + "roleEligibilityScheduleId", filters=_FILTERS
)
_ACTIVE = plain(
    "UnifiedRoleAssignmentScheduleInstance",
    _LINK + _TIMES + "assignmentType roleAssignmentOriginId roleAssignmentScheduleId",
    filters=_FILTERS | {"assignmentType": EQUAL},
)
# What PIM knows of an assignment, by its id; one that is not here was given outright and has no end.
SCHEDULES = "roleAssignmentSchedules"

_READERS = any_of(
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
_PIM_READERS = any_of("RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory")
_ELIGIBILITY_READERS = _PIM_READERS | any_of(
    "RoleEligibilitySchedule.Read.Directory", "RoleEligibilitySchedule.ReadWrite.Directory"
)
_ACTIVE_READERS = _PIM_READERS | any_of(
    "RoleAssignmentSchedule.Read.Directory", "RoleAssignmentSchedule.ReadWrite.Directory"
)
_WRITERS = any_of("RoleManagement.ReadWrite.Directory")
_FILTERED = frozenset({"$filter", "$select", "$top", "$skiptoken"})


def assignment_id(directory: Directory, role_id: str, *, principal_id: str) -> str:
    """The id of the link between a role and a principal; like the service's, it follows from the two."""
    return roles.assignment_id(directory.tenant_id, role_id, principal_id=principal_id)


def known_pair(call: Call, fields: Resource) -> tuple[Resource, Resource]:
    """The principal and the role that a request names; a group counts only if it can hold roles.

    Raises:
        GraphError: (404) there is no such principal or role.
    """
    principal = principal_of(call.directory, fields.get("principalId"))
    role = call.directory.role_definitions.get(str(fields.get("roleDefinitionId")).lower())
    if principal is None:
        raise schedules.nobody("Subject")
    if role is None:
        raise schedules.nobody("Role")
    return principal, role


def principal_of(directory: Directory, name: object) -> Resource | None:
    """A user, or a group that can hold roles, by id."""
    wanted = str(name).lower()
    group = directory.groups.get(wanted)
    return directory.users.get(wanted) or (group if group and group["isAssignableToRole"] else None)


def check_scope(fields: Resource) -> None:
    """Refuse what is not the whole tenant.

    Raises:
        RefusalError: (501) a part of the tenant, or of an application.
    """
    if fields.get("directoryScopeId") != WHOLE_TENANT or fields.get("appScopeId") is not None:
        raise not_simulated("a role over a part of the tenant")


def targets(principal: Resource, role: Resource) -> list[Resource]:
    """The principal and the role as the native log shows them."""
    bare: Resource = {"displayName": None, "userPrincipalName": None, "groupType": None, "modifiedProperties": []}
    return [_target(principal, bare), {**bare, "id": role["id"], "displayName": role["displayName"], "type": "Role"}]


def _target(principal: Resource, bare: Resource) -> Resource:
    if "userPrincipalName" in principal:
        return audits.user_target(principal)
    return audits.group_target(principal) if "groupTypes" in principal else {**bare, **principal}


def _definitions(call: Call) -> Answer:
    of = f"{_OF}/roleDefinitions"
    return listing.listed(call, call.directory.role_definitions.values(), schema=_DEFINITION, of=of)


def _assignments(call: Call) -> Answer:
    return _links(call, _held_now(call), schema=_ASSIGNMENT, of=f"{_OF}/roleAssignments")


def _held_now(call: Call) -> list[Resource]:
    known = call.directory.objects.get(SCHEDULES, {})
    held = call.directory.role_assignments.values()
    return [one for one in held if schedules.in_force(known.get(one["id"], {}), call.now)]


def _active(call: Call) -> Answer:
    known = call.directory.objects.get(SCHEDULES, {})
    outright = {"assignmentType": "Assigned", "memberType": "Direct"}
    some = [
        {**one, **outright, "roleAssignmentScheduleId": one["id"], **known.get(one["id"], {})}
        for one in _held_now(call)
    ]
    return _links(call, some, schema=_ACTIVE, of=f"{_OF}/roleAssignmentScheduleInstances")


def _eligible(call: Call) -> Answer:
    some = [one for one in call.directory.role_eligibilities.values() if schedules.in_force(one, call.now)]
    return _links(call, some, schema=_ELIGIBILITY, of=f"{_OF}/roleEligibilityScheduleInstances")


def _links(call: Call, links: Iterable[Resource], *, schema: Schema, of: str) -> Answer:
    """Links between a principal and a role; `$expand=roleDefinition` puts the role in."""
    names = listing.selected(call, schema)
    expand = call.query.get("$expand")
    if expand not in (None, "roleDefinition"):
        raise listing.not_expandable(expand or "")

    def show(link: Resource) -> Resource:
        drawn = listing.shown(link, names, schema=schema)
        defined = call.directory.role_definitions[link["roleDefinitionId"]]
        return drawn if expand is None else {**drawn, "roleDefinition": defined}

    return listing.paged(call, listing.chosen(call, links, schema=schema), show=show, of=of)


def _find(call: Call) -> Resource:
    wanted = call.parameters["assignment"]
    found = next((one for one in _held_now(call) if one["id"] == wanted), None)
    if found is None:
        raise not_found(wanted)
    return found


def _get(call: Call) -> Answer:
    return listing.entity(call, _find(call), schema=_ASSIGNMENT, of=f"{_OF}/roleAssignments")


def _assign(call: Call) -> Answer:
    fields = collection.checked(call.fields(), _ASSIGNMENT)
    if any(not fields.get(name) for name in ("principalId", "roleDefinitionId", "directoryScopeId")):
        raise bad_request(
            "One or more required properties are missing: principalId, roleDefinitionId, directoryScopeId."
        )
    check_scope(fields)
    principal = principal_of(call.directory, fields["principalId"])
    role = call.directory.role_definitions.get(fields["roleDefinitionId"].lower())
    if principal is None or role is None:
        raise not_found(fields["principalId"] if principal is None else fields["roleDefinitionId"])
    link_id = assignment_id(call.directory, role["id"], principal_id=principal["id"])
    if link_id in call.directory.role_assignments:
        raise bad_request(_CONFLICT)
    link = {"id": link_id, "principalId": principal["id"], "roleDefinitionId": role["id"]}
    call.directory.role_assignments[link_id] = {**link, "directoryScopeId": WHOLE_TENANT, "appScopeId": None}
    events = [
        Event("Add member to role", "RoleManagement", "Assign"),
        Event("Add member to role outside of PIM (permanent)", "RoleManagement", "Assign", schedules.SERVICE),
    ]
    audits.record(call, events, targets=targets(principal, role))
    shown = listing.entity(
        call, call.directory.role_assignments[link_id], schema=_ASSIGNMENT, of=f"{_OF}/roleAssignments"
    )
    return Answer(status=201, body=shown.body)


def _remove(call: Call) -> Answer:
    link = _find(call)
    del call.directory.role_assignments[link["id"]]
    call.directory.objects.get(SCHEDULES, {}).pop(link["id"], None)
    # A service principal holds roles too, and is shown by its id alone.
    other: Resource = {"id": link["principalId"], "type": "ServicePrincipal"}
    principal = principal_of(call.directory, link["principalId"]) or other
    role = call.directory.role_definitions[link["roleDefinitionId"]]
    event = Event("Remove member from role", "RoleManagement", "Unassign")
    audits.record(call, [event], targets=targets(principal, role))
    return NO_CONTENT


_READ = rights.read_directory
_EXPANDED = _FILTERED | {"$expand"}
_SCHEDULED = rights_governance.read_schedules

ROUTES = (
    Route("GET", f"{_PATH}/roleDefinitions", _definitions, (_READERS,), right=_READ, options=_FILTERED),
    Route("GET", f"{_PATH}/roleAssignments", _assignments, (_READERS,), right=_READ, options=_EXPANDED),
    Route("GET", f"{_PATH}/roleAssignments/{{assignment}}", _get, (_READERS,), right=_READ, options=SELECT_ONLY),
    Route("POST", f"{_PATH}/roleAssignments", _assign, (_WRITERS,), right=rights_governance.change_roles),
    Route(
        "DELETE",
        f"{_PATH}/roleAssignments/{{assignment}}",
        _remove,
        (_WRITERS,),
        right=rights_governance.change_roles,
    ),
    Route(
        "GET",
        f"{_PATH}/roleAssignmentScheduleInstances",
        _active,
        (_ACTIVE_READERS,),
        right=_SCHEDULED,
        options=_EXPANDED,
    ),
    Route(
        "GET",
        f"{_PATH}/roleEligibilityScheduleInstances",
        _eligible,
        (_ELIGIBILITY_READERS,),
        right=_SCHEDULED,
        options=_EXPANDED,
    ),
)
