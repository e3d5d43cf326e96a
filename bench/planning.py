"""How much of our own processor time the planning of a ticket takes: `python -m bench.planning`.

The public tickets are played in one process (`tests/planning`): the real planner on the simulated tenant. What is
counted is the planner's processor time of a whole case, all its turns together, without any look-up.
The named peer, in the same run: scikit-learn's own linear support vector machine, trained on the same examples, ranking
the same texts once, which is one small part of that work. Exit 1 when half of the tickets take 50 ms or more.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from agent.model.clarification import Reply
from agent.model.observation import Observation
from agent.model.service_request import ServiceRequest
from agent.planners.planner import RunbookPlanner
from agent.planners.reading.examples import example_files, examples_in
from agent.planners.reading.features import features_of
from agent.planners.reading.ranking import ranking_model
from agent.ports import Proposal
from bench.verdict import verdict
from evaluation.items import Ticket, read_items

ROOT: Final = Path(__file__).resolve().parents[1]
BUDGET_SECONDS: Final = 0.050


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds of processor time of planning a ticket, of our ranking of its text and of the peer's; turns a ticket."""

    tickets: int
    turns: float
    p50: float
    p99: float
    ranking_p50: float
    peer_p50: float

    @property
    def broken(self) -> list[str]:
        """In words what is not as it must be."""
        return [f"planning takes {self.p50 * 1e3:.0f} ms in the middle"] if self.p50 >= BUDGET_SECONDS else []


class TimedPlanner:
    """The runbook planner with a watch on it."""

    def __init__(self) -> None:
        self._planner = RunbookPlanner()
        self.seconds = 0.0
        self.turns = 0

    def propose(
        self,
        request: ServiceRequest,
        seen: Mapping[str, Observation],
        *,
        requester_id: str,
        replies: tuple[Reply, ...] = (),
    ) -> Proposal:
        """As `agent.planner_port.Planner`."""
        began = time.process_time()
        proposal = self._planner.propose(request, seen, requester_id=requester_id, replies=replies)
        self.seconds += time.process_time() - began
        self.turns += 1
        return proposal

    def count_wishes(self, request: ServiceRequest, seen: Mapping[str, Observation]) -> int:
        """As `agent.planner_port.Planner`."""
        began = time.process_time()
        count = self._planner.count_wishes(request, seen)
        self.seconds += time.process_time() - began
        return count


async def _planned(items: Sequence[Ticket], folder: Path) -> list[TimedPlanner]:
    from tests.planning.bench import Policies, bench

    policies = Policies(json.loads((ROOT / "samples" / "tenant.json").read_text(encoding="utf-8")))
    planners = []
    for item in items:
        planner = TimedPlanner()
        async with bench(policies, item, folder, planner=planner) as ground:
            await ground.file(item, requester=item.requester or "")
            await ground.run()
        planners.append(planner)
    return planners


def measure() -> Found:
    """Play the public tickets once and rank their texts by ours and by the peer."""
    items = [one for one in read_items([ROOT / "tests/corpus/public_sample.jsonl"]) if isinstance(one, Ticket)]
    with tempfile.TemporaryDirectory() as folder:
        planners = asyncio.run(_planned(items, Path(folder)))
    spent = sorted(one.seconds for one in planners)
    texts = [f"{one.subject}\n{one.body}" for one in items]
    ours, theirs = ranking_model(), _peer()
    return Found(
        tickets=len(items),
        turns=statistics.fmean(one.turns for one in planners),
        p50=statistics.median(spent),
        p99=spent[int(len(spent) * 0.99)],
        ranking_p50=statistics.median(_timed(ours.rank, text) for text in texts),
        peer_p50=statistics.median(_timed(theirs, text) for text in texts),
    )


def _timed(work: Any, text: str) -> float:
    work(text)
    began = time.process_time()
    for _ in range(10):
        work(text)
    return (time.process_time() - began) / 10


def _peer() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    examples = examples_in(example_files())
    peer = make_pipeline(TfidfVectorizer(analyzer=lambda text: list(features_of(text))), LinearSVC(random_state=0))
    peer.fit([one.text for one in examples], [one.label for one in examples])
    return lambda text: peer.decision_function([text])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.planning", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    found = measure()
    if given.json:
        print(json.dumps(asdict(found)))
    else:
        table = Table(
            "processor time", "ms", title=f"{found.tickets} tickets, {found.turns:.1f} turns of the planner each"
        )
        table.add_row("planning a ticket, p50", f"{found.p50 * 1e3:.1f}")
        table.add_row("planning a ticket, p99", f"{found.p99 * 1e3:.1f}")
        table.add_row("ranking its text once, p50", f"{found.ranking_p50 * 1e3:.2f}")
        table.add_row("the same by scikit-learn, p50", f"{found.peer_p50 * 1e3:.2f}")
        Console().print(table)
    return verdict(found.broken)


if __name__ == "__main__":
    sys.exit(main())
