"""The actions and look-ups of the first journeys: passwords, sessions, access passes, members, licences."""

from typing import Any

from tests.agent.areas.example import Example

USER = "a568c719-7c70-5207-96f9-f39ffc875fb5"
GROUP = "8272451c-0789-5c5e-8b19-8ed1992695b8"
SKU = "05e9a617-0261-4cee-bb44-138d3ef5d965"
PLAN = "57ff2da0-773e-42df-b2af-ffb7a2317929"
PASS = "6f1967b7-15e8-4935-ac26-d50770ed07a7"

PARAMS: dict[str, dict[str, Any]] = {
    "entra.user.password.reset": {"user_id": USER},
    "entra.user.sessions.revoke": {"user_id": USER},
    "entra.auth.tap.create": {"user_id": USER},
    "entra.auth.tap.delete": {"user_id": USER, "pass_id": PASS},
    "entra.group.member.add": {"group_id": GROUP, "user_id": USER},
    "entra.group.member.remove": {"group_id": GROUP, "user_id": USER},
    "entra.license.assign": {"user_id": USER, "sku_id": SKU},
    "entra.license.remove": {"user_id": USER, "sku_id": SKU, "disabled_plans": [PLAN]},
}

PASSES = f"/users/{USER}/authentication/temporaryAccessPassMethods"
LICENCES = f"/users/{USER}/assignLicense"
REFERENCE = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{USER}"}
GIVE = {"addLicenses": [{"skuId": SKU, "disabledPlans": []}], "removeLicenses": []}
GIVE_BACK = {"addLicenses": [{"skuId": SKU, "disabledPlans": [PLAN]}], "removeLicenses": []}
TAKE = {"addLicenses": [], "removeLicenses": [SKU]}

# The exact call, and the exact inverse or none.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "entra.user.password.reset": (
        ("PATCH", f"/users/{USER}", {"passwordProfile": {"forceChangePasswordNextSignIn": True}}),
        None,
    ),
    "entra.user.sessions.revoke": (("POST", f"/users/{USER}/revokeSignInSessions", None), None),
    "entra.auth.tap.create": (
        ("POST", PASSES, {"lifetimeInMinutes": 60, "isUsableOnce": True}),
        ("DELETE", f"{PASSES}/{{created}}", None),
    ),
    "entra.auth.tap.delete": (("DELETE", f"{PASSES}/{PASS}", None), None),
    "entra.group.member.add": (
        ("POST", f"/groups/{GROUP}/members/$ref", REFERENCE),
        ("DELETE", f"/groups/{GROUP}/members/{USER}/$ref", None),
    ),
    "entra.group.member.remove": (
        ("DELETE", f"/groups/{GROUP}/members/{USER}/$ref", None),
        ("POST", f"/groups/{GROUP}/members/$ref", REFERENCE),
    ),
    "entra.license.assign": (("POST", LICENCES, GIVE), ("POST", LICENCES, TAKE)),
    "entra.license.remove": (("POST", LICENCES, TAKE), ("POST", LICENCES, GIVE_BACK)),
}

SUBJECTS: dict[str, str] = {
    "user.get": USER,
    "user.find": "Ed O'Shea",
    "user.groups": USER,
    "user.directory_roles": USER,
    "user.auth_methods": USER,
    "user.risk": USER,
    "user.licenses": USER,
    "user.manager": USER,
    "group.get": GROUP,
    "group.find": "QG-Recipes",
    "group.owners": GROUP,
    "group.member": f"{GROUP}/{USER}",
    "tenant.skus": "all",
}

EXAMPLES: tuple[Example, ...] = ()
