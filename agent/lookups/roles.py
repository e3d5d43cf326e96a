"""Questions about directory roles: which there are, which a user holds now, and which a user could activate."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.lookups.tenant import ALL
from agent.model.graph_call import GraphCall

_ROLES = "/roleManagement/directory"
_LINK = "id,principalId,roleDefinitionId,directoryScopeId,memberType,endDateTime"


def _instances(collection: str, subject: str, *, fields: str = "") -> GraphCall:
    query = (
        ("$filter", f"principalId eq {literal(object_id(subject))}"),
        ("$select", _LINK + fields),
        ("$expand", "roleDefinition"),
    )
    return GraphCall(method="GET", path=f"{_ROLES}/{collection}", query=query)


def _active(subject: str) -> GraphCall:
    return _instances("roleAssignmentScheduleInstances", subject, fields=",assignmentType")


def _eligible(subject: str) -> GraphCall:
    return _instances("roleEligibilityScheduleInstances", subject)


def _read_instances(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"roles": [_role(one, subject) for one in records(body)]}


def _role(record: Mapping[str, Any], subject: str) -> dict[str, Any]:
    # A server that ignores the filter would otherwise turn everybody into an administrator.
    if id_of(record, "principalId") != subject.lower():
        raise UnreadableError("the answer is about another principal")
    definition = record.get("roleDefinition")
    name = picked(definition, displayName=str) if isinstance(definition, Mapping) else {}
    how = picked(record, directoryScopeId=str, assignmentType=str, memberType=str, endDateTime=str)
    return {"roleDefinitionId": id_of(record, "roleDefinitionId"), **name, **how}


def _definitions(subject: str) -> GraphCall:
    if subject != ALL:
        raise DirectoryError(f"expected the subject `{ALL}` to look up a tenant's directory roles")
    query = (("$select", "id,displayName,isBuiltIn,templateId"),)
    return GraphCall(method="GET", path=f"{_ROLES}/roleDefinitions", query=query)


def _read_definitions(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"roles": [{"id": id_of(one), **picked(one, displayName=str, isBuiltIn=bool)} for one in records(body)]}


# Subject: an object id, here and below. Facts: `roles`, those in force now: roleDefinitionId, displayName,
# directoryScopeId, assignmentType (`Assigned` or `Activated`), memberType (`Direct`, or through a group), endDateTime
# (null: no end). Without PIM's licence Graph answers 400, which is unknown; `user.directory_roles` needs none.
USER_ROLES_ACTIVE = Lookup(
    "user.roles_active", _active, _read_instances, permission="RoleAssignmentSchedule.Read.Directory"
)

# Facts: `roles`, those that the user could activate, as above but for assignmentType.
USER_ROLES_ELIGIBLE = Lookup(
    "user.roles_eligible", _eligible, _read_instances, permission="RoleEligibilitySchedule.Read.Directory"
)

# Subject: `all`. Facts: `roles`, each id, displayName, isBuiltIn.
ROLE_DEFINITIONS = Lookup(
    "role.definitions", _definitions, _read_definitions, permission="RoleManagement.Read.Directory"
)
