"""What Teams does in its own time: making teams, archiving them, and the operations that tell how far it is.

Everything is done at once here, and reads see it as late as the tenant's reads are told to lag; clients must look at
the operation or at the team all the same. Texts of errors marked (u) are not documented.
"""

from datetime import timedelta
from typing import Any

from simulator import shapes
from simulator.clock import parse, stamp
from simulator.directory import Resource
from simulator.estate.teams import make_team, settings
from simulator.graph import audits
from simulator.graph import rights_teams as rights
from simulator.graph.audits import Event
from simulator.graph.calls import Answer, Call, Route, any_of, find_group
from simulator.graph.collection import Kind, checked, everything, shown
from simulator.graph.rights_teams import find_team, refused
from simulator.graph.schema import Schema, plain
from simulator.graph.teams import TEAM, TEAMS, person, team_of
from simulator.tenant_file import Group

_WRITERS = any_of("Group.ReadWrite.All", "Directory.ReadWrite.All")
_CREATORS = _WRITERS | any_of("Team.Create")
_SETTERS = _WRITERS | any_of("TeamSettings.ReadWrite.All")

_OPERATION = plain(
    "TeamsAsyncOperation",
    """
attemptsCount createdDateTime error id lastActionDateTime operationType status targetResourceId targetResourceLocation
""",
)
_OPERATIONS = Kind("teamsAsyncOperations", "teams/operations", _OPERATION)
_NEW_TEAM = Schema(
    "Team",
    properties=TEAM.properties,
    defaults=TEAM.defaults,
    filters={},
    writable={
        **dict.fromkeys(("displayName", "description", "visibility", "classification", "specialization"), str),
        **dict.fromkeys(settings(), dict),
    },
)
_VISIBILITIES = {"private": "Private", "public": "Public"}
_ADD_GROUP = Event("Add group", "GroupManagement", "Add")
# Microsoft says that a group may take 15 minutes to reach Teams, and advises to try three times, ten seconds apart;
# here it takes as long as the second of those tries.
_REPLICATION = timedelta(seconds=15)


def _create(call: Call) -> Answer:
    fields = dict(call.fields())
    template, people = fields.pop("template@odata.bind", None), fields.pop("members", [])
    if not isinstance(template, str) or not template.endswith("/teamsTemplates('standard')"):
        raise refused("Template must be specified for team creation.")  # (u)
    wanted = checked(fields, _NEW_TEAM)
    if not wanted.get("displayName"):
        raise refused("Team display name must be specified.")  # (u)
    visibility = _VISIBILITIES.get(wanted.get("visibility") or "public")
    if visibility is None:
        raise refused("Invalid visibility specified.")  # (u)
    owner, chosen = _first_owner(call, people), _settings(wanted)
    group = _new_group(call, wanted, visibility=visibility)
    make_team(call.directory, group["id"], at=stamp(call.now)).update(chosen)
    call.directory.members[group["id"]] = [owner]
    call.directory.owners[group["id"]] = [owner]
    audits.record(call, [_ADD_GROUP], targets=[audits.group_target(group)])
    return _accepted(call, group["id"], kind="createTeam")


def _first_owner(call: Call, people: Any) -> str:
    """Who owns the new team: the user who asks, or the one owner that an application must name."""
    if not isinstance(people, list) or not all(isinstance(one, dict) for one in people):
        raise refused("Invalid members specified.")  # (u)
    named = [person(call, one) for one in people]
    owners = [user["id"] for user, owner in named if owner]
    if call.caller.app_only and (len(named) != 1 or len(owners) != 1):
        raise refused("A team owner must be provided when creating a team in application context.")
    if not call.caller.app_only and set(owners) - {call.caller.object_id}:
        raise refused("Only the calling user can be the owner of a new team.")  # (u)
    return owners[0] if owners else call.caller.object_id


