"""Whether somebody may answer for a resolver now, with what is asked of the tenant to know it.

In this order; what cannot be told makes nobody fit:
1. whoever asked for the plan, gains by it or is changed by it answers nothing;
2. the account is there, enabled, and a member of the tenant;
3. no other account of the same human is one of (1) (`agent.same_person`);
4. the person is today what the resolver says: owner of each group, manager, named in the settings, in the group;
5. whoever answers in IT's name (`tenant_admin`, `security`, `oncall`, `group:<id>`) could make every change with
   their own rights (`agent.own_right`). The right of an owner and of a manager is to decide about what is theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.gate import excluded_approvers
from agent.model.case import Case
from agent.model.plan import Step
from agent.notes import Notes
from agent.own_right import further_questions, is_able, lacking, needs_of, role_questions, target_questions
from agent.port_values import TenantProfile
from agent.same_person import account_questions, accounts_of, identity_questions

# `answered`: with another account of the same human.
WhyNot = Literal["", "own_request", "no_account", "disabled", "guest", "no_relation", "answered", "no_role", "unknown"]

PEOPLE_OF_THE_STACK = ("tenant_admin", "security", "oncall")
GROUP = "group:"
# Resolvers whose people follow from the plan's objects, and the look-up that tells them.
RELATIONS = {"group_owner": "group.owners", "manager": "user.manager"}


@dataclass(frozen=True, slots=True)
class Fitness:
    """Whether a person may answer, and why not. `accounts` are all of that human's; `role_names` would do where
    a role is missing."""

    person_id: str
    why_not: WhyNot = ""
    accounts: frozenset[str] = frozenset()
    role_names: tuple[str, ...] = ()

    @property
    def is_fit(self) -> bool:
        """Whether the person may answer."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Examiner:
    """Judges people for one resolver and some steps of a case, from what `notes` holds."""

    case: Case
    resolver: str
    steps: Sequence[Step]
    tenant: TenantProfile
    notes: Notes

    @property
    def needs_role(self) -> bool:
        """Whether the resolver's people answer in IT's name (5)."""
        return self.resolver not in RELATIONS

    def first_questions(self, people: Sequence[str]) -> list[tuple[str, str]]:
        """Return what is asked of all `people` together, before anything is known."""
        asked = [pair for one in people for pair in identity_questions(one, self.tenant)]
        if self.needs_role:
            asked += target_questions(self.steps)
            asked += [pair for one in people for pair in role_questions(one)]
        return asked

    def second_questions(self, people: Sequence[str]) -> list[tuple[str, str]]:
        """Return what is asked then, of those of whom the first answers leave something open."""
        left = [one for one in people if self._in_good_standing(one) == ""]
        asked = [pair for one in left for pair in account_questions(one, self.notes, tenant=self.tenant)]
        if self.needs_role:
            needs = needs_of(self.steps, self.notes)
            asked += [pair for one in left for pair in further_questions(one, needs, notes=self.notes)]
        return asked

    def relation_questions(self, people: Sequence[str]) -> list[tuple[str, str]]:
        """Return what tells whether these very people are what the resolver says (4)."""
        if self.resolver in RELATIONS:
            return [(RELATIONS[self.resolver], subject) for subject in sorted(self._subjects())]
        if self.resolver.startswith(GROUP):
            return [("user.in_group", f"{self.resolver.removeprefix(GROUP)}/{one}") for one in people]
        return []

    def judge(self, person_id: str) -> Fitness:
        """Return how one person stands, once all questions were asked."""
        why_not: WhyNot = self._in_good_standing(person_id)
        accounts = accounts_of(person_id, self.notes, tenant=self.tenant)
        if not why_not and accounts is None:
            why_not = "unknown"
        if not why_not and accounts is not None and accounts & self.excluded:
            why_not = "own_request"
        if not why_not:
            related = self.is_related(person_id)
            why_not = "" if related else "no_relation" if related is False else "unknown"
        if why_not or not self.needs_role:
            return Fitness(person_id, why_not, accounts or frozenset())
        needs = needs_of(self.steps, self.notes)
        if is_able(person_id, needs, notes=self.notes):
            return Fitness(person_id, "", accounts or frozenset())
        missing = lacking(person_id, needs, notes=self.notes)
        if missing is None:
            return Fitness(person_id, "unknown", accounts or frozenset())
        return Fitness(person_id, "no_role", accounts or frozenset(), missing.role_names)

    @property
    def excluded(self) -> frozenset[str]:
        """Who never answers, whatever they are (1)."""
        return excluded_approvers(self.case)

    def is_related(self, person_id: str) -> bool | None:
        """Return whether the person is what the resolver says; None when that is not known (4)."""
        if self.resolver in PEOPLE_OF_THE_STACK:
            return person_id in self.tenant.people.get(self.resolver, ())
        if self.resolver in RELATIONS:
            states = {self._is_answered_for(subject, person_id) for subject in self._subjects()}
            return False if False in states or not states else None if None in states else True
        if self.resolver.startswith(GROUP):
            return self._is_within(self.resolver.removeprefix(GROUP), person_id)
        return False

    def _is_within(self, group_id: str, person_id: str) -> bool | None:
        listed = self.notes.facts("group.people", group_id)
        if listed is not None:
            return person_id in listed.get("people", ())
        asked = self.notes.facts("user.in_group", f"{group_id}/{person_id}")
        return None if asked is None else bool(asked.get("is_member", False))

    def _is_answered_for(self, subject: str, person_id: str) -> bool | None:
        facts = self.notes.facts(RELATIONS[self.resolver], subject)
        return None if facts is None else person_id in people_in(facts)

    def _subjects(self) -> set[str]:
        assert self.case.plan is not None, "approval is asked for a plan"
        # Of these steps, because an earlier one may have deleted its group; where they have none, of the whole plan.
        return _subjects_of(self.resolver, self.steps) or _subjects_of(self.resolver, self.case.plan.steps)

    def _in_good_standing(self, person_id: str) -> WhyNot:
        if person_id in self.excluded:
            return "own_request"
        seen = self.notes.of("user.approver", person_id)
        if seen is None or seen.state == "unknown":
            return "unknown"
        if seen.state == "absent":
            return "no_account"
        if seen.facts.get("accountEnabled") is not True:
            return "disabled" if seen.facts.get("accountEnabled") is False else "unknown"
        kind = seen.facts.get("userType")
        return "" if kind == "Member" else "guest" if kind == "Guest" else "unknown"


def _subjects_of(resolver: str, steps: Sequence[Step]) -> set[str]:
    if resolver == "group_owner":
        return {step.target.id for step in steps if step.target.kind == "group"}
    return {step.beneficiary_id for step in steps}


def people_in(facts: Mapping[str, Any]) -> set[str]:
    """Return the ids of those who answer for an object: a group's owners, or the one manager."""
    return {str(one["id"]) for one in facts.get("owners", [facts] if facts else [])}
