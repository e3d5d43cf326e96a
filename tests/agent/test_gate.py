"""The gate's rules on decisions, answers and permits; each has a test that fails when the rule is removed."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from agent.errors import NotAuthorizedError
from agent.gate import PLAN_LASTS, asking_rules, grant, unmet
from agent.model.graph_call import GraphCall
from agent.model.permit import MINT, Permit
from policy import Layer, LayerResult, Requirement, RuleRef, Verdict
from tests.agent.gate_cases import ALLOW, ASK, DENY, LATER, OWNER, RULE, answered, case_with, decision
from tests.agent.world import BOB, EVE, READERS, START, TENANT, WRITERS, add_member, approval_of


def test_what_policy_allows_is_granted_for_exactly_the_planned_call() -> None:
    case = case_with()
    permit = grant(case, ALLOW, now=LATER)
    assert case.plan is not None
    assert (permit.call, permit.tenant_id, permit.case_id) == (case.plan.steps[0].call, TENANT, case.id)
    assert permit.approver_ids == () and not permit.is_rollback


def test_a_fresh_deny_refuses_and_asks_nobody() -> None:
    with pytest.raises(NotAuthorizedError, match="denied by policy") as refusal:
        grant(case_with(), DENY, now=LATER)
    assert not refusal.value.needs_people


def test_an_approval_never_outvotes_a_fresh_deny() -> None:
    with pytest.raises(NotAuthorizedError, match="denied by policy"):
        grant(answered(case_with(), BOB), DENY, now=LATER)


def test_a_step_that_the_catalogue_would_not_build_is_refused() -> None:
    forged = add_member(READERS).model_copy(update={"call": GraphCall(method="DELETE", path=f"/users/{EVE}")})
    with pytest.raises(NotAuthorizedError, match="not what the catalogue builds"):
        grant(case_with(forged), ALLOW, now=LATER)


def test_an_approved_step_is_granted_with_the_names_of_its_approvers() -> None:
    assert grant(answered(case_with(), BOB), ASK, now=LATER).approver_ids == (BOB,)


def test_a_permit_names_nobody_who_said_no_or_whom_policy_does_not_ask() -> None:
    case = case_with(approvers=(BOB, EVE))
    refused = approval_of(case, person=EVE, granted=False, now=START)
    case = case.evolve(approvals=(approval_of(case, person=BOB, now=START), refused))
    assert grant(case, ASK, now=LATER).approver_ids == (BOB,)
    assert grant(case, ALLOW, now=LATER).approver_ids == ()


def test_an_answer_counts_from_the_moment_it_was_given() -> None:
    assert grant(answered(case_with(), BOB), ASK, now=START).approver_ids == (BOB,)


def test_somebody_whose_yes_did_not_count_is_not_named_as_an_approver() -> None:
    case = case_with(approvers=(BOB,))
    stranger = approval_of(case, person=EVE, now=START)
    mixed = case.evolve(approvals=(*answered(case, BOB).approvals, stranger))
    assert grant(mixed, ASK, now=LATER).approver_ids == (BOB,)


def test_without_an_approval_the_gate_stays_shut_and_says_whom_to_ask() -> None:
    with pytest.raises(NotAuthorizedError, match="missing from `group_owner` x1") as refusal:
        grant(case_with(), ASK, now=LATER)
    assert refusal.value.needs_people


def test_an_approval_that_nobody_asked_for_opens_nothing() -> None:
    case = answered(case_with(), BOB).evolve(approval_request=None)
    with pytest.raises(NotAuthorizedError):
        grant(case, ASK, now=LATER)
    assert unmet(case, frozenset({OWNER}), now=LATER) == (OWNER,)


@pytest.mark.parametrize(
    "changes",
    [
        {"granted": False},
        {"request_id": "another"},
        {"plan_digest": "0" * 64},
        {"rules_digest": "0" * 64},
        {"expires_at": LATER},
        {"answered_at": LATER + timedelta(seconds=1)},
    ],
)
def test_an_answer_that_is_a_no_or_for_something_else_or_out_of_time_does_not_count(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(answered(case_with(), BOB, **changes), ASK, now=LATER)


def test_the_resolvers_in_an_answer_are_not_believed() -> None:
    other = Requirement("tenant_admin", 1, "never")
    ask_admin = decision(Verdict.APPROVAL, requirements=frozenset({other}))
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(answered(case_with(), BOB, resolvers=("tenant_admin",)), ask_admin, now=LATER)


def test_an_approval_that_asks_nobody_opens_nothing() -> None:
    with pytest.raises(NotAuthorizedError, match="missing from people whom no rule names") as refusal:
        grant(answered(case_with(), BOB), decision(Verdict.APPROVAL), now=LATER)
    assert refusal.value.needs_people


def test_a_requirement_that_appeared_after_the_approval_is_asked_again() -> None:
    both = decision(Verdict.APPROVAL, requirements=frozenset({OWNER, Requirement("security", 1, "never")}))
    with pytest.raises(NotAuthorizedError, match="`security` x1") as refusal:
        grant(answered(case_with(), BOB), both, now=LATER)
    assert refusal.value.needs_people


def test_a_rule_that_was_edited_after_the_approval_is_asked_again() -> None:
    edited = decision(Verdict.APPROVAL, requirements=frozenset({OWNER}), rules=(RuleRef(RULE.id, "e" * 64),))
    with pytest.raises(NotAuthorizedError, match="not given for these rules") as refusal:
        grant(answered(case_with(), BOB), edited, now=LATER)
    assert refusal.value.needs_people


def test_an_edit_of_a_rule_that_asks_nobody_voids_no_approval() -> None:
    layers = (LayerResult(Layer.GLOBAL, Verdict.ALLOW, (RuleRef("new", "f" * 64),)), *ASK.layers[1:])
    assert grant(answered(case_with(), BOB), dataclasses.replace(ASK, layers=layers), now=LATER)
    assert asking_rules(ASK) == (RULE,)


def test_unmet_is_empty_only_when_everything_is_met() -> None:
    case = case_with()
    assert unmet(case, frozenset({OWNER}), now=LATER) == (OWNER,)
    assert unmet(answered(case, BOB), frozenset({OWNER}), now=LATER) == ()
    assert unmet(case, frozenset(), now=LATER) == ()


def test_a_permit_cannot_be_made_without_the_mint() -> None:
    permit = grant(case_with(), ALLOW, now=LATER)
    fields = {one.name: getattr(permit, one.name) for one in dataclasses.fields(permit)}
    with pytest.raises(TypeError):
        Permit(**fields)
    with pytest.raises(TypeError, match=r"agent\.gate\.grant"):
        Permit(**fields, mint=object())  # type: ignore[arg-type]
    assert Permit(**fields, mint=MINT) == permit


def test_a_permit_cannot_be_altered() -> None:
    permit = grant(case_with(), ALLOW, now=LATER)
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(permit, call=GraphCall(method="DELETE", path="/users/x"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        permit.call = GraphCall(method="DELETE", path="/users/x")  # type: ignore[misc]


def test_a_plan_that_was_begun_in_time_goes_on_after_its_approval_ends_but_not_for_ever() -> None:
    asked = answered(case_with(add_member(READERS), add_member(WRITERS)), BOB)
    asking = decision(Verdict.APPROVAL, requirements=frozenset({OWNER}))
    assert asked.approval_request is not None
    end = asked.approval_request.expires_at
    fresh = asked.evolve(step_index=1)
    begun = fresh.evolve(effects=("verified",))
    late = end + timedelta(minutes=20)
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(fresh, asking, now=late)
    assert grant(begun, asking, now=late).approver_ids == (BOB,)
    assert grant(begun, asking, now=end + PLAN_LASTS).approver_ids == (BOB,)
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(begun, asking, now=end + PLAN_LASTS + timedelta(seconds=1))


def test_a_plan_that_was_begun_lasts_from_the_end_of_the_answer_that_ends_last() -> None:
    case = case_with(approvers=(BOB, EVE)).evolve(effects=("verified",))
    early, late = START + timedelta(hours=1), START + timedelta(hours=2)
    answers = (approval_of(case, person=one, now=START, expires_at=end) for one, end in ((BOB, early), (EVE, late)))
    assert grant(case.evolve(approvals=tuple(answers)), ASK, now=late + PLAN_LASTS).approver_ids == (BOB, EVE)