def _new_group(call: Call, wanted: Resource, *, visibility: str) -> Resource:
    described = Group(
        displayName=wanted["displayName"],
        description=wanted.get("description"),
        type="m365",
        team=True,
        visibility=visibility,
    )
    domains = call.directory.organization["verifiedDomains"]
    domain = next(one["name"] for one in domains if one["isDefault"])
    made = shapes.group(call.ids.guid(), described, domain=domain)
    group = {**made, "createdDateTime": stamp(call.now)}
    call.directory.groups[group["id"]] = group
    return group


def _settings(wanted: Resource) -> Resource:
    chosen = settings()
    for name, usual in chosen.items():
        given = wanted.get(name) or {}
        for key, value in given.items():
            if key not in usual or type(value) is not type(usual[key]):
                raise refused(f"Invalid property '{key}' in '{name}'.")
        usual.update(given)
    return chosen


def _teamify(call: Call) -> Answer:
    group = find_group(call)
    if "Team" in group["resourceProvisioningOptions"]:
        raise rights.conflict("The group is a team already.")  # (u)
    if "Unified" not in group["groupTypes"]:
        raise refused("Only a Microsoft 365 group can become a team.")  # (u)
    if call.now - parse(group["createdDateTime"]) < _REPLICATION:
        raise rights.missing("Failed to execute Teams backend request: the group was not found.")  # (u)
    if not call.directory.owners.get(group["id"]):
        raise refused("The group must have at least one owner.")  # (u)
    chosen = _settings(checked(call.fields(), _NEW_TEAM))
    team = make_team(call.directory, group["id"], at=stamp(call.now))
    team.update(chosen)
    body = shown(call, team_of(call, team), kind=TEAMS).body
    return Answer(status=201, body=body)


def _archive(call: Call) -> Answer:
    fields = call.fields() if call.body is not None else {}
    flag = fields.get("shouldSetSpoSiteReadOnlyForMembers")
    if set(fields) - {"shouldSetSpoSiteReadOnlyForMembers"} or not (flag is None or isinstance(flag, bool)):
        raise refused("Invalid parameters for archive.")  # (u)
    return _turn(call, archived=True, kind="archiveTeam")


def _unarchive(call: Call) -> Answer:
    return _turn(call, archived=False, kind="unarchiveTeam")


def _turn(call: Call, *, archived: bool, kind: str) -> Answer:
    team = find_team(call)
    team["isArchived"] = archived
    return _accepted(call, team["id"], kind=kind)


def _accepted(call: Call, team_id: str, *, kind: str) -> Answer:
    """202 with the addresses of the team and of the operation, in the form with keys in brackets."""
    operation: Resource = {
        "id": call.ids.guid(),
        "attemptsCount": 1,
        "createdDateTime": stamp(call.now),
        "error": None,
        "lastActionDateTime": stamp(call.now),
        "operationType": kind,
        "status": "succeeded",
        "targetResourceId": team_id,
        "targetResourceLocation": f"/teams('{team_id}')",
    }
    everything(call, _OPERATIONS)[operation["id"]] = operation
    place = f"/teams('{team_id}')"
    return Answer(
        status=202, headers={"Location": f"{place}/operations('{operation['id']}')", "Content-Location": place}
    )


def _operation(call: Call) -> Answer:
    team_id = call.parameters["team"].lower()
    found = everything(call, _OPERATIONS).get(call.parameters["operation"].lower())
    if found is None or found["targetResourceId"] != team_id:
        raise rights.missing(f"No operation found with id {call.parameters['operation']}")  # (u)
    return shown(call, found, kind=_OPERATIONS)


ROUTES = (
    Route("POST", "/teams", _create, (_CREATORS,), right=rights.make_team),
    Route("PUT", "/groups/{group}/team", _teamify, (_WRITERS,), right=rights.make_team_of_group),
    Route("POST", "/teams/{team}/archive", _archive, (_SETTERS,), right=rights.keep_team),
    Route("POST", "/teams/{team}/unarchive", _unarchive, (_SETTERS,), right=rights.keep_team),
    Route("GET", "/teams/{team}/operations/{operation}", _operation, (_CREATORS | _SETTERS,)),
)
