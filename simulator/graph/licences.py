"""Licences: products and their seats, direct assignment, and what a group's licences do to its members.

A user's `licenseAssignmentStates` is the truth: one entry per product and way it came (directly, or by one group).
`assignedLicenses` and the product's `consumedUnits` follow from it. Errors marked (p) are from public code.
"""

from simulator.clock import stamp
from simulator.directory import Directory, Resource
from simulator.graph import audits, listing, rights
from simulator.graph.audits import Event, changed
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Route, any_of, bad_request, find_user
from simulator.graph.schema import USER, plain
from simulator.ids import stable

_WRITERS = any_of("LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
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


def _products(call: Call) -> Answer:
    return listing.listed(call, call.directory.skus.values(), schema=_PRODUCT, of="subscribedSkus")


def _details(call: Call) -> Answer:
    user = find_user(call)
    details = [_detail(call.directory, user["id"], sku_id=held["skuId"]) for held in user["assignedLicenses"]]
    return listing.listed(call, details, schema=_DETAIL, of=f"users('{user['id']}')/licenseDetails")


def _detail(directory: Directory, user_id: str, *, sku_id: str) -> Resource:
    product = directory.skus[sku_id]
    shown = {name: product[name] for name in ("skuId", "skuPartNumber", "servicePlans")}
    return {"id": stable("licence", user_id, sku_id), **shown}


def _assign(call: Call) -> Answer:
    user = find_user(call)
    added, removed = _wanted(call)
    before = [held["skuId"] for held in user["assignedLicenses"]]
    _check_removals(user, removed)
    _check_additions(call, user, added=added, removed=removed)
    _change(call, user, added=added, removed=removed)
    after = [held["skuId"] for held in user["assignedLicenses"]]
    events = [_CHANGE, _UPDATE] if added else [_CHANGE]
    audits.record(call, events, targets=[audits.user_target(user, [changed("AssignedLicense", before, new=after)])])
    return listing.entity(call, user, schema=USER, of="users")


def _wanted(call: Call) -> tuple[dict[str, list[str]], list[str]]:
    """What to add (disabled plans by product) and what to remove (product ids)."""
    fields = call.fields()
    added, removed = fields.get("addLicenses"), fields.get("removeLicenses")
    if not isinstance(added, list) or not isinstance(removed, list):
        raise bad_request(
            "One or more parameters of the operation 'assignLicense' are missing from the request payload."
        )
    try:
        plans = {one["skuId"].lower(): list(one.get("disabledPlans") or []) for one in added}
        gone = [sku.lower() for sku in removed]
    except (KeyError, AttributeError, TypeError) as wrong:
        raise bad_request("Invalid value specified for property 'addLicenses' of resource 'User'.") from wrong
    for sku_id in [*plans, *gone]:
        if sku_id not in call.directory.skus:
            raise bad_request(f"License {sku_id} does not correspond to a valid company License.")  # (p)
    return plans, gone


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
    states += [_state(call, sku_id, disabled_plans=plans) for sku_id, plans in added.items()]
    _settle(call.directory, user, states=states)


def free_seats(directory: Directory, sku_id: str) -> int:
    """How many seats of a product nobody has taken."""
    product = directory.skus[sku_id]
    return int(product["prepaidUnits"]["enabled"]) - int(product["consumedUnits"])


def joined(call: Call, user: Resource, *, group: Resource) -> None:
    """Give a new member what the group's licences grant; without a free seat the state says so (CountViolation)."""
    states = list(user["licenseAssignmentStates"])
    for licence in group.get("assignedLicenses", ()):
        sku_id = licence["skuId"]
        short = not _holds(user, sku_id) and free_seats(call.directory, sku_id) < 1
        state = _state(call, sku_id, disabled_plans=list(licence["disabledPlans"]))
        outcome = {"state": "Error", "error": "CountViolation"} if short else {}
        states.append({**state, "assignedByGroup": group["id"], **outcome})
    _settle(call.directory, user, states=states)


def left(call: Call, user: Resource, *, group: Resource) -> None:
    """Take back what came through the group."""
    states = [state for state in user["licenseAssignmentStates"] if state["assignedByGroup"] != group["id"]]
    _settle(call.directory, user, states=states)


def _state(call: Call, sku_id: str, *, disabled_plans: list[str]) -> Resource:
    return {
        "skuId": sku_id,
        "disabledPlans": disabled_plans,
        "assignedByGroup": None,
        "state": "Active",
        "error": "None",
        "lastUpdatedDateTime": stamp(call.now),
    }


def _settle(directory: Directory, user: Resource, *, states: list[Resource]) -> None:
    """Make `states` the user's, and let the licences held and the seats taken follow."""
    before = {held["skuId"] for held in user["assignedLicenses"]}
    plans = {state["skuId"]: state["disabledPlans"] for state in states if state["state"] == "Active"}
    user["licenseAssignmentStates"] = states
    user["assignedLicenses"] = [{"skuId": sku, "disabledPlans": disabled} for sku, disabled in plans.items()]
    for sku_id in set(plans) ^ before:
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
)
