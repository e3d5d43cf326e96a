"""Intune's own audit log, `deviceManagement/auditEvents`; what is done there shows in no directory audit."""

from datetime import timedelta

from simulator.clock import fine_stamp, parse
from simulator.directory import Resource
from simulator.graph import collection
from simulator.graph.calls import Answer, Call, Route, any_of
from simulator.graph.collection import Kind
from simulator.graph.rights_devices import read_intune
from simulator.graph.schema import EQUAL, ORDERED, plain

_PROPERTIES = """
id activity activityDateTime activityOperationType activityResult activityType actor category componentName
correlationId displayName resources
"""
_EVENT = plain(
    "AuditEvent",
    _PROPERTIES,
    filters={"activityDateTime": ORDERED, **dict.fromkeys(("activityType", "category", "correlationId"), EQUAL)},
    sortable=("activityDateTime",),
    guids=("correlationId",),
)
KIND = Kind("auditEvents", "deviceManagement/auditEvents", _EVENT)


def record(call: Call, activity: str, *, operation: str, resource: Resource, name: str) -> None:
    """Add one entry. `activity` reads `rebootNow ManagedDevice`; `name` is what `resource` is called.

    The correlation id is the request's own (resource type `auditEvent`); how activities are called is unverified.
    """
    kind = activity.rpartition(" ")[2]
    entry: Resource = {
        "id": call.ids.guid(),
        "activity": activity,
        "activityDateTime": fine_stamp(call.now),
        "activityOperationType": operation,
        "activityResult": "Success",
        "activityType": activity,
        "actor": _actor(call),
        "category": "Application" if kind.startswith("MobileApp") else "Device",
        "componentName": kind,
        "correlationId": call.correlation_id,
        "displayName": activity,
        "resources": [
            {
                "auditResourceType": kind,
                "displayName": name,
                "modifiedProperties": [],
                "resourceId": resource["id"],
            }
        ],
    }
    collection.everything(call, KIND)[entry["id"]] = entry


def _actor(call: Call) -> Resource:
    caller = call.caller
    shown: Resource = {"applicationId": caller.app_id, "applicationDisplayName": caller.app_name, "userPermissions": []}
    if caller.app_only:
        return {**shown, "auditActorType": "Application", "userId": None, "userPrincipalName": None}
    user = call.directory.users[caller.object_id]
    return {
        **shown,
        "auditActorType": "ItPro",
        "userId": user["id"],
        "userPrincipalName": user["userPrincipalName"],
        "ipAddress": "127.0.0.1",
    }


def _list(call: Call) -> Answer:
    """Newest first; entries younger than the simulated delay are not there yet."""
    horizon = call.now - timedelta(seconds=call.audit_delay_seconds)
    entries = reversed(collection.everything(call, KIND).values())
    visible = [one for one in entries if parse(one["activityDateTime"]) <= horizon]
    return collection.listed(call, KIND, resources=visible)


ROUTES = (
    Route(
        "GET",
        "/deviceManagement/auditEvents",
        _list,
        (any_of("DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All"),),
        right=read_intune,
        options=frozenset({"$filter", "$select", "$top", "$orderby", "$skiptoken"}),
    ),
)
