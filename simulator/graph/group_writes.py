"""Groups as a whole: making one, changing its properties, deleting it and putting it back.

Not simulated: rules of dynamic groups (501), a tenant's naming policy, and groups that are not there yet right after
they were made. Of deleted groups only those of Microsoft 365 are kept. Texts of errors marked (p) are from public code,
those of errors marked (u) are not documented.
"""

from dataclasses import replace

from simulator import shapes
from simulator.clock import stamp
from simulator.directory import Resource
from simulator.graph import audits, collection, licences, listing, recycling, rights
from simulator.graph.applications import ASSIGNMENT
from simulator.graph.audits import Event, changed
from simulator.graph.calls import NO_CONTENT, Answer, Call, Route, any_of, bad_request, denied, find_group
from simulator.graph.groups import check_kept_here, referenced
from simulator.graph.schema import GROUP
from simulator.site import not_simulated
from simulator.tenant_file import Group

_CREATORS = any_of("Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All")
_WRITERS = any_of("Group.ReadWrite.All", "Directory.ReadWrite.All")
_WRITABLE: dict[str, type] = {
    **dict.fromkeys(("displayName", "description", "mailNickname", "visibility", "classification"), str),
    **dict.fromkeys(("preferredLanguage", "theme", "membershipRule", "membershipRuleProcessingState"), str),
    **dict.fromkeys(("mailEnabled", "securityEnabled", "isAssignableToRole"), bool),
    **dict.fromkeys(("groupTypes", "resourceBehaviorOptions", "resourceProvisioningOptions"), list),
}
_SCHEMA = replace(GROUP, writable=_WRITABLE)
_REQUIRED = ("displayName", "mailEnabled", "mailNickname", "securityEnabled")
_NEVER_EMPTY = (*_REQUIRED, "groupTypes", "visibility")
# What is said when a group is made, and is not changed afterwards here.
_FIXED = frozenset(_WRITABLE) - {
    *("displayName", "description", "mailNickname", "visibility", "classification", "preferredLanguage", "theme")
}
_LONGEST = {"displayName": 256, "description": 1024, "mailNickname": 64}
_VISIBILITIES = ("Private", "Public")
# A POST takes so many owners and members (Graph documentation, "Create group").
_MOST_LINKS = 20
_MAIL_ENABLED = (
    "The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement "
    "property is unset and the security-enablement property is set."
)
_ADDED = Event("Add group", "GroupManagement", "Add")
_UPDATED = Event("Update group", "GroupManagement", "Update")
_DELETED = Event("Delete group", "GroupManagement", "Delete")
RESTORED = Event("Restore Group", "GroupManagement", "Update")
PURGED = Event("Hard Delete group", "GroupManagement", "Delete")


def _create(call: Call) -> Answer:
    body = call.fields()
    links = {name: _bound(call, body, name=name) for name in ("owners", "members")}
    plain = {name: value for name, value in body.items() if "@odata.bind" not in name}
    fields = collection.checked(plain, _SCHEMA)
    _check_new(call, fields)
    _check_values(fields)
    _check_nickname(call, fields)
    group = _made(call, fields)
    owners = links["owners"] or ([] if call.caller.app_only else [call.caller.object_id])
    call.directory.groups[group["id"]] = group
    call.directory.owners[group["id"]] = owners
    call.directory.members[group["id"]] = links["members"]
    audits.record(call, [_ADDED], targets=[audits.group_target(group)])
    answer = listing.entity(call, group, schema=GROUP, of="groups")
    return Answer(status=201, body=answer.body)


def _bound(call: Call, body: Resource, *, name: str) -> list[str]:
    references = body.get(f"{name}@odata.bind", [])
    if not isinstance(references, list) or len(references) > _MOST_LINKS:
        raise bad_request(f"Invalid value specified for property '{name}@odata.bind' of resource 'Group'.")  # (u)
    return list(dict.fromkeys(referenced(call, one)["id"] for one in references))


def _check_new(call: Call, fields: Resource) -> None:
    for name in _REQUIRED:
        if fields.get(name) in (None, ""):
            raise bad_request(f"A value is required for property '{name}' of resource 'Group'.")  # (p)
    types = set(fields.get("groupTypes") or ())
    if "DynamicMembership" in types or "membershipRule" in fields:
        raise not_simulated("a group with a membership rule")
    if types - {"Unified"}:
        raise bad_request("Invalid value specified for property 'groupTypes' of resource 'Group'.")
    if fields["mailEnabled"] and "Unified" not in types:
        raise bad_request(_MAIL_ENABLED)  # (p)
    if "Unified" in types and not fields["mailEnabled"]:
        raise bad_request("Invalid value specified for property 'mailEnabled' of resource 'Group'.")  # (u)
    if not types and not fields["securityEnabled"]:
        raise bad_request("Invalid value specified for property 'securityEnabled' of resource 'Group'.")  # (u)
    if fields.get("isAssignableToRole") and "RoleManagement.ReadWrite.Directory" not in call.caller.permissions:
        raise denied()


