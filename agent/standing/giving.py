"""Giving a standing grant: what may be offered to whom on one question, and the grant that a person's choice makes.

1. It is offered to a person who answers exactly one requirement of the question, where every rule that asks for it says
   `standing: allowed`, for a plan of one step at which a grant may ever stand in (`agent/gate.py`, rule 7).
2. The pattern is made of the facts that the plan was decided on (`agent/standing/patterns.py`); the person chooses one
   of two at most, an end and a number of uses, and writes nothing. What they approved before is proposed first, in
   place of the one for the same who (`agent/standing/mining.py`): as it was told with the question, while it holds.
3. The grant is saved inside of the person's approval, in one write with it. It comes in force with the first turn that
   executes: when all who were asked have agreed. Its id is made of the question and the person, so that whatever is
   clicked twice, or done again after a crash, is the same grant.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from agent.errors import NotAuthorizedError, PolicyUnavailableError, PortError
from agent.gate import excluded_approvers, may_stand_in
from agent.inquiry import request_for
from agent.model.approval import Approval
from agent.model.case import Case
from agent.model.frozen import Frozen
from agent.model.plan import Step
from agent.model.precedent import Precedent
from agent.ports import Ports, Turn
from agent.standing.kept import KeptGrant, given_entry, grant_id_for, newly_given
from agent.standing.mining import pattern_of, still_holds, terms_of
from agent.standing.patterns import Pattern, PatternName, patterns_for
from policy import AuthorizationRequest, Decision, DocumentError, RuleRef
from policy.evidence.approve_always import grant_for
from policy.evidence.grant import MAX_GRANT_DAYS, StandingGrant, certainly_holds, parse_grant
from policy.evidence.question import Question, asked_by
from policy.evidence.reservation import MAX_RESERVATIONS

#: What is chosen if nothing else is.
DEFAULT_DAYS: Final = 30
DEFAULT_USES: Final = 10

_NOT_OFFERED: Final = "This cannot be approved beforehand; please approve it once."
_CHANGED: Final = "The policy has changed since you were asked; please approve it once."


class Choice(Frozen):
    """What a person chooses of a grant that is offered to them."""

    pattern: PatternName
    days: int = Field(default=DEFAULT_DAYS, ge=1, le=MAX_GRANT_DAYS)
    uses: int = Field(default=DEFAULT_USES, ge=1, le=MAX_RESERVATIONS)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person may give a grant for: one step, decided on `request`, asked of `resolver` by `rules`."""

    case: Case
    person_id: str
    step: Step
    request: AuthorizationRequest
    decision: Decision
    resolver: str
    rules: tuple[RuleRef, ...]
    patterns: tuple[Pattern, ...]
    precedent: Precedent | None = None


@dataclass(frozen=True, slots=True)
class NoOffer:
    """Why a person can give no grant here, as they are told."""

    problem: str


def may_be_offered(case: Case, person_id: str) -> bool:
    """Whether the button is worth showing to this person (1); what is offered is found out when it is pressed."""
    return _resolver_for(case, person_id) is not None


class Giving:
    """Offers grants and makes them. `ports_for` gives a tenant's policy and settings."""

    def __init__(self, *, ports_for: Callable[[str], Awaitable[Ports]]) -> None:
        self._ports_for = ports_for

    async def offer(self, case: Case, person_id: str) -> Offer | NoOffer:
        """Return what this person may give a grant for on the case's open question (1), (2)."""
        resolver = _resolver_for(case, person_id)
        if resolver is None or case.plan is None or case.approval_request is None:
            return NoOffer(_NOT_OFFERED)
        ports = await self._ports_for(case.request.tenant_id)
        (step,), (decision,) = case.plan.steps, case.decisions
        try:
            engine = await ports.policy.engine(case.request.tenant_id)
            # What was seen when it was asked, at that time: the very facts that the decision was made on.
            request = request_for(case, 0, ports=ports, now=case.approval_request.asked_at)
        except (NotAuthorizedError, PolicyUnavailableError):
            return NoOffer(_NOT_OFFERED)
        if engine.bundle_digest != decision.bundle_digest:
            return NoOffer(_CHANGED)
        rules = tuple(sorted(asked_by(decision, engine.rules_of(decision)).get(resolver, ())))
        patterns = patterns_for(step, request)
        if not rules or not patterns:
            return NoOffer(_NOT_OFFERED)
        offer = Offer(case, person_id, step, request, decision, resolver, rules, patterns)
        return await _with_precedent(offer, ports=ports, now=case.approval_request.asked_at)

    async def added(self, case: Case, approval: Approval, *, choice: Choice) -> Approval | NoOffer:
        """Return a person's approval with the grant of their choice inside (3), or why there can be none."""
        offer = await self.offer(case, approval.approver_id)
        if isinstance(offer, NoOffer):
            return offer
        pattern = next((one for one in offer.patterns if one.name == choice.pattern), None)
        if pattern is None:
            return NoOffer(_NOT_OFFERED)
        try:
            grant = _grant(offer, pattern, choice=choice, approval=approval)
        except DocumentError:
            return NoOffer(_NOT_OFFERED)
        return approval.model_copy(update={"grant": grant.canonical_json()})


