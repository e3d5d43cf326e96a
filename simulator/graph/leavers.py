"""Deleting a user: the account moves to the deleted items, its seats are free, and a restore brings it back.

What comes back is what Microsoft promises: the profile, group memberships, the manager and reports, sign-in methods,
and licences as long as seats are free. Directory roles and ownership of groups are promised nowhere and do not come
back. Source: Graph documentation, "Delete a user"; the text of the error marked (u) is not documented.
"""

from simulator.directory import Directory, Resource
from simulator.graph import audits, licences, recycling, rights
from simulator.graph.audits import Event
from simulator.graph.calls import NO_CONTENT, Answer, Call, Route, any_of, bad_request, find_user
from simulator.graph.user_writes import on_premises_refusal

_WRITERS = any_of("User.DeleteRestore.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
_DELETED = Event("Delete user", "UserManagement", "Delete")
_TAKEN = "Another object with the same value for property userPrincipalName already exists."


def _delete(call: Call) -> Answer:
    user = find_user(call)
    if user["onPremisesSyncEnabled"]:
        raise on_premises_refusal()  # (u)
    links = _links(call.directory, user["id"])
    _cut(call.directory, user)
    recycling.keep(call, "user", resource=user, links=links)
    audits.record(call, [_DELETED], targets=[audits.user_target(user)])
    return NO_CONTENT


def _links(directory: Directory, user_id: str) -> Resource:
    administers = ["a role-assignable group"] if directory.holds_role_assignable_group(user_id) else []
    return {
        "groups": [group["id"] for group in directory.groups_of(user_id)],
        "manager": directory.managers.get(user_id),
        "reports": [report for report, manager in directory.managers.items() if manager == user_id],
        "methods": directory.authentication_methods.get(user_id, []),
        # Not put back; they say who may restore: somebody above the roles that the user had.
        "roles": [*sorted(directory.roles_of(user_id)), *administers],
    }


def _cut(directory: Directory, user: Resource) -> None:
    user_id = user["id"]
    del directory.users[user_id]
    for linked in (*directory.members.values(), *directory.owners.values()):
        if user_id in linked:
            linked.remove(user_id)
    directory.managers = {one: boss for one, boss in directory.managers.items() if user_id not in (one, boss)}
    directory.authentication_methods.pop(user_id, None)
    if user_id in directory.risky_users:
        directory.risky_users[user_id]["isDeleted"] = True
    directory.role_assignments = _without(directory.role_assignments, user_id)
    directory.role_eligibilities = _without(directory.role_eligibilities, user_id)
    for licence in user["assignedLicenses"]:
        directory.skus[licence["skuId"]]["consumedUnits"] -= 1
    directory.index_names()


def _without(entries: dict[str, Resource], principal_id: str) -> dict[str, Resource]:
    return {key: one for key, one in entries.items() if one["principalId"] != principal_id}


def put_back(call: Call, record: Resource) -> None:
    """Bring a deleted user back from the record that deleting made.

    Raises:
        GraphError: (400) somebody has the sign-in name by now.
    """
    directory, user, links = call.directory, record["object"], record["links"]
    if directory.user(user["userPrincipalName"]) is not None:
        raise bad_request(_TAKEN)
    directory.users[user["id"]] = user
    for group_id in links["groups"]:
        if group_id in directory.members:
            directory.members[group_id].append(user["id"])
    lines = [(user["id"], links["manager"]), *((report, user["id"]) for report in links["reports"])]
    for report, manager in lines:
        if report in directory.users and manager in directory.users:
            directory.managers.setdefault(report, manager)
    directory.authentication_methods[user["id"]] = links["methods"]
    if user["id"] in directory.risky_users:
        directory.risky_users[user["id"]]["isDeleted"] = False
    _take_seats(directory, user)
    directory.index_names()


def _take_seats(directory: Directory, user: Resource) -> None:
    """Each licence takes a seat again; without a free one its state says so (CountViolation)."""
    short = {one["skuId"] for one in user["assignedLicenses"] if licences.free_seats(directory, one["skuId"]) < 1}
    user["assignedLicenses"] = [one for one in user["assignedLicenses"] if one["skuId"] not in short]
    for licence in user["assignedLicenses"]:
        directory.skus[licence["skuId"]]["consumedUnits"] += 1
    for state in user["licenseAssignmentStates"]:
        if state["skuId"] in short:
            state.update({"state": "Error", "error": "CountViolation"})


ROUTES = (Route("DELETE", "/users/{user}", _delete, (_WRITERS,), right=rights.delete_user),)
