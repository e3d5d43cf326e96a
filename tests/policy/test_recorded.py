"""A decision survives being written down, and what is not a decision is refused by name."""

import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy import UNKNOWN, AuthorizationRequest, Bundle, Engine, FactValue, parse_document
from policy.errors import RecordError
from policy.history.lines import read_history
from policy.history.recorded import (
    RecordedDecision,
    decision_data,
    facts_data,
    parse_decision,
    parse_facts,
    parse_record,
)
from tests.policy.authored import CATALOGUE, REQUESTS, RULES, TENANT, document

# The profiles stand in conftest.py.
SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))
LAYERS = ("global", "tenant", "target", "department", "action", "runtime")
BASELINE: dict[str, Any] = {"effect": "permit", "actions": ["*"]}
# Not of the global layer, in which a drawn permit with dates would be refused.
BUNDLES = st.dictionaries(st.sampled_from(LAYERS[1:]), st.lists(RULES, min_size=1, max_size=3), min_size=1)


def bundle_of(rules: dict[str, list[dict[str, Any]]]) -> Bundle:
    """Return a bundle of these rules, each layer with a baseline besides."""
    named = [document(layer, [BASELINE, *rules.get(layer, [])]) for layer in LAYERS]
    return Bundle.of(parse_document(one, source="drawn.yaml", catalogue=CATALOGUE) for one in named)


def recorded(rules: dict[str, list[dict[str, Any]]], request: AuthorizationRequest) -> RecordedDecision:
    """Return the record of what the rules say."""
    decision = Engine(bundle_of(rules), tenant_id=TENANT, catalogue=CATALOGUE).decide(request)
    return RecordedDecision.of(request, decision, tenant_id=TENANT)


ASKING: dict[str, Any] = {"effect": "require_approval", "actions": ["*"], "when": {"requester.department": "HR"}}
SAMPLE = recorded(
    {"action": [ASKING]},
    AuthorizationRequest("a.one", {"target.groups": frozenset({"g2", "g1"}), "risk": 3, "requester.department": "HR"}),
)


@SETTINGS
@given(rules=BUNDLES, request=REQUESTS)
def test_a_record_read_back_is_the_record_and_decides_as_the_raw_facts_did(
    rules: dict[str, Any], request: AuthorizationRequest
) -> None:
    record = recorded(rules, request)
    (read,) = read_history([record.canonical_json()])
    assert read == record
    assert read.canonical_json() == record.canonical_json()
    assert Engine(bundle_of(rules), tenant_id=TENANT, catalogue=CATALOGUE).decide(read.request) == record.decision


def test_sets_are_written_sorted_and_what_is_unknown_is_left_out() -> None:
    raw: dict[str, FactValue] = {
        "target.groups": frozenset({"G2", "g1"}),
        "risk": True,
        "requester.role": "root",
        "requester.department": UNKNOWN,
        "is_rollback": False,
        "params.seats_left": 0,
        "count.run.cap": 3,
        "made.up": "x",
    }
    assert facts_data(raw) == {
        "count.run.cap": 3,
        "is_rollback": False,
        "params.seats_left": 0,
        "target.groups": ["g1", "g2"],
    }


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("target.groups", ["g2", "g1"], "expected a set"),
        ("target.groups", ["g1", "g1"], "expected a set"),
        ("target.groups", ["g1", 1], "expected a set"),
        ("target.groups", ["g1", {}], "expected a set"),
        ("target.groups", "g1", "expected a set"),
        ("requester.id", "ABC", "expected a text"),
        ("requester.role", "root", "expected a text"),
        ("requester.department", None, "got `None`"),
        ("risk", True, "expected a number"),
        ("risk", 101, "expected a number"),
        ("is_rollback", 1, "expected a flag"),
        ("requester.departmnt", "HR", "did you mean `requester.department`"),
        ("x`\nline 9: fine", 1, r"^the fact `x\\`\\nline 9: fine` is not an attribute"),
        ("count.`\n", "x", r"^fact `count\.\\`\\n`: expected a number"),
    ],
)
def test_a_fact_that_is_not_in_its_written_form_is_refused(name: str, value: Any, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        parse_facts({name: value})


def changed(**changes: Any) -> dict[str, Any]:
    return {**decision_data(SAMPLE.decision), **changes}


def layers_with(place: int, **changes: Any) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = json.loads(json.dumps(decision_data(SAMPLE.decision)["layers"]))
    layers[place] |= changes
    return layers


RULE = {"id": "r.one", "digest": "0" * 64}
ONCALL = {"resolver": "oncall", "count": 2, "standing": "never"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (changed(verdict="ALLOW"), "the strictest layer's `APPROVAL`"),
        (changed(verdict="MAYBE"), "decision.verdict"),
        (changed(requirements=[]), "requirements with APPROVAL only"),
        (changed(requirements=[ONCALL, ONCALL]), "sorted and each once"),
        (changed(requirements=[{**ONCALL, "count": 0}]), "decision.requirements.0.count`.*got `0`"),
        (changed(requirements=[{**ONCALL, "count": "2"}]), "decision.requirements.0.count"),
        (changed(layers=[]), "six layers"),
        (changed(layers=layers_with(0, layer="tenant")), "six layers"),
        (changed(layers=layers_with(0, rules=[RULE, RULE])), "rules of the layer `global`"),
        (changed(layers=layers_with(0, rules=[{**RULE, "digest": "0"}])), "decision.layers.0.rules.0.digest"),
        (changed(allowed=True), "`decision.allowed` is not a field"),
        (changed(**{"x`\n": 1}), r"`decision\.x\\`\\n` is not a field"),
        ({}, "got nothing"),
        (["x"], "field `decision`"),
        ({"verdict": object()}, "plain JSON data"),
    ],
)
def test_a_decision_that_contradicts_itself_is_refused(data: Any, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        parse_decision(data)


def test_a_default_deny_may_stand_beside_an_approval_but_the_strictest_counts() -> None:
    denied = changed(verdict="DENY", requirements=[], layers=layers_with(1, verdict="DENY", rules=[]))
    assert decision_data(parse_decision(denied)) == denied


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in SAMPLE.data().items() if key != name}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (without("tenant_id"), "field `tenant_id`: expected text, got nothing"),
        ({**SAMPLE.data(), "action": " "}, "field `action`: expected text, got ` `"),
        (without("facts"), "field `facts`"),
        (without("decision"), "field `decision`"),
        ({**SAMPLE.data(), "fact": {}}, "did you mean `facts`"),
        ({**SAMPLE.data(), "x`\n": {}}, r"^`x\\`\\n` is not a field of a recorded decision"),
        ([], "expected a recorded decision"),
    ],
)
def test_a_record_that_is_not_whole_is_refused(data: Any, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        parse_record(data)
