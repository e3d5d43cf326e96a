"""What discharges the requirements of a decision: people who said yes, and standing grants that stand in for them.

Evidence never touches a verdict. It only says which requirements are met, and by whom:

1. A DENY has nothing to discharge and stays a DENY, whatever evidence there is.
2. A yes counts for a requirement if it is for this very question and this resolver, in time, unused, and from somebody
   who answers for the resolver today; the requester and who is excluded never count.
3. A standing grant counts as the yes of the person who gave it, where that yes would count (2), if it is alive, its
   pattern certainly matches, it has a use left, and only rules that it was given for ask; never where the
   requirement says `standing: never`.
4. A requirement is met by as many *different* people as it counts. Grants are used only where clicks are not
   enough, and then no more than needed.
5. An APPROVAL is open to execution when each of its requirements is met; one that asks nobody never is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from policy.decision import Decision, Requirement, Verdict
from policy.evidence.grant import StandingGrant
from policy.evidence.question import Question
from policy.evidence.reservation import Claim, ReservationLog, count
from policy.request import Unknown


@dataclass(frozen=True, slots=True)
class GivenApproval:
    """One person's yes to what `digest` binds, good from `answered_at` until just before `expires_at` (aware).

    `used`: what it allowed has been executed, so it allows nothing more. For whom the person answers is not said
    here: that is looked up. `resolvers` only narrows it to those for which this very yes was given; None does not.
    """

    digest: str
    approver_id: str
    answered_at: datetime
    expires_at: datetime
    used: bool = False
    resolvers: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant with the log of its uses; UNKNOWN when the log could not be read, and then it has no use left."""

    grant: StandingGrant
    uses: ReservationLog | Unknown


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that may speak for an execution. The default is none."""

    approvals: tuple[GivenApproval, ...] = ()
    grants: tuple[HeldGrant, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How one requirement stands: whose clicks count, and which grants would be used besides.

    Both are sorted. `grant_ids` is empty unless the grants are needed and together with the clicks enough.
    """

    requirement: Requirement
    approver_ids: tuple[str, ...]
    grant_ids: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        """Whether enough different people stand behind it."""
        return len(self.approver_ids) + len(self.grant_ids) >= self.requirement.count


@dataclass(frozen=True, slots=True)
class Discharge:
    """How the evidence meets a decision. `verdict` is the decision's own; `tallies` are sorted by requirement."""

    verdict: Verdict
    tallies: tuple[Tally, ...]

    @property
    def missing(self) -> tuple[Requirement, ...]:
        """The requirements that are not met. None are missing from a DENY, and it is still closed."""
        return tuple(one.requirement for one in self.tallies if not one.is_met)

    @property
    def approver_ids(self) -> tuple[str, ...]:
        """Everybody whose click counted, sorted."""
        return tuple(sorted({person for one in self.tallies for person in one.approver_ids}))

    @property
    def grant_ids(self) -> tuple[str, ...]:
        """The grants that are used if the execution goes on: reserve a use of each first."""
        return tuple(sorted({grant for one in self.tallies for grant in one.grant_ids}))

    @property
    def is_open(self) -> bool:
        """Whether the execution may go on."""
        # INVARIANT: "all of no requirements are met" would be a silent ALLOW of a DENY, or of a broken APPROVAL.
        if self.verdict is Verdict.APPROVAL:
            return bool(self.tallies) and not self.missing  # (5)
        return self.verdict is Verdict.ALLOW  # (1)


def discharge(decision: Decision, question: Question, *, evidence: Evidence) -> Discharge:
    """Return how `evidence` meets what `decision` requires. Pure: counting the use of grants is the caller's."""
    return Discharge(decision.verdict, tallies(decision.requirements, question, evidence=evidence))


def tallies(requirements: Iterable[Requirement], question: Question, *, evidence: Evidence) -> tuple[Tally, ...]:
    """Return how each requirement stands, sorted."""
    return tuple(tally(one, question, evidence=evidence) for one in sorted(requirements))


def tally(requirement: Requirement, question: Question, *, evidence: Evidence) -> Tally:
    """Return how one requirement stands."""
    counting = (one for one in evidence.approvals if approval_counts(one, requirement, question=question))
    clicks = {one.approver_id.lower() for one in counting}
    useful = [one.grant for one in evidence.grants if grant_counts(one, requirement, question=question)]
    spare = _one_of_each(grant for grant in useful if grant.granted_by not in clicks)
    wanted = requirement.count - len(clicks)
    used = spare[: max(wanted, 0)] if len(spare) >= wanted else ()  # (4)
    return Tally(requirement, tuple(sorted(clicks)), tuple(sorted(grant.id for grant in used)))


def approval_counts(approval: GivenApproval, requirement: Requirement, *, question: Question) -> bool:
    """Return whether this yes counts for `requirement` (2)."""
    return (
        approval.digest == question.digest
        and not approval.used
        and (approval.resolvers is None or requirement.resolver in approval.resolvers)
        and approval.answered_at <= question.now < approval.expires_at
        and question.may_answer(approval.approver_id, resolver=requirement.resolver)
    )


def grant_counts(held: HeldGrant, requirement: Requirement, *, question: Question) -> bool:
    """Return whether this grant may stand in for a click on `requirement` (3)."""
    return (
        requirement.standing == "allowed"
        and held.grant.discharges == requirement.resolver
        and held.grant.tenant_id == question.tenant_id.lower()
        and question.may_answer(held.grant.granted_by, resolver=requirement.resolver)
        and _is_alive(held.grant, question=question)
        and _is_for_the_same_rules(held.grant, question=question)
        and _has_a_use_left(held, question=question)
        and question.request is not None
        and held.grant.matches(question.request)
    )


def _is_alive(grant: StandingGrant, *, question: Question) -> bool:
    return not grant.revoked and grant.not_before <= question.now < grant.expires


def _is_for_the_same_rules(grant: StandingGrant, *, question: Question) -> bool:
    asking = question.asked_by.get(grant.discharges, frozenset())
    return bool(asking) and asking <= set(grant.rules)


def _has_a_use_left(held: HeldGrant, *, question: Question) -> bool:
    used = count(held.grant.cap, held.uses, claim=Claim(question.execution_id), now=question.now)
    return not isinstance(used, Unknown) and used <= held.grant.max_uses


def _one_of_each(grants: Iterable[StandingGrant]) -> tuple[StandingGrant, ...]:
    """Return one grant for each person, by the order of their ids, so that the choice is always the same."""
    by_person: dict[str, StandingGrant] = {}
    for grant in sorted(grants, key=lambda one: one.id):
        by_person.setdefault(grant.granted_by, grant)
    return tuple(by_person.values())
