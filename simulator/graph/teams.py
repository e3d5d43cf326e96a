"""Teams as they are: reading them, their members, and their channels.

A team's members are its group's, so what is done to one is seen in the other at once, or as late as the tenant's reads
are told to lag. Its name, description and visibility are the group's too. Texts of errors marked (u) are not
documented.
"""

import base64
import re
from dataclasses import replace

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.estate.teams import channel as new_channel
from simulator.graph import audits, licences
from simulator.graph import rights_teams as rights
from simulator.graph.audits import Event, changed
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route, any_of, find_user
from simulator.graph.collection import Kind, checked, created, everything, listed, removed, shown
from simulator.graph.rights_teams import find_team, refused
from simulator.graph.schema import EQUAL, TEXT, Schema, plain

_GROUP_READERS = any_of("Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_GROUP_WRITERS = any_of("Group.ReadWrite.All", "Directory.ReadWrite.All")
_READERS = _GROUP_READERS | any_of("Team.ReadBasic.All", "TeamSettings.Read.All", "TeamSettings.ReadWrite.All")
_JOINED_READERS = _READERS | any_of("User.Read.All", "User.ReadWrite.All")
_MEMBER_READERS = any_of("TeamMember.Read.All", "TeamMember.ReadWrite.All")
_MEMBER_WRITERS = any_of("TeamMember.ReadWriteNonOwnerRole.All", "TeamMember.ReadWrite.All")
_CHANNEL_READERS = _GROUP_READERS | any_of(
    "Channel.ReadBasic.All", "ChannelSettings.Read.All", "ChannelSettings.ReadWrite.All"
)
_CHANNEL_MAKERS = _GROUP_WRITERS | any_of("Channel.Create")
_CHANNEL_REMOVERS = _GROUP_WRITERS | any_of("Channel.Delete.All")
_LISTED = frozenset({"$select", "$filter", "$top", "$skiptoken"})

TEAM = plain(
    "Team",
    """
classification createdDateTime description displayName funSettings guestSettings id internalId isArchived memberSettings
messagingSettings specialization tenantId visibility webUrl
""",
)
_MEMBER = plain(
    "ConversationMember",
    "id displayName email roles tenantId userId visibleHistoryStartDateTime",
    filters={"userId": EQUAL, "displayName": EQUAL, "email": EQUAL},
)
_CHANNEL_NAMES = """
createdDateTime description displayName email id isArchived isFavoriteByDefault membershipType tenantId webUrl
"""
_CHANNEL = Schema(
    "Channel",
    properties=frozenset(_CHANNEL_NAMES.split()),
    defaults=frozenset(_CHANNEL_NAMES.split()),
    filters={"displayName": TEXT, "membershipType": EQUAL, "id": EQUAL},
    writable={"displayName": str, "description": str, "membershipType": str, "isFavoriteByDefault": bool},
)
TEAMS = Kind("teams", "teams", TEAM)
_CHANNELS = Kind("channels", "channels", _CHANNEL)
_MEMBERS = Kind("members", "members", _MEMBER, odata_type="#microsoft.graph.aadUserConversationMember")

_PERSON = re.compile(r"https://[^/]+/v1\.0/users(?:/|\(')(?P<name>[^/'()]+)(?:'\))?")
_CAST = "microsoft.graph.aadUserConversationMember/"
_BAD_NAME = re.compile(r"""[~#%&*{}+/\\:<>?|'"\x00-\x1f]|\.\.|^[_.]|\.$""")
_ADDED = Event("Add member to group", "GroupManagement", "Assign")
_REMOVED = Event("Remove member from group", "GroupManagement", "Unassign")
# What a membership without a limit shows.
_ALWAYS = "0001-01-01T00:00:00Z"


def team_of(call: Call, team: Resource) -> Resource:
    """A team with what it has of its group."""
    group = call.directory.groups[team["id"]]
    named = {name: group.get(name) for name in ("displayName", "description", "classification")}
    address = f"https://teams.microsoft.example/l/team/{team['internalId']}?groupId={team['id']}"
    visibility = (group["visibility"] or "Private").lower()
    own = {"tenantId": call.directory.tenant_id, "visibility": visibility, "webUrl": address}
    return {**team, **named, **own, "specialization": "none"}


def _get(call: Call) -> Answer:
    return shown(call, team_of(call, find_team(call)), kind=TEAMS)


def _joined(call: Call) -> Answer:
    user, teams = find_user(call), everything(call, TEAMS)
    directory = call.directory
    mine = [group for group in directory.groups if user["id"] in roster(call, group)]
    found = [
        teams[one] for one in mine if one in teams and "Team" in directory.groups[one]["resourceProvisioningOptions"]
    ]
    return listed(call, TEAMS, resources=[team_of(call, one) for one in found])


def roster(call: Call, team_id: str) -> dict[str, bool]:
    """The ids of a team's people, and whether each is an owner."""
    owners, members = call.directory.owners.get(team_id, []), call.directory.members.get(team_id, [])
    return dict.fromkeys(owners, True) | {one: one in owners for one in members if one in call.directory.users}


def membership(call: Call, team_id: str, *, user: Resource) -> Resource:
    """A person's membership of a team; its id means nothing to clients."""
    guest = ["guest"] if user["userType"] == "Guest" else []
    return {
        "id": base64.b64encode(f"{team_id}##{user['id']}".encode()).decode(),
        "displayName": user["displayName"],
        "email": user.get("mail"),
        "roles": ["owner"] if user["id"] in call.directory.owners.get(team_id, ()) else guest,
        "tenantId": call.directory.tenant_id,
        "userId": user["id"],
        "visibleHistoryStartDateTime": _ALWAYS,
    }


def _memberships(call: Call) -> list[Resource]:
    team_id = find_team(call)["id"]
    return [membership(call, team_id, user=call.directory.users[one]) for one in roster(call, team_id)]


def _list_members(call: Call) -> Answer:
    plainly = {name: text.replace(_CAST, "") for name, text in call.query.items()}
    return listed(replace(call, query=plainly), _MEMBERS, resources=_memberships(call))


def _add_member(call: Call) -> Answer:
    team_id = find_team(call)["id"]
    user, owner = person(call, call.fields())
    _check_static(call, team_id)
    if user["id"] in roster(call, team_id):
        raise refused("The user is a member of the team already.")  # (u)
    if owner and "TeamMember.ReadWrite.All" not in call.caller.permissions:
        raise rights.forbidden()
    call.directory.members[team_id].append(user["id"])
    if owner:
        call.directory.owners[team_id].append(user["id"])
    group = call.directory.groups[team_id]
    licences.joined(call, user, group=group)
    _record(call, _ADDED, user=user, group=group)
    body = shown(call, membership(call, team_id, user=user), kind=_MEMBERS).body
    return Answer(status=201, body=body)


def person(call: Call, fields: Resource) -> tuple[Resource, bool]:
    """The user that a membership in a body names, and whether as an owner.

    Raises:
        GraphError: (400) it is no membership of one user, (404) there is no such user.
    """
    if fields.get("@odata.type") != "#microsoft.graph.aadUserConversationMember":
        raise refused("Invalid member type; expected '#microsoft.graph.aadUserConversationMember'.")  # (u)
    unknown = set(fields) - {"@odata.type", "roles", "user@odata.bind", "visibleHistoryStartDateTime"}
    if unknown:
        raise refused(f"Invalid property '{min(unknown)}'.")
    wanted = fields.get("roles", [])
    if wanted not in ([], ["owner"], ["guest"]):
        raise refused("Invalid role specified for member.")  # (u)
    bound = fields.get("user@odata.bind")
    match = _PERSON.fullmatch(bound) if isinstance(bound, str) else None
    if match is None:
        raise refused("Invalid bind property name user in request.")  # (u)
    user = call.directory.user(match["name"])
    if user is None:
        raise rights.missing(f"Failed to find user {match['name']}.")  # (u)
    return user, wanted == ["owner"]


def _remove_member(call: Call) -> Answer:
    team_id = find_team(call)["id"]
    found = next((one for one in _memberships(call) if one["id"] == call.parameters["member"]), None)
    if found is None:
        raise rights.missing(f"No membership found with id {call.parameters['member']}")  # (u)
    _check_static(call, team_id)
    owners, members = call.directory.owners[team_id], call.directory.members[team_id]
    if found["roles"] == ["owner"]:
        if "TeamMember.ReadWrite.All" not in call.caller.permissions:
            raise rights.forbidden()
        if len(owners) == 1:
            raise refused("The last owner of a team cannot be removed.")  # (u)
        owners.remove(found["userId"])
    user, group = call.directory.users[found["userId"]], call.directory.groups[team_id]
    if user["id"] in members:
        members.remove(user["id"])
        licences.left(call, user, group=group)
    _record(call, _REMOVED, user=user, group=group)
    return NO_CONTENT


def _check_static(call: Call, team_id: str) -> None:
    if "DynamicMembership" in call.directory.groups[team_id]["groupTypes"]:
        raise refused("The membership of a team with a dynamic group cannot be changed.")  # (u)


def _record(call: Call, event: Event, *, user: Resource, group: Resource) -> None:
    """The directory's own log sees the change to the group; what Teams logs itself is in Purview and not simulated."""
    facts = (("Group.ObjectID", group["id"]), ("Group.DisplayName", group["displayName"]))
    added = event is _ADDED
    changes = [changed(name, None if added else value, new=value if added else None) for name, value in facts]
    audits.record(call, [event], targets=[audits.user_target(user, changes), audits.group_target(group)])


def _channels(call: Call) -> list[Resource]:
    team_id = find_team(call)["id"]
    return [one for one in everything(call, _CHANNELS).values() if one["teamId"] == team_id]


def _list_channels(call: Call) -> Answer:
    return listed(call, _CHANNELS, resources=_channels(call))


def _get_channel(call: Call) -> Answer:
    return shown(call, _find_channel(call), kind=_CHANNELS)


def _find_channel(call: Call) -> Resource:
    found = next((one for one in _channels(call) if one["id"] == call.parameters["channel"]), None)
    if found is None:
        raise rights.missing(f"No channel found with id {call.parameters['channel']}")  # (u)
    return found


def _create_channel(call: Call) -> Answer:
    team = find_team(call)
    fields = checked(call.fields(), _CHANNEL)
    name = fields.get("displayName")
    if not isinstance(name, str) or not 0 < len(name) <= 50 or _BAD_NAME.search(name):
        raise refused("Channel name is empty, too long or has characters that are not allowed.")  # (u)
    if fields.get("membershipType", "standard") != "standard":
        raise refused("A private or shared channel is not simulated.")
    if team["isArchived"]:
        raise refused("The team is archived.")  # (u)
    if name.casefold() in (one["displayName"].casefold() for one in _channels(call)):
        raise refused("Channel name already existed, please use other name.")  # (u)
    return created(call, _CHANNELS, resource=new_channel(call.directory, team["id"], fields=fields, at=stamp(call.now)))


def _delete_channel(call: Call) -> Answer:
    if _find_channel(call)["displayName"] == "General":
        raise refused("The General channel cannot be deleted.")  # (u)
    removed(call, _CHANNELS, parameter="channel")
    return NO_CONTENT


ROUTES = (
    Route(
        "GET", "/users/{user}/joinedTeams", _joined, (_JOINED_READERS,), right=rights.read_joined, options=SELECT_ONLY
    ),
    Route("GET", "/teams/{team}", _get, (_READERS,), right=rights.read_team, options=SELECT_ONLY),
    Route("GET", "/teams/{team}/members", _list_members, (_MEMBER_READERS,), right=rights.read_team, options=_LISTED),
    Route("POST", "/teams/{team}/members", _add_member, (_MEMBER_WRITERS,), right=rights.keep_team),
    Route("DELETE", "/teams/{team}/members/{member}", _remove_member, (_MEMBER_WRITERS,), right=rights.keep_team),
    Route(
        "GET", "/teams/{team}/channels", _list_channels, (_CHANNEL_READERS,), right=rights.read_team, options=_LISTED
    ),
    Route("POST", "/teams/{team}/channels", _create_channel, (_CHANNEL_MAKERS,), right=rights.make_channel),
    Route(
        "GET",
        "/teams/{team}/channels/{channel}",
        _get_channel,
        (_CHANNEL_READERS,),
        right=rights.read_team,
        options=SELECT_ONLY,
    ),
    Route("DELETE", "/teams/{team}/channels/{channel}", _delete_channel, (_CHANNEL_REMOVERS,), right=rights.keep_team),
)
