"""Whose answer the gate counts, and what it asks of the person who asked."""

import pytest

from agent.actions import parse_step
from agent.errors import NotAuthorizedError
from agent.gate import excluded_approvers, grant, grant_undo
from agent.model.plan import Step
from policy import Requirement, Verdict
from tests.agent.areas.collected import PARAMS
from tests.agent.gate_cases import ALLOW, ASK, LATER, answered, asked_again, by_mail, case_with, decision
from tests.agent.world import ANN, BOB, EVE, READERS, add_member, reset_password


def test_somebody_who_was_not_asked_does_not_count() -> None:
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(answered(case_with(), EVE), ASK, now=LATER)


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


def test_nobody_can_approve_for_a_requester_whom_nobody_knows() -> None:
    unknown = case_with().evolve(requester_id="")
    case = answered(unknown.evolve(approval_request=asked_again(unknown)), BOB)
    with pytest.raises(NotAuthorizedError, match="approval is missing"):
        grant(case, ASK, now=LATER)


def test_only_a_step_that_yields_a_secret_asks_who_is_asking() -> None:
    assert grant(by_mail(case_with()), ALLOW, now=LATER)
    assert grant(case_with(add_member(READERS, user=BOB)), ALLOW, now=LATER)
    issued = case_with(parse_step("entra.auth.tap.create", {"user_id": ANN}))
    with pytest.raises(NotAuthorizedError, match="mail does not prove"):
        grant(by_mail(issued), ALLOW, now=LATER)
    assert grant_undo(by_mail(issued), ALLOW, now=LATER, created_id="abc-1").is_rollback


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


def test_the_key_of_somebody_elses_device_needs_people_although_the_step_demands_whose_it_is() -> None:
    key = parse_step("secret.bitlocker.read", {**PARAMS["secret.bitlocker.read"], "user_id": BOB})
    assert key.precondition is not None
    with pytest.raises(NotAuthorizedError, match="needs an approval"):
        grant(case_with(key), ALLOW, now=LATER)
