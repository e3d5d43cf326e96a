"""The people of a snapshot in front of an analysis: which cells each of them stands on when asking.

A standpoint is one user asking for something on the own account, and for an action on groups one group as well.
Whatever the snapshot does not speak about (a risk score, the hour, a licence) may have any value.

1. Users that no rule tells apart stand on the same cells; so do groups. Each such pair is looked at once.
2. The relation between the two (owning the group, being its only owner) is a part of its own.
3. Who asks for somebody else is looked at once for all who differ in no class of the people and groups around them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policy.analysis.domain import place_of
from policy.analysis.partition import Partition
from policy.directory.snapshot import Group, Snapshot, User, concerning, on_another, on_self, requesting, touching
from policy.registry import ATTRIBUTES
from policy.request import FactValue

# Per attribute the one class that a fact falls in, as a mask.
_Classes = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Who asks for the own account, and for an action on groups about which one. `cells` are the partition's."""

    user: User
    group: Group | None
    cells: int


def target_kind_of(action: str) -> str:
    """Return the kind of object that an action changes, told by its id.

    The ids of the catalogue name the object they change, as `entra.group.member.add` or `intune.device.wipe` do;
    those that name none (`entra.license.assign`) change an account.
    """
    kinds = ATTRIBUTES["target.kind"].values or ()
    return next((part for part in action.split(".") if part in kinds), "user")


class Crowd:
    """All standpoints of a snapshot towards one partition."""

    def __init__(self, partition: Partition, snapshot: Snapshot) -> None:
        self._partition = partition
        self._snapshot = snapshot
        # The catalogue knows better than the name does.
        known = partition.scenario.at.get("target.kind")
        self._kind = known if isinstance(known, str) else target_kind_of(partition.scenario.action)
        self._targets = [_Target(partition, group, snapshot=snapshot) for group in snapshot.groups]
        self._cells: dict[tuple[_Classes, ...], int] = {}
        self._asks = {one.id: self._classes(requesting(one, target_kind=self._kind)) for one in snapshot.users}
        self._relations: dict[tuple[str | None, bool], _Classes] = {}
        self._gains = {one.id: self._classes(concerning(one, target_kind=self._kind)) for one in snapshot.users}
        self._others = Counter(self._other(one, manages=False) for one in snapshot.users)
        self._reports: dict[str, list[User]] = {}
        for one in snapshot.users:
            if one.manager not in (None, one.id):
                self._reports.setdefault(str(one.manager), []).append(one)

    @property
    def total(self) -> int:
        """How many users there are."""
        return len(self._snapshot.users)

    def __iter__(self) -> Iterator[Standpoint]:
        """Yield every user, of an action on groups with every group, in the order of the snapshot."""
        same = self._classes(on_self())
        rows: dict[_Classes, dict[_Classes, int]] = {}
        for user in self._snapshot.users:
            own = (*self._asks[user.id], *self._gains[user.id], *same)
            if self._kind != "group":
                yield Standpoint(user, None, self._at(own))
                continue
            row = rows.setdefault(own, {})
            for target in self._targets:
                touched = target.for_own_account(user)  # (2)
                if touched not in row:
                    row[touched] = self._at(own, touched)
                yield Standpoint(user, target.group, row[touched])

    def asking_for_others(self, cells: int) -> Iterator[User]:
        """Yield the users who stand on one of `cells` when they ask for some other user of the snapshot."""
        found: dict[tuple[_Classes, frozenset[_Classes], frozenset[_Classes]], bool] = {}
        for user in self._snapshot.users:
            asks, targets, others = self._asks[user.id], self._targets_for(user), self._others_for(user)
            place = asks, targets, others
            if place not in found:  # (3)
                found[place] = any(self._at(asks, one, other) & cells for other in others for one in targets)
            if found[place]:
                yield user

    def _targets_for(self, user: User) -> frozenset[_Classes]:
        if self._kind != "group":
            return frozenset({()})
        return frozenset(one for target in self._targets for one in target.for_others(user))

    def _others_for(self, user: User) -> frozenset[_Classes]:
        reports = self._reports.get(user.id, [])
        rest = self._others - Counter(self._other(one, manages=False) for one in (user, *reports))
        return frozenset(rest) | {self._other(one, manages=True) for one in reports}

    def _other(self, one: User, *, manages: bool) -> _Classes:
        """Return the classes of `one` as whom it concerns, when somebody asks who is or is not the manager."""
        if (one.kind, manages) not in self._relations:
            self._relations[one.kind, manages] = self._classes(on_another(one, manages=manages))
        return self._gains[one.id] + self._relations[one.kind, manages]

    def _at(self, *parts: _Classes) -> int:
        if parts not in self._cells:  # (1)
            self._cells[parts] = self._partition.product({name: mask for part in parts for name, mask in part})
        return self._cells[parts]

    def _classes(self, facts: Mapping[str, FactValue]) -> _Classes:
        return _classes(self._partition, facts)


class _Target:
    """One group, with the classes it has for those who own it and for those who do not."""

    def __init__(self, partition: Partition, group: Group, *, snapshot: Snapshot) -> None:
        self.group = group
        self._partition = partition
        self._owners = None if group.owners is None else frozenset(group.owners)
        self._fit = frozenset(one.id for one in snapshot.users if one.can_approve) & (self._owners or frozenset())
        self._known: dict[tuple[bool | None, bool | None], _Classes] = {}

    def for_own_account(self, user: User) -> _Classes:
        """Return the classes of the group when `user` asks for the own account."""
        if self._owners is None:
            return self._when(None, None)
        return self._when(user.id in self._owners, bool(self._fit - {user.id}))

    def for_others(self, user: User) -> Iterator[_Classes]:
        """Yield the classes of the group when `user` asks for somebody else, who may be the last owner to ask."""
        yield self.for_own_account(user)
        if self._owners is not None and len(self._fit - {user.id}) == 1:
            yield self._when(user.id in self._owners, others_own_it=False)

    def _when(self, by_an_owner: bool | None, others_own_it: bool | None) -> _Classes:
        if (by_an_owner, others_own_it) not in self._known:
            facts = touching(self.group, by_an_owner=by_an_owner, others_own_it=others_own_it)
            self._known[by_an_owner, others_own_it] = _classes(self._partition, facts)
        return self._known[by_an_owner, others_own_it]


def _classes(partition: Partition, facts: Mapping[str, FactValue]) -> _Classes:
    axes = ((axis, facts[axis.name]) for axis in partition.axes if axis.name in facts)
    return tuple((axis.name, 1 << place_of(axis.domain, value)) for axis, value in axes)
