"""Keeps apart the requests of a service that takes one a second: Conditional Access and Identity Protection.

Their limit is one request a second for a tenant, from all applications together, and an answer of 429 names no time
(https://learn.microsoft.com/graph/throttling-limits). A write is read before and after, so without a pace of our own it
would always be refused. What other applications send cannot be known; for that there are the tries. Nobody waits here
for long: whose turn is too far away is told when to come back, as by the service itself.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from agent.errors import DirectoryError

_PATHS: Final = ("/identity/conditionalaccess", "/identityprotection")
# A little more than the second, because their clock is not ours.
_APART_SECONDS: Final = 1.1

# How long somebody waits for their turn. A read that gives up leaves policy without a fact, so it is patient, but well
# inside the time of a look-up; a write is simply sent a little later by the queue.
READ_WAIT_SECONDS: Final = 15.0
WRITE_WAIT_SECONDS: Final = 3.0


class Pace:
    """The requests of one tenant. `sleep` and `monotonic` are for tests."""

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._monotonic = monotonic
        self._free_at = 0.0

    async def keep(self, path: str, *, at_most_seconds: float) -> None:
        """Return when a request to `path`, which starts after the version segment, may be sent.

        Raises:
            DirectoryError: that would take longer than `at_most_seconds`; nobody waited, and `retry_after_seconds`
                says when to come back.
        """
        if not is_paced(path):
            return
        now = self._monotonic()
        # The place is taken before the wait, so that two who wait do not go together.
        start = max(now, self._free_at)
        wait = start - now
        if wait > at_most_seconds:
            raise DirectoryError(
                "too many requests wait for a service that takes one a second", retry_after_seconds=wait
            )
        self._free_at = start + _APART_SECONDS
        if wait > 0:
            await self._sleep(wait)


def is_paced(path: str) -> bool:
    """Whether requests to `path`, which starts after the version segment, are kept apart."""
    return path.lower().startswith(_PATHS)
