"""One permitted write and its record: the intent stored first, then the call, then its fate.

INVARIANT: nothing leaves before `Attempts.begin` has returned, and an attempt whose fate is not known is
never repeated before the tenant was read (design page 06-runtime, 5.3).
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.actions import CATALOGUE, seen
from agent.controls import withholding
from agent.errors import (
    ChangedMeanwhileError,
    DirectoryError,
    PortError,
    RepeatedWriteError,
    TripwireError,
    VaultError,
    WithheldError,
    WriteUnknownError,
)
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.expectation import Expectation
from agent.model.permit import Permit
from agent.model.plan import Step
from agent.model.reached import reached
from agent.model.receipt import Attempt, Receipt
from agent.ports import Answer, Ports
from agent.throttling import wait_seconds

MAX_TRIES = 5
# What is sealed is stored as one payload of 16 MiB at most (`agent/storage/payloads.py`), and a character may take four
# bytes, which sealing makes more by a third.
MAX_BEFORE_CHARS = 2_000_000
# What comes before a write may take this long at most, so that the write itself ends within the loop's turn.
_PREPARATION_SECONDS = 100
# From the intent to the sending; with the sending itself, 33 s, this ends well within the lease of 180 s.
_SENDING_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one dispatch.

    `fate`: `answered` (2xx), `failed` (refused for good, `problem` says why), `again` (certainly not done,
    try after `after_seconds`) or `open` (nobody knows yet: read the tenant, after `after_seconds`).
    `events` are those since the intent; what led to it was saved with it.
    """

    fate: Literal["answered", "failed", "again", "open"]
    attempt: Attempt
    events: tuple[ActivityEvent, ...]
    problem: str = ""
    after_seconds: int = 0


async def dispatch(
    permit: Permit,
    step: Step,
    *,
    ports: Ports,
    now: datetime,
    events: tuple[ActivityEvent, ...] = (),
    read_ids: tuple[str, ...] = (),
) -> Sent:
    """Record the intent, send the permitted call once and record the answer.

    `events` led to this write. They are saved with the intent, so that a worker that dies after it leaves no write
    of which the log says nothing; when this raises before, they are the caller's to save. `read_ids` are Graph's ids of
    the reads that showed the tenant as it was.

    Raises:
        AlreadySupersededError: another worker has the case; nothing was sent.
        DirectoryError: the look-ups before took too long for this turn; nothing was sent.
        VaultError: the tenant's key cannot be had; nothing was sent.
        StorageError: the intent could not be stored; nothing was sent.
        ChangedMeanwhileError: the before-image is not what the plan says; nothing was sent.
        WithheldError: the tenant or the stack is paused or stopped; nothing was sent.
        ControlsUnknownError: whether it is cannot be read; nothing was sent.
    """
    kind: Literal["do", "undo"] = "undo" if permit.is_rollback else "do"
    secret = ports.ids.password() if permit.call.secret_at else None
    try:
        attempt, before_id = await _intent(permit, step, ports=ports, kind=kind, secret=secret, now=now)
        # INVARIANT: what the tenant and the stack are ordered is read after all other work and right before the intent.
        # What the case is ordered needs no look: it is saved under the case's ETag, so `begin` would fail.
        holding = withholding(await ports.controls.holding(permit.tenant_id), is_rollback=permit.is_rollback)
    except PortError as error:
        # The turn fails here, and what led to it still belongs to the log.
        error.events = events
        raise
    if holding is not None:
        raise WithheldError(holding)
    read_ids = tuple(one for one in (*read_ids, before_id) if one)
    attempted = _attempted(permit, step, attempt=attempt, read_ids=read_ids)
    await ports.attempts.begin(attempt, events=(*events, attempted))
    now = attempt.attempted_at
    try:
        _require_within_lease(attempt, now=ports.clock.now())
        answer = await ports.directory.write(permit, client_request_id=attempt.client_request_id, secret=secret)
    except WriteUnknownError as error:
        is_repeated = isinstance(error, RepeatedWriteError)
        note = (_blocked if is_repeated else _failed)(attempt, str(error), now=ports.clock.now())
        return Sent("open", attempt, (note,), problem=str(error), after_seconds=5)
    except TripwireError as error:
        # Our own doing, so trying again would only do it again.
        return Sent("failed", _not_done(attempt), (_blocked(attempt, str(error), now=now),), problem=str(error))
    except DirectoryError as error:
        not_done = _not_done(attempt)
        note = _failed(attempt, str(error), now=now)
        # It never left, so no limit of Graph's was touched.
        wait = _wait(step, attempt, asked=5.0 if error.retry_after_seconds is None else error.retry_after_seconds)
        return Sent(_again(attempt), not_done, (note,), problem=str(error), after_seconds=wait)
    # The time of the answer is taken when it is there: it says by when the write had left.
    answered_at = ports.clock.now()
    return await _answered(attempt, step, answer=answer, ports=ports, permit=permit, now=answered_at)


