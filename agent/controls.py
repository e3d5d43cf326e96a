"""What people's orders do to a case: pause, resume and stop. Pure: the loop saves what comes out.

1. A pause keeps the case's place. What was sent is still read back; nothing else of it moves until it is resumed.
2. A stop is final. A case that changed something is put back by the ordinary rollback, then it is handed over.
3. An order on a tenant or on the stack bites right before a write (`agent.dispatch`), one on a case at once: it is
   saved under the case's ETag, so a worker that has not begun its write yet can begin it no more.
4. Putting back is writing too: a stop lets it happen, a pause holds it.

No order opens anything: what it leaves is decided, permitted and recorded as ever.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from agent.errors import OrderRefusedError
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.control import Control
from agent.ports import Turn

# What a pause holds. Reading back is not held, nor is handing over and closing what has ended.
_HELD: Final = frozenset(
    {
        *(Stage.INVESTIGATE, Stage.PLAN, Stage.CLARIFY, Stage.AUTHORIZE, Stage.APPROVE),
        *(Stage.EXECUTE, Stage.ROLLBACK),
    }
)
_ENDING: Final = frozenset({Stage.ESCALATE, Stage.CLOSE, Stage.CLOSED})
# Here a write may be under way, so the stage itself finds out what became of it before the case is turned round.
_FINDS_OUT: Final = frozenset({Stage.EXECUTE, Stage.VERIFY, Stage.ROLLBACK})

_CODES = {
    "running": EventCode.CONTROL_RESUMED,
    "paused": EventCode.CONTROL_PAUSED,
    "stopped": EventCode.CONTROL_STOPPED,
}


def entry_of(control: Control, *, now: datetime) -> ActivityEvent:
    """Return the log entry that says who ordered what, and why."""
    data = {
        "scope": control.scope,
        "subject": control.subject,
        "by": control.by,
        "why": control.why,
        "ordered_at": control.at.isoformat(),
    }
    return ActivityEvent(code=_CODES[control.state], at=now, data=data)


def withholding(controls: Sequence[Control], *, is_rollback: bool) -> Control | None:
    """Return the order that forbids a write now, or None: of several a stop, which ends what a pause only holds.

    What is put back is forbidden by a pause only (4).
    """
    stopped = None if is_rollback else next((one for one in controls if one.state == "stopped"), None)
    return stopped or next((one for one in controls if one.state == "paused"), None)


def is_at_rest(case: Case) -> bool:
    """Whether the case was paused itself and waits for whoever resumes it, not for a time."""
    return case.is_paused and case.stage in _HELD


def pause(case: Case, control: Control, *, now: datetime) -> Turn:
    """Return the case as it waits from now on.

    Raises:
        OrderRefusedError: it has ended, or was stopped.
    """
    _require_at_work(case)
    return Turn(case.evolve(control=control), events=(entry_of(control, now=now),))


def resume(case: Case, control: Control, *, now: datetime) -> Turn:
    """Return the case as it goes on from where it is.

    Raises:
        OrderRefusedError: it is not paused, or it waits for its tenant or the stack, or it was stopped.
    """
    _require_at_work(case)
    if case.control is None and case.held_by is not None:
        raise OrderRefusedError(f"the case waits because {case.held_by.sentence}: resume that instead")
    if case.control is None:
        raise OrderRefusedError("the case is not paused, so there is nothing to resume")
    return Turn(case.evolve(control=None), events=(entry_of(control, now=now),))


def stop(case: Case, control: Control, *, now: datetime) -> Turn:
    """Return the case on its way to its end: put back if it changed something, and handed over (2).

    Raises:
        OrderRefusedError: it has ended, or was stopped before.
    """
    _require_at_work(case)
    # A case that waits for its tenant waits no longer: what it changed is put back once that may be written, and one
    # that changed nothing needs no write to end.
    marked = case.evolve(control=control, held_by=None)
    stopped = marked if case.stage in _FINDS_OUT else turned_round(marked, control.sentence)
    return Turn(stopped, events=(entry_of(control, now=now),))


def cancel(case: Case, control: Control, *, answer: str, now: datetime) -> Turn:
    """Return the case on its way to its end because its requester wants it no more. No people take over.

    Raises:
        OrderRefusedError: it is being written, or was, so only its own end shows what is in effect; or it has ended.
    """
    _require_at_work(case)
    if case.stage in _FINDS_OUT or case.effects:
        raise OrderRefusedError("the case is under way, so its requester cannot end it any more")
    ended = case.evolve(control=control, held_by=None, stage=Stage.CLOSE, outcome="refused", queue="")
    return Turn(ended.evolve(why=control.sentence, answer=answer), events=(entry_of(control, now=now),))


def hold(case: Case, control: Control, *, now: datetime, events: tuple[ActivityEvent, ...]) -> Turn:
    """Return the case as it waits before a write for the pause of its tenant or the stack to end.

    It is overdue from the first, so every sweep looks whether it may go on.
    """
    return Turn(case.evolve(held_by=control), events=(*events, entry_of(control, now=now)), waits_until=now)


def let_go(turn: Turn, control: Control | None, *, now: datetime) -> Turn:
    """Return the turn of a case that was held from above, first of all saying who let it go on, if anybody did."""
    goes_on = control is not None and control.state == "running" and turn.case.held_by is None
    return replace(turn, events=(entry_of(control, now=now), *turn.events)) if control and goes_on else turn


def turned_round(case: Case, why: str) -> Case:
    """Return the case on its way back, or to people if it changed nothing. Only for a step that has not begun."""
    stage = Stage.ROLLBACK if case.has_changed_something else Stage.ESCALATE
    return case.evolve(stage=stage, why=why, queue="service-desk-l2", outcome="open", answer="")


def never_half_done(before: Case, turn: Turn) -> Turn:
    """Return a turn that ends a plan before its next step as one that puts back what was done.

    A plan that people changed half way is authorized again. If it is refused, or nobody answers, the steps before
    must not stay in effect alone.
    """
    ends = before.stage in (Stage.AUTHORIZE, Stage.APPROVE) and turn.case.stage in (Stage.ESCALATE, Stage.CLOSE)
    if not ends or not turn.case.has_changed_something:
        return turn
    return replace(turn, case=turned_round(turn.case, turn.case.why))


def _require_at_work(case: Case) -> None:
    if case.stage in _ENDING:
        raise OrderRefusedError("the case has ended: it is being handed over or closed, or is closed already")
    if case.is_stopped and case.control is not None:
        raise OrderRefusedError(f"nothing can be ordered any more: {case.control.sentence}")
