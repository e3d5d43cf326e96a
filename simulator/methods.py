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
    shown: Resource = {
        "@odata.type": f"#microsoft.graph.{_TYPES[kind]}",
        "id": _id(kind, described, user_id=user_id, key=key),
        "createdDateTime": CREATED_AT,
    }
    return shown | _details(kind, described)


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
    if kind != "phone":
        return _FIXED_IDS.get(kind) or described.get("id") or stable("method", user_id, key)
    name = f"phone:{described.get('phoneType', 'mobile')}"
    if name not in _FIXED_IDS:
        raise TenantFileError(f"`{key}.phoneType`: expected mobile, alternateMobile or office, got `{name[6:]}`")
    return _FIXED_IDS[name]


def _details(kind: str, described: dict[str, Any]) -> Resource:
    match kind:
        case "password":
            return {"password": None}
        case "phone":
            return {
                "phoneNumber": described.get("phoneNumber"),
                "phoneType": described.get("phoneType", "mobile"),
                "smsSignInState": "notAllowedByPolicy",
            }
        case "email":
            return {"emailAddress": described.get("emailAddress")}
        case "softwareOath":
            return {"secretKey": None}
        case _:
            return {"displayName": described.get("displayName")}
