"""What a standing grant did unasked is told to whom it concerns, and who of them says that it was wrong ends it.

1. When a case that used a grant ends well, its owner is told what was done in their name, and the requester with the
   outcome. Both are told the word that ends the grant.
2. INVARIANT: only the grant's owner, the requester and who gains by a step complain; of anybody else nothing changes,
   and they hear what they would hear of a case that does not exist.
3. A complaint suspends the grant at once, before it is answered, and is logged with who gave it. What was done stays.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Final

from agent.errors import ChannelError, DamagedError
from agent.model.case import Case
from agent.model.plan import summary_of
from agent.phrasebook import ref_of
from agent.ports import Held, Ports
from agent.standing.kept import KeptGrant, ended_entry, suspended
from agent.standing.remembering import forget_like

_log = logging.getLogger("remit.grants")

_WHY: Final = "somebody whom it concerns said that it was wrong"


async def used_by(case: Case, *, ports: Ports) -> tuple[KeptGrant, ...]:
    """Return the grants by which a case that ends well was done without asking their owners.

    Raises:
        PortError: they cannot be read now.
    """
    found = []
    for grant_id in case.grants if case.went_well else ():
        try:
            kept = await ports.grants.get(case.request.tenant_id, grant_id)
        except DamagedError:
            # It discharges nothing any more as it is, and must not keep the case open.
            continue
        if kept is not None and kept.executions_of(case.id) and case.has_changed_something:
            found.append(kept)
    return tuple(found)


async def tell_owners(case: Case, used: tuple[KeptGrant, ...], *, ports: Ports) -> None:
    """Tell the owner of each grant what was done by it (1), as far as they can be reached."""
    for kept in used:
        try:
            await ports.channel.tell(case.request.tenant_id, kept.owner_id, text=_notice(case, kept))
        except ChannelError:
            _log.warning("the owner of grant %s could not be told that case %s used it", kept.id, case.id)


async def complain(
    person_id: str,
    ref: str,
    *,
    tenant_id: str,
    ports: Ports,
    load: Callable[[str], Awaitable[Held | None]],
    now: datetime,
) -> bool:
    """Suspend the grants by which the case of that short name was done (3); False when this person may not, or there
    is none (2).

    Raises:
        PortError: storage did not answer; nothing is lost if it is done again.
    """
    is_heard = False
    for kept in await ports.grants.all(tenant_id):
        cases = {one.claim_id.partition("-")[0] for one in kept.uses.reservations}
        for case_id in sorted(one for one in cases if ref_of(one) == ref):
            held = await load(case_id)
            if held is None or person_id not in _concerned(held.case, kept, tenant_id=tenant_id):
                continue
            to = partial(suspended, by=person_id, why=_WHY, now=now, case_id=case_id)
            await ports.grants.change(tenant_id, kept.id, to=to, entry=ended_entry)
            await forget_like(kept.grant, ports=ports)
            is_heard = True
    return is_heard


def _concerned(case: Case, kept: KeptGrant, *, tenant_id: str) -> frozenset[str]:
    """Return who may complain about what a grant did in a case (2); nobody where the case is another tenant's."""
    if case.request.tenant_id.lower() != tenant_id.lower():
        return frozenset()
    gaining = (one.beneficiary_id for one in case.plan.steps) if case.plan else ()
    return frozenset({kept.owner_id, case.requester_id, *gaining} - {""})


def _notice(case: Case, kept: KeptGrant) -> str:
    done = summary_of(case.plan.steps) if case.plan else ""
    ref, used, most = ref_of(case.id), len(kept.uses.reservations), kept.grant.max_uses
    return (
        f"Done by your standing grant {kept.id}, without asking you ({used} of {most} uses): {done}. Case {ref}. "
        f"If this was wrong, write: wrong {ref}. The grant is then suspended at once."
    )
