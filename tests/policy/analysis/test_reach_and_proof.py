"""Which actions nobody can get, and whether something never happens: by the specification on every cell."""

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy import Bundle, EngineError, Layer, Verdict
from policy.analysis import Analysis, prove, reach
from policy.analysis import proof as proof_module
from policy.analysis.axis import axes_of
from policy.analysis.domain import place_of
from policy.analysis.scenario import Scenario
from policy.request import UNKNOWN
from policy.rule import Condition, OneOf, Rule, Truth, Within
from tests.policy.analysis.policies import POLICIES, analysis_of, bundle_of, cells_of, decided, opened, sides_of, whole
from tests.policy.worlds import baseline

SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))
VERDICTS = st.sets(st.sampled_from(Verdict), min_size=1, max_size=2).map(frozenset)
WHERE = st.sampled_from(
    [
        None,
        ((),),
        ((Condition("requester.department", OneOf(frozenset({"HR"}))),),),
        ((Condition("risk", Within(((3, None),))),), (Condition("request.on_self", OneOf(frozenset({True}))),)),
        ((Condition("target.department", OneOf(frozenset({"HR"}))),),),
    ]
)


def best_by_brute_force(rules: tuple[Rule, ...], scenario: Scenario) -> dict[int | None, Verdict]:
    """Return the best verdict, for all requests (None) and per class of the requester's department."""
    axis = next((one for one in axes_of(scenario) if one.name == "requester.department"), None)
    best: dict[int | None, Verdict] = {None: Verdict.DENY}
    for _, request in cells_of(whole(scenario)):
        verdict = decided(rules, request).verdict
        best[None] = max(best[None], verdict)
        if axis is not None:
            place = place_of(axis.domain, request.facts.get(axis.name, UNKNOWN))
            best[place] = max(best.get(place, Verdict.DENY), verdict)
    return best


def passes(analysis: Analysis, action: str, *, layers: tuple[Layer, ...]) -> bool:
    """Whether some request passes when all layers but these are wide open."""
    side = analysis.side(action)
    kept = [rule for rule in side.rules if rule.layer in layers]
    free = [baseline(layer) for layer in Layer if layer not in layers]
    named = [Rule(one.ref, one.layer, one.effect, frozenset({action}), one.conjunctions) for one in free]
    requests = (request for _, request in cells_of(whole(Scenario(action, (side,)))))
    return any(decided([*kept, *named], request).verdict > Verdict.DENY for request in requests)


@settings(SETTINGS, max_examples=40)
@given(bundle=POLICIES)
def test_reach_is_the_best_verdict_and_names_the_layers_that_block(bundle: Bundle) -> None:
    analysis = analysis_of(bundle)
    by_department = reach(analysis, by_attribute="requester.department")
    for one in reach(analysis):
        scenario = Scenario(one.action, (analysis.side(one.action),))
        best = best_by_brute_force(analysis.side(one.action).rules, scenario)
        assert one.verdict is best.pop(None)
        assert bool(one.blocking) == (one.verdict is Verdict.DENY)
        if one.blocking:
            alone = [layer for layer in Layer if not passes(analysis, one.action, layers=(layer,))]
            if alone:
                assert list(one.blocking) == alone
            else:
                assert not passes(analysis, one.action, layers=one.blocking)
                for layer in one.blocking:
                    fewer = tuple(other for other in one.blocking if other is not layer)
                    assert passes(analysis, one.action, layers=fewer)
        of_action = [other for other in by_department if other.action == one.action]
        by_class = [best[place] for place in sorted(place for place in best if place is not None)]
        assert [other.verdict for other in of_action] == (by_class or [one.verdict])
        assert all(bool(other.blocking) == (other.verdict is Verdict.DENY) for other in of_action)


def test_layers_that_only_block_together_are_named_together() -> None:
    rules: dict[Layer, list[dict[str, Any]]] = {
        **opened(),
        Layer.ACTION: [{"effect": "permit", "actions": ["*"], "when": {"risk": {"max": 10}}}],
        Layer.RUNTIME: [{"effect": "permit", "actions": ["*"], "when": {"risk": {"min": 11}}}],
    }
    analysis = analysis_of(bundle_of(rules))
    assert {one.blocking for one in reach(analysis)} == {(Layer.ACTION, Layer.RUNTIME)}


def test_a_department_without_a_path_is_named_with_the_layer_that_blocks_it() -> None:
    closed = {"effect": "deny", "actions": ["a.one"], "when": {"requester.department": "HR"}}
    analysis = analysis_of(bundle_of({**opened(), Layer.DEPARTMENT: [*opened()[Layer.DEPARTMENT], closed]}))
    found = [one for one in reach(analysis, by_attribute="requester.department") if one.action == "a.one"]
    assert [(one.value, one.verdict.name, one.blocking) for one in found] == [
        ("HR, or is unknown", "DENY", (Layer.DEPARTMENT,)),
        ("not HR", "ALLOW", ()),
    ]
    (other,) = [one for one in reach(analysis, by_attribute="requester.department") if one.action == "a.two"]
    assert (other.value, other.verdict) == ("anything", Verdict.ALLOW)


