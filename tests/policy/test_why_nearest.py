"""The nearest grants: what is said would have matched does match, with the fewest changes, and never by wishing."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from policy.bundle import Bundle
from policy.document import parse_document
from policy.explanation.nearest import MAX_CANDIDATES, Change, fewest_changes, nearest_grants
from policy.explanation.reading import RuleReading, read_rules
from policy.registry import check_fact
from policy.request import UNKNOWN, AuthorizationRequest
from policy.rule import Atom, Condition, Meets, Misses, NoneOf, OneOf, Truth, Within, holds
from policy.witness import witness
from tests.policy.authored import CATALOGUE, FACTS, REQUESTS, RULES, TENANT, document, read_directly
from tests.policy.test_laws import SETTINGS
from tests.policy.worlds import CONDITIONS

# Trying every value of every fact costs more than explaining, so this law gets fewer worlds.
FEWER = settings(SETTINGS, max_examples=SETTINGS.max_examples * 3 // 10)
# Values of every class that the random rules tell apart: what cannot be reached with these cannot be reached.
REACHABLE: dict[str, tuple[Any, ...]] = FACTS | {
    "requester.role": ("it_admin", "employee", "helpdesk"),
    "target.groups": tuple(
        frozenset(some) for size in range(4) for some in itertools.combinations(("g1", "g2", "g3"), size)
    ),
    "time.minute_of_week": (0, 480, 1440, 2880, 9120, 10079),
}


def read(rules: list[dict[str, Any]], request: AuthorizationRequest) -> tuple[RuleReading, ...]:
    bundle = Bundle.of([parse_document(document("action", rules), source="f.yaml", catalogue=CATALOGUE)])
    return read_rules(bundle, request, tenant_id=TENANT)


def after(request: AuthorizationRequest, changes: tuple[Change, ...]) -> AuthorizationRequest:
    return AuthorizationRequest(request.action, {**request.facts, **{one.fact: one.example for one in changes}})


def matching(rule: dict[str, Any], request: AuthorizationRequest, *, facts: tuple[str, ...]) -> Iterator[bool]:
    """Yield, for every way to change just these facts, whether the rule as written then matches."""
    for values in itertools.product(*(REACHABLE[name] for name in facts)):
        changed = AuthorizationRequest(request.action, {**request.facts, **dict(zip(facts, values, strict=True))})
        yield read_directly(rule, changed) is Truth.TRUE


@SETTINGS
@given(rule=RULES, request=REQUESTS)
def test_a_rule_matches_after_exactly_the_changes_that_are_told(
    rule: dict[str, Any], request: AuthorizationRequest
) -> None:
    for reading in read([rule], request):
        changes = fewest_changes(reading)
        if changes is not None:
            assert read_directly(rule, after(request, changes)) is Truth.TRUE
            for one in changes:
                assert check_fact(one.fact, one.example) == one.example != UNKNOWN
                assert one.unmet, "a change is told with what is wrong today"


@FEWER
@given(rule=RULES, request=REQUESTS)
def test_no_fewer_changes_would_do_and_what_cannot_match_is_no_candidate(
    rule: dict[str, Any], request: AuthorizationRequest
) -> None:
    for reading in read([rule], request):
        changes = fewest_changes(reading)
        named = sorted({one.attribute for conjunction in reading.rule.conjunctions for one in conjunction})
        # Trying every way to change more than three facts takes too long.
        fewer = min(len(named), 3) + 1 if changes is None else min(len(changes), 4)
        for size in range(fewer):
            for facts in itertools.combinations(named, size):
                assert not any(matching(rule, request, facts=facts))


def permit(**parts: Any) -> dict[str, Any]:
    return {"effect": "permit", "actions": ["*"], **parts}


def ids(rules: list[dict[str, Any]], **facts: Any) -> list[str]:
    request = AuthorizationRequest("a.one", {name.replace("__", "."): value for name, value in facts.items()})
    return [one.reading.entry.id for one in nearest_grants(read(rules, request))]


def test_the_nearest_grant_comes_first_and_the_list_is_short() -> None:
    rules = [
        permit(when={"requester.department": "HR", "risk": 3, "request.on_self": True}),
        permit(when={"requester.department": "HR", "risk": 3}),
        permit(when={"requester.department": "HR"}),
        permit(when={"requester.department": "Sales"}),
    ]
    assert ids(rules, requester__department="Legal", risk=1, request__on_self=False) == [
        "action.all.2",
        "action.all.3",
        "action.all.1",
    ]
    assert len(rules) > MAX_CANDIDATES


def test_of_two_equal_distances_the_one_that_is_only_unknown_comes_first() -> None:
    rules = [permit(when={"request.on_self": True}), permit(when={"requester.department": "HR"})]
    assert ids(rules, request__on_self=False) == ["action.all.1", "action.all.0"]


def test_denies_and_what_matches_already_are_no_candidates() -> None:
    rules = [permit(), permit(when={"request.on_self": True}), {**permit(), "effect": "deny", "when": {"risk": 3}}]
    assert ids(rules, request__on_self=True) == []


def test_a_rule_that_contradicts_itself_is_no_candidate() -> None:
    assert ids([permit(when={"request.on_self": True}, unless=[{"request.on_self": True}])]) == []


def test_an_approval_is_a_grant_too() -> None:
    asking = {"effect": "require_approval", "actions": ["*"], "when": {"request.on_self": True}}
    assert ids([asking]) == ["action.all.0"]


def test_the_easiest_block_is_taken_and_the_easiest_way_around_an_exception() -> None:
    rule = permit(
        when_any=[{"requester.department": "HR", "risk": 3}, {"requester.department": "Sales"}],
        unless=[{"request.on_self": True, "requester.role": "employee"}],
    )
    request = AuthorizationRequest("a.one", {"requester.department": "Sales", "request.on_self": True})
    (reading,) = read([rule], request)
    (change,) = fewest_changes(reading) or ()
    assert change.fact == "requester.role"


def test_a_number_beyond_its_bounds_is_never_wished_for() -> None:
    atoms: list[Atom] = [Within(((0, 50),)), Within(((50, None),))]
    assert witness("risk", atoms) is None
    assert witness("risk", [Within(((101, None),))]) is None
    assert witness("risk", [Within(((-5, -2),))]) is None
    assert witness("risk", [Within(((100, None),))]) == 100
    assert witness("risk", [Within(((None, 3), (40, 60))), Within(((3, None),))]) == 40


def test_a_text_that_no_rule_names_is_found_where_any_text_will_do() -> None:
    assert witness("requester.kind", [NoneOf(frozenset({"member", "guest"}))]) is None
    assert witness("requester.kind", [NoneOf(frozenset({"member"}))]) == "guest"
    named = frozenset({"other 0", "other 1"})
    assert witness("requester.department", [NoneOf(named)]) == "other 2"


def test_a_set_is_found_unless_all_that_it_must_meet_is_what_it_must_miss() -> None:
    assert witness("target.groups", [Meets(frozenset({"g1", "g2"})), Misses(frozenset({"g1"}))]) == frozenset({"g2"})
    assert witness("target.groups", [Meets(frozenset({"g1"})), Misses(frozenset({"g1"}))]) is None


def test_a_flag_has_two_values_and_no_more() -> None:
    assert witness("request.on_self", [NoneOf(frozenset({True}))]) is False
    assert witness("request.on_self", [NoneOf(frozenset({True, False}))]) is None
    assert witness("request.on_self", [OneOf(frozenset({True})), OneOf(frozenset({False}))]) is None


@pytest.mark.parametrize("first", CONDITIONS)
def test_a_value_meets_two_conditions_or_none_of_the_world_does(first: Condition) -> None:
    domain: dict[str, list[Any]] = {
        "requester.department": ["Finance", "HR", "Sales", "Other"],
        "risk": list(range(101)),
        "target.groups": [*REACHABLE["target.groups"]],
        "target.is_break_glass": [True, False],
    }
    for second in CONDITIONS:
        if second.attribute == first.attribute:
            atoms = (first.atom, second.atom)
            meeting = [one for one in domain[first.attribute] if all(holds(atom, one) is Truth.TRUE for atom in atoms)]
            found = witness(first.attribute, atoms)
            assert (found is None) == (not meeting)
            assert found is None or all(holds(atom, found) is Truth.TRUE for atom in atoms)


def test_an_attribute_that_does_not_exist_has_no_values() -> None:
    with pytest.raises(KeyError, match="risc"):
        witness("risc", [])
