"""What a caller's directory roles allow over a target, on top of the permissions in the token.

Delegated calls need both. App-only calls need the permission, and for passwords and for sensitive writes on
administrators a role of the service principal as well. Source: Graph documentation, resource type `user`,
"Who can reset passwords" and "Who can perform sensitive actions"; Entra, "Default user permissions".
"""

from simulator import roles
from simulator.graph.calls import Call, denied, find_group, find_user

_SUPREME = frozenset({roles.GLOBAL_ADMINISTRATOR, roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR})
_HARMLESS = frozenset({roles.DIRECTORY_READERS, roles.GUEST_INVITER, roles.PASSWORD_ADMINISTRATOR})
_READING = frozenset({roles.MESSAGE_CENTER_READER, roles.REPORTS_READER, roles.USAGE_SUMMARY_REPORTS_READER})
# For each role, the roles a target may hold and still have the password reset by it.
_RESETS = {
    roles.PASSWORD_ADMINISTRATOR: _HARMLESS,
    roles.HELPDESK_ADMINISTRATOR: _HARMLESS | _READING | {roles.HELPDESK_ADMINISTRATOR},
    roles.AUTHENTICATION_ADMINISTRATOR: _HARMLESS | _READING | {roles.AUTHENTICATION_ADMINISTRATOR},
    roles.USER_ADMINISTRATOR: _HARMLESS
    | _READING
    | {roles.HELPDESK_ADMINISTRATOR, roles.GROUPS_ADMINISTRATOR, roles.USER_ADMINISTRATOR},
}
# The same for sensitive writes: enabling, disabling, sign-in name, phones, recovery addresses.
_SENSITIVE = {
    roles.AUTHENTICATION_ADMINISTRATOR: _RESETS[roles.AUTHENTICATION_ADMINISTRATOR],
    roles.USER_ADMINISTRATOR: _RESETS[roles.USER_ADMINISTRATOR],
}
# The same for deleting and restoring users (Graph documentation, "Delete a user").
_REMOVALS = {roles.USER_ADMINISTRATOR: _RESETS[roles.USER_ADMINISTRATOR]}
_METHOD_READERS = frozenset({roles.AUTHENTICATION_ADMINISTRATOR, roles.GLOBAL_READER}) | _SUPREME
_LICENSERS = frozenset(
    {roles.LICENSE_ADMINISTRATOR, roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS, roles.GLOBAL_ADMINISTRATOR}
)
_GROUP_KEEPERS = frozenset(
    {roles.GROUPS_ADMINISTRATOR, roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS, roles.GLOBAL_ADMINISTRATOR}
)
_ROLE_KEEPERS = frozenset({roles.PRIVILEGED_ROLE_ADMINISTRATOR, roles.GLOBAL_ADMINISTRATOR})
_SECURITY = frozenset(
    {roles.SECURITY_ADMINISTRATOR, roles.SECURITY_OPERATOR, roles.SECURITY_READER, roles.GLOBAL_READER}
)
_AUDITORS = frozenset({roles.REPORTS_READER, roles.SECURITY_ADMINISTRATOR, roles.SECURITY_READER, roles.GLOBAL_READER})


def _own_roles(call: Call) -> frozenset[str]:
    return call.directory.roles_of(call.caller.object_id)


def _over(call: Call, reach: dict[str, frozenset[str]]) -> bool:
    """Whether one of the caller's roles reaches the path's user, given the roles that user holds."""
    target = find_user(call)
    mine, theirs = _own_roles(call), call.directory.roles_of(target["id"])
    if mine & _SUPREME:
        return True
    if call.directory.holds_role_assignable_group(target["id"]):
        return False
    return any(theirs <= reach[role] for role in mine & set(reach))


def _require(allowed: bool) -> None:
    if not allowed:
        raise denied()


def read_directory(call: Call) -> None:
    """Members read the whole directory; guests read themselves.

    Raises:
        GraphError: (403) a guest asks about somebody else.
    """
    me = call.directory.users.get(call.caller.object_id)
    if call.caller.app_only or me is None or me.get("userType") != "Guest":
        return
    _require("user" in call.parameters and find_user(call)["id"] == me["id"])


def reset_password(call: Call) -> None:
    """Needs a role over the target, also when an application asks for itself."""
    _require(_over(call, _RESETS))


def change_sensitively(call: Call) -> None:
    """Needs a role over the target; an application alone needs one only for an administrator."""
    target = find_user(call)
    privileged = call.directory.roles_of(target["id"]) or call.directory.holds_role_assignable_group(target["id"])
    _require((call.caller.app_only and not privileged) or _over(call, _SENSITIVE))


def change_profile(call: Call) -> None:
    """Needs User Administrator, when a user asks."""
    keepers = {roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS, roles.GLOBAL_ADMINISTRATOR}
    find_user(call)
    _require(call.caller.app_only or bool(_own_roles(call) & keepers))


