"""Which requirements of a decided plan standing grants stand in for, so that nobody is asked for these.

A requirement that grants meet in every step that has it is not put to people. Nothing is reserved yet: right before
each write all of it is judged again (`agent/standing/use.py`). Grants that cannot be read stand in for nobody.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from agent.errors import NotAuthorizedError, PortError
from agent.gate import may_stand_in, reach
from agent.inquiry import request_for
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case
from agent.ports import Ports
from agent.standing.evidence import NO_STANDING, Standing
from agent.standing.kept import KeptGrant
from agent.standing.matching import execution_of, fit_owners, naming_all
from policy import Decision, Engine, Requirement, Verdict
from policy.evidence.question import asked_by

_log = logging.getLogger("remit.grants")


@dataclass(frozen=True, slots=True)
class Cover:
    """What grants do for a whole plan: which stand in for whom in which of its steps, and what people are asked yet."""

    steps: Mapping[str, tuple[int, ...]]
    missing: frozenset[Requirement]
    events: tuple[ActivityEvent, ...] = ()


async def cover_of(case: Case, *, engine: Engine, ports: Ports, now: datetime) -> Cover:
    """Return what standing grants do for the plan of a case all of whose steps are decided."""
    asking = {index: one for index, one in enumerate(case.decisions) if one.verdict is Verdict.APPROVAL}
    wanted = frozenset(requirement for one in asking.values() for requirement in one.requirements)
    uncovered = Cover({}, wanted)
    resolvers = {one.resolver for one in wanted if one.standing == "allowed"}
    assert case.plan is not None, "only a plan is decided"
    actions = {case.plan.steps[index].action for index in asking if may_stand_in(case.plan.steps[index])}
    if not resolvers or not actions or case.reaches_roles:
        return uncovered
    try:
        found = await _in_force(case, sorted(actions), resolvers=resolvers, ports=ports, now=now)
        if not found:
            return uncovered
        owners, events = await fit_owners(case, found.values(), ports=ports, now=now)
    except PortError as error:
        _log.warning("case %s: its standing grants cannot be read, so people are asked: %s", case.id, error)
        return uncovered
    standings = {
        index: _standing(case, index, decision=one, engine=engine, found=found, owners=owners, ports=ports, now=now)
        for index, one in asking.items()
    }
    return _cover(case, asking, standings=standings, found=found, events=events, now=now)


def _cover(
    case: Case,
    asking: Mapping[int, Decision],
    *,
    standings: Mapping[int, Standing],
    found: Mapping[str, KeptGrant],
    events: tuple[ActivityEvent, ...],
    now: datetime,
) -> Cover:
    """Leave out, again and again, what has too few uses left for all steps that would use it."""
    spent: frozenset[str] = frozenset()
    while True:
        left = {index: _without(one, spent) for index, one in standings.items()}
        reached = {index: reach(case, one, now=now, standing=left[index]) for index, one in asking.items()}
        uses = Counter(grant_id for one in reached.values() for grant_id in one.grant_ids)
        over = {grant_id for grant_id, count in uses.items() if count > _left(found[grant_id], case)}
        if not over:
            break
        spent |= over
    missing = frozenset(requirement for one in reached.values() for requirement in one.missing)
    # A requirement that people are asked for anyway needs no grant in any other step.
    asked = {one.resolver for one in missing}
    used = sorted(grant_id for grant_id in uses if found[grant_id].grant.discharges not in asked)
    steps = {one: tuple(index for index, it in reached.items() if one in it.grant_ids) for one in used}
    applied = tuple(_applied(found[one], steps[one], now=now) for one in used)
    return Cover(steps, missing, (*events, *applied))


def _applied(kept: KeptGrant, steps: tuple[int, ...], *, now: datetime) -> ActivityEvent:
    data = {
        "grant_id": kept.id,
        "owner_id": kept.owner_id,
        "resolver": kept.grant.discharges,
        "rules": [rule.id for rule in kept.grant.rules],
        "steps": list(steps),
    }
    return ActivityEvent(code=EventCode.GRANT_APPLIED, at=now, data=data)


async def _in_force(
    case: Case, actions: Iterable[str], *, resolvers: set[str], ports: Ports, now: datetime
) -> dict[str, KeptGrant]:
    found = [one for action in actions for one in await ports.grants.in_force(case.request.tenant_id, action, now=now)]
    return {one.id: one for one in found if one.grant.discharges in resolvers}


def _standing(
    case: Case,
    index: int,
    *,
    decision: Decision,
    engine: Engine,
    found: Mapping[str, KeptGrant],
    owners: Mapping[str, frozenset[str]],
    ports: Ports,
    now: datetime,
) -> Standing:
    assert case.plan is not None, "only a plan is decided"
    if not may_stand_in(case.plan.steps[index]):
        return NO_STANDING
    try:
        request = request_for(case, index, ports=ports, now=now)
    except NotAuthorizedError:
        return NO_STANDING
    return Standing(
        request=request,
        asked_by=asked_by(decision, engine.rules_of(decision)),
        execution_id=execution_of(case, index),
        grants=naming_all(found.values(), request),
        owners=owners,
    )


def _without(standing: Standing, spent: frozenset[str]) -> Standing:
    return replace(standing, grants=tuple(one for one in standing.grants if one.grant.id not in spent))


def _left(kept: KeptGrant, case: Case) -> int:
    mine = set(kept.executions_of(case.id))
    return kept.grant.max_uses - sum(one.claim_id not in mine for one in kept.uses.reservations)
