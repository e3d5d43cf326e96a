"""An answer becomes an approval only from somebody who was asked, about this very plan, in time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.answer_rules import decide_answer
from agent.channels.card_answer import response_to
from agent.gate import unmet
from agent.model.approval import Asked
from agent.model.case import Case, Stage
from agent.outcomes import (
    AlreadyAnswered,
    Answered,
    AskAgain,
    Expired,
    NotApprover,
    OtherPlanOpen,
    Outcome,
    OwnRequest,
    PlanChanged,
    SignedIn,
    SignInNeeded,
    StillOpen,
)
from agent.storage.case_record import record_of
from policy.decision import Requirement
from tests.agent.channels.card_reading import PAGES
from tests.agent.channels.cases import ADMIN, MEGAN, NOW, OWNER, STRANGER, answer, step, waiting

SOON = NOW + timedelta(minutes=5)
CARD = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"


def shown_for(outcome: Outcome) -> dict[str, Any]:
    return response_to(outcome, pages=PAGES)


def headline(outcome: Outcome) -> str:
    response = shown_for(outcome)
    assert (response["statusCode"], response["type"]) == (200, CARD)
    text: str = response["value"]["body"][0]["text"]
    return text


def with_approvers(case: Case, *people: str) -> Case:
    assert case.approval_request is not None
    asked = (Asked(requirement=Requirement("tenant_admin"), approver_ids=people),)
    return case.evolve(approval_request=case.approval_request.model_copy(update={"asked": asked}))


def given(case: Case, *, by: str = OWNER, verb: str = "approve") -> Case:
    outcome = decide_answer(case, answer(case, verb, by=by, data={"reason": "why"}), now=SOON)
    assert isinstance(outcome, Answered)
    return case.evolve(approvals=(*case.approvals, outcome.approval))


def test_an_approvers_yes_is_bound_to_plan_rules_person_and_time() -> None:
    case = waiting()
    outcome = decide_answer(case, answer(case, data={"reason": " fine\u202e "}), now=SOON)
    assert isinstance(outcome, Answered) and case.approval_request is not None
    approval = outcome.approval
    assert (approval.approver_id, approval.granted, approval.reason) == (OWNER, True, "fine")
    assert approval.plan_digest == case.plan_digest and approval.rules_digest == case.approval_request.rules_digest
    assert (approval.answered_at, approval.expires_at) == (SOON, case.approval_request.expires_at)
    assert approval.resolvers == ("group_owner",) and approval.evidence == {"activity_id": "f:1"}
    assert headline(outcome) == "Approved" and "further approvals are awaited" in str(shown_for(outcome))


def test_the_answers_are_ones_that_the_gate_counts() -> None:
    case = waiting()
    assert case.approval_request is not None
    wanted = frozenset(one.requirement for one in case.approval_request.asked)
    case = given(case)
    assert [one.resolver for one in unmet(case, wanted, now=SOON)] == ["tenant_admin"]
    assert not unmet(given(case, by=ADMIN), wanted, now=SOON)


def test_a_refusal_with_a_reason_is_taken() -> None:
    case = waiting()
    outcome = decide_answer(case, answer(case, "refuse", data={"reason": "not hers"}), now=SOON)
    assert isinstance(outcome, Answered) and not outcome.approval.granted
    assert outcome.approval.reason == "not hers" and headline(outcome) == "Refused"


@pytest.mark.parametrize("reason", [None, "", "  \n", "\u200b\u202e", "x" * 501])
def test_a_refusal_without_a_usable_reason_is_asked_again(reason: str | None) -> None:
    case = waiting()
    data = {} if reason is None else {"reason": reason}
    outcome = decide_answer(case, answer(case, "refuse", data=data), now=SOON)
    assert isinstance(outcome, AskAgain)
    assert (shown_for(outcome)["statusCode"], shown_for(outcome)["type"]) == (200, MESSAGE)


def test_a_stranger_is_told_nothing_about_the_case() -> None:
    case = waiting()
    for verb in ("approve", "refuse", "view"):
        outcome = decide_answer(case, answer(case, verb, by=STRANGER), now=SOON)
        assert isinstance(outcome, NotApprover)
        assert shown_for(outcome) == {
            "statusCode": 403,
            "type": ERROR,
            "value": {"code": "notApprover", "message": "There is no open question for you here."},
        }


def test_a_click_from_another_tenant_is_a_strangers() -> None:
    case = waiting()
    other = answer(case, tenant_id="bbbbbbbb-0000-4000-8000-000000000002")
    assert isinstance(decide_answer(case, other, now=SOON), NotApprover)


def test_nobody_answers_a_case_that_asked_nobody() -> None:
    case = waiting()
    for nothing in ({"approval_request": None}, {"plan": None}):
        assert isinstance(decide_answer(case.evolve(**nothing), answer(case), now=SOON), NotApprover)


def test_the_requester_never_answers_even_when_asked() -> None:
    case = waiting().evolve(requester_id=STRANGER)
    assert case.approval_request is not None
    bound = case.approval_request.model_copy(update={"plan_digest": case.plan_digest})
    case = with_approvers(case.evolve(approval_request=bound), STRANGER)
    for verb in ("approve", "refuse"):
        assert isinstance(decide_answer(case, answer(case, verb, by=STRANGER), now=SOON), OwnRequest)


def test_a_beneficiary_or_target_never_answers_even_when_asked() -> None:
    plain = step()
    target = plain.target.model_copy(update={"kind": "user", "id": ADMIN})
    case = waiting(steps=(plain.model_copy(update={"beneficiary_id": OWNER, "target": target}),))
    for person in (OWNER, ADMIN):
        outcome = decide_answer(case, answer(case, by=person), now=SOON)
        assert isinstance(outcome, OwnRequest) and shown_for(outcome)["statusCode"] == 403


def test_with_an_unknown_requester_nobody_answers() -> None:
    case = waiting()
    assert isinstance(decide_answer(case.evolve(requester_id=""), answer(case), now=SOON), OwnRequest)


def test_an_answer_at_the_deadline_is_too_late() -> None:
    case = waiting()
    assert case.approval_request is not None
    deadline = case.approval_request.expires_at
    assert isinstance(decide_answer(case, answer(case), now=deadline - timedelta(seconds=1)), Answered)
    late = decide_answer(case, answer(case), now=deadline)
    assert isinstance(late, Expired) and headline(late) == "Expired without an answer"


@pytest.mark.parametrize("data", [{"plan": "e" * 64}, {"approval": "approval-0"}])
def test_an_old_card_answers_nothing_and_shows_the_present_question(data: dict[str, Any]) -> None:
    case = waiting()
    outcome = decide_answer(case, answer(case, data=data), now=SOON)
    assert isinstance(outcome, OtherPlanOpen) and headline(outcome) == "Approval needed"


def test_a_question_whose_plan_was_replaced_in_storage_takes_no_answer() -> None:
    case = waiting()
    assert case.plan is not None
    changed = case.evolve(plan=case.plan.model_copy(update={"steps": (step(group_name="Other"),)}))
    outcome = decide_answer(changed, answer(case), now=SOON)
    assert isinstance(outcome, PlanChanged) and headline(outcome).startswith("Closed")


def test_the_same_person_answers_once() -> None:
    case = given(waiting())
    for verb in ("approve", "refuse"):
        outcome = decide_answer(case, answer(case, verb, data={"reason": "changed my mind"}), now=SOON)
        assert isinstance(outcome, AlreadyAnswered)
    assert isinstance(decide_answer(case, answer(case, by=ADMIN), now=SOON), Answered)


def test_after_a_refusal_nobody_answers() -> None:
    case = given(waiting(), verb="refuse").evolve(stage=Stage.CLOSE, outcome="refused")
    outcome = decide_answer(case, answer(case, by=ADMIN), now=SOON)
    assert isinstance(outcome, AlreadyAnswered) and headline(outcome) == "Refused"


@pytest.mark.parametrize("stage", [one for one in Stage if one is not Stage.APPROVE])
def test_only_a_case_that_waits_takes_an_answer(stage: Stage) -> None:
    case = waiting().evolve(stage=stage, final_plan_digest=waiting().plan_digest)
    assert isinstance(decide_answer(case, answer(case), now=SOON), AlreadyAnswered)


@pytest.mark.parametrize(("verb", "shown"), [("approve", "Approved"), ("refuse", "Refused")])
def test_a_closed_case_whose_names_are_erased_still_shows_how_its_question_ended(verb: str, shown: str) -> None:
    plain = waiting(steps=(step(group_name="Finance", user_name="Megan"),))
    both = given(given(plain, verb=verb), by=ADMIN) if verb == "approve" else given(plain, verb=verb)
    case = both.evolve(stage=Stage.CLOSED, final_plan_digest=plain.plan_digest)
    kept = record_of(case)
    assert kept.plan_digest != plain.plan_digest
    for seen in ("view", "approve"):
        outcome = decide_answer(kept, answer(plain, seen), now=SOON)
        assert isinstance(outcome, AlreadyAnswered) and headline(outcome) == shown
    half = given(plain).evolve(stage=Stage.CLOSED, final_plan_digest=plain.plan_digest)
    for moment, ended in (
        (SOON, "Closed: the plan or the case has changed"),
        (NOW + timedelta(days=2), "Expired without an answer"),
    ):
        assert headline(decide_answer(record_of(half), answer(plain, "view"), now=moment)) == ended
    # What names the plan that is left is no card that anybody was ever shown.
    bare = decide_answer(kept, answer(plain, data={"plan": kept.plan_digest}), now=SOON)
    assert isinstance(bare, PlanChanged) and headline(bare).startswith("Closed")


def test_who_is_waited_for_to_sign_in_lets_the_case_go_on_and_gives_no_second_yes() -> None:
    case = given(waiting()).evolve(sign_in_of=(OWNER,))
    assert case.approval_request is not None
    late = case.approval_request.expires_at
    bare = answer(case)
    signed = replace(bare, user_token="of hers", proof="user_token")
    needed = decide_answer(case, bare, now=SOON)
    assert isinstance(needed, SignInNeeded) and "sign in again" in needed.problem
    assert isinstance(decide_answer(case, signed, now=SOON), SignedIn)
    assert isinstance(decide_answer(case, replace(signed, verb="view"), now=SOON), StillOpen)
    refused = decide_answer(case, replace(bare, verb="refuse", reason="no more"), now=SOON)
    assert isinstance(refused, Answered) and not refused.approval.granted
    # Whoever is not waited for, too late, shown another question, or of a case that went on, lets nothing go on.
    other = replace(answer(case, by=ADMIN), user_token="of his", proof="user_token")
    assert isinstance(decide_answer(case, other, now=SOON), Answered)
    assert isinstance(decide_answer(case, signed, now=late), Expired)
    assert isinstance(decide_answer(case, replace(signed, approval_id="approval-0"), now=SOON), OtherPlanOpen)
    assert isinstance(decide_answer(case, replace(signed, plan_digest="0" * 64), now=SOON), OtherPlanOpen)
    assert isinstance(decide_answer(case.evolve(stage=Stage.EXECUTE), signed, now=SOON), AlreadyAnswered)


def test_viewing_shows_the_open_question_and_answers_nothing() -> None:
    case = waiting()
    outcome = decide_answer(case, answer(case, "view"), now=SOON)
    assert isinstance(outcome, StillOpen) and headline(outcome) == "Approval needed"


def test_a_plan_that_no_card_can_show_is_not_approved_by_a_forged_button() -> None:
    case = waiting(steps=(step(user_name="\U0001f600" * 12),) * 150)
    assert isinstance(decide_answer(case, answer(case), now=SOON), AskAgain)
    assert isinstance(decide_answer(case, answer(case, "refuse", data={"reason": "no"}), now=SOON), Answered)


def test_deciding_changes_nothing() -> None:
    case = waiting()
    before = case.model_dump_json()
    decide_answer(case, answer(case), now=SOON)
    assert case.model_dump_json() == before and MEGAN in before
