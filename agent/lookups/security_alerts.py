"""Questions to Defender: which alerts and incidents are open, and what one of them is about."""

import re
from collections.abc import Mapping
from typing import Any, Final

from agent.errors import DirectoryError
from agent.lookups.conditional_access import only_all
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import segment
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

# Two letters and a long number, a GUID, or either with a suffix (Graph reference, resource type alert: examples).
ALERT_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{15,127}$"
INCIDENT_ID: Final = r"^[0-9]{1,19}$"

_ALERT = "id,title,severity,status,createdDateTime"
_INCIDENT = "id,displayName,severity,status"

# The first of so many are facts; `complete` says whether these are all.
MAX_OPEN = 50


def _alerts(subject: str) -> GraphCall:
    only_all(subject)
    query = (("$filter", "status ne 'resolved'"), ("$select", _ALERT), ("$top", "100"))
    return GraphCall(method="GET", path="/security/alerts_v2", query=query)


def _read_alerts(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = [_named(one, "title") for one in records(body)]
    return {"alerts": found[:MAX_OPEN], "complete": len(found) <= MAX_OPEN}


def _named(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    title = picked(record, **{name: str})
    return {"id": id_of(record), **title, **picked(record, severity=str, status=str, createdDateTime=str)}


def _alert(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/security/alerts_v2/{_known(subject, ALERT_ID)}")


def _known(subject: str, pattern: str) -> str:
    if not re.fullmatch(pattern, subject):
        raise DirectoryError("expected the id of an alert or incident to look up, got something else")
    return segment(subject)


def _read_alert(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    _about(subject, body)
    told = picked(body, category=str, serviceSource=str, detectionSource=str, description=str, incidentId=str)
    evidence = records({"value": body.get("evidence")})
    return {**_named(body, "title"), **_triage(body), **told, "user_ids": _users(evidence)}


def _about(subject: str, body: Mapping[str, Any]) -> None:
    if id_of(body).lower() != subject.lower():
        raise UnreadableError("the answer is about another object")


def _triage(record: Mapping[str, Any]) -> dict[str, Any]:
    return picked(record, assignedTo=str, classification=str, determination=str)


def _users(evidence: list[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the accounts that the evidence names; devices, files and mails stay behind."""
    accounts = [one["userAccount"] for one in evidence if isinstance(one.get("userAccount"), Mapping)]
    ids = (picked(one, azureAdUserId=str).get("azureAdUserId") for one in accounts)
    return sorted({one.lower() for one in ids if one})


def _incidents(subject: str) -> GraphCall:
    only_all(subject)
    query = (("$filter", "status eq 'active' or status eq 'inProgress'"), ("$select", _INCIDENT), ("$top", "50"))
    return GraphCall(method="GET", path="/security/incidents", query=query)


def _read_incidents(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = [_named(one, "displayName") for one in records(body)]
    return {"incidents": found[:MAX_OPEN], "complete": len(found) <= MAX_OPEN}


def _incident(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/security/incidents/{_known(subject, INCIDENT_ID)}")


def _read_incident(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    _about(subject, body)
    return {**_named(body, "displayName"), **_triage(body)}


# Subject: `all`. Facts: `alerts` that are not resolved (id, title, severity, status, createdDateTime), `complete`.
SEC_ALERTS = Lookup("sec.alerts", _alerts, _read_alerts, permission="SecurityAlert.Read.All", throttle_class="security")

# Subject: an alert's id. Facts: the same, who works on it, its verdict, and `user_ids` from its evidence.
SEC_ALERT_GET = Lookup(
    "sec.alert.get", _alert, _read_alert, permission="SecurityAlert.Read.All", throttle_class="security"
)

# Subject: `all`. Facts: `incidents` that are active or in progress (id, displayName, severity, status), `complete`.
SEC_INCIDENTS = Lookup(
    "sec.incidents", _incidents, _read_incidents, permission="SecurityIncident.Read.All", throttle_class="security"
)

# Subject: an incident's number. Facts: the same, who works on it and its verdict.
SEC_INCIDENT_GET = Lookup(
    "sec.incident.get", _incident, _read_incident, permission="SecurityIncident.Read.All", throttle_class="security"
)
