"""Wrong ways to count evidence, each a replacement of one part, and the laws that kill them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

import pytest

from policy.decision import Requirement
from policy.evidence import discharge as evidence
from policy.evidence import grant
from policy.evidence.discharge import Discharge, GivenApproval, HeldGrant, Tally
from policy.evidence.grant import StandingGrant
from policy.evidence.question import Question
from policy.predicate import Block
from policy.registry import check_fact
from policy.request import AuthorizationRequest, Unknown
from tests.policy.evidence_laws import LAWS
from tests.policy.evidence_worlds import WORLDS, is_unknown
from tests.policy.seeded import fails_somewhere

APPROVAL_COUNTS: Final = evidence.approval_counts
GRANT_COUNTS: Final = evidence.grant_counts
MAY_ANSWER: Final = Question.may_answer
CERTAINLY_HOLDS: Final = grant.certainly_holds
TALLY: Final = evidence.tally


def grant_lifts_deny(reached: Discharge) -> bool:
    """Whatever misses nothing is open; a DENY misses nothing."""
    return not reached.missing


def asks_nobody(reached: Discharge) -> bool:
    """An approval is open when none of its requirements is missing, also when it has none."""
    return reached.verdict.name != "DENY" and not reached.missing


def ignores_never(held: HeldGrant, requirement: Requirement, *, question: Question) -> bool:
    """A standing grant stands in everywhere."""
    return GRANT_COUNTS(held, replace(requirement, standing="allowed"), question=question)


def no_expiry(one: StandingGrant, *, question: Question) -> bool:
    """A grant has a beginning and no end."""
    return not one.revoked and one.not_before <= question.now


def no_beginning(one: StandingGrant, *, question: Question) -> bool:
    """A grant counts before it is in force."""
    return not one.revoked and question.now < one.expires


def no_revocation(one: StandingGrant, *, question: Question) -> bool:
    """A revoked grant goes on."""
    return one.not_before <= question.now < one.expires


def no_uses(held: HeldGrant, *, question: Question) -> bool:
    """Uses are not counted."""
    return True


def unreadable_uses_are_none(held: HeldGrant, *, question: Question) -> bool:
    """A log of uses that cannot be read counts as empty."""
    return is_unknown(held.uses) or HAS_A_USE_LEFT(held, question=question)


HAS_A_USE_LEFT: Final = evidence._has_a_use_left


def no_policy_pin(one: StandingGrant, *, question: Question) -> bool:
    """A grant outlives an edit of the rules that it was given for."""
    return bool(question.asked_by.get(one.discharges))


def one_rule_is_enough(one: StandingGrant, *, question: Question) -> bool:
    """A grant counts if it was given for one of the rules that ask."""
    return not question.asked_by.get(one.discharges, frozenset()).isdisjoint(one.rules)


def self_approval(question: Question, person_id: str, *, resolver: str) -> bool:
    """The requester may approve if they answer for the resolver."""
    return MAY_ANSWER(replace(question, requester_id="somebody"), person_id, resolver=resolver)


def excluded_people_answer(question: Question, person_id: str, *, resolver: str) -> bool:
    """Only the requester is barred."""
    return MAY_ANSWER(replace(question, excluded_ids=frozenset()), person_id, resolver=resolver)


def anybody_answers(question: Question, person_id: str, *, resolver: str) -> bool:
    """Whoever answers for any resolver answers for all, also who no longer owns the group."""
    everybody = frozenset({person_id, *(one for some in question.approvers.values() for one in some)})
    return MAY_ANSWER(replace(question, approvers={resolver: everybody}), person_id, resolver=resolver)


def digest_not_checked(one: GivenApproval, requirement: Requirement, *, question: Question) -> bool:
    """A yes counts for whatever is asked next."""
    return APPROVAL_COUNTS(replace(one, digest=question.digest), requirement, question=question)


def a_yes_never_expires(one: GivenApproval, requirement: Requirement, *, question: Question) -> bool:
    """A yes has no end."""
    lasting = replace(one, expires_at=question.now + question.now.resolution)
    return APPROVAL_COUNTS(lasting, requirement, question=question)


def a_yes_counts_twice(one: GivenApproval, requirement: Requirement, *, question: Question) -> bool:
    """A yes that was used allows the next execution too."""
    return APPROVAL_COUNTS(replace(one, used=False), requirement, question=question)


def other_tenants_grant(held: HeldGrant, requirement: Requirement, *, question: Question) -> bool:
    """A grant counts in every tenant."""
    return GRANT_COUNTS(held, requirement, question=replace(question, tenant_id=held.grant.tenant_id))


def one_is_enough(one: Tally) -> bool:
    """One yes meets a requirement for two."""
    return bool(one.approver_ids or one.grant_ids)


def same_person_twice(grants: Iterable[StandingGrant]) -> tuple[StandingGrant, ...]:
    """Two grants of one person count as two people."""
    return tuple(sorted(grants, key=lambda one: one.id))


def uses_all_grants(requirement: Requirement, question: Question, *, evidence: evidence.Evidence) -> Tally:
    """Every grant that matches is used, whether it is needed or not."""
    counting = [one for one in evidence.grants if GRANT_COUNTS(one, requirement, question=question)]
    reached = TALLY(requirement, question, evidence=evidence)
    return replace(reached, grant_ids=tuple(sorted({*reached.grant_ids, *(one.grant.id for one in counting)})))


def unknown_matches(when: Block, request: AuthorizationRequest) -> bool:
    """A condition of a grant over an unknown fact holds."""
    known = {name for name, value in request.facts.items() if not isinstance(check_fact(name, value), Unknown)}
    rest = tuple(one for one in when.predicates if one[0] in known)
    return not rest or CERTAINLY_HOLDS(Block(rest), request)


def pattern_not_looked_at(when: Block, request: AuthorizationRequest) -> bool:
    """A grant covers every request for its action."""
    return True


# Each mutant: the part it replaces, itself, and laws that must each notice it. The first six are the design's.
MUTANTS: Final[tuple[tuple[object, str, Callable[..., Any], tuple[str, ...]], ...]] = (
    (Discharge, "is_open", grant_lifts_deny, ("G1",)),
    (evidence, "grant_counts", ignores_never, ("G2",)),
    (evidence, "_is_alive", no_expiry, ("G3",)),
    (evidence, "_has_a_use_left", no_uses, ("G3",)),
    (evidence, "_is_for_the_same_rules", no_policy_pin, ("G3",)),
    (Question, "may_answer", self_approval, ("G4",)),
    (Discharge, "is_open", asks_nobody, ("G1",)),
    (evidence, "_is_alive", no_beginning, ("G3",)),
    (evidence, "_is_alive", no_revocation, ("G3",)),
    (evidence, "_has_a_use_left", unreadable_uses_are_none, ("G3",)),
    (evidence, "_is_for_the_same_rules", one_rule_is_enough, ("G3",)),
    (Question, "may_answer", excluded_people_answer, ("G4",)),
    (Question, "may_answer", anybody_answers, ("G7",)),
    (evidence, "approval_counts", digest_not_checked, ("G5",)),
    (evidence, "approval_counts", a_yes_never_expires, ("G5",)),
    (evidence, "approval_counts", a_yes_counts_twice, ("G5",)),
    (evidence, "grant_counts", other_tenants_grant, ("G5",)),
    (Tally, "is_met", one_is_enough, ("G7",)),
    (evidence, "_one_of_each", same_person_twice, ("G2", "G7")),
    (evidence, "tally", uses_all_grants, ("G7", "G9")),
    (grant, "certainly_holds", unknown_matches, ("G6", "G8")),
    (grant, "certainly_holds", pattern_not_looked_at, ("G8",)),
)
PAIRS: Final = [(whole, part, mutant, law) for whole, part, mutant, laws in MUTANTS for law in laws]


def _notices(law: str) -> bool:
    """Whether `law` fails on some world with the code as it is patched now."""
    return fails_somewhere(lambda world: LAWS[law](evidence.discharge, world), WORLDS, tries=3000)


@pytest.mark.parametrize(
    ("whole", "part", "mutant", "law"), PAIRS, ids=[f"{mutant.__name__}-{law}" for _, _, mutant, law in PAIRS]
)
def test_a_seeded_mutant_of_the_evidence_is_killed(
    whole: object, part: str, mutant: Callable[..., Any], law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_property = isinstance(getattr(whole, part), property)
    monkeypatch.setattr(whole, part, property(mutant) if is_property else mutant)
    assert _notices(law)


def test_all_six_mutants_of_the_design_are_seeded_and_sixteen_more() -> None:
    names = [mutant.__name__ for _, _, mutant, _ in MUTANTS]
    six = {"grant_lifts_deny", "ignores_never", "no_expiry", "no_uses", "no_policy_pin", "self_approval"}
    assert six <= set(names) and len(set(names)) == 22
