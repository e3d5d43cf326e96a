"""The reasons behind a DENY: each alone is enough to deny, and only all of them together lift it."""

from collections.abc import Sequence

import pytest
from hypothesis import given

from policy import reference
from policy.decision import Layer, Requirement, RuleRef, Verdict
from policy.explanation.blame import Bite, Gap, Reason, Uncatalogued, reasons
from policy.registry import checked_facts
from policy.request import AuthorizationRequest
from policy.rule import Rule, Truth
from tests.policy.test_laws import SETTINGS
from tests.policy.worlds import CATALOGUE, OUTSIDE, WORLDS, World


def opener(layer: Layer, action: str) -> Rule:
    return Rule(RuleRef(f"opener.{layer}", ""), layer, Verdict.ALLOW, frozenset({action}), conjunctions=((),))


def verdict(rules: Sequence[Rule], request: AuthorizationRequest, *, catalogue: frozenset[str] = CATALOGUE) -> Verdict:
    return reference.decide(rules, request, catalogue=catalogue, bundle_digest="b").verdict


def lifted(world: World, gone: Sequence[Reason]) -> Verdict:
    """Return the verdict once `gone` is no more: its denies removed, its silent layers opened, the action known."""
    bitten = {one.rule for one in gone if isinstance(one, Bite)}
    opened = [opener(one.layer, world.request.action) for one in gone if isinstance(one, Gap)]
    known = {one.action for one in gone if isinstance(one, Uncatalogued)}
    kept = [rule for rule in world.rules if rule.ref not in bitten]
    return verdict([*kept, *opened], world.request, catalogue=CATALOGUE | known)


def reasons_of(world: World) -> tuple[Reason, ...]:
    return reasons(world.rules, world.request, catalogue=CATALOGUE)


@SETTINGS
@given(world=WORLDS)
def test_there_is_a_reason_exactly_when_the_verdict_is_deny(world: World) -> None:
    assert bool(reasons_of(world)) == (verdict(world.rules, world.request) is Verdict.DENY)


@SETTINGS
@given(world=WORLDS)
def test_all_reasons_together_lift_a_deny_and_none_can_be_left_out(world: World) -> None:
    found = reasons_of(world)
    if not found:
        return
    assert lifted(world, found) is not Verdict.DENY
    for kept in found:
        assert lifted(world, [one for one in found if one is not kept]) is Verdict.DENY


@SETTINGS
@given(world=WORLDS)
def test_each_reason_alone_denies_where_everything_else_is_open(world: World) -> None:
    action = world.request.action
    for one in reasons_of(world):
        opened = [opener(layer, action) for layer in Layer]
        assert verdict(opened, world.request, catalogue=CATALOGUE | {action}) is Verdict.ALLOW
        match one:
            case Bite(_, ref):
                (rule,) = (rule for rule in world.rules if rule.ref == ref)
                denied = verdict([*opened, rule], world.request, catalogue=CATALOGUE | {action})
            case Gap(layer):
                own = [rule for rule in world.rules if rule.layer is layer and rule.effect is not Verdict.DENY]
                others = [rule for rule in opened if rule.layer is not layer]
                denied = verdict([*own, *others], world.request, catalogue=CATALOGUE | {action})
            case Uncatalogued():
                denied = verdict(opened, world.request)
        assert denied is Verdict.DENY


@SETTINGS
@given(world=WORLDS)
def test_the_permits_with_one_cause_alone_still_deny(world: World) -> None:
    permits = [rule for rule in world.rules if rule.effect is Verdict.ALLOW]
    for one in reasons_of(world):
        cause = [rule for rule in world.rules if isinstance(one, Bite) and rule.ref == one.rule]
        assert verdict([*permits, *cause], world.request) is Verdict.DENY


@SETTINGS
@given(world=WORLDS)
def test_reasons_are_told_in_layer_order_and_say_whether_a_deny_is_certain(world: World) -> None:
    found = [one for one in reasons_of(world) if not isinstance(one, Uncatalogued)]
    assert [one.layer for one in found] == [layer for layer in Layer for one in found if one.layer is layer]
    facts = checked_facts(world.request.facts)
    truths = {rule.ref: reference.truth_of(rule, world.request.action, facts=facts) for rule in world.rules}
    for one in found:
        if isinstance(one, Bite):
            assert one.truth is truths[one.rule] is not Truth.FALSE


def test_an_action_outside_the_catalogue_has_that_as_its_first_reason() -> None:
    first, *others = reasons([], AuthorizationRequest(OUTSIDE), catalogue=CATALOGUE)
    assert first == Uncatalogued(OUTSIDE)
    assert others == [Gap(layer) for layer in Layer]


def test_a_rule_that_names_the_outside_action_leaves_only_what_would_be_left() -> None:
    everywhere = [opener(layer, OUTSIDE) for layer in Layer if layer is not Layer.RUNTIME]
    found = reasons(everywhere, AuthorizationRequest(OUTSIDE), catalogue=CATALOGUE)
    assert found == (Uncatalogued(OUTSIDE), Gap(Layer.RUNTIME))


@pytest.mark.parametrize("effect", [Verdict.ALLOW, Verdict.APPROVAL])
def test_a_layer_denies_twice_when_a_rule_bites_where_nothing_grants(effect: Verdict) -> None:
    biting = Rule(RuleRef("d", ""), Layer.ACTION, Verdict.DENY, CATALOGUE, ((),))
    others = [opener(layer, "a.one") for layer in Layer if layer is not Layer.ACTION]
    asked = frozenset({Requirement("oncall")}) if effect is Verdict.APPROVAL else frozenset()
    silent = Rule(RuleRef("g", ""), Layer.ACTION, effect, CATALOGUE, (), requirements=asked)
    found = reasons([biting, silent, *others], AuthorizationRequest("a.one"), catalogue=CATALOGUE)
    assert found == (Bite(Layer.ACTION, RuleRef("d", ""), Truth.TRUE), Gap(Layer.ACTION))
