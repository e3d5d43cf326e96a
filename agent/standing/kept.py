"""A standing grant as it is kept: what was given, how it stands, and the log of its uses. Pure: a store saves it.

What was given never changes; what changes is how it stands, and how often it was used:
1. A grant is `in_force` until somebody revokes it or something went wrong under it; neither has a way back. Whoever
   wants it again gives a new one, by a new approval.
2. A use is reserved before the write that it covers, by one execution of one step, and is counted once, however often
   that is tried. Only a write that certainly did not happen gives its use back (`policy/evidence/reservation.py`).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import AwareDatetime, ValidationError

from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.frozen import Frozen
from agent.model.plan import Step
from policy import DocumentError
from policy.canonical import canonical_json, digest
from policy.evidence.discharge import HeldGrant
from policy.evidence.grant import StandingGrant, parse_grant, revoked
from policy.evidence.reservation import Claim, Refused, ReservationLog, empty_log, read_log, release, reserve
from policy.request import Unknown

GrantState = Literal["in_force", "suspended", "revoked"]

#: Who ends a grant when something went wrong under it.
THE_AGENT: Final = "the agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGrant:
    """One grant. `by` and `why` say who brought it to its state `since` then, and why.

    `given_in` is the case whose question it was given with, and `case_id` the one in which something went wrong, empty
    if none did. The owner is told of a suspension; `is_owner_told` is False until somebody was.
    """

    grant: StandingGrant
    uses: ReservationLog
    given_in: str
    since: datetime
    by: str
    why: str = ""
    state: GrantState = "in_force"
    case_id: str = ""
    is_owner_told: bool = True

    @property
    def id(self) -> str:
        """The grant's own id."""
        return self.grant.id

    @property
    def owner_id(self) -> str:
        """The object id of the person whose yes it is."""
        return self.grant.granted_by

    @property
    def evidence(self) -> HeldGrant:
        """What it says for an execution now: one that is not in force is nobody's yes."""
        return HeldGrant(self.grant if self.state == "in_force" else revoked(self.grant), self.uses)

    def is_reserved_for(self, execution_id: str) -> bool:
        """Whether a use of it is reserved for this execution."""
        return any(one.claim_id == execution_id for one in self.uses.reservations)

    def executions_of(self, case_id: str) -> tuple[str, ...]:
        """Return the executions of a case that have a use of it reserved, sorted."""
        return tuple(one.claim_id for one in self.uses.reservations if one.claim_id.startswith(f"{case_id}-"))

    def is_due_to(self, case_id: str) -> bool:
        """Whether the case used it, or it was given with it."""
        return self.given_in == case_id or bool(self.executions_of(case_id))


def grant_id_for(approval_id: str, person_id: str) -> str:
    """Return the id of the one grant that a person can give with their answer to one question."""
    return f"gr-{digest(['grant', approval_id, person_id])[:24]}"


def execution_id_for(case_id: str, step_index: int, *, step: Step) -> str:
    """Return the id of one execution of one step, which stays the same when it is tried again."""
    return f"{case_id}-{step_index}-{step.digest[:16]}"


def newly_given(grant: StandingGrant, *, case_id: str) -> KeptGrant:
    """Return a grant as it begins: in force, and not used yet."""
    return KeptGrant(
        grant=grant, uses=empty_log(grant.cap), given_in=case_id, since=grant.not_before, by=grant.granted_by
    )


def reserved(kept: KeptGrant, *, execution_id: str, now: datetime, execute_by: datetime) -> KeptGrant | None:
    """Return the grant with a use for this execution, whose write begins at `execute_by` at the latest.

    None when it is not in force at `now`, or has no use left.
    """
    if kept.state != "in_force" or not kept.grant.not_before <= now < kept.grant.expires:
        return None
    cap = kept.grant.cap
    found = reserve(
        cap, kept.uses, claim=Claim(execution_id), now=now, execute_by=execute_by, decided_count=kept.grant.max_uses
    )
    return None if isinstance(found, Refused) else replace(kept, uses=found)


