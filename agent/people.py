"""Who may approve: from a resolver's name to people, looked up when asking, when somebody answers, and before writing.

Who could not answer is not asked (`agent.fitness`). Of a resolver with more people than `MAX_PEOPLE` the first ones by
object id are looked at, always the same; the log says how many there are. Every question to the tenant is asked once.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.created import plan_now, promised
from agent.fitness import GROUP, PEOPLE_OF_THE_STACK, RELATIONS, Examiner, Fitness, WhyNot, people_in
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import Asked
from agent.model.case import Case
from agent.model.mail_address import is_mail_address
from agent.model.plan import Step
from agent.notes import Notes
from agent.ports import Ports
from policy import Requirement

# As many as a group may have owners (Entra service limits). Each costs up to four questions, all of which stand in one
# entry of the log, and gets a card; where a hundred others could decide as well, nobody feels asked.
MAX_PEOPLE = 100

_IN_WORDS: dict[WhyNot, str] = {
    "own_request": "asked for it or is concerned, also by another account",
    "no_account": "has no account here",
    "disabled": "is disabled",
    "guest": "is a guest",
    "no_relation": "answers for something else today",
    "no_role": "holds no active directory role with which to do it without us",
    "unknown": "could not be looked up",
}


@dataclass(frozen=True, slots=True)
class Found:
    """Those who were looked at for a requirement, each judged, out of `candidates`; and the one log entry of it all.

    `names` are what the tenant calls them, by object id: foreign text. `mails` are their mail addresses, of those who
    have a plain one.
    """

    judged: tuple[Fitness, ...]
    candidates: int
    event: ActivityEvent
    names: Mapping[str, str]
    mails: Mapping[str, str]

    @property
    def people(self) -> tuple[str, ...]:
        """The object ids of those who can meet the requirement now."""
        return tuple(one.person_id for one in self.judged if one.is_fit)

    @property
    def one_account_each(self) -> tuple[str, ...]:
        """The same people by the first account of each human: two accounts of one human are one person."""
        return _one_account_each([one for one in self.judged if one.is_fit])

    @property
    def shortage(self) -> str:
        """Why others cannot, in words, for a hand-over; empty when there are no others."""
        counts = Counter(_IN_WORDS[one.why_not] for one in self.judged if not one.is_fit)
        said = [f"{count} of {self.candidates} {words}" for words, count in sorted(counts.items())]
        beyond = self.candidates - len(self.judged)
        said += [f"{beyond} of {self.candidates} are more than are looked at"] if beyond > 0 else []
        return "; ".join(said)


async def people_for(
    requirement: Requirement,
    case: Case,
    *,
    steps: Sequence[Step] | None = None,
    among: Collection[str] | None = None,
    notes: Notes | None = None,
    ports: Ports,
    now: datetime,
) -> Found:
    """Return who can meet a requirement now; with `among`, of these people only.

    `steps` are those that people in IT's name must be able to do themselves; without, all of the plan. With `notes`,
    what was asked this turn is not asked again.

    Raises:
        ThrottledError: Graph says to come back later.
    """
    assert case.plan is not None, "people approve a plan"
    notes = notes or Notes(ports, now=now, promises=promised(case, now=now))
    examiner = Examiner(case, requirement.resolver, case.plan.steps if steps is None else steps, ports.tenant, notes)
    if among is None:
        everybody = await _everybody(examiner)
        looked_at = [one for one in everybody if one not in examiner.excluded][:MAX_PEOPLE]
        await notes.ask(examiner.first_questions(looked_at))
    else:
        everybody, looked_at = sorted(among), sorted(among)
        await notes.ask([*examiner.relation_questions(looked_at), *examiner.first_questions(looked_at)])
    await notes.ask(examiner.second_questions(looked_at))
    left_out = [one for one in everybody if one in examiner.excluded and one not in looked_at][:MAX_PEOPLE]
    judged = (*(examiner.judge(one) for one in looked_at), *(Fitness(one, "own_request") for one in left_out))
    # One entry for all of them: with a hundred owners the entries of a turn would not fit into one transaction.
    data = {
        "resolver": requirement.resolver,
        "lookups": notes.take_unlogged(),
        "candidates": len(everybody),
        "approver_ids": [one.person_id for one in judged if one.is_fit],
        "unfit": [[one.person_id, one.why_not] for one in judged if not one.is_fit],
    }
    event = ActivityEvent(code=EventCode.APPROVERS_RESOLVED, at=now, data=data)
    profiles = {one.person_id: notes.facts("user.approver", one.person_id) or {} for one in judged if one.is_fit}
    names = {person: str(profile.get("displayName") or "") for person, profile in profiles.items()}
    mails = {person: profile["mail"] for person, profile in profiles.items() if is_mail_address(profile.get("mail"))}
    return Found(judged=judged, candidates=len(everybody), event=event, names=names, mails=mails)


async def with_fit_approvers(case: Case, *, ports: Ports, now: datetime) -> tuple[Case, tuple[ActivityEvent, ...]]:
    """Return the case as the gate should see it before its current step is written: with those of its approvers who
    could be asked about this step today, and one account of each human.

    Between the question and the write somebody may have left, lost a role, or no longer own the group. Who has not
    said yes opens no gate, so nobody else is looked up.
    """
    request = case.approval_request
    if request is None or case.plan is None:
        return case, ()
    notes = Notes(ports, now=now, promises=promised(case, now=now))
    steps = (plan_now(case).steps[case.step_index],)
    agreed = {(name, one.approver_id) for one in case.approvals if one.granted for name in one.resolvers}
    events: list[ActivityEvent] = []
    fit: list[Asked] = []
    for one in request.asked:
        # Not who agreed as something else only: of one human's two accounts the one whose yes it is must be left.
        among = [person for person in one.approver_ids if (one.requirement.resolver, person) in agreed]
        if not among:
            continue
        found = await people_for(one.requirement, case, steps=steps, among=among, notes=notes, ports=ports, now=now)
        events.append(found.event)
        if found.one_account_each:
            fit.append(Asked(requirement=one.requirement, approver_ids=found.one_account_each))
    narrowed = request.model_copy(update={"asked": tuple(fit)}) if fit else None
    return case.evolve(approval_request=narrowed), tuple(events)


async def _everybody(examiner: Examiner) -> list[str]:
    """Return who could meet the resolver, whoever they are, sorted."""
    resolver, notes = examiner.resolver, examiner.notes
    if resolver in PEOPLE_OF_THE_STACK:
        return sorted(set(examiner.tenant.people.get(resolver, ())))
    if resolver.startswith(GROUP):
        group_id = resolver.removeprefix(GROUP)
        await notes.ask([("group.people", group_id)])
        return sorted((notes.facts("group.people", group_id) or {}).get("people", ()))
    # INVARIANT: a resolver that nobody can resolve has no people, so the case is handed over, never let through.
    if resolver not in RELATIONS:
        return []
    questions = examiner.relation_questions([])
    await notes.ask(questions)
    # One answer for each: with several groups, or several people, it takes somebody whom all of them have.
    sets = [people_in(notes.facts(name, subject) or {}) for name, subject in questions]
    return sorted(set.intersection(*sets)) if sets else []


def _one_account_each(judged: Sequence[Fitness]) -> tuple[str, ...]:
    """Return of each human the first account, in the order given: two accounts of one human are one person."""
    humans: list[tuple[str, frozenset[str]]] = []
    for one in judged:
        same = [human for human in humans if human[1] & one.accounts]
        first = same[0][0] if same else one.person_id
        merged = one.accounts.union(*(accounts for _, accounts in same))
        humans = [human for human in humans if human not in same] + [(first, merged)]
    return tuple(first for first, _ in humans)
