"""Execute: decide once more on fresh facts, take a permit, and write one step.

1. An attempt whose fate is open is looked up first; it is never repeated blindly.
2. A tenant that is already in the wanted state is left alone.
3. Policy decides again; a use of each standing grant that it takes is reserved; the gate grants or refuses.
4. The intent is stored, the call is sent once, the answer is stored.

Who stopped the case, or all that it belongs to, stops it after (1): what became of a write is learned first.
"""

from datetime import datetime, timedelta
from functools import partial
from math import ceil

from agent.actions import CATALOGUE
from agent.controls import entry_of, hold
from agent.created import plan_now
from agent.dispatch import MAX_TRIES, Sent, dispatch
from agent.errors import ChangedMeanwhileError, NotAuthorizedError, PortError, WithheldError
from agent.gate import grant
from agent.inquiry import judge_steps, permit_in_name
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Effect, Stage
from agent.model.expectation import is_about_time
from agent.model.plan import Step
from agent.model.receipt import Attempt
from agent.people import with_fit_approvers
from agent.ports import Ports, Turn
from agent.read_back import ReadBack, may_still_appear, read_back
from agent.standing.giving import given_with, put_in_force
from agent.standing.use import use_for

# As much as tokens are allowed (`agent/signed_tokens.py`); an answer that is further ahead is nobody's clock.
_CLOCKS_DIFFER = timedelta(minutes=5)


