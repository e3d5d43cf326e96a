"""Making accounts, and who reports to whom. Texts of errors marked (p) are from public code, (u) are not documented."""

import re
from typing import Any

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.graph import audits, listing, rights
from simulator.graph.audits import Event, changed
from simulator.graph.calls import NO_CONTENT, Answer, Call, Route, any_of, bad_request, find_user, not_found
from simulator.graph.schema import USER
from simulator.graph.user_writes import check_domain, check_unique, check_value

_WRITERS = any_of("User.ReadWrite.All", "Directory.ReadWrite.All")
_REQUIRED = ("accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile")
_REFERENCE = re.compile(
    r"https?://[^/]+/v1\.0/(?:directoryObjects|users)(?:/|\(')(?P<id>[0-9a-fA-F-]{36})(?:'\))?", re.ASCII
)
_ADDED = Event("Add user", "UserManagement", "Add")
_LINKED = Event("Set user manager", "UserManagement", "Update")
_UNLINKED = Event("Remove user manager", "UserManagement", "Update")


def _create(call: Call) -> Answer:
    fields = {name: value for name, value in call.fields().items() if not name.startswith("@odata.")}
    for name in _REQUIRED:
        if fields.get(name) is None:
            raise bad_request(f"A value is required for property '{name}' of resource 'User'.")  # (p)
    for name, value in fields.items():
        check_value(name, value)
    if "password" not in fields["passwordProfile"]:
        raise bad_request("A value is required for property 'passwordProfile' of resource 'User'.")  # (u)
    check_domain(call, fields)
    check_unique(call, None, fields=fields)
    user = account(call, fields)
    audits.record(call, [_ADDED], targets=[audits.user_target(user)])
    body = {"@odata.context": call.context("users/$entity"), **listing.shown(user, None, schema=USER)}
    return Answer(status=201, body=body)


def account(call: Call, fields: Resource) -> Resource:
    """Keep a new user with these properties and return it."""
    now = stamp(call.now)
    # INVARIANT: a password never becomes state; only the time of its change does.
    profile = {name: value for name, value in (fields.get("passwordProfile") or {}).items() if name != "password"}
    user: dict[str, Any] = {
        "createdDateTime": now,
        "lastPasswordChangeDateTime": now,
        "signInSessionsValidFromDateTime": now,
        "mail": None,
        "userType": "Member",
        "usageLocation": None,
        "onPremisesSyncEnabled": None,
        "assignedLicenses": [],
        "licenseAssignmentStates": [],
        **{name: [] for name in ("businessPhones", "otherMails", "proxyAddresses", "imAddresses")},
        **fields,
        "passwordProfile": {"password": None, **profile},
        "id": call.ids.guid(),
    }
    call.directory.users[user["id"]] = user
    call.directory.authentication_methods[user["id"]] = []
    call.directory.index_names()
    return user


def _set_manager(call: Call) -> Answer:
    user, manager = find_user(call), _referenced(call)
    old = call.directory.managers.get(user["id"])
    call.directory.managers[user["id"]] = manager["id"]
    _record(call, _LINKED, user=user, changes=[changed("Manager", old and [old], new=[manager["id"]])])
    return NO_CONTENT


def _remove_manager(call: Call) -> Answer:
    user = find_user(call)
    old = call.directory.managers.pop(user["id"], None)
    if old is None:
        raise not_found("manager")
    _record(call, _UNLINKED, user=user, changes=[changed("Manager", [old], new=None)])
    return NO_CONTENT


def _record(call: Call, event: Event, *, user: Resource, changes: list[Resource]) -> None:
    audits.record(call, [event], targets=[audits.user_target(user, changes)])


def _referenced(call: Call) -> Resource:
    reference = call.fields().get("@odata.id")
    match = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    if match is None:
        raise bad_request("Invalid object identifier in '@odata.id'.")
    found = call.directory.users.get(match["id"].lower())
    if found is None:
        raise not_found(match["id"])
    return found


_MANAGER = "/users/{user}/manager/$ref"

ROUTES = (
    Route("POST", "/users", _create, (_WRITERS,), right=rights.create_user),
    Route("PUT", _MANAGER, _set_manager, (_WRITERS,), right=rights.change_profile),
    Route("DELETE", _MANAGER, _remove_manager, (_WRITERS,), right=rights.change_profile),
)
