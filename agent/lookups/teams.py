"""Questions about teams: which ones a person is in, what one is, who is in it, its channels and its long work.

A team is a Microsoft 365 group with the same id; `group.get` and `group.owners` answer about it too.
"""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id
from agent.lookups.reading import UnreadableError, id_of, inside, picked, records, texts
from agent.model.graph_call import GraphCall

# Members come in pages of 100 unless more are asked for, 999 at most (Graph reference, team-list-members).
_PAGE = "999"


def team_call(team_id: str, fields: str) -> GraphCall:
    """Return the read of some fields of one team, separated by commas."""
    return GraphCall(method="GET", path=f"/teams/{object_id(team_id)}", query=(("$select", fields),))


def seat_call(team_id: str, user_id: str) -> GraphCall:
    """Return the read that finds one user's membership of a team, whatever the team's size.

    The property belongs to a derived type, so the filter casts to it (Graph reference, team-list-members).
    """
    wanted = f"(microsoft.graph.aadUserConversationMember/userId eq {literal(object_id(user_id))})"
    return GraphCall(method="GET", path=f"/teams/{object_id(team_id)}/members", query=(("$filter", wanted),))


def channels_call(team_id: str) -> GraphCall:
    """Return the read of all channels of a team."""
    query = (("$select", "id,displayName,membershipType"),)
    return GraphCall(method="GET", path=f"/teams/{object_id(team_id)}/channels", query=query)


def policies_call(user_id: str) -> GraphCall:
    """Return the read of the Teams policies in force for a user."""
    path = f"/admin/teams/userConfigurations/{object_id(user_id)}"
    return GraphCall(method="GET", path=path, query=(("$select", "id,effectivePolicyAssignments"),))


def _joined(subject: str) -> GraphCall:
    path = f"/users/{object_id(subject)}/joinedTeams"
    return GraphCall(method="GET", path=path, query=(("$select", "id,displayName"),))


def _read_joined(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"teams": [{"id": id_of(one), **picked(one, displayName=str)} for one in records(body)]}


def _get(subject: str) -> GraphCall:
    return team_call(subject, "id,displayName,isArchived,visibility")


def _read_team(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another team")
    return {"id": id_of(body), **picked(body, displayName=str, isArchived=bool, visibility=str)}


def _members(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/teams/{object_id(subject)}/members", query=(("$top", _PAGE),))


def _read_members(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"members": [_member(one) for one in records(body)]}


def _member(record: Mapping[str, Any]) -> dict[str, Any]:
    # Anonymous guests and people of other services are members without a user of this tenant.
    user = {"userId": id_of(record, "userId")} if record.get("userId") is not None else {}
    return {"id": id_of(record), **user, **picked(record, displayName=str), "roles": texts(record, "roles")}


def _read_channels(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "channels": [{"id": id_of(one), **picked(one, displayName=str, membershipType=str)} for one in records(body)]
    }


def _operation(subject: str) -> GraphCall:
    team_id, _, operation_id = subject.partition("/")
    if not operation_id:
        raise DirectoryError("expected `team id/operation id` to look up a team's operation, got something else")
    return GraphCall(method="GET", path=f"/teams/{object_id(team_id)}/operations/{object_id(operation_id)}")


def _read_operation(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.partition("/")[2].lower():
        raise UnreadableError("the answer is about another operation")
    return {"id": id_of(body), **picked(body, operationType=str, status=str, targetResourceId=str)}


def _read_policies(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another user")
    return {"policies": [_policy(one) for one in records({"value": body.get("effectivePolicyAssignments")})]}


def _policy(record: Mapping[str, Any]) -> dict[str, Any]:
    held = inside(record, "policyAssignment")
    named = picked(held, displayName=str, assignmentType=str)
    return {**picked(record, policyType=str), "policyId": id_of(held, "policyId"), **named}


# Subject: a user's object id. Facts: `teams`, each id and displayName; in none is an empty list.
TEAMS_JOINED = Lookup("teams.joined", _joined, _read_joined, permission="Team.ReadBasic.All", throttle_class="teams")

# Subject: a team's id. Facts: the selected properties. Absent: the group is no team, or not yet.
TEAMS_GET = Lookup("teams.get", _get, _read_team, permission="Team.ReadBasic.All", throttle_class="teams")

# Subject: a team's id. Facts: `members`, each the membership's id, userId, displayName, and roles: `owner`, `guest`
# or none.
TEAMS_MEMBERS = Lookup(
    "teams.members", _members, _read_members, permission="TeamMember.Read.All", throttle_class="teams"
)

# Subject: a team's id. Facts: `channels`, each id, displayName and membershipType.
TEAMS_CHANNELS = Lookup(
    "teams.channels", channels_call, _read_channels, permission="Channel.ReadBasic.All", throttle_class="teams"
)

# Subject: `team id/operation id`. Facts: operationType, status and targetResourceId. Microsoft asks for the
# permission of the call that began the work; this one is for teams that were created.
OPS_TEAMS = Lookup("ops.teams", _operation, _read_operation, permission="Team.Create", throttle_class="teams")

# Subject: a user's object id. Facts: `policies`, each policyType, policyId, displayName, and assignmentType: `direct`
# or `group`. What the tenant's default decides is not listed.
TEAMS_POLICIES = Lookup(
    "teams.policies",
    policies_call,
    _read_policies,
    permission="TeamsUserConfiguration.Read.All",
    throttle_class="teams",
)
