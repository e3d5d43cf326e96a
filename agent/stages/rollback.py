"""Rollback: undo what was written, last step first, each undo permitted, recorded and read back."""

from datetime import datetime
from functools import partial

from agent.actions import CATALOGUE
from agent.controls import hold
from agent.created import plan_now
from agent.dispatch import MAX_TRIES, dispatch
from agent.errors import NotAuthorizedError, WithheldError
from agent.gate import grant_undo
from agent.inquiry import judge_steps, permit_in_name
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.plan import Step
from agent.model.receipt import Attempt
from agent.ports import Ports, Turn
from agent.read_back import may_still_appear, read_back
from agent.standing.use import use_for_undo

# Effects that left a trace of ours in the tenant, or may have.
_TO_UNDO = ("verified", "refuted", "found")
# The POSTs that set a state; any other makes something, and a second one would make another.
_SAME_AGAIN = ("/$ref", "/assignLicense")


async def rollback(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Undo the newest step that is not undone yet, one a turn; when none is left, hand over."""
    assert case.plan is not None, "a case rolls back a plan"
    index = next((i for i in reversed(range(len(case.effects))) if case.effects[i] in _TO_UNDO), None)
    if index is None:
        return Turn(case.evolve(stage=Stage.ESCALATE, outcome="rolled_back", queue="service-desk-l2"))
    if not case.is_rolling_back:
        # A turn of its own: the intent of the first undo is saved before its turn ends, and what a worker that dies
        # then has not saved would be said again by the next.
        return Turn(case.evolve(is_rolling_back=True), events=(_started(case, now=now),))
    step = plan_now(case).steps[index]
    case = case.evolve(step_index=index)
    if case.effects[index] == "found":
        problem = f"whether `{step.action}` was our change or somebody else's is not known, as its answer was lost"
        return _stuck(case, problem, now=now)
    if step.undo is None:
        return _stuck(case, f"step `{step.action}` is irreversible: {step.irreversible}", now=now)
    if CATALOGUE[step.action].contains:
        # Whoever is kept out by it would be let in again because something else failed.
        problem = f"step `{step.action}` closed a way in, and whether to open it again is for a person to say"
        return _stuck(case, problem, now=now)
    attempt = ports.attempts.of(index, "undo")
    if attempt is not None and attempt.state in ("intended", "answered"):
        return await _read_back(case, step, attempt=attempt, ports=ports, now=now)
    return await _undo(case, step, ports=ports, now=now)


async def _undo(case: Case, step: Step, *, ports: Ports, now: datetime) -> Turn:
    assert step.undo is not None, "only a reversible step is undone"
    # A refuted write may have left nothing to undo; sending the inverse then would only be refused.
    created = _created_id(case, ports)
    before = await read_back(step.undo.check, ports, attempted_at=now, created_id=created)
    if before.seen == "verified":
        return _undone(case, now=now, attempt=None, request_id=before.request_id)
    # INVARIANT: an undo is sent over our own effect only. What shows neither the old state nor ours was changed by
    # somebody since, and putting the old state back would destroy that.
    done = ports.attempts.of(case.step_index, "do")
    assert done is not None, "only a step that was written has an effect to undo"
    ours = await read_back(
        step.check, ports, attempted_at=done.attempted_at, created_id=created, request_id=done.client_request_id
    )
    if ours.seen != "verified" and may_still_appear(done, step.check, now=now):
        return Turn(case, after_seconds=5)
    if ours.seen != "verified":
        problem = f"what `{step.action}` wrote is not there any more, or cannot be seen: it may be changed since"
        return _stuck(case, problem, now=now)
    events: tuple[ActivityEvent, ...] = ()
    try:
        judged = await judge_steps(case, (case.step_index,), ports=ports, now=now, is_rollback=True)
        events = judged.seen.events
        standing = await use_for_undo(
            case, request=judged.requests[0], asked=judged.asked[0], written_at=done.attempted_at, ports=ports
        )
        undo = partial(grant_undo, case, judged.decisions[0], now=now, created_id=created, standing=standing)
        permit = permit_in_name(judged, undo)
    except NotAuthorizedError as refusal:
        return _stuck(case, str(refusal), now=now, events=events)
    granted = ActivityEvent(
        code=EventCode.PERMIT_GRANTED, at=now, data={"step": case.step_index, "call_digest": permit.call_digest}
    )
    try:
        read_ids = (before.request_id, ours.request_id)
        sent = await dispatch(permit, step, ports=ports, now=now, events=(*events, granted), read_ids=read_ids)
    except WithheldError as withheld:
        return hold(case, withheld.control, now=now, events=(*events, granted))
    if sent.fate == "failed":
        return _stuck(case, sent.problem, now=now, events=sent.events, attempt=sent.attempt)
    return Turn(case, events=sent.events, attempts=(sent.attempt,), after_seconds=sent.after_seconds)


async def _read_back(case: Case, step: Step, *, attempt: Attempt, ports: Ports, now: datetime) -> Turn:
    assert step.undo is not None, "only a reversible step is read back after its undo"
    created = _created_id(case, ports)
    shown = await read_back(step.undo.check, ports, attempted_at=attempt.attempted_at, created_id=created)
    seen = shown.seen
    if seen == "verified":
        verified = Attempt.model_validate({**dict(attempt), "state": "verified"})
        events: tuple[ActivityEvent, ...] = ()
        if attempt.state == "intended":
            # Whoever sent it died, or lost the answer: without this the log would not say that anything was sent.
            ids = {"client_request_id": attempt.client_request_id, "request_id": shown.request_id}
            data = {"step": case.step_index, **ids}
            events = (ActivityEvent(code=EventCode.WRITE_FOUND_DONE, at=now, data=data),)
        return _undone(case, now=now, attempt=verified, request_id=shown.request_id, events=events)
    if may_still_appear(attempt, step.undo.check, now=now):
        return Turn(case, after_seconds=5)
    if seen == "refuted" and attempt.state == "intended" and attempt.tries < MAX_TRIES and _may_be_sent_twice(step):
        # It never happened, and `_undo` sends it again over our own effect only.
        return await _undo(case, step, ports=ports, now=now)
    problem = f"the undo of `{step.action}` is {seen}"
    judged = Attempt.model_validate({**dict(attempt), "state": seen})
    return _stuck(case, problem, now=now, attempt=judged)


def _may_be_sent_twice(step: Step) -> bool:
    """Whether a second undo would change nothing that the first has not, should the first show up after all."""
    assert step.undo is not None, "only a reversible step is undone"
    call = step.undo.call
    return CATALOGUE[step.action].repeatable and (call.method != "POST" or call.path.endswith(_SAME_AGAIN))


def _created_id(case: Case, ports: Ports) -> str:
    done = ports.attempts.of(case.step_index, "do")
    return done.receipt.created_id if done and done.receipt else ""


def _undone(
    case: Case,
    *,
    now: datetime,
    attempt: Attempt | None,
    request_id: str,
    events: tuple[ActivityEvent, ...] = (),
) -> Turn:
    effects = tuple("undone" if i == case.step_index else one for i, one in enumerate(case.effects))
    data = {"step": case.step_index, "request_id": request_id}
    event = ActivityEvent(code=EventCode.ROLLBACK_DONE, at=now, data=data)
    kept = (attempt,) if attempt else ()
    return Turn(case.evolve(effects=effects), events=(*events, event), attempts=kept)


def _stuck(
    case: Case, problem: str, *, now: datetime, events: tuple[ActivityEvent, ...] = (), attempt: Attempt | None = None
) -> Turn:
    """Stop at once: a person must look, and undoing older steps over an unknown newer one is guessing."""
    failed = ActivityEvent(code=EventCode.ROLLBACK_FAILED, at=now, data={"step": case.step_index, "problem": problem})
    why = f"{case.why}; and it could not be rolled back: {problem}"
    handed = case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2", urgent=True)
    return Turn(handed, events=(*events, failed), attempts=(attempt,) if attempt else ())


def _started(case: Case, *, now: datetime) -> ActivityEvent:
    data = {"why": case.why, "steps": [i for i, one in enumerate(case.effects) if one in _TO_UNDO]}
    return ActivityEvent(code=EventCode.ROLLBACK_STARTED, at=now, data=data)