async def _with_precedent(offer: Offer, *, ports: Ports, now: datetime) -> Offer:
    """Return the offer with what the person approved before first, if they were told so and it still holds."""
    case = offer.case
    precedent = case.briefing.precedents.get(offer.person_id) if case.briefing else None
    terms = terms_of(offer.step, offer.request, resolver=offer.resolver, rules=offer.rules)
    if precedent is None or terms is None:
        return offer
    try:
        habits = await ports.grants.habits.get(case.request.tenant_id, offer.person_id)
    except PortError:
        return offer
    when = pattern_of(precedent, terms, requester_id=case.requester_id)
    holds = still_holds(precedent, habits, terms=terms, requester_id=case.requester_id, now=now)
    if not holds or not certainly_holds(when, offer.request):
        return offer
    others = tuple(one for one in offer.patterns if one.name != precedent.who)
    return replace(offer, patterns=(Pattern("seen", when), *others), precedent=precedent)


def _grant(offer: Offer, pattern: Pattern, *, choice: Choice, approval: Approval) -> StandingGrant:
    question = Question(
        tenant_id=offer.case.request.tenant_id,
        digest=approval.plan_digest,
        requester_id=offer.case.requester_id,
        excluded_ids=excluded_approvers(offer.case),
        approvers={offer.resolver: frozenset({offer.person_id})},
        now=approval.answered_at,
        request=offer.request,
        asked_by={offer.resolver: frozenset(offer.rules)},
    )
    return grant_for(
        offer.decision,
        question,
        grant_id=grant_id_for(approval.request_id, approval.approver_id),
        granted_by=approval.approver_id,
        discharges=offer.resolver,
        when=pattern.when,
        expires=approval.answered_at + timedelta(days=choice.days),
        max_uses=choice.uses,
    )


def _resolver_for(case: Case, person_id: str) -> str | None:
    """Return for whom this person answers, if that is one requirement and a grant may stand in for it."""
    asked = case.approval_request
    if asked is None or case.plan is None or len(case.plan.steps) != 1 or len(case.decisions) != 1:
        return None
    mine = [one.requirement for one in asked.asked if person_id in one.approver_ids]
    may = may_stand_in(case.plan.steps[0]) and not case.reaches_roles and person_id not in excluded_approvers(case)
    return mine[0].resolver if may and len(mine) == 1 and mine[0].standing == "allowed" else None


def grant_in(approval: Approval) -> StandingGrant | None:
    """Return the grant that was given with an approval, or None if there was none.

    Raises:
        DocumentError: what stands there is no grant.
    """
    if not approval.grant:
        return None
    data = json.loads(approval.grant)
    return parse_grant(data, source="the grant in an approval", catalogue=frozenset(data["actions"]))


def given_with(case: Case) -> tuple[KeptGrant, ...]:
    """Return the grants that were given with the case's approvals and are not in force by it yet."""
    found = [grant for one in case.approvals if one.granted and (grant := grant_in(one)) is not None]
    return tuple(newly_given(one, case_id=case.id) for one in found if one.id not in case.grants)


async def put_in_force(case: Case, given: tuple[KeptGrant, ...], *, ports: Ports, now: datetime) -> Turn:
    """Keep the grants that were given with the case; the turn names them in it (3).

    Raises:
        StorageError: one could not be kept; the turn is tried again, and finds those that were.
    """
    kept = [await ports.grants.give(one, entry=given_entry) for one in given]
    return Turn(case.with_grants(one.id for one in kept), events=tuple(given_entry(one) for one in kept))