def _require_within_lease(attempt: Attempt, *, now: datetime) -> None:
    # A worker that slept since its intent must not send: when its lease is over another may have written already.
    if (now - attempt.attempted_at).total_seconds() > _SENDING_SECONDS:
        raise DirectoryError(f"the worker slept for more than {_SENDING_SECONDS} s between intent and sending")


def sealing_purpose(case_id: str, step_index: int, *, kind: str) -> str:
    """Return the purpose that a step's secret or before-image is sealed for; it opens for nothing else."""
    return f"case/{case_id}/step/{step_index}/{kind}"


async def _intent(
    permit: Permit, step: Step, *, ports: Ports, kind: Literal["do", "undo"], secret: str | None, now: datetime
) -> tuple[Attempt, str]:
    before = await ports.directory.read(step.capture) if step.capture and kind == "do" else None
    if before is not None and step.precondition is not None:
        _require_as_planned(step.precondition, before, now=now)
    sealed_before = await _sealed_before(permit, before, ports=ports)
    sealed_secret = await _sealed_secret(permit, secret, ports=ports)
    earlier = ports.attempts.of(permit.step_index, kind)
    # INVARIANT: an attempt carries the time of its own sending. Measured from the start of the turn, patience
    # could be over before the write has even left.
    sent_at = ports.clock.now()
    if (sent_at - now).total_seconds() > _PREPARATION_SECONDS:
        raise DirectoryError(f"the look-ups before the write took more than {_PREPARATION_SECONDS} s")
    attempt = Attempt(
        step_index=permit.step_index,
        kind=kind,
        step_digest=step.digest,
        call_digest=permit.call_digest,
        client_request_id=ports.ids.new(),
        attempted_at=sent_at,
        tries=earlier.tries + 1 if earlier else 1,
        is_doubtful=earlier is not None and (earlier.is_doubtful or earlier.state == "intended"),
        sealed_before=sealed_before,
        sealed_secret=sealed_secret,
    )
    return attempt, before.request_id if before else ""


def _require_as_planned(expect: Expectation, before: Answer, *, now: datetime) -> None:
    # The undo writes back what the plan says was there; over anything else it would destroy somebody's change.
    shown = seen(expect, before.status, body=before.body, attempted_at=now)
    if shown != "verified":
        raise ChangedMeanwhileError(f"what the step would change is not as it was when it was planned: `{shown}`")


async def _sealed_before(permit: Permit, before: Answer | None, *, ports: Ports) -> str:
    if before is None:
        return ""
    purpose = sealing_purpose(permit.case_id, permit.step_index, kind="before")
    # repr keeps any JSON value readable by people; the before-image is evidence, never input to a call. The step's
    # precondition holds what the undo puts back, so a long answer may be cut.
    text = repr(dict(before.body))
    kept = text if len(text) <= MAX_BEFORE_CHARS else f"{text[:MAX_BEFORE_CHARS]} ... cut from {len(text)} characters"
    return await ports.sealer.seal(permit.tenant_id, purpose=purpose, text=kept)


async def _sealed_secret(permit: Permit, secret: str | None, *, ports: Ports) -> str:
    if secret is None:
        return ""
    purpose = sealing_purpose(permit.case_id, permit.step_index, kind="secret")
    return await ports.sealer.seal(permit.tenant_id, purpose=purpose, text=secret)


