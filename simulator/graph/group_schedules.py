"""Privileged Identity Management for groups: membership for some hours, given by an administrator or an owner.

Every group that could be brought under PIM counts as brought. A membership whose time is over is no longer shown
here; the group's own list of members keeps it, as nothing runs by itself in the simulator.
"""

from simulator.directory import Resource
from simulator.graph import audits, collection, licences, listing, rights_governance, schedules
from simulator.graph.calls import Answer, Call, Route, any_of, bad_request
from simulator.graph.collection import Kind
from simulator.graph.schema import EQUAL, Schema, plain
from simulator.ids import stable
from simulator.site import not_simulated

_PATH = "/identityGovernance/privilegedAccess/group"
_WRITABLE = {**schedules.WRITABLE, **dict.fromkeys(("accessId", "groupId"), str)}
_PROPERTIES = frozenset(_WRITABLE) | schedules.READ_ONLY
_REQUEST = Kind(
    "groupAssignmentScheduleRequests",
    "identityGovernance/privilegedAccess/group/assignmentScheduleRequests",
    Schema("PrivilegedAccessGroupAssignmentScheduleRequest", _PROPERTIES, _PROPERTIES, filters={}, writable=_WRITABLE),
)
_INSTANCE = plain(
    "PrivilegedAccessGroupAssignmentScheduleInstance",
    "id accessId assignmentScheduleId assignmentType endDateTime groupId memberType principalId startDateTime",
    filters=dict.fromkeys(("accessId", "assignmentType", "groupId", "memberType", "principalId"), EQUAL),
)
# What PIM knows of a membership; one that is not here has no end.
_SCHEDULES = "groupAssignmentSchedules"
_READERS = any_of(
    "PrivilegedAssignmentSchedule.Read.AzureADGroup",
    "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    "PrivilegedAccess.Read.AzureADGroup",
    "PrivilegedAccess.ReadWrite.AzureADGroup",
)
_WRITERS = any_of("PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup", "PrivilegedAccess.ReadWrite.AzureADGroup")
_UNSCOPED = "A filter by `groupId` or `principalId` is required."


def _list(call: Call) -> Answer:
    text = call.query.get("$filter", "")
    if "groupId" not in text and "principalId" not in text:
        raise bad_request(_UNSCOPED)
    kept = listing.chosen(call, _instances(call), schema=_INSTANCE)
    names = listing.selected(call, _INSTANCE)
    of = "identityGovernance/privilegedAccess/group/assignmentScheduleInstances"
    return listing.paged(call, kept, show=lambda one: listing.shown(one, names, schema=_INSTANCE), of=of)


def _instances(call: Call) -> list[Resource]:
    known = call.directory.objects.get(_SCHEDULES, {})
    links = (("member", call.directory.members), ("owner", call.directory.owners))
    some = (
        _instance(group_id, principal_id, access=access)
        for access, held in links
        for group_id, principals in held.items()
        for principal_id in principals
    )
    whole = ({**one, **known.get(one["id"], {})} for one in some)
    return [one for one in whole if schedules.in_force(one, call.now)]


def _instance(group_id: str, principal_id: str, *, access: str) -> Resource:
    link_id = stable("group schedule", group_id, access, principal_id)
    return {
        "id": link_id,
        "accessId": access,
        "assignmentScheduleId": link_id,
        "assignmentType": "assigned",
        "groupId": group_id,
        "memberType": "direct",
        "principalId": principal_id,
        "startDateTime": None,
        "endDateTime": None,
    }


def _change(call: Call) -> Answer:
    fields = collection.written(call, _REQUEST)
    schedules.refuse_what_is_not_simulated(fields)
    if fields.get("accessId") != "member" or fields.get("action") not in ("adminAssign", "adminRemove"):
        raise not_simulated("anything but an administrator's change of members")
    group = call.directory.groups.get(str(fields.get("groupId")).lower())
    user = call.directory.users.get(str(fields.get("principalId")).lower())
    if group is None:
        raise schedules.nobody("Group")
    rights_governance.change_elevated_group(call, group["id"])
    if user is None:
        raise schedules.nobody("Subject")
    if "DynamicMembership" in group["groupTypes"] or group["onPremisesSyncEnabled"]:
        raise bad_request(
            "The group cannot be managed: it is dynamic or synchronised.", code="ResourceTypeNotSupported"
        )
    link = _instance(group["id"], user["id"], access="member")
    if fields["action"] == "adminAssign":
        made = _assign(call, fields, link=link)
        licences.joined(call, user, group=group)
        _record(call, "Add member to group", operation="Assign", asked=made, pair=(user, group))
    else:
        made = _remove(call, fields, link=link)
        licences.left(call, user, group=group)
        _record(call, "Remove member from group", operation="Unassign", asked=made, pair=(user, group))
    return collection.created(call, _REQUEST, resource=made)


def _record(call: Call, what: str, *, operation: str, asked: Resource, pair: tuple[Resource, Resource]) -> None:
    both = [audits.user_target(pair[0]), audits.group_target(pair[1])]
    schedules.record(call, f"{what} in PIM completed (timebound)", operation=operation, asked=asked, targets=both)


def _assign(call: Call, fields: Resource, *, link: Resource) -> Resource:
    start, end = schedules.span(call, fields)
    known = call.directory.objects.setdefault(_SCHEDULES, {})
    members = call.directory.members[link["groupId"]]
    if link["principalId"] in members and not schedules.ended(known.get(link["id"], {}), call.now):
        raise schedules.exists()
    if link["principalId"] not in members:
        members.append(link["principalId"])
    known[link["id"]] = {"startDateTime": start, "endDateTime": end}
    return schedules.request(call, fields, status="PendingProvisioning", schedule_id=link["id"])


def _remove(call: Call, fields: Resource, *, link: Resource) -> Resource:
    members = call.directory.members[link["groupId"]]
    if link["principalId"] not in members:
        raise schedules.missing()
    members.remove(link["principalId"])
    call.directory.objects.get(_SCHEDULES, {}).pop(link["id"], None)
    return schedules.request(call, fields, status="Revoked", schedule_id=link["id"])


ROUTES = (
    Route(
        "GET",
        f"{_PATH}/assignmentScheduleInstances",
        _list,
        (_READERS,),
        options=frozenset({"$filter", "$select", "$top", "$skiptoken"}),
    ),
    Route("POST", f"{_PATH}/assignmentScheduleRequests", _change, (_WRITERS,)),
)
