"""Defender's alerts and incidents: one of each for everybody at risk."""

from simulator.directory import Directory, Resource
from simulator.graph.security_alerts import ALERTS, INCIDENTS
from simulator.ids import stable

_TITLE = "Risky sign-in by a user account"
_PORTAL = "https://security.microsoft.com"


def add(directory: Directory) -> None:
    """Add them to `directory`, whose risky users are there already."""
    alerts = directory.objects.setdefault(ALERTS.name, {})
    incidents = directory.objects.setdefault(INCIDENTS.name, {})
    for place, risk in enumerate(directory.risky_users.values()):
        incident = _incident(directory, risk, number=1001 + place)
        alert = _alert(directory, risk, incident=incident)
        incidents[incident["id"]] = incident
        alerts[alert["id"]] = alert


def _severity(risk: Resource) -> str:
    return str(risk["riskLevel"]) if risk["riskLevel"] in ("low", "medium", "high") else "informational"


def _incident(directory: Directory, risk: Resource, *, number: int) -> Resource:
    at = risk["riskLastUpdatedDateTime"]
    return {
        "id": str(number),
        "assignedTo": None,
        "classification": "unknown",
        "comments": [],
        "createdDateTime": at,
        "customTags": [],
        "description": None,
        "determination": "unknown",
        "displayName": f"{_TITLE} involving one user",
        "incidentWebUrl": f"{_PORTAL}/incidents/{number}?tid={directory.tenant_id}",
        "lastModifiedBy": None,
        "lastUpdateDateTime": at,
        "priorityScore": None,
        "redirectIncidentId": None,
        "resolvingComment": None,
        "severity": _severity(risk),
        "status": "active",
        "summary": None,
        "systemTags": [],
        "tenantId": directory.tenant_id,
    }


def _alert(directory: Directory, risk: Resource, *, incident: Resource) -> Resource:
    at = risk["riskLastUpdatedDateTime"]
    number = "ad" + stable("alert", risk["id"]).replace("-", "")
    return {
        "id": number,
        "actorDisplayName": None,
        "additionalData": None,
        "alertPolicyId": None,
        "alertWebUrl": f"{_PORTAL}/alerts/{number}?tid={directory.tenant_id}",
        "assignedTo": None,
        "categories": ["InitialAccess"],
        "category": "InitialAccess",
        "classification": "unknown",
        "comments": [],
        "createdDateTime": at,
        "customDetails": None,
        "description": "A sign-in that does not fit the user's habits.",
        "detectionSource": "azureAdIdentityProtection",
        "detectorId": "UnfamiliarSignIn",
        "determination": "unknown",
        "evidence": [_evidence(risk, at)],
        "firstActivityDateTime": at,
        "incidentId": incident["id"],
        "incidentWebUrl": incident["incidentWebUrl"],
        "investigationState": "unsupportedAlertType",
        "lastActivityDateTime": at,
        "lastUpdateDateTime": at,
        "mitreTechniques": ["T1078"],
        "productName": "Microsoft Entra ID Protection",
        "providerAlertId": number.removeprefix("ad"),
        "recommendedActions": None,
        "resolvedDateTime": None,
        "serviceSource": "azureAdIdentityProtection",
        "severity": _severity(risk),
        "status": "new",
        "systemTags": [],
        "tenantId": directory.tenant_id,
        "threatDisplayName": None,
        "threatFamilyName": None,
        "title": _TITLE,
    }


def _evidence(risk: Resource, at: str) -> Resource:
    name, _, domain = risk["userPrincipalName"].partition("@")
    account = {
        "accountName": name,
        "azureAdUserId": risk["id"],
        "displayName": risk["userDisplayName"],
        "domainName": domain,
        "userPrincipalName": risk["userPrincipalName"],
        "userSid": None,
    }
    return {
        "@odata.type": "#microsoft.graph.security.userEvidence",
        "createdDateTime": at,
        "detailedRoles": [],
        "remediationStatus": "none",
        "remediationStatusDetails": None,
        "roles": ["compromised"],
        "tags": [],
        "userAccount": account,
        "verdict": "suspicious",
    }
