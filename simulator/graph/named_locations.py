"""Named locations of Conditional Access: ranges of addresses, or countries."""

import ipaddress
import re
from copy import deepcopy
from typing import Any

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.graph import audits, collection, listing, rights_security
from simulator.graph.audits import Event
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route
from simulator.graph.collection import Kind, everything
from simulator.graph.conditional_access import (
    CONDITIONAL_ACCESS,
    LISTED,
    POLICIES,
    READERS,
    WRITERS,
    invalid,
    target,
)
from simulator.graph.schema import EQUAL, ORDERED, TEXT, Schema

IP_LOCATION = "#microsoft.graph.ipNamedLocation"
COUNTRY_LOCATION = "#microsoft.graph.countryNamedLocation"
RANGE_TYPES = {4: "#microsoft.graph.iPv4CidrRange", 6: "#microsoft.graph.iPv6CidrRange"}

_SHARED = frozenset({"id", "displayName", "createdDateTime", "modifiedDateTime", "deletedDateTime"})
_WRITABLE: dict[str, dict[str, type]] = {
    IP_LOCATION: {"displayName": str, "ipRanges": list, "isTrusted": bool},
    COUNTRY_LOCATION: {
        "displayName": str,
        "countriesAndRegions": list,
        "includeUnknownCountriesAndRegions": bool,
        "countryLookupMethod": str,
    },
}
_LIST = {IP_LOCATION: "ipRanges", COUNTRY_LOCATION: "countriesAndRegions"}
_LOOKUPS = frozenset({"clientIpAddress", "authenticatorAppGps"})
# Documentation, "Conditional Access: network assignment": so many ranges in a location, and none wider than /8.
_MOST_RANGES, _WIDEST_PREFIX = 2000, 8
_COUNTRY = re.compile("[A-Z]{2}")

# What can be selected and filtered by in a list of both kinds are the properties that they share.
_LOCATION = Schema(
    name="NamedLocation",
    properties=_SHARED,
    defaults=_SHARED,
    filters={"id": EQUAL, "displayName": TEXT, **dict.fromkeys(("createdDateTime", "modifiedDateTime"), ORDERED)},
    sortable=frozenset({"displayName", "createdDateTime", "modifiedDateTime"}),
    advanced=False,
)
LOCATIONS = Kind("namedLocations", "identity/conditionalAccess/namedLocations", _LOCATION)
_ADDED = Event("Add named location", "Policy", "Add", CONDITIONAL_ACCESS)
_UPDATED = Event("Update named location", "Policy", "Update", CONDITIONAL_ACCESS)
_DELETED = Event("Delete named location", "Policy", "Delete", CONDITIONAL_ACCESS)


def _list(call: Call) -> Answer:
    names = listing.selected(call, _LOCATION)
    kept = listing.chosen(call, everything(call, LOCATIONS).values(), schema=_LOCATION)
    return listing.paged(call, kept, show=lambda one: _shown(one, names), of=LOCATIONS.of)


def _get(call: Call) -> Answer:
    location = collection.found(call, LOCATIONS, parameter="location")
    return _drawn(call, location, status=200)


def _drawn(call: Call, location: Resource, *, status: int) -> Answer:
    body = _shown(location, listing.selected(call, _LOCATION))
    return Answer(status=status, body={"@odata.context": call.context(f"{LOCATIONS.of}/$entity"), **body})


def _shown(location: Resource, names: frozenset[str] | None) -> Resource:
    """The type always stands there, as the declared type is none that exists by itself."""
    if names is None:
        return location
    return {"@odata.type": location["@odata.type"], **{name: location[name] for name in sorted(names | {"id"})}}


def _create(call: Call) -> Answer:
    fields = call.fields()
    kind = fields.get("@odata.type")
    if not isinstance(kind, str) or kind not in _WRITABLE:
        raise invalid("A named location needs '@odata.type' with the kind of location.")
    given = _checked(fields, kind)
    if not given.get("displayName") or _LIST[kind] not in given:
        raise invalid(f"Properties 'displayName' and '{_LIST[kind]}' are required.")
    preset = {"isTrusted": False} if kind == IP_LOCATION else _COUNTRY_PRESET
    now = stamp(call.now)
    times: Resource = {"createdDateTime": now, "modifiedDateTime": now, "deletedDateTime": None}
    location = {"@odata.type": kind, "id": call.ids.guid(), **times, **preset, **given}
    everything(call, LOCATIONS)[location["id"]] = location
    named = target(location, before=None, after=deepcopy(location), kind="NamedLocation")
    audits.record(call, [_ADDED], targets=[named])
    return _drawn(call, location, status=201)


