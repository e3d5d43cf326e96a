"""Which actions nobody can get at all, and which layers see to it."""

from collections.abc import Iterator, Mapping
from typing import Final

from policy.analysis.access import BEST_FIRST, best_verdict
from policy.analysis.answer import Reach
from policy.analysis.domain import place_of
from policy.analysis.errors import TooLargeError
from policy.analysis.scenario import Scenario, Side
from policy.analysis.study import Analysis
from policy.analysis.wording import described
from policy.decision import Layer, Verdict
from policy.request import FactValue

_PASSING: Final = frozenset(BEST_FIRST)


def reach(analysis: Analysis, *, by_attribute: str | None = None) -> tuple[Reach, ...]:
    """Return the best verdict of each action, or of each action and each class of the attribute `by_attribute`.

    Raises:
        TooLargeError: an action has too many cells; without `by_attribute` only if the analysis has no solver.
    """
    if by_attribute is None:
        return tuple(_reach(analysis, action) for action in analysis.actions)
    return tuple(one for action in analysis.actions for one in _by_value(analysis, action, name=by_attribute))


def _reach(analysis: Analysis, action: str) -> Reach:
    best = _best(analysis, action)
    return Reach(action, best, _blocking(analysis, action, at={}) if best is Verdict.DENY else ())


def _best(analysis: Analysis, action: str) -> Verdict:
    try:
        surface = analysis.surface(action)
    except TooLargeError:
        scenario = Scenario(action, (analysis.side(action),), at=analysis.known(action))
        reached = (
            one for one in reversed(Verdict) if one in _PASSING and analysis.possible(scenario, frozenset({one}))
        )
        return next(reached, Verdict.DENY)
    return best_verdict(surface, surface.partition.full)


def _by_value(analysis: Analysis, action: str, *, name: str) -> Iterator[Reach]:
    surface = analysis.surface(action)
    axis = surface.partition.axis(name)
    if axis is None:
        whole = _reach(analysis, action)
        yield Reach(action, whole.verdict, whole.blocking, attribute=name, value="anything")
        return
    known = analysis.known(action)
    for place, one in enumerate(axis.domain.classes):
        if name in known and place != place_of(axis.domain, known[name]):
            continue
        cells = surface.partition.product({name: 1 << place}) & surface.partition.full
        best = best_verdict(surface, cells)
        blocking = _blocking(analysis, action, at={name: one.sample}) if best is Verdict.DENY else ()
        yield Reach(action, best, blocking, attribute=name, value=described(axis.domain, place))


def _blocking(analysis: Analysis, action: str, *, at: Mapping[str, FactValue]) -> tuple[Layer, ...]:
    """Return the layers that deny on their own, or else a smallest set that denies together."""

    def passes(layers: tuple[Layer, ...]) -> bool:
        rules = tuple(rule for rule in analysis.side(action).rules if rule.layer in layers)
        return analysis.possible(
            Scenario(action, (Side(rules, layers),), at={**analysis.known(action), **at}), _PASSING
        )

    alone = tuple(layer for layer in Layer if not passes((layer,)))
    if alone:
        return alone
    together = tuple(Layer)
    for layer in Layer:
        fewer = tuple(one for one in together if one is not layer)
        together = together if passes(fewer) else fewer
    return together
