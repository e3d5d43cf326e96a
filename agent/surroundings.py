"""What the stack takes from the machine and what stands in until there is more: time, randomness, attempts."""

import asyncio
import secrets
import string
import uuid
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

from agent.model.receipt import Attempt

_PASSWORD_LENGTH = 24
# Microsoft's own rule for passwords asks for three of four kinds; no letters that people confuse.
_KINDS = (
    "".join(set(string.ascii_uppercase) - set("IO")),
    "".join(set(string.ascii_lowercase) - set("lo")),
    "".join(set(string.digits) - set("01")),
    "-_+=!?%",
)


class UtcClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """See ports.Clock."""
        return datetime.now(UTC)


class SecureIds:
    """Ids and passwords from the operating system's secure generator."""

    def new(self) -> str:
        """See ports.Ids."""
        return str(uuid.uuid4())

    def password(self) -> str:
        """See ports.Ids. 24 characters with at least one of each of four kinds."""
        letters = [secrets.choice(kind) for kind in _KINDS]
        letters += [secrets.choice("".join(_KINDS)) for _ in range(_PASSWORD_LENGTH - len(letters))]
        secrets.SystemRandom().shuffle(letters)
        return "".join(letters)


class UnboundAttempts:
    """Stands in the ports until the loop binds the attempts of the case in hand; using it is a mistake of ours."""

    def of(self, step_index: int, kind: str) -> None:
        """Raises: RuntimeError, always."""
        raise RuntimeError("the loop binds the attempts of a case before its stage runs")

    def all(self) -> tuple[Attempt, ...]:
        """Raises: RuntimeError, always."""
        raise RuntimeError("the loop binds the attempts of a case before its stage runs")

    async def begin(self, attempt: object, *, events: object = ()) -> None:
        """Raises: RuntimeError, always."""
        raise RuntimeError("the loop binds the attempts of a case before its stage runs")


async def all_of(*work: Awaitable[Any]) -> list[Any]:
    """Do several things of a timer and return what each returned; none of them keeps the others from being done."""
    done = await asyncio.gather(*work, return_exceptions=True)
    for problem in (one for one in done if isinstance(one, BaseException)):
        raise problem
    return done
