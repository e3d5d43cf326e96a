"""The limits of the runtime layer at work: which logs a step is counted in, and the facts that come of it.

The engine keeps no counters. A limit is a guard on the fact `count.<limit id>`: what is already used in the window,
plus what this step adds. This module says what that fact must be. What cannot be known stays UNKNOWN, and a guard
whose fact is UNKNOWN bites.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from policy.bundle import Bundle
from policy.document import LimitDocument, actions_matching
from policy.evidence.reservation import Cap, Claim, ReservationLog, count
from policy.field import lowered
from policy.registry import COUNTER_PREFIX
from policy.request import UNKNOWN, Unknown

_WINDOW_SECONDS: Final = {"1h": 3600, "24h": 24 * 3600, "plan": None}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose step it is: the ids by which limits count. An empty id is not known."""

    tenant_id: str
    requester_id: str
    target_id: str
    plan_id: str

    def subject_of(self, limit: LimitDocument) -> str:
        """Return the id that `limit` counts by, ASCII in lower case; empty when it is not known."""
        ids = {
            "tenant": self.tenant_id,
            "requester": self.requester_id,
            "target": self.target_id,
            "plan": self.plan_id,
        }
        return str(lowered(ids[limit.per].strip()))


def limits_on(action: str, bundle: Bundle, *, tenant_id: str, catalogue: frozenset[str]) -> tuple[LimitDocument, ...]:
    """Return the limits that count `action` in this tenant, sorted by id."""
    found = (
        limit
        for document in bundle.documents
        if document.is_for(tenant_id)
        for limit in document.limits
        if action in actions_matching(limit.actions, catalogue)
    )
    return tuple(sorted(found, key=lambda limit: limit.id))


def cap_of(limit: LimitDocument, scope: Scope) -> Cap | Unknown:
    """Return what `limit` allows in this scope, or UNKNOWN when the scope does not say whom it counts for.

    The key holds the tenant always, and the plan when the window is the plan. It does not hold the limit's
    numbers, so an edit of `max` or `window` forgets nothing that the log still holds.
    """
    ids = [lowered(scope.tenant_id.strip()), scope.subject_of(limit)]
    if limit.window == "plan":
        ids.append(lowered(scope.plan_id.strip()))
    if not all(ids):
        return UNKNOWN
    return Cap(
        # A JSON array keeps ids apart whatever characters they hold.
        key=json.dumps([limit.id, limit.per, limit.count, *ids], separators=(",", ":")),
        max=limit.max,
        window_seconds=_WINDOW_SECONDS[limit.window],
        counts=limit.count,
        over=limit.over,
    )


def counter_facts(
    limits: Iterable[LimitDocument],
    logs: Mapping[str, ReservationLog | Unknown],
    *,
    scope: Scope,
    execution_id: str,
    now: datetime,
) -> dict[str, int | Unknown]:
    """Return the fact `count.<limit id>` of every limit, for the step that `execution_id` would execute.

    `logs` maps the keys of `cap_of` to what the store holds, `empty_log` where it certainly holds nothing. A
    key that is absent is UNKNOWN.
    """
    claim = Claim(execution_id, scope.target_id)
    return {
        f"{COUNTER_PREFIX}{limit.id}": _counted(cap_of(limit, scope), logs, claim=claim, now=now) for limit in limits
    }


def _counted(
    cap: Cap | Unknown, logs: Mapping[str, ReservationLog | Unknown], *, claim: Claim, now: datetime
) -> int | Unknown:
    return UNKNOWN if isinstance(cap, Unknown) else count(cap, logs.get(cap.key, UNKNOWN), claim=claim, now=now)
