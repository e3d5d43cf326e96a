"""Questions about licences beyond which ones a person has: their service plans, and what groups hand on."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.lookup import Lookup
from agent.lookups.quoting import is_object_id, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records, texts
from agent.model.graph_call import GraphCall

_FAILED = frozenset({"Error", "ActiveWithError"})

# More holders than these are counted and not named: a fact goes to planners and into the case.
MAX_HOLDERS = 999


def _details(subject: str) -> GraphCall:
    query = (("$select", "id,skuId,skuPartNumber,servicePlans"),)
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}/licenseDetails", query=query)


def _read_details(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"licences": [_detail(one) for one in records(body)]}


def _detail(record: Mapping[str, Any]) -> dict[str, Any]:
    plans = [
        {
            "servicePlanId": id_of(one, "servicePlanId"),
            **picked(one, servicePlanName=str, provisioningStatus=str),
        }
        for one in records({"value": record.get("servicePlans")})
    ]
    return {"skuId": id_of(record, "skuId"), **picked(record, skuPartNumber=str), "servicePlans": plans}


def _of_group(subject: str) -> GraphCall:
    query = (("$select", "id,assignedLicenses,licenseProcessingState"),)
    return GraphCall(method="GET", path=f"/groups/{object_id(subject)}", query=query)


def _read_group(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another group")
    held = [
        {"skuId": id_of(one, "skuId"), "disabledPlans": [plan.lower() for plan in texts(one, "disabledPlans")]}
        for one in records({"value": body.get("assignedLicenses")})
    ]
    return {"assignedLicenses": held, **_processing(body)}


def _processing(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of the work in the background; null is what a group shows that never had a licence."""
    found = body.get("licenseProcessingState")
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise UnreadableError("expected an object in `licenseProcessingState`")
    return picked(found, state=str)


def _failures_of(subject: str) -> GraphCall:
    query = (("$select", "id,displayName,licenseAssignmentStates"),)
    return GraphCall(method="GET", path=f"/groups/{object_id(subject)}/membersWithLicenseErrors", query=query)


def _failures(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"members": [_failed(one, subject.lower()) for one in records(body)]}


def _failed(record: Mapping[str, Any], group_id: str) -> dict[str, Any]:
    person = {"id": id_of(record), **picked(record, displayName=str)}
    if "licenseAssignmentStates" not in record:
        return person
    states = records({"value": record["licenseAssignmentStates"]})
    errors = [
        {"skuId": id_of(one, "skuId"), **picked(one, error=str)}
        for one in states
        if one.get("state") in _FAILED and str(one.get("assignedByGroup")).lower() == group_id
    ]
    return {**person, "errors": errors}


def _holders_of(subject: str) -> GraphCall:
    # A filter on a collection is an advanced query: it needs the header and `$count` (Graph docs).
    query = (
        ("$filter", f"assignedLicenses/any(one:one/skuId eq {object_id(subject)})"),
        ("$count", "true"),
        (
            "$select",
            "id,displayName,accountEnabled,officeLocation,usageLocation,assignedLicenses,licenseAssignmentStates",
        ),
        ("$top", "999"),
    )
    return GraphCall(method="GET", path="/users", query=query, eventual=True)


def _read_holders(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = records(body)
    shown = [_holder(one, subject.lower()) for one in found[:MAX_HOLDERS]]
    return {"holders": shown, "count": len(found), "complete": len(shown) == len(found)}


def _plan_ids(held: Mapping[str, Any]) -> list[str]:
    plans = [plan.lower() for plan in texts(held, "disabledPlans")]
    if not all(map(is_object_id, plans)):
        raise UnreadableError("expected ids in `disabledPlans`")
    return plans


def _holder(record: Mapping[str, Any], sku_id: str) -> dict[str, Any]:
    held = records({"value": record.get("assignedLicenses")})
    mine = [one for one in held if id_of(one, "skuId") == sku_id]
    # An answer with others in it did not honour the filter and proves nothing about who is missing.
    if not mine:
        raise UnreadableError("the answer is about people without this licence")
    states = records({"value": record.get("licenseAssignmentStates")})
    return {
        "id": id_of(record),
        **picked(record, displayName=str, accountEnabled=bool, officeLocation=str, usageLocation=str),
        "disabledPlans": sorted(_plan_ids(mine[0])),
        "skus": sorted(id_of(one, "skuId") for one in held),
        "is_from_group": any(one.get("assignedByGroup") for one in states if id_of(one, "skuId") == sku_id),
    }


# Subject: a user's object id. Facts: `licences`, each with the service plans and their provisioningStatus.
USER_LICENSE_DETAILS = Lookup("user.license_details", _details, _read_details, permission="LicenseAssignment.Read.All")

# Subject: the group's object id, for both. Facts: `assignedLicenses` and, once it had any, the `state` of the work.
GROUP_LICENSES = Lookup("group.licenses", _of_group, _read_group, permission="GroupMember.Read.All")

# Facts: `members` who did not get what the group grants, each with `errors` (skuId, error) when Graph tells.
# The least permission is that of the members' list (unverified).
GROUP_LICENSE_ERRORS = Lookup("group.license_errors", _failures_of, _failures, permission="GroupMember.Read.All")

# Subject: a SKU id. Facts: `holders` (id, displayName, accountEnabled, officeLocation, usageLocation, the SKU's
# disabledPlans, `skus`:
# all that they hold, `is_from_group`: whether a group hands it on), `count`, and `complete`: whether all are named.
SKU_HOLDERS = Lookup("sku.holders", _holders_of, _read_holders, permission="User.Read.All")
