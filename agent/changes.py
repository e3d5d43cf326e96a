"""Changing a plan before it runs: one step is rebuilt from the catalogue or dropped, and all is decided anew.

What it refuses: a step that was begun, a change for somebody else than the step was for, and an empty plan. Approvals
are void, but for one thing: putting back what came into effect under them stays covered (`Case.with_cover`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from agent.actions import UnknownActionError, parse_step
from agent.errors import OrderRefusedError
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.control import MAX_NAME, MAX_WHY
from agent.model.frozen import Frozen
from agent.model.plan import Plan, Step, summary_of
from agent.model.receipt import Attempt
from agent.ports import Turn

_CHANGEABLE: Final = frozenset({Stage.AUTHORIZE, Stage.APPROVE, Stage.EXECUTE})
_ENDED: Final = frozenset({Stage.ESCALATE, Stage.CLOSE, Stage.CLOSED})
_SUMMARY_CHARS: Final = 2_000


class Change(Frozen):
    """What somebody wants otherwise: parameters of one step (counted from 0) with new values, or the step dropped."""

    step_index: int = Field(ge=0)
    params: dict[str, Any] = {}
    drop: bool = False
    by: str = Field(min_length=1, max_length=MAX_NAME)
    why: str = Field(min_length=1, max_length=MAX_WHY)


def modify(case: Case, change: Change, *, attempts: Sequence[Attempt], now: datetime) -> Turn:
    """Return the case with its plan changed, on its way to be authorized again, without its approvals.

    A paused case stays paused.

    Raises:
        OrderRefusedError: the plan, the step or the change does not allow it; the message says what to do instead.
    """
    plan = _plan_of(case)
    _require_not_begun(case, change, attempts=attempts)
    steps = list(plan.steps)
    if change.drop:
        del steps[change.step_index]
    else:
        steps[change.step_index] = _rebuilt(steps[change.step_index], change.params)
    if len(steps) <= case.step_index:
        raise OrderRefusedError("nothing would be left to do: stop the case instead")
    changed = case.with_cover().evolve(
        stage=Stage.AUTHORIZE,
        plan=plan.model_copy(update={"steps": tuple(steps), "summary": summary_of(tuple(steps))[:_SUMMARY_CHARS]}),
        # Of steps in effect the decision is history; all others are decided anew.
        decisions=case.decisions[: len(case.effects)],
        approval_request=None,
        approval_asked=False,
        approvals=(),
        # Whose sign-in was awaited for the old plan is asked about the new one like everybody else.
        sign_in_of=(),
        why="" if case.sign_in_of else case.why,
    )
    return Turn(changed, events=(_entry(changed, change, now=now),))


def _plan_of(case: Case) -> Plan:
    if case.stage in _ENDED:
        raise OrderRefusedError(f"this case cannot be changed: it has ended, and stands at `{case.stage.value}`")
    if case.is_stopped or case.stage not in _CHANGEABLE or case.plan is None:
        raise OrderRefusedError(
            f"a plan can be changed between planning and its last write, and this case stands at "
            f"`{case.stage.value}`: if a write is being read back, pause the case and ask again"
        )
    return case.plan


def _require_not_begun(case: Case, change: Change, *, attempts: Sequence[Attempt]) -> None:
    assert case.plan is not None, "checked by the caller"
    number, count = change.step_index + 1, len(case.plan.steps)
    if change.step_index >= count:
        raise OrderRefusedError(f"expected a step from 1 to {count}, got {number}")
    if change.step_index < case.step_index:
        raise OrderRefusedError(f"step {number} was begun already: stop the case instead, which puts it back")
    if any(one.step_index == case.step_index for one in attempts):
        # With its index the fate of that write would pass to another step.
        raise OrderRefusedError(f"step {case.step_index + 1} was tried and is not settled: ask again when it is")


def _rebuilt(step: Step, params: Mapping[str, Any]) -> Step:
    if not params:
        raise OrderRefusedError("expected parameters to change, or to drop the step, got neither")
    # A name belongs to the id beside it: with another id the old name would be a lie.
    stale = {name for name in step.params if name.endswith("_name") and f"{name[:-5]}_id" in params}
    kept = {name: value for name, value in step.params.items() if name not in stale}
    try:
        rebuilt = parse_step(step.action, {**kept, **params})
    except UnknownActionError as problem:
        raise OrderRefusedError(str(problem)) from None
    if rebuilt.beneficiary_id != step.beneficiary_id:
        raise OrderRefusedError("a change must be for the same person: stop the case, and let it be asked for anew")
    return rebuilt


def _entry(changed: Case, change: Change, *, now: datetime) -> ActivityEvent:
    assert changed.plan is not None, "a changed case has a plan"
    data = {
        "step": change.step_index,
        "dropped": change.drop,
        # Values may be names of people; the digest binds them, and the plan shows them while the case is open.
        "changed": [] if change.drop else sorted(change.params),
        "plan_digest": changed.plan_digest,
        "by": change.by,
        "why": change.why,
    }
    return ActivityEvent(code=EventCode.CONTROL_MODIFIED, at=now, data=data)
