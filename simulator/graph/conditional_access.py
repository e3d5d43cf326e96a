"""Conditional Access: reading policies, switching them, and changing whom they cover."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from simulator import roles
from simulator.clock import stamp
from simulator.directory import Resource
from simulator.graph import audits, collection, rights_security
from simulator.graph.audits import Event, changed
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route, any_of, bad_request
from simulator.graph.collection import Kind
from simulator.graph.schema import EQUAL, ORDERED, TEXT, Schema
from simulator.site import not_simulated

CONDITIONAL_ACCESS = "Conditional Access"
LISTED = frozenset({"$select", "$filter", "$top", "$skiptoken", "$orderby"})
READERS = any_of("Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess")
# Both are needed, which the permission tables of Graph call a known issue (Graph reference, policy-update).
WRITERS = (any_of("Policy.Read.All"), any_of("Policy.ReadWrite.ConditionalAccess"))

_POLICY_PROPERTIES = """
id templateId displayName createdDateTime modifiedDateTime deletedDateTime state conditions grantControls
sessionControls description
"""
_POLICY = Schema(
    name="ConditionalAccessPolicy",
    properties=frozenset(_POLICY_PROPERTIES.split()),
    defaults=frozenset(_POLICY_PROPERTIES.split()) - {"description"},
    filters={
        "id": EQUAL,
        "displayName": TEXT,
        "state": EQUAL,
        **dict.fromkeys(("createdDateTime", "modifiedDateTime"), ORDERED),
    },
    sortable=frozenset({"displayName", "createdDateTime", "modifiedDateTime"}),
    writable={"displayName": str, "state": str, "conditions": dict, "grantControls": dict, "sessionControls": dict},
    advanced=False,
)
POLICIES = Kind("conditionalAccessPolicies", "identity/conditionalAccess/policies", _POLICY)
_STATES = frozenset({"enabled", "disabled", "enabledForReportingButNotEnforced"})
_CONDITIONS = """
applications authenticationFlows clientApplications clientAppTypes devices insiderRiskLevels locations platforms
servicePrincipalRiskLevels signInRiskLevels userRiskLevels users
"""
_GUESTS = frozenset({"includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"})
_LISTS = frozenset({f"{way}{whom}" for way in ("include", "exclude") for whom in ("Users", "Groups", "Roles")})
_CHANGED = Event("Update conditional access policy", "Policy", "Update", CONDITIONAL_ACCESS)


def target(resource: Resource, *, before: Resource | None, after: Resource | None, kind: str) -> Resource:
    """A policy or location as `targetResources` shows one: the whole object before and after."""
    return {
        "id": resource["id"],
        "displayName": resource["displayName"],
        "type": kind,
        "userPrincipalName": None,
        "groupType": None,
        "modifiedProperties": [changed(kind, before, new=after)],
    }


def invalid(message: str) -> Exception:
    """400 as Conditional Access refuses a body; its own numbered texts are not documented."""
    return bad_request(message, code="BadRequest")


def _list(call: Call) -> Answer:
    return collection.listed(call, POLICIES)


def _get(call: Call) -> Answer:
    return collection.shown(call, collection.found(call, POLICIES, parameter="policy"), kind=POLICIES)


def _update(call: Call) -> Answer:
    policy = collection.found(call, POLICIES, parameter="policy")
    fields = collection.written(call, POLICIES)
    for name in ("grantControls", "sessionControls"):
        if name in fields:
            raise not_simulated(f"PATCH of `{name}` of a Conditional Access policy")
    if fields.get("state", policy["state"]) not in _STATES:
        raise invalid("Invalid value specified for property 'state' of resource 'conditionalAccessPolicy'.")
    if not fields.get("displayName", policy["displayName"]):
        raise invalid("Property 'displayName' cannot be empty.")
    before = deepcopy(policy)
    changes = {**fields, "modifiedDateTime": stamp(call.now)}
    if "conditions" in fields:
        changes["conditions"] = _merged(call, policy["conditions"], given=fields["conditions"])
    policy.update(changes)
    named = target(policy, before=before, after=deepcopy(policy), kind="ConditionalAccessPolicy")
    audits.record(call, [_CHANGED], targets=[named])
    return NO_CONTENT


def _merged(call: Call, held: Resource, *, given: Any) -> Resource:
    """Conditions that are not named stay as they are; so do the lists inside `users` (the depth is our reading)."""
    if not isinstance(given, dict):
        raise invalid("Property 'conditions' cannot be null.")
    named = set(given) - {"@odata.type"}
    if unknown := named - set(_CONDITIONS.split()):
        raise invalid(f"Invalid property '{min(unknown)}'.")
    if others := named - {"users"}:
        raise not_simulated(f"PATCH of `conditions/{min(others)}` of a Conditional Access policy")
    return {**held, "users": {**held["users"], **_users(call, given.get("users"))}}


def _users(call: Call, given: Any) -> Resource:
    if not isinstance(given, dict):
        raise invalid("Property 'users' must be an object.")
    fields = {name: value for name, value in given.items() if name != "@odata.type"}
    if unknown := set(fields) - _LISTS - _GUESTS:
        raise invalid(f"Invalid property '{min(unknown)}'.")
    if named := [name for name in sorted(_GUESTS & set(fields)) if fields[name] is not None]:
        raise not_simulated(f"PATCH of `conditions/users/{named[0]}` of a Conditional Access policy")
    for name in sorted(_LISTS & set(fields)):
        _check_list(call, name, given=fields[name])
    return fields


def _check_list(call: Call, name: str, *, given: Any) -> None:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise invalid(f"Invalid value specified for property '{name}': expected a list of texts.")
    exists = _EXISTS[name[len("include") :]]
    words = _WORDS[name]
    for one in given:
        if one not in words and not exists(call, one.lower()):
            raise invalid(f"Policy contains an invalid object id '{one}' in '{name}'.")


_WORDS = {
    "includeUsers": frozenset({"All", "None", "GuestsOrExternalUsers"}),
    "excludeUsers": frozenset({"GuestsOrExternalUsers"}),
    **dict.fromkeys(("includeGroups", "excludeGroups", "includeRoles", "excludeRoles"), frozenset[str]()),
}
_EXISTS: dict[str, Callable[[Call, str], bool]] = {
    "Users": lambda call, one: one in call.directory.users,
    "Groups": lambda call, one: one in call.directory.groups,
    "Roles": lambda _call, one: one in roles.TEMPLATE_IDS.values(),
}

_POLICIES = "/identity/conditionalAccess/policies"

ROUTES = (
    Route("GET", _POLICIES, _list, (READERS,), right=rights_security.read_policies, options=LISTED),
    Route("GET", _POLICIES + "/{policy}", _get, (READERS,), right=rights_security.read_policies, options=SELECT_ONLY),
    Route("PATCH", _POLICIES + "/{policy}", _update, WRITERS, right=rights_security.change_policies),
)
