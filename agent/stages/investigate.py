"""Investigate: read-only look-ups, starting with who the requester is."""

from datetime import datetime

from agent.inquiry import look_up
from agent.model.case import Case, Stage
from agent.ports import Ports, Turn

# The product's promise: an investigation is thorough but never endless.
MAX_REASONING_STEPS = 40


async def investigate(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Answer the planner's open questions and hand back to it.

    The first question is always who asks. A requester whom the directory does not know, or cannot be asked
    about, ends the investigation: nobody unknown is ever served.
    """
    requester = ("user.get", case.request.requester)
    questions = [pair for pair in (requester, *case.questions) if f"{pair[0]}:{pair[1]}" not in case.seen]
    if case.reasoning_steps + len(questions) > MAX_REASONING_STEPS:
        why = f"the investigation needs more than {MAX_REASONING_STEPS} look-ups"
        return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"))
    seen = await look_up(questions, ports, now=now)
    known = {**case.seen, **seen.observations}
    who = known[":".join(requester)]
    steps = case.reasoning_steps + len(questions)
    looked = case.evolve(seen=known, questions=(), reasoning_steps=steps)
    if who.state != "known":
        why = (
            "the requester is not in the directory" if who.state == "absent" else "the requester could not be looked up"
        )
        return Turn(looked.evolve(stage=Stage.ESCALATE, why=why, queue="identity"), events=seen.events)
    return Turn(looked.evolve(stage=Stage.PLAN, requester_id=str(who.facts["id"])), events=seen.events)
