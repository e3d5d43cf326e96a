"""Plan: ask the planner for its next proposal, and accept nothing but catalogue steps."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from agent.actions import UnknownActionError, parse_step
from agent.created import is_in_order
from agent.lookups import LOOKUPS
from agent.memory.recall import RECALL
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.clarification import Clarification, Missing
from agent.model.handoff import QUEUES
from agent.model.plan import Plan, Step, summary_of
from agent.model.service_request import Assurance
from agent.ports import Ports, Proposal, Turn
from agent.wishes import others_of, with_count

# What one person can still read through in one list. Larger work is for people to split.
MAX_STEPS = 300
MAX_LOOKUPS = 40
MAX_SUBJECT = 512
MAX_WORDS = 2_000
_INTENT = re.compile(r"[a-z0-9_]{0,40}")
# Whoever could not say it in three answers is helped better by a person.
MAX_QUESTIONS = 3
# Whoever asks in the evening can still answer tomorrow; later a person should look.
ANSWER_WITHIN = timedelta(hours=24)


async def plan(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Count the wishes once, then route the case by the planner's proposal about the first of them.

    A proposal is more look-ups, a plan, an answer, a hand-over or a refusal.
    """
    if case.request.parts:
        return _routed(case, ports, now=now)
    counted = with_count(case, ports.planner.count_wishes(case.request, case.seen))
    return replace(_routed(counted, ports, now=now), opens=others_of(counted.request))


def _routed(case: Case, ports: Ports, *, now: datetime) -> Turn:
    proposal = ports.planner.propose(case.request, case.seen, requester_id=case.requester_id, replies=case.replies)
    if problem := _out_of_bounds(proposal):
        why = f"the planner's proposal is refused: {problem}"
        return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"))
    reasoned = ActivityEvent(code=EventCode.REASONED, at=now, data={"why": proposal.why, "intent": proposal.intent})
    if proposal.lookups:
        # INVARIANT: a question that was answered is not asked again, so the loop of investigate and plan ends.
        fresh = tuple(pair for pair in proposal.lookups if f"{pair[0]}:{pair[1]}" not in case.seen)
        if not fresh or any(name not in LOOKUPS and name != RECALL for name, _ in fresh):
            why = "the planner asks a question that was answered or that does not exist"
            return _hand_over(case, why=why, queue="service-desk-l2", event=reasoned)
        return Turn(case.evolve(stage=Stage.INVESTIGATE, questions=fresh), events=(reasoned,))
    if proposal.plan is not None:
        going_on = case.evolve(then_queue=proposal.then_hand_over, then_why=proposal.then_why)
        return _accept(going_on, proposal.plan, now=now, reasoned=reasoned)
    if proposal.answer and case.request.assurance is Assurance.EMAIL and not _is_general(proposal, case):
        why = "an answer about an account is for a requester who is proven, and mail proves nobody"
        return _hand_over(case, why=why, queue="service-desk-l2", event=reasoned)
    if proposal.answer:
        answered = case.evolve(stage=Stage.CLOSE, outcome="resolved", why=proposal.why, answer=proposal.answer)
        return Turn(answered, events=(reasoned,))
    if proposal.refuse:
        return Turn(case.refused(proposal.why, tell=proposal.handover_to), events=(reasoned,))
    queue = proposal.handover_to or "service-desk-l2"
    if proposal.missing is not None and _can_be_asked(case):
        return _ask_back(case.evolve(why=proposal.why, queue=queue), proposal.missing, now=now, reasoned=reasoned)
    return _hand_over(case, why=proposal.why, queue=queue, event=reasoned)


def _is_general(proposal: Proposal, case: Case) -> bool:
    """Whether an answer is the same for anybody: the planner says so, and nothing was looked up but who asks."""
    return proposal.is_general and set(case.seen) <= {f"user.get:{case.request.requester}"}


def _can_be_asked(case: Case) -> bool:
    return len(case.clarifications) < MAX_QUESTIONS


def _ask_back(case: Case, missing: Missing, *, now: datetime, reasoned: ActivityEvent) -> Turn:
    question = Clarification(
        id=f"{case.id}-q{len(case.clarifications) + 1}", missing=missing, expires_at=now + ANSWER_WITHIN
    )
    asking = case.evolve(stage=Stage.CLARIFY, clarifications=(*case.clarifications, question))
    return Turn(asking, events=(reasoned,))


def _accept(case: Case, proposed: Plan, *, now: datetime, reasoned: ActivityEvent) -> Turn:
    if not all(_is_from_catalogue(step) for step in proposed.steps):
        why = "the planner proposed a step that is not in the action catalogue"
        return _hand_over(case, why=why, queue="service-desk-l2", event=reasoned)
    if not is_in_order(proposed.steps):
        why = "the planner proposed a step about somebody whom no earlier step of its plan creates"
        return _hand_over(case, why=why, queue="service-desk-l2", event=reasoned)
    # What people read about a plan is made from its steps, not from the planner's own words.
    plain = proposed.model_copy(update={"summary": summary_of(proposed.steps)[:MAX_WORDS]})
    planned = case.evolve(stage=Stage.AUTHORIZE, plan=plain, decisions=(), concerned={}, step_index=0, effects=())
    steps = [
        {"action": step.action, "target_id": step.target.id, "risk": step.risk, "digest": step.digest}
        for step in proposed.steps
    ]
    made = ActivityEvent(code=EventCode.PLAN_MADE, at=now, data={"plan_digest": planned.plan_digest, "steps": steps})
    return Turn(planned, events=(reasoned, made))


def _out_of_bounds(proposal: Proposal) -> str:
    """Return what of a proposal is more than any honest planner needs, or nothing.

    A planner may one day be a model, and what it says is stored, shown and sent: so it is bounded.
    """
    steps = proposal.plan.steps if proposal.plan else ()
    words = (proposal.why, proposal.then_why, proposal.answer, proposal.plan.reason if proposal.plan else "")
    asked = [text for pair in proposal.lookups for text in pair]
    said = proposal.missing.said if proposal.missing else ""
    if len(steps) > MAX_STEPS:
        return f"expected at most {MAX_STEPS} steps, got {len(steps)}"
    if len(proposal.lookups) > MAX_LOOKUPS or any(len(text) > MAX_SUBJECT for text in asked):
        return f"expected at most {MAX_LOOKUPS} look-ups with subjects of at most {MAX_SUBJECT} characters"
    if any(len(text) > MAX_WORDS for text in words):
        return f"expected at most {MAX_WORDS} characters in a sentence"
    if not _INTENT.fullmatch(proposal.intent):
        return "expected an intent of at most 40 small letters, digits and underscores"
    if not {proposal.handover_to, proposal.then_hand_over} <= QUEUES | {""}:
        return "expected one of the known teams to hand over to"
    return "" if all(map(_is_text, (*words, *asked, said))) else "expected text that can be written as UTF-8"


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_from_catalogue(step: Step) -> bool:
    try:
        return parse_step(step.action, step.params) == step
    except UnknownActionError:
        return False


def _hand_over(case: Case, *, why: str, queue: str, event: ActivityEvent) -> Turn:
    return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue=queue), events=(event,))
