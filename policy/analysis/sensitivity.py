"""Which facts a decision depends on, where rules of one layer overlap, and what a standing grant stands in for."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Final

from policy.analysis.answer import GrantScope, Overlap
from policy.analysis.axis import Axis, axes_of
from policy.analysis.covering import cover_of
from policy.analysis.domain import Mode, ValueClass
from policy.analysis.scenario import Scenario, asks_of
from policy.analysis.study import Analysis
from policy.analysis.verdicts import Surface
from policy.decision import RuleRef, Verdict
from policy.rule import Conjunction, Rule

# Enough to see what an overlap is about.
_OVERLAP_REGIONS: Final = 4


def classes(analysis: Analysis, action: str) -> dict[str, tuple[ValueClass, ...]]:
    """Return, per attribute that rules for `action` name, the classes of values that no rule tells apart.

    Raises:
        EngineError: `action` is not in the catalogue.
        TooLargeError: a set attribute has too many members to tell apart.
    """
    axes = axes_of(Scenario(action, (analysis.side(action),), at=analysis.known(action)))
    return {axis.name: axis.domain.classes for axis in axes}


def facts_needed(analysis: Analysis, action: str) -> tuple[str, ...]:
    """Return the attributes that can change the verdict or the requirements of `action`, sorted.

    Raises:
        EngineError: `action` is not in the catalogue.
        TooLargeError: `action` has too many cells.
    """
    surface = analysis.surface(action)
    return tuple(sorted(axis.name for axis in surface.partition.axes if _matters(surface, axis)))


def facts_idle(analysis: Analysis, action: str) -> tuple[str, ...]:
    """Return the attributes that rules for `action` name although they never change anything, sorted.

    Raises:
        EngineError: `action` is not in the catalogue.
        TooLargeError: `action` has too many cells.
    """
    needed = facts_needed(analysis, action)
    return tuple(sorted(axis.name for axis in analysis.surface(action).partition.axes if axis.name not in needed))


def overlaps(analysis: Analysis) -> tuple[Overlap, ...]:
    """Return where an approval of a layer is asked although a permit of the same layer matches.

    A permit without conditions is left out: it is a baseline, which every approval of its layer is meant to beat.

    Raises:
        TooLargeError: an action has too many cells.
    """
    found: dict[tuple[RuleRef, RuleRef], Overlap] = {}
    for action in analysis.actions:
        for one in _overlaps(analysis.surface(action)):
            key = one.permit, one.approval
            actions = (*found[key].actions, action) if key in found else (action,)
            first = found.get(key, one)
            found[key] = Overlap(one.layer, one.permit, one.approval, actions, first.cover)
    return tuple(found[key] for key in sorted(found))


def grant_scope(
    analysis: Analysis,
    *,
    actions: Iterable[str],
    where: tuple[Conjunction, ...] | None,
    resolver: str,
    rule_digests: frozenset[str],
    count: int = 1,
) -> GrantScope:
    """Return the requests whose requirement for `resolver` a standing grant with this pattern would discharge.

    `where` must be TRUE; `count` people at most are asked for; nobody says `never`; and only rules whose digest
    is in `rule_digests` ask `resolver`, because a grant dies when a rule that asks is added or edited.

    Raises:
        EngineError: an action is not in the catalogue.
        TooLargeError: an action has too many cells.
    """
    covers = {}
    for action in actions:
        surface = analysis.surface(action, where)
        cells = surface.asks.get((resolver, 1), 0) & surface.partition.selected_cells()
        cells &= ~surface.asks.get((resolver, count + 1), 0) & ~surface.asks.get((resolver, 0), 0)
        for rule in surface.side.rules:
            if (resolver, 1) in asks_of(rule) and rule.ref.digest not in rule_digests:
                cells &= ~surface.reads_of(rule).possible
        covers[action] = cover_of(surface.partition, cells)
    return GrantScope(covers)


def _matters(surface: Surface, axis: Axis) -> bool:
    """Return whether two classes of `axis` are decided differently with all else being equal."""
    # Unknown is always among the classes that are left out, and it goes with every moment.
    if axis.denied and surface.not_denied:
        return True
    real = surface.partition.slices(surface.partition.full, axis)
    # Only dates and hours have classes that do not go together; all other slices may be compared one after the other.
    pairs = itertools.combinations(axis.places, 2) if len(set(real.values())) > 1 else itertools.pairwise(axis.places)
    compared = tuple(pairs)
    for decided in (surface.not_denied, surface.allow, *surface.asks.values()):
        slices = surface.partition.slices(decided, axis)
        if any((slices[one] ^ slices[other]) & real[one] & real[other] for one, other in compared):
            return True
    return False


def _overlaps(surface: Surface) -> Iterator[Overlap]:
    asking = [one for one in surface.reads() if one.rule.effect is Verdict.APPROVAL]
    for permit in surface.side.rules:
        if permit.effect is not Verdict.ALLOW or () in permit.conjunctions:
            continue
        certain = surface.approval & surface.partition.union(permit.conjunctions, Mode.CERTAIN)
        for one in asking:
            cells = certain & one.possible if one.rule.layer is permit.layer else 0
            if cells:
                yield _overlap(surface, permit, approval=one.rule, cells=cells)


def _overlap(surface: Surface, permit: Rule, *, approval: Rule, cells: int) -> Overlap:
    cover = cover_of(surface.partition, cells, max_regions=_OVERLAP_REGIONS)
    return Overlap(permit.layer, permit.ref, approval.ref, (surface.partition.scenario.action,), cover)
