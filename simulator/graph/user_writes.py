"""Changing people: profile, password, sign-in, sessions.

`PATCH /users/{id}` is several operations in one, each with its own permission and its own rule over the target:
a request that lacks one of them changes nothing. Texts of errors marked (p) are from public code, (u) are not
documented.
"""

import string
from typing import Any

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph import audits, rights
from simulator.graph.audits import Event, changed
from simulator.graph.calls import NO_CONTENT, Answer, Call, Right, Route, any_of, bad_request, denied, find_user
from simulator.graph.schema import USER

_PASSWORD = any_of("User-PasswordProfile.ReadWrite.All")
_ENABLE = any_of("User.EnableDisableAccount.All")
_PHONE = any_of("User-Phone.ReadWrite.All", "User.ReadWrite.All")
_OTHER_MAIL = any_of("User-Mail.ReadWrite.All", "User.ReadWrite.All")
_PROFILE = any_of("User.ReadWrite.All", "Directory.ReadWrite.All")
_REVOKE = any_of("User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All")

# Properties that do not go by `_PROFILE` and `change_profile`.
_SPECIAL: dict[str, tuple[frozenset[str], Right]] = {
    "passwordProfile": (_PASSWORD, rights.reset_password),
    "accountEnabled": (_ENABLE, rights.change_sensitively),
    "mobilePhone": (_PHONE, rights.change_sensitively),
    "businessPhones": (_PHONE, rights.change_sensitively),
    "otherMails": (_OTHER_MAIL, rights.change_sensitively),
    "userPrincipalName": (_PROFILE, rights.change_sensitively),
    "onPremisesImmutableId": (_PROFILE, rights.change_sensitively),
}
# What the cloud masters even for users who are synchronised from on-premises.
_CLOUD_MASTERED = frozenset({"usageLocation", "passwordProfile"})
_ON_PREMISES = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects "
    "currently undergoing migration."
)
_PROFILE_KEYS = frozenset({"password", "forceChangePasswordNextSignIn", "forceChangePasswordNextSignInWithMfa"})
_SHORTEST_PASSWORD = 8
_UPDATE = Event("Update user", "UserManagement", "Update")


def _patch(call: Call) -> Answer:
    user = find_user(call)
    fields = {name: value for name, value in call.fields().items() if not name.startswith("@odata.")}
    if not fields:
        raise bad_request("Empty payload. JSON content expected.")
    for name, value in fields.items():
        check_value(name, value)
    _check_permissions(call, fields)
    _check_mastery(call, user, fields=fields)
    check_domain(call, fields)
    check_unique(call, user, fields=fields)
    changes = [changed(_pascal(name), [old], new=[new]) for name, old, new in _differences(user, fields)]
    events = _events(user, fields)
    _apply(call, user, fields=fields)
    names = changed("Included Updated Properties", None, new=", ".join(_pascal(name) for name in fields))
    audits.record(call, events, targets=[audits.user_target(user, [*changes, names])])
    return NO_CONTENT


def check_value(name: str, value: object) -> None:
    """Raises:
    GraphError: (400) a user has no such property, it is read-only, or the value does not fit.
    """
    if name not in USER.properties:
        raise bad_request(f"Property '{name}' does not exist on resource 'User'.")  # (u)
    if name not in USER.writable:
        raise bad_request(f"Property '{name}' is read-only and cannot be set.")
    kind = USER.writable[name]
    nullable = kind is str and name not in ("displayName", "userPrincipalName", "mailNickname")
    texts = kind is not list or (isinstance(value, list) and all(isinstance(one, str) for one in value))
    if not ((value is None and nullable) or (isinstance(value, kind) and texts)):
        raise bad_request(f"Invalid value specified for property '{name}' of resource 'User'.")
    if name == "passwordProfile" and isinstance(value, dict):
        _check_password_profile(value)


def _check_password_profile(profile: dict[str, Any]) -> None:
    plain = {name: value for name, value in profile.items() if not name.startswith("@odata.")}
    for name, value in plain.items():
        kind = str if name == "password" else bool
        if name not in _PROFILE_KEYS or not isinstance(value, kind):
            raise bad_request("Invalid value specified for property 'passwordProfile' of resource 'User'.")
    if "password" in plain:
        check_password(plain["password"])


def check_password(password: str) -> None:
    """Raises:
    GraphError: (400) the password is too easy.
    """
    if not _is_complex(password):
        message = "The specified password does not comply with password complexity requirements."
        raise bad_request(f"{message} Please provide a different password.")


