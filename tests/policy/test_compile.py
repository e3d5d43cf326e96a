"""Compiling changes nothing: a rule's conjunctions say exactly what its author wrote."""

from typing import Any

from hypothesis import given

from policy.bundle import Bundle
from policy.compile import compile_document
from policy.decision import Verdict
from policy.document import parse_document
from policy.engine import Engine
from policy.reference import truth_of
from policy.registry import checked_facts
from policy.request import AuthorizationRequest
from policy.rule import Condition, Meets, Misses, Rule, Truth
from tests.policy.authored import CATALOGUE, REQUESTS, RULES, TENANT, document, read_directly
from tests.policy.test_laws import SETTINGS


def compiled(rule: dict[str, Any]) -> Rule:
    read = parse_document(document("action", [rule]), source="f.yaml", catalogue=CATALOGUE)
    (one,) = compile_document(read, catalogue=CATALOGUE)
    return one


def truth(rule: dict[str, Any], **facts: Any) -> Truth:
    named = {name.replace("__", "."): value for name, value in facts.items()}
    return truth_of(compiled(rule), "a.one", facts=checked_facts(named))


@SETTINGS
@given(rule=RULES, request=REQUESTS)
def test_a_compiled_rule_says_exactly_what_its_author_wrote(
    rule: dict[str, Any], request: AuthorizationRequest
) -> None:
    one = compiled(rule)
    expected = read_directly(rule, request) if request.action in one.actions else Truth.FALSE
    assert truth_of(one, request.action, facts=checked_facts(request.facts)) is expected


def test_two_any_lists_on_one_set_must_both_be_met() -> None:
    rule = {
        "effect": "permit",
        "actions": ["a.one"],
        "when": {"target.groups": {"any": ["g1"]}},
        "when_any": [{"target.groups": {"any": ["g2"]}}, {"target.groups": {"any": ["g3"]}}],
    }
    assert truth(rule, target__groups=frozenset({"g1", "g3"})) is Truth.TRUE
    assert truth(rule, target__groups=frozenset({"g1"})) is Truth.FALSE
    assert truth(rule, target__groups=frozenset({"g2", "g3"})) is Truth.FALSE


def test_a_list_that_is_not_written_becomes_no_condition() -> None:
    rule = {"effect": "permit", "actions": ["a.one"], "when": {"target.groups": {"any": ["g1"]}}}
    assert compiled(rule).conjunctions == ((Condition("target.groups", Meets(frozenset({"g1"}))),),)
    rule = {**rule, "when": {"target.groups": {"none": ["g1"]}}}
    assert compiled(rule).conjunctions == ((Condition("target.groups", Misses(frozenset({"g1"}))),),)


def test_an_unless_on_a_set_keeps_the_any_list_beside_it() -> None:
    rule = {
        "effect": "deny",
        "actions": ["a.one"],
        "when": {"target.groups": {"any": ["g1", "g2"]}},
        "unless": [{"target.groups": {"none": ["g3"]}}],
    }
    assert truth(rule, target__groups=frozenset({"g1", "g3"})) is Truth.TRUE
    assert truth(rule, target__groups=frozenset({"g1"})) is Truth.FALSE


def test_a_contradiction_about_an_unknown_fact_stays_unknown() -> None:
    rule = {
        "effect": "deny",
        "actions": ["a.one"],
        "when": {"requester.department": "HR"},
        "unless": [{"requester.department": "HR"}],
    }
    assert truth(rule) is Truth.UNKNOWN
    assert truth(rule, requester__department="HR") is Truth.FALSE


def test_touching_windows_leave_no_gap_and_no_overlap() -> None:
    hours = {"days": ["Mon", "Tue"], "from": "00:00", "to": "24:00"}
    rule = {"effect": "deny", "actions": ["a.one"], "unless": [{"time.local_hours": hours}]}
    found = [truth(rule, time__minute_of_week=minute) for minute in (0, 1439, 1440, 2879, 2880, 10079)]
    assert found == [Truth.FALSE] * 4 + [Truth.TRUE] * 2


def test_a_limit_is_a_guard_on_its_own_counter() -> None:
    limit = {"id": "run.cap", "actions": ["a.*"], "per": "tenant", "window": "1h", "max": 20}
    read = parse_document(
        {**document("runtime", [{"effect": "permit", "actions": ["*"]}]), "limits": [limit]},
        source="f.yaml",
        catalogue=CATALOGUE,
    )
    cap = next(rule for rule in compile_document(read, catalogue=CATALOGUE) if rule.ref.id == "run.cap")
    assert cap.effect is Verdict.DENY
    assert sorted(cap.actions) == ["a.one", "a.two"]
    found = [truth_of(cap, "a.one", facts=checked_facts({"count.run.cap": used})) for used in (20, 21, "20", True)]
    assert found == [Truth.FALSE, Truth.TRUE, Truth.UNKNOWN, Truth.UNKNOWN]


def test_a_rule_digest_follows_content_layer_and_tenant_but_not_its_neighbours() -> None:
    rule = {"effect": "permit", "actions": ["a.one"]}
    other = {"effect": "deny", "actions": ["a.two"]}

    def digest_of_first(layer: str, rules: list[dict[str, Any]], tenant: str = "*") -> str:
        read = parse_document(document(layer, rules, tenant=tenant), source="f.yaml", catalogue=CATALOGUE)
        return compile_document(read, catalogue=CATALOGUE)[0].ref.digest

    same = digest_of_first("action", [rule])
    assert digest_of_first("action", [rule, other]) == same
    changed = [
        digest_of_first("action", [{**rule, "actions": ["a.two"]}]),
        digest_of_first("target", [rule]),
        digest_of_first("action", [rule], tenant=TENANT),
    ]
    assert len({same, *changed}) == 4


def test_only_documents_for_all_and_for_this_tenant_apply() -> None:
    permit = {"effect": "permit", "actions": ["*"]}
    layers = ("global", "tenant", "target", "department", "action", "runtime")
    data = [document(layer, [permit]) for layer in layers]
    data.append(document("target", [{"effect": "deny", "actions": ["a.one"]}], tenant="Contoso"))
    bundle = Bundle.of(parse_document(one, source="f.yaml", catalogue=CATALOGUE) for one in data)
    verdicts = {
        tenant: Engine(bundle, tenant_id=tenant, catalogue=CATALOGUE).decide(AuthorizationRequest("a.one")).verdict
        for tenant in ("contoso", "CONTOSO", "fabrikam")
    }
    assert verdicts == {"contoso": Verdict.DENY, "CONTOSO": Verdict.DENY, "fabrikam": Verdict.ALLOW}
