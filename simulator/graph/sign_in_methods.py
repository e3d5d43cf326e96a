"""Telephones as sign-in methods, deleting methods of other kinds, and the policy that says which are allowed.

A user has one telephone of each kind. Not simulated: a default method, which the service deletes last, and signing in
by text message alone. Texts of errors marked (u) are not documented.
"""

import re
from typing import Any

from simulator import methods
from simulator.directory import Resource
from simulator.graph import audits, collection, listing, rights
from simulator.graph.authentication import DELETED, LONGEST_MINUTES, MADE, SHORTEST_MINUTES, USUAL_MINUTES
from simulator.graph.calls import NO_CONTENT, Answer, Call, Handler, Route, any_of, bad_request, find_user, not_found
from simulator.graph.schema import Schema

_ALL_READERS = any_of("UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All")
_PHONE_READERS = _ALL_READERS | any_of("UserAuthMethod-Phone.Read.All", "UserAuthMethod-Phone.ReadWrite.All")
_PHONE_NAMES = frozenset({"id", "createdDateTime", "phoneNumber", "phoneType", "smsSignInState"})
_PHONE = Schema(
    name="PhoneAuthenticationMethod",
    properties=_PHONE_NAMES,
    defaults=_PHONE_NAMES,
    filters={},
    writable={"phoneNumber": str, "phoneType": str},
)
# `+{country code} {number}x{extension}`, the extension being optional (resource type `phoneAuthenticationMethod`).
_NUMBER = re.compile(r"\+[0-9]{1,3} [0-9]{4,14}(?:x[0-9]+)?", re.ASCII)
# Segment of the path, and the permission of its own that changes methods of this kind.
_DELETABLE = {
    "microsoftAuthenticator": "UserAuthMethod-MicrosoftAuthApp",
    "fido2": "UserAuthMethod-Passkey",
    "softwareOath": "UserAuthMethod-SoftwareOATH",
    "windowsHelloForBusiness": "UserAuthMethod-WindowsHello",
}
_POLICY_READERS = any_of("Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All")


def _phones(call: Call) -> Answer:
    user = find_user(call)
    held = [one for one in _held(call, user) if one["@odata.type"] == methods.PHONE]
    return listing.listed(call, held, schema=_PHONE, of=f"users('{user['id']}')/authentication/phoneMethods")


def _add_phone(call: Call) -> Answer:
    user = find_user(call)
    fields = collection.checked(call.fields(), _PHONE)
    number, kind = fields.get("phoneNumber"), fields.get("phoneType")
    if kind not in methods.PHONE_TYPES:
        raise _refused("phoneType must be mobile, alternateMobile or office.")
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise _refused("The phone number is not valid.")
    had = {one["phoneType"] for one in _held(call, user) if one["@odata.type"] == methods.PHONE}
    if kind in had:
        raise _refused(f"The user already has a phone of type {kind}.")
    if kind == "alternateMobile" and "mobile" not in had:
        raise _refused("An alternate mobile phone cannot be added without a mobile phone.")
    made = methods.phone(kind, number=number)
    call.directory.authentication_methods.setdefault(user["id"], []).append(made)
    audits.record(call, [MADE], targets=[audits.user_target(user)])
    of = f"users('{user['id']}')/authentication/phoneMethods/$entity"
    return Answer(201, {"@odata.context": call.context(of), **listing.shown(made, None, schema=_PHONE)})


def _refused(message: str) -> Exception:
    return bad_request(message, code="badRequest")  # (u)


def _deletion(of_type: str) -> Handler:
    """The handler that deletes methods of one type, and finds no others."""

    def delete(call: Call) -> Answer:
        user = find_user(call)
        wanted = call.parameters["method"]
        held = _held(call, user)
        found = [one for one in held if one["id"] == wanted and one["@odata.type"] == of_type]
        if not found:
            raise not_found(wanted)
        call.directory.authentication_methods[user["id"]] = [one for one in held if one not in found]
        audits.record(call, [DELETED], targets=[audits.user_target(user)])
        return NO_CONTENT

    return delete


def _held(call: Call, user: Resource) -> list[Resource]:
    return call.directory.authentication_methods.get(user["id"], [])


def _policy(call: Call) -> Answer:
    """Everything that a file may give a person is allowed, so that no person of a file breaks the policy."""
    shown = {
        "id": "authenticationMethodsPolicy",
        "displayName": "Authentication Methods Policy",
        "description": "The tenant-wide policy that controls which authentication methods are allowed in the tenant",
        "lastModifiedDateTime": methods.CREATED_AT,
        "policyVersion": "1.5",
        "policyMigrationState": "migrationComplete",
        "authenticationMethodConfigurations": [_configuration(name) for name in _CONFIGURED],
    }
    return Answer(body={"@odata.context": call.context("authenticationMethodsPolicy/$entity"), **shown})


_CONFIGURED: dict[str, dict[str, Any]] = {
    "Fido2": {"isAttestationEnforced": False, "isSelfServiceRegistrationAllowed": True},
    "MicrosoftAuthenticator": {},
    "Sms": {},
    "SoftwareOath": {},
    "TemporaryAccessPass": {
        "defaultLength": 12,
        "defaultLifetimeInMinutes": USUAL_MINUTES,
        "minimumLifetimeInMinutes": SHORTEST_MINUTES,
        "maximumLifetimeInMinutes": LONGEST_MINUTES,
        "isUsableOnce": False,
    },
    "Voice": {"isOfficePhoneAllowed": True},
    "Email": {},
}


def _configuration(name: str) -> Resource:
    of_type = f"#microsoft.graph.{name[0].lower()}{name[1:]}AuthenticationMethodConfiguration"
    return {"@odata.type": of_type, "id": name, "state": "enabled", "excludeTargets": [], **_CONFIGURED[name]}


_AUTHENTICATION = "/users/{user}/authentication"


def _writers(own_permission: str) -> frozenset[str]:
    return any_of(f"{own_permission}.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All")


def _own(own_permission: str) -> frozenset[str]:
    return any_of(f"{own_permission}.ReadWrite", "UserAuthenticationMethod.ReadWrite")


def _delete_route(kind: str, own_permission: str) -> Route:
    return Route(
        "DELETE",
        f"{_AUTHENTICATION}/{kind}Methods/{{method}}",
        _deletion(methods.type_of(kind)),
        (_writers(own_permission),),
        right=rights.change_methods,
        own=_own(own_permission),
    )


_OF_PHONES = "UserAuthMethod-Phone"

ROUTES = (
    Route("GET", f"{_AUTHENTICATION}/phoneMethods", _phones, (_PHONE_READERS,), right=rights.read_methods),
    Route(
        "POST",
        f"{_AUTHENTICATION}/phoneMethods",
        _add_phone,
        (_writers(_OF_PHONES),),
        right=rights.change_methods,
        own=_own(_OF_PHONES),
    ),
    _delete_route("phone", _OF_PHONES),
    *(_delete_route(kind, permission) for kind, permission in _DELETABLE.items()),
    Route("GET", "/policies/authenticationMethodsPolicy", _policy, (_POLICY_READERS,), right=rights.read_method_policy),
)
