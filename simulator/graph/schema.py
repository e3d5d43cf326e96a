"""Which properties Graph's users and groups have: their kind, who may write them, and what a filter may ask.

Source: the published metadata of Graph v1.0 and the resource pages `user` and `group`. A property that is not
here does not exist: selecting it, filtering by it or writing it is an error, as it is in the service.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

EQUAL = frozenset({"eq", "ne", "in"})
TEXT = EQUAL | {"startswith"}
ADDRESS = TEXT | {"endswith"}
ORDERED = EQUAL | {"ge", "le", "gt", "lt"}

_USER_DEFAULTS = """
businessPhones displayName givenName id jobTitle mail mobilePhone officeLocation preferredLanguage surname
userPrincipalName
"""
_USER_TEXTS = """
aboutMe ageGroup city companyName consentProvidedForMinor country department displayName employeeId employeeType
faxNumber givenName jobTitle mail mailNickname mobilePhone officeLocation onPremisesImmutableId passwordPolicies
postalCode preferredDataLocation preferredLanguage state streetAddress surname usageLocation userPrincipalName userType
"""
_USER_LISTS = "businessPhones otherMails"
_USER_FLAGS = "accountEnabled showInAddressList"
_USER_TIMES = "employeeHireDate employeeLeaveDateTime"
_USER_READ_ONLY = """
id assignedLicenses assignedPlans createdDateTime creationType deletedDateTime externalUserState identities imAddresses
externalUserStateChangeDateTime isResourceAccount lastPasswordChangeDateTime licenseAssignmentStates mailboxSettings
onPremisesDistinguishedName onPremisesDomainName onPremisesExtensionAttributes onPremisesLastSyncDateTime
onPremisesProvisioningErrors onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled
onPremisesUserPrincipalName provisionedPlans proxyAddresses securityIdentifier serviceProvisioningErrors signInActivity
signInSessionsValidFromDateTime
"""
_GROUP_DEFAULTS = """
id deletedDateTime classification createdDateTime description displayName expirationDateTime groupTypes
isAssignableToRole mail mailEnabled mailNickname membershipRule membershipRuleProcessingState onPremisesDomainName
onPremisesLastSyncDateTime onPremisesNetBiosName onPremisesProvisioningErrors onPremisesSamAccountName
onPremisesSecurityIdentifier onPremisesSyncEnabled preferredDataLocation preferredLanguage proxyAddresses
renewedDateTime resourceBehaviorOptions resourceProvisioningOptions securityEnabled securityIdentifier
serviceProvisioningErrors theme uniqueName visibility
"""
_GROUP_ON_DEMAND = (
    "assignedLabels assignedLicenses hasMembersWithLicenseErrors licenseProcessingState isManagementRestricted"
)
_COLLECTIONS = """
assignedLabels assignedLicenses assignedPlans businessPhones groupTypes identities imAddresses
licenseAssignmentStates marketingNotificationEmails technicalNotificationMails onPremisesProvisioningErrors
otherMails provisionedPlans proxyAddresses resourceBehaviorOptions resourceProvisioningOptions
serviceProvisioningErrors
"""
COLLECTIONS = frozenset(_COLLECTIONS.split())


@dataclass(frozen=True, slots=True)
class Schema:
    """One resource type. `writable` maps a property to the kind of value it takes; `filters` to its operators."""

    name: str
    properties: frozenset[str]
    defaults: frozenset[str]
    filters: Mapping[str, frozenset[str]]
    searchable: frozenset[str] = frozenset()
    sortable: frozenset[str] = frozenset()
    writable: Mapping[str, type] = field(default_factory=dict)
    # Properties that need a permission of their own to be read.
    guarded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # Paths of properties that are GUIDs and not texts that hold one; a filter writes them without quotes.
    guids: frozenset[str] = frozenset()
    # Whether some operators and `$orderby` need `ConsistencyLevel: eventual`, as they do for directory objects only.
    advanced: bool = True


def plain(
    name: str,
    names: str,
    *,
    filters: Mapping[str, frozenset[str]] | None = None,
    sortable: Iterable[str] = (),
    guids: Iterable[str] = (),
    advanced: bool = True,
) -> Schema:
    """A read-only type that shows all its properties (`names`, separated by spaces) without being asked."""
    properties = frozenset(names.split())
    kept, ids = frozenset(sortable), frozenset(guids)
    return Schema(name, properties, properties, filters=filters or {}, sortable=kept, guids=ids, advanced=advanced)


def _kinds(names: str, kind: type) -> dict[str, type]:
    return dict.fromkeys(names.split(), kind)


_USER_WRITABLE = {
    **_kinds(_USER_TEXTS, str),
    **_kinds(_USER_TIMES, str),
    **_kinds(_USER_LISTS, list),
    **_kinds(_USER_FLAGS, bool),
    "passwordProfile": dict,
}

_GUIDS = frozenset({"assignedLicenses/skuId"})

USER = Schema(
    name="User",
    properties=frozenset(_USER_WRITABLE) | frozenset(_USER_READ_ONLY.split()),
    defaults=frozenset(_USER_DEFAULTS.split()),
    writable=_USER_WRITABLE,
    filters={
        **dict.fromkeys(("id", "accountEnabled", "userType", "usageLocation", "onPremisesSyncEnabled"), EQUAL),
        "onPremisesImmutableId": EQUAL,
        **dict.fromkeys(("city", "companyName", "country", "department", "employeeId", "jobTitle"), TEXT),
        **dict.fromkeys(("officeLocation", "preferredLanguage", "displayName", "givenName", "surname"), TEXT),
        **dict.fromkeys(("mail", "userPrincipalName", "mailNickname"), ADDRESS),
        **dict.fromkeys(("otherMails", "proxyAddresses"), ADDRESS),
        **dict.fromkeys(("createdDateTime", "employeeHireDate", "employeeLeaveDateTime"), ORDERED),
        "assignedLicenses/skuId": EQUAL,
        "signInActivity/lastSignInDateTime": ORDERED,
    },
    searchable=frozenset({"displayName", "mail", "userPrincipalName", "givenName", "surname", "mailNickname"}),
    sortable=frozenset({"displayName", "userPrincipalName", "createdDateTime"}),
    guids=_GUIDS,
    guarded={
        "signInActivity": frozenset({"AuditLog.Read.All"}),
        "mailboxSettings": frozenset({"MailboxSettings.Read", "MailboxSettings.ReadWrite"}),
    },
)

GROUP = Schema(
    name="Group",
    properties=frozenset(_GROUP_DEFAULTS.split()) | frozenset(_GROUP_ON_DEMAND.split()),
    defaults=frozenset(_GROUP_DEFAULTS.split()),
    filters={
        **dict.fromkeys(("id", "mailEnabled", "securityEnabled", "isAssignableToRole"), EQUAL),
        **dict.fromkeys(("groupTypes", "resourceProvisioningOptions", "onPremisesSyncEnabled"), EQUAL),
        **dict.fromkeys(("displayName", "mail", "mailNickname", "description"), TEXT),
        "assignedLicenses/skuId": EQUAL,
    },
    searchable=frozenset({"displayName", "description", "mail", "mailNickname"}),
    sortable=frozenset({"displayName", "createdDateTime"}),
    guids=_GUIDS,
)

_SHARED_FILTERS = {name: operators for name, operators in USER.filters.items() if name in GROUP.filters}

# What a list of mixed objects (members, owners) may select and filter by.
DIRECTORY_OBJECT = Schema(
    name="DirectoryObject",
    properties=USER.properties | GROUP.properties | {"roleTemplateId"},
    defaults=USER.defaults | GROUP.defaults | {"roleTemplateId"},
    filters=_SHARED_FILTERS | {"userPrincipalName": ADDRESS},
    searchable=USER.searchable & GROUP.searchable,
    sortable=USER.sortable & GROUP.sortable,
    guids=_GUIDS,
    guarded=USER.guarded,
)
