"""Authorize: decide every step of the plan with fresh facts; the strictest verdict routes the case.

A plan of many steps is decided over several turns, and routed once all of it is decided.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from agent.created import promised
from agent.denials import is_frozen, must_hear_of, team_after
from agent.errors import NotAuthorizedError
from agent.gate import asking_rules, rules_digest
from agent.inquiry import Judged, judge_steps
from agent.lookups.quoting import is_object_id
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import ApprovalRequest, Asked, approval_id_for
from agent.model.briefing import Briefing
from agent.model.case import Case, Stage
from agent.model.observation import Observation
from agent.notes import Notes
from agent.people import people_for
from agent.ports import Ports, Turn
from agent.present_state import look_at
from agent.standing.cover import cover_of
from agent.standing.remembering import with_precedents
from policy import Requirement, Verdict
from policy.explanation.employee import for_employee
from policy.explanation.sentences import reason
from policy.explanation.why import Explanation

Standing = Literal["allowed", "never"]

# Each decision is logged with up to eleven look-ups, and one turn saves at most 100 rows.
STEPS_A_TURN = 8
# A rule with many conditions says much; a card has room for the beginning.
_BECAUSE_CHARS = 400


async def authorize(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Allow, ask people, refuse or hand over.

    An explicit deny of any step refuses the whole plan. A layer in which nothing matched hands over: no policy
    means no action, but a person may know better than a policy that does not exist yet.
    """
    assert case.plan is not None, "a case reaches authorize only with a plan"
    first, count = len(case.decisions), len(case.plan.steps)
    if first == count:
        return await _route(case, ports, now=now, events=[])
    last = min(first + STEPS_A_TURN, count)
    try:
        judged = await judge_steps(case, range(first, last), ports=ports, now=now)
    except NotAuthorizedError as refusal:
        return Turn(case.evolve(stage=Stage.ESCALATE, why=str(refusal), queue="security"))
    events = list(judged.seen.events)
    decided = case.with_seen(judged.seen.observations).evolve(
        decisions=(*case.decisions, *judged.decisions),
        written_as=(*case.written_as[:first], *(one.label for one in judged.actors)),
        reaches_roles=(first > 0 and case.reaches_roles) or _reaches_roles(case, range(first, last), judged=judged),
        briefing=_briefed(case, judged),
        concerned={**case.concerned, **_concerned(case, judged.seen.observations)},
        approval_request=None,
        approval_asked=False,
        approvals=(),
    )
    if judged.denial is not None:
        return _denied(decided, judged.denial, events=events)
    if last - first < count:
        # The look-ups of those who are asked need room too, so a long plan is routed in a turn of its own.
        return Turn(decided, events=tuple(events))
    return await _route(decided, ports, now=now, events=events)


async def _route(case: Case, ports: Ports, *, now: datetime, events: list[ActivityEvent]) -> Turn:
    """Execute when every decision allows or standing grants stand in for all who are asked, else ask the others."""
    engine = await ports.policy.engine(case.request.tenant_id)
    if any(one.bundle_digest != engine.bundle_digest for one in case.decisions):
        # Two policies never decide one plan: after a publication in between it is decided from its first step.
        return Turn(case.evolve(decisions=()), events=tuple(events))
    asking = [engine.approval_seconds(one) for one in case.decisions if one.verdict is Verdict.APPROVAL]
    if not asking:
        return Turn(case.evolve(stage=Stage.EXECUTE), events=tuple(events))
    cover = await cover_of(case, engine=engine, ports=ports, now=now)
    case, events = case.with_grants(cover.steps).evolve(grant_steps=dict(cover.steps)), [*events, *cover.events]
    if not cover.missing:
        return Turn(case.evolve(stage=Stage.EXECUTE), events=tuple(events))
    seconds = min(ports.tenant.approval_seconds, *asking)
    lives_for = timedelta(seconds=seconds)
    turn = await _ask_people(case, ports, missing=cover.missing, now=now, events=events, lives_for=lives_for)
    asked, briefing = turn.case.approval_request, turn.case.briefing
    if asked is None or briefing is None:
        return turn
    told = await with_precedents(turn.case, briefing, asked=asked.asked, engine=engine, ports=ports, now=now)
    return replace(turn, case=turn.case.evolve(briefing=told))


