"""Verify: read back what the step should have changed; success is never inferred from a 2xx."""

from datetime import datetime, timedelta

from agent.controls import turned_round
from agent.created import plan_now
from agent.dispatch import sealing_purpose
from agent.errors import ChannelError, VaultError
from agent.lookups.quoting import is_object_id
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Effect, Stage
from agent.model.plan import Step
from agent.model.receipt import Attempt
from agent.ports import Ports, Turn
from agent.read_back import read_back

_CODES = {
    "verified": EventCode.EFFECT_VERIFIED,
    "refuted": EventCode.EFFECT_REFUTED,
    "unknown": EventCode.EFFECT_UNKNOWN,
}


async def verify(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Judge the current step as verified, refuted or unknown, after as much patience as its check allows.

    Verified goes on; refuted rolls back; unknown hands over urgently and undoes nothing, because undoing
    what cannot be seen is guessing.
    """
    assert case.plan is not None, "a case reaches verify only with a plan"
    step = plan_now(case).steps[case.step_index]
    attempt = ports.attempts.of(case.step_index, "do")
    assert attempt is not None, "a step is verified only after an attempt"
    created = attempt.receipt.created_id if attempt.receipt else ""
    shown = await read_back(
        step.check, ports, attempted_at=attempt.attempted_at, created_id=created, request_id=attempt.client_request_id
    )
    seen = shown.seen
    waited = (now - attempt.attempted_at).total_seconds()
    if seen != "verified" and waited < step.check.patience_seconds:
        # Graph shows a write after a moment; asking twice as rarely each time keeps within its limits.
        return Turn(case, after_seconds=max(2, min(30, int(waited))))
    data = {"step": case.step_index, "check": step.check.expect.kind, "request_id": shown.request_id}
    event = ActivityEvent(code=_CODES[seen], at=now, data=data)
    judged = Attempt.model_validate({**dict(attempt), "state": seen})
    if seen == "verified":
        return await _go_on(case, step, attempt=judged, ports=ports, now=now, event=event)
    # A secret that is not known to be in force is never delivered, so it is not kept either.
    judged = Attempt.model_validate({**dict(judged), "sealed_secret": ""})
    why = f"step `{step.action}` was accepted by Graph but its effect is {seen}"
    effects = (*case.effects, seen)
    if seen == "refuted":
        return Turn(case.evolve(stage=Stage.ROLLBACK, why=why, effects=effects), events=(event,), attempts=(judged,))
    handed = case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2", urgent=True, effects=effects)
    return Turn(handed, events=(event,), attempts=(judged,))


async def _go_on(
    case: Case, step: Step, *, attempt: Attempt, ports: Ports, now: datetime, event: ActivityEvent
) -> Turn:
    assert case.plan is not None, "a verified step belongs to a plan"
    # Without an answer to our write it may be somebody else's change that we see, so it is not ours to undo.
    effect: Effect = "verified" if attempt.receipt else "found"
    done = case.evolve(effects=(*case.effects, effect), created={**case.created, **_created(step, attempt)})
    events = [event]
    if step.secret != "none":
        # The lease keeps a second worker with the same message from showing the secret again.
        await ports.attempts.begin(attempt)
        try:
            await _deliver(done, step, attempt=attempt, ports=ports)
        except (ChannelError, VaultError) as error:
            return _undelivered(done, attempt, error=error, now=now, event=event)
        events.append(_delivered(done, now=now))
        # The sealed secret has done its work: erased here, it exists nowhere but with its owner.
        attempt = Attempt.model_validate({**dict(attempt), "sealed_secret": ""})
    if done.is_stopped and done.control is not None:
        onward = turned_round(done, done.control.sentence)
    elif done.step_index + 1 < len(case.plan.steps):
        onward = done.evolve(stage=Stage.EXECUTE, step_index=done.step_index + 1)
    else:
        onward = done.finished()
    return Turn(onward, events=tuple(events), attempts=(attempt,))


def _created(step: Step, attempt: Attempt) -> dict[str, str]:
    """Return by which id the tenant has what the step created: that of Graph's own answer, never one looked for."""
    created_id = attempt.receipt.created_id if attempt.receipt else ""
    return {step.creates.stand_in: created_id} if step.creates and is_object_id(created_id) else {}


async def _deliver(case: Case, step: Step, *, attempt: Attempt, ports: Ports) -> None:
    if not attempt.sealed_secret:
        raise ChannelError("the secret was lost before it could be delivered")
    purpose = sealing_purpose(case.id, case.step_index, kind="secret")
    tenant_id = case.request.tenant_id
    secret = await ports.sealer.open(tenant_id, purpose=purpose, sealed=attempt.sealed_secret)
    advice = "change it at your next sign-in" if step.secret == "generated" else "keep it to yourself"
    intro = f"{step.title}. This is shown once; {advice}."
    # INVARIANT: a secret goes to the verified beneficiary only, whatever the ticket's text says.
    await ports.channel.deliver_secret(tenant_id, step.beneficiary_id, intro=intro, secret=secret)


def _delivered(case: Case, *, now: datetime) -> ActivityEvent:
    assert case.plan is not None, "a secret belongs to a step of a plan"
    person = case.plan.steps[case.step_index].beneficiary_id
    return ActivityEvent(code=EventCode.SECRET_DELIVERED, at=now, data={"step": case.step_index, "person_id": person})


def _undelivered(case: Case, attempt: Attempt, *, error: Exception, now: datetime, event: ActivityEvent) -> Turn:
    if now - attempt.attempted_at < timedelta(minutes=2):
        raise error
    why = f"the change was made, but its secret could not be delivered: {error}"
    erased = Attempt.model_validate({**dict(attempt), "sealed_secret": ""})
    handed = case.evolve(stage=Stage.ESCALATE, why=why, queue="identity", urgent=True)
    return Turn(handed, events=(event,), attempts=(erased,))
