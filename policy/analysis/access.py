"""Who can get an action, and what becomes of all actions between two dates."""

from typing import Final

from policy.analysis.answer import Cover, During
from policy.analysis.axis import Axis
from policy.analysis.covering import MAX_REGIONS, cover_of
from policy.analysis.domain import DAY, Mode
from policy.analysis.errors import TooLargeError
from policy.analysis.scenario import Scenario
from policy.analysis.solver import Outcome
from policy.analysis.solving import solved_cover
from policy.analysis.study import Analysis
from policy.analysis.verdicts import Surface
from policy.decision import Verdict
from policy.errors import EngineError
from policy.predicate import DateRange
from policy.rule import Condition, Conjunction, Within

# The verdicts that let a request pass.
BEST_FIRST: Final = (Verdict.ALLOW, Verdict.APPROVAL)


def who_can(
    analysis: Analysis,
    action: str,
    *,
    where: tuple[Conjunction, ...] | None = None,
    at_least: Verdict = Verdict.ALLOW,
    max_regions: int = MAX_REGIONS,
) -> Cover:
    """Return the requests for `action` that are decided `at_least` so (ALLOW: without a human), where `where` is TRUE.

    Raises:
        EngineError: `action` is not in the catalogue, or `at_least` is DENY, which everybody gets.
        TooLargeError: there are too many cells and the analysis has no solver.
    """
    if at_least is Verdict.DENY:
        raise EngineError("expected `at_least` to be `APPROVAL` or `ALLOW`, got `DENY`, which every request gets")
    try:
        surface = analysis.surface(action, where)
    except TooLargeError:
        if analysis.solver is None:
            raise
        scenario = Scenario(action, (analysis.side(action),), where=where, at=analysis.known(action))
        outcome = Outcome(frozenset(one for one in Verdict if one >= at_least))
        return solved_cover(analysis.solver, scenario, outcomes=(outcome,), max_regions=max_regions)
    cells = surface.at_least(at_least) & surface.partition.selected_cells()
    return cover_of(surface.partition, cells, max_regions=max_regions)


def during(analysis: Analysis, dates: DateRange) -> tuple[During, ...]:
    """Return what becomes of each action of the catalogue on the days of `dates`, both included.

    Raises:
        TooLargeError: an action has too many cells.
    """
    return tuple(_during(analysis, action, dates=dates) for action in analysis.actions)


def best_verdict(surface: Surface, cells: int) -> Verdict:
    """Return the best verdict that one of `cells` gets; DENY when there are none."""
    return next((one for one in BEST_FIRST if surface.of(one) & cells), Verdict.DENY)


def _during(analysis: Analysis, action: str, *, dates: DateRange) -> During:
    inside = Condition(DAY, Within(((dates.first.toordinal(), dates.last.toordinal() + 1),)))
    beside = tuple(((one,), Mode.CERTAIN) for one in (inside, inside.negated()))
    known, kept = analysis.known(action), frozenset({DAY})
    surface = analysis.judged(Scenario(action, (analysis.side(action),), at=known, beside=beside, kept=kept))
    axis = surface.partition.axis(DAY)
    assert axis is not None, "the dates are read beside the rules"
    days, other_days = (axis.domain.masks[one.atom, Mode.CERTAIN] for one in (inside, inside.negated()))
    within, without = (surface.partition.product({DAY: mask}) for mask in (days, other_days))
    return During(
        action,
        inside=best_verdict(surface, within),
        outside=best_verdict(surface, without),
        affected=_does_worse(surface, axis, days=days, other_days=other_days),
        passing=cover_of(surface.partition, surface.not_denied & within),
    )


def _does_worse(surface: Surface, axis: Axis, *, days: int, other_days: int) -> bool:
    """Return whether some request gets less on one of `days` than on one of `other_days`, all else being equal."""

    def on(some_days: int, cells: int) -> int:
        found = 0
        for place, part in surface.partition.slices(cells, axis).items():
            found |= part if some_days >> place & 1 else 0
        return found

    for verdict in BEST_FIRST:
        good = surface.at_least(verdict)
        if on(days, surface.partition.full & ~good) & on(other_days, good):
            return True
    return any(on(days, asked) & on(other_days, surface.approval & ~asked) for asked in surface.asks.values())
