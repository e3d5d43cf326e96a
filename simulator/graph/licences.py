"""Licences: products and their seats, direct assignment, and what a group's licences do to its members.

A user's `licenseAssignmentStates` is the truth: one entry per product and way it came (directly, or by one group).
`assignedLicenses` and the product's `consumedUnits` follow from it. Errors marked (p) are from public code, the texts
of those marked (u) are not documented. Not simulated: plans that depend on others or exclude each other.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from simulator.clock import stamp
from simulator.directory import Directory, Resource
from simulator.graph import audits, listing, rights
from simulator.graph.audits import Event, changed
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Route, any_of, bad_request, find_user
from simulator.graph.schema import USER, plain
from simulator.ids import stable

_WRITERS = any_of("LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
_REPROCESSORS = any_of("User.ReadWrite.All", "Directory.ReadWrite.All")
_PRODUCT_READERS = any_of(
    "LicenseAssignment.Read.All",
    "LicenseAssignment.ReadWrite.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
_DETAIL_READERS = _WRITERS | any_of("LicenseAssignment.Read.All", "User.Read.All", "Directory.Read.All")
_PRODUCT_PROPERTIES = """
accountId accountName appliesTo capabilityStatus consumedUnits id prepaidUnits servicePlans skuId skuPartNumber
subscriptionIds
"""
_PRODUCT = plain("SubscribedSku", _PRODUCT_PROPERTIES)
_DETAIL = plain("LicenseDetails", "id skuId skuPartNumber servicePlans")
_CHANGE = Event("Change user license", "UserManagement", "Update")
_UPDATE = Event("Update user", "UserManagement", "Update")
_TRIGGERED = Event("Trigger group license recalculation", "GroupManagement", "Update")
_APPLIED = Event("Finish applying group based license to user", "GroupManagement", "Update")


def _products(call: Call) -> Answer:
    return listing.listed(call, call.directory.skus.values(), schema=_PRODUCT, of="subscribedSkus")


def _details(call: Call) -> Answer:
    user = find_user(call)
    details = [_detail(call.directory, user["id"], held=held) for held in user["assignedLicenses"]]
    return listing.listed(call, details, schema=_DETAIL, of=f"users('{user['id']}')/licenseDetails")


def _detail(directory: Directory, user_id: str, *, held: Resource) -> Resource:
    product = directory.skus[held["skuId"]]
    plans = [
        {**plan, "provisioningStatus": "Disabled"} if plan.get("servicePlanId") in held["disabledPlans"] else plan
        for plan in product["servicePlans"]
    ]
    shown = {name: product[name] for name in ("skuId", "skuPartNumber")}
    return {"id": stable("licence", user_id, held["skuId"]), **shown, "servicePlans": plans}


def _assign(call: Call) -> Answer:
    user = find_user(call)
    added, removed = wanted(call)
    before = [held["skuId"] for held in user["assignedLicenses"]]
    _check_removals(user, removed)
    _check_additions(call, user, added=added, removed=removed)
    _change(call, user, added=added, removed=removed)
    after = [held["skuId"] for held in user["assignedLicenses"]]
    events = [_CHANGE, _UPDATE] if added else [_CHANGE]
    audits.record(call, events, targets=[audits.user_target(user, [changed("AssignedLicense", before, new=after)])])
    return listing.entity(call, user, schema=USER, of="users")


def wanted(call: Call) -> tuple[dict[str, list[str]], list[str]]:
    """What an `assignLicense` is to add (disabled plans by product) and to remove (product ids).

    Raises:
        GraphError: (400) the body has another shape, or names a product that the tenant does not have.
    """
    fields = call.fields()
    added, removed = fields.get("addLicenses"), fields.get("removeLicenses")
    if not isinstance(added, list) or not isinstance(removed, list):
        raise bad_request(
            "One or more parameters of the operation 'assignLicense' are missing from the request payload."
        )
    for name in fields:
        if name not in ("addLicenses", "removeLicenses"):
            raise bad_request(f"The parameter '{name}' in the request payload is not valid.")  # (u)
    try:
        plans = dict(_addition(one) for one in added)
        gone = [sku.lower() for sku in removed]
    except (KeyError, AttributeError, TypeError) as wrong:
        raise bad_request("Invalid value specified for property 'addLicenses' of resource 'User'.") from wrong
    for sku_id in [*plans, *gone]:
        if sku_id not in call.directory.skus:
            raise bad_request(f"License {sku_id} does not correspond to a valid company License.")  # (p)
    if set(plans) & set(gone):
        raise bad_request("A license cannot be both added and removed.")  # (u)
    return plans, gone


def _addition(licence: Any) -> tuple[str, list[str]]:
    plans = [plan.lower() for plan in licence.get("disabledPlans") or []]
    if set(licence) - {"skuId", "disabledPlans", "@odata.type"}:
        raise KeyError("an unknown property")
    return licence["skuId"].lower(), plans


def _check_removals(user: Resource, removed: list[str]) -> None:
    for sku_id in removed:
        ways = [state for state in user["licenseAssignmentStates"] if state["skuId"] == sku_id]
        if not ways:
            raise bad_request("User does not have a corresponding license.")  # (p)
        if all(state["assignedByGroup"] for state in ways):
            message = "User license is inherited from a group membership and it cannot be removed directly"
            raise bad_request(f"{message} from the user.")  # (p)


def _check_additions(call: Call, user: Resource, *, added: dict[str, list[str]], removed: list[str]) -> None:
    if added and not user.get("usageLocation"):
        raise bad_request("License assignment cannot be done for user with invalid usage location.")  # (p)
    for sku_id in added:
        if not _holds(user, sku_id) and free_seats(call.directory, sku_id) < 1 and sku_id not in removed:
            message = f"Subscription with SKU {sku_id} does not have any available licenses."
            raise bad_request(message)  # (p)


def _change(call: Call, user: Resource, *, added: dict[str, list[str]], removed: list[str]) -> None:
    states = [
        state
        for state in user["licenseAssignmentStates"]
        if state["assignedByGroup"] or state["skuId"] not in {*removed, *added}
    ]
    states += [_state(sku_id, call.now, disabled_plans=plans) for sku_id, plans in added.items()]
    _settle(call.directory, user, states=states)


def _reprocess(call: Call) -> Answer:
    """Group licences count for direct members only: Entra does not follow nested groups."""
    user = find_user(call)
    regroup(call, user, groups=call.directory.groups_of(user["id"]))
    audits.record(call, [_TRIGGERED, _APPLIED], targets=[audits.user_target(user)])
    return listing.entity(call, user, schema=USER, of="users")


def free_seats(directory: Directory, sku_id: str) -> int:
    """How many seats of a product nobody has taken."""
    product = directory.skus[sku_id]
    return int(product["prepaidUnits"]["enabled"]) - int(product["consumedUnits"])


def joined(call: Call, user: Resource, *, group: Resource) -> None:
    """Give a new member what the group's licences grant; without a free seat the state says so (CountViolation)."""
    others = [state for state in user["licenseAssignmentStates"] if state["assignedByGroup"] != group["id"]]
    granted = group.get("assignedLicenses", ())
    own = [_through(call, user, licence=one, group_id=group["id"], before=None) for one in granted]
    _settle(call.directory, user, states=[*others, *own])


