"""Whether the person who answers a question could still be asked it at this moment, and what they are told if not."""

from dataclasses import dataclass
from datetime import datetime

from agent.created import promised
from agent.fitness import Fitness, WhyNot
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import ApprovalRequest
from agent.model.case import Case
from agent.notes import Notes
from agent.people import people_for
from agent.ports import Ports, Turn

# What was asked is no secret to those who were asked it, so they are told exactly what is missing.
_TOLD: dict[WhyNot, str] = {
    "own_request": "You, or another account of yours, asked for this or are concerned by it, so others decide.",
    "no_account": "Your account is not in this tenant any more, so your answer does not count.",
    "disabled": "Your account is disabled, so your answer does not count.",
    "guest": "Guests do not decide about this tenant, so your answer does not count.",
    "no_relation": "You were asked because of what was yours to decide, and it is yours no more; others decide.",
    "answered": "You have answered this with another account of yours; a second person must decide.",
    "no_role": "You hold no active directory role with which you could do all of this yourself. It takes",
}


@dataclass(frozen=True, slots=True)
class Answerer:
    """How somebody stands who answers: `resolvers` are those for which they are fit, `events` the log of finding out.

    `unfit` is each other resolver with why not.
    """

    resolvers: tuple[str, ...]
    unfit: tuple[tuple[str, Fitness], ...]
    events: tuple[ActivityEvent, ...]

    @property
    def is_known(self) -> bool:
        """Whether everything that matters could be looked up."""
        return all(one.why_not != "unknown" for _, one in self.unfit)

    @property
    def problem(self) -> str:
        """What the person is told who is fit for nothing."""
        # What is true of the person weighs more than what is true for one resolver.
        order = list(_TOLD)
        worst = min((one for _, one in self.unfit), key=lambda one: order.index(one.why_not))
        if worst.why_not != "no_role":
            return _TOLD[worst.why_not]
        first, *others = worst.role_names
        roles = f"{', '.join(others)} or {first}" if others else first
        return f"{_TOLD['no_role']} {roles}. If you are eligible for one, activate it and answer again."


async def answerer_of(case: Case, person_id: str, *, ports: Ports, now: datetime) -> Answerer:
    """Look up how a person stands who was asked, for each resolver for which they were.

    Raises:
        ThrottledError: Graph says to come back later.
    """
    request = case.approval_request
    assert request is not None and case.plan is not None, "only a case that asked is answered"
    notes = Notes(ports, now=now, promises=promised(case, now=now))
    fit: list[str] = []
    unfit: list[tuple[str, Fitness]] = []
    events: list[ActivityEvent] = []
    for one in request.asked:
        if person_id not in one.approver_ids:
            continue
        found = await people_for(
            one.requirement, case, steps=case.plan.steps, among=[person_id], notes=notes, ports=ports, now=now
        )
        events.append(found.event)
        resolver, judged = one.requirement.resolver, found.judged[0]
        if judged.is_fit and _has_answered(request, case, resolver=resolver, judged=judged):
            judged = Fitness(person_id, "answered", judged.accounts)
        if judged.is_fit:
            fit.append(resolver)
        else:
            unfit.append((resolver, judged))
    return Answerer(resolvers=tuple(fit), unfit=tuple(unfit), events=tuple(events))


def turned_away(case: Case, answerer: Answerer, *, now: datetime) -> Turn | None:
    """Return the case with an unfit answerer noted and the question as open as before; None when that was noted."""
    request = case.approval_request
    assert request is not None and not answerer.resolvers, "only somebody who was asked and is fit for nothing"
    found = {(one.person_id, f"{resolver}: {one.why_not}") for resolver, one in answerer.unfit}
    if found <= set(request.unfit):
        return None
    noted = request.model_copy(update={"unfit": tuple(sorted({*request.unfit, *found}))})
    data = {
        "approval_id": request.id,
        "approver_id": answerer.unfit[0][1].person_id,
        "unfit": [[resolver, one.why_not] for resolver, one in answerer.unfit],
    }
    event = ActivityEvent(code=EventCode.APPROVER_UNFIT, at=now, data=data)
    asking = case.evolve(approval_request=noted)
    # Whoever answers before the others were asked must not keep them from it.
    waits_until = request.expires_at if case.approval_asked else None
    return Turn(asking, events=(*answerer.events, event), waits_until=waits_until)


def _has_answered(request: ApprovalRequest, case: Case, *, resolver: str, judged: Fitness) -> bool:
    """Whether another account of the same human has said yes for this resolver."""
    return any(
        one.request_id == request.id and resolver in one.resolvers and one.approver_id in judged.accounts
        for one in case.approvals
        if one.approver_id != judged.person_id
    )
