"""Telephone numbers and Teams policies of people, as an administrator of Teams sees and assigns them.

Assigning a number is an order in the service, answered 202; here it is carried out at once, and the operation that
`Location` names is not simulated. Texts of errors marked (u) are not documented.
"""

from typing import Any

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.estate.teams import may_call
from simulator.graph import rights_teams as rights
from simulator.graph.calls import (
    NO_CONTENT,
    SELECT_ONLY,
    Answer,
    Call,
    Route,
    any_of,
    bad_request,
    find_user,
    not_found,
)
from simulator.graph.collection import Kind, everything, listed, shown
from simulator.graph.schema import EQUAL, plain
from simulator.shapes import CREATED_AT

_NUMBER_WRITERS = any_of("TeamsTelephoneNumber.ReadWrite.All")
_NUMBER_READERS = _NUMBER_WRITERS | any_of("TeamsTelephoneNumber.Read.All")
_POLICY_WRITERS = any_of("TeamsPolicyUserAssign.ReadWrite.All")
_READERS = any_of("TeamsUserConfiguration.Read.All")

_NUMBER = plain(
    "NumberAssignment",
    """
activationState assignmentCategory assignmentStatus assignmentTargetId capabilities city civicAddressId id
isoCountryCode locationId networkSiteId numberSource numberType operatorId portInStatus reverseNumberLookupOptions
supportedCustomerActions telephoneNumber
""",
    filters=dict.fromkeys(("telephoneNumber", "assignmentTargetId", "assignmentStatus", "numberType"), EQUAL),
)
_NUMBERS = Kind("numberAssignments", "admin/teams/telephoneNumberManagement/numberAssignments", _NUMBER)
_CONFIGURATION = plain(
    "TeamsUserConfiguration",
    """
accountType createdDateTime effectivePolicyAssignments featureTypes id isEnterpriseVoiceEnabled modifiedDateTime
telephoneNumbers tenantId userPrincipalName
""",
)
_CONFIGURATIONS = Kind("teamsUserConfigurations", "admin/teams/userConfigurations", _CONFIGURATION)
_POLICIES = "teamsPolicies"
_ASSIGNMENTS = "teamsPolicyAssignments"
_ASSIGNMENT_NAMES = frozenset({"@odata.type", "userId", "policyType", "policyId"})
_ORDER_NAMES = {
    "telephoneNumber": str,
    "assignmentTargetId": str,
    "numberType": str,
    "assignmentCategory": str,
    "locationId": str,
}


def _list_numbers(call: Call) -> Answer:
    return listed(call, _NUMBERS)


def _assign_number(call: Call) -> Answer:
    order = _order(call, needed=("telephoneNumber", "assignmentTargetId", "numberType"))
    number = _number(call, order)
    user = call.directory.users.get(order["assignmentTargetId"].lower())
    if user is None:
        raise not_found(order["assignmentTargetId"])
    if number["assignmentStatus"] != "unassigned":
        raise bad_request("The telephone number is already assigned.")  # (u)
    if not may_call(call.directory, user):
        raise bad_request("The user is not licensed for Teams Phone.")  # (u)
    category = order.get("assignmentCategory") or "primary"
    if category not in ("primary", "private", "alternate"):
        raise bad_request("Invalid assignmentCategory.")  # (u)
    held = {"assignmentStatus": "userAssigned", "assignmentTargetId": user["id"], "assignmentCategory": category}
    number.update({**held, "locationId": order.get("locationId") or number["locationId"]})
    operation = f"/admin/teams/telephoneNumberManagement/operations('{call.ids.guid()}')"
    return Answer(status=202, headers={"Location": operation})


def _unassign_number(call: Call) -> Answer:
    number = _number(call, _order(call, needed=("telephoneNumber", "numberType")))
    if number["assignmentStatus"] == "unassigned":
        raise bad_request("The telephone number is not assigned.")  # (u)
    number.update({"assignmentStatus": "unassigned", "assignmentTargetId": None, "assignmentCategory": None})
    return NO_CONTENT


def _order(call: Call, *, needed: tuple[str, ...]) -> Resource:
    fields = call.fields()
    allowed = _ORDER_NAMES if "assignmentTargetId" in needed else dict.fromkeys(needed, str)
    for name, value in fields.items():
        if name not in allowed or not (value is None or isinstance(value, allowed[name])):
            raise bad_request(f"Invalid parameter '{name}'.")  # (u)
    for name in needed:
        if not fields.get(name):
            raise bad_request(f"The parameter '{name}' is required.")  # (u)
    return fields


def _number(call: Call, order: Resource) -> Resource:
    digits = order["telephoneNumber"].removeprefix("+")
    found = everything(call, _NUMBERS).get(digits)
    if found is None or found["numberType"] != order["numberType"]:
        raise not_found(order["telephoneNumber"])
    return found


