"""Keeps apart the requests of a service that takes one a second: Conditional Access and Identity Protection.

Their limit is one request a second for a tenant, from all applications together, and an answer of 429 names no time
(https://learn.microsoft.com/graph/throttling-limits). A write is read before and after, so without a pace of our own it
would always be refused. What other applications send cannot be known; for that there are the tries.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

_PATHS: Final = ("/identity/conditionalaccess", "/identityprotection")
# A little more than the second, because their clock is not ours.
_APART_SECONDS: Final = 1.1


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

    async def keep(self, path: str) -> None:
        """Return when a request to `path`, which starts after the version segment, may be sent."""
        if not path.lower().startswith(_PATHS):
            return
        now = self._monotonic()
        # The place is taken before the wait, so that two who wait do not go together.
        start = max(now, self._free_at)
        self._free_at = start + _APART_SECONDS
        if start > now:
            await self._sleep(start - now)
