"""Decides what a person's answer to an approval request means, and takes it. It believes storage and nothing else.

Whoever brings an answer (the card callback, the console's page) has proven who the person is; from the answer itself
only the approval's id, the plan's digest and the reason are read. The checks, in this order:
1. the person's tenant is the case's, and the person is among those who were asked (else: told nothing);
2. the person is not the requester and is touched by no step, and the requester is known at all;
3. the question is still open: same id, the case still waits, this person has not answered it;
4. it has not expired;
5. the plan that was shown is the asked plan and still the case's plan;
6. a refusal has a reason, no reason is too long, and what is approved could be shown exactly;
7. whoever approves a plan that needs step-up is proven by Entra. A refusal stops something and needs no such proof.

A person's own token that came with the answer is kept when a step is to be written in an approver's name. It is kept
before the answer is saved: the turn that it wakes must find it there. When the case waits for this very person to sign
in again, such an answer is no new approval; it lets the case go on.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from agent.delegation_ports import DelegationKeeper
from agent.errors import AlreadySupersededError, BadRequestError, SignInNeededError
from agent.gate import PLAN_LASTS, excluded_approvers, needs_step_up, unmet
from agent.loop import Loop
from agent.model.approval import MAX_REASON_CHARS, Approval, ApprovalRequest, Proof, case_id_in
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from agent.ports import CaseStore, Clock, Held
from agent.stages.approve import take_sign_in

#: How a closed question ended.
Closed = Literal["approved", "refused", "expired", "changed"]

#: What somebody is told of whom a new sign-in is awaited, and who brought none.
SIGN_IN_AGAIN = "This goes on in your own name, and for that you have to sign in again."
_MUST_SIGN_IN = "This change is so far-reaching that you must sign in to approve it."

# Two people may answer in the same second; the later one reloads and is answered from what the first one left.
_RELOADS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsAnswer:
    """One proven person's answer to a question: `view` only asks how it stands.

    `reason` is cleaned text. `shows_whole` says of a plan whether what brought the answer can show each exact call.
    `evidence` holds ids of the verified request, never a token. `proof` says how well the person is proven.
    `user_token` is the verified token that proves it, if it was made for us and can be exchanged; else empty.
    """

    tenant_id: str
    person_id: str
    verb: Literal["approve", "refuse", "view"]
    approval_id: str
    plan_digest: str
    reason: str = ""
    shows_whole: Callable[[Plan], bool]
    proof: Proof
    evidence: Mapping[str, str]
    user_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answer came to. `case` is the case as it stands then; None for whom it does not concern."""

    case: Case | None = None


@dataclass(frozen=True, slots=True)
class NotApprover(Outcome):
    """The person was not asked. The reply says nothing about the case."""


@dataclass(frozen=True, slots=True)
class OwnRequest(Outcome):
    """The person asked for it, gains by it or is changed by it."""


@dataclass(frozen=True, slots=True)
class StillOpen(Outcome):
    """The question is open for this person; nothing was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedQuestion(Outcome):
    """The question takes no answer of this person any more: it ended as `how`, and `note` adds a line."""

    how: Closed
    note: str = ""


class AlreadyAnswered(ClosedQuestion):
    """It is closed, or this person has answered it: a second answer changes nothing."""


class Expired(ClosedQuestion):
    """The answer came too late."""


class PlanChanged(ClosedQuestion):
    """What was shown is another plan than the one in storage."""


@dataclass(frozen=True, slots=True)
class OtherPlanOpen(Outcome):
    """What was shown is an old question; the present one of this case is open for this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgain(Outcome):
    """The answer is incomplete or cannot be given in this way; `problem` says what to do."""

    problem: str


