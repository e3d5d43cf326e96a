"""Remembers what people approved, so that they are told when they are asked for the same again.

1. With a question stand the terms that a grant could be about, and who of those asked approved the same before.
2. When the case closes and all went well, each yes is remembered, once a case.
3. A no of theirs, something that went wrong after their yes, or the end of a grant by which it did: the same terms are
   forgotten, and are counted from the start.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Final

from agent.errors import DamagedError, NotAuthorizedError, PortError
from agent.gate import may_stand_in
from agent.inquiry import request_for
from agent.model.approval import Approval, Asked
from agent.model.briefing import Briefing
from agent.model.case import Case
from agent.model.precedent import Precedent, Terms
from agent.ports import Ports
from agent.standing.habits import Sighting, known_as, with_approval, without
from agent.standing.kept import KeptGrant
from agent.standing.mining import precedent_for, terms_of
from policy import AuthorizationRequest, Engine
from policy.evidence.grant import StandingGrant, certainly_holds
from policy.evidence.question import asked_by
from policy.predicate import Block

_log = logging.getLogger("remit.grants")

#: Of more people than these nobody's history is read: a question to so many is nobody's habit.
MAX_READ: Final = 25


async def with_precedents(
    case: Case, briefing: Briefing, *, asked: Iterable[Asked], engine: Engine, ports: Ports, now: datetime
) -> Briefing:
    """Return what is told with a question, with its terms and who approved them before (1); unread is never."""
    terms = _terms(case, asked=asked, engine=engine, ports=ports, now=now)
    by_person = {one: [it for it in asked if one in it.approver_ids] for it in asked for one in it.approver_ids}
    by_resolver = {one.resolver: one for one in terms}
    told = {
        person: by_resolver[mine[0].requirement.resolver]
        for person, mine in by_person.items()
        if len(mine) == 1 and mine[0].requirement.resolver in by_resolver
    }
    found: dict[str, Precedent] = {}
    if len(told) <= MAX_READ:
        try:
            looked = await asyncio.gather(
                *(_precedent(case, one, terms=told[one], ports=ports, now=now) for one in told)
            )
            found = {one: it for one, it in zip(told, looked, strict=True) if it is not None}
        except PortError as error:
            _log.warning("case %s: what its approvers approved before cannot be read: %s", case.id, error)
    return briefing.model_copy(update={"terms": terms, "precedents": found})


async def remember(case: Case, *, ports: Ports, now: datetime) -> None:
    """Remember what people approved in a case that is about to close well (2), and forget what somebody refused (3).

    Raises:
        PortError: it cannot be stored now; done again, it counts once.
    """
    went_well = case.went_well and set(case.effects) == {"verified"} and not case.covers
    for answer, mine in _answers(case):
        if not answer.granted:
            await _forget(case.request.tenant_id, answer.approver_id, mine=mine, ports=ports)
        elif went_well:
            await _count(case, answer, mine=mine, ports=ports, now=now)


async def forget_failed(case: Case, *, ports: Ports) -> None:
    """Forget what led to a case that people take over after something was written, or was to be (3).

    Raises:
        PortError: it cannot be stored now.
    """
    if not ports.attempts.all():
        return
    for answer, mine in _answers(case):
        await _forget(case.request.tenant_id, answer.approver_id, mine=mine, ports=ports)
    for grant_id in case.grants:
        kept = await _grant(case, grant_id, ports=ports)
        if kept is not None and (kept.state, kept.case_id) == ("suspended", case.id):
            await forget_like(kept.grant, ports=ports)


def _answers(case: Case) -> Iterator[tuple[Approval, list[Terms]]]:
    """Yield each answer to the case's last question, with the terms that it was about."""
    terms, asked = case.briefing.terms if case.briefing else (), case.approval_request
    for one in case.approvals:
        mine = [it for it in terms if it.resolver in one.resolvers]
        if asked is not None and one.request_id == asked.id and mine:
            yield one, mine


async def _grant(case: Case, grant_id: str, *, ports: Ports) -> KeptGrant | None:
    try:
        return await ports.grants.get(case.request.tenant_id, grant_id)
    except DamagedError:
        # It discharges nothing as it is, and must not keep the case open.
        return None


async def forget_like(grant: StandingGrant, *, ports: Ports) -> None:
    """Forget what the owner of a grant approved of all that it covers, because it ended with something wrong (3).

    Raises:
        PortError: it cannot be stored now.
    """
    is_over = partial(_covers, grant)
    await ports.grants.habits.change(grant.tenant_id, grant.granted_by, to=partial(without, is_over=is_over))


def _terms(case: Case, *, asked: Iterable[Asked], engine: Engine, ports: Ports, now: datetime) -> tuple[Terms, ...]:
    plan = case.plan
    if plan is None or len(plan.steps) != 1 or len(case.decisions) != 1 or not may_stand_in(plan.steps[0]):
        return ()
    may = {one.requirement.resolver for one in asked if one.requirement.standing == "allowed"}
    if not may:
        return ()
    (step,), (decision,) = plan.steps, case.decisions
    try:
        request = request_for(case, 0, ports=ports, now=now)
    except NotAuthorizedError:
        return ()
    rules = asked_by(decision, engine.rules_of(decision))
    found = (terms_of(step, request, resolver=one, rules=rules[one]) for one in sorted(may & rules.keys()))
    return tuple(one for one in found if one is not None)


async def _precedent(case: Case, person_id: str, *, terms: Terms, ports: Ports, now: datetime) -> Precedent | None:
    habits = await ports.grants.habits.get(case.request.tenant_id, person_id)
    return precedent_for(habits, terms, requester_id=case.requester_id, now=now)


async def _count(case: Case, approval: Approval, *, mine: list[Terms], ports: Ports, now: datetime) -> None:
    assert case.plan is not None, "what was approved is a plan"
    tenant_id = case.request.tenant_id
    sighting = Sighting(
        case_id=case.id,
        asker=known_as(tenant_id, case.requester_id),
        whom=known_as(tenant_id, case.plan.steps[0].beneficiary_id),
        at=now,
    )
    for terms in mine:
        to = partial(with_approval, terms=terms, sighting=sighting)
        await ports.grants.habits.change(tenant_id, approval.approver_id, to=to)


async def _forget(tenant_id: str, person_id: str, *, mine: list[Terms], ports: Ports) -> None:
    await ports.grants.habits.change(tenant_id, person_id, to=partial(without, is_over=lambda it: it in mine))


def _covers(grant: StandingGrant, terms: Terms) -> bool:
    """Whether a grant covers these terms, or would for some people: who asks and who gains is no term."""
    if terms.action not in grant.actions or terms.resolver != grant.discharges:
        return False
    values = {name: frozenset(it) if isinstance(it, tuple) else it for name, it in terms.values.items()}
    named = Block(tuple(one for one in grant.when.predicates if one[0] in values))
    return certainly_holds(named, AuthorizationRequest(terms.action, values))