@settings(SETTINGS, max_examples=80)
@given(bundle=POLICIES, where=WHERE, never=VERDICTS)
def test_a_claim_is_proved_exactly_when_no_request_contradicts_it(bundle: Bundle, where: Any, never: Any) -> None:
    analysis = analysis_of(bundle)
    for action, side in sides_of(analysis):
        found = prove(analysis, actions=[action], where=where, never=never)
        contradicted = any(
            decided(side.rules, request).verdict in never
            for _, request in cells_of(whole(Scenario(action, (side,), where=where)))
            if where is None or any(all(c.truth(request.facts) is Truth.TRUE for c in each) for each in where)
        )
        assert found.proved is not contradicted
        assert found.actions == (action,)
        if found.counterexample is not None:
            assert found.region is not None and found.region.witness == found.counterexample
            assert decided(side.rules, found.counterexample).verdict is found.verdict
            assert found.verdict in never


def test_the_first_action_that_breaks_a_promise_is_the_counterexample() -> None:
    permit = {"effect": "permit", "actions": ["b.one"]}
    analysis = analysis_of(bundle_of({**opened(Layer.ACTION), Layer.ACTION: [permit]}))
    found = prove(analysis, actions=("a.one", "a.two", "b.one"), where=None, never=frozenset({Verdict.ALLOW}))
    assert found.counterexample is not None and found.counterexample.action == "b.one"
    assert prove(analysis, actions=("a.one",), where=None, never=frozenset({Verdict.ALLOW})).proved
    with pytest.raises(EngineError, match=r"`z\.one`"):
        prove(analysis, actions=("z.one",), where=None, never=frozenset({Verdict.ALLOW}))


def test_a_counterexample_that_the_engine_denies_is_never_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = analysis_of(bundle_of(opened()))
    real = proof_module._counterexample

    def confused(*asked: Any, where: Any, never: Any) -> Any:
        return real(*asked, where=where, never=frozenset(Verdict))

    monkeypatch.setattr(proof_module, "_counterexample", confused)
    with pytest.raises(AssertionError, match="the analysis and the engine disagree"):
        prove(analysis, actions=("a.one",), where=None, never=frozenset({Verdict.DENY}))


def test_a_date_and_an_hour_that_do_not_go_together_are_no_counterexample() -> None:
    """2026-11-23 is a Monday, so nothing happens on it at an hour of Tuesday."""
    when = {
        "time.dates": {"from": "2026-11-23", "to": "2026-11-23"},
        "time.local_hours": {"days": ["Tue"], "from": "00:00", "to": "24:00"},
    }
    permit = {"effect": "permit", "actions": ["a.one"], "when": when}
    week = {**permit, "when": {**when, "time.dates": {"from": "2026-11-23", "to": "2026-11-24"}}}
    for rules, is_proved in (([permit], True), ([permit, week], False)):
        analysis = analysis_of(bundle_of({**opened(Layer.ACTION), Layer.ACTION: rules}))
        found = prove(analysis, actions=("a.one",), where=None, never=frozenset({Verdict.ALLOW}))
        assert found.proved is is_proved


@pytest.mark.parametrize("days", [("Tue",), ("Mon", "Tue")])
def test_a_denied_date_is_a_counterexample_only_with_an_hour_of_its_weekday(days: tuple[str, ...]) -> None:
    freeze = {"effect": "deny", "actions": ["*"], "when": {"time.dates": {"from": "2026-11-23", "to": "2026-11-23"}}}
    analysis = analysis_of(bundle_of({**opened(), Layer.RUNTIME: [*opened()[Layer.RUNTIME], freeze]}))
    starts = [1440 * place for place, day in enumerate(("Mon", "Tue")) if day in days]
    minutes = Within(tuple((start, start + 1440) for start in starts))
    where = ((Condition("time.minute_of_week", minutes), Condition("time.day", Within(((1, None),)))),)
    found = prove(analysis, actions=("a.one",), where=where, never=frozenset({Verdict.DENY}))
    assert found.proved is (days == ("Tue",))


def test_a_claim_about_nothing_is_vacuous_and_does_not_hold() -> None:
    analysis = analysis_of(bundle_of(opened()))
    never_low = (Condition("risk", Within(((0, 5),))), Condition("risk", Within(((5, None),))))
    for actions, where in ((("a.one",), (never_low,)), (("a.one",), ()), ((), None)):
        found = prove(analysis, actions=actions, where=where, never=frozenset({Verdict.DENY}))
        assert (found.proved, found.vacuous, found.holds) == (True, True, False)


def test_a_claim_that_holds_is_not_vacuous_whatever_the_rules_deny() -> None:
    freeze = {"effect": "deny", "actions": ["*"]}
    analysis = analysis_of(bundle_of({**opened(), Layer.RUNTIME: [freeze]}))
    risky = ((Condition("risk", Within(((90, None),))),),)
    for where in (None, risky):
        found = prove(analysis, actions=("a.one",), where=where, never=frozenset({Verdict.ALLOW}))
        assert (found.proved, found.vacuous, found.holds) == (True, False, True)
