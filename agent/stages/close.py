"""Close: tell the requester and the ticket how it ended, and erase the working data."""

from datetime import datetime

from agent.actions import parse_step
from agent.errors import ChannelError
from agent.leave import leave_ended
from agent.memory.learning import learn
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.plan import Plan, Step, summary_of
from agent.model.receipt import Attempt
from agent.outcome_phrases import team_name
from agent.phrasebook import phrase, ref_of
from agent.ports import Ports, Turn
from agent.standing.complaints import tell_owners, used_by
from agent.standing.remembering import remember
from agent.standing.use import give_back_unneeded
from agent.wishes import labelled

# As in escalate: growing pauses, about three hours in all.
MAX_REPLY_TRIES = 20
# A turn saves at most 100 rows: the case, its last entries, and so many attempts.
ATTEMPTS_A_TURN = 80


async def close(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Say one outcome, once, and keep only what the log needs.

    The requester is told first: a ticket system that refuses for days must not keep the outcome from them. Of a
    long plan the sealed data is erased over several turns before.
    """
    if ended := await leave_ended(case, ports, now=now):
        return ended
    unsealed = _unsealed(ports.attempts.all())
    if len(unsealed) > ATTEMPTS_A_TURN:
        return Turn(case, attempts=unsealed[:ATTEMPTS_A_TURN])
    text = labelled(outcome_text(case), case.request)
    used = await used_by(case, ports=ports)
    told = case.requester_told or await _tell(case, ports, text=_with_way(text, case) if used else text)
    events: list[ActivityEvent] = []
    if case.handoff is None or case.outcome == "refused" or case.is_handed_on:
        try:
            resolved = case.outcome == "resolved" and await ports.siblings.all_resolved(case.request)
            await ports.itsm.comment(case.request, text=text, resolved=resolved)
        except ChannelError as error:
            tries = case.reply_tries + 1
            if tries < MAX_REPLY_TRIES:
                return Turn(case.evolve(requester_told=told, reply_tries=tries), after_seconds=min(600, 2**tries))
            failure = {"problem": str(error), "tries": tries}
            events.append(ActivityEvent(code=EventCode.REPLY_FAILED, at=now, data=failure))
    if case.outcome == "resolved":
        # What is handed over gave back already what it did not need.
        await give_back_unneeded(case, ports=ports)
    await remember(case, ports=ports, now=now)
    await learn(case, book=ports.memory, now=now)
    await tell_owners(case, used, ports=ports)
    code = EventCode.CASE_REFUSED if case.outcome == "refused" else EventCode.CASE_CLOSED
    data = {"outcome": case.outcome, "why": case.why, "requester_told": told}
    events.append(ActivityEvent(code=code, at=now, data=data))
    return Turn(_erased(case, now=now), events=tuple(events), attempts=unsealed)


def _unsealed(attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """Return the attempts that hold sealed data, without it.

    Only of a case that keeps its key for a hand-over that nobody took; of all others the key goes, and with it all
    that was encrypted.
    """
    sealed = [one for one in attempts if one.sealed_before or one.sealed_secret]
    return tuple(one.model_copy(update={"sealed_before": "", "sealed_secret": ""}) for one in sealed)


def outcome_text(case: Case) -> str:
    """Return what the requester is told: the outcome and the reason, and nothing about anybody else."""
    language = case.request.language
    team = team_name(case.queue, language)
    done = summary_of(case.plan.steps) if case.plan else ""
    if case.outcome == "resolved":
        return case.answer or phrase("done", language, done=done)
    if case.outcome == "refused":
        return _refusal(case, team)
    if case.outcome == "rolled_back":
        return phrase("rolled_back", language, team=team)
    return phrase("done_and_handed_on" if case.went_well else "handed_over", language, done=done, team=team)


def _refusal(case: Case, team: str) -> str:
    language = case.request.language
    if case.is_stopped and case.answer:
        # Its requester ended it and needs no regrets.
        return case.answer
    name, why = ("refused_by_policy", case.answer) if case.answer else ("refused", case.why)
    heard = phrase("team_heard", language, team=team) if case.handoff is not None else ""
    return phrase(name, language, why=why) + heard


def _with_way(text: str, case: Case) -> str:
    return f"{text}\n\n{phrase('may_complain', case.request.language, ref=ref_of(case.id))}"


async def _tell(case: Case, ports: Ports, *, text: str) -> bool:
    if not case.requester_id:
        return False
    if case.request.reply_to and case.went_well and case.plan and any(one.secret != "none" for one in case.plan.steps):
        text = f"{text}\n\n{phrase('secret_in_teams', case.request.language)}"
    # Who cannot be reached where they asked is told in Teams: an outcome asks for no answer.
    for reply_to in dict.fromkeys((case.request.reply_to, "")):
        try:
            await ports.channel.tell(case.request.tenant_id, case.requester_id, text=text, reply_to=reply_to)
            return True
        except ChannelError:
            continue
    # The ticket has the answer already; a person who cannot be reached in chat must not keep the case open.
    return False


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
        clarifications=(),
        briefing=None,
        covers=(),
        plan=nameless,
        final_plan_digest=case.plan_digest if case.plan else "",
        # A hand-over that the ticket system never took is kept, or nobody would have it.
        handoff=case.handoff if case.reply_failed else None,
        answer="",
        closed_at=now,
    )


def _nameless(step: Step) -> Step:
    """Return the step as the catalogue builds it from the ids alone."""
    return parse_step(step.action, {name: value for name, value in step.params.items() if not name.endswith("_name")})
