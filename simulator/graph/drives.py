"""Drives and their items: reading them, earlier versions, deleting and restoring.

Source: Graph reference, resource types `drive`, `driveItem` and `driveItemVersion`. What was deleted is restored in a
personal OneDrive only, as the documentation says; a tenant's drives are for work unless a test makes one personal.
"""

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.estate.files import DELETED, DRIVES, ITEMS, VERSIONS
from simulator.graph import sharepoint
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route, find_user
from simulator.graph.collection import Kind, checked, listed, shown
from simulator.graph.schema import Schema, plain
from simulator.graph.sharepoint import READ, RESTORE, WRITE, drive_of, item_of, may

_DRIVE = Kind(
    DRIVES,
    "drives",
    plain("Drive", "id name webUrl driveType owner quota createdDateTime lastModifiedDateTime"),
)
_ITEM_NAMES = """
id name size webUrl eTag cTag parentReference createdBy createdDateTime lastModifiedBy lastModifiedDateTime file folder
root shared deleted
"""
_ITEM = Kind(ITEMS, "driveItems", plain("DriveItem", _ITEM_NAMES))
_VERSION = Kind(VERSIONS, "driveItemVersions", plain("DriveItemVersion", "id lastModifiedBy lastModifiedDateTime size"))
_NAMES = frozenset({"name", "parentReference"})
_RESTORED = Schema("Restore", _NAMES, _NAMES, filters={}, writable={"name": str, "parentReference": dict})


def _drive(call: Call) -> Answer:
    return shown(call, drive_of(call), kind=_DRIVE)


def _item(call: Call) -> Answer:
    return _about(call, item_of(call))


def _about(call: Call, item: Resource) -> Answer:
    answer = shown(call, item, kind=_ITEM)
    # A facet that an item lacks is left out: a folder has no `file`, what nobody else may open no `shared`.
    body = {name: value for name, value in (answer.body or {}).items() if value is not None}
    return Answer(status=answer.status, body=body)


def _versions(call: Call) -> Answer:
    return listed(call, _VERSION, resources=list(_versions_of(call).values()))


def _versions_of(call: Call) -> dict[str, Resource]:
    """The versions of the path's file by id, the newest first."""
    item = item_of(call)
    versions: dict[str, Resource] = call.directory.objects[VERSIONS].get(item["id"], {})
    if "folder" in item:
        raise sharepoint.invalid("Folders have no versions.")
    return versions


def _restore_version(call: Call) -> Answer:
    item, versions = item_of(call), _versions_of(call)
    wanted = versions.get(call.parameters["version"])
    if wanted is None:
        raise sharepoint.item_not_found()
    newest = next(iter(versions))
    if wanted["id"] == newest:
        raise sharepoint.invalid("The version is the current one.")
    by = {"user": _caller(call)}
    made = {**wanted, "id": f"{int(newest.partition('.')[0]) + 1}.0", "lastModifiedDateTime": stamp(call.now)}
    call.directory.objects[VERSIONS][item["id"]] = {made["id"]: {**made, "lastModifiedBy": by}, **versions}
    item |= {"size": wanted["size"], "lastModifiedDateTime": made["lastModifiedDateTime"], "lastModifiedBy": by}
    sharepoint.touched(item)
    return NO_CONTENT


def _caller(call: Call) -> Resource:
    caller = call.caller
    if caller.app_only:
        return {"id": caller.object_id, "displayName": caller.app_name}
    return {"id": caller.object_id, "displayName": call.directory.users[caller.object_id]["displayName"]}


def _delete(call: Call) -> Answer:
    item = item_of(call)
    sharepoint.check_match(call, item)
    if "root" in item:
        raise sharepoint.access_denied()
    drive_id = drive_of(call)["id"]
    call.directory.objects[DELETED][drive_id][item["id"]] = call.directory.objects[ITEMS][drive_id].pop(item["id"])
    return NO_CONTENT


def _restore(call: Call) -> Answer:
    drive = drive_of(call)
    fields = checked(call.fields() if call.body is not None else {}, _RESTORED)
    deleted = call.directory.objects[DELETED].get(drive["id"], {})
    items = call.directory.objects[ITEMS][drive["id"]]
    item = deleted.get(call.parameters["item"])
    if drive["driveType"] != "personal":
        raise GraphError(400, "notSupported", message="Restoring is available in OneDrive Personal only.")
    if item is None:
        raise sharepoint.item_not_found()
    place = fields.get("parentReference") or {}
    folder_id = place.get("id", item["parentReference"]["id"])
    if folder_id not in items or set(place) - {"id"}:
        raise sharepoint.item_not_found()
    name = fields.get("name") or item["name"]
    if any(_is_called(one, name, folder_id=folder_id) for one in items.values()):
        raise GraphError(409, "nameAlreadyExists", message="An item with the same name already exists.")
    item |= {"name": name, "parentReference": {**item["parentReference"], "id": folder_id}}
    items[item["id"]] = deleted.pop(item["id"])
    return _about(call, item)


def _is_called(item: Resource, name: str, *, folder_id: str) -> bool:
    return bool(item["parentReference"].get("id") == folder_id and item["name"].casefold() == name.casefold())


def _own_drive(call: Call) -> Answer:
    find_user(call)
    return _drive(call)


_ITEM_PATHS = ("/drives/{drive}/items/{item}", "/users/{user}/drive/items/{item}")
_VERSIONS = "/drives/{drive}/items/{item}/versions"
_OPTIONS = SELECT_ONLY | {"$top", "$skiptoken"}

ROUTES = (
    Route("GET", "/users/{user}/drive", _own_drive, (), right=may(READ), options=SELECT_ONLY),
    *(Route("GET", path, _item, (), right=may(READ), options=SELECT_ONLY) for path in _ITEM_PATHS),
    *(Route("DELETE", path, _delete, (), right=may(WRITE)) for path in _ITEM_PATHS),
    *(Route("POST", f"{path}/restore", _restore, (), right=may(RESTORE)) for path in _ITEM_PATHS),
    Route("GET", _VERSIONS, _versions, (), right=may(READ), options=_OPTIONS),
    Route("POST", f"{_VERSIONS}/{{version}}/restoreVersion", _restore_version, (), right=may(WRITE)),
)
