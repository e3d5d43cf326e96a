"""What is asked of people about one execution: what they would say yes to, who they are, and who never may.

Everything here was found out by platform code at this moment. Nothing is taken from an answer: who clicks does not
say for whom they answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from policy.decision import Decision, RuleRef, Verdict
from policy.request import AuthorizationRequest
from policy.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to people, as it stands at `now`. Object ids are compared in lower case.

    `digest` binds what is asked: evidence for another digest counts nothing. `approvers` maps each resolver to
    the people who answer for it today; a resolver that is absent has nobody. `excluded_ids` never count, beside
    the requester: who gains by the step, what it changes, the agent's own identity. An empty `requester_id` is
    a requester whom nobody knows, so nobody can be told apart from them and nobody counts.

    The last three are for standing grants, and without any of them no grant counts: the `request` that was decided;
    `asked_by`, from each resolver to the rules that ask it; `execution_id`, one execution of one step, which stays
    the same when it is tried again.

    Raises:
        ValueError: `now` has no time zone.
    """

    tenant_id: str
    digest: str
    requester_id: str
    excluded_ids: frozenset[str]
    approvers: Mapping[str, frozenset[str]]
    now: datetime
    request: AuthorizationRequest | None = None
    asked_by: Mapping[str, frozenset[RuleRef]] = field(default_factory=dict)
    execution_id: str = ""

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError(f"expected a time with its time zone, got `{self.now}`")

    def may_answer(self, person_id: str, *, resolver: str) -> bool:
        """Return whether this person's yes counts for `resolver`."""
        person = person_id.lower()
        barred = {one.lower() for one in (*self.excluded_ids, self.requester_id)}
        able = {one.lower() for one in self.approvers.get(resolver, ())}
        return bool(self.requester_id.strip() and person.strip()) and person in able and person not in barred


def asking_rules(decision: Decision) -> tuple[RuleRef, ...]:
    """Return the rules that ask for people in this decision, sorted and without repetition."""
    asking = {ref for layer in decision.layers if layer.verdict is Verdict.APPROVAL for ref in layer.rules}
    return tuple(sorted(asking))


def asked_by(decision: Decision, rules: Iterable[Rule]) -> dict[str, frozenset[RuleRef]]:
    """Return the rules of `decision` that ask each resolver. `rules` are those that decided, or more."""
    asking = set(asking_rules(decision))
    found: dict[str, frozenset[RuleRef]] = {}
    for rule in rules:
        for one in rule.requirements if rule.ref in asking else ():
            found[one.resolver] = found.get(one.resolver, frozenset()) | {rule.ref}
    return found
