"""Plan: ask the planner for its next proposal, and accept nothing but catalogue steps."""

from datetime import datetime

from agent.actions import UnknownActionError, parse_step
from agent.lookups import LOOKUPS
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.plan import Plan, Step
from agent.ports import Ports, Turn


async def plan(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Route the case by the planner's proposal: more look-ups, a plan, an answer, a hand-over or a refusal."""
    proposal = ports.planner.propose(case.request, case.seen, requester_id=case.requester_id)
    reasoned = ActivityEvent(code=EventCode.REASONED, at=now, data={"why": proposal.why})
    if proposal.lookups:
        # INVARIANT: a question that was answered is not asked again, so the loop of investigate and plan ends.
        fresh = tuple(pair for pair in proposal.lookups if f"{pair[0]}:{pair[1]}" not in case.seen)
        if not fresh or any(name not in LOOKUPS for name, _ in fresh):
            why = "the planner asks a question that was answered or that does not exist"
            return _hand_over(case, why=why, queue="service-desk-l2", event=reasoned)
        return Turn(case.evolve(stage=Stage.INVESTIGATE, questions=fresh), events=(reasoned,))
    if proposal.plan is not None:
        return _accept(case, proposal.plan, now=now, reasoned=reasoned)
    if proposal.answer:
        answered = case.evolve(stage=Stage.CLOSE, outcome="resolved", why=proposal.why, answer=proposal.answer)
        return Turn(answered, events=(reasoned,))
    if proposal.refuse:
        return Turn(case.evolve(stage=Stage.CLOSE, outcome="refused", why=proposal.why), events=(reasoned,))
    queue = proposal.handover_to or "service-desk-l2"
    return _hand_over(case, why=proposal.why, queue=queue, event=reasoned)


def _accept(case: Case, proposed: Plan, *, now: datetime, reasoned: ActivityEvent) -> Turn:
    if not all(_is_from_catalogue(step) for step in proposed.steps):
        why = "the planner proposed a step that is not in the action catalogue"
        return _hand_over(case, why=why, queue="service-desk-l2", event=reasoned)
    planned = case.evolve(stage=Stage.AUTHORIZE, plan=proposed, step_index=0, effects=())
    steps = [
        {"action": step.action, "target_id": step.target.id, "risk": step.risk, "digest": step.digest}
        for step in proposed.steps
    ]
    made = ActivityEvent(code=EventCode.PLAN_MADE, at=now, data={"plan_digest": planned.plan_digest, "steps": steps})
    return Turn(planned, events=(reasoned, made))


def _is_from_catalogue(step: Step) -> bool:
    try:
        return parse_step(step.action, step.params) == step
    except UnknownActionError:
        return False


def _hand_over(case: Case, *, why: str, queue: str, event: ActivityEvent) -> Turn:
    return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue=queue), events=(event,))
