"""Questions about Conditional Access: which policies there are, what one says, and which places are named."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import object_id
from agent.lookups.reading import UnreadableError, id_of, inside, picked, records, texts
from agent.lookups.tenant import ALL
from agent.model.graph_call import GraphCall

_POLICIES = "/identity/conditionalAccess/policies"
_LOCATIONS = "/identity/conditionalAccess/namedLocations"
_POLICY = (("$select", "id,displayName,state,conditions,grantControls"),)
_WHOM = ("includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles")
_IP_LOCATION, _COUNTRY_LOCATION = "#microsoft.graph.ipNamedLocation", "#microsoft.graph.countryNamedLocation"


def only_all(subject: str) -> None:
    """Let through the one subject of a question about the whole tenant.

    Raises:
        DirectoryError: it is another one.
    """
    if subject != ALL:
        raise DirectoryError(f"expected the subject `{ALL}` to look up something of the whole tenant")


def _policies(subject: str) -> GraphCall:
    only_all(subject)
    return GraphCall(method="GET", path=_POLICIES, query=_POLICY)


def _read_policies(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"policies": [_policy(one) for one in records(body)]}


def _one_policy(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"{_POLICIES}/{object_id(subject)}", query=_POLICY)


def _read_policy(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another policy")
    return _policy(body)


def _policy(record: Mapping[str, Any]) -> dict[str, Any]:
    conditions = inside(record, "conditions")
    users = inside(conditions, "users")
    facts: dict[str, Any] = {"id": id_of(record), **picked(record, displayName=str, state=str)}
    facts["users"] = {name: texts(users, name) for name in _WHOM}
    facts["distinguishesGuests"] = any(
        users.get(name) is not None for name in ("includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers")
    )
    if conditions.get("locations") is not None:
        places = inside(conditions, "locations")
        facts["locations"] = {name: texts(places, name) for name in ("includeLocations", "excludeLocations")}
    if record.get("grantControls") is not None:
        facts["grants"] = texts(inside(record, "grantControls"), "builtInControls")
    return facts


def _locations(subject: str) -> GraphCall:
    only_all(subject)
    return GraphCall(method="GET", path=_LOCATIONS)


def _read_locations(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"locations": [_location(one) for one in records(body)]}


def _one_location(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"{_LOCATIONS}/{object_id(subject)}")


def _read_location(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another location")
    return _location(body)


def _location(record: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"id": id_of(record), **picked(record, displayName=str)}
    kind = record.get("@odata.type")
    if kind == _IP_LOCATION:
        ranges = [_text(one, "cidrAddress") for one in records({"value": record.get("ipRanges")})]
        return {**facts, "kind": "ip", **picked(record, isTrusted=bool), "ipRanges": ranges}
    if kind == _COUNTRY_LOCATION:
        return {**facts, "kind": "country", "countriesAndRegions": texts(record, "countriesAndRegions")}
    raise UnreadableError("expected `@odata.type` of every location")


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise UnreadableError(f"expected a text in `{name}`")
    return value


# Subject: `all`. Facts: `policies`, each as `ca.policy.get`.
# Conditional Access allows one request a second for a whole tenant and sends no Retry-After.
CA_POLICIES = Lookup("ca.policies", _policies, _read_policies, permission="Policy.Read.All", throttle_class="entra-ca")

# Subject: a policy's object id. Facts: `id`, `displayName`, `state`; `users` with the six lists of whom it covers;
# `distinguishesGuests`; `locations` and `grants` when it has them.
CA_POLICY_GET = Lookup(
    "ca.policy.get", _one_policy, _read_policy, permission="Policy.Read.All", throttle_class="entra-ca"
)

# Subject: `all`. Facts: `locations`, each as `ca.location.get`.
CA_LOCATIONS = Lookup(
    "ca.locations", _locations, _read_locations, permission="Policy.Read.All", throttle_class="entra-ca"
)

# Subject: a location's object id. Facts: `id`, `displayName`, and with `kind` `ip` `isTrusted` and `ipRanges`
# (address blocks), with `kind` `country` `countriesAndRegions`.
CA_LOCATION_GET = Lookup(
    "ca.location.get", _one_location, _read_location, permission="Policy.Read.All", throttle_class="entra-ca"
)
