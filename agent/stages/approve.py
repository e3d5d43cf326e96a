"""Approve: put the question to people, wait for their answers, and end in a hand-over when none comes.

A case comes back here when the token of the person is gone in whose name a step is to be written. The same question,
with the answers that were given, then waits for that person to sign in again, until it expires.
"""

from datetime import datetime

from agent.errors import NotShowableError
from agent.gate import unmet
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import Approval, ApprovalRequest
from agent.model.case import Case, Stage
from agent.port_values import notice_of
from agent.ports import Ports, Turn
from agent.sent_cards import with_sent

_SILENT = "nobody answered the approval request in time"


async def approve(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Ask once, then wait until the question expires. Silence is never a yes."""
    request = _request(case)
    if now >= request.expires_at:
        expired = ActivityEvent(code=EventCode.APPROVAL_EXPIRED, at=now, data={"approval_id": request.id})
        why = _SILENT if not case.sign_in_of else f"{case.why}; and nobody signed in again in time"
        return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"), events=(expired,))
    if not case.approval_asked:
        try:
            cards = await ports.channel.ask(notice_of(case))
        except NotShowableError as problem:
            # Nobody could say yes to it, so nobody waits for an answer.
            why = f"an approval is needed, and {problem}"
            return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"))
        return Turn(with_sent(case, cards).evolve(approval_asked=True), waits_until=request.expires_at)
    return Turn(case, waits_until=request.expires_at)


def take_answer(case: Case, answer: Approval, *, now: datetime) -> Turn:
    """Return the case after one person's checked answer: refused, still waiting, or ready to execute.

    The caller has verified who answered and that the answer is for this very request.
    """
    request = _request(case)
    data = {
        "approval_id": request.id,
        "approver_id": answer.approver_id,
        "plan_digest": answer.plan_digest,
        "resolvers": list(answer.resolvers),
        "proof": answer.proof,
        "evidence": answer.evidence,
    }
    taken = case.evolve(approvals=(*case.approvals, answer), lent_by=_lenders(case, answer))
    if not answer.granted:
        refused = ActivityEvent(code=EventCode.APPROVAL_REFUSED, at=now, data={**data, "reason": answer.reason})
        why = f"an approver refused: {answer.reason}" if answer.reason else "an approver refused"
        return Turn(taken.refused(why, tell=taken.then_queue), events=(refused,))
    given = [ActivityEvent(code=EventCode.APPROVAL_GIVEN, at=now, data=data)]
    if answer.lent:
        given.append(_kept(answer.approver_id, now=now))
    wanted = frozenset(one.requirement for one in request.asked)
    if unmet(taken, wanted, now=now):
        # Whoever answers before the others were asked must not keep them from it.
        return Turn(taken, events=tuple(given), waits_until=request.expires_at if case.approval_asked else None)
    return Turn(_gone_on(taken), events=tuple(given))


def take_sign_in(case: Case, person_id: str, *, now: datetime) -> Turn:
    """Return the case after a person whom it waited for has signed in again: it goes on where it stood.

    The caller has verified who signed in and kept the new token.
    """
    lent_by = tuple(dict.fromkeys((*case.lent_by, person_id)))
    return Turn(_gone_on(case.evolve(lent_by=lent_by)), events=(_kept(person_id, now=now),))


def _gone_on(case: Case) -> Case:
    return case.evolve(stage=Stage.EXECUTE, sign_in_of=(), why="" if case.sign_in_of else case.why)


def _lenders(case: Case, answer: Approval) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*case.lent_by, answer.approver_id))) if answer.lent else case.lent_by


def _kept(person_id: str, *, now: datetime) -> ActivityEvent:
    return ActivityEvent(code=EventCode.DELEGATION_KEPT, at=now, data={"person_id": person_id})


def _request(case: Case) -> ApprovalRequest:
    assert case.approval_request is not None, "a case waits for approval only after asking"
    return case.approval_request
