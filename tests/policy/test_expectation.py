"""Policy tests, run: an example tells how a decision differs, an assertion is a plain claim about all requests."""

import datetime
import random
from typing import Any

import pytest
from hypothesis import given

from policy.analysis import Analysis
from policy.bundle import Bundle
from policy.decision import Layer, Verdict
from policy.document import parse_document
from policy.engine import Engine
from policy.errors import EngineError
from policy.explanation.sentences import sentence
from policy.publication.expectation import ExampleResult, assertions_of, deciding_rules, prove_assertions, run_examples
from policy.request import UNKNOWN
from policy.rule import Condition, Meets, OneOf, Within
from tests.policy.test_laws import SETTINGS
from tests.policy.written import CATALOGUE, SEEDS, document

RULES: list[dict[str, Any]] = [
    {"id": "act.sales", "effect": "permit", "actions": ["a.one"], "when": {"requester.department": "Sales"}},
    {"id": "act.groups", "effect": "permit", "actions": ["a.one"], "when": {"target.groups": {"any": ["g-1"]}}},
    {
        "id": "act.late",
        "effect": "require_approval",
        "actions": ["a.one"],
        "unless": [{"time.local_hours": {"days": ["Tue"], "from": "08:00", "to": "18:00"}}],
        "approval": {"from": ["oncall", "security"], "count": 2},
    },
    {
        "id": "act.never",
        "effect": "deny",
        "actions": ["a.one"],
        "when": {"time.dates": {"from": "2026-12-24", "to": "2026-12-24"}},
    },
]
TUESDAY = {"action": "a.one", "requester.department": "Sales", "time.local": "2026-11-24 10:00"}
LATE = {**TUESDAY, "time.local": "2026-11-24 18:00"}


def bundle_of(tests: dict[str, Any], *, tenant: str = "*") -> Bundle:
    baseline = {"effect": "permit", "actions": ["*"]}
    documents = [
        {"apiVersion": "policy/v1", "layer": one, "tenant": "*", "rules": [{**baseline, "id": f"{one}.baseline"}]}
        for one in Layer
        if one is not Layer.ACTION
    ]
    action = {"apiVersion": "policy/v1", "layer": "action", "tenant": "*", "rules": RULES}
    promises = {"apiVersion": "policy/v1", "layer": "action", "tenant": tenant, "tests": tests}
    return Bundle.of(parse_document(one, source="x", catalogue=CATALOGUE) for one in (*documents, action, promises))


def result_of(expect: dict[str, Any], *, shared: dict[str, Any] | None = None, **example: Any) -> ExampleResult:
    tests = {"examples": [{"id": "ex.one", "given": TUESDAY, "expect": expect, **example}]}
    bundle = bundle_of(tests | ({"given": shared} if shared else {}))
    (result,) = run_examples(bundle, tenant_id="contoso", catalogue=CATALOGUE)
    assert result.decision == Engine(bundle, tenant_id="contoso", catalogue=CATALOGUE).decide(result.request)
    assert result.passed is (result.differences == ())
    return result


HELD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the verdict": ({"verdict": "allow"}, {}),
    "a rule that decides": ({"verdict": "allow", "rules": ["act.sales", "global.baseline"]}, {}),
    "who is asked": ({"verdict": "approval", "approvers": ["security", "oncall"]}, {"given": LATE}),
    "how many are asked": (
        {"verdict": "approval", "approvers": ["security", {"from": "oncall", "count": 2, "standing": "never"}]},
        {"given": LATE},
    ),
    "that nothing matches": (
        {"verdict": "deny", "unmatched": ["action"]},
        {"given": {**TUESDAY, "requester.department": "HR", "target.groups": []}},
    ),
    "a deny by a rule": (
        {"verdict": "deny", "rules": ["act.never"]},
        {"given": {**TUESDAY, "time.local": "2026-12-24 10:00"}},
    ),
    "what is not given is unknown": (
        {"verdict": "deny", "rules": ["act.never"]},
        {"given": {"action": "a.one", "requester.department": "Sales"}},
    ),
}


@pytest.mark.parametrize("what", HELD)
def test_an_example_that_is_as_expected_says_nothing(what: str) -> None:
    expect, example = HELD[what]
    assert result_of(expect, **example).differences == ()


