"""Questions to Microsoft's own logs: a user's sign-ins, changes and risk detections, and the trace of a request."""

import re
from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

_SINCE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_AUDITS = "/auditLogs/directoryAudits"
_AUDIT_PAGE = "999"

# The newest of so many entries are facts; `complete` says whether these are all.
MAX_ENTRIES = 50


def _since(subject: str) -> tuple[str, str]:
    """Split `user id/time`. Without a time the answer would be weeks of pages at half a request a second."""
    user, _, since = subject.partition("/")
    if not _SINCE.fullmatch(since):
        raise DirectoryError("expected `user id/time` with a time like 2026-11-23T08:00:00Z, got something else")
    return object_id(user), since


def _sign_ins(subject: str) -> GraphCall:
    user, since = _since(subject)
    wanted = f"userId eq {literal(user)} and createdDateTime ge {since}"
    query = (("$filter", wanted), ("$orderby", "createdDateTime desc"), ("$top", "999"))
    return GraphCall(method="GET", path="/auditLogs/signIns", query=query)


def _read_sign_ins(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = records(body)
    for one in found:
        _about(one, user_id=subject.partition("/")[0])
    return {"sign_ins": [_sign_in(one) for one in found[:MAX_ENTRIES]], "complete": len(found) <= MAX_ENTRIES}


def _sign_in(record: Mapping[str, Any]) -> dict[str, Any]:
    facts = picked(
        record,
        createdDateTime=str,
        appDisplayName=str,
        clientAppUsed=str,
        ipAddress=str,
        conditionalAccessStatus=str,
        riskState=str,
        riskLevelDuringSignIn=str,
    )
    status, place = record.get("status"), record.get("location")
    if isinstance(status, Mapping):
        facts |= picked(status, errorCode=int, failureReason=str)
    if isinstance(place, Mapping):
        facts |= picked(place, countryOrRegion=str)
    if record.get("appliedConditionalAccessPolicies") is not None:
        applied = records({"value": record["appliedConditionalAccessPolicies"]})
        facts["policies"] = [picked(one, id=str, displayName=str, result=str) for one in applied]
    return facts


def _about(record: Mapping[str, Any], *, user_id: str) -> None:
    # A server that ignores the filter would otherwise tell one person's life as another's.
    if id_of(record, "userId") != user_id.lower():
        raise UnreadableError("the answer is about another user")


def _audits_of(subject: str) -> GraphCall:
    user, since = _since(subject)
    wanted = f"targetResources/any(t:t/id eq {literal(user)}) and activityDateTime ge {since}"
    return GraphCall(method="GET", path=_AUDITS, query=(("$filter", wanted), ("$top", _AUDIT_PAGE)))


def _read_audits(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    user = subject.partition("/")[0].lower()
    found = [_entry(one) for one in records(body)]
    if any(user not in one["target_ids"] for one in found):
        raise UnreadableError("the answer is about other objects")
    found.sort(key=lambda one: one["activityDateTime"], reverse=True)
    return {"entries": found[:MAX_ENTRIES], "complete": len(found) <= MAX_ENTRIES}


def _by_correlation(subject: str) -> GraphCall:
    wanted = f"correlationId eq {literal(object_id(subject))}"
    return GraphCall(method="GET", path=_AUDITS, query=(("$filter", wanted),))


def _read_trace(subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    found = records(body)
    for one in found:
        if id_of(one, "correlationId") != subject.lower():
            raise UnreadableError("the answer is about another request")
    return {"entries": [_entry(one) for one in found]} if found else None


def _entry(record: Mapping[str, Any]) -> dict[str, Any]:
    told = picked(record, activityDisplayName=str, loggedByService=str, result=str, correlationId=str)
    at = record.get("activityDateTime")
    if not isinstance(at, str):
        raise UnreadableError("expected a time in `activityDateTime`")
    # Targets without an id are there too, as a policy's conditions are.
    targets = records({"value": record.get("targetResources")})
    ids = [one["id"].lower() for one in targets if isinstance(one.get("id"), str)]
    return {"id": id_of(record), "activityDateTime": at, **told, **_initiator(record), "target_ids": ids}


def _initiator(record: Mapping[str, Any]) -> dict[str, Any]:
    """Who did it: a user, or an application by its service principal; a user hides the application (v1.0)."""
    by = record.get("initiatedBy")
    found: dict[str, Any] = {}
    if isinstance(by, Mapping):
        user, app = by.get("user"), by.get("app")
        if isinstance(user, Mapping):
            found["by_user_id"] = picked(user, id=str).get("id")
        if isinstance(app, Mapping):
            found["by_service_principal_id"] = picked(app, servicePrincipalId=str).get("servicePrincipalId")
    return found


def _detections(subject: str) -> GraphCall:
    query = (("$filter", f"userId eq {literal(object_id(subject))}"), ("$top", "500"))
    return GraphCall(method="GET", path="/identityProtection/riskDetections", query=query)


def _read_detections(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = records(body)
    for one in found:
        _about(one, user_id=subject)
    return {"detections": [_detection(one) for one in found[:MAX_ENTRIES]], "complete": len(found) <= MAX_ENTRIES}


def _detection(record: Mapping[str, Any]) -> dict[str, Any]:
    return picked(
        record,
        riskEventType=str,
        riskState=str,
        riskLevel=str,
        riskDetail=str,
        activity=str,
        detectedDateTime=str,
        ipAddress=str,
    )


# Subject: `user id/time`, the time in UTC and whole seconds. Facts: `sign_ins` since then, newest first, with
# `errorCode` (0 is a success) and, if the application may read policies, `policies` with what each did; `complete`.
# Kept by Microsoft for 7 or 30 days, and for tenants with P1 only.
USER_SIGNINS = Lookup(
    "user.signins", _sign_ins, _read_sign_ins, permission="AuditLog.Read.All", throttle_class="entra-reports"
)

# Subject: `user id/time`. Facts: `entries` about this user since then, newest first, and `complete`. An empty list is
# no proof that nothing happened: entries appear minutes late.
USER_AUDITS = Lookup(
    "user.audits", _audits_of, _read_audits, permission="AuditLog.Read.All", throttle_class="entra-reports"
)

# Subject: the client-request-id of a write. Facts: `entries`. Absent: nothing yet, or the service gives its own ids.
RECONCILE_BY_CORRELATION = Lookup(
    "reconcile.by_correlation",
    _by_correlation,
    _read_trace,
    permission="AuditLog.Read.All",
    throttle_class="entra-reports",
)

# Subject: an object id. Facts: `detections` and `complete`; an empty list is known to be empty.
USER_RISK_DETECTIONS = Lookup(
    "user.risk_detections",
    _detections,
    _read_detections,
    permission="IdentityRiskEvent.Read.All",
    throttle_class="entra-ca",
)
