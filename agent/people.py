"""Who may approve: from a resolver's name to people, looked up when asking and again before writing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.gate import excluded_approvers
from agent.inquiry import look_up
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import Asked
from agent.model.case import Case
from agent.model.observation import Observation
from agent.ports import Ports
from policy import Requirement

_PEOPLE_OF_THE_STACK = ("tenant_admin", "security", "oncall")

# Resolvers that read the tenant, and the look-up of it.
_LOOKUP_OF = {"group_owner": "group.owners", "manager": "user.manager"}


@dataclass(frozen=True, slots=True)
class Found:
    """The object ids of those who can meet a requirement now, and the one log entry of the look-ups it took.

    `names` are what the tenant calls them, by object id: foreign text.
    """

    people: tuple[str, ...]
    event: ActivityEvent
    names: Mapping[str, str]


async def with_fit_approvers(case: Case, *, ports: Ports, now: datetime) -> tuple[Case, tuple[ActivityEvent, ...]]:
    """Return the case as the gate should see it: with only those of its approvers who could be asked today.

    Between the question and the write somebody may have left, or no longer own the group. Who has not said yes
    opens no gate, so nobody else is looked up.
    """
    request = case.approval_request
    if request is None:
        return case, ()
    agreed = frozenset(one.approver_id for one in case.approvals if one.granted)
    events: list[ActivityEvent] = []
    fit: list[Asked] = []
    for one in request.asked:
        found = await people_for(one.requirement, case, among=agreed, ports=ports, now=now)
        events.append(found.event)
        remaining = tuple(person for person in one.approver_ids if person in found.people)
        if remaining:
            fit.append(Asked(requirement=one.requirement, approver_ids=remaining))
    narrowed = request.model_copy(update={"asked": tuple(fit)}) if fit else None
    return case.evolve(approval_request=narrowed), tuple(events)


async def people_for(
    requirement: Requirement, case: Case, *, among: frozenset[str] | None = None, ports: Ports, now: datetime
) -> Found:
    """Return those who can meet a requirement now; with `among`, only those of them.

    The requester, beneficiaries and targets are never among them, nor is a guest, a disabled account or
    anybody who cannot be looked up.
    """
    candidates, sources = await _candidates(requirement.resolver, case, ports=ports, now=now)
    excluded = excluded_approvers(case)
    allowed = [person for person in candidates if person not in excluded and (among is None or person in among)]
    # A disabled account, a guest or somebody who cannot be looked up approves nothing.
    looked = await look_up([("user.get", person) for person in allowed], ports, now=now)
    profiles = looked.observations
    good = tuple(person for person in allowed if _in_good_standing(profiles[f"user.get:{person}"]))
    # One entry for all of them: with a hundred owners the entries of a turn would not fit into one transaction.
    data = {
        "resolver": requirement.resolver,
        "lookups": [_asked(one) for one in (*sources, *profiles.values())],
        "approver_ids": list(good),
    }
    names = {person: str(profiles[f"user.get:{person}"].facts.get("displayName") or "") for person in good}
    event = ActivityEvent(code=EventCode.APPROVERS_RESOLVED, at=now, data=data)
    return Found(people=good, event=event, names=names)


async def _candidates(
    resolver: str, case: Case, *, ports: Ports, now: datetime
) -> tuple[tuple[str, ...], tuple[Observation, ...]]:
    """Return who could meet a resolver, and what was read to know it."""
    if resolver in _PEOPLE_OF_THE_STACK:
        return ports.tenant.people.get(resolver, ()), ()
    # INVARIANT: a resolver that nobody can resolve has no people, so the case is handed over, never let through.
    if resolver not in _LOOKUP_OF:
        return (), ()
    questions = [(_LOOKUP_OF[resolver], subject) for subject in sorted(_subjects(resolver, case))]
    seen = tuple((await look_up(questions, ports, now=now)).observations.values())
    # One answer for each: with several groups, or several people, it takes somebody whom all of them have.
    sets = [_ids(one) for one in seen]
    return (tuple(sorted(set.intersection(*sets))) if sets else ()), seen


def _subjects(resolver: str, case: Case) -> set[str]:
    assert case.plan is not None, "approval is asked for a plan"
    if resolver == "group_owner":
        return {step.target.id for step in case.plan.steps if step.target.kind == "group"}
    return {step.beneficiary_id for step in case.plan.steps}


def _ids(seen: Observation) -> set[str]:
    if seen.state != "known":
        return set()
    people: Iterable[dict[str, object]] = seen.facts.get("owners", [seen.facts])
    return {str(one["id"]) for one in people}


def _asked(seen: Observation) -> list[str]:
    """Return a look-up as the log keeps it: its name, its subject, which is an id, what came of it, Graph's own id."""
    return [seen.lookup, seen.subject, seen.state, seen.request_id]


def _in_good_standing(seen: Observation) -> bool:
    facts = seen.facts
    return seen.state == "known" and facts.get("accountEnabled") is True and facts.get("userType") == "Member"
