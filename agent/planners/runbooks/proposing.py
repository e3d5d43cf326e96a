"""Proposing steps whose parameters come from the tenant, where a value may be one that the catalogue does not take.

What a tenant holds is foreign: a name with control characters, a mailbox that shows no state, a rule that is too long
to be put back. Then there is no exact step, and people go on.
"""

from typing import Any

from agent.actions import UnknownActionError, parse_step
from agent.planners.runbooks.runbook import DEFAULT_QUEUE, hand_over, plan_of
from agent.ports import Proposal

#: An action's id and its parameters.
Wanted = tuple[str, dict[str, Any]]


def planned(reason: str, *wanted: Wanted, queue: str = DEFAULT_QUEUE) -> Proposal:
    """Propose these steps in this order, or that `queue` takes over if the catalogue does not take one of them."""
    try:
        return plan_of(reason, tuple(parse_step(action, params) for action, params in wanted))
    except UnknownActionError:
        return hand_over("what the tenant shows of it does not fit the action that would change it", queue=queue)
