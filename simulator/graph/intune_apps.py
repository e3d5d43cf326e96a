"""Intune's apps, and which groups get them."""

from simulator.directory import Resource
from simulator.graph import collection, intune_audits
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route, any_of, bad_request
from simulator.graph.collection import Kind
from simulator.graph.intune_devices import missing
from simulator.graph.rights_devices import manage_intune, read_intune
from simulator.graph.schema import Schema, plain
from simulator.site import not_simulated

_PROPERTIES = """
id createdDateTime description developer displayName informationUrl isFeatured largeIcon lastModifiedDateTime notes
owner privacyInformationUrl publisher publishingState
"""
_APPS = Kind("mobileApps", "deviceAppManagement/mobileApps", plain("MobileApp", _PROPERTIES))
_FIELDS = frozenset({"id", "intent", "settings", "target"})
_ASSIGNMENT = Schema(
    name="MobileAppAssignment",
    properties=_FIELDS,
    defaults=_FIELDS,
    filters={},
    writable={"intent": str, "settings": dict, "target": dict},
)
_ASSIGNMENTS = Kind("mobileAppAssignments", "deviceAppManagement/mobileApps/assignments", _ASSIGNMENT)
_INTENTS = ("available", "required", "uninstall", "availableWithoutEnrollment")
_GROUP_TARGET = "#microsoft.graph.groupAssignmentTarget"
_READERS = any_of("DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All")
_WRITERS = any_of("DeviceManagementApps.ReadWrite.All")


def _app(call: Call) -> Resource:
    wanted = call.parameters["app"]
    found = collection.everything(call, _APPS).get(wanted.lower())
    if found is None:
        raise missing(wanted)
    return found


def _key(app: Resource, assignment_id: str) -> str:
    """Ids of assignments are the app's own; two apps may have the same."""
    return f"{app['id']}/{assignment_id}"


def _list_apps(call: Call) -> Answer:
    return collection.listed(call, _APPS, resources=list(collection.everything(call, _APPS).values()))


def _get(call: Call) -> Answer:
    return collection.shown(call, _app(call), kind=_APPS)


def _list(call: Call) -> Answer:
    app = _app(call)
    own = [one for key, one in collection.everything(call, _ASSIGNMENTS).items() if key.startswith(_key(app, ""))]
    return collection.listed(call, _ASSIGNMENTS, resources=own)


def _assign(call: Call) -> Answer:
    app = _app(call)
    fields = collection.written(call, _ASSIGNMENTS)
    intent, group_id = fields.get("intent"), _group_of(call, fields.get("target"))
    if intent not in _INTENTS:
        raise bad_request("The property 'intent' is required and must be an installIntent.", code="BadRequest")
    if fields.get("settings") is not None:
        raise not_simulated("settings of an app's assignment")
    made = {
        "id": f"{group_id}_{_INTENTS.index(intent)}_0",
        "intent": intent,
        "settings": None,
        "target": {"@odata.type": _GROUP_TARGET, "groupId": group_id},
    }
    held = collection.everything(call, _ASSIGNMENTS)
    if any(key.startswith(_key(app, f"{group_id}_")) for key in held):
        raise bad_request("The app is already assigned to this group.", code="BadRequest")
    held[_key(app, made["id"])] = made
    _record(call, "Create MobileAppAssignment", app=app, assignment=made)
    return Answer(status=201, body=collection.shown(call, made, kind=_ASSIGNMENTS).body)


def _group_of(call: Call, target: object) -> str:
    if not isinstance(target, dict) or not isinstance(target.get("@odata.type"), str):
        raise bad_request("The property 'target' is required and must say its type.", code="BadRequest")
    if target["@odata.type"].removeprefix("#") != _GROUP_TARGET.removeprefix("#"):
        raise not_simulated(f"an app's assignment to {target['@odata.type'][:80]}")
    unknown = sorted(set(target) - {"@odata.type", "groupId"})
    if unknown:
        raise bad_request(f"Invalid property '{unknown[0]}'.", code="BadRequest")
    group_id = str(target.get("groupId")).lower()
    if group_id not in call.directory.groups:
        raise bad_request("The group of the target does not exist.", code="BadRequest")
    return group_id


def _unassign(call: Call) -> Answer:
    app, wanted = _app(call), call.parameters["assignment"]
    assignment = collection.everything(call, _ASSIGNMENTS).pop(_key(app, wanted), None)
    if assignment is None:
        raise missing(wanted)
    _record(call, "Delete MobileAppAssignment", app=app, assignment=assignment)
    return NO_CONTENT


def _record(call: Call, activity: str, *, app: Resource, assignment: Resource) -> None:
    operation = activity.partition(" ")[0]
    intune_audits.record(call, activity, operation=operation, resource=assignment, name=app["displayName"])


_ALL = "/deviceAppManagement/mobileApps"
_PATH = _ALL + "/{app}"

ROUTES = (
    Route("GET", _ALL, _list_apps, (_READERS,), right=read_intune, options=SELECT_ONLY | {"$top", "$skiptoken"}),
    Route("GET", _PATH, _get, (_READERS,), right=read_intune, options=SELECT_ONLY),
    Route("GET", _PATH + "/assignments", _list, (_READERS,), right=read_intune),
    Route("POST", _PATH + "/assignments", _assign, (_WRITERS,), right=manage_intune),
    Route("DELETE", _PATH + "/assignments/{assignment}", _unassign, (_WRITERS,), right=manage_intune),
)
