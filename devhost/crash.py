"""Injected misfortune for tests: process death at named points or at any instant, and messages delivered twice.

Everything is off unless asked for on the command line. The points are those of the host; `in-function` is a death at a
random instant while a function runs, so the app needs no code of its own to be tested.
"""

import os
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from devhost.errors import StartError

CRASH_EXIT_CODE: Final = 86
"""Exit code of an injected death, so a test can tell it from a real one."""

POINTS: Final = (
    "message-received",
    "in-function",
    "function-returned",
    "outputs-sent",
    "poison-copied",
    "message-deleted",
)
"""In the order a message passes them: taken from the queue, running, returned (outputs not sent), outputs sent (message
not deleted), copied to the poison queue (original not deleted), deleted."""

_LONGEST_LIFE_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Misfortune:
    """How likely (0 to 1) a death at each point and a double delivery are; `crash_at` limits deaths to one point.

    Raises:
        StartError: a probability outside 0 to 1 or an unknown point.
    """

    crash_probability: float = 0.0
    crash_at: str | None = None
    duplicate_probability: float = 0.0
    chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        for probability in (self.crash_probability, self.duplicate_probability):
            if not 0 <= probability <= 1:
                raise StartError(f"probability `{probability}`: expected a number from 0 to 1")
        if self.crash_at is not None and self.crash_at not in POINTS:
            raise StartError(f"crash point `{self.crash_at}` is unknown: expected one of {', '.join(POINTS)}")

    def at(self, point: str) -> None:
        """End the process here, without any clean-up, if fate says so."""
        assert point in POINTS, point
        if self._strikes(point):
            _die(point)

    @contextmanager
    def during_function(self) -> Iterator[None]:
        """End the process at a random instant within this block, if fate says so."""
        if not self._strikes("in-function"):
            yield
            return
        timer = threading.Timer(self.chance.uniform(0, _LONGEST_LIFE_SECONDS), _die, args=("in-function",))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def duplicates(self) -> bool:
        """Whether the message at hand is to be delivered a second time."""
        return self.chance.random() < self.duplicate_probability

    def _strikes(self, point: str) -> bool:
        return self.crash_at in (None, point) and self.chance.random() < self.crash_probability


def _die(point: str) -> None:
    print(f"injected death at {point}", file=sys.stderr, flush=True)
    os._exit(CRASH_EXIT_CODE)