def regroup(call: Call, user: Resource, *, groups: Iterable[Resource]) -> None:
    """Work out anew what a user has through `groups`, which are all the user's; what holds already is left as it is."""
    states = [state for state in user["licenseAssignmentStates"] if not state["assignedByGroup"]]
    by_way = {(state["skuId"], state["assignedByGroup"]): state for state in user["licenseAssignmentStates"]}
    for group in groups:
        for licence in group.get("assignedLicenses", ()):
            before = by_way.get((licence["skuId"], group["id"]))
            states.append(_through(call, user, licence=licence, group_id=group["id"], before=before))
    _settle(call.directory, user, states=states)


def _through(call: Call, user: Resource, *, licence: Resource, group_id: str, before: Resource | None) -> Resource:
    sku_id, plans = licence["skuId"], list(licence["disabledPlans"])
    if before is not None and before["state"] == "Active" and before["disabledPlans"] == plans:
        return before
    short = not _holds(user, sku_id) and free_seats(call.directory, sku_id) < 1
    outcome = {"state": "Error", "error": "CountViolation"} if short else {}
    return {**_state(sku_id, call.now, disabled_plans=plans), "assignedByGroup": group_id, **outcome}


def left(call: Call, user: Resource, *, group: Resource) -> None:
    """Take back what came through the group."""
    states = [state for state in user["licenseAssignmentStates"] if state["assignedByGroup"] != group["id"]]
    _settle(call.directory, user, states=states)


def _state(sku_id: str, now: datetime, *, disabled_plans: list[str]) -> Resource:
    return {
        "skuId": sku_id,
        "disabledPlans": disabled_plans,
        "assignedByGroup": None,
        "state": "Active",
        "error": "None",
        "lastUpdatedDateTime": stamp(now),
    }


def _settle(directory: Directory, user: Resource, *, states: list[Resource]) -> None:
    """Make `states` the user's, and let the licences held and the seats taken follow.

    A plan of a product that came in several ways is off only when it is off in all of them.
    """
    had = {held["skuId"] for held in user["assignedLicenses"]}
    plans: dict[str, list[str]] = {}
    for state in states:
        if state["state"] == "Active":
            off, before_it = state["disabledPlans"], plans.get(state["skuId"])
            plans[state["skuId"]] = off if before_it is None else [one for one in before_it if one in off]
    user["licenseAssignmentStates"] = states
    user["assignedLicenses"] = [{"skuId": sku, "disabledPlans": disabled} for sku, disabled in plans.items()]
    for sku_id in set(plans) ^ had:
        directory.skus[sku_id]["consumedUnits"] += 1 if sku_id in plans else -1


def _holds(user: Resource, sku_id: str) -> bool:
    return any(held["skuId"] == sku_id for held in user["assignedLicenses"])


ROUTES = (
    Route("GET", "/subscribedSkus", _products, (_PRODUCT_READERS,), right=rights.read_directory, options=SELECT_ONLY),
    Route(
        "GET",
        "/users/{user}/licenseDetails",
        _details,
        (_DETAIL_READERS,),
        right=rights.read_directory,
        own=any_of("User.Read"),
        options=SELECT_ONLY,
    ),
    Route("POST", "/users/{user}/assignLicense", _assign, (_WRITERS,), right=rights.license_user),
    Route("POST", "/users/{user}/reprocessLicenseAssignment", _reprocess, (_REPROCESSORS,), right=rights.license_user),
)
