"""Escalate: hand the case to people with everything they need, and tell the requester."""

from datetime import datetime

from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.handoff import Handoff
from agent.ports import Ports, Turn


async def escalate(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Hand over with what was asked, seen, done and would have been done, and why it stopped."""
    handoff = handoff_of(case)
    await ports.itsm.hand_over(case.request, handoff=handoff)
    outcome = case.outcome if case.outcome != "open" else "escalated"
    data = {"queue": handoff.queue, "why": handoff.why_stopped, "urgent": handoff.urgent, "outcome": outcome}
    event = ActivityEvent(code=EventCode.CASE_ESCALATED, at=now, data=data)
    return Turn(case.evolve(stage=Stage.CLOSE, outcome=outcome, handoff=handoff), events=(event,))


def handoff_of(case: Case) -> Handoff:
    """Return the Handoff of a case; it always names what was asked, what was seen and why it stopped."""
    return Handoff(
        case_id=case.id,
        asked=(case.request.subject or case.request.text)[:300],
        requester=case.request.requester,
        seen=_seen(case),
        would_have_done=_would_have_done(case),
        done=_done(case),
        why_stopped=case.why or "no reason was recorded",
        queue=case.queue or "service-desk-l2",
        urgent=case.urgent,
    )


def _seen(case: Case) -> tuple[str, ...]:
    sentences = []
    for one in case.seen.values():
        what = f"{one.lookup} of {one.subject}"
        if one.state == "known":
            facts = ", ".join(f"{name}={_short(value)}" for name, value in sorted(one.facts.items()))
            sentences.append(f"{what}: {facts}"[:400])
        else:
            sentences.append(f"{what}: {one.state}{f' ({one.problem})' if one.problem else ''}")
    return tuple(sentences)


def _short(value: object) -> str:
    return f"{len(value)} items" if isinstance(value, list | dict) else str(value)


def _would_have_done(case: Case) -> tuple[str, ...]:
    if case.plan is None:
        return ()
    return tuple(f"{step.title} ({step.action} on {step.target.label or step.target.id})" for step in case.plan.steps)


def _done(case: Case) -> tuple[str, ...]:
    if case.plan is None:
        return ()
    pairs = zip(case.plan.steps, case.effects, strict=False)
    return tuple(f"{step.title}: {effect}" for step, effect in pairs)
