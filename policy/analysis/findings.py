"""Rules that change no decision: which never match, which never decide, which only guard what others guard too.

A rule is live if some request is decided otherwise without it. On the cells of an action:

1. A grant is live where it is the only grant of its layer that is TRUE, the layer does not deny and the others pass.
2. An approval is live, too, where nothing denies and nobody else asks what it asks (for so many people, or `never`).
3. A deny is live where it is the only deny of its layer that is possible, the layer grants and the others pass.
4. Classes that are left out of the cells because this one deny kills them are looked at without it.

"The only one" is kept as two bit sets per layer and effect: covered at least once, and at least twice.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from policy.analysis.answer import FindingKind, RuleFinding
from policy.analysis.axis import axes_of, selected
from policy.analysis.domain import Mode
from policy.analysis.scenario import Ask, Scenario, Side, asks_of
from policy.analysis.study import Analysis
from policy.analysis.verdicts import Reads, Surface
from policy.decision import Layer, RuleRef, Verdict
from policy.rule import Conjunction, Rule

_Severity = Literal["error", "warning", "info"]

_SEVERITIES: Final[dict[FindingKind, _Severity]] = {
    FindingKind.NEVER_MATCHES: "error",
    FindingKind.NEVER_DECIDES: "warning",
    FindingKind.REDUNDANT_GUARD: "info",
}

# What rules cover together: the grants or the denies of a layer, or one ask.
_Key = tuple[Verdict, Layer] | Ask


def findings(analysis: Analysis) -> tuple[RuleFinding, ...]:
    """Return one finding for each rule that changes no decision or that no known values match, errors first.

    Raises:
        TooLargeError: an action has too many cells.
    """
    live: set[RuleRef] = set()
    for action in analysis.actions:
        if any(rule.ref not in live for rule in analysis.side(action).rules):
            live |= set(_live(analysis, action, known=live))
    found = [one for rule in analysis.rules if (one := _finding(rule, is_live=rule.ref in live))]
    return tuple(sorted(found, key=lambda one: (list(_SEVERITIES).index(one.kind), one.rule)))


def _finding(rule: Rule, *, is_live: bool) -> RuleFinding | None:
    if not _can_be_true(rule):
        kind = FindingKind.NEVER_MATCHES
        text = "no value of its attributes makes it true" + ("; it bites only where a fact is unknown" * is_live)
    elif is_live:
        return None
    elif rule.effect is Verdict.ALLOW:
        kind, text = FindingKind.NEVER_DECIDES, "wherever it permits, another rule does too or some rule denies"
    elif rule.effect is Verdict.APPROVAL and rule.layer is Layer.ACTION:
        kind, text = FindingKind.NEVER_DECIDES, "wherever it asks, others ask as much or some rule denies"
    else:
        kind, text = FindingKind.REDUNDANT_GUARD, "wherever it guards, others guard as much today: defence in depth"
    return RuleFinding(rule.ref, rule.layer, kind, _SEVERITIES[kind], f"rule `{rule.ref.id}`: {text}")


def _can_be_true(rule: Rule) -> bool:
    return any(_satisfiable(conjunction) for conjunction in rule.conjunctions)


def _satisfiable(conjunction: Conjunction) -> bool:
    """Return whether known values make all of `conjunction` TRUE."""
    scenario = Scenario("", (Side((), layers=()),), where=(conjunction,))
    domains = {axis.name: axis.domain for axis in axes_of(scenario)}
    return all(selected(conjunction, Mode.CERTAIN, domains=domains).values())


def _live(analysis: Analysis, action: str, *, known: set[RuleRef]) -> Iterator[RuleRef]:
    """Yield the rules of `action` that are live on it; those `known` to be live elsewhere need no look."""
    surface = analysis.surface(action)
    twice = _covered_twice(surface.reads())
    for rule in surface.side.rules:
        if rule.ref not in known and (
            _is_live(surface, surface.reads_of(rule), twice=twice) or _is_live_outside(analysis, rule, action=action)
        ):
            yield rule.ref


def _covered_twice(reads: Iterable[Reads]) -> dict[_Key, int]:
    """Return, per key, the cells that two rules or more cover."""
    once: dict[_Key, int] = {}
    twice: dict[_Key, int] = {}
    for one in reads:
        for key, cells in _covered(one).items():
            before = once.get(key, 0)
            twice[key] = twice.get(key, 0) | (before & cells)
            once[key] = before | cells
    return twice


def _covered(one: Reads) -> dict[_Key, int]:
    layer = one.rule.layer
    if one.rule.effect is Verdict.DENY:
        return {(Verdict.DENY, layer): one.possible}
    return {(Verdict.ALLOW, layer): one.certain, **dict.fromkeys(asks_of(one.rule), one.possible)}


def _is_live(surface: Surface, one: Reads, *, twice: dict[_Key, int]) -> bool:
    """Return whether the rule is live on the cells; numbers as at the top of this file."""
    layer, others = one.rule.layer, surface.partition.full
    for other in Layer:
        others &= surface.passes(other) if other is not layer else -1
    if one.rule.effect is Verdict.DENY:  # (3)
        return bool(one.possible & others & surface.granted[layer] & ~twice[Verdict.DENY, layer])
    if one.certain & others & ~surface.denied[layer] & ~twice[Verdict.ALLOW, layer]:  # (1)
        return True
    return any(one.possible & surface.not_denied & ~twice[ask] for ask in asks_of(one.rule))  # (2)


def _is_live_outside(analysis: Analysis, rule: Rule, *, action: str) -> bool:
    """Return whether `rule` is a deny that alone decides among the classes that it kills (4)."""
    if rule.effect is not Verdict.DENY:
        return False
    side = analysis.side(action)
    without = Side(tuple(one for one in side.rules if one is not rule))
    beside = tuple((conjunction, Mode.POSSIBLE) for conjunction in rule.conjunctions)
    known = analysis.known(action)
    scenario = Scenario(action, (without,), at=known, beside=beside)
    killed = {axis.name: axis.denied for axis in axes_of(Scenario(action, (side,), at=known))}
    if all(axis.denied == killed[axis.name] for axis in axes_of(scenario)):
        return False
    surface = analysis.judged(scenario)
    return bool(surface.not_denied & surface.partition.union(rule.conjunctions, Mode.POSSIBLE))
