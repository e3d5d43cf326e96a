"""Cedar as a second opinion: where every fact is known, it says of each layer what the engine says.

The documents are translated by the benchmark's own translation, so this also shows that the benchmark compares like
with like. Cedar is an independent implementation (Rust, by cedarpy) and judges what the author wrote, so this also
judges the compiler: hours, dates, and every `unless` that it multiplies out.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.policy import workload
from bench.policy.cedar import CedarLayers
from policy.bundle import Bundle
from policy.decision import Layer, Verdict
from policy.document import parse_document
from policy.engine import Engine
from policy.registry import check_fact
from policy.request import AuthorizationRequest, Unknown
from tests.policy.authored import CATALOGUE, FACTS, RULES, TENANT, document
from tests.policy.test_laws import SETTINGS

PERMIT: dict[str, Any] = {"effect": "permit", "actions": ["*"]}
# Every example is six documents read, and six sets parsed by Cedar.
FEWER = settings(SETTINGS, max_examples=SETTINGS.max_examples * 3 // 4)
SOME_RULES = st.lists(RULES, min_size=1, max_size=4)
KNOWN = {
    name: [value for value in values if not isinstance(check_fact(name, value), Unknown)]
    for name, values in FACTS.items()
}
REQUESTS = st.builds(
    AuthorizationRequest,
    st.sampled_from((*sorted(CATALOGUE), "z.outside")),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in KNOWN.items()}),
)


def both(documents: list[dict[str, Any]], *requests: AuthorizationRequest) -> list[tuple[Any, Any]]:
    """What the engine and Cedar say of each layer, for each request."""
    bundle = Bundle.of(parse_document(one, source="f.yaml", catalogue=CATALOGUE) for one in documents)
    engine = Engine(bundle, tenant_id=TENANT, catalogue=CATALOGUE)
    cedar = CedarLayers(bundle, tenant_id=TENANT, catalogue=CATALOGUE)
    found = []
    for request in requests:
        decision = engine.decide(request)
        ours = {result.layer: result.verdict for result in decision.layers}
        theirs = cedar.verdicts(request)
        found.append(((decision.verdict, ours), (min(theirs.values()), theirs)))
    return found


@FEWER
@given(
    rules=st.fixed_dictionaries({layer.value: SOME_RULES for layer in (Layer.TARGET, Layer.ACTION, Layer.RUNTIME)}),
    closed=st.sampled_from((False, False, True)),
    requests=st.lists(REQUESTS, min_size=1, max_size=4),
)
def test_cedar_says_of_every_layer_what_the_engine_says_when_all_facts_are_known(
    rules: dict[str, list[dict[str, Any]]], closed: bool, requests: list[AuthorizationRequest]
) -> None:
    # Random rules seldom match all layers, so mostly a permit stands beside them and guards decide.
    beside = [] if closed else [PERMIT]
    documents = [document(layer.value, [*rules.get(layer.value, []), *beside] or [PERMIT]) for layer in Layer]
    for ours, theirs in both(documents, *requests):
        assert theirs == ours


def test_the_comparison_meets_every_verdict_of_a_layer() -> None:
    effects = {"target": "deny", "department": "require_approval", "action": "permit"}
    rules = {
        layer: {"effect": effect, "actions": ["a.one"], "when": {"requester.department": "HR"}}
        for layer, effect in effects.items()
    }
    documents = [document(layer.value, [rules.get(layer.value, PERMIT)]) for layer in Layer]
    ((ours, theirs),) = both(documents, AuthorizationRequest("a.one", {"requester.department": "HR"}))
    assert theirs == ours
    assert list(ours[1].values()) == [
        Verdict.ALLOW,
        Verdict.ALLOW,
        Verdict.DENY,
        Verdict.APPROVAL,
        Verdict.ALLOW,
        Verdict.ALLOW,
    ]


def test_with_a_missing_attribute_cedar_alone_allows_where_the_engine_denies() -> None:
    """Why facts must be known for the comparison, and why the engine has a third value.

    Cedar skips a policy whose condition cannot be evaluated. Here that is the `forbid`, and the request passes.
    """
    guarded = [PERMIT, {"effect": "deny", "actions": ["*"], "when": {"request.on_self": True}}]
    documents = [document(layer.value, guarded if layer is Layer.TARGET else [PERMIT]) for layer in Layer]
    unknown, known = (AuthorizationRequest("a.one", facts) for facts in ({}, {"request.on_self": True}))
    (ours, theirs), (ours_known, theirs_known) = both(documents, unknown, known)
    assert (ours[0], theirs[0]) == (Verdict.DENY, Verdict.ALLOW)
    assert ours_known[0] is theirs_known[0] is Verdict.DENY


@pytest.mark.parametrize("count", [10, 300])
def test_cedar_and_the_engine_agree_on_the_workload_of_the_benchmark(count: int) -> None:
    drawn = workload.draw_rules(count)
    bundle = workload.bundle_of(drawn)
    engine = Engine(bundle, tenant_id=workload.TENANT, catalogue=workload.CATALOGUE)
    cedar = CedarLayers(bundle, tenant_id=workload.TENANT, catalogue=workload.CATALOGUE)
    verdicts = set()
    for request in workload.draw_requests(drawn, 300):
        decision = engine.decide(request)
        assert min(cedar.verdicts(request).values()) is decision.verdict
        verdicts.add(decision.verdict)
    assert verdicts == set(Verdict)


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "Zürich", "日本", "*", "</>"])
def test_a_name_with_any_printable_character_is_translated(name: str) -> None:
    asked = {**PERMIT, "when": {"requester.department": name}}
    documents = [document(layer.value, [asked if layer is Layer.ACTION else PERMIT]) for layer in Layer]
    requests = (AuthorizationRequest("a.one", {"requester.department": one}) for one in (name, f"{name}x"))
    (same, same_by_cedar), (other, other_by_cedar) = both(documents, *requests)
    assert same == same_by_cedar and same[0] is Verdict.ALLOW
    assert other == other_by_cedar and other[0] is Verdict.DENY


@pytest.mark.parametrize("over", ["deny", "require_approval"])
def test_a_limit_is_translated(over: str) -> None:
    limit: dict[str, Any] = {"id": "run.cap", "actions": ["a.*"], "per": "tenant", "window": "1h", "max": 9}
    limit |= {"over": over} | ({"approval": {"from": ["oncall"]}} if over == "require_approval" else {})
    documents = [document(layer.value, [PERMIT]) for layer in Layer]
    documents[-1] = {**documents[-1], "limits": [limit]}
    found = both(documents, *(AuthorizationRequest("a.one", {"count.run.cap": used}) for used in (9, 10)))
    assert [ours == theirs for ours, theirs in found] == [True, True]
    expected = Verdict.DENY if over == "deny" else Verdict.APPROVAL
    assert [ours[0] for ours, _ in found] == [Verdict.ALLOW, expected]
