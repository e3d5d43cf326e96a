"""Which facts a decision depends on, where rules of a layer overlap, what a standing grant stands in for."""

import os
from typing import Any

from hypothesis import given, settings

from policy import AuthorizationRequest, Bundle, Layer, Requirement, Verdict
from policy.analysis import facts_idle, facts_needed, grant_scope, overlaps
from policy.analysis.scenario import Scenario
from policy.reference import truth_of
from policy.rule import Condition, OneOf, Truth
from tests.policy.analysis.policies import POLICIES, analysis_of, bundle_of, cells_of, decided, opened, sides_of, whole

SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))


def outcome(rules: Any, request: AuthorizationRequest) -> tuple[Verdict, frozenset[Requirement]]:
    decision = decided(rules, request)
    return decision.verdict, decision.requirements


@settings(SETTINGS, max_examples=30)
@given(bundle=POLICIES)
def test_a_fact_is_needed_exactly_when_some_two_values_of_it_are_decided_differently(bundle: Bundle) -> None:
    analysis = analysis_of(bundle)
    for action, side in sides_of(analysis):
        partition = whole(Scenario(action, (side,)))
        outcomes = {
            tuple(sorted(partition.places(cell).items())): outcome(side.rules, request)
            for cell, request in cells_of(partition)
        }
        needed = set()
        for axis in partition.axes:
            alike: dict[Any, Any] = {}
            for places, found in outcomes.items():
                others = tuple(one for one in places if one[0] != axis.name)
                if alike.setdefault(others, found) != found:
                    needed.add(axis.name)
        assert facts_needed(analysis, action) == tuple(sorted(needed))
        assert facts_idle(analysis, action) == tuple(sorted({axis.name for axis in partition.axes} - needed))


@settings(SETTINGS, max_examples=20)
@given(bundle=POLICIES)
def test_an_overlap_is_a_permit_that_matches_where_an_approval_of_its_layer_is_asked(bundle: Bundle) -> None:
    analysis = analysis_of(bundle)
    expected: dict[tuple[str, str], set[str]] = {}
    for action, side in sides_of(analysis):
        for _, request in cells_of(whole(Scenario(action, (side,)))):
            if decided(side.rules, request).verdict is not Verdict.APPROVAL:
                continue
            for permit in (one for one in side.rules if one.effect is Verdict.ALLOW and () not in one.conjunctions):
                for approval in (one for one in side.rules if one.effect is Verdict.APPROVAL):
                    matches = truth_of(permit, action, facts=request.facts) is Truth.TRUE
                    asks = truth_of(approval, action, facts=request.facts) is not Truth.FALSE
                    if matches and asks and permit.layer is approval.layer:
                        expected.setdefault((permit.ref.id, approval.ref.id), set()).add(action)
    found = overlaps(analysis)
    assert {(one.permit.id, one.approval.id): set(one.actions) for one in found} == expected
    for one in found:
        assert all(region.action == one.actions[0] for region in one.cover.regions)
        assert all(analysis.engine.decide(r.witness).verdict is Verdict.APPROVAL for r in one.cover.regions)


PATTERN = ((Condition("requester.department", OneOf(frozenset({"HR"}))),),)


@settings(SETTINGS, max_examples=30)
@given(bundle=POLICIES)
def test_a_grant_discharges_what_its_resolver_alone_is_asked_by_its_rules(bundle: Bundle) -> None:
    analysis = analysis_of(bundle)
    for action, side in sides_of(analysis):
        asking = [rule for rule in side.rules if any(one.resolver == "oncall" for one in rule.requirements)]
        for digests in (frozenset(rule.ref.digest for rule in asking[:1]), frozenset(r.ref.digest for r in asking)):
            scope = grant_scope(
                analysis, actions=(action,), where=PATTERN, resolver="oncall", rule_digests=digests, count=1
            )
            dischargeable = [
                request
                for _, request in cells_of(whole(Scenario(action, (side,), where=PATTERN)))
                if request.facts.get("requester.department") == "HR"
                and Requirement("oncall", 1, "allowed") in decided(side.rules, request).requirements
                and all(
                    rule.ref.digest in digests
                    for rule in asking
                    if truth_of(rule, action, facts=request.facts) is not Truth.FALSE
                )
            ]
            assert scope.inert == (not dischargeable)
            assert scope.covers[action].cells == len(dischargeable)
            for region in scope.covers[action].regions:
                decision = analysis.engine.decide(region.witness)
                assert Requirement("oncall", 1, "allowed") in decision.requirements


def asking(**approval: Any) -> dict[str, Any]:
    return {"effect": "require_approval", "actions": ["a.one"], "approval": {"from": ["oncall"], **approval}}


def scope_of(*rules: dict[str, Any], **pattern: Any) -> Any:
    analysis = analysis_of(bundle_of({**opened(Layer.ACTION), Layer.ACTION: list(rules)}))
    digests = frozenset(rule.ref.digest for rule in analysis.rules)
    settings_ = {"actions": ("a.one",), "where": None, "resolver": "oncall", "rule_digests": digests, **pattern}
    return grant_scope(analysis, **settings_)


def test_a_grant_is_inert_against_never_against_more_people_and_against_edited_rules() -> None:
    allowed = asking(standing="allowed")
    assert not scope_of(allowed).inert
    assert scope_of(allowed, resolver="security").inert
    assert scope_of(allowed, rule_digests=frozenset({"0" * 64})).inert
    assert scope_of(asking(standing="never")).inert
    assert scope_of(asking(standing="allowed", count=2)).inert
    assert not scope_of(asking(standing="allowed", count=2), count=2).inert
    assert scope_of(allowed, asking(standing="never")).inert
