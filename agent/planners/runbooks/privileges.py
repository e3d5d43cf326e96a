"""Runbook: somebody wants to administer: a directory role, an application's secret, owner or consent.

1. Nobody gets such a right by asking for it, nor does anybody for somebody else: it is refused.
2. On IT's console, asked by somebody who holds a role, it is for the identity team: there it is known who decides.
"""

from agent.planners.asks import Ask
from agent.planners.runbooks.relations import is_administrator
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, background, hand_over, refuse


def privileges(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    seen = yield background(requester)
    if problem := at_risk(*seen):
        return problem
    # (2)
    if ask.is_console and is_administrator(requester, seen):
        return hand_over("a right to administer is asked for on the console", queue="identity")
    # (1)
    return refuse("rights to administer, and what applications may do, are not given on request")
