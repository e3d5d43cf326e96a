"""The specification keeps its laws on random rule sets, and the layer algebra keeps them exhaustively."""

import itertools
import os
from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from policy import reference
from policy.decision import Decision, Layer, Requirement, RuleRef, Verdict
from policy.request import AuthorizationRequest
from policy.rule import Rule, Truth
from tests.policy.laws import LAWS
from tests.policy.worlds import CATALOGUE, WORLDS, World

# The profiles stand in conftest.py.
SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))


def by_the_reference(rules: Sequence[Rule], request: AuthorizationRequest) -> Decision:
    return reference.decide(rules, request, catalogue=CATALOGUE, bundle_digest="b")


@pytest.mark.parametrize("law", LAWS)
@SETTINGS
@given(world=WORLDS)
def test_the_specification_keeps_every_law(law: str, world: World) -> None:
    LAWS[law](by_the_reference, world)


def _matches(*, permit: Truth, approval: Truth, deny: Truth) -> list[tuple[Rule, Truth]]:
    asked = frozenset({Requirement("oncall")})
    return [
        (Rule(RuleRef("p", ""), Layer.ACTION, Verdict.ALLOW, CATALOGUE, ()), permit),
        (Rule(RuleRef("a", ""), Layer.ACTION, Verdict.APPROVAL, CATALOGUE, (), requirements=asked), approval),
        (Rule(RuleRef("d", ""), Layer.ACTION, Verdict.DENY, CATALOGUE, ()), deny),
    ]


@pytest.mark.parametrize("permit", Truth)
@pytest.mark.parametrize("approval", Truth)
@pytest.mark.parametrize("deny", Truth)
def test_a_layer_says_what_the_definition_says(permit: Truth, approval: Truth, deny: Truth) -> None:
    said = reference.layer_result(Layer.ACTION, _matches(permit=permit, approval=approval, deny=deny)).verdict
    if deny is not Truth.FALSE or Truth.TRUE not in (permit, approval):
        assert said is Verdict.DENY
    elif approval is not Truth.FALSE:
        assert said is Verdict.APPROVAL
    else:
        assert said is Verdict.ALLOW


def test_a_rule_that_says_nothing_at_all_never_matches() -> None:
    for effect in (Verdict.ALLOW, Verdict.DENY):
        silent = Rule(RuleRef("r", ""), Layer.ACTION, effect, CATALOGUE, conjunctions=())
        assert reference.truth_of(silent, "a.one", facts={}) is Truth.FALSE


def test_the_meet_is_monotone_in_each_of_six_layers() -> None:
    cases = 0
    for verdicts in itertools.product(Verdict, repeat=6):
        for place in range(6):
            for lower in range(verdicts[place] + 1):
                lowered = (*verdicts[:place], Verdict(lower), *verdicts[place + 1 :])
                assert reference.strictest(lowered) <= reference.strictest(verdicts)
                cases += 1
    assert cases == 8748


def test_requirements_of_one_resolver_become_the_strictest_one() -> None:
    asked = (
        Requirement("oncall", count=2, standing="allowed"),
        Requirement("oncall", count=1, standing="never"),
        Requirement("security", count=1, standing="allowed"),
    )
    for order in itertools.permutations(asked):
        assert reference.merged(order) == {
            Requirement("oncall", count=2, standing="never"),
            Requirement("security", count=1, standing="allowed"),
        }


def test_an_action_outside_the_catalogue_is_denied_by_all_six_layers() -> None:
    everywhere = [Rule(RuleRef(f"{one}", ""), one, Verdict.ALLOW, frozenset({"z.new"}), ((),)) for one in Layer]
    denied = by_the_reference(everywhere, AuthorizationRequest("z.new"))
    assert [(one.layer, one.verdict, one.rules) for one in denied.layers] == [(one, Verdict.DENY, ()) for one in Layer]


def test_an_approval_that_asks_nobody_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="requirements"):
        Rule(RuleRef("a.x", ""), Layer.ACTION, Verdict.APPROVAL, CATALOGUE, ((),))
    with pytest.raises(ValueError, match="requirements"):
        Rule(
            RuleRef("a.x", ""),
            Layer.ACTION,
            Verdict.ALLOW,
            CATALOGUE,
            ((),),
            requirements=frozenset({Requirement("oncall")}),
        )
