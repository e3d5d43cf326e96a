"""What a tenant's words meant, as an operator sees it, and the orders to forget some of it.

It stands behind a function key, and it only ever takes away: nobody can teach the memory here.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from pydantic import Field, ValidationError

from agent.errors import BadRequestError, PortError
from agent.intake import Reply
from agent.memory.book import MeaningBook
from agent.memory.meaning import Meaning, Sense
from agent.model.frozen import Frozen
from agent.ports import Clock

MAX_BODY_BYTES: Final = 2_048


class ForgetOrder(Frozen):
    """The meaning of this id in this tenant is to be forgotten."""

    tenant: str = Field(min_length=1, max_length=36)
    meaning: str = Field(pattern=r"^[0-9a-f]{32}$")


class MemoryDesk:
    """Lists what is remembered in the stack's tenants, and forgets."""

    def __init__(self, book: MeaningBook, *, tenant_ids: Iterable[str], clock: Clock) -> None:
        self._book = book
        self._tenant_ids = frozenset(tenant_ids)
        self._clock = clock

    async def listed(self) -> Reply:
        """Return every meaning of every tenant that has not expired; 503 when storage does not answer."""
        now = self._clock.now()
        try:
            tenants = {one: await self._book.all(one) for one in sorted(self._tenant_ids)}
        except PortError as error:
            return Reply(503, {"error": str(error)})
        return Reply(200, {"tenants": {one: _told(found, now) for one, found in tenants.items()}})

    async def forget(self, body: bytes) -> Reply:
        """Follow one order. 200 it is forgotten; 400, 413 malformed; 404 there is no such meaning; 503 nobody knows
        whether it is forgotten: give the order again.
        """
        try:
            order = _parsed(body)
            tenant_id = order.tenant.lower()
            if tenant_id not in self._tenant_ids or not await self._book.forget(tenant_id, order.meaning):
                raise BadRequestError("nothing of that id is remembered in this tenant", status=404)
        except BadRequestError as error:
            return Reply(error.status, {"error": str(error)})
        except PortError as error:
            return Reply(503, {"error": f"it may not be forgotten, so give the order again: {error}"})
        return Reply(200, {"order": "forget", "stored_at": self._clock.now().isoformat(), "meaning": order.meaning})


def _parsed(body: bytes) -> ForgetOrder:
    if len(body) > MAX_BODY_BYTES:
        raise BadRequestError(f"expected at most {MAX_BODY_BYTES} bytes, got more", status=413)
    try:
        return ForgetOrder.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the order"
        raise BadRequestError(f"`{place[:80]}`: {first['msg']}", status=400) from None


def _told(found: Iterable[Meaning], now: datetime) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "kind": one.kind, "words": one.words, "senses": [_sense(it) for it in senses]}
        for one in found
        if (senses := one.at(now))
    ]


def _sense(sense: Sense) -> dict[str, Any]:
    return {
        "object_id": sense.object_id,
        "people": sense.people,
        "times": len(sense.times),
        "source_case": sense.times[-1].case_id,
        "last_at": sense.times[-1].at.isoformat(),
        "expires_at": sense.expires_at.isoformat(),
    }
