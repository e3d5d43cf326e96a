"""The actions and look-ups of the area "sign in": what people sign in with, and their licences."""

from collections.abc import Callable
from typing import Any

from simulator import methods
from simulator.directory import Directory
from tests.agent.areas.example import Example
from tests.agent.areas.first import GROUP, PLAN, SKU, USER

OLD_SKU = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
MOBILE = "3179e48a-750b-4051-897c-87b9720928f7"
OFFICE = "e37fc753-ff3b-4958-9484-eaa9425c82bc"
AUTHENTICATOR = "6803c096-8a11-5a44-8b64-61a3d1a1e2c9"
KEY = "-2_GRUg2-HYz6_1YG4YRAQ2"
METHODS = f"/users/{USER}/authentication"

# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {
    "entra.auth.method.phone.add": {"user_id": USER, "phone_type": "office", "number": "+44 1135550142x17"},
    "entra.auth.method.phone.delete": {"user_id": USER, "phone_type": "mobile", "was_number": "+44 55501077"},
    "entra.auth.method.authenticator.delete": {"user_id": USER, "method_id": AUTHENTICATOR},
    "entra.auth.method.fido2.delete": {"user_id": USER, "method_id": KEY},
    "entra.auth.method.softwareoath.delete": {"user_id": USER, "method_id": AUTHENTICATOR},
    "entra.auth.method.whfb.delete": {"user_id": USER, "method_id": AUTHENTICATOR},
    "entra.license.swap": {
        "user_id": USER,
        "sku_id": SKU,
        "old_sku_id": OLD_SKU,
        "old_disabled_plans": [PLAN],
    },
    "entra.license.reprocess": {"user_id": USER},
}

_LICENCES = f"/users/{USER}/assignLicense"

# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "entra.auth.method.phone.add": (
        ("POST", f"{METHODS}/phoneMethods", {"phoneNumber": "+44 1135550142x17", "phoneType": "office"}),
        ("DELETE", f"{METHODS}/phoneMethods/{OFFICE}", None),
    ),
    "entra.auth.method.phone.delete": (
        ("DELETE", f"{METHODS}/phoneMethods/{MOBILE}", None),
        ("POST", f"{METHODS}/phoneMethods", {"phoneNumber": "+44 55501077", "phoneType": "mobile"}),
    ),
    "entra.auth.method.authenticator.delete": (
        ("DELETE", f"{METHODS}/microsoftAuthenticatorMethods/{AUTHENTICATOR}", None),
        None,
    ),
    "entra.auth.method.fido2.delete": (("DELETE", f"{METHODS}/fido2Methods/{KEY}", None), None),
    "entra.auth.method.softwareoath.delete": (("DELETE", f"{METHODS}/softwareOathMethods/{AUTHENTICATOR}", None), None),
    "entra.auth.method.whfb.delete": (
        ("DELETE", f"{METHODS}/windowsHelloForBusinessMethods/{AUTHENTICATOR}", None),
        None,
    ),
    "entra.license.swap": (
        (
            "POST",
            _LICENCES,
            {"addLicenses": [{"skuId": SKU, "disabledPlans": []}], "removeLicenses": [OLD_SKU]},
        ),
        (
            "POST",
            _LICENCES,
            {"addLicenses": [{"skuId": OLD_SKU, "disabledPlans": [PLAN]}], "removeLicenses": [SKU]},
        ),
    ),
    "entra.license.reprocess": (("POST", f"/users/{USER}/reprocessLicenseAssignment", None), None),
}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {
    "user.phones": USER,
    "user.license_details": USER,
    "user.in_group": f"{GROUP}/{USER}",
    "policy.auth_methods": "all",
}


def person(directory: Directory, name: str) -> dict[str, Any]:
    """Return a user of the sample tenant."""
    found = directory.user(f"{name}@quillmere.example")
    assert found is not None, name
    return found


def sku(directory: Directory, part_number: str) -> str:
    """Return the id of a product of the sample tenant."""
    return next(str(one["skuId"]) for one in directory.skus.values() if one["skuPartNumber"] == part_number)


