"""What Graph says about the tenant as a whole: the organization, directory roles, risky users, the audit log."""

from datetime import timedelta

from simulator.clock import parse
from simulator.directory import Resource
from simulator.graph import listing, rights
from simulator.graph.calls import Answer, Call, Route, any_of, not_found
from simulator.graph.schema import EQUAL, ORDERED, TEXT, Schema, plain

_ORGANIZATION_PROPERTIES = """
id deletedDateTime assignedPlans businessPhones city country countryLetterCode createdDateTime defaultUsageLocation
displayName marketingNotificationEmails onPremisesLastSyncDateTime onPremisesSyncEnabled postalCode preferredLanguage
privacyProfile provisionedPlans state street technicalNotificationMails tenantType verifiedDomains
"""
_ORGANIZATION = plain("Organization", _ORGANIZATION_PROPERTIES)
_DEFINITION_PROPERTIES = """
id description displayName isBuiltIn isEnabled resourceScopes rolePermissions templateId version
"""
_DEFINITION = plain(
    "UnifiedRoleDefinition",
    _DEFINITION_PROPERTIES,
    filters=dict.fromkeys(("id", "displayName", "isBuiltIn", "templateId"), EQUAL),
)
_LINK_PROPERTIES = "id principalId roleDefinitionId directoryScopeId appScopeId "
_LINK_FILTERS = dict.fromkeys(("id", "principalId", "roleDefinitionId", "directoryScopeId"), EQUAL)
_ASSIGNMENT = plain("UnifiedRoleAssignment", _LINK_PROPERTIES, filters=_LINK_FILTERS)
_INSTANCE_PROPERTIES = _LINK_PROPERTIES + "memberType roleEligibilityScheduleId startDateTime endDateTime"
_INSTANCE = plain("UnifiedRoleEligibilityScheduleInstance", _INSTANCE_PROPERTIES, filters=_LINK_FILTERS)
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
_ROLE_READERS = any_of(
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
_ELIGIBILITY_READERS = any_of(
    "RoleEligibilitySchedule.Read.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
)
_RISK_READERS = any_of("IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All")
_TENANT_READERS = any_of(
    "Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"
)
_TENANT_READERS_TOO = any_of("User.Read.All", "User.Read")
_FILTERED = frozenset({"$filter", "$select", "$top", "$skiptoken"})


def _organization(call: Call) -> Answer:
    return listing.listed(call, [call.directory.organization], schema=_ORGANIZATION, of="organization")


def _definitions(call: Call) -> Answer:
    of = "roleManagement/directory/roleDefinitions"
    return listing.listed(call, call.directory.role_definitions.values(), schema=_DEFINITION, of=of)


def _assignments(call: Call) -> Answer:
    of = "roleManagement/directory/roleAssignments"
    return _links(call, list(call.directory.role_assignments.values()), schema=_ASSIGNMENT, of=of)


def _eligibilities(call: Call) -> Answer:
    of = "roleManagement/directory/roleEligibilityScheduleInstances"
    return _links(call, list(call.directory.role_eligibilities.values()), schema=_INSTANCE, of=of)


def _links(call: Call, links: list[Resource], *, schema: Schema, of: str) -> Answer:
    """Links between a principal and a role; `$expand=roleDefinition` puts the role in."""
    names = listing.selected(call, schema)
    expand = call.query.get("$expand")
    if expand not in (None, "roleDefinition"):
        raise listing.not_expandable(expand or "")

    def show(link: Resource) -> Resource:
        drawn = listing.shown(link, names, schema=schema)
        defined = call.directory.role_definitions[link["roleDefinitionId"]]
        return drawn if expand is None else {**drawn, "roleDefinition": defined}

    return listing.paged(call, listing.chosen(call, links, schema=schema), show=show, of=of)


def _risky_user(call: Call) -> Answer:
    wanted = call.parameters["user"]
    found = call.directory.risky_users.get(wanted.lower())
    if found is None:
        raise not_found(wanted)
    return listing.entity(call, found, schema=_RISK, of="riskyUsers")


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
        "/roleManagement/directory/roleDefinitions",
        _definitions,
        (_ROLE_READERS,),
        right=rights.read_directory,
        options=_FILTERED,
    ),
    Route(
        "GET",
        "/roleManagement/directory/roleAssignments",
        _assignments,
        (_ROLE_READERS,),
        right=rights.read_directory,
        options=_FILTERED | {"$expand"},
    ),
    Route(
        "GET",
        "/roleManagement/directory/roleEligibilityScheduleInstances",
        _eligibilities,
        (_ELIGIBILITY_READERS,),
        right=rights.read_directory,
        options=_FILTERED | {"$expand"},
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
