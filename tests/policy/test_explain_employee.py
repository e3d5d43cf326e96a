"""What the person who asked reads: a kind reason in everyday words, and nothing about anybody else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.bundle import Bundle
from policy.decision import Layer
from policy.explanation.employee import for_employee
from policy.explanation.topics import TOPICS, topic_of
from policy.explanation.why import why
from policy.registry import ATTRIBUTES
from policy.request import UNKNOWN, AuthorizationRequest
from tests.policy.authored import CATALOGUE, REQUESTS, RULES, TENANT
from tests.policy.test_explain_technician import bundle_of, rule
from tests.policy.test_laws import SETTINGS

FEWER = settings(SETTINGS, max_examples=SETTINGS.max_examples * 3 // 10)
ME, OTHER = "11111111-0000-0000-0000-000000000001", "22222222-0000-0000-0000-000000000002"
OWN: dict[str, Any] = {
    "requester.id": ME,
    "target.id": ME,
    "beneficiary.id": ME,
    "requester.assurance": "sso",
    "risk": 10,
}
FOREIGN = OWN | {"target.id": OTHER, "beneficiary.id": OTHER}
PROTECTED = "Policy does not allow this for the account or group that would be changed. A technician can tell you more."
UNCHECKED = (
    "Policy does not allow this, because something about the account or group that would be changed could not be "
    "checked. A technician can tell you more."
)
# The flags of somebody else, of which an answer must not tell one from another.
SECRETS = sorted(name for name, one in ATTRIBUTES.items() if one.kind == "flag" and topic_of(name).concern == "target")


def said(*rules: dict[str, Any], facts: dict[str, Any], reader_id: str = "", action: str = "a.one") -> str:
    bundle = bundle_of(Layer.ACTION, [*rules], limits=[])
    request = AuthorizationRequest(action, facts)
    return for_employee(why(bundle, request, tenant_id=TENANT, catalogue=CATALOGUE), reader_id=reader_id)


def denied(facts: dict[str, Any], *, reader_id: str = "", **parts: Any) -> str:
    """Return what is said when one deny rule made of `parts` stands beside a permit."""
    return said(rule("permit"), rule("deny", "action.no", **parts), facts=facts, reader_id=reader_id)


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
