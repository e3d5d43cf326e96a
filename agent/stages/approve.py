"""Approve: put the question to people, wait for their answers, and end in a hand-over when none comes."""

from datetime import datetime

from agent.errors import NotShowableError
from agent.gate import unmet
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import Approval, ApprovalRequest
from agent.model.case import Case, Stage
from agent.port_values import notice_of
from agent.ports import Ports, Turn


async def approve(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Ask once, then wait until the question expires. Silence is never a yes."""
    request = _request(case)
    if now >= request.expires_at:
        expired = ActivityEvent(code=EventCode.APPROVAL_EXPIRED, at=now, data={"approval_id": request.id})
        why = "nobody answered the approval request in time"
        return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"), events=(expired,))
    if not case.approval_asked:
        try:
            await ports.channel.ask(notice_of(case))
        except NotShowableError as problem:
            # Nobody could say yes to it, so nobody waits for an answer.
            why = f"an approval is needed, and {problem}"
            return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"))
        return Turn(case.evolve(approval_asked=True), waits_until=request.expires_at)
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
        "evidence": answer.evidence,
    }
    taken = case.evolve(approvals=(*case.approvals, answer))
    if not answer.granted:
        refused = ActivityEvent(code=EventCode.APPROVAL_REFUSED, at=now, data={**data, "reason": answer.reason})
        why = f"an approver refused: {answer.reason}" if answer.reason else "an approver refused"
        return Turn(taken.evolve(stage=Stage.CLOSE, outcome="refused", why=why), events=(refused,))
    given = ActivityEvent(code=EventCode.APPROVAL_GIVEN, at=now, data=data)
    wanted = frozenset(one.requirement for one in request.asked)
    if unmet(taken, wanted, now=now):
        return Turn(taken, events=(given,), waits_until=request.expires_at)
    return Turn(taken.evolve(stage=Stage.EXECUTE), events=(given,))


def _request(case: Case) -> ApprovalRequest:
    assert case.approval_request is not None, "a case waits for approval only after asking"
    return case.approval_request
