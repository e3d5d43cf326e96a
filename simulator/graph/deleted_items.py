"""Deleted items: what was deleted lies there for 30 days, to be looked at, restored, or deleted for good.

An area that lets objects be deleted keeps them with `keep`, and says in `_KINDS` how its kind comes back. Source: Graph
documentation, resource type `directory` and "Restore deleted item".
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from simulator.clock import parse
from simulator.directory import Resource
from simulator.graph import audits, group_writes, leavers, listing, rights
from simulator.graph.audits import Event
from simulator.graph.calls import (
    LIST_OPTIONS,
    NO_CONTENT,
    SELECT_ONLY,
    Answer,
    Call,
    Route,
    any_of,
    denied,
    not_found,
)
from simulator.graph.recycling import BIN
from simulator.graph.schema import GROUP, USER, Schema
from simulator.site import not_simulated

# A record in the bin: the object as it was, its `kind`, when it was deleted, and its `links` to other objects.
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How objects of one type are shown, who may touch them, and how one comes back. `right` gets the record."""

    schema: Schema
    readers: frozenset[str]
    writers: frozenset[str]
    right: Callable[[Call, Resource], None]
    restore: Callable[[Call, Resource], None]
    target: Callable[[Resource], Resource]
    restored: Event
    purged: Event


_USER_WRITERS = any_of("User.DeleteRestore.All", "User.ReadWrite.All")
_GROUP_READERS = any_of("Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_KINDS = {
    "user": _Kind(
        schema=USER,
        readers=any_of("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
        writers=_USER_WRITERS,
        right=lambda call, record: rights.change_deleted_user(call, held=frozenset(record["links"]["roles"])),
        restore=leavers.put_back,
        target=audits.user_target,
        restored=Event("Restore user", "UserManagement", "Update"),
        purged=Event("Hard Delete user", "UserManagement", "Delete"),
    ),
    "group": _Kind(
        schema=GROUP,
        readers=_GROUP_READERS,
        writers=any_of("Group.ReadWrite.All"),
        right=lambda call, record: rights.change_deleted_group(call, owners=record["links"]["owners"]),
        restore=group_writes.put_back,
        target=audits.group_target,
        restored=group_writes.RESTORED,
        purged=group_writes.PURGED,
    ),
}
_READERS = frozenset[str]().union(*(kind.readers for kind in _KINDS.values()))
_WRITERS = frozenset[str]().union(*(kind.writers for kind in _KINDS.values()))


def _still_there(call: Call) -> dict[str, Resource]:
    records = call.directory.objects.get(BIN, {})
    return {key: one for key, one in records.items() if call.now < parse(one["deletedDateTime"]) + _KEPT}


def _found(call: Call) -> Resource:
    wanted = call.parameters["item"]
    record = _still_there(call).get(wanted.lower())
    if record is None:
        raise not_found(wanted)
    return record


def _shown(record: Resource) -> Resource:
    """The object as deleted: a user's sign-in name is free for others, so it has the object id in front."""
    shown = {**record["object"], "deletedDateTime": record["deletedDateTime"]}
    if "userPrincipalName" in shown:
        shown["userPrincipalName"] = record["id"].replace("-", "") + shown["userPrincipalName"]
    return shown


def _users(call: Call) -> Answer:
    found = [_shown(one) for one in _still_there(call).values() if one["kind"] == "user"]
    return listing.listed(call, found, schema=USER, of="directory/deletedItems/microsoft.graph.user")


def _get(call: Call) -> Answer:
    record = _found(call)
    kind = _KINDS[record["kind"]]
    if not kind.readers & call.caller.permissions:
        raise denied()
    resource = _shown(record)
    names = listing.selected(call, kind.schema)
    shown = listing.shown(resource, names, schema=kind.schema)
    return _answer(call, record, shown={"deletedDateTime": resource["deletedDateTime"], **shown})


def _restore(call: Call) -> Answer:
    record = _found(call)
    kind = _allowed(call, record)
    if call.body:
        raise not_simulated("options of a restore")
    kind.restore(call, record)
    del call.directory.objects[BIN][record["id"]]
    audits.record(call, [kind.restored], targets=[kind.target(record["object"])])
    return _answer(call, record, shown=listing.shown(record["object"], None, schema=kind.schema))


def _purge(call: Call) -> Answer:
    record = _found(call)
    kind = _allowed(call, record)
    del call.directory.objects[BIN][record["id"]]
    audits.record(call, [kind.purged], targets=[kind.target(record["object"])])
    return NO_CONTENT


def _allowed(call: Call, record: Resource) -> _Kind:
    kind = _KINDS[record["kind"]]
    if not kind.writers & call.caller.permissions:
        raise denied()
    kind.right(call, record)
    return kind


def _answer(call: Call, record: Resource, *, shown: Resource) -> Answer:
    typed = {"@odata.type": f"#microsoft.graph.{record['kind']}", **shown}
    return Answer(body={"@odata.context": call.context("directoryObjects/$entity"), **typed})


_ITEM = "/directory/deletedItems/{item}"
_READ = rights.read_directory

ROUTES = (
    # The cast stands before the item, which would match it too.
    Route(
        "GET",
        "/directory/deletedItems/microsoft.graph.user",
        _users,
        (_KINDS["user"].readers,),
        right=_READ,
        options=LIST_OPTIONS,
    ),
    Route("GET", _ITEM, _get, (_READERS,), right=_READ, options=SELECT_ONLY),
    Route("POST", f"{_ITEM}/restore", _restore, (_WRITERS,)),
    Route("DELETE", _ITEM, _purge, (_WRITERS,)),
)
