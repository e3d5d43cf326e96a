"""Runbook: somebody forgot the password of their own account.

1. Somebody else's password is refused, whoever asks.
2. Look up the requester's risk, directory roles and groups, so that policy and people see them.
3. Plan one reset of the requester's own account. A synced account still gets a plan: policy knows whether
   the tenant writes passwords back.
"""

from agent.planners.asks import Ask
from agent.planners.runbooks.runbook import Inquiry, Person, background, plan, refuse


def password_reset(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    if ask.person:
        return refuse("a password is reset only for the person who owns the account and asks for it")
    # (2)
    yield background(requester)
    # (3)
    return plan(
        "the requester asks for a new password of their own account",
        action="entra.user.password.reset",
        params={"user_id": requester.id, "user_name": requester.name},
    )
