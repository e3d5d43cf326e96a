"""The autonomy budget: what goes wrong under a standing grant suspends it, and its owner is told.

1. A case that used a grant, or was the one that it was given with, and that is put back or handed over, suspends it
   before that turn is saved; not one that went well, and from which a team only goes on. So no worker's death leaves a
   grant in force under which something went wrong.
2. The owner is told after; until then every sweep tries again, for a day at most.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from agent.errors import DamagedError
from agent.lookups.quoting import is_object_id
from agent.model.case import Case, Stage
from agent.ports import Clock, Ports, Turn
from agent.standing.book import GrantBook
from agent.standing.kept import THE_AGENT, KeptGrant, ended_entry, suspended, told

_log = logging.getLogger("remit.grants")

PortsFor = Callable[[str], Awaitable[Ports]]

_WRONG: Final = frozenset({Stage.ROLLBACK, Stage.ESCALATE})
_TELL_SECONDS: Final = 20
# Somebody who could not be reached for that long may be gone; the log and the list of grants have it all.
_TOLD_WITHIN: Final = timedelta(days=1)


async def with_suspensions(before: Case, turn: Turn, *, ports_for: PortsFor, now: datetime) -> Turn:
    """Suspend what the case used if it goes wrong with this turn; return the turn with an entry for each (1).

    Raises:
        StorageError: a grant could not be suspended, so the turn must not be saved either.
    """
    if not turn.case.grants or turn.case.stage not in _WRONG or before.stage in _WRONG or turn.case.is_handed_on:
        return turn
    case, ended = turn.case, []
    grants = (await ports_for(case.request.tenant_id)).grants
    for grant_id in case.grants:
        to = partial(_suspended, case=case, now=now)
        try:
            kept = await grants.change(case.request.tenant_id, grant_id, to=to, entry=ended_entry)
        except DamagedError as damage:
            # It discharges nothing as it is, and must not keep the case from being put back.
            _log.error("grant.damaged: %s", damage)
            continue
        # Whoever suspended it for this case before us may have died before the case was saved.
        if kept is not None and (kept.state, kept.case_id) == ("suspended", case.id):
            ended.append(ended_entry(kept))
    return replace(turn, events=(*turn.events, *ended))


def _suspended(kept: KeptGrant, *, case: Case, now: datetime) -> KeptGrant | None:
    if not kept.is_due_to(case.id):
        return None
    return suspended(kept, by=THE_AGENT, why=case.why or "its case went wrong", now=now, case_id=case.id)


class OwnersNotices:
    """Tells owners that their grants were suspended. `ports_for` gives a tenant's channel."""

    def __init__(self, grants: GrantBook, *, ports_for: PortsFor, clock: Clock) -> None:
        self._grants = grants
        self._ports_for = ports_for
        self._clock = clock

    async def tell(self) -> int:
        """Tell every owner who was not told yet; return how many were reached (2).

        Raises:
            StorageError: storage did not answer; the next run tries again.
        """
        waiting = [kept async for kept in self._grants.untold()]
        return sum(await asyncio.gather(*(self._tell(kept) for kept in waiting)))

    async def _tell(self, kept: KeptGrant) -> bool:
        tenant_id = kept.grant.tenant_id
        try:
            ports = await self._ports_for(tenant_id)
            async with asyncio.timeout(_TELL_SECONDS):
                await ports.channel.tell(tenant_id, kept.owner_id, text=_notice(kept))
        except Exception as error:
            _log.warning("the owner of grant %s could not be told: %s", kept.id, type(error).__name__)
            if self._clock.now() - kept.since <= _TOLD_WITHIN:
                return False
        await self._grants.change(tenant_id, kept.id, to=told)
        return True


def ended_by(kept: KeptGrant) -> str:
    """Return who ended a grant, in a word for its owner: "you", a name, or nothing for somebody who complained.

    Who complained stands in the log: a name in a chat or on a card would keep the next one from saying anything.
    """
    return "you" if kept.by == kept.owner_id else "" if is_object_id(kept.by) else kept.by


def _notice(kept: KeptGrant) -> str:
    because = f" Case {kept.case_id}." if kept.case_id else ""
    by = ended_by(kept)
    ended = f"suspended by {by}" if by else "suspended"
    return (
        f"Your standing grant {kept.id} for {', '.join(kept.grant.actions)} is {ended}: {kept.why}."
        f"{because} It stands in for you no more, and you are asked again. If you still want it, give a new one with "
        "your next approval."
    )
