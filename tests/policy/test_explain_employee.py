"""What the person who asked reads: a kind reason in everyday words, and what may help."""

from typing import Any

import pytest

from policy.bundle import Bundle
from policy.decision import Layer
from policy.explanation.employee import for_employee
from policy.explanation.topics import TOPICS, topic_of
from policy.explanation.why import why
from policy.registry import ATTRIBUTES
from policy.request import AuthorizationRequest
from tests.policy.authored import CATALOGUE, TENANT
from tests.policy.employee_answers import FOREIGN, ME, OWN, denied, said
from tests.policy.test_explain_technician import bundle_of, rule


def test_every_attribute_has_words_for_an_employee() -> None:
    clock = {"time.local_hours", "time.dates"}
    missing = sorted(set(ATTRIBUTES) - set(TOPICS) - clock)
    assert not missing, f"add plain words to policy/explanation/topics.py for {missing}"
    assert not sorted(set(TOPICS) - set(ATTRIBUTES)), "policy/explanation/topics.py has words for what is no attribute"


def test_the_words_of_a_topic_fit_into_a_sentence() -> None:
    for name, topic in TOPICS.items():
        for words in (topic.words, topic.when_true, topic.when_false):
            assert name not in words and not words.endswith(".") and words[:1] == words[:1].lower()
        assert not topic.advice or (topic.advice.endswith(".") and topic.concern == "request")
        if topic.when_true or topic.when_false:
            assert ATTRIBUTES[name].kind == "flag"


def test_a_forgotten_attribute_of_the_request_is_told_in_the_words_of_the_registry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("policy.explanation.topics.TOPICS", {})
    assert topic_of("plan.steps").words == ATTRIBUTES["plan.steps"].doc
    assert topic_of("plan.steps").concern == "request"
    for name, concern in (("requester.at_risk", "requester"), ("beneficiary.at_risk", "beneficiary")):
        assert (topic_of(name).concern, topic_of(name).words) == (concern, "what is known about you")
    assert topic_of("target.is_vip").concern == "target"


def test_about_the_reader_the_reason_is_told_in_plain_words() -> None:
    told = denied({**OWN, "target.is_break_glass": True}, when={"target.is_break_glass": True})
    assert told == (
        "Policy does not allow this, because your account is an emergency account. A technician can tell you more."
    )
    doubtful = denied(OWN, when={"target.holds_directory_role": True})
    assert doubtful == (
        "Policy does not allow this, because something could not be checked: your administrator roles. "
        "A technician can tell you more."
    )


def test_object_ids_are_compared_without_regard_to_case() -> None:
    facts = {**OWN, "target.is_break_glass": True}
    assert "your account is" in denied(facts, when={"target.is_break_glass": True}, reader_id=ME.upper())


def test_what_only_narrows_a_rule_is_told_last() -> None:
    facts = OWN | {"target.kind": "user", "target.account_enabled": False}
    when = {"target.account_enabled": False, "target.kind": "user"}
    assert "because your account is switched off" in denied(facts, when=when)
    assert "it depends on the kind of object" in denied(facts, when={"target.kind": "user"})
    acting = OWN | {"identity.kind": "workload"}
    assert "it depends on how much harm" in denied(acting, when={"identity.kind": "workload", "risk": 10})


def test_a_limit_is_told_as_how_often_this_was_done() -> None:
    cap = {"id": "runtime.cap", "actions": ["a.*"], "per": "tenant", "window": "1h", "max": 0}
    bundle = bundle_of(Layer.RUNTIME, [rule("permit")], limits=[cap])
    request = AuthorizationRequest("a.one", OWN | {"count.runtime.cap": 1})
    told = for_employee(why(bundle, request, tenant_id=TENANT, catalogue=CATALOGUE))
    assert "because it depends on how often this was done lately" in told


def test_what_is_in_doubt_is_told_before_what_is_known() -> None:
    told = denied(OWN, when={"risk": {"min": 5}, "target.is_vip": True})
    assert "something could not be checked: the special protection of your account." in told
    assert "it depends on how much harm" in denied(
        OWN | {"target.is_vip": True}, when={"risk": 10, "target.is_vip": True}
    )


def test_an_exception_that_does_not_hold_is_a_reason_too() -> None:
    told = denied(OWN | {"request.on_self": False}, unless=[{"request.on_self": True}])
    assert "because the change is for somebody else" in told
    known = OWN | {"requester.role": "employee"}
    assert "it depends on your role in IT" in denied(
        known, unless=[{"request.on_self": True, "requester.role": "it_admin"}]
    )


def test_a_deny_without_conditions_is_told_plainly() -> None:
    assert denied(OWN) == "Policy does not allow this. A technician can tell you more."


def test_a_default_deny_hands_over_and_says_what_may_help() -> None:
    grant = rule("permit", when={"requester.assurance": ["sso", "portal"]})
    assert said(grant, facts=OWN | {"requester.assurance": "email"}) == (
        "No rule of policy permits this as it was asked, so a technician will look at it. "
        "Asking on the portal, or signed in with your work account, may help."
    )


@pytest.mark.parametrize(
    "when",
    [
        {"requester.assurance": "portal", "target.is_vip": False},
        {"target.is_vip": False},
        {"requester.department": "HR"},
    ],
)
def test_no_advice_is_given_where_something_else_is_wrong_too(when: dict[str, Any]) -> None:
    assert said(rule("permit", when=when), facts=FOREIGN | {"target.is_vip": True}) == (
        "No rule of policy permits this as it was asked, so a technician will look at it."
    )


def test_no_advice_is_given_where_another_layer_grants_nothing_at_all() -> None:
    grant = rule("permit", when={"requester.assurance": ["sso", "portal"]})
    whole = bundle_of(Layer.ACTION, [grant], limits=[])
    lacking = Bundle.of(one for one in whole.documents if one.layer is not Layer.RUNTIME)
    request = AuthorizationRequest("a.one", OWN | {"requester.assurance": "email"})
    for bundle, helps in ((whole, True), (lacking, False)):
        assert ("may help" in for_employee(why(bundle, request, tenant_id=TENANT, catalogue=CATALOGUE))) is helps


def test_the_other_answers_are_one_sentence() -> None:
    assert said(rule("permit"), facts=OWN) == "Policy allows this."
    assert said(rule("require_approval"), facts=OWN) == (
        "Policy allows this with the approval of the technician on call."
    )
    two = {"from": ["tenant_admin", "group:" + ME], "count": 2}
    assert said(rule("require_approval") | {"approval": two}, facts=OWN) == (
        "Policy allows this with the approval of a member of the approvers' group (2 people) "
        "and an administrator (2 people)."
    )
    assert said(rule("permit"), facts=OWN, action="z.new") == (
        "This is nothing that the automatic service can do, so a technician will look at it."
    )
