"""Law P1: the index decides exactly as the specification does, in verdict, people and rules of every layer."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy import reference
from policy.bundle import Bundle
from policy.decision import Layer, LayerResult, RuleRef, Verdict
from policy.document import parse_document
from policy.engine import Engine
from policy.index import ActionIndex
from policy.request import UNKNOWN, AuthorizationRequest
from policy.rule import Condition, Meets, Misses, NoneOf, OneOf, Rule, Within
from tests.policy.worlds import CATALOGUE, DEPARTMENTS, POOL, baseline

ACTION = "a.one"

# Besides the values that rules mention: others, unknown ones, and ones of a wrong type or out of bounds.
VALUES: dict[str, tuple[Any, ...]] = {
    "requester.department": (*DEPARTMENTS, "Other", "finance", "", "  ", UNKNOWN, True, None, 7),
    "risk": (0, 1, 2, 3, 4, 50, 100, 101, -1, True, UNKNOWN, "3", None),
    "target.groups": (
        frozenset(),
        frozenset({"g1"}),
        frozenset({"G1", "g2"}),
        frozenset({"g3", "other"}),
        frozenset({"g1", "g2", "g3"}),
        frozenset({""}),
        frozenset({"g1", 1}),
        {"g1"},
        ("g1",),
        UNKNOWN,
    ),
    "target.is_break_glass": (True, False, UNKNOWN, 1, 0, "true", None),
}

FACTS = st.fixed_dictionaries({}, optional={name: st.sampled_from(some) for name, some in VALUES.items()})


def both(rules: list[Rule], facts: dict[str, Any]) -> tuple[Any, Any]:
    named = [rule for rule in rules if ACTION in rule.actions]
    request = AuthorizationRequest(ACTION, facts)
    expected = reference.decide(rules, request, catalogue=CATALOGUE, bundle_digest="b")
    return ActionIndex(named, bundle_digest="b").decide(facts), expected


def rules_of(seed: int) -> list[Rule]:
    pick = random.Random(seed)
    drawn = [replace(one, ref=RuleRef(f"r{i}", "")) for i, one in enumerate(pick.sample(POOL, pick.randint(0, 8)))]
    return [*drawn, *(baseline(layer) for layer in Layer if pick.random() < 0.85)]


@given(seed=st.integers(0, 10**9), facts=FACTS)
def test_the_index_equals_the_specification(seed: int, facts: dict[str, Any]) -> None:
    found, expected = both(rules_of(seed), facts)
    assert found == expected


@pytest.mark.parametrize("seed", range(400))
def test_the_index_equals_the_specification_on_every_kind_of_value(seed: int) -> None:
    pick = random.Random(seed)
    rules = rules_of(seed)
    for _ in range(20):
        facts = {name: pick.choice(some) for name, some in VALUES.items() if pick.random() < 0.9}
        found, expected = both(rules, facts)
        assert found == expected, facts


def one_rule(*conditions: Condition, effect: Verdict = Verdict.ALLOW) -> Rule:
    return Rule(RuleRef("r", ""), Layer.ACTION, effect, CATALOGUE, conjunctions=(conditions,))


@pytest.mark.parametrize(
    ("attribute", "atoms", "value"),
    [
        ("target.groups", (Meets(frozenset({"g1"})), Meets(frozenset({"g2"}))), frozenset({"g1"})),
        ("target.groups", (Meets(frozenset({"g1"})), Meets(frozenset({"g2"}))), frozenset({"g1", "g2"})),
        ("target.groups", (Meets(frozenset({"g1"})), Misses(frozenset({"g1"}))), frozenset({"g1"})),
        ("requester.department", (OneOf(frozenset({"HR"})), OneOf(frozenset({"Sales"}))), "HR"),
        ("requester.department", (OneOf(frozenset({"HR"})), NoneOf(frozenset({"HR"}))), "HR"),
        ("requester.department", (NoneOf(frozenset({"HR"})), NoneOf(frozenset({"Sales"}))), "Sales"),
        ("requester.department", (NoneOf(frozenset({"HR"})), NoneOf(frozenset({"Sales"}))), "Finance"),
        ("risk", (Within(((None, 5),)), Within(((3, None),))), 4),
        ("risk", (Within(((None, 5),)), Within(((3, None),))), 5),
        ("risk", (Within(((1, 2), (4, 5))),), 3),
        ("risk", (Within(()),), 3),
    ],
)
def test_several_conditions_on_one_attribute_must_all_hold(attribute: str, atoms: Any, value: Any) -> None:
    rules = [one_rule(*(Condition(attribute, atom) for atom in atoms)), *(baseline(layer) for layer in Layer)]
    for facts in ({attribute: value}, {attribute: UNKNOWN}, {}):
        found, expected = both([one for one in rules if one.ref.id != "baseline.action"], facts)
        assert found == expected


def test_text_outside_a_closed_list_is_unknown_and_object_ids_ignore_case() -> None:
    deny = one_rule(Condition("requester.role", OneOf(frozenset({"msp_tech"}))), effect=Verdict.DENY)
    held = one_rule(Condition("target.id", NoneOf(frozenset({"abc"}))), effect=Verdict.DENY)
    for rule, facts in (
        (deny, {"requester.role": "emperor"}),
        (deny, {"requester.role": "employee"}),
        (held, {"target.id": "ABC"}),
        (held, {"target.id": "xyz"}),
    ):
        found, expected = both([rule, *(baseline(layer) for layer in Layer)], facts)
        assert found == expected


def test_without_rules_every_layer_denies() -> None:
    decision = ActionIndex((), bundle_digest="b").decide({})
    assert decision.layers == tuple(LayerResult(layer, Verdict.DENY, ()) for layer in Layer)


def test_what_is_remembered_is_used_again_and_does_not_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policy.index._MAX_REMEMBERED", 9)
    departments = [f"d{number}" for number in range(30)]
    rules = [
        replace(one_rule(Condition("requester.department", OneOf(frozenset({d})))), ref=RuleRef(d, ""))
        for d in departments
    ]
    index = ActionIndex(rules, bundle_digest="b")
    sizes = []
    for department in departments:
        first, again = (index.decide({"requester.department": department}).layers[4] for _ in range(2))
        assert first is again and first.rules == (RuleRef(department, ""),)
        sizes.append((len(index._remembered), len(index._layers[4]._remembered)))
    assert [max(each) for each in zip(*sizes, strict=True)] == [9, 9]


def test_what_is_remembered_does_not_grow_with_the_rules_that_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policy.index._MAX_WORDS", 60)
    rules = [
        replace(one_rule(Condition("risk", Within(((least, None),)))), ref=RuleRef(f"r{least}", ""))
        for least in range(50)
    ]
    # Three conjunctions a rule, so that a mask has up to 150 bits: two words, besides one a rule.
    index = ActionIndex([*rules, *rules, *rules], bundle_digest="b")
    words = []
    for risk in (*range(50), 0):
        first, again = (index.decide({"risk": risk}) for _ in range(2))
        assert first is again and len(first.layers[4].rules) == risk + 1
        held = [len(one.layers[4].rules) + max(key).bit_length() // 64 for key, one in index._remembered.items()]
        assert sum(held) <= 60 and len(index._layers[4]._remembered) == len(held)
        words.append(held)
    assert words[0] == [2] and words[5] == [2, 3, 4, 5, 6, 7] and words[-2:] == [[52], [52, 2]]


def test_a_layer_result_is_shared_by_decisions_that_differ_elsewhere() -> None:
    rules = [*(baseline(layer) for layer in Layer), one_rule(Condition("risk", Within(((3, None),))))]
    index = ActionIndex(rules, bundle_digest="b")
    low, high = (index.decide({"risk": risk}) for risk in (1, 5))
    assert [one is other for one, other in zip(low.layers, high.layers, strict=True)] == [True] * 4 + [False, True]


@pytest.mark.parametrize("attribute", ["requester.role", "is_rollback"])
def test_an_attribute_with_a_closed_list_knows_its_own_values_only(attribute: str) -> None:
    # A rule may name a value that is none, when it was not read from a document; no fact has it.
    named: tuple[Any, ...] = ("emperor", "msp_tech") if attribute == "requester.role" else ("emperor", True)
    for atom in (OneOf(frozenset(named)), NoneOf(frozenset(named))):
        rules = [one_rule(Condition(attribute, atom), effect=Verdict.DENY), *(baseline(layer) for layer in Layer)]
        for value in (*named, "employee", False, 0, 1, "", [], None, UNKNOWN):
            found, expected = both(rules, {attribute: value})
            assert found == expected, value


def test_an_action_is_indexed_once_and_what_is_no_action_never() -> None:
    permit = {"id": "one.rule", "effect": "permit", "actions": ["a.one"]}
    data = {"apiVersion": "policy/v1", "layer": "action", "tenant": "*", "rules": [permit]}
    bundle = Bundle.of([parse_document(data, source="f.yaml", catalogue=CATALOGUE)])
    engine = Engine(bundle, tenant_id="contoso", catalogue=CATALOGUE)
    first, again = (engine.decide(AuthorizationRequest("a.one")) for _ in range(2))
    assert first is again
    for number in range(9):
        engine.decide(AuthorizationRequest(f"z.{number}"))
    assert list(engine._indexes) == ["a.one"]
