"""Administrative units: what one is, who stands under it, and putting a person there or taking one away.

Only people are simulated as members. That a unit with restricted management keeps other administrators from its
members' accounts is not, nor are roles limited to a unit.
"""

from simulator.directory import Resource
from simulator.estate.administrative_units import UNITS
from simulator.graph import audits, collection, listing, rights
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
    find_user,
    not_found,
)
from simulator.graph.collection import Kind
from simulator.graph.groups import referenced
from simulator.graph.schema import EQUAL, TEXT, Schema

_DIRECTORY_READERS = any_of("Directory.Read.All", "Directory.ReadWrite.All")
_READERS = _DIRECTORY_READERS | any_of("AdministrativeUnit.Read.All", "AdministrativeUnit.ReadWrite.All")
_WRITERS = any_of("AdministrativeUnit.ReadWrite.All", "Directory.ReadWrite.All")
_NAMES = """
id deletedDateTime description displayName isMemberManagementRestricted membershipRule membershipRuleProcessingState
membershipType visibility
"""
_PROPERTIES = frozenset(_NAMES.split())
_UNIT = Kind(
    name=UNITS,
    of="directory/administrativeUnits",
    schema=Schema(
        name="AdministrativeUnit",
        properties=_PROPERTIES,
        defaults=_PROPERTIES,
        filters={"id": EQUAL, "displayName": TEXT, "description": TEXT},
        searchable=frozenset({"displayName", "description"}),
        sortable=frozenset({"displayName"}),
    ),
)
_ALREADY = "One or more added object references already exist for the following modified properties: 'members'."
_ADDED = Event("Add member to administrative unit", "AdministrativeUnit", "Assign")
_REMOVED = Event("Remove member from administrative unit", "AdministrativeUnit", "Unassign")


def _get(call: Call) -> Answer:
    return collection.shown(call, _found(call), kind=_UNIT)


def _list(call: Call) -> Answer:
    return collection.listed(call, _UNIT)


def _units_of(call: Call) -> Answer:
    if set(call.query) - {"$select", "$skiptoken", "$top"} and not (call.eventual and "$count" in call.query):
        raise bad_request("Unsupported Query.", code="Request_UnsupportedQuery")
    user_id = find_user(call)["id"]
    own = [one for one in collection.everything(call, _UNIT).values() if user_id in one["members"]]
    return listing.listed(call, own, schema=_UNIT.schema, of="administrativeUnits")


def _found(call: Call) -> Resource:
    return collection.found(call, _UNIT, parameter="unit")


def _add(call: Call) -> Answer:
    unit = _found(call)
    member = referenced(call, call.fields().get("@odata.id"))
    _check_assigned(unit)
    if "userPrincipalName" not in member:
        raise bad_request("Only users can be put under an administrative unit by this simulator.")
    if member["id"] in unit["members"]:
        raise bad_request(_ALREADY)
    unit["members"].append(member["id"])
    _record(call, _ADDED, member=member, unit=unit)
    return NO_CONTENT


def _remove(call: Call) -> Answer:
    unit = _found(call)
    _check_assigned(unit)
    wanted = call.parameters["member"].lower()
    if wanted not in unit["members"] or wanted not in call.directory.users:
        raise not_found(call.parameters["member"])
    unit["members"].remove(wanted)
    _record(call, _REMOVED, member=call.directory.users[wanted], unit=unit)
    return NO_CONTENT


def _check_assigned(unit: Resource) -> None:
    """The members of a dynamic unit follow from its rule. The text is not documented."""
    if unit["membershipType"] == "Dynamic":
        raise bad_request("Cannot modify the membership of an administrative unit with dynamic membership.")


def _record(call: Call, event: Event, *, member: Resource, unit: Resource) -> None:
    added = event is _ADDED
    facts = (("AdministrativeUnit.ObjectID", unit["id"]), ("AdministrativeUnit.DisplayName", unit["displayName"]))
    changes = [changed(name, None if added else value, new=value if added else None) for name, value in facts]
    shown = {"id": unit["id"], "displayName": unit["displayName"], "type": "AdministrativeUnit"}
    target = {**shown, "userPrincipalName": None, "groupType": None, "modifiedProperties": []}
    audits.record(call, [event], targets=[audits.user_target(member, changes), target])


_BY_ID = "/directory/administrativeUnits/{unit}"
_READ = rights.read_directory

ROUTES = (
    Route("GET", "/directory/administrativeUnits", _list, (_READERS,), right=_READ, options=LIST_OPTIONS),
    Route("GET", _BY_ID, _get, (_READERS,), right=_READ, options=SELECT_ONLY),
    Route(
        "GET",
        "/users/{user}/memberOf/microsoft.graph.administrativeUnit",
        _units_of,
        (_DIRECTORY_READERS,),
        right=_READ,
        options=LIST_OPTIONS,
    ),
    Route("POST", f"{_BY_ID}/members/$ref", _add, (_WRITERS,), right=rights.change_unit),
    Route("DELETE", f"{_BY_ID}/members/{{member}}/$ref", _remove, (_WRITERS,), right=rights.change_unit),
)