def _check_values(fields: Resource) -> None:
    for name in _NEVER_EMPTY:
        if name in fields and fields[name] in (None, ""):
            raise bad_request(f"Invalid value specified for property '{name}' of resource 'Group'.")
    for name, longest in _LONGEST.items():
        if len(fields.get(name) or "") > longest:
            raise bad_request(f"Invalid value specified for property '{name}' of resource 'Group'.")
    if "visibility" in fields and fields["visibility"] not in (*_VISIBILITIES, "HiddenMembership"):
        raise bad_request("Invalid value specified for property 'visibility' of resource 'Group'.")
    nickname = fields.get("mailNickname", "a")
    if not nickname.isascii() or set(nickname) & set(' @()\\[]";:<>,'):
        raise bad_request("Invalid value specified for property 'mailNickname' of resource 'Group'.")


def _check_nickname(call: Call, fields: Resource, *, own_id: str = "") -> None:
    """Two groups with a mailbox never share the name before the at sign."""
    wanted = str(fields.get("mailNickname", "")).casefold()
    for other in call.directory.groups.values() if wanted and fields.get("mailEnabled") else ():
        taken = other["mailEnabled"] and str(other.get("mailNickname")).casefold() == wanted
        if taken and other["id"] != own_id:
            message = "Another object with the same value for property mailNickname already exists."
            raise bad_request(message)  # (p)


def _made(call: Call, fields: Resource) -> Resource:
    domains = call.directory.organization["verifiedDomains"]
    domain = next((one["name"] for one in domains if one["isDefault"]), "")
    described = Group.model_validate(
        {
            "displayName": fields["displayName"],
            "groupTypes": fields.get("groupTypes") or [],
            "mail": f"{fields['mailNickname']}@{domain}",
            "mailEnabled": fields["mailEnabled"],
        }
    )
    given = {name: value for name, value in fields.items() if name != "groupTypes"}
    now = {"createdDateTime": stamp(call.now), "renewedDateTime": stamp(call.now)}
    shown = {"isAssignableToRole": None, "visibility": _visibility(fields)}
    return {**shapes.group(call.ids.guid(), described, domain=domain), **shown, **given, **now}


def _visibility(fields: Resource) -> str | None:
    """Microsoft 365 groups are public unless told otherwise; others show none."""
    return fields.get("visibility") or ("Public" if fields.get("groupTypes") else None)


def _update(call: Call) -> Answer:
    group = find_group(call)
    fields = collection.checked(call.fields(), _SCHEMA)
    if not fields:
        raise bad_request("Empty payload. JSON content expected.")
    if fixed := sorted(set(fields) & _FIXED):
        raise not_simulated(f"{fixed[0]} on PATCH /groups/{{group}}")
    check_kept_here(group)
    _check_values(fields)
    _check_nickname(call, {"mailEnabled": group["mailEnabled"], **fields}, own_id=group["id"])
    changes = [
        changed(name[0].upper() + name[1:], [group.get(name)], new=[value])
        for name, value in fields.items()
        if group.get(name) != value
    ]
    group.update(fields)
    target = {**audits.group_target(group), "modifiedProperties": changes}
    audits.record(call, [_UPDATED], targets=[target])
    return NO_CONTENT


def _delete(call: Call) -> Answer:
    group = find_group(call)
    check_kept_here(group)
    directory, group_id = call.directory, group["id"]
    links = {"members": directory.members.pop(group_id), "owners": directory.owners.pop(group_id)}
    del directory.groups[group_id]
    for members in directory.members.values():
        if group_id in members:
            members.remove(group_id)
    # Roles, in the directory and in applications, are promised to nobody who comes back.
    directory.role_assignments = _others(directory.role_assignments, group_id)
    directory.role_eligibilities = _others(directory.role_eligibilities, group_id)
    directory.objects[ASSIGNMENT.name] = _others(collection.everything(call, ASSIGNMENT), group_id)
    for person in _people(call, links["members"]):
        licences.left(call, person, group=group)
    if "Unified" in group["groupTypes"]:
        recycling.keep(call, "group", resource=group, links=links)
    audits.record(call, [_DELETED], targets=[audits.group_target(group)])
    return NO_CONTENT


def _others(entries: dict[str, Resource], principal_id: str) -> dict[str, Resource]:
    return {key: one for key, one in entries.items() if one["principalId"] != principal_id}


def _people(call: Call, member_ids: list[str]) -> list[Resource]:
    return [call.directory.users[one] for one in member_ids if one in call.directory.users]


def put_back(call: Call, record: Resource) -> None:
    """Bring a deleted group back from the record that deleting made, with those of its people who are still there."""
    directory, group, links = call.directory, record["object"], record["links"]
    _check_nickname(call, group)
    directory.groups[group["id"]] = group
    for name, linked in (("members", directory.members), ("owners", directory.owners)):
        linked[group["id"]] = [one for one in links[name] if one in directory.users or one in directory.groups]
    for person in _people(call, directory.members[group["id"]]):
        licences.joined(call, person, group=group)


ROUTES = (
    Route("POST", "/groups", _create, (_CREATORS,), right=rights.create_group),
    Route("PATCH", "/groups/{group}", _update, (_WRITERS,), right=rights.change_members),
    Route("DELETE", "/groups/{group}", _delete, (_WRITERS,), right=rights.change_members),
)