def reserved_all(
    kept: KeptGrant, *, execution_ids: Collection[str], now: datetime, execute_by: datetime
) -> KeptGrant | None:
    """Return the grant with a use for each of these executions, or None when it has not enough left for all of them."""
    whole: KeptGrant | None = kept
    for one in execution_ids:
        whole = whole and reserved(whole, execution_id=one, now=now, execute_by=execute_by)
    return whole


def released(kept: KeptGrant, execution_ids: Collection[str]) -> KeptGrant | None:
    """Return the grant without the uses of writes that certainly did not happen; None when it has none of them."""
    uses = kept.uses
    for one in execution_ids:
        uses = release(uses, one)
    return None if uses == kept.uses else replace(kept, uses=uses)


def suspended(kept: KeptGrant, *, by: str, why: str, now: datetime, case_id: str = "") -> KeptGrant | None:
    """Return the grant as one that discharges nothing any more; None when it is not in force anyway."""
    if kept.state != "in_force":
        return None
    return replace(kept, state="suspended", by=by, why=why, since=now, case_id=case_id, is_owner_told=False)


def taken_back(kept: KeptGrant, *, by: str, why: str, now: datetime) -> KeptGrant | None:
    """Return the grant as a revoked one, whatever it was; None when it is revoked already."""
    if kept.state == "revoked":
        return None
    return replace(kept, state="revoked", by=by, why=why, since=now, is_owner_told=True)


def told(kept: KeptGrant) -> KeptGrant | None:
    """Return the grant whose owner has heard how it stands; None when they have already."""
    return None if kept.is_owner_told else replace(kept, is_owner_told=True)


def given_entry(kept: KeptGrant) -> ActivityEvent:
    """Return the log entry that says who gave what."""
    grant = kept.grant
    data = {
        "grant_id": grant.id,
        "owner_id": grant.granted_by,
        "case_id": kept.given_in,
        "actions": list(grant.actions),
        "pattern": canonical_json(grant.when.authored()),
        "resolver": grant.discharges,
        "rules": [rule.id for rule in grant.rules],
        "expires": grant.expires.isoformat(),
        "max_uses": grant.max_uses,
    }
    return ActivityEvent(code=EventCode.GRANT_GIVEN, at=grant.not_before, data=data)


_ENDS = {"suspended": EventCode.GRANT_SUSPENDED, "revoked": EventCode.GRANT_REVOKED}


def ended_entry(kept: KeptGrant) -> ActivityEvent:
    """Return the log entry that says who suspended or revoked a grant, and why."""
    data = {
        "grant_id": kept.id,
        "owner_id": kept.owner_id,
        "by": kept.by,
        "why": kept.why,
        "case_id": kept.case_id,
    }
    return ActivityEvent(code=_ENDS[kept.state], at=kept.since, data=data)


class _Stored(Frozen):
    grant: dict[str, Any]
    uses: str
    given_in: str
    since: AwareDatetime
    by: str
    why: str
    state: GrantState
    case_id: str
    is_owner_told: bool


def text_of(kept: KeptGrant) -> str:
    """Return the stored form, canonical JSON."""
    moment = kept.since.isoformat()
    fields = {name: getattr(kept, name) for name in ("given_in", "by", "why", "state", "case_id", "is_owner_told")}
    uses = kept.uses.canonical_json()
    return canonical_json({**fields, "grant": kept.grant.authored(), "uses": uses, "since": moment})


def kept_in(text: str) -> KeptGrant:
    """Return the grant whose stored form is `text`.

    Raises:
        ValueError: it is none.
    """
    try:
        stored = _Stored.model_validate_json(text)
        # What it is about may be an action that the catalogue has no longer: it can be shown, and nothing uses it.
        actions = frozenset(map(str, stored.grant.get("actions", ())))
        grant = parse_grant(stored.grant, source="a stored grant", catalogue=actions)
    except (ValidationError, DocumentError, TypeError):
        raise ValueError("expected a stored grant, got something else") from None
    uses = read_log(stored.uses)
    if isinstance(uses, Unknown) or uses.key != grant.cap.key:
        raise ValueError("expected the uses of the stored grant, got something else")
    fields = {name: value for name, value in stored if name not in ("grant", "uses")}
    return KeptGrant(grant=grant, uses=uses, **fields)
