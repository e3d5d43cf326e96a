"""Licences that a group hands on to its members: giving, taking, and who did not get theirs.

The service works through the members in the background; here it is done at once, and the state says so. Texts of
errors marked (u) are not documented.
"""

from simulator.directory import Resource
from simulator.graph import audits, licences, listing, rights
from simulator.graph.audits import Event
from simulator.graph.calls import LIST_OPTIONS, Answer, Call, Route, any_of, bad_request, find_group
from simulator.graph.schema import GROUP
from simulator.graph.users import mixed

_WRITERS = any_of("LicenseAssignment.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
_READERS = any_of(
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
_SET = Event("Set group license", "GroupManagement", "Update")
_STARTED = Event("Start applying group based license to users", "GroupManagement", "Update")


def _assign(call: Call) -> Answer:
    group = find_group(call)
    added, removed = licences.wanted(call)
    if not group["securityEnabled"]:
        raise bad_request("Licenses can only be assigned to security-enabled groups.")  # (u)
    held = {one["skuId"]: one for one in group["assignedLicenses"]}
    if set(removed) - set(held):
        raise bad_request("Group does not have a corresponding license.")  # (u)
    kept = [one for sku_id, one in held.items() if sku_id not in {*removed, *added}]
    given = [{"skuId": sku_id, "disabledPlans": plans} for sku_id, plans in added.items()]
    group["assignedLicenses"] = [*kept, *given]
    group["licenseProcessingState"] = {"state": "ProcessingComplete"}
    for person in _people(call, group):
        licences.regroup(call, person, groups=call.directory.groups_of(person["id"]))
    audits.record(call, [_SET, _STARTED], targets=[audits.group_target(group)])
    answer = listing.entity(call, group, schema=GROUP, of="groups")
    return Answer(status=202, body=answer.body)


def _people(call: Call, group: Resource) -> list[Resource]:
    """Direct members who are people; members of nested groups get nothing (Entra, "Group-based licensing")."""
    found = (call.directory.users.get(one) for one in call.directory.members[group["id"]])
    return [one for one in found if one is not None]


def _without(call: Call) -> Answer:
    group = find_group(call)
    return mixed(call, [one for one in _people(call, group) if _lacks_theirs(one, group)])


def _lacks_theirs(person: Resource, group: Resource) -> bool:
    own = (one for one in person["licenseAssignmentStates"] if one["assignedByGroup"] == group["id"])
    return any(one["state"] in ("Error", "ActiveWithError") for one in own)


ROUTES = (
    Route("POST", "/groups/{group}/assignLicense", _assign, (_WRITERS,), right=rights.license_group),
    Route(
        "GET",
        "/groups/{group}/membersWithLicenseErrors",
        _without,
        (_READERS,),
        right=rights.read_directory,
        options=LIST_OPTIONS,
    ),
)
