"""Who sees a user's primary calendar. Source: Graph reference, resource type `calendarPermission`."""

import base64

from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.estate.mailboxes import CALENDARS
from simulator.graph import outlook
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route
from simulator.graph.collection import Kind, checked, listed, shown
from simulator.graph.outlook import invalid
from simulator.graph.schema import Schema

_WRITABLE: dict[str, type] = {
    "allowedRoles": list,
    "emailAddress": dict,
    "isInsideOrganization": bool,
    "isRemovable": bool,
    "role": str,
}
_PROPERTIES = frozenset(_WRITABLE) | {"id"}
_KIND = Kind(
    CALENDARS,
    "calendarPermissions",
    Schema("CalendarPermission", _PROPERTIES, _PROPERTIES, filters={}, writable=_WRITABLE),
)
_SHARED = ("freeBusyRead", "limitedRead", "read", "write")
_DELEGATES = ("delegateWithoutPrivateEventAccess", "delegateWithPrivateEventAccess")


def _list(call: Call) -> Answer:
    return listed(call, _KIND, resources=list(outlook.kept_for(call, CALENDARS).values()))


def _get(call: Call) -> Answer:
    return shown(call, _found(call), kind=_KIND)


def _found(call: Call) -> Resource:
    return outlook.entry(outlook.kept_for(call, CALENDARS), call.parameters["permission"])


def _create(call: Call) -> Answer:
    held = outlook.kept_for(call, CALENDARS)
    fields = checked(call.fields(), _KIND.schema)
    holder = fields.get("emailAddress") or {}
    address = holder.get("address")
    if set(holder) - {"address", "name", "@odata.type"} or not isinstance(address, str) or "@" not in address:
        raise invalid("The value of property 'emailAddress' is invalid.")
    known = _person(call, address)
    allowed = [*_SHARED, *(_DELEGATES if known else ())]
    if fields.get("role") not in allowed:
        raise invalid("The value of property 'role' is invalid.")
    if any(one["emailAddress"].get("address", "").casefold() == address.casefold() for one in held.values()):
        # That it is refused is likely, the status and code are not documented.
        raise GraphError(409, "ErrorInvalidRequest", message="The calendar is shared with this recipient already.")
    made = {
        "id": base64.urlsafe_b64encode(address.casefold().encode()).decode(),
        "isRemovable": True,
        "isInsideOrganization": known is not None,
        "role": fields["role"],
        "allowedRoles": allowed,
        "emailAddress": {"name": known["displayName"] if known else address, "address": address},
    }
    held[made["id"]] = made
    return Answer(status=201, body=shown(call, made, kind=_KIND).body)


def _person(call: Call, address: str) -> Resource | None:
    wanted = address.casefold()
    return next((one for one in call.directory.users.values() if (one["mail"] or "").casefold() == wanted), None)


def _update(call: Call) -> Answer:
    found = _found(call)
    fields = checked(call.fields(), _KIND.schema)
    if set(fields) != {"role"}:
        raise invalid("Only the role of a calendar permission can be changed.")
    if fields["role"] not in found["allowedRoles"]:
        raise invalid("The role is not allowed for this recipient.")
    found["role"] = fields["role"]
    return shown(call, found, kind=_KIND)


def _delete(call: Call) -> Answer:
    found = _found(call)
    if not found["isRemovable"]:
        raise invalid("This calendar permission cannot be removed.")
    del outlook.kept_for(call, CALENDARS)[found["id"]]
    return NO_CONTENT


_ALL = "/users/{user}/calendar/calendarPermissions"
_ONE = _ALL + "/{permission}"
_READ = outlook.owner_with(outlook.CALENDAR_READERS)
_WRITE = outlook.owner_with(outlook.CALENDAR_WRITERS)

ROUTES = (
    Route("GET", _ALL, _list, (), right=_READ, options=SELECT_ONLY | {"$top", "$skiptoken"}),
    Route("GET", _ONE, _get, (), right=_READ, options=SELECT_ONLY),
    Route("POST", _ALL, _create, (), right=_WRITE),
    Route("PATCH", _ONE, _update, (), right=_WRITE),
    Route("DELETE", _ONE, _delete, (), right=_WRITE),
)
