"""What Teams lets a caller do, on top of the permissions in the token, and the errors of its own that it answers.

Teams has codes of its own. The texts of its errors are not documented, and neither is which roles may read what; an
application alone needs its permission only. Source: Graph reference, the pages of `team` and `channel`.
"""

from simulator import roles
from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph.calls import Call, denied, find_user

_ADMINISTRATORS = frozenset({roles.GLOBAL_ADMINISTRATOR, "Teams Administrator"})
_READERS = _ADMINISTRATORS | {roles.GLOBAL_READER}
_TELEPHONY = _ADMINISTRATORS | {"Teams Telephony Administrator"}


def forbidden() -> GraphError:
    """403: the caller is neither in the team nor an administrator of Teams."""
    return GraphError(403, "Forbidden", message="User is not allowed to perform this operation on the team.")


def refused(message: str) -> GraphError:
    """400 with the code that Teams uses."""
    return GraphError(400, "BadRequest", message=message)


def missing(message: str) -> GraphError:
    """404 with the code that Teams uses."""
    return GraphError(404, "NotFound", message=message)


def conflict(message: str) -> GraphError:
    """409 with the code that Teams uses."""
    return GraphError(409, "Conflict", message=message)


def find_team(call: Call) -> Resource:
    """The team that the path names, which is there while its group is.

    Raises:
        GraphError: (404) none.
    """
    wanted = call.parameters["team"].lower()
    group = call.directory.groups.get(wanted)
    team = call.directory.objects.get("teams", {}).get(wanted)
    if group is None or team is None or "Team" not in group["resourceProvisioningOptions"]:
        raise missing(f"No team found with Group Id {call.parameters['team']}")
    return team


def _holds(call: Call, wanted: frozenset[str]) -> bool:
    return bool(call.directory.roles_of(call.caller.object_id) & wanted)


def _owns(call: Call, group_id: str) -> bool:
    return call.caller.object_id in call.directory.owners.get(group_id, ())


def _belongs(call: Call, group_id: str) -> bool:
    return _owns(call, group_id) or call.caller.object_id in call.directory.members.get(group_id, ())


def read_team(call: Call) -> None:
    """A member of the team, anybody for a public one, or an administrator or reader of all."""
    group_id = find_team(call)["id"]
    public = call.directory.groups[group_id]["visibility"] == "Public"
    if not (call.caller.app_only or public or _belongs(call, group_id) or _holds(call, _READERS)):
        raise forbidden()


def keep_team(call: Call) -> None:
    """An owner of the team or an administrator of Teams."""
    group_id = find_team(call)["id"]
    if not (call.caller.app_only or _owns(call, group_id) or _holds(call, _ADMINISTRATORS)):
        raise forbidden()


def make_channel(call: Call) -> None:
    """A member, while the team's settings let members; an owner or administrator anyhow."""
    team = find_team(call)
    if not team["memberSettings"]["allowCreateUpdateChannels"] or not _belongs(call, team["id"]):
        keep_team(call)


def make_team(call: Call) -> None:
    """Any user but a guest."""
    me = call.directory.users.get(call.caller.object_id)
    if not call.caller.app_only and (me is None or me["userType"] == "Guest"):
        raise forbidden()


def make_team_of_group(call: Call) -> None:
    """An owner of the group or an administrator of Teams."""
    if not (call.caller.app_only or _owns(call, call.parameters["group"].lower()) or _holds(call, _ADMINISTRATORS)):
        raise forbidden()


def read_joined(call: Call) -> None:
    """Oneself, or an administrator or reader of all."""
    if not call.caller.app_only and find_user(call)["id"] != call.caller.object_id and not _holds(call, _READERS):
        raise forbidden()


def assign_numbers(call: Call) -> None:
    """An administrator of telephony or of Teams."""
    if not (call.caller.app_only or _holds(call, _TELEPHONY)):
        raise denied()


def assign_policies(call: Call) -> None:
    """An administrator of Teams."""
    if not (call.caller.app_only or _holds(call, _ADMINISTRATORS)):
        raise denied()
