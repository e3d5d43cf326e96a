"""Authentication methods as Graph shows them: the types, their fixed ids, and those a tenant file may name.

The fixed ids are Microsoft's (resource types `passwordAuthenticationMethod`, `phoneAuthenticationMethod`,
`emailAuthenticationMethod`): one password, one e-mail address and one phone per kind for each user.
"""

from typing import Any

from simulator.directory import Resource
from simulator.errors import TenantFileError
from simulator.ids import stable

CREATED_AT = "2024-01-15T08:00:00Z"
TEMPORARY_PASS = "#microsoft.graph.temporaryAccessPassAuthenticationMethod"
PHONE = "#microsoft.graph.phoneAuthenticationMethod"
_TYPES = {
    "password": "passwordAuthenticationMethod",
    "phone": "phoneAuthenticationMethod",
    "email": "emailAuthenticationMethod",
    "microsoftAuthenticator": "microsoftAuthenticatorAuthenticationMethod",
    "fido2": "fido2AuthenticationMethod",
    "softwareOath": "softwareOathAuthenticationMethod",
    "windowsHelloForBusiness": "windowsHelloForBusinessAuthenticationMethod",
    "temporaryAccessPass": "temporaryAccessPassAuthenticationMethod",
}
PHONE_TYPES = ("mobile", "alternateMobile", "office")
_FIXED_IDS = {
    "password": "28c10230-6103-485e-b985-444c60001490",
    "email": "3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
    "phone:mobile": "3179e48a-750b-4051-897c-87b9720928f7",
    "phone:alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
    "phone:office": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}


def of_file(described: dict[str, Any], user_id: str, *, key: str) -> Resource:
    """One method of a tenant file as Graph's resource; `key` says where it stands in the file.

    Raises:
        TenantFileError: the type, or the kind of phone, is not one Graph knows.
    """
    kind = described.get("type")
    if kind not in _TYPES:
        raise TenantFileError(f"`{key}.type`: expected one of {sorted(_TYPES)}, got `{kind}`")
    if kind == "temporaryAccessPass":
        return temporary_pass(stable("method", user_id, key), described, at=CREATED_AT)
    if kind == "phone":
        name = described.get("phoneType", "mobile")
        if name not in PHONE_TYPES:
            raise TenantFileError(f"`{key}.phoneType`: expected mobile, alternateMobile or office, got `{name}`")
        return phone(name, number=described.get("phoneNumber") or _number(user_id, name))
    shown: Resource = {
        "@odata.type": type_of(kind),
        "id": _id(kind, described, user_id=user_id, key=key),
        "createdDateTime": CREATED_AT,
    }
    return shown | _details(kind, described)


def type_of(kind: str) -> str:
    """The `@odata.type` of a kind of method as a tenant file and the segments of paths call it."""
    return f"#microsoft.graph.{_TYPES[kind]}"


def phone(phone_type: str, *, number: str) -> Resource:
    """A telephone, whose id says its type and whose creation Graph does not tell."""
    return {
        "@odata.type": PHONE,
        "id": _FIXED_IDS[f"phone:{phone_type}"],
        "createdDateTime": None,
        "phoneNumber": number,
        "phoneType": phone_type,
        "smsSignInState": "notAllowedByPolicy",
    }


def _number(user_id: str, phone_type: str) -> str:
    """A number that nobody has: Ofcom keeps both ranges for drama."""
    place = int(stable("number", user_id, phone_type)[:8], 16) % 1000
    return f"+44 113496{place:04}" if phone_type == "office" else f"+44 7700900{place:03}"


def temporary_pass(pass_id: str, described: dict[str, Any], *, at: str) -> Resource:
    """A Temporary Access Pass made at the time `at`, without its code: the code is shown once and never stored."""
    return {
        "@odata.type": TEMPORARY_PASS,
        "id": pass_id,
        "temporaryAccessPass": None,
        "createdDateTime": at,
        "startDateTime": described.get("startDateTime") or at,
        "lifetimeInMinutes": described.get("lifetimeInMinutes") or 60,
        "isUsableOnce": bool(described.get("isUsableOnce")),
        "isUsable": True,
        "methodUsabilityReason": "EnabledByPolicy",
    }


def _id(kind: str, described: dict[str, Any], *, user_id: str, key: str) -> str:
    return _FIXED_IDS.get(kind) or described.get("id") or stable("method", user_id, key)


def _details(kind: str, described: dict[str, Any]) -> Resource:
    match kind:
        case "password":
            return {"password": None}
        case "email":
            return {"emailAddress": described.get("emailAddress")}
        case "softwareOath":
            return {"secretKey": None}
        case _:
            return {"displayName": described.get("displayName")}