_COUNTRY_PRESET = {"includeUnknownCountriesAndRegions": False, "countryLookupMethod": "clientIpAddress"}


def _update(call: Call) -> Answer:
    location = collection.found(call, LOCATIONS, parameter="location")
    kind = location["@odata.type"]
    fields = call.fields()
    if fields.get("@odata.type") != kind:
        raise invalid(f"'@odata.type' must be '{kind}', the kind of this location.")
    given = _checked(fields, kind)
    if not given.get("displayName", location["displayName"]):
        raise invalid("Property 'displayName' cannot be empty.")
    before = deepcopy(location)
    location.update({**given, "modifiedDateTime": stamp(call.now)})
    named = target(location, before=before, after=deepcopy(location), kind="NamedLocation")
    audits.record(call, [_UPDATED], targets=[named])
    return NO_CONTENT


def _delete(call: Call) -> Answer:
    location = collection.found(call, LOCATIONS, parameter="location")
    if location.get("isTrusted"):
        raise invalid("A trusted named location cannot be deleted; set 'isTrusted' to false first.")
    if _used(call, location["id"]):
        raise invalid("The named location is used by a Conditional Access policy and cannot be deleted.")
    collection.removed(call, LOCATIONS, parameter="location")
    named = target(location, before=location, after=None, kind="NamedLocation")
    audits.record(call, [_DELETED], targets=[named])
    return NO_CONTENT


def _used(call: Call, location_id: str) -> bool:
    conditions = (policy["conditions"]["locations"] or {} for policy in everything(call, POLICIES).values())
    return any(location_id in named for one in conditions for named in one.values())


def _checked(fields: Resource, kind: str) -> Resource:
    writable = _WRITABLE[kind]
    schema = Schema("NamedLocation", _SHARED | set(writable), _SHARED, filters={}, writable=writable)
    given = collection.checked(fields, schema)
    if any(value is None for value in given.values()):
        raise invalid("Properties of a named location cannot be null.")
    if "ipRanges" in given:
        _check_ranges(given["ipRanges"])
    if "countriesAndRegions" in given:
        _check_countries(given["countriesAndRegions"])
    if given.get("countryLookupMethod", "clientIpAddress") not in _LOOKUPS:
        raise invalid("Invalid value specified for property 'countryLookupMethod'.")
    return given


def _check_ranges(ranges: list[Any]) -> None:
    if not 1 <= len(ranges) <= _MOST_RANGES:
        raise invalid(f"A named location has between 1 and {_MOST_RANGES} ranges.")
    for one in ranges:
        if not isinstance(one, dict) or set(one) != {"@odata.type", "cidrAddress"}:
            raise invalid("Each range needs '@odata.type' and 'cidrAddress', and nothing else.")
        network = _network(one["cidrAddress"])
        if network.prefixlen <= _WIDEST_PREFIX:
            raise invalid(f"Ranges must be narrower than /{_WIDEST_PREFIX}.")
        if one["@odata.type"] != RANGE_TYPES[network.version]:
            raise invalid(f"The range needs '@odata.type' '{RANGE_TYPES[network.version]}'.")


def _network(text: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    if not isinstance(text, str) or "/" not in text:
        raise invalid("The range is no address block in CIDR form.")
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as wrong:
        raise invalid("The range is no address block in CIDR form.") from wrong


def _check_countries(countries: list[Any]) -> None:
    if not countries or not all(isinstance(one, str) and _COUNTRY.fullmatch(one) for one in countries):
        raise invalid("Countries are named by two capital letters (ISO 3166).")


_LOCATIONS = "/identity/conditionalAccess/namedLocations"
_ONE = _LOCATIONS + "/{location}"

ROUTES = (
    Route("GET", _LOCATIONS, _list, (READERS,), right=rights_security.read_policies, options=LISTED),
    Route("GET", _ONE, _get, (READERS,), right=rights_security.read_policies, options=SELECT_ONLY),
    Route("POST", _LOCATIONS, _create, WRITERS, right=rights_security.change_policies),
    Route("PATCH", _ONE, _update, WRITERS, right=rights_security.change_policies),
    Route("DELETE", _ONE, _delete, WRITERS, right=rights_security.change_policies),
)
