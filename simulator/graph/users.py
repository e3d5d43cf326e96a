"""Reading people: one, many, the manager, the reports, the groups."""

from collections.abc import Iterable

from simulator.directory import Resource
from simulator.graph import listing, rights
from simulator.graph.calls import (
    LIST_OPTIONS,
    SELECT_ONLY,
    Answer,
    Call,
    Route,
    any_of,
    bad_request,
    find_user,
    not_found,
)
from simulator.graph.schema import DIRECTORY_OBJECT, GROUP, USER
from simulator.ids import stable
from simulator.site import not_simulated

_READERS = any_of("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_OWN = any_of("User.Read", "User.ReadWrite")
_MEMBERSHIP_READERS = any_of(
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
# `checkMemberGroups` takes this many ids (Graph documentation, "directoryObject: checkMemberGroups").
_MOST_GROUPS_CHECKED = 20


# The one relationship that is put into the answer about a user, with the one property that is drawn of it.
_SPONSORS = "sponsors($select=id)"


def _get(call: Call) -> Answer:
    user, expand = find_user(call), call.query.get("$expand")
    if expand not in (None, _SPONSORS):
        raise not_simulated(f"$expand={expand} on users")
    answer = listing.entity(call, user, schema=USER, of="users")
    if expand is None:
        return answer
    people = (one for one in call.directory.sponsors.get(user["id"], ()) if one in call.directory.users)
    sponsors = [{"@odata.type": "#microsoft.graph.user", "id": one} for one in people]
    return Answer(body={**(answer.body or {}), "sponsors": sponsors})


def _list(call: Call) -> Answer:
    return listing.listed(call, call.directory.users.values(), schema=USER, of="users")


def _manager(call: Call) -> Answer:
    manager = call.directory.managers.get(find_user(call)["id"])
    if manager is None:
        raise not_found("manager")
    answer = listing.entity(call, call.directory.users[manager], schema=USER, of="directoryObjects")
    return Answer(body={**(answer.body or {}), "@odata.type": "#microsoft.graph.user"})


def _direct_reports(call: Call) -> Answer:
    user = find_user(call)
    ids = [report for report, manager in call.directory.managers.items() if manager == user["id"]]
    return mixed(call, (call.directory.users[one] for one in ids))


def _member_of(call: Call) -> Answer:
    user = find_user(call)
    roles = [_directory_role(call, entry) for entry in _role_entries(call, user["id"])]
    return mixed(call, [*call.directory.groups_of(user["id"]), *roles])


def _groups_transitively(call: Call) -> Answer:
    need_eventual(call)
    groups = call.directory.all_groups_of(find_user(call)["id"])
    return listing.listed(call, groups, schema=GROUP, of="groups")


def _check_groups(call: Call) -> Answer:
    wanted = call.fields().get("groupIds")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= _MOST_GROUPS_CHECKED:
        raise bad_request(f"groupIds must hold 1 to {_MOST_GROUPS_CHECKED} ids.")
    held = {group["id"] for group in call.directory.all_groups_of(find_user(call)["id"])}
    found = [one for one in wanted if str(one).lower() in held]
    return Answer(body={"@odata.context": call.context("Collection(Edm.String)"), "value": found})


def need_eventual(call: Call) -> None:
    """Refuse a cast with another query option that is not asked as an advanced query.

    Raises:
        GraphError: (400) the header or `$count` is missing.
    """
    others = set(call.query) - {"$select", "$skiptoken", "$top"}
    if others and not (call.eventual and call.query.get("$count") == "true"):
        raise bad_request("Unsupported Query.", code="Request_UnsupportedQuery")


def _role_entries(call: Call, principal_id: str) -> list[Resource]:
    return [one for one in call.directory.role_assignments.values() if one["principalId"] == principal_id]


def _directory_role(call: Call, assignment: Resource) -> Resource:
    defined = call.directory.role_definitions[assignment["roleDefinitionId"]]
    shown = {name: defined[name] for name in ("displayName", "description")}
    role_id = stable("directory role", call.directory.tenant_id, defined["id"])
    return {**shown, "id": role_id, "roleTemplateId": defined["templateId"], "deletedDateTime": None}


def mixed(call: Call, objects: Iterable[Resource]) -> Answer:
    """A list of directory objects of several types; each says its own `@odata.type`."""
    names = listing.selected(call, DIRECTORY_OBJECT)
    kept = listing.chosen(call, objects, schema=DIRECTORY_OBJECT)
    return listing.paged(call, kept, show=lambda one: _typed(one, names), of="directoryObjects")


def _typed(resource: Resource, names: frozenset[str] | None) -> Resource:
    kind = {"@odata.type": f"#microsoft.graph.{_kind(resource)}"}
    if "roleTemplateId" in resource:
        return kind | {name: value for name, value in resource.items() if names is None or name in names | {"id"}}
    schema = USER if "userPrincipalName" in resource else GROUP
    wanted = names if names is None else names & schema.properties
    return kind | listing.shown(resource, wanted, schema=schema)


def _kind(resource: Resource) -> str:
    if "roleTemplateId" in resource:
        return "directoryRole"
    return "user" if "userPrincipalName" in resource else "group"


_ONE = SELECT_ONLY | {"$expand"}
_GROUPS_OF = (_MEMBERSHIP_READERS, _READERS)

ROUTES = (
    Route("GET", "/users", _list, (_READERS,), right=rights.read_directory, options=LIST_OPTIONS),
    Route("GET", "/users/{user}", _get, (_READERS,), right=rights.read_directory, own=_OWN, options=_ONE),
    Route("GET", "/users/{user}/manager", _manager, (_READERS,), right=rights.read_directory, options=SELECT_ONLY),
    Route(
        "GET",
        "/users/{user}/directReports",
        _direct_reports,
        (_READERS,),
        right=rights.read_directory,
        options=LIST_OPTIONS,
    ),
    Route("GET", "/users/{user}/memberOf", _member_of, _GROUPS_OF, right=rights.read_directory, options=LIST_OPTIONS),
    Route(
        "GET",
        "/users/{user}/transitiveMemberOf/microsoft.graph.group",
        _groups_transitively,
        _GROUPS_OF,
        right=rights.read_directory,
        options=LIST_OPTIONS,
    ),
    Route("POST", "/users/{user}/checkMemberGroups", _check_groups, _GROUPS_OF, right=rights.read_directory),
)
