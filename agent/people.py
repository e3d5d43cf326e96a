"""Who may approve: from a resolver's name to people, looked up when asking and again before writing."""

from datetime import datetime

from agent.gate import excluded_approvers
from agent.inquiry import look_up
from agent.model.activity_event import ActivityEvent
from agent.model.approval import Asked
from agent.model.case import Case
from agent.model.observation import Observation
from agent.ports import Ports
from policy import Requirement

_PEOPLE_OF_THE_STACK = ("tenant_admin", "security", "oncall")


async def with_fit_approvers(case: Case, *, ports: Ports, now: datetime) -> tuple[Case, tuple[ActivityEvent, ...]]:
    """Return the case as the gate should see it: with only those approvers who could be asked today.

    Between the question and the write somebody may have left, or no longer own the group.
    """
    request = case.approval_request
    if request is None:
        return case, ()
    events: list[ActivityEvent] = []
    fit: list[Asked] = []
    for one in request.asked:
        people, looked = await people_for(one.requirement, case, ports=ports, now=now)
        events.extend(looked)
        remaining = tuple(person for person in one.approver_ids if person in people)
        if remaining:
            fit.append(Asked(requirement=one.requirement, approver_ids=remaining))
    narrowed = request.model_copy(update={"asked": tuple(fit)}) if fit else None
    return case.evolve(approval_request=narrowed), tuple(events)


async def people_for(
    requirement: Requirement, case: Case, *, ports: Ports, now: datetime
) -> tuple[tuple[str, ...], tuple[ActivityEvent, ...]]:
    """Return the object ids of those who can meet a requirement now, and the log entries of the look-ups.

    The requester, beneficiaries and targets are never among them, nor is a guest, a disabled account or
    anybody who cannot be looked up.
    """
    candidates, events = await _candidates(requirement.resolver, case, ports=ports, now=now)
    excluded = excluded_approvers(case)
    allowed = tuple(person for person in candidates if person not in excluded)
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