FAILED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another rule decides": (
        {"verdict": "allow", "rules": ["act.groups"]},
        {},
        "expected the rules `act.groups` to decide, got `act.sales`, `department.baseline`, `global.baseline`, "
        "`runtime.baseline`, `target.baseline`, `tenant.baseline`",
    ),
    "a rule of a layer that does not decide": (
        {"verdict": "approval", "rules": ["global.baseline"]},
        {"given": LATE},
        "expected the rules `global.baseline` to decide, got `act.late`",
    ),
    "somebody is asked too": (
        {"verdict": "approval", "approvers": ["oncall"]},
        {"given": LATE},
        "expected `oncall` to be asked, got `2 x oncall (standing never)`, `2 x security (standing never)`",
    ),
    "fewer are asked": (
        {"verdict": "approval", "approvers": ["security", {"from": "oncall", "count": 3}]},
        {"given": LATE},
        "expected `3 x oncall`, `security` to be asked, "
        "got `2 x oncall (standing never)`, `2 x security (standing never)`",
    ),
    "a grant may not stand in": (
        {"verdict": "approval", "approvers": ["security", {"from": "oncall", "standing": "allowed"}]},
        {"given": LATE},
        "expected `oncall (standing allowed)`, `security` to be asked, "
        "got `2 x oncall (standing never)`, `2 x security (standing never)`",
    ),
    "a rule matches after all": (
        {"verdict": "deny", "unmatched": ["action", "runtime"]},
        {"given": {**TUESDAY, "requester.department": "HR", "target.groups": []}},
        "expected that nothing matches in the layers `action`, `runtime`, got `action`",
    ),
    "nothing is unmatched": (
        {"verdict": "deny", "unmatched": ["action"]},
        {"given": {**TUESDAY, "time.local": "2026-12-24 10:00"}},
        "expected that nothing matches in the layers `action`, got none",
    ),
}


@pytest.mark.parametrize("what", FAILED)
def test_an_example_that_differs_says_what_was_expected_and_what_came(what: str) -> None:
    expect, example, difference = FAILED[what]
    assert result_of(expect, **example).differences == (difference,)


def test_another_verdict_is_told_with_the_rules_that_made_it() -> None:
    result = result_of({"verdict": "allow", "rules": ["act.sales"]}, given=LATE)
    assert result.differences == (f"expected the verdict `allow`, got {sentence(result.decision)}",)
    assert "`act.late`" in result.differences[0]


def test_a_rule_that_no_document_has_is_named_even_when_the_verdict_differs() -> None:
    stranger, verdict = result_of({"verdict": "deny", "rules": ["act.sale"]}).differences
    assert stranger == "expected the rule `act.sale`, which is not in the bundle; did you mean `act.sales`?"
    assert verdict.startswith("expected the verdict `deny`, got allowed")


def test_facts_that_are_shared_hold_unless_they_are_given_anew_or_taken_away() -> None:
    shared = {"requester.department": "HR", "risk": 5, "time.local": "2026-11-24 10:00", "target.groups": ["g-1"]}
    facts = result_of({"verdict": "allow"}, shared=shared, given={"action": "a.one", "risk": 7}).request.facts
    day = datetime.date(2026, 11, 24)
    assert facts == {
        "requester.department": "HR",
        "risk": 7,
        "target.groups": frozenset({"g-1"}),
        "time.day": day.toordinal(),
        "time.minute_of_week": (1 * 24 + 10) * 60,
    }
    bare = result_of({"verdict": "deny"}, shared=shared, given={"action": "a.one"}, unknown=["time.local", "risk"])
    assert bare.request.facts.keys() == {"requester.department", "target.groups"}
    assert bare.request.facts.get("time.day", UNKNOWN) is UNKNOWN


def test_a_local_time_is_the_day_and_the_minute_of_the_week() -> None:
    for text, minute in (("2026-11-23 00:00", 0), ("2026-11-29 23:59", 7 * 24 * 60 - 1)):
        facts = result_of({"verdict": "deny"}, given={"action": "a.two", "time.local": text}).request.facts
        assert facts["time.minute_of_week"] == minute
        assert facts["time.day"] == datetime.date.fromisoformat(text[:10]).toordinal()


def test_a_tenant_runs_its_own_tests_and_those_for_all() -> None:
    tests = {
        "examples": [{"id": f"ex.{name}", "given": TUESDAY, "expect": {"verdict": "allow"}} for name in "ba"],
        "assertions": [{"id": f"as.{name}", "never": ["deny"], "actions": ["a.*"]} for name in "ba"],
    }
    for tenant, expected in (("*", 2), ("contoso", 2), ("fabrikam", 0)):
        bundle = bundle_of(tests, tenant=tenant)
        ran = run_examples(bundle, tenant_id="CONTOSO", catalogue=CATALOGUE)
        assert [one.example.id for one in ran] == ["ex.a", "ex.b"][:expected]
        claimed = assertions_of(bundle, tenant_id="CONTOSO", catalogue=CATALOGUE)
        assert [one.id for one in claimed] == ["as.a", "as.b"][:expected]


