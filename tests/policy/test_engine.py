"""The engine equals the specification (P1), whatever the documents, their order and their tenants."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy import reference
from policy.bundle import Bundle
from policy.closed_lists import PROPERTIES
from policy.compile import compile_bundle
from policy.decision import Verdict
from policy.document import parse_document
from policy.engine import Engine
from policy.errors import EngineError
from policy.request import AuthorizationRequest
from tests.policy.authored import CATALOGUE, REQUESTS, RULES, TENANT, document
from tests.policy.test_laws import SETTINGS

LAYERS = ("global", "tenant", "target", "department", "action", "runtime")
PERMIT: dict[str, Any] = {"effect": "permit", "actions": ["*"]}
# Reading documents costs more than deciding, so these laws get fewer worlds.
FEWER = settings(SETTINGS, max_examples=SETTINGS.max_examples * 3 // 10)
SOME_RULES = st.lists(RULES, min_size=1, max_size=3)


def bundle_of(documents: list[dict[str, Any]]) -> Bundle:
    return Bundle.of(parse_document(one, source="f.yaml", catalogue=CATALOGUE) for one in documents)


def engine_of(documents: list[dict[str, Any]]) -> Engine:
    return Engine(bundle_of(documents), tenant_id=TENANT, catalogue=CATALOGUE)


def open_layers(*, but: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [document(layer, [PERMIT]) for layer in LAYERS if layer not in but]


@FEWER
@given(action=SOME_RULES, runtime=SOME_RULES, foreign=SOME_RULES, request=REQUESTS)
def test_the_engine_equals_the_specification(
    action: list[dict[str, Any]],
    runtime: list[dict[str, Any]],
    foreign: list[dict[str, Any]],
    request: AuthorizationRequest,
) -> None:
    own = [document("action", action, tenant=TENANT), document("runtime", runtime), *open_layers(but=("action",))[:-1]]
    bundle = bundle_of([*own, document("action", foreign, tenant="fabrikam")])
    rules = compile_bundle(bundle_of(own), tenant_id=TENANT, catalogue=CATALOGUE)
    expected = reference.decide(rules, request, catalogue=CATALOGUE, bundle_digest=bundle.digest)
    assert Engine(bundle, tenant_id=TENANT, catalogue=CATALOGUE).decide(request) == expected


@FEWER
@given(rules=SOME_RULES, request=REQUESTS, order=st.randoms(use_true_random=False))
def test_the_order_of_documents_and_rules_changes_nothing(
    rules: list[dict[str, Any]], request: AuthorizationRequest, order: Any
) -> None:
    documents = [document("action", rules), *open_layers(but=("action",))]
    decided = engine_of(documents).decide(request)
    shuffled = [{**one, "rules": order.sample(one["rules"], len(one["rules"]))} for one in documents]
    order.shuffle(shuffled)
    assert engine_of(shuffled).decide(request) == decided


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"city"}, Verdict.ALLOW),
        ({"city", "state"}, Verdict.ALLOW),
        ({"city", "department"}, Verdict.DENY),
        ({"department"}, Verdict.DENY),
        (set(), Verdict.DENY),
        ({"city", "shoeSize"}, Verdict.DENY),
    ],
)
def test_these_members_and_no_others_of_a_closed_list(changed: set[str], verdict: Verdict) -> None:
    some = ["city", "state"]
    others = [name for name in PROPERTIES if name not in some]
    permit = {**PERMIT, "when": {"params.attributes": {"any": some, "none": others}}}
    documents = [*open_layers(but=("action",)), document("action", [permit])]
    request = AuthorizationRequest("a.one", {"params.attributes": frozenset(changed)})
    rules = compile_bundle(bundle_of(documents), tenant_id=TENANT, catalogue=CATALOGUE)
    expected = reference.decide(rules, request, catalogue=CATALOGUE, bundle_digest=bundle_of(documents).digest)
    decided = engine_of(documents).decide(request)
    assert decided == expected
    assert decided.verdict is verdict


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_without_a_document_denies(layer: str) -> None:
    decided = engine_of(open_layers(but=(layer,))).decide(AuthorizationRequest("a.one"))
    assert decided.verdict is Verdict.DENY
    assert [one.layer for one in decided.layers if one.verdict is Verdict.DENY] == [layer]


def test_six_open_layers_allow_and_cite_a_rule_each() -> None:
    engine = engine_of(open_layers())
    decided = engine.decide(AuthorizationRequest("a.one"))
    assert decided.verdict is Verdict.ALLOW
    assert [len(one.rules) for one in decided.layers] == [1] * 6
    assert decided.bundle_digest == engine.bundle_digest


def test_an_empty_bundle_and_an_action_outside_the_catalogue_are_denied() -> None:
    assert engine_of([]).decide(AuthorizationRequest("a.one")).verdict is Verdict.DENY
    decided = engine_of(open_layers()).decide(AuthorizationRequest("a.three"))
    assert [(one.verdict, one.rules) for one in decided.layers] == [(Verdict.DENY, ())] * 6


@pytest.mark.parametrize("tenant", ["", " ", "*"])
def test_an_engine_is_for_one_tenant(tenant: str) -> None:
    with pytest.raises(EngineError, match="one tenant"):
        Engine(bundle_of([]), tenant_id=tenant, catalogue=CATALOGUE)


@pytest.mark.parametrize(("over", "expected"), [("deny", Verdict.DENY), ("require_approval", Verdict.APPROVAL)])
def test_a_limit_that_nobody_counts_bites(over: str, expected: Verdict) -> None:
    limit: dict[str, Any] = {"id": "run.cap", "actions": ["a.*"], "per": "tenant", "window": "1h", "max": 9}
    limit["over"] = over
    if over == "require_approval":
        limit["approval"] = {"from": ["oncall"]}
    runtime = {**document("runtime", [PERMIT]), "limits": [limit]}
    engine = engine_of([*open_layers(but=("runtime",)), runtime])
    assert engine.decide(AuthorizationRequest("a.one")).verdict is expected
    assert engine.decide(AuthorizationRequest("a.one", {"count.run.cap": 9})).verdict is Verdict.ALLOW
    assert engine.decide(AuthorizationRequest("b.one")).verdict is Verdict.ALLOW


def test_an_answer_is_valid_for_as_long_as_the_shortest_rule_says() -> None:
    asks = [
        {"effect": "require_approval", "actions": ["*"], "approval": {"from": ["oncall"], "valid_for": valid_for}}
        for valid_for in ("2d", "45m", "3h")
    ]
    engine = engine_of([*open_layers(but=("action",)), document("action", asks)])
    assert engine.approval_seconds(engine.decide(AuthorizationRequest("a.one"))) == 45 * 60


def test_only_an_approval_by_the_bundle_in_force_has_a_validity() -> None:
    asks = {"effect": "require_approval", "actions": ["*"]}
    asking = engine_of([*open_layers(but=("action",)), document("action", [asks])])
    asked = asking.decide(AuthorizationRequest("a.one"))
    other = engine_of([*open_layers(but=("action",)), document("action", [{**asks, "note": "edited"}])])
    with pytest.raises(EngineError, match="decide again"):
        other.approval_seconds(asked)
    with pytest.raises(EngineError, match="decide again"):
        asking.approval_seconds(asking.decide(AuthorizationRequest("z.outside")))


@FEWER
@given(rules=SOME_RULES, request=REQUESTS)
def test_an_engine_explains_its_own_decision(rules: list[dict[str, Any]], request: AuthorizationRequest) -> None:
    engine = engine_of([document("action", rules), *open_layers(but=("action",))])
    assert engine.why(request).decision == engine.decide(request)
