"""Requests of Privileged Identity Management about directory roles: making eligible, and activating one's own role."""

from simulator.clock import parse
from simulator.directory import Resource
from simulator.graph import collection, rights_governance, role_management, schedules
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Route, any_of, denied
from simulator.graph.collection import Kind
from simulator.graph.role_management import SCHEDULES, WHOLE_TENANT
from simulator.graph.schema import Schema
from simulator.site import not_simulated

_PATH = "/roleManagement/directory"
_WRITABLE = {**schedules.WRITABLE, **dict.fromkeys(("roleDefinitionId", "directoryScopeId", "appScopeId"), str)}
_PROPERTIES = frozenset(_WRITABLE) | schedules.READ_ONLY


def _kind(name: str, of: str) -> Kind:
    schema = Schema(of, _PROPERTIES, _PROPERTIES, filters={}, writable=_WRITABLE)
    return Kind(name, f"roleManagement/directory/{name}", schema)


_ELIGIBILITY = _kind("roleEligibilityScheduleRequests", "UnifiedRoleEligibilityScheduleRequest")
_ACTIVATION = _kind("roleAssignmentScheduleRequests", "UnifiedRoleAssignmentScheduleRequest")
_ELIGIBILITY_READERS = any_of(
    "RoleEligibilitySchedule.Read.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
)
_ELIGIBILITY_WRITERS = any_of("RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory")
_ACTIVATORS = any_of("RoleAssignmentSchedule.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory")
# PIM's settings as a tenant has them at first (Entra documentation, "Configure role settings").
_LONGEST_ACTIVATION_SECONDS = 8 * 60 * 60
_SHORTEST_ACTIVATION_SECONDS = 5 * 60


def _get(call: Call) -> Answer:
    kept = collection.found(call, _ELIGIBILITY, parameter="request")
    return collection.shown(call, schedules.as_seen(kept, call.now), kind=_ELIGIBILITY)


def _change_eligibility(call: Call) -> Answer:
    fields = _asked(call, _ELIGIBILITY)
    match fields.get("action"):
        case "adminAssign":
            rights_governance.change_roles(call)
            return _make_eligible(call, fields)
        case "adminRemove":
            rights_governance.change_roles(call)
            return _take_eligibility(call, fields)
    raise not_simulated(f"the action {fields.get('action')} about an eligibility")


def _asked(call: Call, kind: Kind) -> Resource:
    fields = collection.written(call, kind)
    schedules.refuse_what_is_not_simulated(fields)
    role_management.check_scope(fields)
    return fields


def _make_eligible(call: Call, fields: Resource) -> Answer:
    principal, role = role_management.known_pair(call, fields)
    start, end = schedules.span(call, fields)
    link_id = role_management.assignment_id(call.directory, role["id"], principal_id=principal["id"])
    held = call.directory.role_eligibilities.get(link_id)
    if held is not None and not schedules.ended(held, call.now):
        raise schedules.exists()
    call.directory.role_eligibilities[link_id] = {
        "id": link_id,
        "directoryScopeId": WHOLE_TENANT,
        "principalId": principal["id"],
        "roleDefinitionId": role["id"],
        "memberType": "Direct",
        "startDateTime": start,
        "endDateTime": end,
        "roleEligibilityScheduleId": link_id,
    }
    made = schedules.request(call, fields, status="PendingProvisioning", schedule_id=link_id)
    kind = "permanent" if end is None else "timebound"
    for stage in ("requested", "completed"):
        name = f"Add eligible member to role in PIM {stage} ({kind})"
        schedules.record(call, name, operation="Assign", asked=made, targets=role_management.targets(principal, role))
    return collection.created(call, _ELIGIBILITY, resource=made)


