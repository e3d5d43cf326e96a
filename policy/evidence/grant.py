"""A standing grant ("Approve Always"): one person's yes, given beforehand, for cases that look alike.

A grant is a record beside the policy, never a rule in it. It stands in for one click of the person who gave it, and
for nothing else: where that person could not click, or one click is not enough, the grant does not help either.
It ends by itself: every grant has an end and a number of uses, and dies when a rule that asks is added or edited.
"""

from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo, field_validator

from policy.canonical import canonical_json
from policy.compile import conjunctions_of
from policy.complaint import in_document_order, plain_json, problems_in
from policy.decision import RuleRef
from policy.document import RuleDocument
from policy.errors import DocumentError, Problem
from policy.evidence.reservation import MAX_RESERVATIONS, Cap
from policy.field import Id, Patterns, Resolver, When, Written, actions_matching, lowered
from policy.moment import Moment
from policy.predicate import Block
from policy.registry import checked_facts
from policy.request import AuthorizationRequest
from policy.rule import Truth

# After a quarter of a year nobody remembers what was granted to whom, so it is asked again.
MAX_GRANT_DAYS: Final = 90


def _sorted_rules(rules: tuple[RuleRef, ...]) -> tuple[RuleRef, ...]:
    if len({rule.id for rule in rules}) != len(rules):
        raise ValueError("expected each rule once, got one of them twice")
    return tuple(sorted(rules))


def _is_digest(rules: tuple[RuleRef, ...]) -> tuple[RuleRef, ...]:
    for rule in rules:
        if len(rule.digest) != 64 or not set(rule.digest) <= set("0123456789abcdef"):
            raise ValueError(f"expected the SHA-256 of rule `{rule.id}` in 64 lower-case hex digits")
    return rules


OneId = Annotated[str, BeforeValidator(lowered), Field(pattern=r"^[a-z0-9][a-z0-9.@_-]{0,79}$")]
Pins = Annotated[tuple[RuleRef, ...], Field(min_length=1), AfterValidator(_sorted_rules), AfterValidator(_is_digest)]


class StandingGrant(Written):
    """What one person allows from now on, within `actions` and `when`, in one tenant.

    It stands in for a click of `granted_by` on the requirement of the resolver `discharges`, while
    `not_before <= now < expires` (at most MAX_GRANT_DAYS), at most `max_uses` times, and only where no other rules
    ask that resolver than `rules`, by id and content. `when` must certainly hold: what is unknown does not match.
    There is no `count`: a requirement for two people needs two people, so two grants at least.
    How often it was used is state beside it, in the log of `cap`.
    """

    id: Id
    tenant_id: OneId
    actions: Patterns
    when: When
    discharges: Resolver
    rules: Pins
    granted_by: OneId
    not_before: Moment
    expires: Moment
    max_uses: Annotated[int, Field(ge=1, le=MAX_RESERVATIONS)]
    revoked: bool

    @field_validator("expires")
    @classmethod
    def _ends_in_time(cls, expires: datetime, info: ValidationInfo) -> datetime:
        begins = info.data.get("not_before")
        if begins is not None and not timedelta(0) < expires - begins <= timedelta(days=MAX_GRANT_DAYS):
            raise ValueError(
                f"expected a time after `not_before` (`{begins.isoformat()}`) and at most `{MAX_GRANT_DAYS}` days "
                f"later, got `{expires.isoformat()}`"
            )
        return expires

    @property
    def cap(self) -> Cap:
        """How often it may be used; its log counts executions and forgets none."""
        return Cap(key=f"grant:{self.tenant_id}:{self.id}", max=self.max_uses, window_seconds=None)

    def canonical_json(self) -> str:
        """Return the stored form."""
        return canonical_json(self.authored())

    def matches(self, request: AuthorizationRequest) -> bool:
        """Return whether the pattern certainly covers `request`: the action is named and every condition is TRUE."""
        return bool(actions_matching(self.actions, frozenset({request.action}))) and certainly_holds(self.when, request)


def certainly_holds(when: Block, request: AuthorizationRequest) -> bool:
    """Return whether every condition of `when` is TRUE of the request; what is unknown does not hold."""
    facts = checked_facts(request.facts)
    # The pattern reads exactly as the `when` of a rule does, because it is compiled by the same code.
    pattern = RuleDocument.model_construct(id="", effect="permit", actions=(), when=when)
    (conjunction,) = conjunctions_of(pattern)
    return all(one.truth(facts) is Truth.TRUE for one in conjunction)


def revoked(grant: StandingGrant) -> StandingGrant:
    """Return the grant as nobody's yes any more. There is no way back; write a new one."""
    return grant.model_copy(update={"revoked": True})


def parse_grant(data: object, *, source: str, catalogue: frozenset[str]) -> StandingGrant:
    """Read one grant from already parsed JSON or YAML. `source` names where it came from, for the messages.

    Raises:
        DocumentError: with everything that is wrong, each with the grant's id and the nearest valid name.
    """
    named = f"{source}#{grant_id}" if (grant_id := _id_in(data)) else source
    text = plain_json(data, source=named)
    try:
        return StandingGrant.model_validate_json(text, strict=True, context=catalogue)
    except ValidationError as error:
        raise DocumentError(_problems(error, data, source=named)) from None


def _problems(error: ValidationError, data: object, *, source: str) -> list[Problem]:
    found = problems_in(error, data, source=source, fields_at=lambda _: tuple(StandingGrant.model_fields))
    # What stands in `rules` here is not a rule to correct, so every problem is named by its place in the grant.
    placed = ((path, Problem(source, "", ".".join(map(str, path)), one.message)) for path, one in found)
    return in_document_order(placed, data)


def _id_in(data: object) -> str:
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""
