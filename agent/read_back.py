"""Reading back what a write should have changed: success is never inferred from a 2xx."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from agent.actions import judge
from agent.errors import DirectoryError
from agent.model.plan import Check
from agent.model.receipt import Attempt
from agent.ports import Ports

Seen = Literal["verified", "refuted", "unknown"]

# A write that Graph accepted answers well inside the sender's own timeouts, 33 s in all: token, pace and sending.
_LEAST_WAIT_SECONDS = 40


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a check shows, and Graph's own id of the request that showed it; empty when it was not answered."""

    seen: Seen
    request_id: str = ""


async def read_back(
    check: Check, ports: Ports, *, attempted_at: datetime, created_id: str = "", request_id: str = ""
) -> ReadBack:
    """Read back one check and judge it. A read that fails is `unknown`, never a pass.

    `request_id` is the client-request-id of the attempt whose effect is looked for.
    """
    try:
        answer = await ports.directory.read(check.call)
    except DirectoryError:
        return ReadBack("unknown")
    seen = judge(
        check, answer.status, body=answer.body, attempted_at=attempted_at, created_id=created_id, request_id=request_id
    )
    return ReadBack(seen, answer.request_id)


def may_still_appear(attempt: Attempt, check: Check, *, now: datetime) -> bool:
    """Whether a write whose fate is open could still show up: Graph replicates, and answers get lost late."""
    wait = max(check.patience_seconds, _LEAST_WAIT_SECONDS)
    return now < attempt.attempted_at + timedelta(seconds=wait)
