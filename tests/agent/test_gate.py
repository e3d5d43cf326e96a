"""Each rule of the gate has a test that fails when the rule is removed."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from agent.actions import parse_step
from agent.errors import NotAuthorizedError
from agent.gate import PLAN_LASTS, asking_rules, excluded_approvers, grant, grant_undo, rules_digest, unmet
from agent.model.approval import Approval, ApprovalRequest, Asked
from agent.model.case import Case, Stage
from agent.model.graph_call import GraphCall
from agent.model.permit import MINT, Permit
from agent.model.plan import Plan, Step
from agent.model.service_request import Assurance, ServiceRequest
from policy import Decision, Layer, LayerResult, Requirement, RuleRef, Verdict
from tests.agent.areas.collected import PARAMS
from tests.agent.world import (
    ANN,
    ANN_UPN,
    BOB,
    EVE,
    READERS,
    START,
    TENANT,
    WRITERS,
    add_member,
    approval_of,
    reset_password,
)

OWNER = Requirement("group_owner", 1, "never")
RULE = RuleRef("action.ask", "d" * 64)
LATER = START + timedelta(minutes=1)


def decision(verdict: Verdict, *, requirements: frozenset[Requirement] = frozenset(), rules: Any = (RULE,)) -> Decision:
    layers = tuple(LayerResult(layer, verdict, tuple(rules)) for layer in Layer)
    return Decision(verdict, requirements, layers, "b" * 64)


ALLOW = decision(Verdict.ALLOW)
DENY = decision(Verdict.DENY)
ASK = decision(Verdict.APPROVAL, requirements=frozenset({OWNER}))


def case_with(*steps: Step, requirement: Requirement = OWNER, approvers: tuple[str, ...] = (BOB,)) -> Case:
    request = ServiceRequest(
        tenant_id=TENANT,
        source="desk",
        external_id="T-1",
        channel="itsm",
        requester=ANN_UPN,
        assurance=Assurance.PORTAL,
        received_at=START,
    )
    plan = Plan(summary="s", reason="r", steps=steps or (add_member(READERS),))
    case = Case(id="c" * 32, stage=Stage.EXECUTE, request=request, requester_id=ANN, plan=plan)
    question = ApprovalRequest(
        id=f"{case.id}-1",
        plan_digest=case.plan_digest,
        rules_digest=rules_digest((RULE,)),
        rules=(RULE,),
        asked=(Asked(requirement=requirement, approver_ids=approvers),),
        asked_at=START,
        expires_at=START + timedelta(hours=1),
    )
    return case.evolve(approval_request=question)


def answered(case: Case, *people: str, **changes: Any) -> Case:
    given: tuple[Approval, ...] = tuple(approval_of(case, person=one, now=START, **changes) for one in people)
    return case.evolve(approvals=given)


def by_mail(case: Case) -> Case:
    return case.evolve(request=case.request.model_copy(update={"assurance": Assurance.EMAIL}))


def asked_again(case: Case) -> ApprovalRequest:
    """Return the case's question, put about the plan as it is now."""
    assert case.approval_request is not None
    return case.approval_request.model_copy(update={"plan_digest": case.plan_digest})


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


def test_somebody_who_was_not_asked_does_not_count() -> None:
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(answered(case_with(), EVE), ASK, now=LATER)


def test_the_resolvers_in_an_answer_are_not_believed() -> None:
    other = Requirement("tenant_admin", 1, "never")
    ask_admin = decision(Verdict.APPROVAL, requirements=frozenset({other}))
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(answered(case_with(), BOB, resolvers=("tenant_admin",)), ask_admin, now=LATER)


@pytest.mark.parametrize("step", [add_member(READERS, user=ANN), add_member(READERS, user=BOB), reset_password(BOB)])
def test_nobody_approves_what_they_asked_for_or_gain_by(step: Step) -> None:
    person = ANN if step.beneficiary_id == ANN else BOB
    case = answered(case_with(step, approvers=(person,)), person)
    assert person in excluded_approvers(case)
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(case, ASK, now=LATER)


def test_two_people_means_two_different_people() -> None:
    two = Requirement("group_owner", 2, "never")
    case = case_with(requirement=two, approvers=(BOB, EVE))
    ask_two = decision(Verdict.APPROVAL, requirements=frozenset({two}))
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(answered(case, BOB, BOB), ask_two, now=LATER)
    assert grant(answered(case, BOB, EVE), ask_two, now=LATER).approver_ids == (BOB, EVE)


def test_an_approval_that_asks_nobody_opens_nothing() -> None:
    with pytest.raises(NotAuthorizedError, match="missing from people whom no rule names") as refusal:
        grant(answered(case_with(), BOB), decision(Verdict.APPROVAL), now=LATER)
    assert refusal.value.needs_people


def test_nobody_can_approve_for_a_requester_whom_nobody_knows() -> None:
    unknown = case_with().evolve(requester_id="")
    case = answered(unknown.evolve(approval_request=asked_again(unknown)), BOB)
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(case, ASK, now=LATER)


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


def test_the_approval_of_a_plan_covers_its_undo_after_expiry() -> None:
    late = START + timedelta(days=2)
    permit = grant_undo(answered(case_with(), BOB), ASK, now=late, created_id="")
    assert permit.is_rollback and permit.call.method == "DELETE"


