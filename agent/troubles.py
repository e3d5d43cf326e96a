"""What becomes of a turn that failed: tried again with growing patience, handed over, or made small enough to store."""

from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from agent.errors import PortError, ThrottledError
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.receipt import Attempt
from agent.ports import Turn
from agent.throttling import wait_seconds

# A stage that fails outside this often in a row is handed over to people.
MAX_TROUBLES = 5
# One that is told to come back later has not failed. Identity Protection takes one request a second of a tenant, so of
# hundreds of cases that go on at once, as after a pause, the last waits some minutes for its turn.
MAX_THROTTLED = 40

# Each is counted for itself: whoever was told to wait has not failed, and one failure after that is the first.
_MOST: Final = {"troubles": MAX_TROUBLES, "throttles": MAX_THROTTLED}

_SHORTEST_SECONDS = 10
_LONGEST_SECONDS = 600

_ENDING = (Stage.ESCALATE, Stage.CLOSE)
# What must not be lost even where little can be stored.
_TELL_OF_WRITES = frozenset(
    {
        EventCode.PERMIT_GRANTED,
        EventCode.WRITE_ATTEMPTED,
        EventCode.WRITE_ANSWERED,
        EventCode.WRITE_FAILED,
        EventCode.WRITE_BLOCKED,
        EventCode.CONTROL_STOPPED,
        EventCode.ALERT_RAISED,
    }
)
_MAX_KEPT_EVENTS = 20


def in_trouble(case: Case, reason: str, *, now: datetime, attempt: Attempt | None) -> Turn:
    """Try the stage again later, more patiently each time; hand over when it keeps failing."""
    later = min(_LONGEST_SECONDS, _SHORTEST_SECONDS * 2 ** min(case.troubles, 10))
    return _again(case, reason, counted="troubles", later=later, now=now, attempt=attempt)


def throttled(case: Case, error: ThrottledError, *, now: datetime, attempt: Attempt | None) -> Turn:
    """Try the stage again when the service asked for it, however often before; hand over when that never ends.

    The look-ups that were made are logged. Cases that were told the same come back apart.
    """
    # At least and at most as long as any other trouble waits: the service may ask for nothing, or for a day.
    asked = max(_SHORTEST_SECONDS, error.retry_after_seconds or 0)
    later = wait_seconds("", asked=asked, tries=1, attempt_id=case.id)
    turn = _again(case, str(error), counted="throttles", later=min(_LONGEST_SECONDS, later), now=now, attempt=attempt)
    return replace(turn, events=(*error.events, *turn.events))


def _again(
    case: Case,
    reason: str,
    *,
    counted: Literal["troubles", "throttles"],
    later: int,
    now: datetime,
    attempt: Attempt | None,
) -> Turn:
    times = getattr(case, counted) + 1
    data = {"stage": case.stage.value, "problem": reason, "times": times}
    event = ActivityEvent(code=EventCode.STAGE_TROUBLED, at=now, data=data)
    if times < _MOST[counted] or case.stage in _ENDING:
        # Handing over is the last resort itself, so it is retried for as long as it takes.
        return Turn(case.evolve(**{counted: times}), events=(event,), after_seconds=later)
    why = f"stage `{case.stage.value}` failed {times} times: {reason}"
    return Turn(_handed_over(case, why, attempt=attempt), events=(event,))


def given_up(case: Case, *, now: datetime, attempt: Attempt | None) -> Turn:
    """Return the turn of a case whose message the host gave up, because its stage never came to an end.

    Nothing is known of the reason: the worker died, storage was away, or the turn took too long, each time anew.
    """
    why = f"stage `{case.stage.value}` was begun again and again and never ended, so the host gave its message up"
    data = {"stage": case.stage.value, "problem": why, "times": case.troubles + 1}
    event = ActivityEvent(code=EventCode.STAGE_TROUBLED, at=now, data=data)
    if case.stage is Stage.ESCALATE:
        # Nobody takes the hand-over itself: the case is closed with what is known, and says that nobody was told.
        closing = case.evolve(stage=Stage.CLOSE, outcome=_ended(case), why=why, reply_failed=True, troubles=0)
        return Turn(closing, events=(event,))
    if case.stage is Stage.CLOSE:
        return Turn(case.evolve(troubles=case.troubles + 1), events=(event,), after_seconds=600)
    return Turn(_handed_over(case, why, attempt=attempt), events=(event,))


def without_bulk(case: Case, turn: Turn, *, now: datetime) -> Turn:
    """Return a small turn in the place of one that cannot be stored: hand over, and keep what tells of writes."""
    why = f"what stage `{case.stage.value}` found or planned cannot be stored"
    data = {"stage": case.stage.value, "problem": why, "times": 1}
    troubled = ActivityEvent(code=EventCode.STAGE_TROUBLED, at=now, data=data)
    kept = tuple(one for one in turn.events if one.code in _TELL_OF_WRITES)[:_MAX_KEPT_EVENTS]
    known = {"control": turn.case.control, "alerts": turn.case.alerts}
    small = case.evolve(seen={}, questions=(), handoff=None, why=why, queue="service-desk-l2", **known)
    if case.stage in _ENDING:
        return Turn(
            small.evolve(stage=Stage.CLOSE, reply_failed=True), events=(*kept, troubled), attempts=turn.attempts
        )
    handed = small.evolve(stage=Stage.ESCALATE, urgent=bool(turn.attempts))
    return Turn(handed, events=(*kept, troubled), attempts=turn.attempts)


def named(error: Exception) -> str:
    """Return what is safe to log and to store of an error: our own explain themselves, of others only the type."""
    return str(error) if isinstance(error, PortError) else type(error).__name__


def without_contents(error: Exception) -> Exception:
    """Return a stand-in that is safe to log: our own errors keep their words, foreign ones may quote bodies.

    The stand-in has no cause and no context, because a traceback prints those too.
    """
    words = str(error) if isinstance(error, PortError) else "its message is left out"
    return RuntimeError(f"{type(error).__name__}: {words}").with_traceback(error.__traceback__)


def _handed_over(case: Case, why: str, *, attempt: Attempt | None) -> Case:
    # Only when this step never began is it certain that undoing the ones before puts everything back.
    undoes = case.stage is Stage.EXECUTE and case.has_changed_something and attempt is None
    urgent = case.stage in (Stage.EXECUTE, Stage.VERIFY, Stage.ROLLBACK)
    stage = Stage.ROLLBACK if undoes else Stage.ESCALATE
    return case.evolve(stage=stage, why=why, queue="service-desk-l2", urgent=urgent, troubles=0, throttles=0)


def _ended(case: Case) -> str:
    return case.outcome if case.outcome != "open" else "escalated"
