"""Runbook: somebody lost their second factor and needs a way to register a new one.

1. A pass for somebody else is refused, whoever asks.
2. Look up the requester's risk, directory roles, groups and registered methods.
3. Plan one one-time pass of one hour for the requester's own account.
"""

from agent.planners.asks import Ask
from agent.planners.runbooks.runbook import Inquiry, Person, background, plan, refuse


def access_pass(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    if ask.person:
        return refuse("a Temporary Access Pass is issued only to the person who owns the account and asks for it")
    # (2)
    yield (*background(requester), ("user.auth_methods", requester.id))
    # (3)
    return plan(
        "the requester cannot use their second factor and asks for a way to register a new one",
        action="entra.auth.tap.create",
        params={"user_id": requester.id, "user_name": requester.name, "lifetime_minutes": 60},
    )
