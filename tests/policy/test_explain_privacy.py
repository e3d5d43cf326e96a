"""What the person who asked reads tells nothing about anybody else, and nothing of how policy is written."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.bundle import Bundle
from policy.decision import Layer
from policy.explanation.employee import for_employee
from policy.explanation.topics import topic_of
from policy.explanation.why import why
from policy.registry import ATTRIBUTES
from policy.request import UNKNOWN, AuthorizationRequest
from tests.policy.authored import CATALOGUE, REQUESTS, RULES, TENANT
from tests.policy.employee_answers import FOREIGN, ME, OTHER, OWN, PROTECTED, UNCHECKED, denied, said
from tests.policy.test_explain_technician import bundle_of, rule
from tests.policy.test_laws import SETTINGS

FEWER = settings(SETTINGS, max_examples=SETTINGS.max_examples * 3 // 10)

# The flags of somebody else, of which an answer must not tell one from another.
SECRETS = sorted(name for name, one in ATTRIBUTES.items() if one.kind == "flag" and topic_of(name).concern == "target")


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [True, False])
def test_of_somebody_else_nothing_is_told_but_that_policy_protects(name: str, value: bool) -> None:
    assert denied({**FOREIGN, name: value}, when={name: value}) == PROTECTED
    assert denied({**FOREIGN, name: UNKNOWN}, when={name: value}) == UNCHECKED


def test_of_the_other_person_in_a_step_nothing_is_told_to_anybody_else() -> None:
    facts = {**OWN, "other_person.id": OTHER, "other_person.at_risk": True}
    about = {"when": {"other_person.at_risk": True}}
    assert denied(facts, **about) == (
        "Policy does not allow this for the other person whom this is about. A technician can tell you more."
    )
    assert "security must look at your account" in denied({**facts, "other_person.id": ME}, **about)


def test_a_mail_proves_nobody_so_nothing_personal_is_told() -> None:
    mailed = OWN | {"requester.assurance": "email", "requester.at_risk": True}
    assert denied(mailed, when={"requester.at_risk": True}) == (
        "Policy does not allow this for the person who asked. A technician can tell you more."
    )
    assert "security must look at your account" in denied(mailed, when={"requester.at_risk": True}, reader_id=ME)


def test_another_reader_hears_nothing_of_the_person_who_asked() -> None:
    facts = OWN | {"requester.at_risk": True}
    assert "the person who asked" in denied(facts, when={"requester.at_risk": True}, reader_id=OTHER)


def test_a_requester_whom_nobody_knows_is_nobody() -> None:
    facts = {name: value for name, value in OWN.items() if not name.endswith(".id")}
    assert denied(facts | {"target.is_vip": True}, when={"target.is_vip": True}) == PROTECTED


# A block of a rule may speak of facts of the request, about the reader and about somebody else.
PARTS = {"risk": st.just(10), "params.seats_left": st.just({"min": 5}), "requester.role": st.just("it_admin")}
ABOUT_OTHERS = {"target.is_vip": st.booleans(), "target.is_synced": st.just(True)}
BLOCK = st.fixed_dictionaries({}, optional=PARTS | ABOUT_OTHERS).map(lambda one: one or {"risk": 10})
BLOCKS = st.lists(BLOCK, min_size=1, max_size=2, unique_by=str)
MIXED = st.fixed_dictionaries(
    {"effect": st.sampled_from(("permit", "deny"))}, optional={"when": BLOCK, "when_any": BLOCKS, "unless": BLOCKS}
)

THREE = (True, False, UNKNOWN)


@FEWER
@given(
    rules=st.lists(MIXED, min_size=1, max_size=4),
    seats=st.sampled_from((1, 9, UNKNOWN)),
    role=st.sampled_from(("employee", "it_admin", UNKNOWN)),
)
def test_a_refusal_reads_the_same_whatever_the_facts_about_others_are(rules: list[Any], seats: Any, role: Any) -> None:
    named = [{**one, "id": f"action.r{place}", "actions": ["a.one"]} for place, one in enumerate(rules)]
    facts = FOREIGN | {"params.seats_left": seats, "requester.role": role}
    others = ({"target.is_vip": vip, "target.is_synced": here} for vip in THREE for here in THREE)
    texts = {said(*named, facts=facts | one) for one in others}
    told = {one for one in texts if not one.startswith("Policy allows")} - {PROTECTED, UNCHECKED}
    own = {one for one in told if one.startswith("Policy does not")}
    assert len(own) <= 1 and len(told - own) <= 1


FREE_SEATS = {"params.seats_left": {"min": 5}}


@pytest.mark.parametrize(
    "rules",
    [
        [rule("permit", when={**FREE_SEATS, "target.is_vip": False})],
        [rule("permit", when=FREE_SEATS, unless=[{"target.is_vip": True}])],
        [rule("permit", when_any=[{**FREE_SEATS, "target.is_vip": False}, {**FREE_SEATS, "target.is_synced": True}])],
    ],
)
def test_advice_does_not_tell_how_a_fact_about_somebody_else_turned_out(rules: list[dict[str, Any]]) -> None:
    facts = {"params.seats_left": 1, "target.is_synced": False}
    texts = {said(*rules, facts=FOREIGN | facts | {"target.is_vip": vip}) for vip in (True, False, UNKNOWN)}
    assert texts == {"No rule of policy permits this as it was asked, so a technician will look at it."}
    own = said(*rules, facts=OWN | facts | {"target.is_vip": False})
    assert own.endswith("Asking again later may help.")


def test_advice_does_not_tell_which_layer_a_fact_about_somebody_else_opened() -> None:
    later = bundle_of(Layer.ACTION, [rule("permit", when=FREE_SEATS)], limits=[]).documents
    opened = bundle_of(
        Layer.TARGET, [rule("permit", "target.open", when={"target.is_vip": False})], limits=[]
    ).documents
    action = [one for one in later if one.layer is Layer.ACTION]
    target = [one for one in opened if one.layer is Layer.TARGET]
    rest = [one for one in later if one.layer not in (Layer.ACTION, Layer.TARGET)]
    bundle, texts = Bundle.of([*action, *target, *rest]), set()
    for vip in (True, False):
        request = AuthorizationRequest("a.one", FOREIGN | {"params.seats_left": 1, "target.is_vip": vip})
        texts.add(for_employee(why(bundle, request, tenant_id=TENANT, catalogue=CATALOGUE)))
    assert len(texts) == 1 and "may help" not in texts.pop()


def test_a_rule_that_also_speaks_of_somebody_else_tells_nothing_more() -> None:
    blocks = [{"target.is_vip": True, "risk": 10}, {"params.seats_left": {"max": 5}}]
    texts = {
        denied(FOREIGN | {"params.seats_left": 1, "target.is_vip": vip}, when_any=blocks)
        for vip in (True, False, UNKNOWN)
    }
    assert texts == {PROTECTED}
    doubtful = denied(FOREIGN | {"params.seats_left": UNKNOWN, "target.is_vip": False}, when_any=blocks)
    assert doubtful == PROTECTED


@FEWER
@given(rules=st.lists(RULES, min_size=1, max_size=3), request=REQUESTS)
def test_no_answer_holds_a_rule_an_attribute_or_a_value(
    rules: list[dict[str, Any]], request: AuthorizationRequest
) -> None:
    asked = {"from": ["oncall"]}
    named = [
        {**one, "id": f"rule-{place}", **({"approval": asked} if one["effect"] == "require_approval" else {})}
        for place, one in enumerate(rules)
    ]
    open_: Bundle = bundle_of(Layer.ACTION, named, limits=[])
    text = for_employee(why(open_, request, tenant_id=TENANT, catalogue=CATALOGUE))
    values = {str(one) for one in request.facts.values() if isinstance(one, str)}
    # The attribute `risk` is an everyday word too.
    secret = {*ATTRIBUTES, *values, "rule-", "baseline", request.action} - {"risk"}
    assert not any(part in text for part in secret)
    assert text.endswith(".") and text.count(". ") <= 1
