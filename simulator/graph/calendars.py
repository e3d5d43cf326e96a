"""Who sees a user's primary calendar. Source: Graph reference, resource type `calendarPermission`."""

import base64

from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.estate.mailboxes import CALENDARS
from simulator.graph import outlook
from simulator.graph.calls import NO_CONTENT, Answer, Call
from simulator.graph.collection import Kind, checked, created, shown
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
_ENTRIES = outlook.Entries(_KIND, "/users/{user}/calendar/calendarPermissions", "permission")
_SHARED = ("freeBusyRead", "limitedRead", "read", "write")
_DELEGATES = ("delegateWithoutPrivateEventAccess", "delegateWithPrivateEventAccess")


def _create(call: Call) -> Answer:
    held = _ENTRIES.held(call)
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
    return created(call, _KIND, resource=made, held=held)


def _person(call: Call, address: str) -> Resource | None:
    wanted = address.casefold()
    return next((one for one in call.directory.users.values() if (one["mail"] or "").casefold() == wanted), None)


def _update(call: Call) -> Answer:
    found = _ENTRIES.found(call)
    fields = checked(call.fields(), _KIND.schema)
    if set(fields) != {"role"}:
        raise invalid("Only the role of a calendar permission can be changed.")
    if fields["role"] not in found["allowedRoles"]:
        raise invalid("The role is not allowed for this recipient.")
    found["role"] = fields["role"]
    return shown(call, found, kind=_KIND)


def _delete(call: Call) -> Answer:
    found = _ENTRIES.found(call)
    if not found["isRemovable"]:
        raise invalid("This calendar permission cannot be removed.")
    del _ENTRIES.held(call)[found["id"]]
    return NO_CONTENT


ROUTES = _ENTRIES.routes(
    create=_create, update=_update, delete=_delete, readers=outlook.CALENDAR_READERS, writers=outlook.CALENDAR_WRITERS
)
