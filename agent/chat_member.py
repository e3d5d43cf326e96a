"""Who writes to the bot, as the directory says at this moment: an employee, a stranger, or nobody can tell.

The connector's token proves the channel and not the person, so the object id that the channel names is looked up for
every message: it exists in the activity's own tenant, its account is enabled, and it is a member. Guests, disabled
accounts and ids of other tenants are strangers; what cannot be looked up is never taken for a member.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.errors import PortError
from agent.inquiry import Seen, look_up
from agent.ports import Ports

# The connector waits some fifteen seconds and then sends the message again.
_LOOK_UP_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Member:
    """An employee. `seen` is what was looked up, for the log of the case that the message is about."""

    seen: Seen


async def member_of(ports: Ports, person_id: str, *, now: datetime) -> Member | Literal["stranger", "unproven"]:
    """Return the member behind an object id, or `stranger`, or `unproven` when the directory does not say."""
    try:
        async with asyncio.timeout(_LOOK_UP_SECONDS):
            seen = await look_up([("user.get", person_id)], ports, now=now)
    except (PortError, TimeoutError):
        return "unproven"
    found = seen.observations[f"user.get:{person_id}"]
    if found.state == "unknown":
        return "unproven"
    # INVARIANT: absent is not "member": an account of which any of the three is not known is a stranger's.
    is_same = found.facts.get("id") == person_id
    is_enabled = found.facts.get("accountEnabled") is True
    is_member = found.facts.get("userType") == "Member"
    return Member(seen) if found.state == "known" and is_same and is_enabled and is_member else "stranger"
