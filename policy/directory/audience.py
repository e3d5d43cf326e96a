"""How many people can, and who: an analysis counted over a directory snapshot (Q11, and for drafts Q2).

Every user is looked at as the one who asks, for the own account and for everybody else's. A user counts if some
request of theirs gets the verdict: facts that the snapshot does not hold may have any value, null is unknown.
"""

from dataclasses import dataclass

from policy.analysis.partition import Partition
from policy.analysis.scenario import Scenario, Side
from policy.analysis.study import Analysis
from policy.analysis.verdicts import Surface
from policy.decision import Verdict
from policy.directory.snapshot import Group, Snapshot, User
from policy.directory.standpoint import Crowd


@dataclass(frozen=True, slots=True)
class Able:
    """One user who can, and of an action on groups for which ones; else `groups` is empty."""

    user: User
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """Those of a snapshot's `total` users who stand on certain cells, in the order of the snapshot.

    `able` are those who do when they ask for the own account, `for_others` those who do when they ask for another.
    """

    total: int
    able: tuple[Able, ...]
    for_others: tuple[User, ...]

    @property
    def users(self) -> tuple[tuple[User, tuple[Group, ...] | None], ...]:
        """Everybody who can, with the groups for the own account, or None for who can for others only."""
        own = {one.user.id for one in self.able}
        rest = tuple((one, None) for one in self.for_others if one.id not in own)
        return (*((one.user, one.groups) for one in self.able), *rest)

    @property
    def ids(self) -> frozenset[str]:
        """The object ids of those who can, for themselves or for others."""
        return frozenset(one.user.id for one in self.able) | frozenset(one.id for one in self.for_others)


def audience(partition: Partition, snapshot: Snapshot, *, cells: int) -> Audience:
    """Return who of `snapshot` stands on one of `cells`, a bit set of `partition`."""
    return _audience(Crowd(partition, snapshot), cells)


def touched(
    old: Analysis, new: Analysis, *, snapshot: Snapshot, action: str
) -> dict[tuple[Verdict, Verdict], Audience]:
    """Return whose requests for `action` are decided differently by two policies, by the verdicts before and after.

    Two APPROVALs differ when other people are asked. An action that only one of the catalogues has is denied by
    the other side.

    Raises:
        TooLargeError: the action has too many cells.
    """
    sides = tuple(one.side(action) if action in one.actions else Side(()) for one in (old, new))
    partition = Partition(Scenario(action, sides, at=new.known(action)), max_cells=new.max_cells)
    before, after = (Surface(partition, side) for side in sides)
    cells = {(one, other): before.of(one) & after.of(other) for one in Verdict for other in Verdict if one is not other}
    cells[Verdict.APPROVAL, Verdict.APPROVAL] = _asked_otherwise(before, after)
    crowd = Crowd(partition, snapshot)
    return {pair: _audience(crowd, some) for pair, some in cells.items() if some}


def _asked_otherwise(before: Surface, after: Surface) -> int:
    differing = 0
    for ask in before.asks.keys() | after.asks.keys():
        differing |= before.asks.get(ask, 0) ^ after.asks.get(ask, 0)
    return differing & before.approval & after.approval


def _audience(crowd: Crowd, cells: int) -> Audience:
    found: dict[str, tuple[User, list[Group]]] = {}
    for one in crowd:
        if one.cells & cells:
            groups = found.setdefault(one.user.id, (one.user, []))[1]
            groups += () if one.group is None else (one.group,)
    able = tuple(Able(user, tuple(groups)) for user, groups in found.values())
    return Audience(crowd.total, able, tuple(crowd.asking_for_others(cells)))
