"""What a person's answer to a question means for the case that asked it, by rules that only look at storage. Pure.

The checks, in this order:
1. the person's tenant is the case's, and the person is among those who were asked (else: told nothing);
2. the person is not the requester and is touched by no step, and the requester is known at all;
3. the question is still open: same id, the case still waits, this person has not answered it;
4. it has not expired;
5. the plan that was shown is the asked plan and still the case's plan;
6. a refusal has a reason, no reason is too long, and what is approved could be shown exactly;
7. whoever approves a plan that needs step-up is proven by Entra. A refusal stops something and needs no such proof;
Whether the person could be asked today is looked up after these (`agent.answering`).
"""

from datetime import datetime

from agent.gate import excluded_approvers, needs_step_up, unmet
from agent.model.approval import MAX_REASON_CHARS, Approval, ApprovalRequest
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from agent.outcomes import (
    AlreadyAnswered,
    Answered,
    AskAgain,
    Closed,
    Expired,
    NotApprover,
    OtherPlanOpen,
    Outcome,
    OwnRequest,
    PersonsAnswer,
    PlanChanged,
    SignedIn,
    SignInNeeded,
    StillOpen,
)
from policy.decision import Requirement

# What somebody is told of whom a new sign-in is awaited, and who brought none.
_SIGN_IN_AGAIN = "This goes on in your own name, and for that you have to sign in again."
_ENOUGH = "no further approval is needed"
_MUST_SIGN_IN = "This change is so far-reaching that you must sign in to approve it."


def decide_answer(
    case: Case, answer: PersonsAnswer, *, now: datetime, resolvers: tuple[str, ...] | None = None
) -> Outcome:
    """Return what `answer` means for `case`, as far as storage tells it. Pure: it changes nothing.

    `resolvers` are those for which the person is fit; without them, all for which they were asked.
    """
    request = case.approval_request
    # (1) A stranger learns nothing, not even whether the question is still open.
    if request is None or case.plan is None or not _is_asked(case, request, answer=answer):
        return NotApprover()
    # (2) Unknown is never a pass: without a known requester nobody can be told apart from them.
    if not case.requester_id or answer.person_id in excluded_approvers(case):
        return OwnRequest()
    # (3) (4) (5)
    awaited = _is_awaited(case, request, answer=answer, now=now)
    closed = None if awaited else _closed(case, request, answer=answer, now=now)
    if closed is not None:
        return closed
    if answer.verb == "view":
        return StillOpen(case)
    # (6)
    problem = _problem(case.plan, answer)
    if problem:
        return AskAgain(case, problem=problem)
    if awaited and answer.verb == "approve":
        went_on = SignedIn(case, how="approved", note="you have signed in again, and it goes on")
        return went_on if answer.user_token else SignInNeeded(case, problem=_SIGN_IN_AGAIN)
    # (7) It is held by the gate as well; here the person learns how to be heard.
    if answer.verb == "approve" and answer.proof == "channel" and needs_step_up(case):
        return SignInNeeded(case, problem=_MUST_SIGN_IN)
    asked_for = request.resolvers_of(answer.person_id)
    return _answered(case, request, answer=answer, now=now, resolvers=asked_for if resolvers is None else resolvers)


def _is_asked(case: Case, request: ApprovalRequest, *, answer: PersonsAnswer) -> bool:
    same_tenant = answer.tenant_id == case.request.tenant_id.lower()
    return same_tenant and bool(answer.person_id) and bool(request.resolvers_of(answer.person_id))


def _is_awaited(case: Case, request: ApprovalRequest, *, answer: PersonsAnswer, now: datetime) -> bool:
    """Whether the case waits for this person to sign in again, and they were shown its present question."""
    same = answer.approval_id == request.id and answer.plan_digest == request.plan_digest == case.plan_digest
    return same and case.stage is Stage.APPROVE and answer.person_id in case.sign_in_of and now < request.expires_at


