"""Authorize: decide every step of the plan with fresh facts; the strictest verdict routes the case."""

from datetime import datetime, timedelta
from typing import Literal

from agent.errors import NotAuthorizedError
from agent.gate import asking_rules, rules_digest
from agent.inquiry import judge_steps
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import ApprovalRequest, Asked, approval_id_for
from agent.model.case import Case, Stage
from agent.people import people_for
from agent.ports import Ports, Turn
from policy import Requirement, Verdict
from policy.explanation.employee import for_employee
from policy.explanation.sentences import reason
from policy.explanation.why import Explanation

Standing = Literal["allowed", "never"]


async def authorize(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Allow, ask people, refuse or hand over.

    An explicit deny refuses. A layer in which nothing matched hands over: no policy means no action, but a
    person may know better than a policy that does not exist yet.
    """
    assert case.plan is not None, "a case reaches authorize only with a plan"
    try:
        judged = await judge_steps(case, range(len(case.plan.steps)), ports=ports, now=now)
    except NotAuthorizedError as refusal:
        return Turn(case.evolve(stage=Stage.ESCALATE, why=str(refusal), queue="security"))
    events = list(judged.seen.events)
    decided = case.evolve(
        seen=dict(judged.seen.observations),
        decisions=judged.decisions,
        approval_request=None,
        approval_asked=False,
        approvals=(),
    )
    if judged.denial is not None:
        return _denied(decided, judged.denial, events=events)
    if all(one.verdict is Verdict.ALLOW for one in judged.decisions):
        return Turn(decided.evolve(stage=Stage.EXECUTE), events=tuple(events))
    seconds = min(ports.tenant.approval_seconds, judged.approval_seconds or ports.tenant.approval_seconds)
    return await _ask_people(decided, ports, now=now, events=events, lives_for=timedelta(seconds=seconds))


def _denied(case: Case, denial: Explanation, *, events: list[ActivityEvent]) -> Turn:
    why = reason(denial)
    if denial.is_explicit:
        # The requester learns what kind of reason it is, not the rule and not what is known about anybody.
        refused = case.evolve(stage=Stage.CLOSE, outcome="refused", why=why, answer=for_employee(denial))
        return Turn(refused, events=tuple(events))
    return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"), events=tuple(events))


async def _ask_people(
    case: Case, ports: Ports, *, now: datetime, events: list[ActivityEvent], lives_for: timedelta
) -> Turn:
    requirements = _strictest({one for decision in case.decisions for one in decision.requirements})
    rules = tuple(sorted({rule for decision in case.decisions for rule in asking_rules(decision)}))
    asked: list[Asked] = []
    for requirement in requirements:
        people, seen_events = await people_for(requirement, case, ports=ports, now=now)
        events.extend(seen_events)
        if len(people) < requirement.count:
            needed = f"`{requirement.resolver}` x{requirement.count}"
            why = f"approval by {needed} is needed, but only {len(people)} can give it"
            return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"), events=tuple(events))
        asked.append(Asked(requirement=requirement, approver_ids=people))
    request = ApprovalRequest(
        id=approval_id_for(case.id, ports.ids.new()),
        plan_digest=case.plan_digest,
        rules_digest=rules_digest(rules),
        rules=rules,
        asked=tuple(asked),
        asked_at=now,
        expires_at=now + lives_for,
    )
    data = {
        "approval_id": request.id,
        "plan_digest": request.plan_digest,
        "rules": [rule.id for rule in rules],
        "asked": [{"resolver": one.requirement.resolver, "approver_ids": list(one.approver_ids)} for one in asked],
    }
    events.append(ActivityEvent(code=EventCode.APPROVAL_ASKED, at=now, data=data))
    return Turn(case.evolve(stage=Stage.APPROVE, approval_request=request), events=tuple(events))


def _strictest(requirements: set[Requirement]) -> tuple[Requirement, ...]:
    """Merge equal resolvers across steps: the highest count, and `never` beats `allowed`."""
    merged: dict[str, Requirement] = {}
    for one in sorted(requirements):
        had = merged.get(one.resolver, one)
        standing: Standing = "never" if "never" in (one.standing, had.standing) else "allowed"
        merged[one.resolver] = Requirement(one.resolver, max(one.count, had.count), standing)
    return tuple(merged[name] for name in sorted(merged))