def _take_eligibility(call: Call, fields: Resource) -> Answer:
    principal, role = role_management.known_pair(call, fields)
    link_id = role_management.assignment_id(call.directory, role["id"], principal_id=principal["id"])
    held = call.directory.role_eligibilities.pop(link_id, None)
    if held is None:
        raise schedules.missing()
    # What was activated rests on the eligibility and ends with it.
    if call.directory.objects.get(SCHEDULES, {}).pop(link_id, None) is not None:
        del call.directory.role_assignments[link_id]
    made = schedules.request(call, fields, status="Revoked", schedule_id=link_id)
    kind = "permanent" if held["endDateTime"] is None else "timebound"
    name = f"Remove eligible member from role in PIM completed ({kind})"
    schedules.record(call, name, operation="Unassign", asked=made, targets=role_management.targets(principal, role))
    return collection.created(call, _ELIGIBILITY, resource=made)


def _change_activation(call: Call) -> Answer:
    fields = _asked(call, _ACTIVATION)
    action = fields.get("action")
    if action not in ("selfActivate", "selfDeactivate"):
        raise not_simulated(f"the action {action} about an active role")
    principal, role = role_management.known_pair(call, fields)
    # Nobody activates for somebody else, and an application holds nothing that it could activate.
    if call.caller.app_only or principal["id"] != call.caller.object_id:
        raise denied()
    link_id = role_management.assignment_id(call.directory, role["id"], principal_id=principal["id"])
    if action == "selfActivate":
        made, name, operation = _activate(call, fields, link_id=link_id), "Add member to role", "Assign"
    else:
        made, name, operation = _deactivate(call, fields, link_id=link_id), "Remove member from role", "Unassign"
    name = f"{name} completed (PIM activation)"
    schedules.record(call, name, operation=operation, asked=made, targets=role_management.targets(principal, role))
    return collection.created(call, _ACTIVATION, resource=made)


def _activate(call: Call, fields: Resource, *, link_id: str) -> Resource:
    known = call.directory.objects.setdefault(SCHEDULES, {})
    if link_id in known and schedules.ended(known[link_id], call.now):
        del known[link_id], call.directory.role_assignments[link_id]
    if link_id in call.directory.role_assignments:
        raise schedules.exists()
    if not fields.get("justification"):
        raise schedules.against_rules("JustificationRule")
    eligibility = call.directory.role_eligibilities.get(link_id)
    if eligibility is None or not schedules.in_force(eligibility, call.now):
        raise schedules.against_rules("EligibilityRule")
    start, end = schedules.span(call, fields)
    if end is None or not _seconds(start, end) <= _LONGEST_ACTIVATION_SECONDS:
        raise schedules.against_rules("ExpirationRule")
    link = {name: eligibility[name] for name in ("id", "directoryScopeId", "principalId", "roleDefinitionId")}
    call.directory.role_assignments[link_id] = {**link, "appScopeId": None}
    known[link_id] = {
        "assignmentType": "Activated",
        "memberType": "Direct",
        "startDateTime": start,
        "endDateTime": end,
        "roleAssignmentOriginId": link_id,
        "roleAssignmentScheduleId": link_id,
    }
    return schedules.request(call, fields, status="PendingProvisioning", schedule_id=link_id)


def _seconds(start: str, end: str) -> float:
    return (parse(end) - parse(start)).total_seconds()


def _deactivate(call: Call, fields: Resource, *, link_id: str) -> Resource:
    known = call.directory.objects.get(SCHEDULES, {})
    if link_id not in known or schedules.ended(known[link_id], call.now):
        raise schedules.missing()
    if (call.now - parse(known[link_id]["startDateTime"])).total_seconds() < _SHORTEST_ACTIVATION_SECONDS:
        raise schedules.too_early()
    del known[link_id], call.directory.role_assignments[link_id]
    return schedules.request(call, fields, status="Revoked", schedule_id=link_id)


_REQUESTS = f"{_PATH}/roleEligibilityScheduleRequests"

ROUTES = (
    Route(
        "GET",
        f"{_REQUESTS}/{{request}}",
        _get,
        (_ELIGIBILITY_READERS,),
        right=rights_governance.read_schedules,
        options=SELECT_ONLY,
    ),
    Route("POST", _REQUESTS, _change_eligibility, (_ELIGIBILITY_WRITERS,)),
    Route("POST", f"{_PATH}/roleAssignmentScheduleRequests", _change_activation, (_ACTIVATORS,)),
)
