"""Reports about accounts and the tenant: its domains, and who has registered what for signing in.

Registration details are worked out from the methods that a user has; every member counts as enabled for self-service
password reset, because no tenant file says otherwise. Source: Graph documentation, `userRegistrationDetails`, `domain`.
"""

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.graph import listing, rights
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Route, any_of, find_user
from simulator.graph.schema import plain

_DOMAIN_PROPERTIES = """
id authenticationType availabilityStatus isAdminManaged isDefault isInitial isRoot isVerified
passwordNotificationWindowInDays passwordValidityPeriodInDays state supportedServices
"""
_DOMAIN = plain("Domain", _DOMAIN_PROPERTIES)
_REGISTRATION_PROPERTIES = """
id isAdmin isMfaCapable isMfaRegistered isPasswordlessCapable isSsprCapable isSsprEnabled isSsprRegistered
isSystemPreferredAuthenticationMethodEnabled lastUpdatedDateTime methodsRegistered
systemPreferredAuthenticationMethods userDisplayName userPreferredMethodForSecondaryAuthentication
userPrincipalName userType
"""
_REGISTRATION = plain("UserRegistrationDetails", _REGISTRATION_PROPERTIES)
_DOMAIN_READERS = any_of("Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_REGISTERED_AS = {
    "emailAuthenticationMethod": "email",
    "fido2AuthenticationMethod": "fido2SecurityKey",
    "microsoftAuthenticatorAuthenticationMethod": "microsoftAuthenticatorPush",
    "softwareOathAuthenticationMethod": "softwareOneTimePasscode",
    "windowsHelloForBusinessAuthenticationMethod": "windowsHelloForBusiness",
}
_PHONES = {"mobile": "mobilePhone", "alternateMobile": "alternateMobilePhone", "office": "officePhone"}
_PASSWORDLESS = frozenset({"fido2SecurityKey", "windowsHelloForBusiness"})
_NOT_MULTI_FACTOR = frozenset({"email"})
_NOT_FOR_RESET = _PASSWORDLESS


def _domains(call: Call) -> Answer:
    found = [_domain(domain) for domain in call.directory.organization["verifiedDomains"]]
    return listing.listed(call, found, schema=_DOMAIN, of="domains")


def _domain(verified: Resource) -> Resource:
    return {
        "id": verified["name"],
        "authenticationType": verified["type"],
        "availabilityStatus": None,
        "isAdminManaged": True,
        "isDefault": verified["isDefault"],
        "isInitial": verified["isInitial"],
        "isRoot": True,
        "isVerified": True,
        "supportedServices": verified["capabilities"].split(", "),
    }


def _registration(call: Call) -> Answer:
    user = find_user(call)
    methods = _registered(call.directory.authentication_methods.get(user["id"], []))
    strong, resets = set(methods) - _NOT_MULTI_FACTOR, set(methods) - _NOT_FOR_RESET
    member = user["userType"] == "Member"
    details = {
        "id": user["id"],
        "userPrincipalName": user["userPrincipalName"],
        "userDisplayName": user["displayName"],
        "userType": "member" if member else "guest",
        "isAdmin": bool(call.directory.roles_of(user["id"])),
        "isMfaRegistered": bool(strong),
        "isMfaCapable": bool(strong),
        "isPasswordlessCapable": bool(set(methods) & _PASSWORDLESS),
        "isSsprEnabled": member,
        "isSsprRegistered": bool(resets),
        "isSsprCapable": member and bool(resets),
        "isSystemPreferredAuthenticationMethodEnabled": False,
        "systemPreferredAuthenticationMethods": [],
        "userPreferredMethodForSecondaryAuthentication": "none",
        "methodsRegistered": methods,
        "lastUpdatedDateTime": stamp(call.now),
    }
    return listing.entity(
        call, details, schema=_REGISTRATION, of="reports/authenticationMethods/userRegistrationDetails"
    )


def _registered(methods: list[Resource]) -> list[str]:
    found = []
    for method in methods:
        kind = method["@odata.type"].rpartition(".")[2]
        if kind == "phoneAuthenticationMethod":
            found.append(_PHONES[method["phoneType"]])
        elif kind in _REGISTERED_AS:
            found.append(_REGISTERED_AS[kind])
    return list(dict.fromkeys(found))


ROUTES = (
    Route("GET", "/domains", _domains, (_DOMAIN_READERS,), right=rights.read_directory, options=SELECT_ONLY),
    Route(
        "GET",
        "/reports/authenticationMethods/userRegistrationDetails/{user}",
        _registration,
        (any_of("AuditLog.Read.All"),),
        right=rights.read_audits,
        options=SELECT_ONLY,
    ),
)
