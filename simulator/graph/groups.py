"""Groups: reading them, their members and owners, and changing who is a member or an owner."""

import re

from simulator.directory import Resource
from simulator.graph import audits, licences, listing, rights
from simulator.graph.audits import Event, changed
from simulator.graph.calls import (
    LIST_OPTIONS,
    NO_CONTENT,
    SELECT_ONLY,
    Answer,
    Call,
    Route,
    any_of,
    bad_request,
    find_group,
    not_found,
)
from simulator.graph.schema import GROUP, USER
from simulator.graph.user_writes import on_premises_refusal
from simulator.graph.users import mixed, need_eventual

_READERS = any_of(
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
_OWNER_WRITERS = any_of("Group.ReadWrite.All", "Directory.ReadWrite.All")
_MEMBER_WRITERS = any_of("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
_REFERENCE = re.compile(
    r"https?://[^/]+/v1\.0/(?P<of>directoryObjects|users|groups)(?:/|\(')(?P<id>[0-9a-fA-F-]{36})(?:'\))?", re.ASCII
)
_ALREADY = "One or more added object references already exist for the following modified properties: '{}'."
_LAST_OWNER = "The group must have at least one owner, hence this owner cannot be removed."
_MAILED = "Cannot Update a mail-enabled security groups and or distribution list."
_ADDED = Event("Add member to group", "GroupManagement", "Assign")
_REMOVED = Event("Remove member from group", "GroupManagement", "Unassign")
_OWNER_ADDED = Event("Add owner to group", "GroupManagement", "Assign")
_OWNER_REMOVED = Event("Remove owner from group", "GroupManagement", "Unassign")


def _get(call: Call) -> Answer:
    return listing.entity(call, find_group(call), schema=GROUP, of="groups")


def _list(call: Call) -> Answer:
    return listing.listed(call, call.directory.groups.values(), schema=GROUP, of="groups")


def _members(call: Call) -> Answer:
    return _linked(call, call.directory.members[find_group(call)["id"]])


def _people_transitively(call: Call) -> Answer:
    need_eventual(call)
    group = find_group(call)
    directory = call.directory
    within = (one for one in directory.users.values() if group in directory.all_groups_of(one["id"]))
    return listing.listed(call, within, schema=USER, of="users")


def _owners(call: Call) -> Answer:
    return _linked(call, call.directory.owners[find_group(call)["id"]])


def _linked(call: Call, ids: list[str]) -> Answer:
    if "$filter" in call.query and not (call.eventual and call.query.get("$count") == "true"):
        raise bad_request("Unsupported Query.", code="Request_UnsupportedQuery")
    directory = call.directory
    return mixed(call, [directory.users.get(one) or directory.groups[one] for one in ids])


def _add_member(call: Call) -> Answer:
    group = find_group(call)
    member = referenced(call, call.fields().get("@odata.id"))
    _check_writable(group)
    if "Unified" in group["groupTypes"] and "userPrincipalName" not in member:
        raise bad_request("Only users can be members of a Microsoft 365 group.")
    members = call.directory.members[group["id"]]
    if member["id"] in members:
        raise bad_request(_ALREADY.format("members"))
    members.append(member["id"])
    if "userPrincipalName" in member:
        licences.joined(call, member, group=group)
    _record(call, _ADDED, member=member, group=group)
    return NO_CONTENT


def _remove_member(call: Call) -> Answer:
    group = find_group(call)
    _check_writable(group)
    wanted = call.parameters["member"].lower()
    members = call.directory.members[group["id"]]
    if wanted not in members:
        raise not_found(call.parameters["member"])
    members.remove(wanted)
    member = call.directory.users.get(wanted) or call.directory.groups[wanted]
    if "userPrincipalName" in member:
        licences.left(call, member, group=group)
    _record(call, _REMOVED, member=member, group=group)
    return NO_CONTENT


def _add_owner(call: Call) -> Answer:
    group = find_group(call)
    owner = referenced(call, call.fields().get("@odata.id"))
    check_kept_here(group)
    if "userPrincipalName" not in owner:
        raise bad_request("Only users and service principals can own a group.")  # The text is not documented.
    owners = call.directory.owners[group["id"]]
    if owner["id"] in owners:
        raise bad_request(_ALREADY.format("owners"))
    owners.append(owner["id"])
    _record(call, _OWNER_ADDED, member=owner, group=group)
    return NO_CONTENT


def _remove_owner(call: Call) -> Answer:
    group = find_group(call)
    check_kept_here(group)
    wanted = call.parameters["owner"].lower()
    owners = call.directory.owners[group["id"]]
    if wanted not in owners:
        raise not_found(call.parameters["owner"])
    if len(owners) == 1:
        raise bad_request(_LAST_OWNER)
    owners.remove(wanted)
    _record(call, _OWNER_REMOVED, member=call.directory.users[wanted], group=group)
    return NO_CONTENT


def referenced(call: Call, reference: object) -> Resource:
    """The user or group that an absolute address names.

    Raises:
        GraphError: (400) it is no such address; (404) it names nothing.
    """
    match = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    if match is None:
        raise bad_request("Invalid object identifier in '@odata.id'.")
    wanted = match["id"].lower()
    users, groups = call.directory.users.get(wanted), call.directory.groups.get(wanted)
    # That an address of one kind does not name an object of another is likely; the reference does not say it.
    found = {"users": users, "groups": groups}.get(match["of"], users or groups)
    if found is None:
        raise not_found(wanted)
    return found


def _check_writable(group: Resource) -> None:
    """The members of a dynamic group follow from its rule."""
    if "DynamicMembership" in group["groupTypes"]:
        raise bad_request("Cannot modify the membership of a group with dynamic membership.")
    check_kept_here(group)


def check_kept_here(group: Resource) -> None:
    """Synchronised and mail-enabled security or distribution groups are not written through Graph.

    Raises:
        GraphError: (400) the group is one of them.
    """
    if group["onPremisesSyncEnabled"]:
        raise on_premises_refusal()
    if group["mailEnabled"] and "Unified" not in group["groupTypes"]:
        raise bad_request(_MAILED)


def _record(call: Call, event: Event, *, member: Resource, group: Resource) -> None:
    """The member comes first and carries the group's id and name; which side they stand on says what happened."""
    facts = (("Group.ObjectID", group["id"]), ("Group.DisplayName", group["displayName"]))
    added = event.operation == "Assign"
    changes = [changed(name, None if added else value, new=value if added else None) for name, value in facts]
    target = audits.user_target(member, changes) if "userPrincipalName" in member else audits.group_target(member)
    audits.record(call, [event], targets=[target, audits.group_target(group)])


_READ = rights.read_directory

ROUTES = (
    Route("GET", "/groups", _list, (_READERS,), right=_READ, options=LIST_OPTIONS),
    Route("GET", "/groups/{group}", _get, (_READERS,), right=_READ, options=SELECT_ONLY),
    Route("GET", "/groups/{group}/members", _members, (_READERS,), right=_READ, options=LIST_OPTIONS),
    Route(
        "GET",
        "/groups/{group}/transitiveMembers/microsoft.graph.user",
        _people_transitively,
        (_READERS,),
        right=_READ,
        options=LIST_OPTIONS,
    ),
    Route("GET", "/groups/{group}/owners", _owners, (_READERS,), right=_READ, options=LIST_OPTIONS),
    Route("POST", "/groups/{group}/owners/$ref", _add_owner, (_OWNER_WRITERS,), right=rights.change_members),
    Route(
        "DELETE", "/groups/{group}/owners/{owner}/$ref", _remove_owner, (_OWNER_WRITERS,), right=rights.change_members
    ),
    Route("POST", "/groups/{group}/members/$ref", _add_member, (_MEMBER_WRITERS,), right=rights.change_members),
    Route(
        "DELETE",
        "/groups/{group}/members/{member}/$ref",
        _remove_member,
        (_MEMBER_WRITERS,),
        right=rights.change_members,
    ),
)