async def execute(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Make sure that the current step is written exactly once, and send the case on to verify it."""
    assert case.plan is not None, "a case reaches execute only with a plan"
    given = () if case.is_stopped else given_with(case)
    if given:
        # A turn of its own: everybody who was asked has agreed, and what is done next may go wrong.
        return await put_in_force(case, given, ports=ports, now=now)
    step = plan_now(case).steps[case.step_index]
    attempt = ports.attempts.of(case.step_index, "do")
    # (1) Somebody began this write before us: the tenant says what became of it.
    if attempt is not None and attempt.state == "intended":
        shown = await read_back(
            step.check, ports, attempted_at=attempt.attempted_at, request_id=attempt.client_request_id
        )
        fate = shown.seen
        if fate != "refuted" or may_still_appear(attempt, step.check, now=now):
            return _resume(case, step, attempt=attempt, shown=shown, now=now)
        if attempt.tries >= MAX_TRIES:
            problem = f"`{step.action}` was sent {attempt.tries} times and never took effect"
            return Turn(_gone_wrong(case, problem, attempt=attempt))
        if not CATALOGUE[step.action].repeatable:
            problem = f"the answer to `{step.action}` was lost, and it is nothing that may be sent twice"
            return Turn(_gone_wrong(case, problem, attempt=attempt))
    elif attempt is not None and attempt.state != "not_done":
        return Turn(case.evolve(stage=Stage.VERIFY))
    if case.is_stopped and case.control is not None:
        return Turn(_gone_wrong(case, case.control.sentence, attempt=attempt))
    # (2) Time stamps say nothing about the wanted state, so those steps always write.
    read_ids: tuple[str, ...] = ()
    if not is_about_time(step.check.expect):
        before = await read_back(step.check, ports, attempted_at=now)
        if before.seen == "verified" and CATALOGUE[step.action].removes_by_id and not _is_doubtful(attempt):
            # That this entry is gone does not say that nobody has what it gave: there may be a new one.
            problem = f"what `{step.action}` would take away is not there under this id any more"
            return Turn(_gone_wrong(case, problem, attempt=attempt))
        if before.seen == "verified":
            return _already(case, now=now, attempt=attempt, request_id=before.request_id)
        read_ids = (before.request_id,)
    return await _write(case, step, ports=ports, now=now, read_ids=read_ids)


async def _write(case: Case, step: Step, *, ports: Ports, now: datetime, read_ids: tuple[str, ...]) -> Turn:
    if early := _seconds_until_answered(case, now=now):
        return Turn(case, after_seconds=early)
    # (3) What was decided when planning is history; only a decision of this moment opens the gate.
    events: tuple[ActivityEvent, ...] = ()
    try:
        judged = await judge_steps(case, (case.step_index,), ports=ports, now=now)
        case = case.with_seen(judged.seen.observations)
        events = judged.seen.events
        seen_now, looked = await with_fit_approvers(case, ports=ports, now=now)
        events = (*events, *looked)
        (decision,), (request,), (asked,) = judged.decisions, judged.requests, judged.asked
        use = await use_for(seen_now, decision, request=request, asked=asked, ports=ports, now=now)
        events = (*events, *use.events)
        permit = permit_in_name(judged, partial(grant, seen_now, decision, now=now, standing=use.standing))
    except NotAuthorizedError as refusal:
        return _refused(case, refusal, ports=ports, now=now, events=events)
    except PortError as error:
        # The turn fails here, and what led to it still belongs to the log.
        error.events = (*events, *error.events)
        raise
    granted = ActivityEvent(
        code=EventCode.PERMIT_GRANTED, at=now, data={"step": case.step_index, "call_digest": permit.call_digest}
    )
    events = (*events, granted)
    # (4) One attempt; what it brought decides the next turn.
    try:
        return _after(case, await dispatch(permit, step, ports=ports, now=now, events=events, read_ids=read_ids))
    except ChangedMeanwhileError as moved:
        attempt = ports.attempts.of(case.step_index, "do")
        return Turn(_gone_wrong(case, str(moved), attempt=attempt), events=events)
    except WithheldError as withheld:
        return _withheld(case, withheld, ports=ports, now=now, events=events)


def _seconds_until_answered(case: Case, *, now: datetime) -> int:
    """Return how long to wait until the last answer is not in the future: whoever took it has a faster clock.

    The gate counts no answer of the future, and asking people again for what they just said would only annoy them.
    """
    ahead = max((one.answered_at - now for one in case.approvals), default=timedelta(0))
    return ceil(ahead.total_seconds()) if timedelta(0) < ahead <= _CLOCKS_DIFFER else 0


def _after(case: Case, sent: Sent) -> Turn:
    kept, events = (sent.attempt,), sent.events
    if sent.fate == "answered":
        return Turn(case.evolve(stage=Stage.VERIFY), events=events, attempts=kept)
    if sent.fate == "failed":
        return Turn(_gone_wrong(case, sent.problem, attempt=sent.attempt), events=events, attempts=kept)
    return Turn(case, events=events, attempts=kept, after_seconds=sent.after_seconds)


def _withheld(
    case: Case, withheld: WithheldError, *, ports: Ports, now: datetime, events: tuple[ActivityEvent, ...]
) -> Turn:
    control = withheld.control
    if control.state == "paused":
        return hold(case, control, now=now, events=events)
    stopped = case.evolve(control=control)
    attempt = ports.attempts.of(case.step_index, "do")
    return Turn(_gone_wrong(stopped, control.sentence, attempt=attempt), events=(*events, entry_of(control, now=now)))


def _resume(case: Case, step: Step, *, attempt: Attempt, shown: ReadBack, now: datetime) -> Turn:
    fate = shown.seen
    if fate == "verified" and step.secret != "none":
        # Somebody may have set another one meanwhile: only Graph's answer says that the one at hand is in force.
        why = f"the answer to `{step.action}` was lost, so whether the secret at hand is in force cannot be told"
        return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="identity", urgent=True))
    if fate == "verified":
        ids = {"client_request_id": attempt.client_request_id, "request_id": shown.request_id}
        data = {"step": case.step_index, **ids}
        found = ActivityEvent(code=EventCode.WRITE_FOUND_DONE, at=now, data=data)
        done = Attempt.model_validate({**dict(attempt), "state": "answered"})
        return Turn(case.evolve(stage=Stage.VERIFY), events=(found,), attempts=(done,))
    if may_still_appear(attempt, step.check, now=now):
        return Turn(case, after_seconds=10)
    why = f"it could not be learned whether `{step.action}` took effect"
    return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2", urgent=True))


def _already(case: Case, *, now: datetime, attempt: Attempt | None, request_id: str) -> Turn:
    note = "the tenant was in the wanted state before any write"
    data = {"step": case.step_index, "note": note, "request_id": request_id}
    event = ActivityEvent(code=EventCode.EFFECT_VERIFIED, at=now, data=data)
    assert case.plan is not None, "a case executes a plan"
    next_index = case.step_index + 1
    last = next_index == len(case.plan.steps)
    # After a try of ours in doubt the state may be our own late doing, so nobody is told that it was there before.
    effect: Effect = "found" if _is_doubtful(attempt) else "already"
    effects = (*case.effects, effect)
    if last:
        return Turn(case.evolve(effects=effects).finished(), events=(event,))
    return Turn(case.evolve(step_index=next_index, effects=effects), events=(event,))


def _refused(
    case: Case, refusal: NotAuthorizedError, *, ports: Ports, now: datetime, events: tuple[ActivityEvent, ...]
) -> Turn:
    data = {"step": case.step_index, "problem": str(refusal)}
    note = ActivityEvent(code=EventCode.PERMIT_REFUSED, at=now, data=data)
    attempt = ports.attempts.of(case.step_index, "do")
    if refusal.needs_people and not case.effects and attempt is None:
        return Turn(case.evolve(stage=Stage.AUTHORIZE, decisions=(), concerned={}), events=(*events, note))
    asked = case.approval_request
    if refusal.sign_in_of and asked is not None and now < asked.expires_at and not _is_doubtful(attempt):
        return _parked(case, refusal, now=now, events=events)
    return Turn(_gone_wrong(case, str(refusal), attempt=attempt), events=(*events, note))


def _parked(case: Case, refusal: NotAuthorizedError, *, now: datetime, events: tuple[ActivityEvent, ...]) -> Turn:
    """Let the case wait until somebody signs in again in whose name the step may be written.

    Nothing is undone meanwhile: the same plan goes on under the same approvals, for as long as they were asked for.
    """
    data = {"step": case.step_index, "person_ids": list(refusal.sign_in_of), "problem": str(refusal)}
    lost = ActivityEvent(code=EventCode.DELEGATION_LOST, at=now, data=data)
    waiting = case.evolve(stage=Stage.APPROVE, approval_asked=False, sign_in_of=refusal.sign_in_of, why=str(refusal))
    return Turn(waiting, events=(*events, lost))


def _gone_wrong(case: Case, problem: str, *, attempt: Attempt | None) -> Case:
    """Undo what was done before this step; but only when it is certain that this step itself left nothing."""
    if _is_doubtful(attempt):
        why = f"{problem}; and an earlier try may have taken effect after all"
        return case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2", urgent=True)
    if case.has_changed_something:
        return case.evolve(stage=Stage.ROLLBACK, why=problem)
    return case.evolve(stage=Stage.ESCALATE, why=problem, queue="service-desk-l2")


def _is_doubtful(attempt: Attempt | None) -> bool:
    """Whether a try of this step may have taken effect without our knowing."""
    return attempt is not None and (attempt.is_doubtful or attempt.state == "intended")
