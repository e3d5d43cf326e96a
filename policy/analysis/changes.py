"""What a draft newly permits and what it takes away: two bundles on one joint partition.

Requests whose verdict differs come by pairs of verdicts; requests that need approval by both come by pairs of
requirement sets, because asking other people is a change too.
"""

from collections.abc import Iterator
from typing import Final

from policy.analysis.answer import Change, Direction
from policy.analysis.covering import MAX_REGIONS, cover_of, lowest
from policy.analysis.errors import TooLargeError
from policy.analysis.partition import Partition
from policy.analysis.scenario import Ask, Scenario, Side
from policy.analysis.solver import Outcome, Solver
from policy.analysis.solving import asks_between, solved_cover
from policy.analysis.study import Analysis
from policy.analysis.verdicts import Surface
from policy.decision import Verdict
from policy.errors import EngineError

# Pairs of requirement sets that are listed one by one; all others of an action make one last change.
MAX_PAIRS: Final = 32

_APPROVAL: Final = frozenset({Verdict.APPROVAL})

# What is newly permitted comes first.
_PAIRS: Final = tuple(
    sorted(
        ((before, after) for before in Verdict for after in Verdict if before is not after),
        key=lambda pair: (pair[1] < pair[0], -pair[1], pair[0]),
    )
)


def changes(
    old: Analysis, new: Analysis, *, action: str | None = None, max_regions: int = MAX_REGIONS
) -> tuple[Change, ...]:
    """Return all that differs between two bundles for one tenant, action by action; widened before narrowed.

    An action that only one of the catalogues has is denied by the other side. `action` asks about one only.

    Raises:
        EngineError: `action` is in neither catalogue, or the two are not for the same tenant.
        TooLargeError: an action has too many cells and `new` has no solver.
    """
    if old.tenant_id != new.tenant_id:
        raise EngineError(f"expected two bundles for one tenant, got `{old.tenant_id}` and `{new.tenant_id}`")
    everything = sorted({*old.actions, *new.actions})
    if action is not None and action not in everything:
        new.side(action)
    names = everything if action is None else [action]
    return tuple(one for name in names for one in _changes(old, new, action=name, max_regions=max_regions))


def _changes(old: Analysis, new: Analysis, *, action: str, max_regions: int) -> Iterator[Change]:
    sides = _side(old, action), _side(new, action)
    if sides[0] == sides[1]:
        return
    scenario = Scenario(action, sides, at=new.known(action))
    try:
        partition = Partition(scenario, max_cells=new.max_cells)
    except TooLargeError:
        if new.solver is None:
            raise
        yield from _solved(new.solver, scenario, max_regions=max_regions)
        return
    before, after = (Surface(partition, side) for side in sides)
    for verdict, other in _PAIRS:
        moved = before.of(verdict) & after.of(other)
        if moved:
            cover = cover_of(partition, moved, max_regions=max_regions)
            yield Change(action, verdict, other, direction_of(verdict, other), cover)
    yield from _asked_otherwise(before, after, max_regions=max_regions)


def direction_of(before: Verdict, after: Verdict) -> Direction:
    """Return whether a change of verdict widens or narrows."""
    return Direction.WIDENED if after > before else Direction.NARROWED


def direction_of_asks(before: frozenset[Ask], after: frozenset[Ask]) -> Direction:
    """Return what it means to ask `after` instead of `before`."""
    if after < before:
        return Direction.WIDENED
    return Direction.NARROWED if before < after else Direction.MOVED


def _side(analysis: Analysis, action: str) -> Side:
    return analysis.side(action) if action in analysis.actions else Side(())


def _asked_otherwise(before: Surface, after: Surface, *, max_regions: int) -> Iterator[Change]:
    partition, action = before.partition, before.partition.scenario.action
    left = _differing(before, after)
    for _ in range(MAX_PAIRS):
        if not left:
            return
        cell = lowest(left)
        alike = left & before.asked_as_at(cell) & after.asked_as_at(cell)
        yield Change(
            action,
            Verdict.APPROVAL,
            Verdict.APPROVAL,
            direction_of_asks(before.asks_at(cell), after.asks_at(cell)),
            cover_of(partition, alike, max_regions=max_regions),
            before.requirements_at(cell),
            after.requirements_at(cell),
        )
        left &= ~alike
    if left:
        cover = cover_of(partition, left, max_regions=max_regions)
        yield Change(action, Verdict.APPROVAL, Verdict.APPROVAL, Direction.MOVED, cover)


def _differing(before: Surface, after: Surface) -> int:
    differing = 0
    for ask in before.asks.keys() | after.asks.keys():
        differing |= before.asks.get(ask, 0) ^ after.asks.get(ask, 0)
    return differing & before.approval & after.approval


def _solved(solver: Solver, scenario: Scenario, *, max_regions: int) -> Iterator[Change]:
    """Yield the changes as a solver finds them; of two approvals one change per ask that only one side makes."""
    for before, after in _PAIRS:
        outcomes = Outcome(frozenset({before})), Outcome(frozenset({after}))
        cover = solved_cover(solver, scenario, outcomes=outcomes, max_regions=max_regions)
        if not cover.empty:
            yield Change(scenario.action, before, after, direction_of(before, after), cover)
    asked_before = [(ask, asked) for ask in asks_between(scenario) for asked in (True, False)]
    for ask, asked in asked_before:
        outcomes = Outcome(_APPROVAL, ask, asked), Outcome(_APPROVAL, ask, not asked)
        cover = solved_cover(solver, scenario, outcomes=outcomes, max_regions=max_regions)
        if not cover.empty:
            direction = Direction.WIDENED if asked else Direction.NARROWED
            yield Change(scenario.action, Verdict.APPROVAL, Verdict.APPROVAL, direction, cover)
