"""What the whole set costs at once: the analysis of every action, and the replay of a long history."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from bench.errors import BenchError
from bench.policy import workload
from bench.policy.work import Work
from policy.analysis import Analysis
from policy.decision import Verdict
from policy.engine import Engine
from policy.history.lines import read_history
from policy.history.recorded import RecordedDecision
from policy.history.replay import replay

HISTORY: Final = 100_000

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Bulk:
    """Seconds for a set of `rules` rules. `cells` is how many decisions the analysis knows, over all actions.

    `replay_seconds` is for `HISTORY` recorded decisions, `reading_seconds` for reading them from a log before.
    """

    rules: int
    analysis_seconds: float
    cells: int
    replay_seconds: float
    reading_seconds: float


def bulk_of(work: Work, *, tell: Callable[[str], None]) -> Bulk:
    """Measure once.

    Raises:
        BenchError: the replay contradicts the history that was made of it.
    """
    tell(f"{len(work.drawn):,} rules: analysing every action")
    analysis_seconds, cells = _timed(lambda: _cells(work))
    tell(f"{len(work.drawn):,} rules: recording {HISTORY:,} decisions")
    engine = Engine(work.bundle, tenant_id=workload.TENANT, catalogue=workload.CATALOGUE)
    requests = workload.draw_requests(work.drawn, HISTORY)
    lines = [
        RecordedDecision.of(one, engine.decide(one), tenant_id=workload.TENANT).canonical_json() for one in requests
    ]
    tell(f"{len(work.drawn):,} rules: replaying {HISTORY:,} decisions")
    reading_seconds, history = _timed(lambda: list(read_history(lines)))
    fresh = Engine(work.bundle, tenant_id=workload.TENANT, catalogue=workload.CATALOGUE)
    replay_seconds, report = _timed(lambda: replay(history, fresh, tenant_id=workload.TENANT))
    if report.identical != HISTORY:
        raise BenchError(f"expected {HISTORY:,} identical decisions of the replay, got {report.identical:,}")
    return Bulk(len(work.drawn), analysis_seconds, cells, replay_seconds, reading_seconds)


def _cells(work: Work) -> int:
    """Work out what is decided on every cell of every action; return how many cells there are."""
    analysis = Analysis(work.bundle, tenant_id=workload.TENANT, catalogue=workload.CATALOGUE)
    count = 0
    for action in analysis.actions:
        surface = analysis.surface(action)
        count += sum(surface.of(verdict).bit_count() for verdict in Verdict)
    return count


def _timed(work: Callable[[], _Found]) -> tuple[float, _Found]:
    gc.collect()
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found
