"""What standing grants have to say about one execution of one step, as the gate is told it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from policy.decision import RuleRef
from policy.evidence.discharge import Discharge, HeldGrant
from policy.evidence.reservation import ReservationLog
from policy.request import AuthorizationRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Grants that may stand in for people, with what `policy.evidence` must know to say whether they do.

    `request` is what was decided on, `asked_by` the rules that ask each resolver, `owners` the owners of the grants who
    could be asked today, by resolver. `written_at` is set where they cover the undo of what was written under them at
    that time. The default is no grant at all.
    """

    request: AuthorizationRequest | None = None
    asked_by: Mapping[str, frozenset[RuleRef]] = field(default_factory=dict)
    execution_id: str = ""
    grants: tuple[HeldGrant, ...] = ()
    owners: Mapping[str, frozenset[str]] = field(default_factory=dict)
    written_at: datetime | None = None

    def is_reserved(self, grant_id: str) -> bool:
        """Whether a use of the grant is reserved for this very execution."""
        return any(
            one.claim_id == self.execution_id
            for held in self.grants
            if held.grant.id == grant_id and isinstance(held.uses, ReservationLog)
            for one in held.uses.reservations
        )

    def rules_met_in(self, reached: Discharge) -> set[RuleRef]:
        """Return the rules that ask only whom grants alone answer for: these are the rules that they were given for."""
        answered = {one.requirement.resolver for one in reached.tallies if one.grant_ids and not one.approver_ids}
        by_grants = {rule for resolver in answered for rule in self.asked_by.get(resolver, ())}
        by_people = {rule for resolver, rules in self.asked_by.items() if resolver not in answered for rule in rules}
        return by_grants - by_people


NO_STANDING: Final = Standing()
