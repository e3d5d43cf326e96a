"""Defender's alerts and incidents: reading them and saying who works on one, and what came of it."""

from collections.abc import Mapping

from simulator.clock import fine_stamp
from simulator.directory import Resource
from simulator.graph import collection, rights_security
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Route, any_of, bad_request
from simulator.graph.collection import Kind
from simulator.graph.schema import EQUAL, ORDERED, Schema
from simulator.site import not_simulated

_TRIAGE: dict[str, type] = {"status": str, "assignedTo": str, "classification": str, "determination": str}
# What else the service takes in a PATCH (Graph reference, alert and incident, "Update").
_UPDATABLE_TOO = frozenset({"customTags", "displayName", "summary", "resolvingComment", "severity", "customDetails"})
_FILTERS = {
    **dict.fromkeys(("assignedTo", "classification", "determination", "severity", "status", "incidentId"), EQUAL),
    **dict.fromkeys(("serviceSource", "id"), EQUAL),
    **dict.fromkeys(("createdDateTime", "lastUpdateDateTime"), ORDERED),
}
_ALERT_PROPERTIES = """
id actorDisplayName additionalData alertPolicyId alertWebUrl assignedTo categories category classification comments
createdDateTime customDetails description detectionSource detectorId determination evidence firstActivityDateTime
incidentId incidentWebUrl investigationState lastActivityDateTime lastUpdateDateTime mitreTechniques productName
providerAlertId recommendedActions resolvedDateTime serviceSource severity status systemTags tenantId
threatDisplayName threatFamilyName title
"""
_INCIDENT_PROPERTIES = """
id assignedTo classification comments createdDateTime customTags description determination displayName incidentWebUrl
lastModifiedBy lastUpdateDateTime priorityScore redirectIncidentId resolvingComment severity status summary
systemTags tenantId
"""


def _schema(name: str, properties: str) -> Schema:
    names = frozenset(properties.split())
    return Schema(
        name,
        names,
        names,
        filters={one: operators for one, operators in _FILTERS.items() if one in names},
        sortable=frozenset({"createdDateTime", "lastUpdateDateTime"}),
        writable=_TRIAGE,
        advanced=False,
    )


ALERTS = Kind("alerts", "security/alerts_v2", _schema("Alert", _ALERT_PROPERTIES))
INCIDENTS = Kind("incidents", "security/incidents", _schema("Incident", _INCIDENT_PROPERTIES))

_CLASSIFICATIONS = frozenset({"unknown", "falsePositive", "truePositive", "informationalExpectedActivity"})
_DETERMINATIONS = """
unknown apt malware securityPersonnel securityTesting unwantedSoftware other multiStagedAttack compromisedAccount
phishing maliciousUserActivity notMalicious notEnoughDataToValidate confirmedActivity lineOfBusinessApplication
"""
_WORDS = {"classification": _CLASSIFICATIONS, "determination": frozenset(_DETERMINATIONS.split())}
_ALERT_WORDS = {**_WORDS, "status": frozenset({"new", "inProgress", "resolved"})}
_INCIDENT_WORDS = {**_WORDS, "status": frozenset({"active", "inProgress", "awaitingAction", "resolved"})}


def _alerts(call: Call) -> Answer:
    return collection.listed(call, ALERTS)


def _alert(call: Call) -> Answer:
    return collection.shown(call, collection.found(call, ALERTS, parameter="alert"), kind=ALERTS)


def _update_alert(call: Call) -> Answer:
    alert = collection.found(call, ALERTS, parameter="alert")
    _triage(call, alert, kind=ALERTS, words=_ALERT_WORDS)
    alert["resolvedDateTime"] = fine_stamp(call.now) if alert["status"] == "resolved" else None
    return collection.shown(call, alert, kind=ALERTS)


def _incidents(call: Call) -> Answer:
    return collection.listed(call, INCIDENTS)


def _incident(call: Call) -> Answer:
    return collection.shown(call, collection.found(call, INCIDENTS, parameter="incident"), kind=INCIDENTS)


def _update_incident(call: Call) -> Answer:
    incident = collection.found(call, INCIDENTS, parameter="incident")
    _triage(call, incident, kind=INCIDENTS, words=_INCIDENT_WORDS)
    return collection.shown(call, incident, kind=INCIDENTS)


def _triage(call: Call, resource: Resource, *, kind: Kind, words: Mapping[str, frozenset[str]]) -> None:
    """Defender writes no entry into the directory audit; its own log is Purview's, which is not simulated."""
    if others := _UPDATABLE_TOO & kind.schema.properties & set(call.fields()):
        raise not_simulated(f"PATCH of `{min(others)}` of {kind.of}")
    fields = collection.written(call, kind)
    for name, known in words.items():
        value = fields.get(name, None if name != "status" else resource["status"])
        if value not in known and not (value is None and name != "status"):
            raise bad_request(f"Invalid value specified for property '{name}'.", code="BadRequest")
    resource.update({**fields, "lastUpdateDateTime": fine_stamp(call.now)})


_LISTED = frozenset({"$select", "$filter", "$top", "$skiptoken", "$orderby"})
_ALERT_READERS = any_of("SecurityAlert.Read.All", "SecurityAlert.ReadWrite.All")
_INCIDENT_READERS = any_of("SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All")
_READ, _CHANGE = rights_security.read_incidents, rights_security.change_incidents

ROUTES = (
    Route("GET", "/security/alerts_v2", _alerts, (_ALERT_READERS,), right=_READ, options=_LISTED),
    Route("GET", "/security/alerts_v2/{alert}", _alert, (_ALERT_READERS,), right=_READ, options=SELECT_ONLY),
    Route(
        "PATCH", "/security/alerts_v2/{alert}", _update_alert, (any_of("SecurityAlert.ReadWrite.All"),), right=_CHANGE
    ),
    Route("GET", "/security/incidents", _incidents, (_INCIDENT_READERS,), right=_READ, options=_LISTED),
    Route("GET", "/security/incidents/{incident}", _incident, (_INCIDENT_READERS,), right=_READ, options=SELECT_ONLY),
    Route(
        "PATCH",
        "/security/incidents/{incident}",
        _update_incident,
        (any_of("SecurityIncident.ReadWrite.All"),),
        right=_CHANGE,
    ),
)