def create_user(call: Call) -> None:
    """An administrator of users, when a user asks."""
    _require(call.caller.app_only or bool(_own_roles(call) & {roles.USER_ADMINISTRATOR, roles.GLOBAL_ADMINISTRATOR}))


def invite_guest(call: Call) -> None:
    """Any member, as tenants are set up at first; a guest only with a role for it."""
    me = call.directory.users.get(call.caller.object_id)
    inviters = {roles.GUEST_INVITER, roles.USER_ADMINISTRATOR, roles.GLOBAL_ADMINISTRATOR}
    member = me is not None and me["userType"] == "Member"
    _require(call.caller.app_only or member or bool(_own_roles(call) & inviters))


def delete_user(call: Call) -> None:
    """Needs a role over the target; an application alone needs one only for an administrator."""
    target = find_user(call)
    privileged = call.directory.roles_of(target["id"]) or call.directory.holds_role_assignable_group(target["id"])
    _require((call.caller.app_only and not privileged) or _over(call, _REMOVALS))


def change_deleted_user(call: Call, *, held: frozenset[str]) -> None:
    """As `delete_user`, for a deleted user who held the roles `held`."""
    mine = _own_roles(call)
    above = bool(mine & _SUPREME) or any(held <= _REMOVALS[role] for role in mine & set(_REMOVALS))
    _require((call.caller.app_only and not held) or above)


def reset_by_method(call: Call) -> None:
    """Only a user, an administrator of authentication with reach over the target, and not for oneself."""
    target = find_user(call)
    reach = {roles.AUTHENTICATION_ADMINISTRATOR: _RESETS[roles.AUTHENTICATION_ADMINISTRATOR]}
    own = target["id"] == call.caller.object_id
    _require(not call.caller.app_only and not own and _over(call, reach))


def revoke_sessions(call: Call) -> None:
    """Oneself, or with a role that could reset the password too."""
    target = find_user(call)
    _require(call.caller.app_only or target["id"] == call.caller.object_id or _over(call, _RESETS))


def read_methods(call: Call) -> None:
    """Oneself, or an administrator of authentication."""
    target = find_user(call)
    own = target["id"] == call.caller.object_id
    _require(call.caller.app_only or own or bool(_own_roles(call) & _METHOD_READERS))


def read_method_policy(call: Call) -> None:
    """Who administers authentication, or reads everything or its security."""
    _require(call.caller.app_only or bool(_own_roles(call) & (_METHOD_READERS | _SECURITY)))


def change_methods(call: Call) -> None:
    """An administrator of authentication with reach over the target; a pass for oneself is not given."""
    reach = {roles.AUTHENTICATION_ADMINISTRATOR: _SENSITIVE[roles.AUTHENTICATION_ADMINISTRATOR]}
    find_user(call)
    _require(call.caller.app_only or _over(call, reach))


def license_user(call: Call) -> None:
    """An administrator of licences or users."""
    find_user(call)
    _require(call.caller.app_only or bool(_own_roles(call) & _LICENSERS))


def license_group(call: Call) -> None:
    """An administrator of licences, of users, or of groups."""
    find_group(call)
    _require(call.caller.app_only or bool(_own_roles(call) & (_LICENSERS | _GROUP_KEEPERS)))


def create_group(call: Call) -> None:
    """Any member, as tenants are set up at first; a guest only with a role for it (Entra, default permissions)."""
    me = call.directory.users.get(call.caller.object_id)
    member = me is not None and me["userType"] == "Member"
    _require(call.caller.app_only or member or bool(_own_roles(call) & _GROUP_KEEPERS))


def change_deleted_group(call: Call, *, owners: list[str]) -> None:
    """Who owned the group, or an administrator of groups."""
    owner = call.caller.object_id in owners
    _require(call.caller.app_only or owner or bool(_own_roles(call) & _GROUP_KEEPERS))


def change_unit(call: Call) -> None:
    """An administrator of roles."""
    _require(call.caller.app_only or bool(_own_roles(call) & _ROLE_KEEPERS))


def change_members(call: Call) -> None:
    """An owner of the group or an administrator of groups.

    A role-assignable group takes an owner or an administrator of roles, and `RoleManagement.ReadWrite.Directory`.
    """
    group = find_group(call)
    if group["isAssignableToRole"]:
        _require("RoleManagement.ReadWrite.Directory" in call.caller.permissions)
    owner = call.caller.object_id in call.directory.owners.get(group["id"], ())
    keepers = _ROLE_KEEPERS if group["isAssignableToRole"] else _GROUP_KEEPERS
    _require(call.caller.app_only or owner or bool(_own_roles(call) & keepers))


def read_risk(call: Call) -> None:
    """A reader or administrator of security."""
    _require(call.caller.app_only or bool(_own_roles(call) & (_SECURITY | _SUPREME)))


def read_audits(call: Call) -> None:
    """A reader of reports or of security."""
    _require(call.caller.app_only or bool(_own_roles(call) & (_AUDITORS | {roles.GLOBAL_ADMINISTRATOR})))
