"""Whether a case that met the pause of its tenant or of the stack before a write still does, and who ended it."""

import logging

from agent.controls import withholding
from agent.errors import ControlsUnknownError
from agent.model.case import Case, Stage
from agent.model.control import Control
from agent.ports import Ports

_log = logging.getLogger("remit.loop")


def was_held(case: Case) -> bool:
    """Whether the case stands before a write that a pause from above held."""
    return case.held_by is not None and case.stage in (Stage.EXECUTE, Stage.ROLLBACK)


async def is_still_held(case: Case, ports: Ports) -> bool:
    """Whether such a case must go on waiting."""
    try:
        controls = await ports.controls.holding(case.request.tenant_id)
    except ControlsUnknownError:
        # It waits already, and goes on waiting; only who is about to write must say more.
        _log.error("case %s waits: what is ordered cannot be read", case.id)
        return True
    found = withholding(controls, is_rollback=case.stage is Stage.ROLLBACK)
    return found is not None and found.state == "paused"


async def lifted_by(ports: Ports, held_by: Control) -> Control | None:
    """Return the order that ended the pause which held a case, or None if that cannot be told."""
    try:
        return await ports.controls.of(held_by.scope, held_by.subject)
    except ControlsUnknownError:
        return None
