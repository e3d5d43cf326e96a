"""Whether something never happens: proved on every cell, or refuted by a request that the engine itself decides so."""

import itertools
from collections.abc import Iterable, Iterator

from policy.analysis.answer import Proof, Region
from policy.analysis.axis import selected
from policy.analysis.calendar import common_moment
from policy.analysis.covering import cover_of, region_of
from policy.analysis.diagram import Box
from policy.analysis.domain import DAY, MINUTE, Mode
from policy.analysis.errors import TooLargeError
from policy.analysis.partition import Partition
from policy.analysis.scenario import Scenario
from policy.analysis.solver import Outcome
from policy.analysis.solving import solved_cover
from policy.analysis.study import Analysis
from policy.bundle import Bundle
from policy.decision import Verdict
from policy.rule import Conjunction


def prove(
    analysis: Analysis,
    *,
    actions: Iterable[str],
    where: tuple[Conjunction, ...] | None,
    never: frozenset[Verdict],
) -> Proof:
    """Return whether no request for one of `actions`, for which `where` is TRUE, gets a verdict of `never`.

    `where` None speaks of all requests. A claim about nothing is proved and vacuous; ask `Proof.holds`.

    Raises:
        EngineError: an action is not in the catalogue.
        TooLargeError: an action has too many cells and the analysis has no solver.
    """
    names = tuple(actions)
    for action in names:
        region = _counterexample(analysis, action, where=where, never=never)
        if region is not None:
            verdict = analysis.engine.decide(region.witness).verdict
            # INVARIANT: what is called a counterexample is one by the engine that decides in earnest.
            assert verdict in never, f"the analysis and the engine disagree on `{region.witness}`"
            return Proof(names, counterexample=region.witness, verdict=verdict, region=region)
    return Proof(names, vacuous=not names or _selects_nothing(where))


def _selects_nothing(where: tuple[Conjunction, ...] | None) -> bool:
    """Whether no request there can be makes `where` TRUE, whatever the rules are."""
    # Without any rule every request is denied, so a deny is missing only where there is no request at all.
    nothing = Analysis(Bundle.of(()), tenant_id="nobody", catalogue=frozenset({"any"}))
    return _counterexample(nothing, "any", where=where, never=frozenset({Verdict.DENY})) is None


def _counterexample(
    analysis: Analysis, action: str, *, where: tuple[Conjunction, ...] | None, never: frozenset[Verdict]
) -> Region | None:
    try:
        surface = analysis.surface(action, where)
    except TooLargeError:
        if analysis.solver is None:
            raise
        scenario = Scenario(action, (analysis.side(action),), where=where, at=analysis.known(action))
        cover = solved_cover(analysis.solver, scenario, outcomes=(Outcome(never),), max_regions=1)
        return next(iter(cover.regions), None)
    cells = 0
    for verdict in never:
        cells |= surface.of(verdict)
    cells &= surface.partition.selected_cells()
    if cells:
        return cover_of(surface.partition, cells, max_regions=1).regions[0]
    return next(_left_out(surface.partition), None) if Verdict.DENY in never else None


def _left_out(partition: Partition) -> Iterator[Region]:
    """Yield regions of requests that `where` selects and that are no cells, because one class alone denies them."""
    where = partition.scenario.where
    domains = {axis.name: axis.domain for axis in partition.axes}
    for conjunction in ((),) if where is None else where:
        masks = selected(conjunction, Mode.CERTAIN, domains=domains)
        whole = {axis.name: masks.get(axis.name, (1 << len(axis.domain.classes)) - 1) for axis in partition.axes}
        for axis in partition.axes:
            box = {**whole, axis.name: whole[axis.name] & axis.denied}
            places = _some_places(partition, box)
            if places is not None:
                yield region_of(partition, box, places=places, cells=_size(box))


def _some_places(partition: Partition, box: Box) -> dict[str, int] | None:
    """Return a class of each attribute of `box` that a request can have together, or None if there are none."""
    if not all(box.values()):
        return None
    places = {name: mask.bit_length() - 1 for name, mask in box.items()}
    days, minutes = partition.axis(DAY), partition.axis(MINUTE)
    if days is None or minutes is None:
        return places
    for day, minute in itertools.product(_places(box[DAY]), _places(box[MINUTE])):
        if common_moment(days.domain.classes[day], minutes.domain.classes[minute]) is not None:
            return {**places, DAY: day, MINUTE: minute}
    return None


def _places(mask: int) -> list[int]:
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


def _size(box: Box) -> int:
    cells = 1
    for mask in box.values():
        cells *= mask.bit_count()
    return cells
