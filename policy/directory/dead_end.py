"""Approver dead ends: requests that policy sends to people who do not exist, are too few, or are who asks (Q9).

For every user of a snapshot who asks for the own account, and for every requirement that policy can make there:

1. The people of the requirement are its resolver's who may answer at all: enabled members of the tenant.
2. Whoever asks never counts. What is left must be at least the count, else the request is a dead end.
3. `group:<id>` is whoever is in that group, as far as the snapshot says; a group that it does not have has nobody.
4. Which directory role somebody holds, the snapshot does not say. The agent asks only those who could make the change
   themselves, so there can be dead ends beside those that are found here.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from policy.analysis.verdicts import Surface
from policy.directory.snapshot import Group, Snapshot, User
from policy.directory.standpoint import Crowd, Standpoint


class DeadEndKind(enum.StrEnum):
    """Why nobody can answer."""

    NOBODY = "nobody"
    TOO_FEW = "too_few"
    ONLY_REQUESTER = "only_requester"


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """One requirement that cannot be met for some `requesters`.

    `people` are those who may answer for the resolver, whoever asks; `group` is the target of an action on groups.
    With ONLY_REQUESTER they are enough, but each of the requesters is one of them.
    """

    action: str
    kind: DeadEndKind
    resolver: str
    count: int
    group: Group | None
    people: tuple[User, ...]
    requesters: tuple[User, ...]

    def sentence(self) -> str:
        """Return what is wrong in one line, without the action."""
        who = f"`{self.resolver}`" + (f" of `{self.group.name}`" if self.group else "")
        waiting = f"{len(self.requesters)} users" if len(self.requesters) > 1 else f"`{self.requesters[0].name}`"
        if self.kind is DeadEndKind.NOBODY:
            return f"nobody can answer as {who}, and {waiting} would wait in vain"
        there = f"{self.count} x {who} must answer, there is only {', '.join(f'`{one.name}`' for one in self.people)}"
        if self.kind is DeadEndKind.TOO_FEW:
            return f"{there}, and {waiting} would wait in vain"
        return f"{there}, and nobody answers the own request: {waiting} would wait in vain"


def dead_ends(surface: Surface, snapshot: Snapshot) -> tuple[DeadEnd, ...]:
    """Return every dead end of one action; requesters who meet the same one are told together."""
    asked: dict[str, list[tuple[int, int]]] = {}
    for (resolver, count), cells in sorted(surface.asks.items()):
        if count:
            asked.setdefault(resolver, []).append((count, cells))
    if not asked:
        return ()
    roster = _Roster(snapshot)
    found: dict[tuple[object, ...], tuple[_Met, list[User]]] = {}
    for one in Crowd(surface.partition, snapshot):
        for resolver, steps in asked.items():
            people = roster.people(resolver, one)
            if len(people) > steps[-1][0]:
                # Enough, whoever asks.
                continue
            # Asking two also asks one; the largest count that is ever asked of them says it all.
            met = (_met(people, one, resolver=resolver, count=n) for n, cells in reversed(steps) if one.cells & cells)
            worst = next(filter(None, met), None)
            if worst is not None:
                found.setdefault(worst.name, (worst, []))[1].append(one.user)
    action = surface.partition.scenario.action
    return tuple(
        DeadEnd(action, met.kind, met.resolver, met.count, met.group, met.people, tuple(users))
        for met, users in found.values()
    )


@dataclass(frozen=True, slots=True)
class _Met:
    """What a requester runs into, without the requester."""

    kind: DeadEndKind
    resolver: str
    count: int
    group: Group | None
    people: tuple[User, ...]

    @property
    def name(self) -> tuple[object, ...]:
        """What tells it from others; ids, because comparing whole records takes long."""
        return self.kind, self.resolver, self.count, self.group and self.group.id, *(one.id for one in self.people)


def _met(people: tuple[User, ...], asks: Standpoint, *, resolver: str, count: int) -> _Met | None:
    left = sum(one.id != asks.user.id for one in people)  # (2)
    if left >= count:
        return None
    kind = DeadEndKind.ONLY_REQUESTER if len(people) >= count else DeadEndKind.TOO_FEW
    group = asks.group if resolver == "group_owner" else None
    return _Met(kind if people else DeadEndKind.NOBODY, resolver, count, group, people)


class _Roster:
    """Who may answer for each resolver (1)."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._users = snapshot.user_by_id
        self._appointed: dict[str, tuple[User, ...]] = {one: self._fit(ids) for one, ids in snapshot.people.items()}
        self._owners = {one.id: self._fit(one.owners or ()) for one in snapshot.groups}
        within: dict[str, list[str]] = {}
        for user in snapshot.users:
            for group in user.groups or ():
                within.setdefault(f"group:{group}", []).append(user.id)
        self._appointed |= {resolver: self._fit(ids) for resolver, ids in within.items()}  # (3)

    def people(self, resolver: str, asks: Standpoint) -> tuple[User, ...]:
        if resolver == "group_owner":
            return self._owners[asks.group.id] if asks.group else ()
        if resolver == "manager":
            return self._fit((asks.user.manager,) if asks.user.manager else ())
        return self._appointed.get(resolver, ())

    def _fit(self, ids: Iterable[str]) -> tuple[User, ...]:
        return tuple(self._users[one] for one in dict.fromkeys(ids) if self._users[one].can_approve)
