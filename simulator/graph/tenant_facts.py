"""What Graph says about the tenant as a whole: the organization, risky users, the audit log."""

from datetime import timedelta

from simulator.clock import parse
from simulator.graph import listing, rights
from simulator.graph.calls import Answer, Call, Route, any_of, not_found
from simulator.graph.schema import EQUAL, ORDERED, TEXT, plain

_ORGANIZATION_PROPERTIES = """
id deletedDateTime assignedPlans businessPhones city country countryLetterCode createdDateTime defaultUsageLocation
displayName marketingNotificationEmails onPremisesLastSyncDateTime onPremisesSyncEnabled postalCode preferredLanguage
privacyProfile provisionedPlans state street technicalNotificationMails tenantType verifiedDomains
"""
_ORGANIZATION = plain("Organization", _ORGANIZATION_PROPERTIES)
_RISK_PROPERTIES = """
id isDeleted isProcessing riskDetail riskLastUpdatedDateTime riskLevel riskState userDisplayName userPrincipalName
"""
_RISK = plain("RiskyUser", _RISK_PROPERTIES)
_AUDIT_PROPERTIES = """
id activityDateTime activityDisplayName additionalDetails category correlationId initiatedBy loggedByService
operationType result resultReason targetResources
"""
_AUDIT = plain(
    "DirectoryAudit",
    _AUDIT_PROPERTIES,
    filters={
        "activityDateTime": ORDERED,
        "activityDisplayName": TEXT,
        "category": EQUAL,
        "correlationId": EQUAL,
        "id": EQUAL,
        "loggedByService": EQUAL,
        "result": EQUAL,
        "initiatedBy/user/id": EQUAL,
        "initiatedBy/user/userPrincipalName": TEXT,
        "initiatedBy/user/displayName": EQUAL,
        "initiatedBy/app/appId": EQUAL,
        "initiatedBy/app/displayName": EQUAL,
        "initiatedBy/app/servicePrincipalId": EQUAL,
        "targetResources/id": EQUAL,
        "targetResources/displayName": TEXT,
    },
    sortable=("activityDateTime",),
)
_RISK_READERS = any_of("IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All")
_TENANT_READERS = any_of(
    "Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"
)
PROCESSING_SECONDS = 2
_TENANT_READERS_TOO = any_of("User.Read.All", "User.Read")
_FILTERED = frozenset({"$filter", "$select", "$top", "$skiptoken"})


def _organization(call: Call) -> Answer:
    return listing.listed(call, [call.directory.organization], schema=_ORGANIZATION, of="organization")


def _risky_user(call: Call) -> Answer:
    wanted = call.parameters["user"]
    found = call.directory.risky_users.get(wanted.lower())
    if found is None:
        raise not_found(wanted)
    # How long the service works on after it was told something is not documented.
    until = parse(found["riskLastUpdatedDateTime"]) + timedelta(seconds=PROCESSING_SECONDS)
    return listing.entity(call, {**found, "isProcessing": call.now < until}, schema=_RISK, of="riskyUsers")


def _audits(call: Call) -> Answer:
    """Newest first; entries younger than the simulated delay are not there yet."""
    horizon = call.now - timedelta(seconds=call.audit_delay_seconds)
    visible = [entry for entry in reversed(call.directory.audits) if parse(entry["activityDateTime"]) <= horizon]
    return listing.listed(call, visible, schema=_AUDIT, of="auditLogs/directoryAudits")


ROUTES = (
    Route(
        "GET", "/organization", _organization, (_TENANT_READERS | _TENANT_READERS_TOO,), options=frozenset({"$select"})
    ),
    Route(
        "GET",
        "/identityProtection/riskyUsers/{user}",
        _risky_user,
        (_RISK_READERS,),
        right=rights.read_risk,
        options=frozenset({"$select"}),
    ),
    Route(
        "GET",
        "/auditLogs/directoryAudits",
        _audits,
        (any_of("AuditLog.Read.All"),),
        right=rights.read_audits,
        options=_FILTERED | {"$orderby"},
    ),
)
