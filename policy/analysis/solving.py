"""The same answers without listing cells: a solver finds a request, and a region is grown around it.

A class joins the region if the solver finds no request with it that is decided otherwise. A set's members are
taken one by one, so the number of their combinations does not matter.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from policy.analysis.answer import Cover, Region
from policy.analysis.covering import rank
from policy.analysis.domain import Mode
from policy.analysis.extent import Extent, extent_at
from policy.analysis.scenario import Ask, Scenario, asks_of
from policy.analysis.solver import Allowed, Box, Outcome, Solver
from policy.decision import Verdict
from policy.request import UNKNOWN, AuthorizationRequest
from policy.rule import Conjunction

_APPROVAL: Final = frozenset({Verdict.APPROVAL})


def solved_cover(solver: Solver, scenario: Scenario, *, outcomes: Sequence[Outcome], max_regions: int) -> Cover:
    """Return the requests in `scenario` that each side decides as its outcome says, as maximal regions.

    Raises:
        PolicyError: the solver gave up.
    """
    target = _Target(solver, scenario, tuple(outcomes))
    boxes: list[Box] = []
    regions: list[Region] = []
    while (request := target.found(boxes)) is not None:
        if len(regions) == max_regions:
            return Cover(tuple(regions), None, None)
        extents = _grown(target, request)
        boxes.append(_joined(extents))
        regions.append(_region(request, extents))
    return Cover(tuple(regions), None, 0)


def asks_between(scenario: Scenario) -> list[Ask]:
    """Return every ask that a rule of `scenario` makes."""
    return sorted({ask for side in scenario.sides for rule in side.rules for ask in asks_of(rule)})


class _Target:
    """The requests that are sought: those in a scenario that each side decides as its outcome says."""

    def __init__(self, solver: Solver, scenario: Scenario, outcomes: tuple[Outcome, ...]) -> None:
        self.scenario = scenario
        self._solver = solver
        self._outcomes = outcomes
        self._selected = [_box(conjunction) for conjunction in scenario.where or ()]
        # What `where` mentions stays mentioned, or a solver would not tell it apart any more.
        mentioned = tuple((conjunction, Mode.CERTAIN) for conjunction in scenario.where or ())
        self._everywhere = replace(scenario, where=None, beside=scenario.beside + mentioned)

    def found(self, outside: Sequence[Box]) -> AuthorizationRequest | None:
        """Return a request of the target that is in no box of `outside`."""
        return self._solver.request(self.scenario, self._outcomes, outside=outside)

    def holds(self, others: Box, one: Box) -> bool:
        """Return whether every request that lies in both boxes is of the target."""
        box = (*others, *one)
        anything = tuple(Outcome(frozenset(Verdict)) for _ in self._outcomes)
        if self.scenario.where is not None and self._any(anything, inside=box, outside=self._selected):
            return False
        for place, outcome in enumerate(self._outcomes):
            wrong = ((*anything[:place], other, *anything[place + 1 :]) for other in outcome.negated())
            if any(self._any(outcomes, inside=box, outside=()) for outcomes in wrong):
                return False
        return True

    def _any(self, outcomes: tuple[Outcome, ...], *, inside: Box, outside: Sequence[Box]) -> bool:
        return self._solver.request(self._everywhere, outcomes, inside=inside, outside=outside) is not None


def _box(conjunction: Conjunction) -> Box:
    return tuple(Allowed(one.attribute, (one.atom,), False) for one in conjunction)


def _grown(target: _Target, request: AuthorizationRequest) -> list[Extent]:
    """Return one extent per attribute, together a maximal region around `request`."""
    probes = target.scenario.probes()
    extents = [extent_at(name, some, value=request.facts.get(name, UNKNOWN)) for name, some in probes.items()]
    for place, extent in enumerate(extents):
        others = _joined([*extents[:place], *extents[place + 1 :]])
        extents[place] = extent.grown(partial(target.holds, others))
    return extents


def _joined(extents: Sequence[Extent]) -> Box:
    return tuple(allowed for extent in extents for allowed in extent.box())


def _region(request: AuthorizationRequest, extents: Sequence[Extent]) -> Region:
    said = [constraint for extent in extents if (constraint := extent.constraint())]
    cells = 1
    for extent in extents:
        cells *= extent.size()
    return Region(request.action, tuple(sorted(said, key=lambda one: rank(one.attribute))), cells, request)
