"""What a caller's directory roles allow in roles, entitlement and applications, when a user asks.

Source: Graph documentation, the roles that the reference page of each operation names.
"""

from simulator import roles
from simulator.graph.calls import Call, denied, find_group, find_user

_APPLICATION_ADMINISTRATORS = frozenset(
    {"Application Administrator", "Cloud Application Administrator", roles.GLOBAL_ADMINISTRATOR}
)
_ROLE_KEEPERS = frozenset({roles.PRIVILEGED_ROLE_ADMINISTRATOR, roles.GLOBAL_ADMINISTRATOR})
_ROLE_READERS = _ROLE_KEEPERS | {
    roles.GLOBAL_READER,
    roles.SECURITY_ADMINISTRATOR,
    roles.SECURITY_OPERATOR,
    roles.SECURITY_READER,
}
_GOVERNORS = frozenset({"Identity Governance Administrator", roles.GLOBAL_ADMINISTRATOR})
_GROUP_KEEPERS = _GOVERNORS | {roles.GROUPS_ADMINISTRATOR, roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS}


def require_one(call: Call, allowed: frozenset[str]) -> None:
    """Refuse a user who holds none of the roles; an application asking for itself needs none.

    Raises:
        GraphError: (403) the caller is such a user.
    """
    if not call.caller.app_only and not call.directory.roles_of(call.caller.object_id) & allowed:
        raise denied()


def read_schedules(call: Call) -> None:
    """A reader of security or an administrator of roles."""
    require_one(call, _ROLE_READERS)


def change_roles(call: Call) -> None:
    """An administrator of roles."""
    require_one(call, _ROLE_KEEPERS)


def change_elevated_group(call: Call, group_id: str) -> None:
    """An owner of the group, or an administrator of groups; of roles where the group can hold them."""
    group = call.directory.groups[group_id]
    if call.caller.object_id not in call.directory.owners.get(group_id, ()):
        require_one(call, _ROLE_KEEPERS if group["isAssignableToRole"] else _GROUP_KEEPERS)


def govern(call: Call) -> None:
    """An administrator of identity governance; roles inside a catalogue are not simulated."""
    require_one(call, _GOVERNORS)


def read_governance(call: Call) -> None:
    """An administrator of identity governance, or a reader of everything."""
    require_one(call, _GOVERNORS | {roles.GLOBAL_READER, roles.SECURITY_READER})


def change_apps(call: Call) -> None:
    """An administrator of applications."""
    require_one(call, _APPLICATION_ADMINISTRATORS)


def assign_apps(call: Call) -> None:
    """An administrator of applications or of users."""
    require_one(call, _APPLICATION_ADMINISTRATORS | {roles.USER_ADMINISTRATOR})


def change_consents(call: Call) -> None:
    """An administrator of applications or of roles."""
    require_one(call, _APPLICATION_ADMINISTRATORS | _ROLE_KEEPERS)


def read_own(call: Call) -> None:
    """The directory's usual rule, for paths below a user or a group: members read everything, guests themselves."""
    me = call.directory.users.get(call.caller.object_id)
    if "group" in call.parameters:
        find_group(call)
    asked = find_user(call)["id"] if "user" in call.parameters else ""
    if not call.caller.app_only and me is not None and me["userType"] == "Guest" and asked != me["id"]:
        raise denied()
