"""The laws of a decision (P2 to P9, P11, P12): what must hold for every rule set and every request.

Each law takes `decide`, so that the same law judges the specification, an engine and every mutant.
`truth_of` is bound here at import, so that a mutant cannot bend the yardstick.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from policy.decision import Decision, Layer, Requirement, Verdict
from policy.reference import truth_of
from policy.registry import checked_facts
from policy.request import UNKNOWN, AuthorizationRequest
from policy.rule import Rule, Truth
from tests.policy.worlds import ATTRIBUTES, CATALOGUE, World, baseline

Decide = Callable[[Sequence[Rule], AuthorizationRequest], Decision]

# For each attribute, what is no value of its type. A missing fact is tried as well.
NO_VALUES: Final = (UNKNOWN, object(), None, 1.5, ("g1",), "")


def order_never_matters(decide: Decide, world: World) -> None:
    """P2: any permutation of the rules gives the same decision with the same explanation."""
    shuffled = list(world.rules)
    random.Random(world.salt).shuffle(shuffled)
    assert decide(shuffled, world.request) == decide(world.rules, world.request)


def every_layer_is_a_ceiling(decide: Decide, world: World) -> None:
    """P3: with all other layers wide open, a layer still allows no less than the whole."""
    whole = decide(world.rules, world.request)
    for layer in Layer:
        alone = [rule for rule in world.rules if rule.layer is layer]
        opened = alone + [baseline(other) for other in Layer if other is not layer]
        assert whole.verdict <= decide(opened, world.request).verdict


def no_layer_widens_another(decide: Decide, world: World) -> None:
    """P4: whatever a layer says, the decision is no higher than with that layer wide open."""
    whole = decide(world.rules, world.request)
    for layer in Layer:
        others = [rule for rule in world.rules if rule.layer is not layer]
        assert whole.verdict <= decide([*others, baseline(layer)], world.request).verdict


def a_guard_never_widens(decide: Decide, world: World) -> None:
    """P5: adding a deny never raises; adding an approval creates no ALLOW and turns no ALLOW into DENY."""
    after = decide(world.rules, world.request).verdict
    for rule in world.rules:
        before = decide(_without(world.rules, rule), world.request).verdict
        if rule.effect is Verdict.DENY:
            assert after <= before
        if rule.effect is Verdict.APPROVAL:
            assert after is not Verdict.ALLOW or before is Verdict.ALLOW
            assert before is not Verdict.ALLOW or after is not Verdict.DENY


def losing_a_permit_never_widens(decide: Decide, world: World) -> None:
    """P6: removing a permit never raises the verdict."""
    before = decide(world.rules, world.request).verdict
    for rule in world.rules:
        if rule.effect is Verdict.ALLOW:
            assert decide(_without(world.rules, rule), world.request).verdict <= before


def unknown_never_helps(decide: Decide, world: World) -> None:
    """P7: losing a fact, or getting one of the wrong type, never raises and never drops a requirement."""
    known = decide(world.rules, world.request)
    for name in ATTRIBUTES:
        facts: dict[str, Any] = dict(world.request.facts)
        missing = {key: value for key, value in facts.items() if key != name}
        for worse in (missing, *({**facts, name: no_value} for no_value in NO_VALUES)):
            blind = decide(world.rules, AuthorizationRequest(world.request.action, worse))
            assert blind.verdict <= known.verdict
            if blind.verdict is known.verdict:
                assert _covers(blind.requirements, known.requirements)


def nothing_is_allowed_by_default(decide: Decide, world: World) -> None:
    """P8: no rules deny everything, and so does any one layer without a grant."""
    assert decide([], world.request).verdict is Verdict.DENY
    for layer in Layer:
        ungranted = [rule for rule in world.rules if rule.layer is not layer or rule.effect is Verdict.DENY]
        assert decide(ungranted, world.request).verdict is Verdict.DENY


def the_explanation_suffices(decide: Decide, world: World) -> None:
    """P9: the cited rules and the permits alone give the same verdict and requirements."""
    whole = decide(world.rules, world.request)
    cited = {ref for result in whole.layers for ref in result.rules}
    again = decide([rule for rule in world.rules if rule.ref in cited or rule.effect is Verdict.ALLOW], world.request)
    assert (again.verdict, again.requirements) == (whole.verdict, whole.requirements)
    for result in whole.layers:
        assert result.rules or result.verdict is Verdict.DENY


def every_possible_guard_bites(decide: Decide, world: World) -> None:
    """P11: a deny that may match denies and is cited; an approval that may match is asked for."""
    if world.request.action not in CATALOGUE:
        return
    whole = decide(world.rules, world.request)
    facts = checked_facts(world.request.facts)
    cited = {result.layer: result.rules for result in whole.layers}
    for rule in world.rules:
        if rule.effect is Verdict.ALLOW or truth_of(rule, world.request.action, facts=facts) is Truth.FALSE:
            continue
        assert whole.verdict <= rule.effect
        if rule.effect is Verdict.DENY:
            assert rule.ref in cited[rule.layer]
        elif whole.verdict is Verdict.APPROVAL:
            assert rule.ref in cited[rule.layer]
            assert _covers(whole.requirements, rule.requirements)


def the_verdict_is_the_meet_of_six(decide: Decide, world: World) -> None:
    """P12: six layers are reported in order, the verdict is their strictest, and only APPROVAL asks."""
    whole = decide(world.rules, world.request)
    assert [result.layer for result in whole.layers] == list(Layer)
    assert whole.verdict is min(result.verdict for result in whole.layers)
    assert bool(whole.requirements) == (whole.verdict is Verdict.APPROVAL)


LAWS: Final = {
    "P2": order_never_matters,
    "P3": every_layer_is_a_ceiling,
    "P4": no_layer_widens_another,
    "P5": a_guard_never_widens,
    "P6": losing_a_permit_never_widens,
    "P7": unknown_never_helps,
    "P8": nothing_is_allowed_by_default,
    "P9": the_explanation_suffices,
    "P11": every_possible_guard_bites,
    "P12": the_verdict_is_the_meet_of_six,
}


def _without(rules: Iterable[Rule], gone: Rule) -> list[Rule]:
    return [rule for rule in rules if rule is not gone]


def _covers(strict: Iterable[Requirement], asked: Iterable[Requirement]) -> bool:
    """Whether `strict` asks each resolver of `asked` for at least as much."""
    kept = {one.resolver: one for one in strict}
    return all(_asks_no_less(kept.get(one.resolver), one) for one in asked)


def _asks_no_less(strict: Requirement | None, asked: Requirement) -> bool:
    if strict is None or strict.count < asked.count:
        return False
    return strict.standing == "never" or asked.standing == "allowed"
