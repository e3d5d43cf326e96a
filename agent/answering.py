"""Takes a person's answer to an approval request, if it means one. It believes storage and nothing else.

Whoever brings an answer (the card callback, the console's page) has proven who the person is; from the answer itself
only the approval's id, the plan's digest and the reason are read.
What it means there is said by `agent.answer_rules`. Then (8) the person must be one who could be asked today: looked
up in the tenant at this moment (`agent.answerer`), for each resolver for which they were asked. The answer counts for
those for which they are fit; when that cannot be told, nothing is taken.

A person's own token that came with the answer is kept when a step is to be written in an approver's name. It is kept
before the answer is saved: the turn that it wakes must find it there. When the case waits for this very person to sign
in again, such an answer is no new approval; it lets the case go on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from agent.answer_rules import decide_answer
from agent.answerer import Answerer, answerer_of, turned_away
from agent.delegation_ports import DelegationKeeper
from agent.errors import AlreadySupersededError, BadRequestError, PortError, SignInNeededError, StorageError
from agent.gate import PLAN_LASTS
from agent.loop import Loop
from agent.model.approval import case_id_in
from agent.model.case import Case
from agent.one_at_a_time import OneAtATime
from agent.outcomes import (
    Answered,
    AskAgain,
    NotApprover,
    Outcome,
    PersonsAnswer,
    SignedIn,
    Unfit,
)
from agent.ports import CaseStore, Clock, Held, Ports
from agent.stages.approve import take_sign_in

# Teams gives up on an answer after 10 to 15 seconds and sends it again (msteams-docs, issue 6461). Of these, whoever
# answers at the same time as others waits for them at most so long, then begins no new try after so long, and what is
# looked up in a try takes at most so long.
_WAIT_SECONDS = 2.0
_TRIES_LAST = timedelta(seconds=4)
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
        self._savers = OneAtATime(_WAIT_SECONDS)

    async def take(self, answer: PersonsAnswer, *, adding: Adding | None = None) -> Outcome:
        """Return what `answer` came to; an Answered or SignedIn is saved, and the case woken, when this returns.

        `adding` makes of a valid answer what is saved in its place, or why nothing is.

        Whoever comes second is answered by what the first one left, however many come at once.

        Raises:
            BadRequestError: 503 when the case was changed by others before each try, and its question is still open.
            PortError: storage, or what must keep the person's token, did not answer; nothing was taken.
        """
        if self._delegations is None:
            answer = replace(answer, user_token="")
        case_id = case_id_in(answer.approval_id)
        held, outcome = await self._as_stored(case_id, answer)
        if held is None or not _is_to_save(outcome):
            return outcome
        async with self._savers.at(case_id) as had_to_wait:
            if had_to_wait:
                held, outcome = await self._as_stored(case_id, answer)
            return await self._tried(held, outcome, answer=answer, adding=adding)

    async def _as_stored(self, case_id: str, answer: PersonsAnswer) -> tuple[Held | None, Outcome]:
        """Return the case as it stands, and what `answer` means for it."""
        held = await self._store.load(case_id)
        return held, NotApprover() if held is None else decide_answer(held.case, answer, now=self._clock.now())

    async def _tried(
        self, held: Held | None, outcome: Outcome, *, answer: PersonsAnswer, adding: Adding | None
    ) -> Outcome:
        """Check and save an answer, again and again while others are faster and the question takes it."""
        ends_at = self._clock.now() + _TRIES_LAST
        failed: BadRequestError | StorageError | None = None
        # A lost race means that the case moved on, so this ends by itself; the clock ends it in time.
        while held is not None and _is_to_save(outcome):
            if failed is not None and (isinstance(failed, StorageError) or self._clock.now() >= ends_at):
                raise failed
            answerer = await self._look_at(held.case, answer.person_id)  # (8)
            if answerer is None or not answerer.is_known:
                return AskAgain(held.case, problem=_UNCHECKED)
            try:
                return await self._taken(held, answer, answerer=answerer, adding=adding)
            except AlreadySupersededError:
                failed = BadRequestError("the case is being changed by others: try again in a minute", status=503)
            except StorageError as error:
                # A save that was refused or not answered may have come too late only: what stands says so.
                failed = error
            held, outcome = await self._as_stored(held.case.id, answer)
        return outcome

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


def _is_to_save(outcome: Outcome) -> bool:
    return isinstance(outcome, Answered | SignedIn)


def _lends(case: Case, outcome: Outcome, *, answer: PersonsAnswer) -> bool:
    """Whether the token that came with an answer is needed: of any other plan nobody's is kept."""
    if isinstance(outcome, SignedIn):
        return True
    given = isinstance(outcome, Answered) and outcome.approval.granted
    return given and bool(answer.user_token) and "approver-delegated" in case.written_as
