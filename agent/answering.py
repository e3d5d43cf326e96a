"""Decides what a person's answer to an approval request means, and takes it. It believes storage and nothing else.

Whoever brings an answer (the card callback, the console's page) has proven who the person is; from the answer itself
only the approval's id, the plan's digest and the reason are read. The checks, in this order:
1. the person's tenant is the case's, and the person is among those who were asked (else: told nothing);
2. the person is not the requester and is touched by no step, and the requester is known at all;
3. the question is still open: same id, the case still waits, this person has not answered it;
4. it has not expired;
5. the plan that was shown is the asked plan and still the case's plan;
6. a refusal has a reason, no reason is too long, and what is approved could be shown exactly;
7. whoever approves a plan that needs step-up is proven by Entra. A refusal stops something and needs no such proof;
8. the person could be asked today: looked up in the tenant at this moment (`agent.answerer`), for each resolver for
   which they were asked. It counts for those for which they are fit; when that cannot be told, nothing is taken.

A person's own token that came with the answer is kept when a step is to be written in an approver's name. It is kept
before the answer is saved: the turn that it wakes must find it there. When the case waits for this very person to sign
in again, such an answer is no new approval; it lets the case go on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from agent.answerer import Answerer, answerer_of, turned_away
from agent.delegation_ports import DelegationKeeper
from agent.errors import AlreadySupersededError, BadRequestError, PortError, SignInNeededError
from agent.gate import PLAN_LASTS, excluded_approvers, needs_step_up, unmet
from agent.loop import Loop
from agent.model.approval import MAX_REASON_CHARS, Approval, ApprovalRequest, case_id_in
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from agent.outcomes import (
    AlreadyAnswered,
    Answered,
    AskAgain,
    Closed,
    ClosedQuestion,
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
    Unfit,
)
from agent.ports import CaseStore, Clock, Held, Ports
from agent.stages.approve import take_sign_in

__all__ = [
    "SIGN_IN_AGAIN",
    "AlreadyAnswered",
    "Answered",
    "Answering",
    "AskAgain",
    "Closed",
    "ClosedQuestion",
    "Expired",
    "NotApprover",
    "OtherPlanOpen",
    "Outcome",
    "OwnRequest",
    "PersonsAnswer",
    "PlanChanged",
    "SignInNeeded",
    "SignedIn",
    "StillOpen",
    "Unfit",
    "decide_answer",
]

#: What somebody is told of whom a new sign-in is awaited, and who brought none.
SIGN_IN_AGAIN = "This goes on in your own name, and for that you have to sign in again."
_MUST_SIGN_IN = "This change is so far-reaching that you must sign in to approve it."

# Two people may answer in the same second; the later one reloads and is answered from what the first one left.
_RELOADS = 3
# Teams gives up on an answer after 10 to 15 seconds and sends it again (msteams-docs, issue 6461).
_CHECK_SECONDS = 5.0
_UNCHECKED = "Whether you may decide this cannot be checked now, so nothing was taken. Please try again in a minute."

#: What is added to a valid answer before it is saved: a standing grant.
Adding = Callable[[Answered], Awaitable[Outcome]]


class Answering:
    """Takes answers: decides on the case as it is stored and the tenant as it is now, and saves by a conditional write.

    `ports_for` gives the ports of a tenant. Without `delegations` nobody's token is kept.
    """

    def __init__(
        self,
        loop: Loop,
        *,
        store: CaseStore,
        ports_for: Callable[[str], Awaitable[Ports]],
        clock: Clock,
        delegations: DelegationKeeper | None = None,
    ) -> None:
        self._loop = loop
        self._store = store
        self._ports_for = ports_for
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
            if not isinstance(outcome, Answered | SignedIn):
                return outcome
            answerer = await self._look_at(held.case, answer.person_id)  # (8)
            if answerer is None or not answerer.is_known:
                return AskAgain(held.case, problem=_UNCHECKED)
            try:
                return await self._taken(held, answer, answerer=answerer, adding=adding)
            except AlreadySupersededError:
                continue
        raise BadRequestError("the case is being changed by others: try again in a minute", status=503)

    async def _look_at(self, case: Case, person_id: str) -> Answerer | None:
        """Return how the person stands, or None if the tenant does not say so in time."""
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                ports = await self._ports_for(case.request.tenant_id)
                return await answerer_of(case, person_id, ports=ports, now=self._clock.now())
        except (PortError, TimeoutError):
            return None

    async def _taken(self, held: Held, answer: PersonsAnswer, *, answerer: Answerer, adding: Adding | None) -> Outcome:
        now = self._clock.now()
        if not answerer.resolvers:
            turn = turned_away(held.case, answerer, now=now)
            return Unfit((await self._loop.save(held, turn)).case if turn else held.case, problem=answerer.problem)
        # The look-ups took a while: what was in time before them may be late now.
        outcome = decide_answer(held.case, answer, now=now, resolvers=answerer.resolvers)
        if adding is not None and isinstance(outcome, Answered):
            outcome = await adding(outcome)
        lends = _lends(held.case, outcome, answer=answer)
        if lends:
            try:
                await self._keep(held.case, answer)
            except SignInNeededError as refused:
                return AskAgain(held.case, problem=f"Nothing was taken, because {refused}. Ask your administrator.")
        if isinstance(outcome, SignedIn):
            turn = take_sign_in(held.case, answer.person_id, now=now)
            await self._loop.save(held, replace(turn, events=(*answerer.events, *turn.events)))
        elif isinstance(outcome, Answered):
            approval = outcome.approval.model_copy(update={"lent": lends})
            await self._loop.answer(held, approval, events=answerer.events)
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
        return went_on if answer.user_token else SignInNeeded(case, problem=SIGN_IN_AGAIN)
    # (7) It is held by the gate as well; here the person learns how to be heard.
    if answer.verb == "approve" and answer.proof == "channel" and needs_step_up(case.plan):
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
    wanted = frozenset(one.requirement for one in request.asked)
    return "further approvals are awaited" if unmet(case, wanted, now=now) else "no further approval is needed"
