"""The actions and look-ups of the area "teams"."""

import base64
from typing import Any

from simulator.directory import Directory
from tests.agent.areas.example import Example
from tests.agent.areas.first import GROUP as TEAM
from tests.agent.areas.first import USER

SEAT = "ZWUwZjVhZTItOGJjNi00YWU1LTg0NjYtN2RhZWViYmZhMDYyIyM3Mzc2MWYwNg=="
POLICY = "7a2b6c1e-52c5-4a0e-9d1c-0b6f3a9d7e11"
BEFORE = "0f5d1c9a-6b1e-4f57-8c7a-2f4e9b3d6a22"
OPERATION = "4e1c9f2b-3a57-4d4e-8f60-9b2d7c5a1e33"
NUMBER = "14255550100"

# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {
    "teams.member.add": {"group_id": TEAM, "user_id": USER},
    "teams.member.remove": {"group_id": TEAM, "user_id": USER, "membership_id": SEAT},
    "teams.team.create": {"team": "Harvest Fair", "description": "Autumn", "user_id": USER},
    "teams.group.teamify": {"group_id": TEAM},
    "teams.channel.create": {"group_id": TEAM, "channel": "Stands", "description": "Who builds what"},
    "teams.team.archive": {"group_id": TEAM, "files_read_only": True},
    "teams.team.unarchive": {"group_id": TEAM},
    "teams.phone.assign": {"user_id": USER, "number": NUMBER, "number_type": "callingPlan", "location_id": POLICY},
    "teams.policy.assign": {
        "user_id": USER,
        "policy_type": "TeamsMeetingPolicy",
        "policy_id": POLICY,
        "was_policy_id": BEFORE,
    },
}

V1 = "https://graph.microsoft.com/v1.0"
MEMBER = {
    "@odata.type": "#microsoft.graph.aadUserConversationMember",
    "roles": [],
    "user@odata.bind": f"{V1}/users('{USER}')",
}
NEW_TEAM = {
    "template@odata.bind": f"{V1}/teamsTemplates('standard')",
    "displayName": "Harvest Fair",
    "description": "Autumn",
    "visibility": "private",
    "members": [{**MEMBER, "roles": ["owner"]}],
}
SETTINGS = {"memberSettings": {"allowCreateUpdateChannels": True}, "messagingSettings": {"allowUserEditMessages": True}}
CHANNEL = {"displayName": "Stands", "description": "Who builds what", "membershipType": "standard"}
NUMBERS = "/admin/teams/telephoneNumberManagement/numberAssignments"
ORDER = {
    "telephoneNumber": NUMBER,
    "assignmentTargetId": USER,
    "numberType": "callingPlan",
    "assignmentCategory": "primary",
    "locationId": POLICY,
}
POLICIES = "/admin/teams/policy/userAssignments"


def assignment(policy_id: str) -> dict[str, Any]:
    """The body that assigns a policy."""
    one = {
        "@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
        "userId": USER,
        "policyType": "TeamsMeetingPolicy",
        "policyId": policy_id,
    }
    return {"value": [one]}


# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "teams.member.add": (
        ("POST", f"/teams/{TEAM}/members", MEMBER),
        ("DELETE", f"/teams/{TEAM}/members/{{created}}", None),
    ),
    "teams.member.remove": (
        ("DELETE", f"/teams/{TEAM}/members/{SEAT.replace('=', '%3D')}", None),
        ("POST", f"/teams/{TEAM}/members", MEMBER),
    ),
    "teams.team.create": (("POST", "/teams", NEW_TEAM), ("DELETE", "/groups/{created}", None)),
    "teams.group.teamify": (("PUT", f"/groups/{TEAM}/team", SETTINGS), None),
    "teams.channel.create": (
        ("POST", f"/teams/{TEAM}/channels", CHANNEL),
        ("DELETE", f"/teams/{TEAM}/channels/{{created}}", None),
    ),
    "teams.team.archive": (
        ("POST", f"/teams/{TEAM}/archive", {"shouldSetSpoSiteReadOnlyForMembers": True}),
        ("POST", f"/teams/{TEAM}/unarchive", None),
    ),
    "teams.team.unarchive": (
        ("POST", f"/teams/{TEAM}/unarchive", None),
        ("POST", f"/teams/{TEAM}/archive", {"shouldSetSpoSiteReadOnlyForMembers": False}),
    ),
    "teams.phone.assign": (
        ("POST", f"{NUMBERS}/assignNumber", ORDER),
        ("POST", f"{NUMBERS}/unassignNumber", {"telephoneNumber": NUMBER, "numberType": "callingPlan"}),
    ),
    "teams.policy.assign": (
        ("POST", f"{POLICIES}/assign", assignment(POLICY)),
        ("POST", f"{POLICIES}/assign", assignment(BEFORE)),
    ),
}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {
    "teams.joined": USER,
    "teams.get": TEAM,
    "teams.members": TEAM,
    "teams.channels": TEAM,
    "teams.policies": USER,
    "ops.teams": f"{TEAM}/{OPERATION}",
}