async def _answered(
    attempt: Attempt, step: Step, *, answer: Answer, ports: Ports, permit: Permit, now: datetime
) -> Sent:
    if answer.status == 429 or answer.status in step.again_on:
        problem = "Graph is throttling this kind of call" if answer.status == 429 else "Graph cannot do it yet"
        note = _failed(attempt, problem, now=now, request_id=answer.request_id)
        wait = _wait(step, attempt, asked=answer.retry_after_seconds)
        not_done = _not_done(attempt)
        return Sent(_again(attempt), not_done, (note,), problem=problem, after_seconds=wait)
    if not 200 <= answer.status < 300:
        problem = f"Graph refused the call with {answer.status} `{_error_code(answer)}`"
        note = _failed(attempt, problem, now=now, request_id=answer.request_id)
        return Sent("failed", _not_done(attempt), (note,), problem=problem)
    receipt = Receipt(
        status=answer.status,
        request_id=answer.request_id,
        created_id=_text_at(answer, step.created_field),
        token_id=answer.token_id,
        answered_at=now,
    )
    sealed = attempt.sealed_secret
    if step.secret == "returned" and not permit.is_rollback and (text := _secret_at(answer, step.secret_field)):
        try:
            sealed = await _sealed_secret(permit, text, ports=ports)
        except VaultError:
            # The write was answered, whatever becomes of its secret; `verify` hands over a secret that was lost.
            sealed = ""
    done = _changed(attempt, state="answered", receipt=receipt, sealed_secret=sealed)
    data = {
        "step": attempt.step_index,
        "kind": attempt.kind,
        "status": answer.status,
        "request_id": answer.request_id,
        "token_id": answer.token_id,
    }
    return Sent("answered", done, (ActivityEvent(code=EventCode.WRITE_ANSWERED, at=now, data=data),))


def _text_at(answer: Answer, field: str) -> str:
    found = reached(answer.body, field)
    return found if isinstance(found, str) else ""


def _secret_at(answer: Answer, field: str) -> str:
    text = _text_at(answer, field)
    return _decoded(text) if field.endswith("Base64") else text


def _decoded(text: str) -> str:
    """Return what is written in Base64, or nothing if it is no text: a person must be able to type it."""
    try:
        raw = base64.b64decode(text, validate=True)
        # Windows LAPS passwords are ASCII. The reference's example is UTF-16, in which every other byte of ASCII is
        # zero; published scripts read UTF-8, in which none is.
        plain = raw.decode("utf-16-le" if b"\0" in raw else "utf-8")
    except (binascii.Error, ValueError):
        return ""
    return plain if plain.isprintable() else ""


def _wait(step: Step, attempt: Attempt, *, asked: float | None) -> int:
    limit = CATALOGUE[step.action].throttle_class
    return wait_seconds(limit, asked=asked, tries=attempt.tries, attempt_id=attempt.client_request_id)


def _again(attempt: Attempt) -> Literal["again", "failed"]:
    return "again" if attempt.tries < MAX_TRIES else "failed"


def _not_done(attempt: Attempt) -> Attempt:
    # The secret of a write that never was is nobody's; a further try makes a new one.
    return _changed(attempt, state="not_done", sealed_secret="")


def _changed(attempt: Attempt, **changes: object) -> Attempt:
    return Attempt.model_validate({**dict(attempt), **changes})


def _error_code(answer: Answer) -> str:
    error = answer.body.get("error")
    return str(error.get("code", "")) if isinstance(error, dict) else ""


def _attempted(permit: Permit, step: Step, *, attempt: Attempt, read_ids: tuple[str, ...]) -> ActivityEvent:
    data = {
        "step": attempt.step_index,
        "kind": attempt.kind,
        "action": step.action,
        "method": permit.call.method,
        "path": permit.call.path,
        "call_digest": attempt.call_digest,
        "client_request_id": attempt.client_request_id,
        "approver_ids": list(permit.approver_ids),
        "grant_ids": list(permit.grant_ids),
        "bundle_digest": permit.decision.bundle_digest,
        "identity": permit.actor.label,
        "acting_id": permit.actor.user_id,
        "try": attempt.tries,
        "read_ids": list(read_ids),
    }
    return ActivityEvent(code=EventCode.WRITE_ATTEMPTED, at=attempt.attempted_at, data=data)


def _failed(attempt: Attempt, problem: str, *, now: datetime, request_id: str = "") -> ActivityEvent:
    data = {"step": attempt.step_index, "kind": attempt.kind, "problem": problem, "request_id": request_id}
    return ActivityEvent(code=EventCode.WRITE_FAILED, at=now, data=data)


def _blocked(attempt: Attempt, problem: str, *, now: datetime) -> ActivityEvent:
    data = {"step": attempt.step_index, "kind": attempt.kind, "problem": problem}
    return ActivityEvent(code=EventCode.WRITE_BLOCKED, at=now, data=data)
