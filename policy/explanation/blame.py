"""The minimal set behind a DENY: what denies by itself, and what must change together to lift it.

A DENY has reasons of two kinds, and a third outside of policy:

1. A deny rule that matches, or cannot be ruled out. One such rule denies, whatever the rest says.
2. A layer in which no permit and no approval certainly matches: the default of every layer.
3. An action outside the catalogue, which no rule can reach.

Each reason is a cause: alone it already denies. All of them together are what must go before the verdict is
no longer DENY: because every single one denies, none can be left out. So one tuple answers both questions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy.decision import Layer, RuleRef, Verdict
from policy.reference import truth_of
from policy.registry import checked_facts
from policy.request import AuthorizationRequest
from policy.rule import Rule, Truth


@dataclass(frozen=True, slots=True)
class Bite:
    """A deny rule that decides: TRUE when it matches, UNKNOWN when it cannot be ruled out."""

    layer: Layer
    rule: RuleRef
    truth: Truth


@dataclass(frozen=True, slots=True)
class Gap:
    """A layer in which no permit and no approval certainly matches."""

    layer: Layer


@dataclass(frozen=True, slots=True)
class Uncatalogued:
    """The action is none that the agent can do; no policy can permit it."""

    action: str


Reason = Bite | Gap | Uncatalogued


def reasons(rules: Sequence[Rule], request: AuthorizationRequest, *, catalogue: frozenset[str]) -> tuple[Reason, ...]:
    """Return every reason for a DENY, in layer order and then by rule id; none when the verdict is another.

    For an action outside `catalogue` the first reason says so, and the others are those that would be left
    if it were catalogued: `rules` may name it already.
    """
    facts = checked_facts(request.facts)
    truths = [(rule, truth_of(rule, request.action, facts=facts)) for rule in rules]
    outside = () if request.action in catalogue else (Uncatalogued(request.action),)
    return (*outside, *(one for layer in Layer for one in _of_layer(layer, truths)))


def _of_layer(layer: Layer, truths: Sequence[tuple[Rule, Truth]]) -> Iterator[Reason]:
    here = [(rule, truth) for rule, truth in truths if rule.layer is layer]
    denying = [(rule, truth) for rule, truth in here if rule.effect is Verdict.DENY and truth is not Truth.FALSE]
    for rule, truth in sorted(denying, key=lambda one: one[0].ref):
        yield Bite(layer, rule.ref, truth)
    if not any(truth is Truth.TRUE for rule, truth in here if rule.effect is not Verdict.DENY):
        yield Gap(layer)
