"""Runbook: somebody wants to be signed out everywhere.

1. Another person's sessions are a report to the security team, not a self-service wish.
2. Look up the requester's risk, directory roles and groups.
3. Plan the end of all sessions of the requester's own account.
"""

from agent.planners.asks import Ask
from agent.planners.runbooks.runbook import Inquiry, Person, background, hand_over, plan


def sessions(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    if ask.person:
        return hand_over("the request asks to end the sessions of somebody else", queue="security")
    # (2)
    yield background(requester)
    # (3)
    return plan(
        "the requester asks to be signed out of every session",
        action="entra.user.sessions.revoke",
        params={"user_id": requester.id, "user_name": requester.name},
    )
