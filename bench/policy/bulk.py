"""What the whole set costs: requests that never came before, the analysis of every action, a long history again."""

import gc
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from bench.errors import BenchError
from bench.policy import workload
from bench.policy.timing import Round, call_rounds, middle
from bench.policy.work import Work
from policy.analysis import Analysis
from policy.decision import Verdict
from policy.engine import Engine
from policy.history.lines import read_history
from policy.history.recorded import RecordedDecision
from policy.history.replay import replay
from policy.request import AuthorizationRequest

HISTORY: Final = 100_000
NEVER_SEEN: Final = 20_000
_ROUNDS: Final = 3

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Bulk:
    """Seconds for a set of `rules` rules. `cells` is how many decisions the analysis knows, over all actions.

    `new_p50_us` and `new_p99_us` are for `NEVER_SEEN` requests, none of which came before; every action did once,
    which indexed it. `indexing_seconds` is what that took for all actions.
    `replay_seconds` is for `HISTORY` recorded decisions, `reading_seconds` for reading them from a log before.
    """

    rules: int
    indexing_seconds: float
    new_p50_us: float
    new_p99_us: float
    analysis_seconds: float
    cells: int
    replay_seconds: float
    reading_seconds: float


def bulk_of(work: Work, *, tell: Callable[[str], None]) -> Bulk:
    """Measure once.

    Raises:
        BenchError: the replay contradicts the history that was made of it.
    """
    tell(f"{len(work.drawn):,} rules: {NEVER_SEEN:,} requests that never came before")
    indexing_seconds, rounds = _never_seen(work)
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
    return Bulk(
        rules=len(work.drawn),
        indexing_seconds=indexing_seconds,
        new_p50_us=middle([one.p50_us for one in rounds]),
        new_p99_us=middle([one.p99_us for one in rounds]),
        analysis_seconds=analysis_seconds,
        cells=cells,
        replay_seconds=replay_seconds,
        reading_seconds=reading_seconds,
    )


def _never_seen(work: Work) -> tuple[float, list[Round]]:
    """Return the seconds of indexing all actions, and rounds in which no request comes a second time."""
    engine = Engine(work.bundle, tenant_id=workload.TENANT, catalogue=workload.CATALOGUE)
    first = [AuthorizationRequest(action) for action in workload.ACTIONS]
    indexing_seconds, _ = _timed(lambda: [engine.decide(one) for one in first])
    drawn = {str(one): one for one in workload.draw_requests(work.drawn, 2 * _ROUNDS * NEVER_SEEN)}
    others = iter(drawn.values())
    parts = [list(itertools.islice(others, NEVER_SEEN)) for _ in range(_ROUNDS)]
    # No limit of time: a round that went on would ask a second time.
    return indexing_seconds, [call_rounds(engine.decide, part, rounds=1, seconds=60.0)[0] for part in parts]


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
