"""Lets those wait for each other, for a moment, who are about to do the same thing in one worker.

It saves work and nothing else: of fifty who would all save the same case, forty-nine would do it in vain. Workers know
nothing of each other, so what is right is held by the conditional write alone.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Place:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    people: int = 0


class OneAtATime:
    """A place for each name, held by one at a time. Who waited for `patience_seconds` goes on without it."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._places: dict[str, _Place] = {}

    @asynccontextmanager
    async def at(self, name: str) -> AsyncIterator[bool]:
        """Hold the place of `name` inside of the block; the value is whether it had to be waited for."""
        place = self._places.setdefault(name, _Place())
        place.people += 1
        had_to_wait, is_held = place.lock.locked(), False
        try:
            is_held = await self._is_given(place.lock)
            yield had_to_wait
        finally:
            if is_held:
                place.lock.release()
            place.people -= 1
            if not place.people:
                del self._places[name]

    async def _is_given(self, lock: asyncio.Lock) -> bool:
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await lock.acquire()
        except TimeoutError:
            return False
