"""The actions and look-ups of the area "groups", with administrative units."""

from typing import Any

from simulator.directory import Directory
from tests.agent.areas.example import Example
from tests.agent.areas.first import GIVE, GROUP, PLAN, SKU, TAKE, USER
from tests.agent.areas.sign_in import direct, person, sku

UNIT = "3a5a1c55-7e0e-5a04-9a44-0cb4ba7a3b7e"
OWNER = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{USER}"}

# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {
    "entra.group.owner.add": {"group_id": GROUP, "user_id": USER},
    "entra.group.owner.remove": {"group_id": GROUP, "user_id": USER},
    "entra.group.create": {
        "kind": "microsoft365",
        "called": "O'Neil & Söhne",
        "nickname": "oneil-soehne",
        "description": "Tenders of 2027",
        "visibility": "Private",
        "user_id": USER,
    },
    "entra.group.update": {"group_id": GROUP, "attribute": "description", "value": "Ledgers", "was": None},
    "entra.group.delete": {"group_id": GROUP},
    "entra.group.license.assign": {"group_id": GROUP, "sku_id": SKU, "disabled_plans": [PLAN]},
    "entra.group.license.remove": {"group_id": GROUP, "sku_id": SKU, "disabled_plans": [PLAN]},
    "entra.au.member.add": {"user_id": USER, "unit_id": UNIT},
}

# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "entra.group.owner.add": (
        ("POST", f"/groups/{GROUP}/owners/$ref", OWNER),
        ("DELETE", f"/groups/{GROUP}/owners/{USER}/$ref", None),
    ),
    "entra.group.owner.remove": (
        ("DELETE", f"/groups/{GROUP}/owners/{USER}/$ref", None),
        ("POST", f"/groups/{GROUP}/owners/$ref", OWNER),
    ),
    "entra.group.create": (
        (
            "POST",
            "/groups",
            {
                "displayName": "O'Neil & Söhne",
                "mailNickname": "oneil-soehne",
                "description": "Tenders of 2027",
                "mailEnabled": True,
                "securityEnabled": False,
                "groupTypes": ["Unified"],
                "visibility": "Private",
                "owners@odata.bind": [f"https://graph.microsoft.com/v1.0/users/{USER}"],
            },
        ),
        ("DELETE", "/groups/{created}", None),
    ),
    "entra.group.update": (
        ("PATCH", f"/groups/{GROUP}", {"description": "Ledgers"}),
        ("PATCH", f"/groups/{GROUP}", {"description": None}),
    ),
    "entra.group.delete": (
        ("DELETE", f"/groups/{GROUP}", None),
        ("POST", f"/directory/deletedItems/{GROUP}/restore", None),
    ),
    "entra.group.license.assign": (
        ("POST", f"/groups/{GROUP}/assignLicense", {**GIVE, "addLicenses": [{"skuId": SKU, "disabledPlans": [PLAN]}]}),
        ("POST", f"/groups/{GROUP}/assignLicense", TAKE),
    ),
    "entra.group.license.remove": (
        ("POST", f"/groups/{GROUP}/assignLicense", TAKE),
        ("POST", f"/groups/{GROUP}/assignLicense", {**GIVE, "addLicenses": [{"skuId": SKU, "disabledPlans": [PLAN]}]}),
    ),
    "entra.au.member.add": (
        ("POST", f"/directory/administrativeUnits/{UNIT}/members/$ref", OWNER),
        ("DELETE", f"/directory/administrativeUnits/{UNIT}/members/{USER}/$ref", None),
    ),
}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {
    "group.members": GROUP,
    "group.people": GROUP,
    "user.approver": USER,
    "group.approles": GROUP,
    "group.licenses": GROUP,
    "group.license_errors": GROUP,
    "sku.holders": SKU,
    "user.units": USER,
    "unit.get": UNIT,
}


def _named(directory: Directory, name: str) -> dict[str, Any]:
    return next(one for one in directory.groups.values() if one["id"] == _GROUPS[name])


