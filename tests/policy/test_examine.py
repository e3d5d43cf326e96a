"""A review says what each stage found, in words a signer can act on, and blocks what no signature may lift."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from policy import AuthorizationRequest, Bundle, Engine, PolicyDocument, parse_document
from policy.history.recorded import RecordedDecision, parse_facts
from policy.publication.approval import NOTHING_IN_FORCE, Draft, InForce, Review, review
from tests.policy.drafts import (
    ASSERTION,
    BREAK_GLASS,
    CATALOGUE,
    TENANT,
    bundle,
    denying,
    document,
    draft_of,
    found_in,
)

ROOT = Path(__file__).parents[2]
BASE = InForce.of(bundle())
NEVER: dict[str, Any] = {"target.groups": {"any": ["g"], "none": ["g"]}}


def added(layer: str, *rules: dict[str, Any]) -> PolicyDocument:
    """Return a document of these rules only."""
    written = {"apiVersion": "policy/v1", "layer": layer, "tenant": "*", "rules": list(rules)}
    return parse_document(written, source="added", catalogue=CATALOGUE)


def test_a_draft_without_fault_has_no_blockers_and_says_what_it_changes() -> None:
    found = found_in(draft_of(bundle(denying("Sales")), on=BASE), on=BASE)
    assert found.blockers == ()
    assert [(one.action, one.kind, one.direction) for one in found.effects] == [("a.one", "ALLOW->DENY", "narrowed")]
    assert "requester.department is Sales" in found.effects[0].requests[0]
    assert (found.unanalysed, found.dropped_tests, found.shadow) == ((), (), None)


def test_a_first_publication_is_compared_with_a_policy_that_denies_everything() -> None:
    found = found_in(draft_of(bundle()))
    assert [(one.action, one.kind) for one in found.effects] == [("a.one", "DENY->ALLOW"), ("a.two", "DENY->ALLOW")]


def test_a_refuted_assertion_blocks_with_a_concrete_request_that_the_engine_answers_so() -> None:
    proposed = bundle(document("global", tests={"assertions": [ASSERTION]}))
    found = found_in(draft_of(proposed))
    (check,) = found.assertions
    (blocker,) = found.blockers
    assert "expected never ALLOW or APPROVAL, got ALLOW for `a.one`, with" in blocker
    assert "target.is_break_glass `true`" in blocker
    assert check.counterexample is not None
    request = AuthorizationRequest(check.counterexample["action"], parse_facts(check.counterexample["facts"]))
    decided = Engine(proposed, tenant_id=TENANT, catalogue=CATALOGUE).decide(request)
    assert decided.verdict.name == "ALLOW"
    assert request.facts["target.is_break_glass"] is True


def test_an_assertion_that_is_proved_blocks_nothing() -> None:
    found = found_in(draft_of(bundle(document("global", BREAK_GLASS, tests={"assertions": [ASSERTION]}))))
    assert [(one.id, one.held, one.counterexample) for one in found.assertions] == [("as.break-glass", True, None)]
    assert found.blockers == ()


def test_an_example_that_fails_blocks_and_says_how_and_one_that_holds_does_not() -> None:
    fails = {"id": "ex.sales", "given": {"action": "a.one"}, "expect": {"verdict": "allow"}}
    holds = {**fails, "id": "ex.unknown", "expect": {"verdict": "deny"}}
    found = found_in(draft_of(bundle(denying("Sales") | {"tests": {"examples": [fails, holds]}})))
    assert [(one.id, one.held) for one in found.examples] == [("ex.sales", False), ("ex.unknown", True)]
    (blocker,) = found.blockers
    assert blocker.startswith("example `ex.sales` fails: expected the verdict `allow`, got denied")


def test_a_rule_that_can_never_match_blocks_and_one_that_never_decides_is_only_told() -> None:
    never = {
        "id": "action.never",
        "effect": "permit",
        "actions": ["*"],
        "when": NEVER,
    }
    idle = {"id": "action.idle", "effect": "permit", "actions": ["a.one"]}
    found = found_in(draft_of(bundle(document("action", never, idle))))
    assert {one.rule: one.severity for one in found.findings}["action.never"] == "error"
    assert {one.rule: one.severity for one in found.findings}["action.idle"] == "warning"
    (blocker,) = found.blockers
    assert blocker.startswith("rule `action.never`: ") and blocker.count("action.never") == 1


def test_a_rule_that_can_never_match_blocks_also_where_the_rest_is_too_large_to_analyse() -> None:
    never = {"id": "target.never", "effect": "deny", "actions": ["a.one"], "when": {**NEVER, "risk": 5}}
    # What can match in one of two ways can match.
    maybe = {"id": "target.maybe", "effect": "deny", "actions": ["a.one"], "when_any": [NEVER, {"risk": 5}]}
    found = found_in(draft_of(Bundle.of([*crowded().documents, added("target", never, maybe)])))
    assert [(one.rule, one.severity) for one in found.findings] == [("target.never", "error")]
    assert "rule `target.never`: no known values make it true" in found.blockers


def test_a_document_that_todays_catalogue_refuses_blocks_and_nothing_else_is_looked_at() -> None:
    proposed = bundle(denying("Sales"))
    found = found_in(draft_of(proposed), catalogue=frozenset({"a.two"}))
    (blocker,) = found.blockers
    assert "`a.one` matches no action" in blocker
    assert (found.examples, found.effects, found.findings) == ((), (), ())


def test_a_promise_that_vanishes_or_is_reworded_is_told() -> None:
    kept = {**ASSERTION, "id": "as.kept"}
    before = document("global", BREAK_GLASS, tests={"assertions": [ASSERTION, kept]})
    reworded = {**ASSERTION, "never": ["allow"]}
    in_force = InForce.of(bundle(before))
    gone = bundle(document("global", BREAK_GLASS, tests={"assertions": [kept]}))
    weaker = bundle(document("global", BREAK_GLASS, tests={"assertions": [reworded, kept]}))
    for proposed in (gone, weaker):
        assert found_in(draft_of(proposed, on=in_force), on=in_force).dropped_tests == ("as.break-glass",)


def test_the_promises_of_another_tenant_are_not_missed() -> None:
    elsewhere = {
        "apiVersion": "policy/v1",
        "layer": "action",
        "tenant": "fabrikam",
        "tests": {"assertions": [ASSERTION]},
    }
    theirs = parse_document(elsewhere, source="theirs", catalogue=CATALOGUE)
    on = InForce.of(Bundle.of([*bundle().documents, theirs]))
    assert found_in(draft_of(bundle(denying("HR")), on=on), on=on).dropped_tests == ()


def test_who_would_be_asked_instead_is_told() -> None:
    def asking(resolver: str) -> Bundle:
        asks = {
            "id": "action.asks",
            "effect": "require_approval",
            "actions": ["a.one"],
            "approval": {"from": [resolver]},
        }
        return bundle(document("action", asks))

    on = InForce.of(asking("oncall"))
    (effect,) = found_in(draft_of(asking("security"), on=on), on=on).effects
    assert (effect.kind, effect.direction) == ("APPROVAL->APPROVAL", "moved")
    assert effect.asked_before == ("1 x oncall (standing never)",)
    assert effect.asked_after == ("1 x security (standing never)",)


def test_facts_that_examples_share_belong_to_each_of_them() -> None:
    example = {"id": "ex.one", "given": {"action": "a.one"}, "expect": {"verdict": "allow"}}
    tests = {"given": {"requester.department": "HR"}, "examples": [example]}
    in_force = InForce.of(bundle(document("action", tests=tests)))
    other = bundle(document("action", tests={**tests, "given": {"requester.department": "Legal"}}))
    assert found_in(draft_of(other, on=in_force), on=in_force).dropped_tests == ("ex.one",)


def crowded() -> Bundle:
    """Return a bundle whose rules tell so many groups apart that no cells can be listed."""
    rules = [
        {"id": f"action.g{n}", "effect": "deny", "actions": ["a.one"], "when": {"target.groups": {"any": [f"g{n}"]}}}
        for n in range(20)
    ]
    return bundle(document("action", *rules, tests={"assertions": [ASSERTION]}), document("global", BREAK_GLASS))


def test_what_is_too_large_to_analyse_is_said_and_an_assertion_about_it_blocks() -> None:
    found = found_in(draft_of(crowded(), on=BASE), on=BASE)
    assert any("`a.one`" in line for line in (*found.unanalysed, *found.unknown_changes))
    assert [one.action for one in found.effects] == ["a.two"]
    (blocker,) = found.blockers
    assert blocker.startswith("assertion `as.break-glass` does not hold: could not be proved:")


def test_what_a_draft_changes_is_not_known_when_what_is_in_force_cannot_be_read() -> None:
    on = InForce("a" * 64)
    found = found_in(draft_of(bundle(), on=on), on=on)
    assert found.effects == ()
    assert found.unknown_changes == (
        "what the draft changes, and which tests it drops, is not known: "
        "the bundle in force cannot be read with this catalogue",
    )
    assert found.changes_global_layer
    assert found.blockers == ()


def recorded(department: str, *, by: Bundle, tenant_id: str = TENANT) -> RecordedDecision:
    request = AuthorizationRequest("a.one", {"requester.department": department})
    decision = Engine(by, tenant_id=tenant_id, catalogue=CATALOGUE).decide(request)
    return RecordedDecision(tenant_id, request, decision, origin=f"line of {department}")


def test_the_shadow_compares_the_draft_with_what_is_in_force_and_not_with_what_was_long_ago() -> None:
    long_ago = bundle(denying("HR"))
    history = [recorded(name, by=long_ago) for name in ("HR", "Sales", "Sales")]
    history.append(recorded("Sales", by=long_ago, tenant_id="fabrikam"))
    draft = draft_of(bundle(denying("Sales")), on=BASE)
    found = review(draft, in_force=BASE, catalogue=CATALOGUE, history=iter(history))
    assert found.shadow is not None
    assert found.shadow.flips == {"ALLOW->DENY": 2}
    assert (found.shadow.records, found.shadow.foreign, found.shadow.not_shown) == (4, 1, 0)
    assert found.shadow.examples == ("ALLOW->DENY line of Sales", "ALLOW->DENY line of Sales")


def test_before_anything_is_in_force_the_shadow_compares_with_what_was_decided_then() -> None:
    history = [recorded(name, by=bundle(denying("HR"))) for name in ("HR", "Sales")]
    found = review(draft_of(bundle()), in_force=NOTHING_IN_FORCE, catalogue=CATALOGUE, history=history)
    assert found.shadow is not None and found.shadow.flips == {"DENY->ALLOW": 1}


def test_how_many_flips_are_not_shown_is_said() -> None:
    history = [recorded("Sales", by=bundle())] * 60
    draft = draft_of(bundle(denying("Sales")), on=BASE)
    found = review(draft, in_force=BASE, catalogue=CATALOGUE, history=history)
    assert found.shadow is not None
    assert (len(found.shadow.examples), found.shadow.not_shown, found.shadow.flips) == (50, 10, {"ALLOW->DENY": 60})


def test_a_review_is_the_same_text_again_and_comes_back_from_it() -> None:
    draft = draft_of(crowded(), on=BASE)
    found = found_in(draft, on=BASE)
    assert found_in(draft, on=BASE) == found
    assert Review.model_validate_json(found.canonical_json()) == found
    assert Review.model_validate_json(found.canonical_json()).digest == found.digest


REVIEW_AGAIN = """
import sys
from policy import Bundle
from policy.publication.approval import Draft, InForce, review
from tests.policy.test_examine import BASE, CATALOGUE, TENANT, rich
print(review(Draft(TENANT, rich(), "ann", BASE.digest), in_force=BASE, catalogue=CATALOGUE).canonical_json())
"""


def rich() -> Bundle:
    """Return a bundle in whose review texts, sets, numbers, hours, dates and requirements are told."""
    who = {"requester.department": ["HR", "Sales", "Legal"], "target.groups": {"any": ["g1", "g2"], "none": ["g3"]}}
    hours = {"time.local_hours": {"days": ["Mon", "Tue"], "from": "08:00", "to": "18:00"}}
    ask = {"from": ["oncall", "security", "tenant_admin"], "count": 2}
    some = {
        "id": "action.some",
        "effect": "deny",
        "actions": ["*"],
        "when": who,
        "unless": [hours, {"risk": {"max": 40}}],
    }
    asks = {
        "id": "action.asks",
        "effect": "require_approval",
        "actions": ["*"],
        "when": {"risk": {"min": 7}},
        "approval": ask,
    }
    other = {**ASSERTION, "id": "as.other", "where_any": [who, {"risk": 9}], "never": ["deny"]}
    return bundle(document("action", some, asks, tests={"assertions": [ASSERTION, other]}))


def test_every_process_finds_the_same_to_the_letter() -> None:
    """Who publishes is not who reviewed: were the texts to differ, no signature would ever count."""
    expected = found_in(draft_of(rich(), on=BASE), on=BASE)
    assert len(expected.effects) > 2 and len(expected.blockers) == 2
    for seed in ("1", "4242"):
        again = subprocess.run(
            [sys.executable, "-c", REVIEW_AGAIN],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        assert Review.model_validate_json(again.stdout) == expected


@pytest.mark.parametrize("tenant", ["fabrikam", "*"])
def test_only_documents_of_the_tenant_are_tested(tenant: str) -> None:
    failing = {"id": "ex.no", "given": {"action": "a.one"}, "expect": {"verdict": "deny"}}
    extra: dict[str, Any] = {
        "apiVersion": "policy/v1",
        "layer": "action",
        "tenant": tenant,
        "tests": {"examples": [failing]},
    }
    documents = [*bundle().documents, parse_document(extra, source="extra", catalogue=CATALOGUE)]
    found = found_in(Draft(TENANT, Bundle.of(documents), "ann", ""))
    assert bool(found.blockers) is (tenant == "*")
