"""Questions about groups: what one is, which ones bear a name, who owns one, and who is in it."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id, search_phrase
from agent.lookups.reading import UnreadableError, id_of, picked, records, texts
from agent.model.graph_call import GraphCall

_GROUP = "id,displayName,groupTypes,securityEnabled,mailEnabled,isAssignableToRole,onPremisesSyncEnabled"

# More groups of one name than this are not told apart by reading on.
MAX_CANDIDATES = 25


def membership_call(group_id: str, user_id: str) -> GraphCall:
    """Return the read that asks whether a user is a direct member, for groups of any size.

    Listing members would page through 999 at a time; the filter is an advanced query, so it needs the
    `ConsistencyLevel` header and `$count` (Graph docs, advanced queries).
    """
    wanted = f"id eq {literal(object_id(user_id))}"
    query = (("$filter", wanted), ("$count", "true"), ("$select", "id"))
    return GraphCall(method="GET", path=f"/groups/{object_id(group_id)}/members", query=query, eventual=True)


def _get(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/groups/{object_id(subject)}", query=(("$select", _GROUP),))


def _group(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another group")
    flags = picked(
        body,
        displayName=str,
        securityEnabled=bool,
        mailEnabled=bool,
        isAssignableToRole=bool,
        onPremisesSyncEnabled=bool,
    )
    return {"id": id_of(body), **flags, "groupTypes": texts(body, "groupTypes")}


def _find(subject: str) -> GraphCall:
    query = (("$search", search_phrase("displayName", subject)), ("$select", "id,displayName"), ("$count", "true"))
    return GraphCall(method="GET", path="/groups", query=(*query, ("$top", "25")), eventual=True)


def _candidates(_subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    found = records(body)
    if not found:
        return None
    return {
        "candidates": [{"id": id_of(one), **picked(one, displayName=str)} for one in found[:MAX_CANDIDATES]],
        "complete": len(found) <= MAX_CANDIDATES,
    }


def _owners_of(subject: str) -> GraphCall:
    query = (("$select", "id,displayName,accountEnabled"),)
    return GraphCall(method="GET", path=f"/groups/{object_id(subject)}/owners", query=query)


def _owners(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # Service principals can own groups too; only people approve.
    people = [
        one for one in records(body) if one.get("@odata.type", "#microsoft.graph.user") == "#microsoft.graph.user"
    ]
    return {"owners": [{"id": id_of(one), **picked(one, displayName=str, accountEnabled=bool)} for one in people]}


def _member_of(subject: str) -> GraphCall:
    group_id, _, user_id = subject.partition("/")
    if not user_id:
        raise DirectoryError("expected `group id/user id` to look up a membership, got something else")
    return membership_call(group_id, user_id)


def _membership(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = [id_of(one) for one in records(body)]
    user_id = subject.partition("/")[2].lower()
    # An answer with other people in it did not honour the filter and proves nothing about absence.
    if any(one != user_id for one in found):
        raise UnreadableError("the answer is about other members")
    return {"is_member": bool(found)}


# Subject: an object id. Facts: the selected properties. A dynamic group has `DynamicMembership` in `groupTypes`.
GROUP_GET = Lookup("group.get", _get, _group, permission="GroupMember.Read.All")

# Subject: a display name or a part of it. Facts: `candidates` and `complete`; no group at all is absent.
GROUP_FIND = Lookup("group.find", _find, _candidates, permission="GroupMember.Read.All")

# Subject: the group's object id. Facts: `owners`, people only; an empty list is known to be empty.
GROUP_OWNERS = Lookup("group.owners", _owners_of, _owners, permission="GroupMember.Read.All")

# Subject: `group id/user id`. Facts: `is_member`, direct membership only.
GROUP_MEMBER = Lookup("group.member", _member_of, _membership, permission="GroupMember.Read.All")
