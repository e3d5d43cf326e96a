"""An explanation decides nothing of its own: it equals the engine's decision and reads rules as they were written."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policy.bundle import Bundle
from policy.compile import compile_bundle
from policy.decision import Layer, Verdict
from policy.document import parse_document
from policy.engine import Engine
from policy.explanation.blame import Bite, Gap
from policy.explanation.reading import VALID, read_rules
from policy.explanation.sentences import for_technician, reason
from policy.explanation.why import Explanation, why
from policy.reference import truth_of
from policy.registry import checked_facts
from policy.request import AuthorizationRequest
from policy.rule import Truth
from tests.policy.authored import CATALOGUE, HOURS, MONDAY, REQUESTS, RULES, TENANT, document, read_directly
from tests.policy.test_laws import SETTINGS

# Reading documents costs more than explaining, so these laws get fewer worlds.
FEWER = settings(SETTINGS, max_examples=SETTINGS.max_examples * 3 // 10)
SOME_RULES = st.lists(RULES, min_size=1, max_size=3)
OPEN: dict[str, Any] = {"effect": "permit", "actions": ["*"]}


def bundle_of(**layers: list[dict[str, Any]]) -> Bundle:
    """Return a bundle of these layers, named without a dash, with one that is open for every other."""
    said = {str(layer): [OPEN] for layer in Layer} | layers
    documents = [document(layer, rules) for layer, rules in said.items()]
    return Bundle.of(parse_document(one, source="f.yaml", catalogue=CATALOGUE) for one in documents)


def explained(bundle: Bundle, request: AuthorizationRequest) -> Explanation:
    return why(bundle, request, tenant_id=TENANT, catalogue=CATALOGUE)


@FEWER
@given(action=SOME_RULES, runtime=SOME_RULES, request=REQUESTS)
def test_an_explanation_has_the_decision_of_the_engine(
    action: list[dict[str, Any]], runtime: list[dict[str, Any]], request: AuthorizationRequest
) -> None:
    bundle = bundle_of(action=action, runtime=runtime)
    found = explained(bundle, request)
    decided = Engine(bundle, tenant_id=TENANT, catalogue=CATALOGUE).decide(request)
    assert found.decision == decided
    assert [(one.layer, one.verdict) for one in found.layers] == [(one.layer, one.verdict) for one in decided.layers]
    for story, result in zip(found.layers, decided.layers, strict=True):
        assert tuple(one.rule.ref for one in story.deciding) == result.rules
    assert bool(found.reasons) == (decided.verdict is Verdict.DENY)
    assert for_technician(found)[0].startswith(decided.verdict.name)
    assert "\n" not in reason(found)


@FEWER
@given(rules=SOME_RULES, request=REQUESTS)
def test_a_rule_read_as_written_has_the_truth_of_the_compiled_rule(
    rules: list[dict[str, Any]], request: AuthorizationRequest
) -> None:
    bundle = bundle_of(action=rules)
    facts = checked_facts(request.facts)
    written = dict(enumerate(rules))
    compiled = {one.ref: one for one in compile_bundle(bundle, tenant_id=TENANT, catalogue=CATALOGUE)}
    for one in read_rules(bundle, request, tenant_id=TENANT):
        if request.action in CATALOGUE:
            assert one.truth is truth_of(compiled[one.rule.ref], request.action, facts=facts)
        if one.layer is Layer.ACTION:
            assert one.truth is read_directly(written[int(one.entry.id.rsplit(".", 1)[1])], request)


@FEWER
@given(rules=SOME_RULES, request=REQUESTS)
def test_every_condition_that_is_told_of_a_deciding_rule_speaks_for_the_decision(
    rules: list[dict[str, Any]], request: AuthorizationRequest
) -> None:
    for story in explained(bundle_of(action=rules), request).layers:
        for rule in story.deciding:
            told = [*rule.when, *(one for block in rule.matched_blocks for one in block.conditions)]
            assert all(one.truth is not Truth.FALSE for one in told)
            assert all(block.truth is not Truth.TRUE for block in rule.unless)
            assert bool(rule.matched_blocks) == bool(rule.when_any)


@FEWER
@given(rules=SOME_RULES, request=REQUESTS)
def test_rules_of_other_tenants_and_other_actions_are_not_told(
    rules: list[dict[str, Any]], request: AuthorizationRequest
) -> None:
    foreign = parse_document(document("action", rules, tenant="fabrikam"), source="f.yaml", catalogue=CATALOGUE)
    bundle = bundle_of(action=[OPEN])
    mixed = Bundle.of([*bundle.documents, foreign])
    assert explained(mixed, request).layers == explained(bundle, request).layers


def test_only_a_deny_by_a_rule_is_explicit() -> None:
    request = AuthorizationRequest("a.one", {"risk": 3})
    silent = [{**OPEN, "when": {"risk": 4}}]
    assert not explained(bundle_of(), request).is_explicit
    assert not explained(bundle_of(action=silent), request).is_explicit
    assert explained(bundle_of(action=silent, runtime=[OPEN, {**OPEN, "effect": "deny"}]), request).is_explicit


def test_a_layer_that_denies_by_a_rule_and_grants_nothing_tells_both() -> None:
    rules = [{**OPEN, "effect": "deny"}, {**OPEN, "when": {"risk": 4}}]
    found = explained(bundle_of(action=rules), AuthorizationRequest("a.one", {"risk": 3}))
    (story,) = (one for one in found.layers if one.layer is Layer.ACTION)
    assert [one.entry.id for one in story.deciding] == ["action.all.0"]
    assert [one.reading.entry.id for one in story.nearest] == ["action.all.1"]
    assert len(found.reasons) == 2 and isinstance(found.reasons[0], Bite)


def test_an_action_outside_the_catalogue_is_explained_by_that_alone() -> None:
    found = explained(bundle_of(action=[{**OPEN, "when": {"risk": 4}}]), AuthorizationRequest("z.outside"))
    assert all(not one.deciding and not one.nearest for one in found.layers)
    assert reason(found) == "denied: the action `z.outside` is not in the catalogue"


def test_conditions_keep_the_names_and_forms_of_the_author() -> None:
    rule = {
        **OPEN,
        "when": {"time.local_hours": HOURS},
        "valid": {"from": "2026-11-23", "to": "2026-11-24"},
        "unless": [{"requester.role": "it_admin", "risk": 5}],
    }
    request = AuthorizationRequest("a.one", {"time.minute_of_week": 60, "time.day": MONDAY})
    (reading,) = (one for one in read_rules(bundle_of(action=[rule]), request, tenant_id=TENANT) if one.when)
    assert [(one.name, one.fact) for one in reading.when] == [
        ("time.local_hours", "time.minute_of_week"),
        (VALID, "time.day"),
    ]
    assert [[one.name for one in block.conditions] for block in reading.unless] == [["requester.role", "risk"]]


def test_a_fact_that_is_no_value_is_told_from_one_that_is_missing() -> None:
    rule = {**OPEN, "when": {"risk": 3, "request.on_self": True}}
    request = AuthorizationRequest("a.one", {"risk": "three"})
    (reading,) = (one for one in read_rules(bundle_of(action=[rule]), request, tenant_id=TENANT) if one.when)
    assert [(one.name, one.was_given) for one in reading.when] == [("request.on_self", False), ("risk", True)]


def test_a_rule_that_does_not_match_has_no_block_that_does() -> None:
    rule = {**OPEN, "when_any": [{"risk": 3}, {"risk": 4}]}
    request = AuthorizationRequest("a.one", {"risk": 5})
    (reading,) = (one for one in read_rules(bundle_of(action=[rule]), request, tenant_id=TENANT) if one.when_any)
    assert reading.truth is Truth.FALSE and reading.matched_blocks == ()


def test_a_layer_that_grants_names_no_nearest_grant() -> None:
    rules = [OPEN, {**OPEN, "when": {"risk": 4}}]
    found = explained(bundle_of(action=rules, runtime=[{**OPEN, "effect": "deny"}]), AuthorizationRequest("a.one"))
    assert [one.layer for one in found.layers if one.nearest] == []
    assert [one.layer for one in found.reasons if isinstance(one, Gap)] == [Layer.RUNTIME]


def test_a_limit_of_another_action_is_not_told() -> None:
    limits = [
        {"id": f"cap.{name}", "actions": [f"a.{name}"], "per": "tenant", "window": "1h", "max": 0}
        for name in ("one", "two")
    ]
    runtime = {**document("runtime", [OPEN]), "limits": limits}
    bundle = Bundle.of([parse_document(runtime, source="f.yaml", catalogue=CATALOGUE)])
    readings = read_rules(bundle, AuthorizationRequest("a.one"), tenant_id=TENANT)
    assert [one.entry.id for one in readings] == ["cap.one", "runtime.all.0"]
