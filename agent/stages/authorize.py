"""Authorize: decide every step of the plan with fresh facts; the strictest verdict routes the case."""

from datetime import datetime, timedelta
from typing import Literal

from agent.gate import asking_rules, excluded_approvers, rules_digest
from agent.inquiry import judge_step, look_up
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import ApprovalRequest, Asked, approval_id_for
from agent.model.case import Case, Stage
from agent.model.observation import Observation
from agent.ports import Ports, Turn
from policy import Decision, Requirement, Verdict, sentence

Standing = Literal["allowed", "never"]

_PEOPLE_OF_THE_STACK = ("tenant_admin", "security", "oncall")


async def authorize(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Allow, ask people, refuse or hand over.

    An explicit deny refuses. A layer in which nothing matched hands over: no policy means no action, but a
    person may know better than a policy that does not exist yet.
    """
    assert case.plan is not None, "a case reaches authorize only with a plan"
    decisions: list[Decision] = []
    events: list[ActivityEvent] = []
    seconds = [ports.tenant.approval_seconds]
    for index in range(len(case.plan.steps)):
        judged = await judge_step(case, index, ports=ports, now=now, is_rollback=False)
        case = case.evolve(seen=dict(judged.seen.observations))
        decisions.append(judged.decision)
        seconds += [judged.approval_seconds] if judged.approval_seconds else []
        events.extend(judged.seen.events)
    decided = case.evolve(decisions=tuple(decisions), approval_request=None, approval_asked=False, approvals=())
    match min(one.verdict for one in decisions):
        case Verdict.DENY:
            return _denied(decided, events)
        case Verdict.ALLOW:
            return Turn(decided.evolve(stage=Stage.EXECUTE), events=tuple(events))
    return await _ask_people(decided, ports, now=now, events=events, lives_for=timedelta(seconds=min(seconds)))


def _denied(case: Case, events: list[ActivityEvent]) -> Turn:
    denied = next(one for one in case.decisions if one.verdict is Verdict.DENY)
    why = sentence(denied)
    rules = [rule.id for one in denied.layers if one.verdict is Verdict.DENY for rule in one.rules]
    if rules:
        # The requester learns which rule it was, not what is known about anybody.
        answer = f"Policy does not allow this request ({', '.join(rules)}). A technician can tell you more."
        refused = case.evolve(stage=Stage.CLOSE, outcome="refused", why=why, answer=answer)
        return Turn(refused, events=tuple(events))
    return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"), events=tuple(events))


async def _ask_people(
    case: Case, ports: Ports, *, now: datetime, events: list[ActivityEvent], lives_for: timedelta
) -> Turn:
    requirements = _strictest({one for decision in case.decisions for one in decision.requirements})
    rules = tuple(sorted({rule for decision in case.decisions for rule in asking_rules(decision)}))
    asked: list[Asked] = []
    for requirement in requirements:
        people, seen_events = await _people_for(requirement, case, ports=ports, now=now)
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


async def _people_for(
    requirement: Requirement, case: Case, *, ports: Ports, now: datetime
) -> tuple[tuple[str, ...], tuple[ActivityEvent, ...]]:
    candidates, events = await _candidates(requirement.resolver, case, ports=ports, now=now)
    allowed = tuple(person for person in candidates if person not in excluded_approvers(case))
    # A disabled account, a guest or somebody who cannot be looked up approves nothing.
    looked = await look_up([("user.get", person) for person in allowed], ports, now=now)
    good = tuple(person for person in allowed if _in_good_standing(looked.observations[f"user.get:{person}"]))
    return good, (*events, *looked.events)


async def _candidates(
    resolver: str, case: Case, *, ports: Ports, now: datetime
) -> tuple[tuple[str, ...], tuple[ActivityEvent, ...]]:
    if resolver in _PEOPLE_OF_THE_STACK:
        return ports.tenant.people.get(resolver, ()), ()
    assert case.plan is not None, "approval is asked for a plan"
    if resolver == "group_owner":
        groups = {step.target.id for step in case.plan.steps if step.target.kind == "group"}
        questions = [("group.owners", group) for group in sorted(groups)]
        # One owner per group: with several groups the people must own all of them.
        looked = await look_up(questions, ports, now=now)
        owners = [_ids(one, "owners") for one in looked.observations.values()]
        return tuple(sorted(set.intersection(*owners))) if owners else (), looked.events
    if resolver == "manager":
        people = {step.beneficiary_id for step in case.plan.steps}
        looked = await look_up([("user.manager", person) for person in sorted(people)], ports, now=now)
        managers = [{str(one.facts["id"])} if one.state == "known" else set() for one in looked.observations.values()]
        return tuple(sorted(set.intersection(*managers))) if managers else (), looked.events
    # INVARIANT: a resolver that nobody can resolve has no people, so the case is handed over, never let through.
    return (), ()


def _ids(seen: Observation, field: str) -> set[str]:
    return {str(one["id"]) for one in seen.facts.get(field, [])} if seen.state == "known" else set()


def _in_good_standing(seen: Observation) -> bool:
    facts = seen.facts
    return seen.state == "known" and facts.get("accountEnabled") is True and facts.get("userType") == "Member"


def _strictest(requirements: set[Requirement]) -> tuple[Requirement, ...]:
    """Merge equal resolvers across steps: the highest count, and `never` beats `allowed`."""
    merged: dict[str, Requirement] = {}
    for one in sorted(requirements):
        had = merged.get(one.resolver, one)
        standing: Standing = "never" if "never" in (one.standing, had.standing) else "allowed"
        merged[one.resolver] = Requirement(one.resolver, max(one.count, had.count), standing)
    return tuple(merged[name] for name in sorted(merged))
