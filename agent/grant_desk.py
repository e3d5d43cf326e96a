"""The standing grants as an operator sees them, and their orders to end one: revoke, or suspend after a complaint.

It stands behind a function key. Who gives an order says so; nothing proves it yet, and it only ever takes away.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from agent.channels.plain_text import plain_text
from agent.errors import BadRequestError, PortError
from agent.intake import Reply
from agent.model.control import MAX_NAME, MAX_WHY
from agent.model.frozen import Frozen
from agent.ports import Clock
from agent.standing.book import Change, GrantBook
from agent.standing.habits import REMEMBERED, Habit, Habits
from agent.standing.kept import KeptGrant, ended_entry, suspended, taken_back
from agent.standing.mining import LEAST_PEOPLE, LEAST_TIMES, ways_seen

MAX_BODY_BYTES: Final = 8_192


class GrantOrder(Frozen):
    """One order about one grant. `by` and `why` stand in the log, and the owner is told of a suspension."""

    order: Literal["revoke", "suspend"]
    tenant: str = Field(min_length=1, max_length=36)
    grant: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,80}$")
    by: str = Field(min_length=1, max_length=MAX_NAME)
    why: str = Field(min_length=1, max_length=MAX_WHY)


class GrantDesk:
    """Lists the grants of the stack's tenants and takes orders about them."""

    def __init__(self, grants: GrantBook, *, tenant_ids: Iterable[str], clock: Clock) -> None:
        self._grants = grants
        self._tenant_ids = frozenset(tenant_ids)
        self._clock = clock

    async def listed(self) -> Reply:
        """Return every grant of every tenant, the newest first; 503 when storage does not answer."""
        try:
            tenants = {one: await self._grants.all(one) for one in sorted(self._tenant_ids)}
        except PortError as error:
            return Reply(503, {"error": str(error)})
        now = self._clock.now()
        found = {
            one: [_json(kept, is_over=now >= kept.grant.expires) for kept in kept] for one, kept in tenants.items()
        }
        return Reply(200, {"tenants": found})

    async def proposals(self) -> Reply:
        """Return what people of every tenant approved again and again; 503 when storage does not answer."""
        now = self._clock.now()
        try:
            tenants = {one: await self._grants.habits.all(one) for one in sorted(self._tenant_ids)}
        except PortError as error:
            return Reply(503, {"error": str(error)})
        found = {
            one: [_proposal(it, habit, now=now) for it in people for habit in it.since(now - REMEMBERED)]
            for one, people in tenants.items()
        }
        terms = {"least_times": LEAST_TIMES, "least_people": LEAST_PEOPLE, "days": REMEMBERED.days}
        return Reply(200, {"tenants": found, "proposed_from": terms})

    async def receive(self, body: bytes) -> Reply:
        """Follow one order. 200 it is stored, or the grant had ended so already; 400, 413 malformed; 404 there is no
        such grant; 409 it is revoked, so it cannot be suspended; 503 it may not be stored: give it again.
        """
        try:
            order = _parsed(body)
            return await self._follow(order)
        except BadRequestError as error:
            return Reply(error.status, {"error": str(error)})
        except PortError as error:
            return Reply(503, {"error": f"the order may not be stored, so give it again: {error}"})

    async def _follow(self, order: GrantOrder) -> Reply:
        tenant_id = order.tenant.lower()
        if tenant_id not in self._tenant_ids:
            raise BadRequestError("this stack serves no such tenant", status=404)
        now = self._clock.now()
        given: dict[str, Any] = {"by": order.by, "why": order.why, "now": now}
        to: Change = partial(taken_back if order.order == "revoke" else suspended, **given)
        kept = await self._grants.change(tenant_id, order.grant, to=to, entry=ended_entry)
        if kept is None:
            raise BadRequestError("there is no such grant in this tenant", status=404)
        if order.order == "suspend" and kept.state == "revoked":
            return Reply(409, {"error": "the grant is revoked already, which is more"})
        stored_at = self._clock.now().isoformat()
        return Reply(200, {"order": order.order, "stored_at": stored_at, "grant": _json(kept, is_over=False)})


def _parsed(body: bytes) -> GrantOrder:
    if len(body) > MAX_BODY_BYTES:
        raise BadRequestError(f"expected at most {MAX_BODY_BYTES} bytes, got more", status=413)
    try:
        order = GrantOrder.model_validate_json(body)
        lines = {"by": plain_text(order.by, MAX_NAME).strip(), "why": plain_text(order.why, MAX_WHY).strip()}
        return GrantOrder.model_validate({**dict(order), **lines})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the order"
        raise BadRequestError(f"`{place[:80]}`: {first['msg']}", status=400) from None


def _proposal(habits: Habits, habit: Habit, *, now: datetime) -> dict[str, Any]:
    terms, seen = habit.terms, habit.sightings
    return {
        "owner_id": habits.person_id,
        "action": terms.action,
        "resolver": terms.resolver,
        "rules": [rule.id for rule in terms.rules],
        "values": {name: list(one) if isinstance(one, tuple) else one for name, one in terms.values.items()},
        "times": len(seen),
        "people": len({one.whom for one in seen}),
        "since": seen[0].at.isoformat(),
        "last": seen[-1].at.isoformat(),
        "proposed_for": list(ways_seen(habits, terms, now=now)),
    }


def _json(kept: KeptGrant, *, is_over: bool) -> dict[str, Any]:
    grant = kept.grant
    return {
        "id": grant.id,
        "state": "expired" if is_over and kept.state == "in_force" else kept.state,
        "owner_id": grant.granted_by,
        "actions": list(grant.actions),
        "pattern": grant.when.authored(),
        "resolver": grant.discharges,
        "rules": [rule.id for rule in grant.rules],
        "given_at": grant.not_before.isoformat(),
        "given_in": kept.given_in,
        "expires": grant.expires.isoformat(),
        "uses": len(kept.uses.reservations),
        "max_uses": grant.max_uses,
        "since": kept.since.isoformat(),
        "by": kept.by,
        "why": kept.why,
        "case_id": kept.case_id,
    }