def _is_complex(password: str) -> bool:
    """Eight characters or more, from three of the four classes (Entra, "Password policies")."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    used = sum(any(letter in kind for letter in password) for kind in kinds)
    used += any(letter not in string.ascii_letters + string.digits for letter in password)
    return len(password) >= _SHORTEST_PASSWORD and used >= 3


def _check_permissions(call: Call, fields: Resource) -> None:
    for name in fields:
        needed, right = _SPECIAL.get(name, (_PROFILE, rights.change_profile))
        if not needed & call.caller.permissions:
            raise denied()
        right(call)


def _check_mastery(call: Call, user: Resource, *, fields: Resource) -> None:
    if not user["onPremisesSyncEnabled"]:
        return
    local = set(fields) - _CLOUD_MASTERED
    if local or ("passwordProfile" in fields and not call.directory.password_writeback):
        raise bad_request(_ON_PREMISES)


def check_domain(call: Call, fields: Resource) -> None:
    """Raises:
    GraphError: (400) the domain of the sign-in name is not one of the tenant's.
    """
    verified = {domain["name"].casefold() for domain in call.directory.organization["verifiedDomains"]}
    name = fields.get("userPrincipalName")
    if name is not None and name.rpartition("@")[2].casefold() not in verified:
        message = "The domain portion of the userPrincipalName property is invalid."
        raise bad_request(f"{message} You must use one of the verified domain names in your organization.")  # (p)


def check_unique(call: Call, user: Resource | None, *, fields: Resource) -> None:
    """Raises:
    GraphError: (400) somebody else than `user` has the sign-in name.
    """
    holder = call.directory.user(fields.get("userPrincipalName", "")) if "userPrincipalName" in fields else None
    if holder is not None and (user is None or holder["id"] != user["id"]):
        raise bad_request("Another object with the same value for property userPrincipalName already exists.")


def _differences(user: Resource, fields: Resource) -> list[tuple[str, Any, Any]]:
    plain = {name: value for name, value in fields.items() if name != "passwordProfile"}
    return [(name, user.get(name), value) for name, value in plain.items() if user.get(name) != value]


def _events(user: Resource, fields: Resource) -> list[Event]:
    events = []
    if "passwordProfile" in fields:
        reset = "password" in fields["passwordProfile"]
        name = "Reset user password" if reset else "Set force change user password"
        events.append(Event(name, "UserManagement", "Update"))
    if "accountEnabled" in fields and fields["accountEnabled"] != user["accountEnabled"]:
        name = "Enable account" if fields["accountEnabled"] else "Disable account"
        events.append(Event(name, "UserManagement", "Update"))
    return [*events, _UPDATE]


def _apply(call: Call, user: Resource, *, fields: Resource) -> None:
    # INVARIANT: a password never becomes state; only the time of its change does.
    profile = fields.get("passwordProfile")
    user.update({name: value for name, value in fields.items() if name != "passwordProfile"})
    if profile is not None:
        kept = {name: value for name, value in profile.items() if name in _PROFILE_KEYS and name != "password"}
        user["passwordProfile"] = {**(user.get("passwordProfile") or {"password": None}), **kept}
        if "password" in profile:
            user["lastPasswordChangeDateTime"] = stamp(call.now)
    if "userPrincipalName" in fields:
        call.directory.index_names()


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def _revoke_sessions(call: Call) -> Answer:
    user = find_user(call)
    old, new = user["signInSessionsValidFromDateTime"], stamp(call.now)
    user["signInSessionsValidFromDateTime"] = new
    event = Event("Update StsRefreshTokenValidFrom Timestamp", "UserManagement", "Update")
    changes = [changed("StsRefreshTokensValidFrom", [old], new=[new])]
    audits.record(call, [event], targets=[audits.user_target(user, changes)])
    return Answer(body={"@odata.context": call.context("Edm.Boolean"), "value": True})


def on_premises_refusal() -> GraphError:
    """400: the object is mastered on-premises."""
    return bad_request(_ON_PREMISES)


_PATCHERS = _PASSWORD | _ENABLE | _PHONE | _OTHER_MAIL | _PROFILE

ROUTES = (
    Route("PATCH", "/users/{user}", _patch, (_PATCHERS,)),
    Route("POST", "/users/{user}/revokeSignInSessions", _revoke_sessions, (_REVOKE,), right=rights.revoke_sessions),
)