def _team(directory: Directory) -> str:
    return str(next(group["id"] for group in directory.groups.values() if group["displayName"] == "QT-Finance"))


def _outsider(directory: Directory, team: str) -> str:
    inside = {*directory.members[team], *directory.owners[team]}
    members = (user for user in directory.users.values() if user["userType"] == "Member")
    return str(next(user["id"] for user in members if user["id"] not in inside))


def _add_member(directory: Directory) -> dict[str, Any]:
    team = _team(directory)
    return {"group_id": team, "user_id": _outsider(directory, team)}


def _remove_member(directory: Directory) -> dict[str, Any]:
    params = _add_member(directory)
    directory.members[params["group_id"]].append(params["user_id"])
    seat = base64.b64encode(f"{params['group_id']}##{params['user_id']}".encode()).decode()
    return {**params, "membership_id": seat}


def _create_team(directory: Directory) -> dict[str, Any]:
    return {"team": "Harvest Fair", "description": "Autumn", "user_id": next(iter(directory.users))}


def _teamify(directory: Directory) -> dict[str, Any]:
    team = _team(directory)
    directory.groups[team]["resourceProvisioningOptions"] = []
    del directory.objects["teams"][team]
    return {"group_id": team}


def _create_channel(directory: Directory) -> dict[str, Any]:
    return {"group_id": _team(directory), "channel": "Stands"}


def _archive(directory: Directory) -> dict[str, Any]:
    return {"group_id": _team(directory)}


def _unarchive(directory: Directory) -> dict[str, Any]:
    team = _team(directory)
    directory.objects["teams"][team]["isArchived"] = True
    return {"group_id": team}


def _assign_number(directory: Directory) -> dict[str, Any]:
    numbers = directory.objects["numberAssignments"].values()
    free = next(one for one in numbers if one["assignmentStatus"] == "unassigned")
    licensed = {one["assignmentTargetId"] for one in numbers}
    voice = next(sku["skuId"] for sku in directory.skus.values() if sku["skuPartNumber"] == "MCOEV")
    user = next(one for one in directory.users.values() if one["id"] not in licensed)
    user["assignedLicenses"].append({"skuId": voice, "disabledPlans": []})
    return {"user_id": user["id"], "number": free["telephoneNumber"], "number_type": free["numberType"]}


def _assign_policy(directory: Directory) -> dict[str, Any]:
    meeting = [one for one in directory.objects["teamsPolicies"].values() if one["policyType"] == "TeamsMeetingPolicy"]
    user_id = next(iter(directory.users))
    held = {"id": f"{user_id}/TeamsMeetingPolicy", "policyId": meeting[0]["id"], "groupId": None}
    directory.objects["teamsPolicyAssignments"][held["id"]] = held
    return {
        "user_id": user_id,
        "policy_type": "TeamsMeetingPolicy",
        "policy_id": meeting[1]["id"],
        "was_policy_id": meeting[0]["id"],
    }


# What a service did is kept in its own list, also of what was undone.
_OPERATIONS = "objects.teamsAsyncOperations"

# A deleted group is kept for 30 days with all that hangs on it.
_IN_THE_BIN = ("objects.deletedItems", "objects.teams", "objects.channels")

EXAMPLES: tuple[Example, ...] = (
    Example("teams.member.add", _add_member),
    Example("teams.member.remove", _remove_member),
    Example("teams.team.create", _create_team, lost=(_OPERATIONS, *_IN_THE_BIN)),
    Example("teams.group.teamify", _teamify),
    Example("teams.channel.create", _create_channel),
    Example("teams.team.archive", _archive, lost=(_OPERATIONS,)),
    Example("teams.team.unarchive", _unarchive, lost=(_OPERATIONS,)),
    Example("teams.phone.assign", _assign_number),
    Example("teams.policy.assign", _assign_policy),
)
