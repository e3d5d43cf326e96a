"""A user's authentication methods, and the Temporary Access Pass: made once, shown once."""

from datetime import datetime, timedelta
from typing import Any

from simulator import methods
from simulator.clock import parse, stamp
from simulator.directory import Resource
from simulator.graph import audits, listing, rights
from simulator.graph.audits import Event
from simulator.graph.calls import NO_CONTENT, Answer, Call, Route, any_of, bad_request, find_user, not_found

_READERS = any_of("UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All")
_PASS_READERS = _READERS | any_of("UserAuthMethod-TAP.Read.All", "UserAuthMethod-TAP.ReadWrite.All")
_PASS_WRITERS = any_of("UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All")
# Resource type `temporaryAccessPassAuthenticationMethod`: lifetimes in minutes.
SHORTEST_MINUTES, LONGEST_MINUTES, USUAL_MINUTES = 10, 43_200, 60
_FIELDS = frozenset({"lifetimeInMinutes", "isUsableOnce", "startDateTime"})
# A registration, and a deletion, of any method by somebody else than its user.
MADE = Event("Admin registered security info", "UserManagement", "Add", audits.AUTHENTICATION_METHODS)
DELETED = Event("Admin deleted security info", "UserManagement", "Delete", audits.AUTHENTICATION_METHODS)


def _list(call: Call) -> Answer:
    of = f"users('{find_user(call)['id']}')/authentication/methods"
    return listing.paged(call, _methods(call), show=lambda method: _shown(method, call.now), of=of)


def _list_passes(call: Call) -> Answer:
    of = f"users('{find_user(call)['id']}')/authentication/temporaryAccessPassMethods"
    return listing.paged(call, _passes(call), show=lambda method: _untyped(_shown(method, call.now)), of=of)


def _create_pass(call: Call) -> Answer:
    user = find_user(call)
    described = _described(call, call.fields())
    if user["userType"] == "Guest":
        raise bad_request("Temporary Access Pass cannot be added to an external guest user.", code="badRequest")
    made = methods.temporary_pass(call.ids.guid(), described, at=stamp(call.now))
    # A new pass takes the place of the old one; a user never has two.
    others = [method for method in _methods(call) if method["@odata.type"] != methods.TEMPORARY_PASS]
    call.directory.authentication_methods[user["id"]] = [*others, made]
    audits.record(call, [MADE], targets=[audits.user_target(user)])
    of = f"users('{user['id']}')/authentication/temporaryAccessPassMethods/$entity"
    body = {**_untyped(_shown(made, call.now)), "temporaryAccessPass": call.ids.temporary_pass()}
    return Answer(status=201, body={"@odata.context": call.context(of), **body})


def _delete_pass(call: Call) -> Answer:
    user = find_user(call)
    wanted = call.parameters["method"]
    if wanted not in {method["id"] for method in _passes(call)}:
        raise not_found(wanted)
    kept = [method for method in _methods(call) if method["id"] != wanted]
    call.directory.authentication_methods[user["id"]] = kept
    audits.record(call, [DELETED], targets=[audits.user_target(user)])
    return NO_CONTENT


def _described(call: Call, fields: Resource) -> dict[str, Any]:
    described = {name: value for name, value in fields.items() if not name.startswith("@odata.")}
    if set(described) - _FIELDS:
        raise bad_request(f"Unknown property '{min(set(described) - _FIELDS)}'.", code="badRequest")
    minutes = described.get("lifetimeInMinutes", USUAL_MINUTES)
    if type(minutes) is not int or not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise bad_request("The lifetime is outside of what the policy allows.", code="badRequest")
    if not isinstance(described.get("isUsableOnce", False), bool):
        raise bad_request("isUsableOnce must be true or false.", code="badRequest")
    return {**described, "lifetimeInMinutes": minutes, "startDateTime": _start(call, described)}


def _start(call: Call, described: dict[str, Any]) -> str:
    if described.get("startDateTime") is None:
        return stamp(call.now)
    try:
        return stamp(parse(described["startDateTime"]))
    except (TypeError, ValueError) as wrong:
        raise bad_request("startDateTime must be a time with a zone.", code="badRequest") from wrong


def _methods(call: Call) -> list[Resource]:
    return call.directory.authentication_methods.get(find_user(call)["id"], [])


def _passes(call: Call) -> list[Resource]:
    return [method for method in _methods(call) if method["@odata.type"] == methods.TEMPORARY_PASS]


def _shown(method: Resource, now: datetime) -> Resource:
    if method["@odata.type"] != methods.TEMPORARY_PASS:
        return method
    start = parse(method["startDateTime"])
    if now < start - timedelta(seconds=1):
        return {**method, "isUsable": False, "methodUsabilityReason": "NotYetValid"}
    if now >= start + timedelta(minutes=method["lifetimeInMinutes"]):
        return {**method, "isUsable": False, "methodUsabilityReason": "Expired"}
    return method


def _untyped(method: Resource) -> Resource:
    return {name: value for name, value in method.items() if name != "@odata.type"}


_PASSES = "/users/{user}/authentication/temporaryAccessPassMethods"

ROUTES = (
    Route("GET", "/users/{user}/authentication/methods", _list, (_READERS,), right=rights.read_methods),
    Route("GET", _PASSES, _list_passes, (_PASS_READERS,), right=rights.read_methods),
    Route("POST", _PASSES, _create_pass, (_PASS_WRITERS,), right=rights.change_methods),
    Route("DELETE", _PASSES + "/{method}", _delete_pass, (_PASS_WRITERS,), right=rights.change_methods),
)
