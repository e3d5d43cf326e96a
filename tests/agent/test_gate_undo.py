"""What the gate asks before it permits an undo: less than before a step, but never nothing."""

from datetime import timedelta

import pytest

from agent.actions import parse_step
from agent.errors import NotAuthorizedError
from agent.gate import grant, grant_undo
from agent.model.case import Case
from agent.model.plan import Plan, Step
from policy import Requirement, Verdict
from tests.agent.gate_cases import ALLOW, ASK, DENY, LATER, answered, by_mail, case_with, decision
from tests.agent.world import ANN, BOB, EVE, READERS, START, WRITERS, add_member, approval_of, reset_password


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


def test_mail_does_not_keep_a_new_way_to_sign_in_from_being_taken_away_again() -> None:
    number = {"user_id": ANN, "phone_type": "mobile", "number": "+49 1701234567"}
    added = case_with(parse_step("entra.auth.method.phone.add", number))
    assert grant_undo(by_mail(added), ALLOW, now=LATER, created_id="").call.method == "DELETE"


@pytest.mark.parametrize("created_id", ["", "../users/x", "a/b", "a?b", "{created}", "x" * 513, "%2e%2e"])
def test_a_malformed_created_id_never_enters_a_path(created_id: str) -> None:
    step = parse_step("entra.auth.tap.create", {"user_id": ANN})
    with pytest.raises(NotAuthorizedError, match="created object"):
        grant_undo(case_with(step), ALLOW, now=LATER, created_id=created_id)


def test_the_created_id_fills_the_undo_call() -> None:
    step = parse_step("entra.auth.tap.create", {"user_id": ANN})
    call = grant_undo(case_with(step), ALLOW, now=LATER, created_id="abc-1").call
    assert call.path.endswith("/temporaryAccessPassMethods/abc-1") and call.method == "DELETE"


def changed_behind(case: Case, *steps: Step) -> Case:
    """The case after its first step came into effect and its plan was changed to `steps`, not agreed to by anybody."""
    covered = case.evolve(effects=("verified",)).with_cover()
    plan = Plan(summary="s", reason="r", steps=steps)
    return covered.evolve(plan=plan, approval_request=None, approvals=())


def test_a_void_approval_covers_putting_back_what_came_into_effect_under_it_and_nothing_else() -> None:
    changed = changed_behind(answered(case_with(), BOB), add_member(READERS), add_member(WRITERS))
    assert grant_undo(changed, ASK, now=LATER, created_id="").approver_ids == (BOB,)
    with pytest.raises(NotAuthorizedError, match="not given for these rules"):
        grant(changed, ASK, now=LATER)
    with pytest.raises(NotAuthorizedError, match="not given for these rules"):
        grant_undo(changed.evolve(step_index=1), ASK, now=LATER, created_id="")
    with pytest.raises(NotAuthorizedError, match="denied by policy"):
        grant_undo(changed, DENY, now=LATER, created_id="")


def test_a_step_that_is_not_the_one_that_was_agreed_to_is_not_put_back_under_that_approval() -> None:
    changed = changed_behind(answered(case_with(), BOB), add_member(WRITERS))
    with pytest.raises(NotAuthorizedError, match="not the one that was approved"):
        grant_undo(changed, ASK, now=LATER, created_id="")