def test_the_undo_of_what_two_people_approved_waits_for_neither() -> None:
    two = Requirement("group_owner", 2, "never")
    case = case_with(requirement=two, approvers=(BOB, EVE))
    case = case.evolve(
        approvals=tuple(approval_of(case, person=one, now=at) for one, at in ((BOB, START), (EVE, LATER)))
    )
    ask_two = decision(Verdict.APPROVAL, requirements=frozenset({two}))
    assert grant_undo(case, ask_two, now=START + timedelta(days=2), created_id="").approver_ids == (BOB, EVE)


def test_an_undo_needs_the_approval_that_the_step_needed() -> None:
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant_undo(case_with(), ASK, now=LATER, created_id="")


def test_an_undo_is_denied_like_anything_else() -> None:
    with pytest.raises(NotAuthorizedError, match="denied by policy"):
        grant_undo(answered(case_with(), BOB), DENY, now=LATER, created_id="")


def test_an_irreversible_step_has_no_undo_to_permit() -> None:
    with pytest.raises(NotAuthorizedError, match="irreversible"):
        grant_undo(case_with(reset_password()), ALLOW, now=LATER, created_id="")


@pytest.mark.parametrize("created_id", ["", "../users/x", "a/b", "a?b", "{created}", "x" * 513, "%2e%2e"])
def test_a_malformed_created_id_never_enters_a_path(created_id: str) -> None:
    from agent.actions import parse_step

    step = parse_step("entra.auth.tap.create", {"user_id": ANN})
    with pytest.raises(NotAuthorizedError, match="created object"):
        grant_undo(case_with(step), ALLOW, now=LATER, created_id=created_id)


def test_only_a_step_that_yields_a_secret_asks_who_is_asking() -> None:
    assert grant(by_mail(case_with()), ALLOW, now=LATER)
    assert grant(case_with(add_member(READERS, user=BOB)), ALLOW, now=LATER)
    issued = case_with(parse_step("entra.auth.tap.create", {"user_id": ANN}))
    with pytest.raises(NotAuthorizedError, match="mail does not prove"):
        grant(by_mail(issued), ALLOW, now=LATER)
    assert grant_undo(by_mail(issued), ALLOW, now=LATER, created_id="abc-1").is_rollback


def test_the_created_id_fills_the_undo_call() -> None:
    from agent.actions import parse_step

    step = parse_step("entra.auth.tap.create", {"user_id": ANN})
    call = grant_undo(case_with(step), ALLOW, now=LATER, created_id="abc-1").call
    assert call.path.endswith("/temporaryAccessPassMethods/abc-1") and call.method == "DELETE"


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


@pytest.mark.parametrize(
    "step",
    [
        parse_step("entra.auth.method.phone.add", {"user_id": ANN, "phone_type": "mobile", "number": "+49 1701234567"}),
        parse_step("entra.auth.method.softwareoath.delete", {"user_id": ANN, "method_id": READERS}),
    ],
    ids=["a new telephone", "a method less"],
)
def test_mail_changes_nobodys_way_to_sign_in(step: Step) -> None:
    with pytest.raises(NotAuthorizedError, match="mail does not prove"):
        grant(by_mail(case_with(step)), ALLOW, now=LATER)
    assert grant(case_with(step), ALLOW, now=LATER).call == step.call


def test_who_gains_by_a_parameter_does_not_approve() -> None:
    promoted = parse_step("entra.user.manager.set", {"user_id": EVE, "manager_id": BOB, "was_manager_id": None})
    assert BOB in excluded_approvers(case_with(promoted))


def test_who_is_named_by_address_or_deep_inside_the_parameters_approves_nothing() -> None:
    shared = parse_step(
        "exo.calendar.permission.grant", {"user_id": ANN, "address": "bob@contoso.example", "role": "read"}
    )
    case = case_with(shared).evolve(concerned={"bob@contoso.example": BOB})
    assert BOB in excluded_approvers(case)
    deep = add_member(READERS).model_copy(update={"params": {"was": [{"kind": "grant", "user_id": BOB}]}})
    assert BOB in excluded_approvers(case_with(deep))


def test_the_password_of_an_account_that_is_made_is_nobodys_own() -> None:
    params = {**PARAMS["entra.user.create"], "receiver_id": ANN}
    made = parse_step("entra.user.create", params)
    assert made.beneficiary_id == ANN
    with pytest.raises(NotAuthorizedError, match="needs an approval"):
        grant(case_with(made), ALLOW, now=LATER)


def test_the_key_of_a_device_is_ones_own_only_where_the_step_demands_whose_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = parse_step("secret.bitlocker.read", {**PARAMS["secret.bitlocker.read"], "user_id": ANN})
    assert grant(case_with(key), ALLOW, now=LATER).call == key.call
    loose = key.model_copy(update={"precondition": None})
    monkeypatch.setattr("agent.gate.parse_step", lambda *_: loose)
    with pytest.raises(NotAuthorizedError, match="needs an approval"):
        grant(case_with(loose), ALLOW, now=LATER)


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
