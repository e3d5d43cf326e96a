"""The actions and look-ups of the first journeys: passwords, sessions, access passes, members, licences."""

from typing import Any

from simulator import methods
from simulator.directory import Directory
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
    "user.search": "O'Shea|Zang",
    "user.groups": USER,
    "user.directory_roles": USER,
    "user.auth_methods": USER,
    "user.risk": USER,
    "user.licenses": USER,
    "user.manager": USER,
    "user.sponsors": USER,
    "user.contact": USER,
    "group.get": GROUP,
    "group.find": "QG-Recipes",
    "group.search": "Recipes|Ledger",
    "group.owners": GROUP,
    "group.member": f"{GROUP}/{USER}",
    "tenant.skus": "all",
}

# The sample tenant's people by the names that they have there.
NUNO = "25d56e18-e30a-5c2b-89f7-1d16aec43833"
THEO = "f2ea2dc6-5094-5925-a00f-3abc1e8d74cd"
POWER_BI = "f8a1db68-be16-40ed-86d5-cb42ce701560"


def _forgotten_password(_directory: Directory) -> dict[str, Any]:
    return {"user_id": NUNO}


def _lost_device(_directory: Directory) -> dict[str, Any]:
    return {"user_id": THEO}


def _new_device(_directory: Directory) -> dict[str, Any]:
    return {"user_id": NUNO, "lifetime_minutes": 30}


def _unused_pass(directory: Directory) -> dict[str, Any]:
    directory.authentication_methods[NUNO].append(methods.temporary_pass(PASS, {}, at="2026-11-23T08:55:00Z"))
    return {"user_id": NUNO, "pass_id": PASS}


def _new_member(_directory: Directory) -> dict[str, Any]:
    return {"group_id": GROUP, "user_id": NUNO}


def _former_member(directory: Directory) -> dict[str, Any]:
    directory.members[GROUP].append(THEO)
    return {"group_id": GROUP, "user_id": THEO}


def _new_licence(_directory: Directory) -> dict[str, Any]:
    return {"user_id": NUNO, "sku_id": POWER_BI, "disabled_plans": [PLAN]}


def _idle_licence(directory: Directory) -> dict[str, Any]:
    """The person's licence for the office suite, of which one plan is switched off."""
    user = directory.users[NUNO]
    for held in (*user["assignedLicenses"], *user["licenseAssignmentStates"]):
        held["disabledPlans"] = [PLAN]
    return {"user_id": NUNO, "sku_id": SKU, "disabled_plans": [PLAN]}


EXAMPLES: tuple[Example, ...] = (
    Example("entra.user.password.reset", _forgotten_password),
    Example("entra.user.sessions.revoke", _lost_device),
    Example("entra.auth.tap.create", _new_device),
    Example("entra.auth.tap.delete", _unused_pass),
    Example("entra.group.member.add", _new_member),
    Example("entra.group.member.remove", _former_member),
    Example("entra.license.assign", _new_licence),
    # Each state of an assignment has the time at which it was made.
    Example("entra.license.remove", _idle_licence, lost=(f"users.{NUNO}.licenseAssignmentStates",)),
)
