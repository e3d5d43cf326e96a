"""Measuring calls, in whatever process an engine lives; the standard library is all it needs."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# A round ends at this many calls or after its seconds, but not before it has this many.
_MAX_CALLS: Final = 20_000
_MIN_CALLS: Final = 20
_MAX_LOADS: Final = 7
_STATM: Final = Path("/proc/self/statm")
_PAGE_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Round:
    """One round of calls: the median and the 99th percentile of one call, in microseconds, and how many ran."""

    p50_us: float
    p99_us: float
    calls: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Calls a second, one after the other."""
        return self.calls / self.seconds


def call_rounds(decide: Callable[[Any], Any], questions: Sequence[Any], *, rounds: int, seconds: float) -> list[Round]:
    """Put the questions in turn, again and again, and return `rounds` rounds of at most `seconds` each."""
    return [_round(decide, questions, seconds=seconds) for _ in range(rounds)]


def load_times(load: Callable[[], Any], *, seconds: float) -> tuple[Any, list[float]]:
    """Load until `seconds` are over, at most seven times; return what was loaded last, and the seconds of each."""
    taken: list[float] = []
    loaded = None
    while not taken or (len(taken) < _MAX_LOADS and sum(taken) < seconds):
        loaded = None
        gc.collect()
        started = time.perf_counter()
        loaded = load()
        taken.append(time.perf_counter() - started)
    return loaded, taken


def middle(numbers: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(numbers)


def resident_bytes() -> int:
    """Return the memory that this process holds, or 0 where the system does not tell (only Linux does)."""
    gc.collect()
    return int(_STATM.read_text("ascii").split()[1]) * _PAGE_BYTES if _STATM.exists() else 0


def _round(decide: Callable[[Any], Any], questions: Sequence[Any], *, seconds: float) -> Round:
    clock, count = time.perf_counter_ns, len(questions)
    taken: list[int] = []
    end = time.monotonic() + seconds
    while len(taken) < _MAX_CALLS and (len(taken) < _MIN_CALLS or time.monotonic() < end):
        question = questions[len(taken) % count]
        started = clock()
        decide(question)
        taken.append(clock() - started)
    total = sum(taken) / 1e9
    taken.sort()
    p50, p99 = (taken[min(len(taken) - 1, int(len(taken) * share))] / 1e3 for share in (0.5, 0.99))
    return Round(p50, p99, calls=len(taken), seconds=total)