def phones(directory: Directory, user_id: str) -> dict[str, dict[str, Any]]:
    """Return a user's telephones by kind."""
    held = directory.authentication_methods[user_id]
    return {one["phoneType"]: one for one in held if "phoneType" in one}


def _new_phone(directory: Directory) -> dict[str, Any]:
    user = person(directory, "nuno.teles")
    return {"user_id": user["id"], "phone_type": "alternateMobile", "number": "+351 955501234"}


def _lost_phone(directory: Directory) -> dict[str, Any]:
    user = person(directory, "zoe.minto")
    number = phones(directory, user["id"])["mobile"]["phoneNumber"]
    return {"user_id": user["id"], "phone_type": "mobile", "was_number": number}


def _method(kind: str) -> Callable[[Directory], dict[str, Any]]:
    def arrange(directory: Directory) -> dict[str, Any]:
        user = person(directory, "harriet.osgood")
        described = {"type": kind, "displayName": "Another one"}
        made = methods.of_file(described, user["id"], key=f"example of {kind}")
        directory.authentication_methods[user["id"]].append(made)
        return {"user_id": user["id"], "method_id": made["id"]}

    return arrange


def direct(directory: Directory, user: dict[str, Any], *, sku_id: str, plans: list[str]) -> None:
    """Let a user have a licence directly, with these plans switched off."""
    held = [one for one in user["assignedLicenses"] if one["skuId"] != sku_id]
    directory.skus[sku_id]["consumedUnits"] += len(held) == len(user["assignedLicenses"])
    user["assignedLicenses"] = [*held, {"skuId": sku_id, "disabledPlans": plans}]
    states = [one for one in user["licenseAssignmentStates"] if one["skuId"] != sku_id]
    state = {"skuId": sku_id, "disabledPlans": plans, "assignedByGroup": None, "state": "Active", "error": "None"}
    user["licenseAssignmentStates"] = [*states, {**state, "lastUpdatedDateTime": "2024-01-15T08:00:00Z"}]


def _better_licence(directory: Directory) -> dict[str, Any]:
    user = person(directory, "nuno.teles")
    old = sku(directory, "SPE_E3")
    direct(directory, user, sku_id=old, plans=[PLAN])
    return {
        "user_id": user["id"],
        "sku_id": sku(directory, "SPE_E5"),
        "old_sku_id": old,
        "old_disabled_plans": [PLAN],
    }


def _seat_bought(directory: Directory) -> dict[str, Any]:
    """A member of a group that grants a licence got none for want of a seat; then a seat was bought."""
    user, visio = person(directory, "nuno.teles"), sku(directory, "VISIOCLIENT")
    group = next(one for one in directory.groups.values() if any(x["skuId"] == visio for x in one["assignedLicenses"]))
    directory.members[group["id"]].append(user["id"])
    state = {"skuId": visio, "disabledPlans": [], "assignedByGroup": group["id"], "state": "Error"}
    user["licenseAssignmentStates"].append(
        {**state, "error": "CountViolation", "lastUpdatedDateTime": "2024-01-15T08:00:00Z"}
    )
    directory.skus[visio]["prepaidUnits"]["enabled"] += 1
    return {"user_id": user["id"]}


_NUNO = "25d56e18-e30a-5c2b-89f7-1d16aec43833"

EXAMPLES: tuple[Example, ...] = (
    Example("entra.auth.method.phone.add", _new_phone),
    Example("entra.auth.method.phone.delete", _lost_phone),
    Example("entra.auth.method.authenticator.delete", _method("microsoftAuthenticator")),
    Example("entra.auth.method.fido2.delete", _method("fido2")),
    Example("entra.auth.method.softwareoath.delete", _method("softwareOath")),
    Example("entra.auth.method.whfb.delete", _method("windowsHelloForBusiness")),
    # Each state of an assignment has the time at which it was made.
    Example("entra.license.swap", _better_licence, lost=(f"users.{_NUNO}.licenseAssignmentStates",)),
    Example("entra.license.reprocess", _seat_bought),
)
