"""Writes the tenant's native audit log, `directoryAudits`, in the documented shape.

Core Directory gives each write a correlation id of its own; Authentication Methods takes over the caller's
client-request-id. In a delegated call the log names the user and hides the application, as v1.0 does.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.clock import fine_stamp
from simulator.directory import Resource
from simulator.graph.calls import Call

CORE_DIRECTORY = "Core Directory"
AUTHENTICATION_METHODS = "Authentication Methods"


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of entry. `operation` is Add, Assign, Update, Unassign or Delete (resource type `directoryAudit`)."""

    activity: str
    category: str
    operation: str
    service: str = CORE_DIRECTORY


def changed(name: str, old: object, *, new: object) -> Resource:
    """One `modifiedProperties` entry; the values are texts that hold JSON."""
    return {"displayName": name, "oldValue": json.dumps(old), "newValue": json.dumps(new)}


def user_target(user: Resource, changes: Sequence[Resource] = ()) -> Resource:
    """A user as `targetResources` shows one."""
    return {
        "id": user["id"],
        "displayName": None,
        "type": "User",
        "userPrincipalName": user["userPrincipalName"],
        "groupType": None,
        "modifiedProperties": list(changes),
    }


def group_target(group: Resource) -> Resource:
    """A group as `targetResources` shows one."""
    kind = "unifiedGroups" if "Unified" in group["groupTypes"] else "azureAD"
    shown: Resource = {"id": group["id"], "displayName": group["displayName"], "type": "Group"}
    return {**shown, "userPrincipalName": None, "groupType": kind, "modifiedProperties": []}


def record(call: Call, events: Sequence[Event], *, targets: Sequence[Resource]) -> None:
    """Add one entry per event; the entries of one Core Directory write share one correlation id."""
    own = call.ids.guid()
    for event in events:
        correlation = own if event.service == CORE_DIRECTORY else call.correlation_id
        call.directory.audits.append(_entry(call, event, correlation_id=correlation, targets=targets))


def _entry(call: Call, event: Event, *, correlation_id: str, targets: Sequence[Resource]) -> Resource:
    return {
        "id": f"Directory_{correlation_id}_{call.ids.letters(5)}_{call.ids.number()}",
        "category": event.category,
        "correlationId": correlation_id,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": event.activity,
        "activityDateTime": fine_stamp(call.now),
        "loggedByService": event.service,
        "operationType": event.operation,
        "initiatedBy": _initiator(call),
        "targetResources": [dict(target) for target in targets],
        "additionalDetails": [],
    }


def _initiator(call: Call) -> Mapping[str, Any]:
    caller = call.caller
    if caller.app_only:
        app = {"appId": None, "displayName": caller.app_name, "servicePrincipalName": None}
        return {"user": None, "app": {**app, "servicePrincipalId": caller.object_id}}
    user = call.directory.users[caller.object_id]
    named = {"id": user["id"], "displayName": user["displayName"], "userPrincipalName": user["userPrincipalName"]}
    return {"app": None, "user": {**named, "ipAddress": "127.0.0.1"}}