def _configuration(call: Call) -> Answer:
    user = find_user(call)
    assigned = everything_of(call, _ASSIGNMENTS)
    mine = [one for one in assigned.values() if one["id"].startswith(f"{user['id']}/")]
    numbers = [one for one in everything(call, _NUMBERS).values() if one["assignmentTargetId"] == user["id"]]
    phones = [{name: one[name] for name in ("telephoneNumber", "assignmentCategory")} for one in numbers]
    shape = {
        "id": user["id"],
        "accountType": "guest" if user["userType"] == "Guest" else "user",
        "createdDateTime": user.get("createdDateTime") or CREATED_AT,
        "effectivePolicyAssignments": [_in_force(call, one) for one in mine],
        "featureTypes": ["Teams", "PhoneSystem"] if may_call(call.directory, user) else ["Teams"],
        "isEnterpriseVoiceEnabled": bool(phones),
        "modifiedDateTime": stamp(call.now),
        "telephoneNumbers": phones,
        "tenantId": call.directory.tenant_id,
        "userPrincipalName": user["userPrincipalName"],
    }
    return shown(call, shape, kind=_CONFIGURATIONS)


def _in_force(call: Call, assignment: Resource) -> Resource:
    policy = everything_of(call, _POLICIES)[assignment["policyId"]]
    way = "group" if assignment["groupId"] else "direct"
    named = {"assignmentType": way, "displayName": policy["displayName"], "policyId": policy["id"]}
    return {"policyType": policy["policyType"], "policyAssignment": {**named, "groupId": assignment["groupId"]}}


def everything_of(call: Call, name: str) -> dict[str, Resource]:
    """A set that no route lists."""
    return call.directory.objects.setdefault(name, {})


def _assign_policies(call: Call) -> Answer:
    found = [_checked(call, one, with_policy=True) for one in _items(call)]
    for user, kind, policy_id in found:
        key = f"{user['id']}/{kind}"
        everything_of(call, _ASSIGNMENTS)[key] = {"id": key, "policyId": policy_id, "groupId": None}
    return NO_CONTENT


def _unassign_policies(call: Call) -> Answer:
    found = [_checked(call, one, with_policy=False) for one in _items(call)]
    for user, kind, _ in found:
        everything_of(call, _ASSIGNMENTS).pop(f"{user['id']}/{kind}", None)
    return NO_CONTENT


def _items(call: Call) -> list[Any]:
    fields = call.fields()
    items = fields.get("value")
    if set(fields) != {"value"} or not isinstance(items, list) or not items:
        raise bad_request("The parameter 'value' is required and must be a collection.")  # (u)
    return items


def _checked(call: Call, item: Any, *, with_policy: bool) -> tuple[Resource, str, str]:
    """The user, the type and the policy of one assignment; nothing is changed unless all are right."""
    if not isinstance(item, dict) or set(item) - _ASSIGNMENT_NAMES:
        raise bad_request("Invalid property in a policy assignment.")  # (u)
    user = call.directory.users.get(str(item.get("userId")).lower())
    if user is None:
        raise not_found(str(item.get("userId")))
    policies = everything_of(call, _POLICIES)
    kind = item.get("policyType")
    if kind not in {one["policyType"] for one in policies.values()}:
        raise _invalid("policyType")
    policy_id = str(item.get("policyId") or "").lower()
    if with_policy and (policy_id not in policies or policies[policy_id]["policyType"] != kind):
        raise _invalid("policyId")
    return user, str(kind), policy_id


def _invalid(name: str) -> GraphError:
    return bad_request(f"Invalid value specified for property '{name}'.")  # (u)


_ADMIN = "/admin/teams"
_ASSIGN = rights.assign_numbers
_POLICE = rights.assign_policies

ROUTES = (
    Route(
        "GET",
        f"{_ADMIN}/telephoneNumberManagement/numberAssignments",
        _list_numbers,
        (_NUMBER_READERS,),
        right=_ASSIGN,
        options=frozenset({"$filter", "$top", "$skiptoken"}),
    ),
    Route(
        "POST",
        f"{_ADMIN}/telephoneNumberManagement/numberAssignments/assignNumber",
        _assign_number,
        (_NUMBER_WRITERS,),
        right=_ASSIGN,
    ),
    Route(
        "POST",
        f"{_ADMIN}/telephoneNumberManagement/numberAssignments/unassignNumber",
        _unassign_number,
        (_NUMBER_WRITERS,),
        right=_ASSIGN,
    ),
    Route(
        "GET",
        f"{_ADMIN}/userConfigurations/{{user}}",
        _configuration,
        (_READERS,),
        right=_POLICE,
        options=SELECT_ONLY,
    ),
    Route("POST", f"{_ADMIN}/policy/userAssignments/assign", _assign_policies, (_POLICY_WRITERS,), right=_POLICE),
    Route("POST", f"{_ADMIN}/policy/userAssignments/unassign", _unassign_policies, (_POLICY_WRITERS,), right=_POLICE),
)