class SignInNeeded(AskAgain):
    """A yes to a plan so risky that the person must be proven by Entra, and is not. Nothing was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(ClosedQuestion):
    """A valid answer, to be recorded if nobody was faster; `how` and `note` say how it stands with it."""

    approval: Approval


class SignedIn(ClosedQuestion):
    """The person for whom the case waited has signed in again; it goes on under the approvals that it had."""


#: What is added to a valid answer before it is saved: a standing grant.
Adding = Callable[[Answered], Awaitable[Outcome]]


class Answering:
    """Takes answers: decides on the case as it is stored, and saves by a conditional write.

    Without `delegations` nobody's token is kept.
    """

    def __init__(
        self, loop: Loop, *, store: CaseStore, clock: Clock, delegations: DelegationKeeper | None = None
    ) -> None:
        self._loop = loop
        self._store = store
        self._clock = clock
        self._delegations = delegations

    async def take(self, answer: PersonsAnswer, *, adding: Adding | None = None) -> Outcome:
        """Return what `answer` came to; an Answered or SignedIn is saved, and the case woken, when this returns.

        `adding` makes of a valid answer what is saved in its place, or why nothing is.

        Raises:
            BadRequestError: 503 when others change the case all the time.
            PortError: storage, or what must keep the person's token, did not answer; nothing was taken.
        """
        if self._delegations is None:
            answer = replace(answer, user_token="")
        for _ in range(_RELOADS):
            held = await self._store.load(case_id_in(answer.approval_id))
            if held is None:
                return NotApprover()
            outcome = decide_answer(held.case, answer, now=self._clock.now())
            if adding is not None and isinstance(outcome, Answered):
                outcome = await adding(outcome)
            try:
                return await self._taken(held, outcome, answer=answer)
            except AlreadySupersededError:
                continue
        raise BadRequestError("the case is being changed by others: try again in a minute", status=503)

    async def _taken(self, held: Held, outcome: Outcome, *, answer: PersonsAnswer) -> Outcome:
        lends = _lends(held.case, outcome, answer=answer)
        if lends:
            try:
                await self._keep(held.case, answer)
            except SignInNeededError as refused:
                return AskAgain(held.case, problem=f"Nothing was taken, because {refused}. Ask your administrator.")
        if isinstance(outcome, SignedIn):
            await self._loop.save(held, take_sign_in(held.case, answer.person_id, now=self._clock.now()))
        elif isinstance(outcome, Answered):
            await self._loop.answer(held, outcome.approval.model_copy(update={"lent": lends}))
        return outcome

    async def _keep(self, case: Case, answer: PersonsAnswer) -> None:
        assert self._delegations is not None and case.approval_request is not None, "only who can keep one is asked to"
        await self._delegations.keep(
            case.id,
            tenant_id=answer.tenant_id,
            person_id=answer.person_id,
            user_token=answer.user_token,
            until=case.approval_request.expires_at + PLAN_LASTS,
        )


def decide_answer(case: Case, answer: PersonsAnswer, *, now: datetime) -> Outcome:
    """Return what `answer` means for `case`. Pure: it changes nothing."""
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
        return went_on if answer.user_token else SignInNeeded(case, problem=SIGN_IN_AGAIN)
    # (7) It is held by the gate as well; here the person learns how to be heard.
    if answer.verb == "approve" and answer.proof == "channel" and needs_step_up(case.plan):
        return SignInNeeded(case, problem=_MUST_SIGN_IN)
    return _answered(case, request, answer=answer, now=now)


def _is_asked(case: Case, request: ApprovalRequest, *, answer: PersonsAnswer) -> bool:
    same_tenant = answer.tenant_id == case.request.tenant_id.lower()
    return same_tenant and bool(answer.person_id) and bool(request.resolvers_of(answer.person_id))


def _is_awaited(case: Case, request: ApprovalRequest, *, answer: PersonsAnswer, now: datetime) -> bool:
    """Whether the case waits for this person to sign in again, and they were shown its present question."""
    same = answer.approval_id == request.id and answer.plan_digest == request.plan_digest == case.plan_digest
    return same and case.stage is Stage.APPROVE and answer.person_id in case.sign_in_of and now < request.expires_at


def _lends(case: Case, outcome: Outcome, *, answer: PersonsAnswer) -> bool:
    """Whether the token that came with an answer is needed: of any other plan nobody's is kept."""
    if isinstance(outcome, SignedIn):
        return True
    given = isinstance(outcome, Answered) and outcome.approval.granted
    return given and bool(answer.user_token) and "approver-delegated" in case.written_as


def _closed(case: Case, request: ApprovalRequest, *, answer: PersonsAnswer, now: datetime) -> Outcome | None:
    """Return why the question takes no answer of this person any more, or None while it does."""
    if answer.approval_id != request.id or not answer.plan_digest == request.plan_digest == case.plan_digest:
        # An old question is replaced by the present one if there is one for this plan.
        is_open = case.stage is Stage.APPROVE and request.plan_digest == case.plan_digest and now < request.expires_at
        return OtherPlanOpen(case) if is_open else PlanChanged(case, how="changed")
    given = [one for one in case.approvals if one.request_id == request.id]
    if any(not one.granted for one in given):
        return AlreadyAnswered(case, how="refused")
    if any(one.approver_id == answer.person_id for one in given) or (given and case.stage is not Stage.APPROVE):
        return AlreadyAnswered(case, how="approved", note=_standing(case, request, now=now))
    if now >= request.expires_at:
        return Expired(case, how="expired")
    return AlreadyAnswered(case, how="changed") if case.stage is not Stage.APPROVE else None


def _problem(plan: Plan, answer: PersonsAnswer) -> str:
    if len(answer.reason) > MAX_REASON_CHARS:
        return f"Please give a reason of at most {MAX_REASON_CHARS} characters."
    if answer.verb == "refuse":
        return "" if answer.reason else "Please write a reason, then refuse again."
    return "" if answer.shows_whole(plan) else "This plan is too large for a card: open the full plan to approve it."


def _answered(case: Case, request: ApprovalRequest, *, answer: PersonsAnswer, now: datetime) -> Answered:
    granted = answer.verb == "approve"
    approval = Approval(
        request_id=request.id,
        plan_digest=request.plan_digest,
        rules_digest=request.rules_digest,
        approver_id=answer.person_id,
        resolvers=request.resolvers_of(answer.person_id),
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
    wanted = frozenset(one.requirement for one in request.asked)
    return "further approvals are awaited" if unmet(case, wanted, now=now) else "no further approval is needed"
