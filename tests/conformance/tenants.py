"""Tenants beside each other: where two differ, and how one becomes another that an action must not mind."""

import copy
import random
from typing import Any
from uuid import UUID

from simulator.directory import Directory


def difference(before: Any, after: Any, *, lost: tuple[str, ...], path: str = "") -> list[str]:
    """Return where two dumped directories differ, but for what is `lost` and what only the service writes."""
    if path in _WRITTEN_BY_THE_SERVICE or any(path == one or path.startswith(f"{one}.") for one in lost):
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        names = (name for name in sorted({*before, *after}) if name not in _TIMES)
        pairs = ((name, before.get(name, _NOTHING), after.get(name, _NOTHING)) for name in names)
        found = (difference(one, other, lost=lost, path=f"{path}.{name}".strip(".")) for name, one, other in pairs)
        return [one for some in found for one in some]
    if isinstance(before, list) and isinstance(after, list):
        # Graph's lists have no order of their own.
        one, other = (sorted(repr(_timeless(item)) for item in some) for some in (before, after))
        return [] if one == other else [f"{path}: {before} -> {after}"]
    return [] if before == after else [f"{path}: {before!r} -> {after!r}"]


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(value[name]) for name in sorted(value) if name not in _TIMES}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


_NOTHING: Any = {}
_WRITTEN_BY_THE_SERVICE = frozenset({"audits"})
# Times at which the service says that something was done; an undo cannot turn them back.
_TIMES = frozenset({"lastModifiedDateTime", "modifiedDateTime", "lastUpdateDateTime", "lastUpdatedDateTime"})


def perturbed(directory: Directory, chance: random.Random) -> None:
    """Make another tenant of this one: more people, hostile names, other orders, other values that mean nothing."""
    _move_in(directory, chance)
    for user in directory.users.values():
        if chance.random() < 0.5:
            user["displayName"] = chance.choice(_HOSTILE)
        if chance.random() < 0.3:
            user["officeLocation"] = chance.choice((None, "", "Room 'B' & 7/2"))
    for group in directory.groups.values():
        if chance.random() < 0.5:
            group["description"] = chance.choice(_HOSTILE)
    for name in ("users", "groups", "members", "owners"):
        held = getattr(directory, name)
        order = list(held)
        chance.shuffle(order)
        setattr(directory, name, {key: held[key] for key in order})


def _move_in(directory: Directory, chance: random.Random) -> None:
    """Let up to thirty strangers move in, with a manager, groups and a state of their own each."""
    plain = next(one for one in directory.users.values() if one["accountEnabled"] and one["userType"] == "Member")
    bosses = list(directory.users)
    # A group that hands on a licence would owe the newcomers theirs, which only the service can give.
    groups = [key for key, one in directory.groups.items() if not one["groupTypes"] and not one["assignedLicenses"]]
    for sku in directory.skus.values():
        sku["prepaidUnits"]["enabled"] += 60
    for number in range(chance.randrange(30)):
        stranger = copy.deepcopy(plain)
        key, address = str(UUID(int=chance.getrandbits(128))), f"stranger.{number}@elsewhere.example"
        stranger |= {"id": key, "displayName": chance.choice(_HOSTILE), "userPrincipalName": address, "mail": address}
        stranger |= {"accountEnabled": chance.random() < 0.8, "department": chance.choice((None, "", "Sales", "R&D"))}
        stranger |= {"assignedLicenses": [], "licenseAssignmentStates": [], "employeeId": None}
        directory.users[key] = stranger
        directory.managers[key] = chance.choice(bosses)
        for group in chance.sample(groups, k=min(len(groups), chance.randrange(3))):
            directory.members[group].append(key)
    directory.index_names()


_HOSTILE = ("Ed O'Shea", "a' or displayName ne 'b", "../../groups", "100% #1 & more?", "Zoë 😬", "x" * 256)
