"""Questions about what a group reaches: who is in it, also through other groups, and which apps it opens."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

# More members than these are counted and not named: a fact goes to planners and into the case.
MAX_MEMBERS = 999


def _members_of(subject: str) -> GraphCall:
    query = (("$select", "id,displayName"), ("$top", "999"))
    return GraphCall(method="GET", path=f"/groups/{object_id(subject)}/members", query=query)


def _members(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = records(body)
    # Members that the caller may not see come without an id (Graph docs, "Limited information returned").
    shown = [one for one in found if "id" not in one or one["id"] is not None]
    named = [{"id": id_of(one), **picked(one, displayName=str), "kind": _kind(one)} for one in shown[:MAX_MEMBERS]]
    return {"members": named, "count": len(found), "complete": len(named) == len(found)}


def _kind(record: Mapping[str, Any]) -> str:
    name = record.get("@odata.type")
    if not isinstance(name, str):
        raise UnreadableError("expected `@odata.type` of every member")
    return name.rpartition(".")[2]


def _within(subject: str) -> GraphCall:
    group_id, _, user_id = subject.partition("/")
    if not user_id:
        raise DirectoryError("expected `group id/user id` to look up a membership, got something else")
    # A cast with other parameters is an advanced query: it needs the header and `$count` (Graph docs).
    query = (("$filter", f"id eq {literal(object_id(group_id))}"), ("$count", "true"), ("$select", "id"))
    path = f"/users/{object_id(user_id)}/transitiveMemberOf/graph.group"
    return GraphCall(method="GET", path=path, query=query, eventual=True)


def _is_within(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = [id_of(one) for one in records(body)]
    # An answer with other groups in it did not honour the filter and proves nothing about absence.
    if any(one != subject.partition("/")[0].lower() for one in found):
        raise UnreadableError("the answer is about other groups")
    return {"is_member": bool(found)}


def _roles_of(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/groups/{object_id(subject)}/appRoleAssignments")


def _roles(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"assignments": [_role(one, subject) for one in records(body)]}


def _role(record: Mapping[str, Any], subject: str) -> dict[str, Any]:
    if id_of(record, "principalId") != subject.lower():
        raise UnreadableError("the answer is about another principal")
    ids = {name: id_of(record, name) for name in ("appRoleId", "resourceId")}
    # The id of an assignment tells capitals from small letters (base64), so it is kept as it is.
    return {**picked(record, id=str, resourceDisplayName=str), **ids}


# Subject: the group's object id. Facts: `members` (id, displayName, kind), `count`, and `complete`: whether all
# of them are named. Direct members only.
GROUP_MEMBERS = Lookup("group.members", _members_of, _members, permission="GroupMember.Read.All")

# Subject: `group id/user id`. Facts: `is_member`, directly or through other groups.
USER_IN_GROUP = Lookup("user.in_group", _within, _is_within, permission="GroupMember.Read.All")

# Subject: the group's object id. Facts: `assignments`, each id, appRoleId, resourceId and resourceDisplayName.
GROUP_APPROLES = Lookup("group.approles", _roles_of, _roles, permission="Directory.Read.All")