# By id, since another test gives the groups other names.
_GROUPS = {
    "QG-Finance-Ledger": "8272451c-0789-5c5e-8b19-8ed1992695b8",
    "QG-Recipes": "3b3812ce-0ad4-5668-b29e-0b3fadee7348",
    "QG-Visio-Lic": "89654e7b-41a7-5fa6-b11f-52eda8a15ca4",
    "QT-Launch": "2c46e81d-79c3-58ee-bfdf-36e58de569de",
}


def _new_owner(directory: Directory) -> dict[str, Any]:
    return {"group_id": _GROUPS["QG-Recipes"], "user_id": person(directory, "theo.blanc")["id"]}


def _second_owner(directory: Directory) -> dict[str, Any]:
    params = _new_owner(directory)
    directory.owners[params["group_id"]].append(params["user_id"])
    return params


def _new_group(directory: Directory) -> dict[str, Any]:
    return {
        "kind": "microsoft365",
        "called": "O'Neil & Söhne",
        "nickname": "oneil-soehne",
        "description": "Tenders of 2027",
        "visibility": "Public",
        "user_id": person(directory, "mona.vasey")["id"],
    }


def _new_security_group(directory: Directory) -> dict[str, Any]:
    params = _new_group(directory) | {"kind": "security", "called": "Plotters of 50% & more"}
    return {name: value for name, value in params.items() if name != "visibility"}


def _other_name(directory: Directory) -> dict[str, Any]:
    group = _named(directory, "QG-Finance-Ledger")
    group["displayName"] = "Ledger"
    return {"group_id": group["id"], "attribute": "displayName", "value": "Ledger and tax", "was": "Ledger"}


def _no_description(directory: Directory) -> dict[str, Any]:
    group = _named(directory, "QG-Finance-Ledger")
    group["description"] = "Ledger exports"
    return {"group_id": group["id"], "attribute": "description", "value": None, "was": "Ledger exports"}


def _old_team(directory: Directory) -> dict[str, Any]:
    group = _named(directory, "QT-Launch")
    group["resourceProvisioningOptions"] = []
    return {"group_id": group["id"]}


def _licence_for_a_group(directory: Directory) -> dict[str, Any]:
    """One member has the licence directly already, another gets it by the group alone."""
    group, plotter = _named(directory, "QG-Recipes"), sku(directory, "POWER_BI_PRO")
    direct(directory, person(directory, "gwen.tallow"), sku_id=plotter, plans=[])
    return {"group_id": group["id"], "sku_id": plotter, "disabled_plans": [PLAN]}


def _licence_from_a_group(directory: Directory) -> dict[str, Any]:
    group, visio = _named(directory, "QG-Visio-Lic"), sku(directory, "VISIOCLIENT")
    return {"group_id": group["id"], "sku_id": visio, "disabled_plans": []}


def _unit_member(directory: Directory) -> dict[str, Any]:
    units = directory.objects["administrativeUnits"].values()
    unit = next(one for one in units if one["membershipType"] == "Assigned")
    user = next(one for one in directory.users.values() if one["id"] not in unit["members"])
    return {"user_id": user["id"], "unit_id": unit["id"]}


# A state of an assignment has the time at which it was made; a group that ever had a licence has its processing state.
_LICENSED_ANEW = (
    "users.a2fa02f3-4281-5432-ad3d-ef16677ce61f.licenseAssignmentStates",
    "users.f2ea2dc6-5094-5925-a00f-3abc1e8d74cd.licenseAssignmentStates",
    f"groups.{_GROUPS['QG-Visio-Lic']}.licenseProcessingState",
)

EXAMPLES: tuple[Example, ...] = (
    Example("entra.group.owner.add", _new_owner),
    Example("entra.group.owner.remove", _second_owner),
    # A deleted Microsoft 365 group lies among the deleted objects for 30 days.
    Example("entra.group.create", _new_group, lost=("objects.deletedItems",)),
    Example("entra.group.create", _new_security_group),
    Example("entra.group.update", _other_name),
    Example("entra.group.update", _no_description),
    Example("entra.group.delete", _old_team),
    Example(
        "entra.group.license.assign",
        _licence_for_a_group,
        lost=(f"groups.{_GROUPS['QG-Recipes']}.licenseProcessingState",),
    ),
    Example("entra.group.license.remove", _licence_from_a_group, lost=_LICENSED_ANEW),
    Example("entra.au.member.add", _unit_member),
)
