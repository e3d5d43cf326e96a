"""Uses standing grants: a use of each for one execution, reserved before its write, and given back if there was none.

1. Before a step is written all is judged again: fresh facts, the grant as it stands, an owner who could be asked today.
   Then a use is reserved by compare-and-swap; without it the gate makes no permit. With the first step's use those of
   all further steps in which the grant stands in are reserved, all or none: no plan is left half done, put back and its
   grant suspended, because somebody else had the last use meanwhile.
2. What was written under a grant is put back under the same use, whatever became of the grant since.
3. A use is given back when the case is handed over, or closes, and the tenant certainly did not change by it. A worker
   that dies before leaves a use too many taken, never one too few.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from agent.errors import PortError
from agent.gate import may_stand_in, reach
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case
from agent.ports import Ports
from agent.standing.evidence import NO_STANDING, Standing
from agent.standing.kept import KeptGrant, released, reserved_all
from agent.standing.matching import by_resolver, execution_of, fit_owners, naming_all
from policy import AuthorizationRequest, Decision, Verdict
from policy.decision import RuleRef
from policy.evidence.discharge import HeldGrant

_log = logging.getLogger("remit.grants")

# From the reservation to the sending of the write at most: `agent/dispatch.py` allows 100 s before and 60 s after.
_WRITTEN_WITHIN: Final = timedelta(seconds=160)


@dataclass(frozen=True, slots=True)
class Use:
    """What grants say about one execution, their uses reserved, and the log entries of it."""

    standing: Standing = NO_STANDING
    events: tuple[ActivityEvent, ...] = ()


async def use_for(
    case: Case,
    decision: Decision,
    *,
    request: AuthorizationRequest,
    asked: Mapping[str, frozenset[RuleRef]],
    ports: Ports,
    now: datetime,
) -> Use:
    """Reserve a use of each grant that the current step of the case needs, by a decision of this moment (1).

    Raises:
        PortError: the grants cannot be read or changed now.
    """
    assert case.plan is not None, "only a step of a plan is executed"
    may = may_stand_in(case.plan.steps[case.step_index])
    if not case.grants or not may or decision.verdict is not Verdict.APPROVAL:
        return Use()
    found = {one.id: one for one in await _named(case, ports=ports)}
    owners, events = await fit_owners(case, found.values(), ports=ports, now=now)
    standing = Standing(
        request=request,
        asked_by=asked,
        execution_id=execution_of(case, case.step_index),
        grants=naming_all(found.values(), request),
        owners=owners,
    )
    for grant_id in reach(case, decision, now=now, standing=standing).grant_ids:
        wanted = _executions(case, grant_id)
        change = partial(reserved_all, execution_ids=wanted, now=now, execute_by=now + _WRITTEN_WITHIN)
        kept = await ports.grants.change(case.request.tenant_id, grant_id, to=change)
        if kept is None:
            continue
        found[grant_id] = kept
        if kept.is_reserved_for(standing.execution_id):
            events = (*events, _used(kept, case, now=now))
    return Use(replace(standing, grants=naming_all(found.values(), request)), events)


def _executions(case: Case, grant_id: str) -> tuple[str, ...]:
    """Return the execution of the current step, and those of the further steps in which the grant stands in."""
    further = [index for index in case.grant_steps.get(grant_id, ()) if index > case.step_index]
    return tuple(execution_of(case, index) for index in (case.step_index, *further))


def _used(kept: KeptGrant, case: Case, *, now: datetime) -> ActivityEvent:
    data = {
        "step": case.step_index,
        "grant_id": kept.id,
        "owner_id": kept.owner_id,
        "resolver": kept.grant.discharges,
        "rules": [rule.id for rule in kept.grant.rules],
        "uses": len(kept.uses.reservations),
        "max_uses": kept.grant.max_uses,
    }
    return ActivityEvent(code=EventCode.GRANT_USED, at=now, data=data)


async def use_for_undo(
    case: Case,
    *,
    request: AuthorizationRequest,
    asked: Mapping[str, frozenset[RuleRef]],
    written_at: datetime,
    ports: Ports,
) -> Standing:
    """Return the grants under which the current step was written, to put it back (2).

    Raises:
        PortError: the grants cannot be read now.
    """
    if not case.grants:
        return NO_STANDING
    execution_id = execution_of(case, case.step_index)
    used = [one for one in await _named(case, ports=ports) if one.is_reserved_for(execution_id)]
    return Standing(
        request=request,
        asked_by=asked,
        execution_id=execution_id,
        # As they were given: what ended since ends nothing that was done before.
        grants=tuple(HeldGrant(one.grant, one.uses) for one in used),
        owners=by_resolver(used),
        written_at=written_at,
    )


async def give_back_unneeded(case: Case, *, ports: Ports) -> None:
    """Give back the uses of steps of a case that ends well and that were so already (3), as far as it can be."""
    already = {index for index, effect in enumerate(case.effects) if effect == "already"}
    try:
        for kept in await _named(case, ports=ports) if already else ():
            free = [one for one in kept.executions_of(case.id) if _index_in(one, case) in already]
            if free:
                await ports.grants.change(case.request.tenant_id, kept.id, to=partial(released, execution_ids=free))
    except PortError as error:
        # A use too many is taken, and whoever asked must hear of the end all the same.
        _log.warning("case %s: uses of its standing grants cannot be given back: %s", case.id, error)


async def give_back(case: Case, *, ports: Ports) -> None:
    """Give back the uses that the case's steps have reserved and certainly did not need (3), as far as it can be."""
    try:
        await _give_back(case, ports=ports)
    except PortError as error:
        # A use too many is taken, and people must hear of the case all the same.
        _log.warning("case %s: uses of its standing grants cannot be given back: %s", case.id, error)


async def _give_back(case: Case, *, ports: Ports) -> None:
    for kept in await _named(case, ports=ports):
        free = [one for one in kept.executions_of(case.id) if _certainly_not_done(one, case, ports=ports)]
        if free:
            await ports.grants.change(case.request.tenant_id, kept.id, to=partial(released, execution_ids=free))


async def _named(case: Case, *, ports: Ports) -> list[KeptGrant]:
    """Return the grants that the case names, as they stand."""
    found = [await ports.grants.get(case.request.tenant_id, grant_id) for grant_id in case.grants]
    return [one for one in found if one is not None]


def _certainly_not_done(execution_id: str, case: Case, *, ports: Ports) -> bool:
    attempt = ports.attempts.of(_index_in(execution_id, case), "do")
    return attempt is None or (attempt.state == "not_done" and not attempt.is_doubtful)


def _index_in(execution_id: str, case: Case) -> int:
    """Return which step of the case an execution is about."""
    return int(execution_id.removeprefix(f"{case.id}-").partition("-")[0])