def _denied(case: Case, denial: Explanation, *, events: list[ActivityEvent]) -> Turn:
    why = reason(denial)
    if denial.is_explicit:
        # The requester learns what kind of reason it is, not the rule and not what is known about anybody.
        tell = must_hear_of(denial) or case.then_queue
        return Turn(case.refused(why, answer=for_employee(denial), tell=tell), events=tuple(events))
    frozen = "such changes are frozen at this time: " if is_frozen(denial) else ""
    handed = case.evolve(stage=Stage.ESCALATE, why=f"{frozen}{why}", queue=team_after(denial))
    return Turn(handed, events=tuple(events))


async def _ask_people(
    case: Case,
    ports: Ports,
    *,
    missing: frozenset[Requirement],
    now: datetime,
    events: list[ActivityEvent],
    lives_for: timedelta,
) -> Turn:
    if nobody := _unknown_person(case):
        why = f"who `{nobody}` is cannot be told, so it cannot be told either who may approve"
        return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"), events=tuple(events))
    requirements = _strictest(missing)
    rules = tuple(sorted({rule for decision in case.decisions for rule in asking_rules(decision)}))
    assert case.plan is not None, "people are asked about a plan"
    notes = Notes(ports, now=now, promises=promised(case, now=now))
    asked: list[Asked] = []
    names: dict[str, str] = {}
    mails: dict[str, str] = {}
    for requirement in requirements:
        found = await people_for(requirement, case, steps=case.plan.steps, notes=notes, ports=ports, now=now)
        events.append(found.event)
        if len(found.one_account_each) < requirement.count:
            needed = f"`{requirement.resolver}` x{requirement.count}"
            why = f"approval by {needed} is needed, but only {len(found.one_account_each)} can give it"
            why += f" ({found.shortage})" if found.shortage else ""
            return Turn(case.evolve(stage=Stage.ESCALATE, why=why, queue="service-desk-l2"), events=tuple(events))
        asked.append(Asked(requirement=requirement, approver_ids=found.people))
        names.update(found.names)
        mails.update(found.mails)
    look = await look_at(case.plan, ports, now=now)
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
        "reads": [list(one) for one in look.reads],
    }
    events.append(ActivityEvent(code=EventCode.APPROVAL_ASKED, at=now, data=data))
    told = {"names": names, "mails": mails, "present": look.present}
    briefing = (case.briefing or Briefing()).model_copy(update=told)
    asking = case.evolve(stage=Stage.APPROVE, approval_request=request, briefing=briefing)
    return Turn(asking, events=tuple(events))


def _briefed(case: Case, judged: Judged) -> Briefing:
    """Return what is told with a question about the steps decided so far and those just `judged`."""
    known = case.briefing if case.decisions and case.briefing is not None else Briefing()
    # The first step for which a rule asked tells why; a plan of hundreds has one reason a rule.
    because = {**judged.because, **known.because}
    return Briefing(because={rule: why[:_BECAUSE_CHARS] for rule, why in because.items()})


def _reaches_roles(case: Case, indexes: range, *, judged: Judged) -> bool:
    """Whether one of these steps changes a group that can hold roles, which a group is from its beginning or never."""
    assert case.plan is not None, "only a plan is decided"
    groups = [case.plan.steps[index].target.kind == "group" for index in indexes]
    known = [one.facts.get("target.is_role_assignable") is False for one in judged.requests]
    return any(is_group and not is_none for is_group, is_none in zip(groups, known, strict=True))


def _unknown_person(case: Case) -> str:
    """Return an address in the plan of which it was not learned whose it is, or nothing."""
    assert case.plan is not None, "people are asked about a plan"
    named = {step.other_person for step in case.plan.steps if step.other_person and not is_object_id(step.other_person)}
    return next((one for one in sorted(named) if one not in case.concerned), "")


def _concerned(case: Case, observations: Mapping[str, Observation]) -> dict[str, str]:
    """Return whose the addresses in the plan are, as far as these look-ups told: an empty id when nobody's here."""
    assert case.plan is not None, "a plan names people"
    found = {}
    for step in case.plan.steps:
        seen = observations.get(f"user.get:{step.other_person}")
        if seen is not None and seen.state != "unknown":
            found[step.other_person] = str(seen.facts.get("id", ""))
    return found


def _strictest(requirements: frozenset[Requirement]) -> tuple[Requirement, ...]:
    """Merge equal resolvers across steps: the highest count, and `never` beats `allowed`."""
    merged: dict[str, Requirement] = {}
    for one in sorted(requirements):
        had = merged.get(one.resolver, one)
        standing: Standing = "never" if "never" in (one.standing, had.standing) else "allowed"
        merged[one.resolver] = Requirement(one.resolver, max(one.count, had.count), standing)
    return tuple(merged[name] for name in sorted(merged))
