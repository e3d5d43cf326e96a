"""A rule is reported exactly when every request is decided the same without it."""

import os
from typing import Any

import pytest
from hypothesis import given, settings

from policy import Bundle, Layer, Verdict
from policy.analysis import Analysis, FindingKind, RuleFinding, findings
from policy.analysis.scenario import Scenario, Side
from policy.rule import Rule, Truth
from tests.policy.analysis.policies import POLICIES, analysis_of, bundle_of, cells_of, decided, opened, sides_of, whole

SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))


def live_by_leaving_out(analysis: Analysis) -> set[str]:
    """Return the ids of the rules without which some request is decided otherwise."""
    live = set()
    for action, side in sides_of(analysis):
        everything = [request for _, request in cells_of(whole(Scenario(action, (side,))))]
        for rule in side.rules:
            others = [one for one in side.rules if one is not rule]
            for request in everything:
                was, now = decided(side.rules, request), decided(others, request)
                if (was.verdict, was.requirements) != (now.verdict, now.requirements):
                    live.add(rule.ref.id)
                    break
    return live


def ever_true(rule: Rule) -> bool:
    requests = [request for _, request in cells_of(whole(Scenario("a", (Side((rule,)),), where=rule.conjunctions)))]
    return any(
        all(one.truth(request.facts) is Truth.TRUE for one in conjunction)
        for conjunction in rule.conjunctions
        for request in requests
    )


@settings(SETTINGS, max_examples=35)
@given(bundle=POLICIES)
def test_a_rule_is_reported_exactly_when_leaving_it_out_changes_nothing(bundle: Bundle) -> None:
    analysis = analysis_of(bundle)
    live = live_by_leaving_out(analysis)
    found = {one.rule.id: one for one in findings(analysis)}
    for rule in analysis.rules:
        if not ever_true(rule):
            assert found[rule.ref.id].kind is FindingKind.NEVER_MATCHES
            assert ("where a fact is unknown" in found[rule.ref.id].text) == (rule.ref.id in live)
        else:
            assert (rule.ref.id in found) == (rule.ref.id not in live)


def told(**layers: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    rules = {Layer(name): [*opened()[Layer(name)], *some] for name, some in layers.items()}
    found: tuple[RuleFinding, ...] = findings(analysis_of(bundle_of({**opened(), **rules})))
    return [(one.rule.id, one.kind.value, one.severity) for one in found]


def rule(effect: str, **when: Any) -> dict[str, Any]:
    blocks = {"when": {name.replace("__", "."): value for name, value in when.items()}} if when else {}
    return {"effect": effect, "actions": ["*"], **blocks}


def test_a_permit_beside_a_wider_one_never_decides() -> None:
    assert told(action=[rule("permit", risk=3)]) == [("action.all.1", "never_decides", "warning")]


def test_two_denies_of_two_layers_for_the_same_are_defence_in_depth() -> None:
    deny = rule("deny", target__is_break_glass=True)
    assert told(**{"global": [deny], "target": [deny]}) == [
        ("global.all.1", "redundant_guard", "info"),
        ("target.all.1", "redundant_guard", "info"),
    ]


def test_the_only_deny_of_something_is_no_finding_although_its_classes_are_no_cells() -> None:
    assert told(target=[rule("deny", target__is_break_glass=True)]) == []


def test_an_approval_that_asks_no_more_than_another_is_a_finding_of_its_layer() -> None:
    two = {**rule("require_approval", risk={"max": 50}), "approval": {"from": ["oncall"], "count": 2}}
    one = {**rule("require_approval", risk=3), "approval": {"from": ["oncall"], "count": 1}}
    assert told(runtime=[two, one]) == [("runtime.all.2", "redundant_guard", "info")]
    assert ("action.all.2", "never_decides", "warning") in told(action=[two, one])


@pytest.mark.parametrize("effect", ["permit", "deny"])
def test_a_rule_that_contradicts_itself_is_an_error(effect: str) -> None:
    never = {**rule(effect, risk=3), "unless": [{"risk": {"min": 2}}]}
    assert told(action=[never])[0] == ("action.all.1", "never_matches", "error")


def test_a_rule_of_which_one_block_can_hold_is_no_error() -> None:
    either = {
        "effect": "deny",
        "actions": ["*"],
        "when": {"risk": 3},
        "when_any": [{"risk": 4}, {"request.on_self": True}],
    }
    (found,) = analysis_of(bundle_of({Layer.ACTION: [either]})).rules
    assert len(found.conjunctions) == 2
    assert told(action=[either]) == []


def test_errors_come_before_warnings_and_warnings_before_the_rest() -> None:
    never = {**rule("permit", risk=3), "unless": [{"risk": 3}]}
    deny = rule("deny", request__on_self=True)
    severities = [
        severity for *_, severity in told(action=[rule("permit", risk=3), never], target=[deny], runtime=[deny])
    ]
    assert severities == ["error", "warning", "info", "info"]


def test_every_verdict_of_a_rule_has_its_own_words() -> None:
    analysis = analysis_of(bundle_of({**opened(), Layer.ACTION: [rule("permit"), rule("permit", risk=3)]}))
    (found,) = findings(analysis)
    assert (found.text, found.layer) == (
        "rule `action.all.1`: wherever it permits, another rule does too or some rule denies",
        Layer.ACTION,
    )
    assert {one.effect for one in analysis.rules} == {Verdict.ALLOW}