def _closed(case: Case, request: ApprovalRequest, *, answer: PersonsAnswer, now: datetime) -> Outcome | None:
    """Return why the question takes no answer of this person any more, or None while it does."""
    if answer.approval_id != request.id or not answer.plan_digest == request.plan_digest == _present_digest(case):
        # An old question is replaced by the present one if there is one for this plan.
        is_open = case.stage is Stage.APPROVE and request.plan_digest == case.plan_digest and now < request.expires_at
        return OtherPlanOpen(case) if is_open else PlanChanged(case, how="changed")
    how = how_it_stands(case, request, now=now)
    has_answered = any(one.approver_id == answer.person_id for one in answers_to(case, request))
    if how is None and has_answered:
        return AlreadyAnswered(case, how="approved", note=_standing(case, request, now=now))
    if how == "expired":
        return Expired(case, how=how)
    return AlreadyAnswered(case, how=how, note=_ENOUGH if how == "approved" else "") if how is not None else None


def how_it_stands(case: Case, request: ApprovalRequest, *, now: datetime) -> Closed | None:
    """Return how the question of a case ended for everybody, or None while answers are awaited."""
    if request.plan_digest != _present_digest(case):
        return "changed"
    given = answers_to(case, request)
    if any(not one.granted for one in given):
        return "refused"
    if case.stage is Stage.APPROVE and now < request.expires_at:
        return None
    if given and _were_enough(case, request, given=given):
        return "approved"
    return "expired" if now >= request.expires_at else "changed"


def _were_enough(case: Case, request: ApprovalRequest, *, given: tuple[Approval, ...]) -> bool:
    """Whether these yeses let the case go on. What was enough when the last of them came is not less today."""
    if case.stage is not Stage.CLOSED:
        return not unmet(case, _wanted(request), now=max(one.answered_at for one in given))
    # The plan has lost the words that an answer's digest is made of, so its answers are only counted.
    return all(sum(one.resolver in answer.resolvers for answer in given) >= one.count for one in _wanted(request))


def answers_to(case: Case, request: ApprovalRequest) -> tuple[Approval, ...]:
    """Return what people have answered to this very question."""
    return tuple(one for one in case.approvals if one.request_id == request.id)


def _present_digest(case: Case) -> str:
    # A closed case's plan has lost its names, so it has another digest than the one that was asked about.
    return case.final_plan_digest if case.stage is Stage.CLOSED else case.plan_digest


def _problem(plan: Plan, answer: PersonsAnswer) -> str:
    if len(answer.reason) > MAX_REASON_CHARS:
        return f"Please give a reason of at most {MAX_REASON_CHARS} characters."
    if answer.verb == "refuse":
        return "" if answer.reason else "Please write a reason, then refuse again."
    return "" if answer.shows_whole(plan) else "This plan is too large for a card: open the full plan to approve it."


def _answered(
    case: Case, request: ApprovalRequest, *, answer: PersonsAnswer, now: datetime, resolvers: tuple[str, ...]
) -> Answered:
    granted = answer.verb == "approve"
    approval = Approval(
        request_id=request.id,
        plan_digest=request.plan_digest,
        rules_digest=request.rules_digest,
        approver_id=answer.person_id,
        resolvers=resolvers,
        granted=granted,
        reason=answer.reason,
        answered_at=now,
        expires_at=request.expires_at,
        proof=answer.proof,
        evidence=dict(answer.evidence),
    )
    taken = case.evolve(approvals=(*case.approvals, approval))
    by_you = f"by you: {answer.reason}" if answer.reason else "by you"
    note = "; ".join([by_you, *([_standing(taken, request, now=now)] if granted else [])])
    return Answered(case, approval=approval, how="approved" if granted else "refused", note=note)


def _standing(case: Case, request: ApprovalRequest, *, now: datetime) -> str:
    return "further approvals are awaited" if unmet(case, _wanted(request), now=now) else _ENOUGH


def _wanted(request: ApprovalRequest) -> frozenset[Requirement]:
    return frozenset(one.requirement for one in request.asked)
