"""Close: tell the requester and the ticket how it ended, and erase the working data."""

from datetime import datetime

from agent.actions import parse_step
from agent.errors import ChannelError
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.plan import Plan, Step
from agent.ports import Ports, Turn


async def close(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Say one outcome, once, and keep only what the log needs."""
    text = outcome_text(case)
    if case.handoff is None:
        await ports.itsm.comment(case.request, text=text, resolved=case.outcome == "resolved")
    told = await _tell(case, ports, text=text)
    code = EventCode.CASE_REFUSED if case.outcome == "refused" else EventCode.CASE_CLOSED
    data = {"outcome": case.outcome, "why": case.why, "requester_told": told}
    return Turn(_erased(case, now=now), events=(ActivityEvent(code=code, at=now, data=data),))


def outcome_text(case: Case) -> str:
    """Return what the requester is told: the outcome and the reason, and nothing about anybody else."""
    if case.outcome == "resolved":
        steps = case.plan.steps if case.plan else ()
        done = "; ".join(step.title for step in steps)
        return case.answer or f"Done and checked: {done}."
    if case.outcome == "refused":
        return case.answer or f"This request was not carried out. Reason: {case.why}."
    if case.outcome == "rolled_back":
        undone = "This could not be completed and everything was put back as it was."
        return f"{undone} The {case.queue} team has your request."
    return f"This needs a person. The {case.queue} team has your request with everything that was found."


async def _tell(case: Case, ports: Ports, *, text: str) -> bool:
    if not case.requester_id:
        return False
    try:
        await ports.channel.tell(case.request.tenant_id, case.requester_id, text=text)
    except ChannelError:
        # The ticket has the answer already; a person who cannot be reached in chat must not keep the case open.
        return False
    return True


def _erased(case: Case, *, now: datetime) -> Case:
    """Return the case without what was read from the tenant and from the ticket's text; ids and digests stay."""
    request = case.request.model_copy(update={"subject": "", "text": ""})
    nameless = case.plan and Plan(
        summary=f"{len(case.plan.steps)} step(s)", reason=case.plan.reason, steps=tuple(map(_nameless, case.plan.steps))
    )
    return case.evolve(
        stage=Stage.CLOSED,
        request=request,
        seen={},
        questions=(),
        plan=nameless,
        final_plan_digest=case.plan_digest if case.plan else "",
        handoff=None,
        answer="",
        closed_at=now,
    )


def _nameless(step: Step) -> Step:
    """Return the step as the catalogue builds it from the ids alone."""
    return parse_step(step.action, {name: value for name, value in step.params.items() if not name.endswith("_name")})
