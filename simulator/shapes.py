"""How a tenant file's people, groups and products look as Graph's own resources."""

from simulator.directory import Resource
from simulator.ids import stable
from simulator.tenant_file import Group, Organization, Person, Sku, TenantFile

CREATED_AT = "2024-01-15T08:00:00Z"
# What a file may say about a person that Graph shows under the same name (resource type `user`).
_SHOWN_NAMES = """
givenName surname department jobTitle officeLocation preferredLanguage employeeId employeeType mobilePhone
businessPhones otherMails companyName city country state postalCode streetAddress signInActivity
mailboxSettings employeeHireDate employeeLeaveDateTime createdDateTime lastPasswordChangeDateTime
signInSessionsValidFromDateTime onPremisesSamAccountName externalUserState faxNumber passwordPolicies
"""
_SHOWN_AS_IS = tuple(_SHOWN_NAMES.split())
_LISTS = ("businessPhones", "otherMails", "proxyAddresses", "imAddresses")
_RISK_NAMES = """
none adminGeneratedTemporaryPassword userPerformedSecuredPasswordChange userPerformedSecuredPasswordReset
adminConfirmedSigninSafe aiConfirmedSigninSafe userPassedMFADrivenByRiskBasedPolicy
adminDismissedAllRiskForUser adminConfirmedSigninCompromised hidden adminConfirmedUserCompromised
"""
_RISK_DETAILS = frozenset(_RISK_NAMES.split())


def organization(file: TenantFile) -> Resource:
    """The tenant as Graph's `organization`."""
    known = file.organization
    domains = [
        _domain(known.default_domain, default=True, initial=known.initial_domain in (None, known.default_domain))
    ]
    if known.initial_domain and known.initial_domain != known.default_domain:
        domains.append(_domain(known.initial_domain, default=False, initial=True))
    synced = any(person.on_premises_sync_enabled for _, person in file.people())
    return {
        "id": known.id,
        "displayName": known.display_name,
        "createdDateTime": CREATED_AT,
        "verifiedDomains": domains,
        "onPremisesSyncEnabled": True if synced else None,
        "countryLetterCode": known.extras().get("countryLetterCode"),
        "tenantType": "AAD",
    }


def _domain(name: str, *, default: bool, initial: bool) -> Resource:
    services = "Email, OfficeCommunicationsOnline"
    return {"name": name, "isDefault": default, "isInitial": initial, "type": "Managed", "capabilities": services}


def user(user_id: str, person: Person) -> Resource:
    """A person as Graph's `user`; licences are filled in by the seed."""
    extras = person.extras()
    shown: Resource = {name: extras[name] for name in _SHOWN_AS_IS if name in extras}
    for name in _LISTS:
        shown[name] = shown.get(name) or []
    return {
        "createdDateTime": CREATED_AT,
        "lastPasswordChangeDateTime": CREATED_AT,
        "signInSessionsValidFromDateTime": CREATED_AT,
        **shown,
        "id": user_id,
        "userPrincipalName": person.user_principal_name,
        "mailNickname": person.user_principal_name.partition("@")[0],
        "mail": person.mail,
        "displayName": person.display_name,
        "userType": person.user_type,
        "accountEnabled": person.account_enabled,
        "usageLocation": person.usage_location,
        "onPremisesSyncEnabled": person.on_premises_sync_enabled,
        "assignedLicenses": [],
        "licenseAssignmentStates": [],
    }


def risky_user(user: Resource, person: Person) -> Resource:
    """A person as Identity Protection's `riskyUser`."""
    detail = person.risk.risk_detail
    return {
        "id": user["id"],
        "isDeleted": False,
        "isProcessing": False,
        # A file may tell the story in words; Graph has an enumeration, and words that are not in it are not shown.
        "riskDetail": detail if detail in _RISK_DETAILS else "none",
        "riskLastUpdatedDateTime": CREATED_AT,
        "riskLevel": person.risk.risk_level,
        "riskState": person.risk.risk_state,
        "userDisplayName": user["displayName"],
        "userPrincipalName": user["userPrincipalName"],
    }


def group(group_id: str, group: Group, *, domain: str) -> Resource:
    """A group as Graph's `group`; `domain` completes the address of a mail-enabled one."""
    kind = group.type or "security"
    mailed = kind in ("m365", "distribution", "mail_security") if group.mail_enabled is None else group.mail_enabled
    nickname = "".join(group.display_name.split())
    types = list(group.group_types if group.group_types is not None else ["Unified"] if kind == "m365" else [])
    if group.membership_rule and "DynamicMembership" not in types:
        types.append("DynamicMembership")
    secure = kind not in ("m365", "distribution") if group.security_enabled is None else group.security_enabled
    return {
        "id": group_id,
        "deletedDateTime": None,
        "classification": None,
        "createdDateTime": CREATED_AT,
        "description": group.description,
        "displayName": group.display_name,
        "expirationDateTime": None,
        "groupTypes": types,
        "isAssignableToRole": group.is_assignable_to_role,
        "mail": (group.mail or f"{nickname}@{domain}".lower()) if mailed else None,
        "mailEnabled": mailed,
        "mailNickname": nickname,
        "membershipRule": group.membership_rule,
        "membershipRuleProcessingState": "On" if group.membership_rule else None,
        "onPremisesSyncEnabled": group.on_premises_sync_enabled,
        "proxyAddresses": [],
        "resourceProvisioningOptions": ["Team"] if group.team else [],
        "securityEnabled": secure,
        "visibility": group.visibility,
        "assignedLicenses": [],
    }


def subscribed_sku(sku: Sku, owner: Organization) -> Resource:
    """A product as Graph's `subscribedSku`; `consumedUnits` is None while nobody has counted."""
    return {
        "id": f"{owner.id}_{sku.sku_id}",
        "accountId": owner.id,
        "accountName": owner.display_name,
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": sku.consumed,
        "prepaidUnits": {"enabled": sku.enabled, "lockedOut": 0, "suspended": 0, "warning": 0},
        "servicePlans": sku.extras().get("servicePlans", []),
        "skuId": sku.sku_id,
        "skuPartNumber": sku.sku_part_number,
        "subscriptionIds": [stable("subscription", owner.id, sku.sku_id)],
    }
