"""People's leave to act in their names ends before the case does: as soon as nothing more is written for it."""

from datetime import datetime

from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case
from agent.ports import Ports, Turn


async def leave_ended(case: Case, ports: Ports, *, now: datetime) -> Turn | None:
    """Return the turn that has erased people's tokens, or None where none are kept.

    It comes before anything that may take hours: a ticket system that is down keeps nobody's token.

    Raises:
        StorageError: they could not be erased.
    """
    if not case.lent_by:
        return None
    await ports.identities.forget(case)
    erased = ActivityEvent(code=EventCode.DELEGATION_ERASED, at=now, data={"person_ids": list(case.lent_by)})
    return Turn(case.evolve(lent_by=(), sign_in_of=()), events=(erased,))
