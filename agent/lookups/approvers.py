"""Questions about those who may approve: in what standing an account is, whose it is, and who is in a group."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.lookup import Lookup
from agent.lookups.quoting import object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

_STANDING = "id,displayName,mail,accountEnabled,userType,employeeId,onPremisesImmutableId"


def _standing_of(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}", query=(("$select", _STANDING),))


def _standing(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another user")
    names = picked(body, displayName=str, mail=str, employeeId=str, onPremisesImmutableId=str)
    return {"id": id_of(body), **names, **picked(body, accountEnabled=bool, userType=str)}


def _people_in(subject: str) -> GraphCall:
    # A cast with other parameters is an advanced query: it needs the header and `$count` (Graph docs).
    path = f"/groups/{object_id(subject)}/transitiveMembers/graph.user"
    query = (("$select", "id"), ("$count", "true"), ("$top", "999"))
    return GraphCall(method="GET", path=path, query=query, eventual=True)


def _people(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"people": sorted({id_of(one) for one in records(body)})}


# Subject: a user's object id. Facts: the selected properties. Two accounts with one `employeeId`, or with one
# `onPremisesImmutableId`, are one human's; null says that the tenant ties the account to nobody in this way.
USER_APPROVER = Lookup("user.approver", _standing_of, _standing, permission="User.Read.All")

# Subject: the group's object id. Facts: `people`, ids of all users in it, also through other groups, sorted.
GROUP_PEOPLE = Lookup("group.people", _people_in, _people, permission="GroupMember.Read.All")
