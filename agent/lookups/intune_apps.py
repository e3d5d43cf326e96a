"""Questions about Intune's apps and its own audit log: what an app is, who gets it, and what was done since when."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.lookups.tenant import ALL
from agent.model.graph_call import GraphCall

_APPS = "/deviceAppManagement/mobileApps"
_AUDIT_EVENTS = "/deviceManagement/auditEvents"
_GROUP_TARGETS = {
    "#microsoft.graph.groupAssignmentTarget": "group",
    "#microsoft.graph.exclusionGroupAssignmentTarget": "excluded group",
    "#microsoft.graph.allLicensedUsersAssignmentTarget": "all users",
    "#microsoft.graph.allDevicesAssignmentTarget": "all devices",
}


def assignments_call(app_id: str) -> GraphCall:
    """Return the read of an app's assignments.

    Raises:
        DirectoryError: `app_id` is no object id.
    """
    return GraphCall(method="GET", path=f"{_APPS}/{object_id(app_id)}/assignments")


def _get(subject: str) -> GraphCall:
    return GraphCall(
        method="GET", path=f"{_APPS}/{object_id(subject)}", query=(("$select", "id,displayName,publisher"),)
    )


def _app(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another app")
    return {"id": id_of(body), **picked(body, displayName=str, publisher=str)}


def _all(subject: str) -> GraphCall:
    if subject != ALL:
        raise DirectoryError(f"expected the subject `{ALL}` to look up a tenant's apps")
    return GraphCall(method="GET", path=_APPS, query=(("$select", "id,displayName,publisher"),))


def _apps(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"apps": [{"id": id_of(one), **picked(one, displayName=str, publisher=str)} for one in records(body)]}


def _assignments(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"assignments": [_assignment(one) for one in records(body)]}


def _assignment(record: Mapping[str, Any]) -> dict[str, Any]:
    # Ids of assignments are no GUIDs and are kept as they are spelt.
    facts = picked(record, id=str, intent=str)
    target = record.get("target")
    if not facts.get("id") or not isinstance(target, Mapping):
        raise UnreadableError("expected an assignment with an id and a target")
    kind = _GROUP_TARGETS.get(str(target.get("@odata.type")), "other")
    return {**facts, "target": kind, **({"groupId": id_of(target, "groupId")} if kind.endswith("group") else {})}


def audited_call(activity: str) -> GraphCall:
    """Return the read of the entries of Intune's audit log about one kind of activity.

    The filter is Microsoft's own example (Intune documentation, audit logs of Cloud PKI).
    """
    query = (("$filter", f"activityType eq {literal(activity)}"),)
    return GraphCall(method="GET", path=_AUDIT_EVENTS, query=query)


def _audit_since(subject: str) -> GraphCall:
    try:
        moment = datetime.fromisoformat(subject)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise DirectoryError("expected a time with a zone to look up what Intune did since, got something else")
    since = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = (("$filter", f"activityDateTime ge {since}"), ("$top", "50"))
    return GraphCall(method="GET", path=_AUDIT_EVENTS, query=query)


def _audit(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"events": [_event(one) for one in records(body)]}


def _event(record: Mapping[str, Any]) -> dict[str, Any]:
    texts: dict[str, type] = dict.fromkeys(("activityType", "activityResult", "activityDateTime", "correlationId"), str)
    facts = {"id": id_of(record), **picked(record, **texts)}
    actor = record.get("actor")
    if isinstance(actor, Mapping):
        facts["actor"] = picked(actor, userId=str, applicationId=str)
    if "resources" in record:
        facts["resources"] = [picked(one, resourceId=str) for one in records({"value": record["resources"]})]
    return facts


# Subject: the app's object id. Facts: `displayName` and `publisher`.
INTUNE_APP_GET = Lookup(
    "intune.app.get", _get, _app, permission="DeviceManagementApps.Read.All", throttle_class="intune"
)

# Subject: `all`. Facts: `apps`, all that Intune can install, each id, displayName and publisher.
INTUNE_APPS = Lookup("intune.apps", _all, _apps, permission="DeviceManagementApps.Read.All", throttle_class="intune")

# Subject: the app's object id. Facts: `assignments` with `intent`, the kind of `target`, and `groupId` of a group.
INTUNE_APP_ASSIGNMENTS = Lookup(
    "intune.app.assignments",
    assignments_call,
    _assignments,
    permission="DeviceManagementApps.Read.All",
    throttle_class="intune",
)

# Subject: a time with a zone. Facts: `events` since then. `correlationId` is the client-request-id of the request
# that caused it (Graph reference, auditEvent).
INTUNE_AUDIT = Lookup(
    "intune.audit", _audit_since, _audit, permission="DeviceManagementApps.Read.All", throttle_class="intune"
)