def test_examples_are_run_for_one_tenant() -> None:
    with pytest.raises(EngineError):
        run_examples(
            bundle_of({"assertions": [{"id": "as.one", "never": ["deny"], "actions": ["*"]}]}),
            tenant_id="*",
            catalogue=CATALOGUE,
        )


def test_an_assertion_is_a_claim_in_the_terms_of_the_engine() -> None:
    written = {
        "id": "as.one",
        "never": ["approval", "allow"],
        "actions": ["*.one"],
        "where": {"risk": {"min": 5}},
        "where_any": [{"is_rollback": True}, {"target.groups": {"any": ["g-1"]}}],
    }
    everywhere = {"id": "as.two", "never": ["deny"], "actions": ["a.two"]}
    one, two = assertions_of(bundle_of({"assertions": [written, everywhere]}), tenant_id="t", catalogue=CATALOGUE)
    risky = Condition("risk", Within(((5, None),)))
    assert one.actions == {"a.one", "b.one"}
    assert one.never == {Verdict.ALLOW, Verdict.APPROVAL}
    assert set(one.where) == {
        (risky, Condition("is_rollback", OneOf(frozenset({True})))),
        (risky, Condition("target.groups", Meets(frozenset({"g-1"})))),
    }
    # One empty conjunction is TRUE for every request; no conjunction at all would claim nothing.
    assert (two.actions, two.where, two.never) == ({"a.two"}, ((),), {Verdict.DENY})


@SETTINGS
@given(seed=SEEDS)
def test_any_example_that_expects_what_was_decided_holds(seed: int) -> None:
    data = document(random.Random(seed))
    data["tests"] = data.get("tests", {}) | {
        "examples": [{"id": "ex.any", "given": TUESDAY, "expect": {"verdict": "deny"}}]
    }
    bundle = Bundle.of([parse_document(data, source="x", catalogue=CATALOGUE)])
    tenant_id = "contoso" if data["tenant"] == "*" else data["tenant"]
    (result,) = run_examples(bundle, tenant_id=tenant_id, catalogue=CATALOGUE)
    # One document leaves five layers silent, so the decision is a deny whatever it says.
    assert result.passed
    assert set(result.deciding) == set(deciding_rules(result.decision)) <= set(data_ids(data))


def data_ids(data: dict[str, Any]) -> list[str]:
    return [one["id"] for part in ("rules", "limits") for one in data.get(part, [])]


def test_an_assertion_that_promises_nothing_fails_and_says_so() -> None:
    hours = {"days": ["Tue"], "from": "08:00", "to": "18:00"}
    where = {"time.dates": {"from": "2026-11-23", "to": "2026-11-23"}, "time.local_hours": hours}
    written = {"id": "as.never", "never": ["allow"], "actions": ["*"], "where": where}
    kept = {**written, "id": "as.kept", "actions": ["b.one"], "where": {"risk": {"min": 3}}}
    bundle = bundle_of({"assertions": [written, kept]})
    claims = assertions_of(bundle, tenant_id="t", catalogue=CATALOGUE)
    good, empty = prove_assertions(claims, Analysis(bundle, tenant_id="t", catalogue=CATALOGUE))
    assert (good.passed, empty.passed) == (True, False)
    assert empty.sentence() == "`as.never` promises nothing: no request can meet its condition"


def test_a_promise_is_told_as_proved_or_with_the_request_that_breaks_it() -> None:
    written: list[dict[str, Any]] = [
        {"id": "as.a", "never": ["allow"], "actions": ["b.one"]},
        {"id": "as.b", "never": ["allow"], "actions": ["a.two", "b.one"]},
        {"id": "as.c", "never": ["deny"], "actions": ["b.one"]},
        {"id": "as.d", "never": ["approval"], "actions": ["a.one"], "where": {"target.groups": {"any": ["g-1"]}}},
    ]
    bundle = bundle_of({"assertions": written})
    claims = assertions_of(bundle, tenant_id="t", catalogue=CATALOGUE)
    told = prove_assertions(claims, Analysis(bundle, tenant_id="t", catalogue=CATALOGUE))
    assert [one.passed for one in told] == [True, True, False, False]
    one, several, bare, known = (each.sentence() for each in told)
    assert one == "`as.a` is proved for `1` action"
    assert several == "`as.b` is proved for `2` actions"
    assert bare == "`as.c` is broken: `b.one` gets the verdict `deny` when nothing is known"
    assert known.startswith("`as.d` is broken: `a.one` gets the verdict `approval` when ")
    assert "target.groups is `[g-1]`, time.day is `" in known
